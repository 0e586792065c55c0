package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/gen"
	"marvelgen/gen/spec"
	"marvelgen/verif/iss"
)

// baseSpec is what run and objdump take without --spec: the base ISA alone.
const baseSpec = `extension "base" {
  summary = "RV32IM without extension"
}
design "core" {
  instructions = []
}
`

// loadOrBase is load, or the base ISA if no spec is named.
func loadOrBase(file string) (*gen.Loaded, error) {
	if file != "" {
		return load(file)
	}
	l, problems, err := gen.Load("base.hcl", []byte(baseSpec))
	if err == nil && len(problems) > 0 {
		err = problems[0]
	}
	return l, err
}

func runCommand() *cobra.Command {
	var o build.ProgramOptions
	var specFile string
	var asJSON bool
	c := &cobra.Command{
		Use:   "run PROGRAM...",
		Short: "Compile C or assembly and run it on a design",
		Long: "Compiles freestanding C or assembly (or takes an ELF file) and runs it, on the simulator or on the RTL in lockstep\n" +
			"with the simulator. The program's console goes to standard output. The exit code is 0 if the program's is, else 1.",
		Example: "  marvelgen run hello.c\n  marvelgen run kernel.c --spec specs/marvel.hcl --design v4 --on rtl --json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			for _, a := range args {
				if _, err := os.Stat(a); err != nil {
					return err
				}
			}
			o.Sources = args
			var console bytes.Buffer
			o.Stdout = os.Stdout
			if asJSON {
				o.Stdout = &console
			}
			if o.CacheDir, err = cacheDir(); err != nil {
				return err
			}
			r, err := build.RunProgram(c.Context(), l, o)
			if err != nil {
				return err
			}
			if asJSON {
				fmt.Println(r.JSONLine(&console))
			} else {
				if r.Profile != nil {
					printProfile(r.Profile)
				}
				fmt.Fprintf(os.Stderr, "exit code %d after %d cycles, %d instructions, on %s (%s)\n", r.ExitCode, r.Cycles, r.Instructions, r.Design, r.On)
			}
			if r.ExitCode != 0 {
				return &build.CheckError{Err: fmt.Errorf("the program ended with exit code %d", r.ExitCode)}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&specFile, "spec", "", "spec of the extension (default: the base core)")
	f.StringVar(&o.Design, "design", "", "design of the spec (default: its last one)")
	f.StringVar(&o.On, "on", "iss", "iss: the simulator; rtl: the Verilog, in lockstep with it")
	f.StringVar(&o.Compiler, "compiler", "clang", "clang or gcc")
	f.StringArrayVarP(&o.Opt, "opt", "O", []string{"-O2"}, "optimisation flag, `-O3` and the like")
	f.StringArrayVarP(&o.Includes, "include", "I", nil, "folder of headers")
	f.StringArrayVarP(&o.Defines, "define", "D", nil, "macro NAME or NAME=value")
	f.BoolVar(&o.LibC, "libc", false, "link picolibc, so that printf works")
	f.BoolVar(&o.Profile, "profile", false, "count cycles and instructions per function and basic block")
	f.Uint64Var(&o.Limit, "max-cycles", 10_000_000_000, "stop a program that does not end")
	f.BoolVar(&asJSON, "json", false, "print exit code, cycles, instructions and console as JSON")
	return c
}

// printProfile shows the functions, and the basic blocks that took most.
func printProfile(p *iss.Profile) {
	const most = 12
	total := uint64(0)
	for _, f := range p.Functions {
		total += f.Cycles
	}
	t := table.NewWriter()
	t.SetOutputMirror(os.Stderr)
	t.AppendHeader(table.Row{"function or block", "entered", "instructions", "cycles", "%"})
	row := func(name string, c iss.Counts) {
		t.AppendRow(table.Row{name, c.Executions, c.Instructions, c.Cycles, fmt.Sprintf("%.1f", 100*float64(c.Cycles)/float64(max(1, total)))})
	}
	for _, f := range p.Functions {
		row(f.Name, f.Counts)
	}
	t.AppendSeparator()
	for _, b := range p.Blocks[:min(most, len(p.Blocks))] {
		row(fmt.Sprintf("%08x-%08x", b.Start, b.End), b.Counts)
	}
	t.Render()
}

// cacheDir is where models that `run` builds are kept.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "marvelgen-cache"), nil
	}
	return filepath.Join(dir, "marvelgen"), nil
}

func objdumpCommand() *cobra.Command {
	var specFile string
	c := &cobra.Command{
		Use:   "objdump ELF",
		Short: "Disassemble a program with the spec's mnemonics",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			base, err := spec.Base()
			if err != nil {
				return err
			}
			return build.Objdump(os.Stdout, args[0], append(base, l.Spec.Exts...))
		},
	}
	c.Flags().StringVar(&specFile, "spec", "", "spec of the extension (default: the base ISA)")
	return c
}
