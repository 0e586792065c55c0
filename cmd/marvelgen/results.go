package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen"
)

// results are what a measurement prints and keeps.
type results interface {
	JSON() ([]byte, error)
	Print(w io.Writer)
}

// deliver prints results, as JSON or for reading, and writes them to a file if one is named.
// What was found wrong while measuring is the error.
func deliver(r results, file string, asJSON bool) error {
	j, err := r.JSON()
	if err != nil {
		return err
	}
	if !asJSON {
		r.Print(os.Stdout)
	} else if _, err := os.Stdout.Write(j); err != nil {
		return err
	}
	if file != "" {
		if err := writeIn(file, j); err != nil {
			return err
		}
	}
	if f, ok := r.(interface{ Failures() []string }); ok {
		if bad := f.Failures(); len(bad) > 0 {
			return &build.CheckError{Err: errors.New(strings.Join(bad, "\n"))}
		}
	}
	return nil
}

// measuredFlags defines the flags of commands that measure networks on designs.
func measuredFlags(f *pflag.FlagSet, o *build.FrontOptions, out *string) {
	f.StringVar(&o.Compiler, "compiler", "clang", "clang or gcc")
	f.StringVar(&o.Opt, "opt", "-O3", "optimisation flags")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of random inputs")
	f.IntVarP(&o.Jobs, "jobs", "j", runtime.NumCPU(), "networks and syntheses at a time")
	f.StringVar(out, "out", "", "file for the results as JSON")
}

// specAndModels loads the spec that comes first among a command's words; the others
// are models.
func specAndModels(args []string, o *build.FrontOptions) (*gen.Loaded, error) {
	if err := onlyModels(args[1:]); err != nil {
		return nil, err
	}
	l, err := load(args[0])
	if err != nil {
		return nil, err
	}
	o.Models, o.Progress = args[1:], newProgress()
	o.CacheDir, err = cacheDir()
	return l, err
}

// onlyModels refuses names that are not those of networks.
func onlyModels(names []string) error {
	for _, n := range names {
		if !network.IsModel(n) {
			return &build.UsageError{Message: n + ": " + network.Kinds}
		}
	}
	return nil
}

// writeIn writes a file and makes the folder that it is in.
func writeIn(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return writeWhole(file, func(w io.Writer) error { _, err := w.Write(data); return err })
}
