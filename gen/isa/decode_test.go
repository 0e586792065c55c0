package isa_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
	"marvelgen/specs"
)

// table is the base ISA and MARVEL's extension.
func table(tb testing.TB) []*isa.Instruction {
	tb.Helper()
	list, err := spec.Base()
	if err != nil {
		tb.Fatal(err)
	}
	src, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		tb.Fatal(err)
	}
	s, problems := spec.Parse("marvel.hcl", src)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return append(list, s.Exts...)
}

// fields draws values for all fields of an instruction.
func fields(t *rapid.T, ins *isa.Instruction) map[string]int64 {
	values := map[string]int64{}
	for _, f := range ins.Encoding.Fields {
		lo, hi := f.Bounds()
		values[f.Name] = rapid.Int64Range(lo>>f.Shift, hi>>f.Shift).Draw(t, f.Name) << f.Shift
	}
	return values
}

// TestRoundTrips goes from field values to a word and back, and from the word
// through its assembly text to the word again.
func TestRoundTrips(t *testing.T) {
	list := table(t)
	d, asm := isa.NewDecoder(list), isa.NewAssembler(list)
	for _, ins := range list {
		t.Run(ins.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				values := fields(t, ins)
				word, err := ins.Encoding.Encode(values)
				if err != nil {
					t.Fatal(err)
				}
				if got := d.Decode(word); got != ins {
					t.Fatalf("%08x decodes to %v", word, got)
				}
				for _, f := range ins.Encoding.Fields {
					if got := f.Extract(word); got != values[f.Name] {
						t.Fatalf("%s is %d, want %d", f.Name, got, values[f.Name])
					}
				}
				pc := rapid.Uint32().Draw(t, "pc") &^ 3
				text := isa.Disassemble(ins, word, pc)
				back, err := asm.Line(text, pc)
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
				// Fields that the text does not show are 0 in what comes back.
				if shown := mask(ins); back&shown != word&shown {
					t.Fatalf("%q is %08x, want %08x", text, back, word)
				}
			})
		})
	}
}

// mask is the identifying bits and the fields that the assembly text shows.
func mask(ins *isa.Instruction) uint32 {
	m := ins.Encoding.Mask
	for _, o := range ins.Operands {
		for _, name := range []string{o.Field, o.Base} {
			if f := ins.Encoding.Field(name); f != nil {
				m |= f.Mask()
			}
		}
	}
	return m
}

// TestDecodeAgreesWithRows holds the indexed look-up against the plain table.
func TestDecodeAgreesWithRows(t *testing.T) {
	d := isa.NewDecoder(table(t))
	rng := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range 200000 {
		word := rng.Uint32()
		if rng.IntN(2) == 0 { // near a row
			r := d.Rows[rng.IntN(len(d.Rows))]
			word = word&^r.Mask | r.Match
		}
		var want *isa.Instruction
		for _, r := range d.Rows {
			if word&r.Mask == r.Match {
				want = r.Instr
				break
			}
		}
		if got := d.Decode(word); got != want {
			t.Fatalf("%08x decodes to %v, want %v", word, got, want)
		}
		if want != nil {
			hits++
		}
	}
	if hits < 100000 {
		t.Errorf("only %d words were instructions", hits)
	}
}

func TestDecodePrefersSpecific(t *testing.T) {
	wide := &isa.Instruction{Name: "wide", Encoding: isa.Encoding{Mask: 0x7f, Match: 0x0b}}
	narrow := &isa.Instruction{Name: "narrow", Encoding: isa.Encoding{Mask: 0xfe00007f, Match: 0x0200000b}}
	d := isa.NewDecoder([]*isa.Instruction{wide, narrow})
	for word, want := range map[uint32]*isa.Instruction{0x0b: wide, 0x0200000b: narrow, 0x0200100b: narrow, 0x1b: nil} {
		if got := d.Decode(word); got != want {
			t.Errorf("%08x decodes to %v", word, got)
		}
	}
}

// TestDisassemble pins the text against what GNU objdump prints.
func TestDisassemble(t *testing.T) {
	d := isa.NewDecoder(table(t))
	sym := func(addr uint32) string {
		if addr == 0x80000010 {
			return "loop"
		}
		return ""
	}
	for _, c := range []struct {
		word uint32
		want string
	}{
		{0x00c58533, "add a0, a1, a2"},
		{0xff010113, "addi sp, sp, -16"},
		{0x00812623, "sw s0, 12(sp)"},
		{0xffc42783, "lw a5, -4(s0)"},
		{0x12345537, "lui a0, 0x12345"},
		{0xfffff517, "auipc a0, 0xfffff"},
		{0xfe0598e3, "bne a1, zero, 0x80000010 <loop>"},
		{0x010000ef, "jal ra, 0x80000030"},
		{0x00008067, "jalr zero, 0(ra)"},
		{0x4030d093, "srai ra, ra, 3"},
		{0x30529073, "csrrw zero, mtvec, t0"},
		{0x7c002573, "csrrs a0, 0x7c0, zero"},
		{0x00000073, "ecall"},
		{0x30200073, "mret"},
		{0xffffffff, ".word 0xffffffff"},
	} {
		if got := isa.DisassembleSym(d.Decode(c.word), c.word, 0x80000020, sym); got != c.want {
			t.Errorf("%08x: got %q, want %q", c.word, got, c.want)
		}
	}
}

func TestAssemblerErrors(t *testing.T) {
	asm := isa.NewAssembler(table(t))
	asm.Symbol = func(name string) (uint32, bool) { return 0x80000000, name == "start" }
	if w, err := asm.Line("  beq x1, x2, start # back", 0x80000010); err != nil || w != 0xfe2088e3 {
		t.Errorf("got %08x, %v", w, err)
	}
	for line, want := range map[string]string{
		"nonsense":             "no instruction",
		"addi a0, a1":          "takes 3 operands",
		"addi a0, a1, 4000":    "does not fit",
		"addi a0, b1, 4":       "not a register",
		"addi a0, a1, four":    "neither a number nor a known name",
		"lw a0, a1":            "should be an address",
		"lw a0, 0(nowhere)":    "not a register",
		"beq a0, a1, 0x1":      "does not fit",
		"lui a0, 0x100000":     "does not fit",
		"lui a0, -1":           "does not fit",
		"beq a0, a1, away":     "neither a number nor a known name",
		"csrrw a0, nocsr, a1":  "neither a number nor a known name",
		"csrrw a0, 0x1000, a1": "does not fit",
	} {
		if w, err := asm.Line(line, 0x80000000); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %08x, %v; want an error with %q", line, w, err, want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d := isa.NewDecoder(table(b))
	word := uint32(1)
	for b.Loop() {
		word = word*1664525 + 1013904223
		_ = d.Decode(word | 3)
	}
}
