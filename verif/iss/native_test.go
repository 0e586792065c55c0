package iss

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/isa"
	"marvelgen/gen/pass"
	"marvelgen/gen/spec"
	"marvelgen/verif/random/stream"
)

// eager is a machine that translates whatever comes after each period of cycles,
// at no price.
func eager(t testing.TB, cfg Config, image []byte, period uint64) *Machine {
	t.Helper()
	m := start(t, cfg, image)
	m.native.period, m.native.left, m.native.price = period, period, 0
	return m
}

// difference says in what two machines differ, or "".
func difference(a, b *Machine) string {
	switch {
	case a.Result() != b.Result():
		return fmt.Sprintf("results %+v and %+v", a.Result(), b.Result())
	case fmt.Sprint(a.err) != fmt.Sprint(b.err):
		return fmt.Sprintf("errors %q and %q", fmt.Sprint(a.err), fmt.Sprint(b.err))
	case a.pc != b.pc, a.cycle != b.cycle, a.instret != b.instret, a.traps != b.traps, a.done != b.done:
		return fmt.Sprintf("0x%x after %d cycles and %d instructions, 0x%x after %d and %d", a.pc, a.cycle, a.instret, b.pc, b.cycle, b.instret)
	case *(*[slotTemps]uint64)(a.x[:slotTemps]) != *(*[slotTemps]uint64)(b.x[:slotTemps]):
		return "registers or states"
	case *a.loops != *b.loops:
		return "hardware loops"
	case a.csr != b.csr:
		return "CSRs"
	case a.dev != b.dev:
		return "devices"
	case !bytes.Equal(a.ram.b, b.ram.b):
		return "memory"
	case !maps.Equal(a.Tally(), b.Tally()):
		return fmt.Sprintf("profiles %v and %v", a.Profile().Blocks, b.Profile().Blocks)
	}
	for i := range a.arrays {
		if !slices.Equal(a.arrays[i], b.arrays[i]) {
			return fmt.Sprintf("array %d", i)
		}
	}
	return ""
}

// judge runs a program both ways, and says in what the ends differ. Both end at
// the limits of cfg at the latest.
func judge(t testing.TB, cfg Config, image []byte, period uint64) string {
	t.Helper()
	return against(t, eager(t, cfg, image, period), cfg, image)
}

// against runs a machine that translates and one that does not.
func against(t testing.TB, fast *Machine, cfg Config, image []byte) string {
	t.Helper()
	cfg.Interpret = true
	slow := start(t, cfg, image)
	_, errFast := fast.Run()
	_, errSlow := slow.Run()
	if !fast.native.on || slow.native.on {
		return "it was not the translation that ran"
	}
	if fmt.Sprint(errFast) != fmt.Sprint(errSlow) {
		return fmt.Sprintf("errors %v and %v", errFast, errSlow)
	}
	return difference(fast, slow)
}

var periods = []uint64{0, 53, 2000}

// moreDesigns are those of the co-simulation's tests: wide results, late results,
// operands that follow each other, an accumulator with two results.
func moreDesigns(tb testing.TB) []*isa.Machine {
	tb.Helper()
	files, err := filepath.Glob("../cosim/testdata/*.hcl")
	if err != nil || len(files) == 0 {
		tb.Fatal(files, err)
	}
	var out []*isa.Machine
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		s, problems := spec.Parse(f, src)
		if len(problems) > 0 {
			tb.Fatal(problems)
		}
		for _, d := range s.Designs {
			m, problems := pass.Resolve(s, d, base(tb))
			if len(problems) > 0 {
				tb.Fatal(problems)
			}
			out = append(out, m)
		}
	}
	return out
}

// TestTranslatedPrograms runs random programs both ways; those of odd seeds have
// interrupts.
func TestTranslatedPrograms(t *testing.T) {
	for _, d := range append(designs(t), moreDesigns(t)...) {
		for seed := range uint64(4) {
			cfg := ForDesign(d)
			cfg.RAMSize = stream.RAM
			image := randomImage(t, d, seed, 1000)
			for _, period := range periods {
				if diff := judge(t, cfg, image, period); diff != "" {
					t.Errorf("%s seed %d period %d: %s", d.Design.Name, seed, period, diff)
				}
			}
		}
	}
}

