package iss

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
	"marvelgen/gen"
	"marvelgen/gen/isa"
)

// TestLockstepDesigns runs random programs of base and custom instructions, with
// hardware loops, traps and interrupts, on the emitted RTL of MARVEL's v4 and on
// the simulator: with one write port, as shipped, and with a port for each result.
func TestLockstepDesigns(t *testing.T) {
	const file = "../../specs/marvel.hcl"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, ports := range []int{1, 3} {
		l.SetWritePorts(ports)
		d := l.Machines[len(l.Machines)-1]
		exe := designModel(t, d)
		for seed := range uint64(4) {
			cfg := ForDesign(d)
			g := newTorture(t, cfg.Instructions, seed+100)
			for range 4 { // extension instructions are drawn more often
				for _, p := range d.Exts {
					g.list = append(g.list, p.Instruction)
				}
			}
			g.irq = seed%2 == 1
			image := g.program(4000)
			cfg.RAMSize = tortureRAM
			m, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			compareRTL(t, exe, image, m, fmt.Sprintf("%s, %d ports, seed %d", d.Name(), ports, seed))
		}
	}
}

// designModel emits a design and builds its simulation.
func designModel(t *testing.T, d *isa.Machine) string {
	t.Helper()
	flowtest.Need(t, "verilator", "g++", "make")
	dir := t.TempDir()
	files, err := gen.Emit(d)
	if err != nil {
		t.Fatal(err)
	}
	var verilog, cpp []string
	for _, f := range files {
		path := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(f.Path, ".v"):
			verilog = append(verilog, path)
		case strings.HasSuffix(f.Path, ".cpp"):
			cpp = append(cpp, path)
		}
	}
	exe, err := verilator.Build(context.Background(), verilator.Options{Dir: filepath.Join(dir, "obj"), Top: d.Name() + "_soc",
		Files: verilog, CPP: cpp, Defines: []string{"RISCV_FORMAL"}, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return exe
}
