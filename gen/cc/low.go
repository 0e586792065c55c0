package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// stored adds to a list, of which live is read afterwards, an instruction behind each
// result of which only stores of bytes or halves read the low bits: one that extends
// them by their sign. What is stored is the same, and the register is what an
// instruction gives whose result is a small number.
func (r *rewriter) stored(list []*insn, live regs) (out, added []*insn) {
	for i, in := range list {
		out = append(out, in)
		if in.m == nil || in.class != plain || len(in.m.writes) != 1 || in.m.load != nil {
			continue
		}
		if d := in.dest(in.m.writes[0]); d != 0 {
			if size := storedSize(list[i+1:], d, live); size > 0 && size < 4 {
				low := extension(d, 8*size)
				low.line = in.line
				out, added = append(out, low), append(added, low)
			}
		}
	}
	return out, added
}

// storedSize is the bytes that stores take of the register, which nothing else reads; 0
// if that is not so.
func storedSize(list []*insn, reg int, live regs) int {
	size := 0
	for _, in := range list {
		if in.uses().has(reg) {
			s := in.m
			if s == nil || s.store == nil || s.custom || in.fields.of("rs2").reg != reg || in.fields.of("rs1").reg == reg {
				return 0
			}
			size = max(size, s.store.size)
		}
		if in.defs().has(reg) {
			return size
		}
	}
	if live.has(reg) {
		return 0
	}
	return size
}

// extension extends the low bits of a register by their sign; it is no instruction, and
// costs nothing.
func extension(reg, bits int) *insn {
	l := bv.NewLowerer()
	low := l.Extract(l.Input(fmt.Sprintf("x%d", reg), 32), 0, bits)
	m := &meaning{ins: &isa.Instruction{Name: "low", Mnemonic: "low"}, fixedReads: bit(reg), writes: []result{{reg: reg, value: l.Extend(low, 32, true)}}}
	return &insn{m: m}
}

// without is a list without some of its instructions.
func without(list, gone []*insn) []*insn {
	return slices.DeleteFunc(slices.Clone(list), func(in *insn) bool { return slices.Contains(gone, in) })
}
