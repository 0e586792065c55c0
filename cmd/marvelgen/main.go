// Command marvelgen turns a spec of custom instructions into a verified RISC-V
// core: Verilog, C header, testbench, area and a report.
//
// Exit codes: 0 fine, 1 a check failed, 2 bad input or usage, 3 a tool is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/driver"
	"marvelgen/flows"
	"marvelgen/flows/gcc"
	"marvelgen/gen"
	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
)

// version is the tool's version; it stands in manifests and reports.
const version = "0.1.0"

// Exit codes.
const (
	exitFailed  = 1
	exitUsage   = 2
	exitMissing = 3
)

// gcPercent is how much the heap may grow, in percent of what is in use, until garbage is
// collected. What a command keeps is small and it ends soon, so memory is worth less than
// time: at Go's 100, collecting takes a third of what rewriting assembly does.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:]))
}

// run is main with an exit code, for tests.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:               "marvelgen",
		Short:             "Custom RISC-V instructions, from a spec to a verified core",
		Version:           version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.AddCommand(buildCommand(), verifyCommand(), validateCommand(), fmtCommand(), runCommand(), ccCommand(), profileCommand(), benchCommand(), frontCommand(), compareCommand(), reportCommand(), energyCommand(), pnrCommand(), objdumpCommand(), rewriteCommand(), exportCommand(), doctorCommand(), referenceCommand())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &build.UsageError{Message: err.Error() + "; see " + c.CommandPath() + " --help"}
	})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "marvelgen: interrupted; the former output is untouched")
		return 130
	}
	return explain(err)
}

// explain prints an error and chooses the exit code.
func explain(err error) int {
	var problems *problemsError
	var missing *flows.MissingToolError
	var failed *build.CheckError
	var compile *gcc.CompileError
	var problem isa.Problem
	var exit *driver.ExitError
	switch {
	case errors.As(err, &exit): // the tool has said why
		return exit.Code
	case errors.As(err, &problems):
		problems.print()
		return exitUsage
	case errors.As(err, &problem): // found behind the reader, which keeps the text
		(&problemsError{file: problem.Pos.File, problems: []isa.Problem{problem}}).print()
		return exitUsage
	case errors.As(err, &missing):
		fmt.Fprintln(os.Stderr, "marvelgen:", err)
		return exitMissing
	case errors.As(err, &failed):
		if msg := err.Error(); msg != "" {
			fmt.Fprintln(os.Stderr, "marvelgen:", msg)
		}
		return exitFailed
	case errors.As(err, &compile):
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "marvelgen:", err)
	return exitUsage
}

// problemsError is a spec with problems.
type problemsError struct {
	file     string
	src      []byte
	problems []isa.Problem
}

func (e *problemsError) Error() string {
	return fmt.Sprintf("%s: %d problems", e.file, len(e.problems))
}

func (e *problemsError) print() {
	width, color := uint(0), false
	if term.IsTerminal(int(os.Stderr.Fd())) {
		if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && w > 20 {
			width, color = uint(w), os.Getenv("NO_COLOR") == ""
		}
	}
	_ = spec.WriteProblems(os.Stderr, spec.Texts(e.file, e.src, e.problems), e.problems, width, color)
	plural := "s"
	if len(e.problems) == 1 {
		plural = ""
	}
	fmt.Fprintf(os.Stderr, "%s: %d problem%s\n", e.file, len(e.problems), plural)
}

// load reads and checks a spec file.
func load(file string) (*gen.Loaded, error) {
	src, err := spec.ReadFile(file)
	if err != nil {
		return nil, err
	}
	l, problems, err := gen.Load(file, src)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, &problemsError{file, src, problems}
	}
	return l, nil
}
