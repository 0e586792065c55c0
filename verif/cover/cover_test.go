package cover

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/random/stream"
	"marvelgen/verif/trace"
)

// machine loads a design of a spec.
func machine(tb testing.TB, file, design string) *isa.Machine {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, problems)
	}
	for _, m := range l.Machines {
		if m.Design.Name == design {
			return m
		}
	}
	tb.Fatal(design)
	return nil
}

// simulate feeds a model with random programs as the simulator executes them.
func simulate(tb testing.TB, m *isa.Machine, c *Model, seeds, length int) {
	tb.Helper()
	for seed := range uint64(seeds) {
		p, err := stream.New(stream.Options{Machine: m, Seed: seed, Length: length, IRQ: seed%2 == 1})
		if err != nil {
			tb.Fatal(err)
		}
		image, err := p.Image()
		if err != nil {
			tb.Fatal(err)
		}
		cfg := iss.ForDesign(m)
		cfg.RAMSize = stream.RAM
		sim, err := iss.New(cfg)
		if err != nil {
			tb.Fatal(err)
		}
		if err := sim.Load(&iss.Image{Entry: stream.Base, Segments: []iss.Segment{{Addr: stream.Base, Data: image}}}); err != nil {
			tb.Fatal(err)
		}
		var r trace.Record
		for !sim.Done() {
			if err := sim.Step(&r); err != nil {
				tb.Fatal(err)
			}
			c.Record(Random, &r)
		}
	}
}

// gaps are the items of a group that are uncovered without a reason.
func gaps(s Summary, group string) (out []string) {
	for _, g := range s.Groups {
		for _, u := range g.Uncovered {
			if g.Name == group && u.Why == "" {
				out = append(out, u.Item)
			}
		}
	}
	return out
}

// TestRandomCovers wants everything covered by some random programs but what has
// a reason, and a few that chance has left out.
func TestRandomCovers(t *testing.T) {
	m := machine(t, "../../specs/marvel.hcl", "v4")
	c := New(m)
	simulate(t, m, c, 12, 20000)
	s := c.Summary()
	t.Logf("\n%s", s.Markdown())
	for group, most := range map[string]int{"instructions": 0, "operands": 12, "hazards": 12, "control flow": 1, "hardware loops": 0} {
		if left := gaps(s, group); len(left) > most {
			t.Errorf("%s: %d uncovered: %v", group, len(left), left)
		}
	}
	b, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(b), `"by_judge":{"random":`) {
		t.Errorf("%s %v", b, err)
	}
	if covered, total := s.Covered(); covered >= total || !strings.Contains(s.Markdown(), "(the jump's reach; vectors have this)") {
		t.Errorf("%d of %d covered:\n%s", covered, total, s.Markdown())
	}
}

// run feeds a model with a program in assembly, and returns what was hit of it.
func run(t *testing.T, m *isa.Machine, text string) map[string]bool {
	t.Helper()
	asm := isa.NewAssembler(m.All())
	var data []byte
	for _, line := range append(strings.Split(strings.TrimSpace(text), "\n"), "lui t6, 0x10000", "sw zero, 4(t6)") {
		w, err := asm.Line(strings.TrimSpace(line), iss.RAMBase+uint32(len(data)))
		if err != nil {
			t.Fatal(line, err)
		}
		data = binary.LittleEndian.AppendUint32(data, w)
	}
	cfg := iss.ForDesign(m)
	cfg.RAMSize, cfg.MaxCycles = 1<<16, 10000
	sim, err := iss.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Load(&iss.Image{Entry: iss.RAMBase, Segments: []iss.Segment{{Addr: iss.RAMBase, Data: data}}}); err != nil {
		t.Fatal(err)
	}
	c := New(m)
	var r trace.Record
	for !sim.Done() {
		if err := sim.Step(&r); err != nil {
			t.Fatal(err)
		}
		c.Record(Programs, &r)
	}
	hit := map[string]bool{}
	for _, g := range c.groups {
		for i, h := range g.hit {
			if h == 1<<Programs {
				hit[g.items[i].name] = true
			} else if h != 0 {
				t.Errorf("%s: by %b", g.items[i].name, h)
			}
		}
	}
	return hit
}

