package iss

import (
	"bytes"

	"os/exec"
	"path/filepath"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
	"marvelgen/verif/trace"
)

// compileC builds a program of testdata with clang and GNU ld, and skips the test
// where one of them is missing.
func compileC(tb testing.TB, name string, flags ...string) string {
	tb.Helper()
	clang, err := exec.LookPath("clang-19")
	if err != nil {
		tb.Skip("clang-19 is not installed")
	}
	linker, err := exec.LookPath("riscv64-unknown-elf-ld")
	if err != nil {
		tb.Skip("riscv64-unknown-elf-ld is not installed")
	}
	out := filepath.Join(tb.TempDir(), "prog.elf")
	args := append([]string{"--target=riscv32", "-march=rv32im_zicsr_zifencei", "-mabi=ilp32", "-O3", "-nostdlib", "-ffreestanding", "--ld-path=" + linker, "-Wl,-melf32lriscv",
		"-T", "testdata/link.ld", "testdata/start.S", filepath.Join("testdata", name), "-o", out}, flags...)
	if text, err := exec.Command(clang, args...).CombinedOutput(); err != nil {
		tb.Fatalf("clang: %v\n%s", err, text)
	}
	return out
}

func base(tb testing.TB) []*isa.Instruction {
	tb.Helper()
	list, err := spec.Base()
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func load(tb testing.TB, cfg Config, elf string) *Machine {
	tb.Helper()
	if cfg.Instructions == nil {
		cfg.Instructions = base(tb)
	}
	m, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	img, err := ReadFile(elf)
	if err != nil {
		tb.Fatal(err)
	}
	if err := m.Load(img); err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestConv(t *testing.T) {
	var out bytes.Buffer
	m := load(t, Config{Stdout: &out, MaxCycles: 1e8}, compileC(t, "conv.c"))
	r, err := m.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v %q", r, out.String())
	p := m.Profile()
	var sum Counts
	for _, b := range p.Blocks {
		sum = sum.plus(b.Counts)
	}
	if sum.Instructions != r.Instructions || sum.Cycles != m.cycle-m.timing.First {
		t.Errorf("the blocks add up to %+v", sum)
	}
	for _, f := range p.Functions {
		t.Logf("%+v", f)
	}
}

func BenchmarkConv(b *testing.B) {
	m := load(b, Config{}, compileC(b, "conv.c", "-DREPEAT=100"))
	var instructions uint64
	for b.Loop() {
		m.Reset()
		r, err := m.Run()
		if err != nil || r.ExitCode != 0 {
			b.Fatal(r, err)
		}
		instructions += r.Instructions
	}
	b.ReportMetric(float64(instructions)/1e6/b.Elapsed().Seconds(), "Minstr/s")
}

// BenchmarkStep is the speed at which a lockstep comparison gets its records.
func BenchmarkStep(b *testing.B) {
	elf := compileC(b, "conv.c")
	m := load(b, Config{}, elf)
	var r trace.Record
	instructions := 0
	for b.Loop() {
		m.Reset()
		for !m.Done() {
			if err := m.Step(&r); err != nil {
				b.Fatal(err)
			}
			instructions++
		}
	}
	b.ReportMetric(float64(instructions)/1e6/b.Elapsed().Seconds(), "Minstr/s")
}

// BenchmarkStart is what it costs to make a machine and compile a program.
func BenchmarkStart(b *testing.B) {
	elf := compileC(b, "conv.c")
	list := base(b)
	for b.Loop() {
		m := load(b, Config{Instructions: list, MaxInstructions: 20000}, elf)
		_, _ = m.Run()
	}
}
