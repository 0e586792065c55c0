package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/norm"
)

// sign is a block that multiplies and then branches on the sign of a register that it has
// had for a while:
//
//		lb	r, 0(p)
//		…             computes, also from r
//		blt	r, zero, far
//		…             near
//	join:
//		…
//	far:	…
//		j	join
//
// Each way gets the code before the branch, where the sign is known:
//
//		lb	r, 0(p)
//		bge	r, zero, other
//		…             as if r is negative, and what was far
//	join:
//		…
//	other:	…             as if it is not, and what was near
//		j	join
//
// Where code may hardly grow, only what one of the signs does not need is jumped over:
//
//		lb	r, 0(p)
//		…
//		blt	r, zero, over
//		…             as if r is not negative
//	over:	…
//		blt	r, zero, far
type sign struct {
	b         *block
	reg       int
	rest      []*insn // behind what gives the register its value
	far, near *block
	join      *block
	code      [2][]*insn // on the way to far, to near
}

// signs makes code of which the sign is known. It changes the lines of the file. Where the
// design has instructions that are looked for by what they compute, such code is left to them.
func (r *rewriter) signs(f *asm.File, limits []thrift) (remarks []Remark) {
	if len(r.goals) > 0 {
		return nil
	}
	r.edits = map[int][]string{}
	fns := r.whole(f)
	number, large := 0, r.options.Growth == AnyGrowth
	for i, fn := range fns {
		if limits[i] == asCompiled || large && fn.tail() < 0 || r.ctx.Err() != nil {
			continue
		}
		room := reach - fn.size()
		for _, b := range fn.blocks {
			s := r.sign(b)
			if s == nil {
				continue
			}
			next := unused(f, "sign", number)
			if large && s.pays() && room >= size(s.rest)+8 {
				room -= size(s.rest) + 8
				s.install(r, label("sign", next))
			} else if !s.jumpsOver(r, label("sign", next)) {
				continue
			}
			number = next
			remarks = append(remarks, Remark{Line: f.Lines[b.last().line].No, Function: fn.name, Text: "a sign is looked at before what it decides"})
		}
	}
	r.edit(f)
	r.putBack(fns)
	return remarks
}

// sign looks at a block, and is nil if nothing is gained.
func (r *rewriter) sign(b *block) *sign {
	l, fn := b.last(), b.fn
	if l == nil || l.class != branch || b.away || l.fields.of("rs2").reg != 0 || l.m.ins.Name != "blt" && l.m.ins.Name != "bge" {
		return nil
	}
	s := &sign{b: b, reg: l.fields.of("rs1").reg, rest: b.body(), far: fn.labels[l.target], near: fn.next(b)}
	product := false
	for k := len(s.rest) - 1; k >= 0; k-- {
		in := s.rest[k]
		if in.class != plain || in.m.custom {
			return nil
		}
		if in.defs().has(s.reg) {
			s.rest = s.rest[k+1:]
			break
		}
		product = product || in.m.ins.Name == "mulh"
	}
	if s.reg == 0 || !product || s.far == nil || s.near == nil {
		return nil
	}
	for k, to := range []*block{s.far, s.near} {
		negative := (k == 0) == (l.m.ins.Name == "blt")
		s.code[k] = r.assume(s.rest, s.reg, negative, to.entry)
		if s.assumed(r, s.code[k], negative, k == 0, to.entry) != nil {
			return nil
		}
	}
	return s
}

// pays reports whether code for each sign can stand on its way, and is faster there: the near
// way gets a branch that is taken, and a jump.
func (s *sign) pays() bool {
	return len(s.rest)-len(s.code[0]) >= 3 && len(s.rest)-len(s.code[1]) >= 2 && s.apart()
}

// jumpsOver has what one sign does not need jumped over, if that is a run of instructions.
func (s *sign) jumpsOver(r *rewriter, over string) bool {
	k := 0
	if len(s.code[1]) < len(s.code[0]) {
		k = 1
	}
	n := len(s.rest) - len(s.code[k])
	negative := (k == 0) == (s.b.last().m.ins.Name == "blt")
	live := [2]regs{s.far.entry, s.near.entry}
	for i := 0; i+n <= len(s.rest); i++ {
		if s.assumed(r, slices.Delete(slices.Clone(s.rest), i, i+n), negative, k == 0, live[k]) != nil {
			continue
		}
		behind := live[1-k]
		for _, in := range slices.Backward(s.rest[i+n:]) {
			behind = in.before(behind)
		}
		other := r.assume(s.rest[i:i+n], s.reg, !negative, behind)
		if len(other)+2 > n || s.assumed(r, slices.Concat(s.rest[:i], other, s.rest[i+n:]), !negative, k != 0, live[1-k]) != nil {
			return false // a branch that is taken costs as much as two instructions
		}
		branch := "bge"
		if negative {
			branch = "blt"
		}
		for _, in := range s.rest[i : i+n] {
			r.edits[in.line] = []string{}
		}
		list := append([]string{text(branch, isa.RegNames[s.reg], "zero", over)}, texts(other)...)
		r.edits[s.rest[i+n-1].line] = append(list, over+":")
		return true
	}
	return false
}