// translations are programs that show one thing each.
func translations(t testing.TB) map[string][]byte {
	list := designs(t)[1].All()
	patch := binary.LittleEndian.Uint32(assemble(t, list, "addi a0, a0, 16"))
	programs := map[string][]string{
		"loops in loops": {
			"addi a0, zero, 0", "addi a1, zero, 50",
			"mv.lp 1, 40, 0x80000018", "addi a2, a2, 3",
			"mv.lp 0, 30, 0x80000018", "addi a0, a0, 1",
			"addi a3, a3, 1", // both bodies end here
			"addi a1, a1, -1", "bne a1, zero, 0x80000008"},
		"a loop that jumps": {
			"addi a1, zero, 90",
			"mv.lp 0, 40, 0x80000010", "andi a2, a0, 3", "beq a2, zero, 0x80000010", "addi a0, a0, 1", // the branch is at the end at times
			"addi a0, a0, 1", "addi a1, a1, -1", "bne a1, zero, 0x80000004"},
		"self-modifying": {
			fmt.Sprintf("lui a1, 0x%x", (patch+0x800)>>12), fmt.Sprintf("addi a1, a1, %d", int32(patch<<20)>>20), "auipc a2, 0",
			"addi a0, a0, 1", "sw a1, 4(a2)", "fence.i", "addi a3, a3, 1", "addi a4, zero, 200", "bne a3, a4, 0x8000000c"},
		"misaligned and devices": {
			"lui a2, 0x80000", "addi t1, a2, 96", "csrrw zero, mtvec, t1", "lui t0, 0x10000", "addi a1, zero, 300", "addi t2, a2, 1024",
			"addi a3, a3, 1", "lw a4, 0(t2)", "add a0, a0, a4", "sb a0, 0(t0)", "sh a3, 0(t2)", "lw a5, 8(t0)", // 0x80000018
			"addi t2, t2, 1", "andi t2, t2, -15", "or t2, t2, a2", "ori t2, t2, 1024", "sw a3, 8(t0)", "addi a1, a1, -1", "bne a1, zero, 0x80000018",
			"sw a0, 4(t0)", "fence", "fence", "fence", "fence",
			"csrrs t3, mepc, zero", "addi t3, t3, 4", "csrrw zero, mepc, t3", "mret"}, // 0x80000060
		"calls": {
			"addi a1, zero, 300",
			"jal ra, 0x80000020", "addi a0, a0, 1", "jal ra, 0x80000020", "addi a1, a1, -1", "bne a1, zero, 0x80000004",
			"lui t0, 0x10000", "sw a0, 4(t0)", "slli a2, a0, 3", "xor a0, a0, a2", "div a3, a0, a1", "rem a4, a0, a2", "jalr zero, 0(ra)"},
		"a timer": {
			"lui t0, 0x2004", "addi a1, zero, 77", "sw a1, 0(t0)", "sw zero, 4(t0)", "lui a2, 0x80000", "addi a2, a2, 76", "csrrw zero, mtvec, a2",
			"addi a1, zero, 128", "csrrs zero, mie, a1", "csrrsi zero, mstatus, 8",
			"lui a3, 2", "addi a3, a3, -1", "addi a0, a0, 3", "bne a3, zero, 0x8000002c", // 0x80000028
			"addi a0, a6, 0", "lui t0, 0x10000", "sw a0, 4(t0)", "fence", "fence",
			"addi a6, a6, 1", "lui t1, 0x200c", "lw t2, -8(t1)", "addi t2, t2, 91", "sw t2, 0(t0)", "mret"},
	}
	out := map[string][]byte{}
	for name, lines := range programs {
		out[name] = assemble(t, list, append(lines, finish...)...)
	}
	return out
}

func TestTranslatedSpecials(t *testing.T) {
	d := designs(t)[1]
	for name, image := range translations(t) {
		cfg := ForDesign(d)
		cfg.RAMSize = 4096
		for _, period := range []uint64{0, 7, 500} {
			cfg.MaxCycles, cfg.MaxInstructions = 0, 50000
			if diff := judge(t, cfg, image, period); diff != "" {
				t.Errorf("%s, period %d: %s", name, period, diff)
			}
			for limit := uint64(3000); limit < 3010; limit++ { // ends at all places of a body
				cfg.MaxCycles, cfg.MaxInstructions = limit, 0
				if diff := judge(t, cfg, image, period); diff != "" {
					t.Errorf("%s, period %d, %d cycles: %s", name, period, limit, diff)
				}
				cfg.MaxCycles, cfg.MaxInstructions = 0, limit
				if diff := judge(t, cfg, image, period); diff != "" {
					t.Errorf("%s, period %d, %d instructions: %s", name, period, limit, diff)
				}
			}
		}
	}
}

