package cc

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

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

// reckoned sets a loop up for n times, which is no constant, in the state before it.
func (r *rewriter) reckoned(fn *function, l *hwLoop, m *machine, n *norm.Value, bytes int) string {
	k := slices.IndexFunc(r.setups, func(s *setup) bool { return s.count.Kind == isa.Register && s.takes(l.level) })
	if k < 0 {
		return fmt.Sprintf("no instruction sets up loops of level %d", l.level)
	}
	s := r.setups[k]
	if !fitsOffset(s, bytes) {
		return "it is too long"
	}
	counts := func(v *norm.Value) bool { return r.norm.Extract(v, 0, s.bits) == r.norm.Extract(n, 0, s.bits) }
	var code []*insn
	reg := slices.IndexFunc(m.regs[:], counts)
	switch {
	case reg >= 0:
	case l.step != 1 && l.step != -1:
		if reg = r.keepCount(fn, l, counts); reg < 0 {
			return tooDear
		}
		m = r.approach(l.before)
	default:
		if reg = r.scratch(fn, l.head.entry); reg < 0 {
			return "no register is free for its count"
		}
		from, to := l.counter, l.bound
		if l.step < 0 {
			from, to = to, from
		}
		code = append(code, r.make("sub", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: to}}, {"rs2", operand{reg: from}}}))
		fn.writes |= bit(reg)
		m.run(code)
	}
	if !counts(m.regs[reg]) {
		return "its count could not be shown right"
	}
	l.install(r, append(code, l.setUp(s, operand{reg: reg})))
	if l.step == 1 && 1<<s.bits > mostRounds && slices.ContainsFunc(l.head.names, func(name string) bool { return r.few[name] }) {
		l.uncounted(fn)
	}
	return ""
}

// tooDear is why a loop stays as it is whose distance would have to be subtracted and
// divided: with the set-up that takes four cycles, and fewTrips rounds save three.
const tooDear = "to compute its count takes longer than a few times round save"

// keepCount puts the count into a register where another holds it, or a multiple, in the
// block that goes straight into the loop, from the last place on that has it; -1 if there
// is none.
func (r *rewriter) keepCount(fn *function, l *hwLoop, counts func(*norm.Value) bool) int {
	b := l.before
	if len(b.succ) != 1 || b.ends || b.loop { // an inner loop is set up again and again
		return -1
	}
	m := r.enter(b)
	m.prefix, m.accesses = b.prefix(), nil
	var keep func(reg int) *insn
	at := -1
	shift := int64(bits.TrailingZeros64(uint64(l.step)))
	for i := 0; i <= len(b.insns); i++ {
		for x, v := range m.regs {
			switch v = r.norm.located(v); {
			case counts(v):
				at, keep = i, func(reg int) *insn { return r.move(reg, x) }
			case counts(r.norm.Shift(bv.ShrU, v, r.norm.Const(uint64(shift), 32))):
				at, keep = i, func(reg int) *insn {
					return r.make("srli", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: x}}, {"shamt", operand{imm: shift}}})
				}
			default:
				continue
			}
			break
		}
		if i == len(b.insns) || b.insns[i].m == nil {
			break
		}
		m.step(b.insns[i])
	}
	if at < 0 {
		return -1
	}
	live := l.head.entry
	taken := live
	for _, in := range slices.Backward(b.insns[at:]) {
		live = in.before(live)
		taken |= live | in.defs()
	}
	reg := r.scratch(fn, taken)
	if reg < 0 {
		return -1
	}
	in := keep(reg)
	in.text = in.print()
	if len(b.insns) > 0 {
		in.line = b.insns[min(at, len(b.insns)-1)].line
	}
	b.insns = slices.Insert(slices.Clone(b.insns), at, in)
	fn.writes |= bit(reg)
	return reg
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
