package stream

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/isa"
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

const marvel = "../../../specs/marvel.hcl"

func image(t *testing.T, o Options) []byte {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Image()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSeedDecides(t *testing.T) {
	o := Options{Machine: machine(t, marvel, "v4"), Seed: 5, Length: 500, IRQ: true}
	a, b := image(t, o), image(t, o)
	if o.Seed++; !bytes.Equal(a, b) || bytes.Equal(a, image(t, o)) {
		t.Error("the seed does not decide")
	}
}

// TestEverything looks for every instruction of every test extension in the words
// of a program, and for nothing but base instructions in a portable one.
func TestEverything(t *testing.T) {
	for _, c := range []struct{ file, design string }{{marvel, "v0"}, {marvel, "v4"}, {"../../cosim/testdata/ldot.hcl", "all"},
		{"../../cosim/testdata/odd.hcl", "two"}, {"../../cosim/testdata/wide.hcl", "all"}, {"../../cosim/testdata/late.hcl", "all"}} {
		m := machine(t, c.file, c.design)
		d := isa.NewDecoder(m.All())
		for _, portable := range []bool{false, true} {
			p, err := New(Options{Machine: m, Seed: 1, Length: 20000, IRQ: true, Portable: portable})
			if err != nil {
				t.Fatal(err)
			}
			words, err := p.Words()
			if err != nil {
				t.Fatal(err)
			}
			seen := map[*isa.Instruction]bool{}
			for _, w := range words {
				seen[d.Decode(w)] = true
			}
			for _, ins := range m.Base {
				if !seen[ins] && !(portable && ins.System == "wfi") {
					t.Errorf("%s, portable %t: no %s", c.file, portable, ins.Name)
				}
			}
			for _, e := range m.Exts {
				if !portable && !seen[e.Instruction] {
					t.Errorf("%s: no %s", c.file, e.Name)
				}
			}
		}
	}
}

// TestEdits leaves out parts of a program: what remains keeps its jumps.
func TestEdits(t *testing.T) {
	m := machine(t, marvel, "v0")
	p, err := New(Options{Machine: m, Seed: 1, Length: 10})
	if err != nil {
		t.Fatal(err)
	}
	jal := instruction(t, m, "jal")
	addi := instruction(t, m, "addi")
	var b builder
	b.jump(jal, 3, 0)
	b.op(addi, "rd", 1)
	b.op(addi, "rd", 2)
	p.Pieces = []Piece{{Kind: "jump", Code: b.code}, {Kind: "end", Keep: true, Code: []Inst{{Word: 0x6f}}}}
	words := func(p *Program) []uint32 {
		w, err := p.Words()
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if got := words(p); len(got) != 4 || got[0] != 0x00c0006f {
		t.Errorf("%08x", got)
	}
	if got := words(p.Drop(0, 1)); len(got) != 3 || got[0] != 0x0080006f || got[1] != 0x00000113 {
		t.Errorf("%08x", got)
	}
	if got := words(p.Replace(0, 2, 0x13)); got[2] != 0x13 || words(p)[2] == 0x13 {
		t.Errorf("%08x", got)
	}
	if q, ok := p.Without(0, 2); !ok || len(q.Pieces) != 1 || q.Len() != 0 || p.Len() != 3 {
		t.Errorf("%+v", q)
	}
	if _, ok := p.Without(1, 2); ok {
		t.Error("the end may go")
	}
	if piece, inst, ok := p.Find(Base + 8); piece != 0 || inst != 2 || !ok {
		t.Error(piece, inst, ok)
	}
	if _, _, ok := p.Find(Base + 16); ok {
		t.Error("found what is not there")
	}
	if text := p.Listing(isa.NewDecoder(m.All())); !strings.Contains(text, "# jump\n  .word 0x00c0006f  # 80000000: jal zero, 0x8000000c\n") {
		t.Error(text)
	}
}

func instruction(t *testing.T, m *isa.Machine, name string) *isa.Instruction {
	for _, ins := range m.All() {
		if ins.Name == name {
			return ins
		}
	}
	t.Fatal(name)
	return nil
}

// TestUnusable wants an error for a core without base instructions, and for a loop
// that no program can set up.
func TestUnusable(t *testing.T) {
	src, err := os.ReadFile("../../cosim/testdata/odd.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load("odd.hcl", []byte(strings.Replace(string(src), "end   = rs1 + shl(k, 2)", "end   = base[0]", 1)))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for want, m := range map[string]*isa.Machine{
		"need the base instruction lui":                                   {Spec: l.Machines[0].Spec},
		"again: random programs find no field that places the loop's end": l.Machines[0],
	} {
		if _, err := New(Options{Machine: m, Length: 10}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
