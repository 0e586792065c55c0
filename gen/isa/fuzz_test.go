package isa_test

import (
	"strings"
	"testing"
	"time"

	"marvelgen/gen/isa"
	"marvelgen/verif/bound"
)

// FuzzDisassemble takes any word through its text back to a word. What the word
// says beyond the instruction's fields, as the reserved bits of a fence, may be
// lost, nothing else.
func FuzzDisassemble(f *testing.F) {
	list := table(f)
	d, asm := isa.NewDecoder(list), isa.NewAssembler(list)
	for _, ins := range list {
		f.Add(ins.Encoding.Match, uint32(0x80000000))
		f.Add(ins.Encoding.Match|^ins.Encoding.Mask, uint32(0xfffffffc))
	}
	f.Add(uint32(0), uint32(4))
	f.Fuzz(func(t *testing.T, word, pc uint32) {
		ins := d.Decode(word)
		text := isa.Disassemble(ins, word, pc)
		back, err := asm.Line(text, pc)
		if err != nil {
			t.Fatalf("%08x is %q, which is refused: %v", word, text, err)
		}
		if ins == nil {
			if back != word {
				t.Fatalf("%q gives %08x, want %08x", text, back, word)
			}
			return
		}
		covered := ins.Encoding.Mask
		for _, field := range ins.Encoding.Fields {
			shown := false
			for _, o := range ins.Operands {
				shown = shown || o.Field == field.Name || o.Base == field.Name
			}
			if shown {
				for _, p := range field.Pieces {
					covered |= (1<<(p.Hi-p.Lo+1) - 1) << p.Lo
				}
			}
		}
		if d.Decode(back) != ins || (back^word)&covered != 0 {
			t.Fatalf("%08x at %08x is %q, which gives %08x", word, pc, text, back)
		}
		if again := isa.Disassemble(ins, back, pc); again != text {
			t.Fatalf("%q and %q are the same word", text, again)
		}
	})
}

// FuzzAssemble takes any text: what is accepted means the same once disassembled.
func FuzzAssemble(f *testing.F) {
	list := table(f)
	d, asm := isa.NewDecoder(list), isa.NewAssembler(list)
	for _, ins := range list {
		f.Add(isa.Disassemble(ins, ins.Encoding.Match, 0x80000000), uint32(0x80000000))
	}
	for _, line := range []string{"", "lw a0, (sp)", "add x1,x2", ".word 0xffffffff", "jal zero, -1", "beq a0, a1, 99999999999999999999", "csrrw a0, 0x300, a1 # text", "lw a0, 4(", "lui a0, -1"} {
		f.Add(line, uint32(0))
	}
	f.Fuzz(func(t *testing.T, line string, pc uint32) {
		bound.Check(t, 2*time.Second, uint64(1<<20+100*len(line)), func() {
			word, err := asm.Line(line, pc)
			if err != nil {
				if err.Error() == "" {
					t.Error("refused without a reason")
				}
				return
			}
			ins := d.Decode(word)
			if ins == nil {
				if !strings.HasPrefix(strings.TrimSpace(line), ".word") {
					t.Fatalf("%q gives %08x, which is no instruction", line, word)
				}
				return
			}
			text := isa.Disassemble(ins, word, pc)
			if back, err := asm.Line(text, pc); err != nil || d.Decode(back) != ins || isa.Disassemble(ins, back, pc) != text {
				t.Fatalf("%q is %08x, %q, which gives %08x, %v", line, word, text, back, err)
			}
		})
	})
}
