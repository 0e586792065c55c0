// Package verilator lints Verilog and builds simulators from it.
//
// Warnings are errors here, and none is waived: a waived MULTIDRIVEN or
// BLKANDNBLK has been seen to simulate wrongly without a word.
package verilator

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"marvelgen/flows"
)

// Options says what simulator to build.
type Options struct {
	Dir      string            // build folder; made and overwritten
	Top      string            // top module
	Files    []string          // Verilog
	CPP      []string          // test bench
	Includes []string          // folders of `include files
	Defines  []string          // Verilog macros, "NAME" or "NAME=value"
	Params   map[string]string // parameters of the top module, as Verilog literals
	CFlags   []string          // for the test bench
	Trace    bool              // waveforms in VCD; some 20 times slower
	Arrays   int               // elements that an array in a waveform may have; 32 if zero
	Jobs     int               // compilers at a time; 1 if zero
}

// Lint runs verilator -Wall over the files.
func Lint(ctx context.Context, files []string, top string) error {
	return LintWith(ctx, Options{Files: files, Top: top})
}

// LintWith is Lint with includes, macros and parameters.
func LintWith(ctx context.Context, o Options) error {
	path, err := flows.MustFind("verilator")
	if err != nil {
		return err
	}
	args := []string{"--lint-only", "-Wall", "--language", "1364-2005", "--top-module", o.Top}
	args = append(args, o.source()...)
	out, err := flows.Run(ctx, flows.Cmd{Path: path, Args: append(args, o.Files...)})
	return strict(out, err)
}

// Build makes a simulator and returns the path of its executable.
func Build(ctx context.Context, o Options) (exe string, err error) {
	for _, tool := range []string{"g++", "make"} {
		if _, err := flows.MustFind(tool); err != nil {
			return "", err
		}
	}
	path, err := flows.MustFind("verilator")
	if err != nil {
		return "", err
	}
	out, err := flows.Run(ctx, flows.Cmd{Path: path, Args: o.buildArgs()})
	if err := strict(out, err); err != nil {
		return "", err
	}
	return filepath.Join(o.Dir, "V"+o.Top), nil
}

func (o Options) buildArgs() []string {
	args := []string{
		"--cc", "--exe", "--build", "-Wall", "--language", "1364-2005", "-O3",
		"--x-assign", "fast", "--x-initial", "fast",
		"--top-module", o.Top, "--Mdir", o.Dir, "-j", fmt.Sprint(max(1, o.Jobs)),
		// The generated makefile compiles with -Os; what is hot is worth more.
		"-MAKEFLAGS", "OPT_FAST=-O2 OPT_SLOW=-O0 OPT_GLOBAL=-O2",
	}
	if o.Trace {
		args = append(args, "--trace")
	}
	if o.Arrays > 0 {
		args = append(args, "--trace-max-array", fmt.Sprint(o.Arrays))
	}
	for _, flag := range o.CFlags {
		args = append(args, "-CFLAGS", flag)
	}
	args = append(args, o.source()...)
	args = append(args, o.Files...)
	// The makefile runs inside Dir: test bench paths must not be relative.
	for _, cpp := range o.CPP {
		if abs, err := filepath.Abs(cpp); err == nil {
			cpp = abs
		}
		args = append(args, cpp)
	}
	return args
}

// source are the flags that lint and build share.
func (o Options) source() []string {
	var args []string
	for _, dir := range o.Includes {
		args = append(args, "-I"+dir)
	}
	for _, def := range o.Defines {
		args = append(args, "-D"+def)
	}
	for _, name := range flows.SortedKeys(o.Params) {
		args = append(args, fmt.Sprintf("-G%s=%s", name, o.Params[name]))
	}
	return args
}

// strict turns warnings of a run that succeeded into an error.
func strict(out string, err error) error {
	if err != nil {
		return err
	}
	var warnings []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "%Warning") || strings.HasPrefix(line, "%Error") {
			warnings = append(warnings, strings.TrimSpace(line))
		}
	}
	if len(warnings) > 0 {
		return fmt.Errorf("verilator warns:\n  %s", strings.Join(warnings, "\n  "))
	}
	return nil
}