// TestTranslatedCanceled stops at the context's end and goes on.
func TestTranslatedCanceled(t *testing.T) {
	list := base(t)
	image := assemble(t, list, "addi a0, a0, 1", "andi a1, a0, 7", "bne a1, zero, 0x80000000", "jal zero, 0x80000000")
	cfg := Config{Instructions: list, MaxInstructions: 150 << 20}
	m := eager(t, cfg, image, 100)
	for i := range 2 {
		r, err := m.RunContext(&countdown{Context: t.Context(), left: 1})
		if err == nil || errors.Is(err, ErrLimit) || r.Cycles < uint64(i+1)*slice || r.Cycles > uint64(i+1)*(slice+100) {
			t.Fatalf("call %d: %+v %v", i, r, err)
		}
	}
	if len(m.native.regions) == 0 {
		t.Error("nothing was translated")
	}
	_, _ = m.Run()
	cfg.Interpret = true
	slow := start(t, cfg, image)
	_, _ = slow.Run()
	if diff := difference(m, slow); diff != "" {
		t.Error(diff)
	}
}

// TestTranslatedReach calls at places of a program that was hot before.
func TestTranslatedReach(t *testing.T) {
	elf := compileC(t, "conv.c")
	want := load(t, Config{Interpret: true}, elf)
	got := load(t, Config{}, elf)
	got.native.period, got.native.left, got.native.price = 200, 200, 0
	var calls [2][]uint64
	for i, m := range []*Machine{want, got} {
		conv, _ := m.Symbols().Lookup("conv")
		m.OnReach(conv.Addr, func() {
			sum := uint64(0)
			for _, c := range m.Tally() {
				sum += c.Cycles
			}
			calls[i] = append(calls[i], m.cycle, m.instret, sum)
		})
		if _, err := m.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := difference(got, want); diff != "" || !slices.Equal(calls[0], calls[1]) || len(calls[0]) == 0 {
		t.Errorf("%s; calls %v and %v", diff, calls[0], calls[1])
	}
	if len(got.native.regions) == 0 {
		t.Error("nothing was translated")
	}
}

// TestTranslatedMeanings holds translated random instructions against the exact
// evaluation, as TestRandomMeanings does with the interpreter.
func TestTranslatedMeanings(t *testing.T) {
	translated := 0
	rapid.Check(t, func(t *rapid.T) {
		ins := instruction(t)
		m, err := New(Config{Instructions: []*isa.Instruction{ins}, States: testStates, Tables: testTables, RAMSize: 1 << 17})
		if err != nil {
			t.Fatal(err)
		}
		g := &golden{ins: ins, ram: map[uint32]byte{}, acc: big.NewInt(rapid.Int64Range(-1<<32, 1<<32-1).Draw(t, "acc"))}
		values := map[string]int64{"imm": rapid.Int64Range(-512, 511).Draw(t, "imm")}
		for _, r := range []string{"rd", "rs1", "rs2"} {
			values[r] = rapid.SampledFrom([]int64{0, 1, 2, 20}).Draw(t, r)
		}
		if g.word, err = ins.Encoding.Encode(values); err != nil {
			t.Fatal(err)
		}
		for _, r := range []int{1, 2, 20} {
			g.regs[r] = rapid.OneOf(rapid.Uint32(), rapid.SampledFrom([]uint32{0, 1, 1 << 31, 1<<31 - 1, 1<<32 - 1})).Draw(t, "reg")
		}
		for i := range g.mem {
			g.mem[i] = big.NewInt(rapid.Int64Range(-2048, 2047).Draw(t, "mem"))
		}
		data := make([]byte, 256)
		for i := range data {
			data[i] = byte(i*151 + int(values["imm"]))
			g.ram[dataAt+uint32(i)] = data[i]
		}
		begin := *g
		g.run()
		enter(t, m, &begin, data)
		m.native.price = 0
		b, err := m.build(RAMBase, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.translate(b); err != nil {
			t.Fatal(err)
		}
		if b.region == nil {
			return
		}
		translated++
		m.deadline = 1000
		m.enter(b.region)
		agree(t, m, g, "translated")
	})
	if translated < 10 {
		t.Errorf("%d meanings were translated", translated)
	}
}

// FuzzTranslated executes arbitrary memory contents both ways.
func FuzzTranslated(f *testing.F) {
	d := designs(f)[1]
	for seed := range uint64(3) {
		f.Add(randomImage(f, d, seed, 50)[:4096], byte(seed))
	}
	for _, image := range translations(f) {
		f.Add(image, byte(5))
	}
	cfg := ForDesign(d)
	cfg.RAMSize, cfg.MaxInstructions, cfg.MaxCycles = 4096, 3000, 20000
	f.Fuzz(func(t *testing.T, image []byte, period byte) {
		image = image[:min(len(image), 4096)]
		m := eager(t, cfg, image, uint64(period))
		m.native.price = 20 // or a program that flushes all the time takes seconds
		if diff := against(t, m, cfg, image); diff != "" {
			t.Error(diff)
		}
	})
}

// BenchmarkInterpreted is BenchmarkConv without translation.
func BenchmarkInterpreted(b *testing.B) {
	m := load(b, Config{Interpret: true}, compileC(b, "conv.c", "-DREPEAT=100"))
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