// apart reports whether both ways are blocks of their own that meet behind the near one.
func (s *sign) apart() bool {
	fn := s.b.fn
	if s.far == nil || s.far.index == 0 || s.near.index+1 >= len(fn.blocks) {
		return false
	}
	s.join = fn.next(s.near)
	alone := func(b *block) bool { return !b.open && !b.away && !b.padded && slices.Equal(b.pred, []*block{s.b}) }
	l, n := s.far.last(), s.near.last()
	return alone(s.far) && alone(s.near) && s.far != s.near && s.far != s.join &&
		l != nil && l.class == jump && fn.labels[l.target] == s.join && (n == nil || n.class == plain) && s.near.fall &&
		!fn.blocks[s.far.index-1].fall
}

// fact is a number of which the sign is known, and nothing else.
func fact(n *builder, negative bool) *norm.Value {
	v := n.Ext(n.Input("rest", 31), 32, false)
	if negative {
		return n.Not(v)
	}
	return v
}

// assume is a list without what it does for nothing if a register has a sign.
func (r *rewriter) assume(list []*insn, reg int, negative bool, live regs) (out []*insn) {
	m := start(r.norm)
	m.regs[reg] = fact(r.norm, negative)
	for _, in := range list {
		before := m.regs
		m.step(in)
		if !in.pure() || len(in.m.writes) != 1 {
			out = append(out, in)
			continue
		}
		d := in.dest(in.m.writes[0])
		if c, ok := m.regs[d].IsConst(); ok && int64(int32(c)) >= -2048 && int64(int32(c)) < 2048 {
			x := r.number(d, int64(int32(c)))
			x.line = in.line
			out = append(out, x)
			continue
		}
		switch from := slices.Index(before[:], m.regs[d]); {
		case before[d] == m.regs[d]:
		case from >= 0:
			x := r.move(d, from)
			x.line = in.line
			out = append(out, x)
		default:
			out = append(out, in.renamed(func(field string, old int) int {
				if field != in.m.writes[0].field && before[old] == before[reg] {
					return reg
				}
				return old
			}))
		}
	}
	return needed(out, live|bit(reg), false)
}

// assumed checks that code does what the rest of the block does if the register has the
// sign, and that the branch goes that way then.
func (s *sign) assumed(r *rewriter, code []*insn, negative, taken bool, live regs) error {
	n := r.norm
	x, y := start(n), start(n)
	x.regs[s.reg] = fact(n, negative)
	y.regs[s.reg] = x.regs[s.reg]
	x.run(s.rest)
	y.run(code)
	want := n.Const(0, 1)
	if taken {
		want = n.Const(1, 1)
	}
	if _, goes := x.step(s.b.last()); goes != want {
		return fmt.Errorf("branch: %s", goes)
	}
	if !slices.Equal(x.accesses, y.accesses) {
		return fmt.Errorf("it accesses memory in other ways")
	}
	for reg := 1; reg < 32; reg++ {
		if live.has(reg) && x.regs[reg] != y.regs[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, x.regs[reg], y.regs[reg])
		}
	}
	return nil
}

// install changes places.
func (s *sign) install(r *rewriter, other string) {
	l := s.b.last()
	turned := map[string]string{"blt": "bge", "bge": "blt"}[l.m.ins.Name]
	here := append([]string{text(turned, isa.RegNames[s.reg], "zero", other)}, texts(s.code[0])...)
	here = append(here, r.lines(s.far, s.far.body())...)
	there := append([]string{other + ":"}, texts(s.code[1])...)
	there = append(append(there, r.lines(s.near, s.near.body())...), text("j", s.far.last().target))
	for _, in := range slices.Concat(s.rest, s.near.insns, s.far.insns) {
		r.edits[in.line] = []string{}
	}
	r.edits[l.line] = here
	r.edits[s.far.last().line] = there
}

func texts(code []*insn) (out []string) {
	for _, in := range code {
		out = append(out, "\t"+in.base())
	}
	return out
}
