package cc

import (
	"math"
	"math/bits"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// trips is the number of times the loop's body is executed, in the state before it:
// the distance to the bound in steps; nil if that would take a division. Where the
// distance is no multiple of the step, the loop does not end by its count, and any
// number is less.
func (l *hwLoop) trips(b *builder, m *machine) *norm.Value {
	d, step := b.Sub(m.regs[l.bound], m.regs[l.counter]), uint64(l.step)
	if l.step < 0 {
		d, step = b.Scale(d, ^uint64(0), 0), -step
	}
	c, ok := d.IsConst()
	switch {
	case ok:
		return b.Const(c/step, 32)
	case step&(step-1) != 0:
		return nil
	}
	return b.Shift(bv.ShrU, d, b.Const(uint64(bits.TrailingZeros64(step)), 32))
}

// counted sets a loop up for c times, or for the most that can be counted; 0 if it
// cannot be set up.
func (r *rewriter) counted(fn *function, l *hwLoop, c uint64) (code []*insn, most uint64) {
	var best *setup
	reg := r.scratch(fn, l.head.entry)
	for _, s := range r.setups {
		if !s.takes(l.level) || s.count.Kind == isa.Register && reg < 0 {
			continue
		}
		n := min(c, s.most())
		if n > most || n == most && s.count.Kind != isa.Register {
			best, most = s, n
		}
	}
	switch {
	case best == nil:
	case best.count.Kind == isa.Register:
		fn.writes |= bit(reg)
		code = []*insn{r.number(reg, int64(most)), l.setUp(best, operand{reg: reg})}
	default:
		code = []*insn{l.setUp(best, operand{imm: immediate(best.count, most, 32)})}
	}
	return code, most
}

// number is li reg, n.
func (r *rewriter) number(reg int, n int64) *insn {
	in := &insn{line: -1, name: "li", m: r.set, size: 4, fields: fields{{"rd", operand{reg: reg}}, {"imm", operand{imm: n}}}}
	if n < -2048 || n > 2047 {
		in.size = 8
	}
	in.text = in.print()
	return in
}

// most is how often a loop can be executed that the instruction sets up.
func (s *setup) most() uint64 {
	if s.count.Kind == isa.Register {
		return min(bv.Mask(s.bits), math.MaxInt32)
	}
	_, hi := s.count.Bounds()
	return uint64(hi) >> s.count.Shift << s.count.Shift
}

// countCode computes the loop's count into reg.
func (r *rewriter) countCode(l *hwLoop, reg int) []*insn {
	from, to := l.counter, l.bound
	if l.step < 0 {
		from, to = to, from
	}
	code := []*insn{r.make("sub", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: to}}, {"rs2", operand{reg: from}}})}
	if k := bits.TrailingZeros64(uint64(l.step)); k > 0 {
		code = append(code, r.make("srli", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: reg}}, {"shamt", operand{imm: int64(k)}}}))
	}
	return code
}

// make is a base instruction.
func (r *rewriter) make(mnemonic string, list fields) *insn {
	in := &insn{line: -1, size: 4, m: r.mnemonics[mnemonic][0], fields: list}
	in.text = in.print()
	return in
}

func (s *setup) takes(level int) bool {
	if s.level != nil {
		return fits(s.level, uint64(level), 32)
	}
	return s.fixed == level
}

// fitsOffset reports whether a body of size bytes is not too long.
func fitsOffset(s *setup, size int) bool { return fits(s.offset, uint64(size), 32) }
