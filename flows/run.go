package flows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Cmd is one run of an external program.
type Cmd struct {
	Path  string
	Args  []string
	Dir   string
	Env   []string // added to the environment, "NAME=value"
	Stdin io.Reader
	Tee   io.Writer // also gets the output as it comes; may be nil

	// Stdout and Stderr, if set, are the program's own, in the user's language;
	// what goes there is not collected.
	Stdout, Stderr *os.File
}

// String is the command line as a user could type it.
func (c Cmd) String() string {
	words := make([]string, 0, len(c.Args)+1)
	for _, w := range append([]string{c.Path}, c.Args...) {
		if w == "" || strings.ContainsAny(w, " \t\n\"'\\$*?;&|<>()") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// RunError is a program that could not start, failed or was stopped.
type RunError struct {
	Cmd    Cmd
	Output string // everything it printed
	Err    error
}

// tailLines is how much of a failed program's output an error repeats.
const tailLines = 30

// Error gives the reason, the command line and the last lines of output.
func (e *RunError) Error() string {
	lines := strings.Split(strings.TrimRight(e.Output, "\n"), "\n")
	if cut := len(lines) - tailLines; cut > 0 {
		lines = append([]string{fmt.Sprintf("... (%d lines before)", cut)}, lines[cut:]...)
	}
	text := fmt.Sprintf("%v\n  command: %s", e.Err, e.Cmd)
	if e.Cmd.Dir != "" {
		text += "\n  in: " + e.Cmd.Dir
	}
	if e.Output != "" {
		text += "\n  " + strings.Join(lines, "\n  ")
	}
	return text
}

// Unwrap gives the cause, for errors.Is(err, context.Canceled) and exec errors.
func (e *RunError) Unwrap() error { return e.Err }

// ExitCode is the program's exit code, or -1 if it has none.
func (e *RunError) ExitCode() int {
	var exit *exec.ExitError
	if errors.As(e.Err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// Run runs a program to its end and returns its standard output and error as
// one text. When ctx ends, the whole process group is killed: compilers and
// simulators have children of their own which must not outlive us.
func Run(ctx context.Context, c Cmd) (string, error) {
	var out bytes.Buffer
	var sink io.Writer = &out
	if c.Tee != nil {
		sink = io.MultiWriter(&out, c.Tee)
	}
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdin = c.Stdin
	cmd.Stdout, cmd.Stderr = sink, sink
	if c.Stdout != nil {
		cmd.Env, cmd.Stdout = os.Environ(), c.Stdout
	}
	if c.Stderr != nil {
		cmd.Stderr = c.Stderr
	}
	cmd.Env = append(cmd.Env, c.Env...)
	// Pdeathsig covers our own death by SIGKILL, when nobody cancels ctx.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	// When the tool has ended, what it printed is still to be read: seconds on a busy machine.
	cmd.WaitDelay = 30 * time.Second
	cmd.Cancel = func() error {
		cmd.WaitDelay = 2 * time.Second // a grandchild may hold the pipe open: do not wait for it
		return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return out.String(), &RunError{Cmd: c, Output: out.String(), Err: err}
	}
	return out.String(), nil
}