// TestItems runs short programs of which it is known what they hit, and what not.
func TestItems(t *testing.T) {
	v4 := machine(t, "../../specs/marvel.hcl", "v4")
	ldot := machine(t, "../cosim/testdata/ldot.hcl", "all")
	for name, p := range map[string]struct {
		m        *isa.Machine
		text     string
		hit, not []string
	}{
		"operands": {v4, `
			addi a0, zero, -1
			add zero, a0, a0
			sub a0, a0, a1
			addi a1, zero, 2047`,
			[]string{"addi", "add: rd = x0", "add: rs1 = rs2", "add: rs1 is -1", "sub: rd = rs1", "addi: imm = 2047"},
			[]string{"xor", "add: rd = rs1", "add: rs1 is 0", "addi: imm = -2048", "sub: rs1 = rs2"}},
		"hazards": {v4, `
			lui sp, 0x80000
			lw a0, 0(sp)
			add a1, a0, a0
			mul a2, a1, a0
			mv.fusedmac a3, a4, 1, 2
			add a5, a4, s4`,
			[]string{"ALU → load rs1, next", "load → ALU rs1, next", "ALU → multiply rs1, next", "load → multiply rs2, one between",
				"custom result 2 → ALU rs1, next", "custom result 3 → ALU rs2, next"},
			[]string{"load → ALU rs1, one between", "custom → ALU rs1, next", "multiply → custom rs1, next"}},
		"flow": {v4, `
			auipc t0, 0
			addi t0, t0, 36
			csrrw zero, mtvec, t0
			beq zero, zero, 0x80000014
			ecall
			bne zero, zero, 0x80000000
			jal ra, 0x80000020
			ecall
			jal ra, 0x80000026
			csrrs a0, mcause, zero`,
			[]string{"beq forward, taken (predicted wrong)", "bne backward, not taken (predicted wrong)", "jal forward", "trap: misaligned jal"},
			[]string{"ecall", "jal backward", "trap: ecall", "beq forward, not taken (predicted right)", "mret elsewhere"}},
		"loops": {v4, `
			mv.lpseti 1, 2, 0x80000010
			addi a0, a0, 1
			mv.lpseti 0, 2, 0x80000010
			addi a0, a0, 1
			add a1, a0, a0
			mv.lpseti 0, 1, 0x80000018
			mul a1, a0, a0`,
			[]string{"level 0: count 2", "level 1: count 2", "both levels end here: inner goes back", "both levels end here: outer goes back",
				"both levels end here: both fall out", "end goes back: ALU", "end falls out: ALU", "inner loop set up in the outer's body",
				"level 0: count 1", "end falls out: multiply", "level 0: a body of one instruction"},
			[]string{"level 0: count 0", "end goes back: multiply", "end: traps", "left by a jump while active", "set up again while active"}},
		"state": {ldot, `
			lui sp, 0x80000
			mv.setptr sp
			mv.ldotp a0, zero, 4
			mv.rdacc a1, 0
			mv.square a0, zero`,
			[]string{"ptr written", "ptr read after it was written", "acc[0] written", "acc[0] read after it was written", "acc = 0", "squares[0] read"},
			[]string{"acc[1] read after it was written", "acc is negative", "squares[1] read", "peak written"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, p.m, p.text)
			for _, item := range p.hit {
				if !got[item] {
					t.Errorf("not hit: %s", item)
				}
			}
			for _, item := range p.not {
				if got[item] {
					t.Errorf("hit: %s", item)
				}
			}
			if t.Failed() {
				t.Log(got)
			}
		})
	}
}

// TestMerge adds two judges' models.
func TestMerge(t *testing.T) {
	m := machine(t, "../../specs/marvel.hcl", "v0")
	a, b := New(m), New(m)
	a.Record(Vectors, &trace.Record{Cycle: 3, PC: iss.RAMBase, NextPC: iss.RAMBase + 4, Insn: 0x00000013})
	b.Record(Random, &trace.Record{Cycle: 3, PC: iss.RAMBase, NextPC: iss.RAMBase + 4, Insn: 0x00000033})
	b.Proven("addi")
	a.Merge(b)
	for _, g := range a.Summary().Groups {
		if g.Name == "instructions" && (g.Covered != 2 || g.By["vectors"] != 1 || g.By["random"] != 1 || g.By["proofs"] != 1) {
			t.Errorf("%+v", g)
		}
	}
}

// BenchmarkRecord is the price of a record.
func BenchmarkRecord(b *testing.B) {
	m := machine(b, "../../specs/marvel.hcl", "v4")
	c := New(m)
	simulate(b, m, c, 1, 2000)
	r := c.at.last.rec
	for b.Loop() {
		r.Cycle++
		c.Record(Random, &r)
	}
}
