// Package rtl_test runs the core's Verilog: self-checking programs, lint, area, and seeded bugs.
package rtl_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/flows/flowtest"
)

// programs lists the self-checking programs of testdata/asm with the configurations they run on. Each runs with zero-wait
// memories and, without its cycle checks, with random wait states.
var programs = []struct {
	name    string
	on      []config
	defines []string
	args    []string
}{
	{"memory", []config{base, ext3}, nil, nil},
	{"branch", []config{base, ext3}, nil, nil},
	{"far", []config{base, ext3}, nil, nil},
	{"hazard", []config{base, ext1, ext2, ext3}, nil, nil},
	{"csr", []config{base, ext3}, nil, nil},
	{"trap", []config{base, ext3}, nil, nil},
	{"irq", []config{base, ext3}, nil, nil},
	{"irq", []config{base, ext3}, []string{"-DEXTERNAL"}, []string{"--irq", "1"}},
	{"cycles", []config{base, ext1, ext2, ext3}, nil, nil},
	{"ext", []config{ext1, ext2, ext3}, nil, nil},
	{"loop", []config{ext1, ext2, ext3}, nil, nil},
}

func TestPrograms(t *testing.T) {
	flowtest.Need(t, "verilator", "riscv64-unknown-elf-gcc")
	for _, c := range []config{base, ext1, ext2, ext3} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			model := buildModel(t, dir, c)
			for i, p := range programs {
				for _, on := range p.on {
					if on != c {
						continue
					}
					runProgram(t, dir, model, fmt.Sprintf("%s%d", p.name, i), "testdata/asm/"+p.name+".S", c, p.defines, p.args)
				}
			}
			runProgram(t, dir, model, "arith", writeArith(t, dir, corners), c, nil, nil)
			if c == base {
				checkHarness(t, dir, model)
			}
		})
	}
}

// runProgram runs one program without and with wait states.
func runProgram(t *testing.T, dir, model, name, source string, c config, defines, args []string) {
	t.Helper()
	defines = append(c.defines(), defines...)
	variants := []struct {
		name    string
		defines []string
		args    []string
	}{
		{"", nil, nil},
		{"-waits1", []string{"-DWAITS"}, []string{"--waits", "1"}},
		{"-waits2", []string{"-DWAITS"}, []string{"--waits", "2"}},
	}
	for _, v := range variants {
		image := assemble(t, dir, name+v.name, source, append(v.defines, defines...)...)
		r, out := simulate(t, model, image, append(v.args, args...)...)
		if r.Timeout || r.ExitCode != 0 {
			t.Errorf("%s%s on %s: check %d failed (timeout %t, %d cycles)\n%s", name, v.name, c.name, r.ExitCode, r.Timeout, r.Cycles, out)
		}
	}
}

// checkHarness tests what the harness adds around the core: console, region of interest, dump, trace, time limit.
func checkHarness(t *testing.T, dir, model string) {
	t.Helper()
	image := assemble(t, dir, "harness", "testdata/asm/harness.S")
	dump, trace := filepath.Join(dir, "dump"), filepath.Join(dir, "trace")
	r, out := simulate(t, model, image, "--dump", "0x80001000,8,"+dump, "--rvfi", trace, "--ram", "65536")
	want := result{ExitCode: 42, Cycles: 31, Instructions: 24, ROICycles: 6, ROIInstructions: 5}
	if r != want || out != "Hi\n" {
		t.Errorf("harness: got %+v, console %q; want %+v, %q", r, out, want, "Hi\n")
	}
	if data, err := os.ReadFile(dump); err != nil || string(data) != "\x78\x56\x34\x12\x00\x00\x00\x00" {
		t.Errorf("dump: % x, %v", data, err)
	}
	data, err := os.ReadFile(trace)
	if err != nil || len(data) != 25*64 {
		t.Fatalf("trace: %d bytes, %v; want 25 records", len(data), err)
	}
	first := data[:64]
	if first[0] != 3 || first[11] != 0x80 || first[12] != 4 || first[56] != 3 {
		t.Errorf("first trace record: % x", first)
	}
	r, _ = simulate(t, model, image, "--max-cycles", "10")
	if !r.Timeout || r.Cycles != 10 {
		t.Errorf("time limit: %+v", r)
	}
}
