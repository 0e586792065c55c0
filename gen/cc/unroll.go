package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
)

// mostUnrolled is how many rounds of a loop are written out.
const mostUnrolled = 4

// unroll writes zero-overhead loops of one block and a few rounds out if they multiply:
// there is nothing to set up then, and pointers do not move from round to round, but lie at
// distances.
func (r *rewriter) unroll(fn *function) {
	for _, above := range fn.blocks {
		in := above.last()
		if in == nil || in.loop == nil || in.loop.head != in.loop.latch || !in.loop.latch.hw || in.loop.setup.count.Kind == isa.Register {
			continue
		}
		l, rounds := in.loop, int(in.fields.of(in.loop.setup.count.Name).imm)
		if rounds > mostUnrolled || len(l.now()) != 1 {
			continue
		}
		b := l.head
		if !slices.ContainsFunc(b.insns, func(in *insn) bool { return in.m != nil && in.m.ins.Name == "mul" }) {
			continue // code would grow all over the place
		}
		var behind regs
		for _, s := range b.succ {
			if s != b {
				behind |= s.entry
			}
		}
		code := r.unrolled(b.insns, rounds, behind)
		if code == nil || cycles(code) >= rounds*cycles(b.insns)+in.m.cost || !fn.fitInside(b, size(code)-size(b.insns)) {
			continue
		}
		if err := r.rounds(b.insns, code, rounds, behind); err != nil {
			continue
		}
		r.remarks = append(r.remarks, Remark{Line: r.lineOf(b), Function: fn.name, Text: fmt.Sprintf("%d rounds written out", rounds)})
		above.insns = above.body()
		b.insns, b.hw, b.ends = code, false, false
		b.succ = slices.DeleteFunc(b.succ, func(s *block) bool { return s == b })
		b.pred = slices.DeleteFunc(b.pred, func(p *block) bool { return p == b })
		fn.liveness()
	}
}

// fitInside reports whether all loops around a block stay short enough if it grows.
func (fn *function) fitInside(b *block, more int) bool {
	for _, x := range fn.blocks {
		if in := x.last(); in != nil && in.loop != nil && slices.Contains(in.loop.now(), b) && in.loop.head != b && !fitsOffset(in.loop.setup, size(in.loop.body())+more) {
			return false
		}
	}
	return true
}

// unrolled is some rounds of a list one after the other. What a register is moved by goes
// into the distances of what it is the base of, as far as it fits, and into the register
// where it is read otherwise, or live behind; nil if there is more in it than loads, stores
// and sums.
func (r *rewriter) unrolled(list []*insn, rounds int, behind regs) (out []*insn) {
	var moved [32]int64
	arrive := func(reg, line int) {
		if moved[reg] != 0 {
			in := r.make("addi", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: reg}}, {"imm", operand{imm: moved[reg]}}})
			in.line = line
			out = append(out, in)
			moved[reg] = 0
		}
	}
	for range rounds {
		for _, in := range list {
			if in.class != plain || in.m.custom {
				return nil
			}
			if reg := in.moves(); reg > 0 {
				if by := moved[reg] + in.fields.of("imm").imm; by >= -2048 && by <= 2047 {
					moved[reg] = by
				} else {
					arrive(reg, in.line)
					moved[reg] = in.fields.of("imm").imm
				}
				continue
			}
			base := 0
			if in.m.load != nil || in.m.store != nil && in.fields.of("rs1").reg != in.fields.of("rs2").reg {
				base = in.fields.of("rs1").reg
			}
			at := in.fields.of("imm")
			if at.imm += moved[base]; base > 0 && (at.sym != "" || at.imm < -2048 || at.imm > 2047) {
				base = 0
			}
			for reg := 1; reg < 32; reg++ {
				switch {
				case in.uses().has(reg) && reg != base:
					arrive(reg, in.line)
				case in.defs().has(reg) && reg != base:
					moved[reg] = 0
				}
			}
			// Each time it is another instruction, of which is known what it does.
			x := *in
			if base > 0 && moved[base] != 0 {
				x = *in.with("imm", at)
			}
			if x.text = "\t" + x.base(); in.defs().has(base) {
				moved[base] = 0
			}
			out = append(out, &x)
		}
	}
	for reg := 1; reg < 32; reg++ {
		if behind.has(reg) {
			arrive(reg, out[len(out)-1].line)
		}
	}
	return out
}

// rounds checks that code does what a list does if it is executed some times: it accesses
// the same, in the same order, and leaves the same in registers that live behind it.
func (r *rewriter) rounds(list, code []*insn, times int, behind regs) error {
	x, y := start(r.norm), start(r.norm)
	for range times {
		x.run(list)
	}
	y.run(code)
	if !slices.Equal(x.accesses, y.accesses) {
		return fmt.Errorf("it accesses memory in other ways")
	}
	for reg := 1; reg < 32; reg++ {
		if behind.has(reg) && x.regs[reg] != y.regs[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, x.regs[reg], y.regs[reg])
		}
	}
	return nil
}
