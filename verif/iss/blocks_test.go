package iss

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"marvelgen/gen/isa"
	"marvelgen/gen/pass"
	"marvelgen/gen/spec"
	"marvelgen/verif/random/stream"
	"marvelgen/verif/trace"
)

// designs are the base core and the designs of testdata/ext.hcl.
func designs(tb testing.TB) []*isa.Machine {
	tb.Helper()
	src, err := os.ReadFile("testdata/ext.hcl")
	if err != nil {
		tb.Fatal(err)
	}
	s, problems := spec.Parse("ext.hcl", src)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	out := []*isa.Machine{{Spec: s, Design: &isa.Design{Name: "base"}, Base: base(tb)}}
	for _, d := range s.Designs {
		m, problems := pass.Resolve(s, d, base(tb))
		if len(problems) > 0 {
			tb.Fatal(problems)
		}
		out = append(out, m)
	}
	return out
}

// TestBlocksAgreeWithSteps runs random programs both ways and compares where
// they end: registers, state, memory, cycles and counts.
func TestBlocksAgreeWithSteps(t *testing.T) {
	for _, d := range designs(t) {
		for seed := range uint64(10) {
			name := fmt.Sprintf("%s seed %d", d.Design.Name, seed)
			cfg := ForDesign(d)
			cfg.RAMSize = stream.RAM
			image := randomImage(t, d, seed, 3000)
			fast, slow := start(t, cfg, image), start(t, cfg, image)
			if _, err := fast.Run(); err != nil {
				t.Fatal(name, err)
			}
			var r trace.Record
			for !slow.Done() {
				if err := slow.Step(&r); err != nil {
					t.Fatal(name, err)
				}
			}
			same(t, name, fast, slow)
		}
	}
}

// TestProductsAndSums runs short programs of products and sums of few registers, so
// that pairs fuse in all ways, and compares with steps, which have no pairs.
func TestProductsAndSums(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	cfg := ForDesign(designs(t)[0])
	cfg.RAMSize = 4096
	fused := 0
	for range 500 {
		var image []byte
		word := func(w uint32) { image = binary.LittleEndian.AppendUint32(image, w) }
		reg := func() uint32 { return r.Uint32N(5) }
		for i := range uint32(5) {
			word(0x37 | i<<7 | r.Uint32()<<12)             // lui
			word(0x13 | i<<7 | i<<15 | (r.Uint32()|1)<<20) // addi: odd, or products die out
		}
		for range 6 {
			kind := uint32(0x33) // add
			if r.IntN(2) == 0 {
				kind |= 1 << 25 // mul
			}
			word(kind | reg()<<7 | reg()<<15 | reg()<<20)
		}
		word(0x10000037 | 5<<7) // the exit
		word(0x00002223 | 5<<15)
		fast, slow := start(t, cfg, image), start(t, cfg, image)
		if _, err := fast.Run(); err != nil {
			t.Fatal(err)
		}
		fast.blocks.each(func(b *block) {
			for _, u := range b.uops {
				if u.code == opMulAdd32 {
					fused++
				}
			}
		})
		var record trace.Record
		for !slow.Done() {
			if err := slow.Step(&record); err != nil {
				t.Fatal(err)
			}
		}
		same(t, "products and sums", fast, slow)
	}
	if fused < 100 {
		t.Errorf("%d pairs were fused", fused)
	}
}

// randomImage is a random program of the design; interrupts come if the seed is odd.
func randomImage(tb testing.TB, d *isa.Machine, seed uint64, length int) []byte {
	tb.Helper()
	p, err := stream.New(stream.Options{Machine: d, Seed: seed, Length: length, IRQ: seed%2 == 1})
	if err != nil {
		tb.Fatal(err)
	}
	image, err := p.Image()
	if err != nil {
		tb.Fatal(err)
	}
	return image
}

func start(t testing.TB, cfg Config, image []byte) *Machine {
	t.Helper()
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Load(&Image{Entry: RAMBase, Segments: []Segment{{Addr: RAMBase, Data: image}}}); err != nil {
		t.Fatal(err)
	}
	return m
}

func same(t *testing.T, name string, fast, slow *Machine) {
	t.Helper()
	if a, b := fast.Result(), slow.Result(); a != b {
		t.Errorf("%s: results %+v by blocks, %+v by steps", name, a, b)
	}
	if *(*[slotTemps]uint64)(fast.x[:slotTemps]) != *(*[slotTemps]uint64)(slow.x[:slotTemps]) {
		t.Errorf("%s: registers differ", name)
	}
	for i := range fast.arrays {
		if fmt.Sprint(fast.arrays[i]) != fmt.Sprint(slow.arrays[i]) {
			t.Errorf("%s: array %d differs", name, i)
		}
	}
	if !bytes.Equal(fast.ram.b, slow.ram.b) {
		t.Errorf("%s: memory differs", name)
	}
	for _, m := range []*Machine{fast, slow} {
		var sum Counts
		for _, b := range m.Profile().Blocks {
			sum = sum.plus(b.Counts)
		}
		if sum.Cycles != m.cycle-m.timing.First || sum.Instructions != m.instret {
			t.Errorf("%s: blocks add up to %+v, want %d cycles, %d instructions", name, sum, m.cycle-m.timing.First, m.instret)
		}
	}
}

