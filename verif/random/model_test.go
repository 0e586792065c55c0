package random

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
	"marvelgen/gen"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// machine loads a design of a spec, with a number of write ports if it is not 0.
func machine(tb testing.TB, file, design string, ports int) *isa.Machine {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	l, problems, err := gen.Load(filepath.Base(file), src)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, problems)
	}
	if ports > 0 {
		l.SetWritePorts(ports)
	}
	for _, m := range l.Machines {
		if m.Design.Name == design {
			return m
		}
	}
	tb.Fatalf("%s has no design %s", file, design)
	return nil
}

// buildModel emits a design, lets the caller damage its Verilog, and builds the
// simulation.
func buildModel(tb testing.TB, m *isa.Machine, patch func(name, text string) string) string {
	tb.Helper()
	flowtest.Need(tb, "verilator", "g++", "make")
	files, err := gen.Emit(m)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		data := f.Data
		if patch != nil {
			data = []byte(patch(filepath.Base(f.Path), string(data)))
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	o := verilator.Options{Dir: filepath.Join(dir, "obj"), Top: m.Name() + "_soc", CPP: []string{filepath.Join(dir, "tb", "main.cpp")},
		Defines: []string{"RISCV_FORMAL"}, Jobs: 2}
	for _, name := range rtl.Files(m) {
		o.Files = append(o.Files, filepath.Join(dir, "rtl", name))
	}
	exe, err := verilator.Build(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return exe
}
