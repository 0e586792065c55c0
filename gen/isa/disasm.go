package isa

import (
	"fmt"
	"strings"

	"marvelgen/gen/sem"
)

// RegNames are the ABI names of the general registers.
var RegNames = [32]string{
	"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
	"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
}

// Symbolizer names an address ("main+0x10"), or returns "".
type Symbolizer func(addr uint32) string

// Disassemble is the assembly text of word, which is the instruction ins (nil:
// unknown), at address pc. Targets of jumps are absolute addresses.
func Disassemble(ins *Instruction, word, pc uint32) string {
	return DisassembleSym(ins, word, pc, nil)
}

// DisassembleSym is Disassemble with the targets of jumps named by sym.
func DisassembleSym(ins *Instruction, word, pc uint32, sym Symbolizer) string {
	if ins == nil {
		return fmt.Sprintf(".word 0x%08x", word)
	}
	var ops []string
	suffix := ""
	for _, o := range ins.Operands {
		text := ""
		if f := ins.Encoding.Field(o.Field); f != nil {
			text = ins.operandText(f, word, pc)
			if sym != nil && ins.PCRelative(o.Field) {
				if name := sym(pc + uint32(f.Extract(word))); name != "" {
					suffix = " <" + name + ">"
				}
			}
		}
		if o.Base != "" {
			if f := ins.Encoding.Field(o.Base); f != nil {
				text += "(" + ins.operandText(f, word, pc) + ")"
			}
		}
		ops = append(ops, text)
	}
	if len(ops) == 0 {
		return ins.Mnemonic
	}
	return ins.Mnemonic + " " + strings.Join(ops, ", ") + suffix
}

func (ins *Instruction) operandText(f *Field, word, pc uint32) string {
	v := f.Extract(word)
	switch {
	case f.Kind == Register:
		return RegNames[v&31]
	case f.Name == "csr":
		if name := CSRName(uint32(v)); name != "" {
			return name
		}
		return fmt.Sprintf("0x%x", v)
	case ins.PCRelative(f.Name):
		return fmt.Sprintf("0x%x", pc+uint32(v))
	case ins.upper(f):
		return fmt.Sprintf("0x%x", uint32(v)>>f.Shift)
	}
	return fmt.Sprint(v)
}

// upper reports whether the field is written in assembly as its encoded bits,
// as LUI and AUIPC do: GNU as wants 0x12345 for the value 0x12345000.
func (ins *Instruction) upper(f *Field) bool {
	return ins.Encoding.Format == "U" && f.Kind == Immediate
}

// PCRelative reports whether the field is an offset from the pc to the target
// of a jump or to the end of a loop; assembly shows the absolute address.
func (ins *Instruction) PCRelative(field string) bool {
	if f := ins.Encoding.Field(field); f == nil || f.Kind != Immediate {
		return false
	}
	for _, w := range ins.Writes {
		if w.Kind == DestPC && sem.Uses("pc", w.Value) && sem.Uses(field, w.Value) {
			return true
		}
	}
	return ins.Loop != nil && sem.Uses("pc", ins.Loop.End) && sem.Uses(field, ins.Loop.End)
}