// TestSeededBug shows that the comparison bites: one wrong uop is seen.
func TestSeededBug(t *testing.T) {
	d := designs(t)[0]
	cfg := ForDesign(d)
	cfg.RAMSize = stream.RAM
	image := randomImage(t, d, 3, 500)
	good, bad := start(t, cfg, image), start(t, cfg, image)
	if _, err := good.Run(); err != nil {
		t.Fatal(err)
	}
	var r trace.Record
	for !bad.Done() && bad.err == nil {
		b := bad.block(bad.pc, true)
		if b == nil {
			break
		}
		for i := range b.uops {
			if b.uops[i].code == opSub32 {
				b.uops[i].code = opAdd32
			}
		}
		_ = bad.Step(&r)
	}
	if good.Result() == bad.Result() && *(*[32]uint64)(good.x[:32]) == *(*[32]uint64)(bad.x[:32]) && bytes.Equal(good.ram.b, bad.ram.b) {
		t.Error("additions in place of subtractions went unnoticed")
	}
}

// TestBranchesAreFused holds the base branches to one uop each: they are found
// by the shape of their meaning, which a change elsewhere might hide.
func TestBranchesAreFused(t *testing.T) {
	m, err := New(Config{Instructions: base(t)})
	if err != nil {
		t.Fatal(err)
	}
	asm := isa.NewAssembler(base(t))
	for text, want := range map[string]opcode{"beq": opBeq, "bne": opBne, "blt": opBltS, "bge": opBgeS, "bltu": opBltU, "bgeu": opBgeU} {
		for _, target := range []uint32{RAMBase, RAMBase + 0x200} {
			pc := uint32(RAMBase + 0x100)
			word, err := asm.Line(fmt.Sprintf("%s a0, a1, 0x%x", text, target), pc)
			if err != nil {
				t.Fatal(err)
			}
			uops, e, err := m.compile(m.templates[m.decoder.Decode(word)], word, pc, false, nil)
			if err != nil || len(uops) != 1 || uops[0].code != want || !e.branch || e.target != target {
				t.Errorf("%s: %v %+v %v", text, uops, e, err)
			}
			if back := target < pc; back != (e.penalty == 1) || back == (e.taken == 1) {
				t.Errorf("%s to 0x%x: %+v", text, target, e)
			}
		}
	}
}

// BenchmarkHardwareLoop runs a zero-overhead loop of three instructions.
func BenchmarkHardwareLoop(b *testing.B) {
	d := designs(b)[1]
	cfg := ForDesign(d)
	lines := []string{
		"lui a2, 0x80001", "addi a0, zero, 1000",
		"mv.lp 0, 4000, 0x80000014",
		"lb a3, 0(a2)", "mul a4, a3, a3", "add a5, a5, a4",
		"addi a0, a0, -1", "bne a0, zero, 0x80000008",
	}
	m := start(b, cfg, assemble(b, cfg.Instructions, append(lines, finish...)...))
	var instructions uint64
	for b.Loop() {
		m.Reset()
		r, err := m.Run()
		if err != nil {
			b.Fatal(err)
		}
		instructions += r.Instructions
	}
	b.ReportMetric(float64(instructions)/1e6/b.Elapsed().Seconds(), "Minstr/s")
}

// FuzzRun executes arbitrary memory contents with every kind of custom
// instruction: nothing may crash the simulator, and the limits must hold.
func FuzzRun(f *testing.F) {
	d := designs(f)[1]
	for seed := range uint64(3) {
		f.Add(randomImage(f, d, seed, 50)[:4096])
	}
	cfg := ForDesign(d)
	cfg.RAMSize, cfg.MaxInstructions, cfg.MaxCycles = 4096, 3000, 20000
	m, err := New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		clear(m.ram.b)
		copy(m.ram.b, image)
		m.Reset()
		r, _ := m.Run()
		if r.Instructions > cfg.MaxInstructions || r.Cycles > cfg.MaxCycles {
			t.Errorf("ran on: %+v", r)
		}
		m.Reset()
		var rec trace.Record
		for m.Step(&rec) == nil && !m.Done() {
		}
		m.Profile()
	})
}
