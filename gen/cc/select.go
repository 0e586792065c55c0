package cc

import (
	"cmp"
	"slices"

	"marvelgen/gen/sem/norm"
)

// candidate is one place for a custom instruction.
type candidate struct {
	p     *pattern
	roots []int // by result: the instruction whose result it takes over, and which
	which []int
	bound []*norm.Value // by variable of p.list
	held  int           // access
	in    *insn         // the instruction, in list
	wants []wish
	list  []*insn
	gain  int // cycles
	saved int // instructions
}

// selects replaces instructions of a block by custom ones as long as one saves
// cycles, or instructions for the same cycles. The best comes first. When all is done,
// the block is compared with what it was.
func (r *rewriter) selects(b *block) bool {
	before, remarks := b.insns, len(r.remarks)
	changed := false
	for c := r.best(b, false, nil); c != nil; c = r.best(b, false, c) {
		b.insns = c.list
		r.selected(b, c.in)
		changed = true
	}
	if changed && same(r.norm, before, form{b.insns, identity, identity}, allRegs, b.live) != nil {
		b.insns, r.remarks = before, r.remarks[:remarks]
		return false
	}
	return changed
}

// wish is a register that a value would have to be in for a candidate to fit: the
// value that def leaves in from, or that is there at the block's beginning.
type wish struct {
	def      *insn
	from, to int
}

// best finds the candidate that gains most. If relaxed, it is one that would fit
// after its wishes for registers are met. What has found no place among the same is not
// tried again. Of those that gain as much as the last one, if there was one, it is the first:
// what was better would have come before.
func (r *rewriter) best(b *block, relaxed bool, last *candidate) *candidate {
	t := &r.trace
	t.execute(r.norm, b.insns, b.live)
	t.failed = &r.failed
	var best *candidate
	for _, p := range r.patterns {
		if relaxed && !p.wishes() {
			continue
		}
		enough := false
		r.candidates(t, p, relaxed, func(c *candidate) bool {
			if r.place(t, c, best, relaxed) {
				best = c.clone()
				enough = last != nil && (best.gain > last.gain || best.gain == last.gain && best.saved >= last.saved)
			}
			return enough
		})
		if enough {
			break
		}
	}
	return best
}

// wishes reports whether renaming registers can help to select the instruction: it has
// fixed ones, or one result that has to be where an operand was.
func (p *pattern) wishes() bool {
	return p.m.fixedReads != 0 || len(p.results) == 1 || slices.ContainsFunc(p.m.writes, func(w result) bool { return w.field == "" })
}

func (c *candidate) clone() *candidate {
	out := *c
	out.roots, out.which, out.bound = slices.Clone(c.roots), slices.Clone(c.which), slices.Clone(c.bound)
	return &out
}

func (c *candidate) takes(i, w int) bool {
	for k, r := range c.roots {
		if r == i && c.which[k] == w {
			return true
		}
	}
	return false
}

// gains finds what goes with a candidate, and reports whether that is a gain, and a
// greater one than best's.
func (t *trace) gains(c, best *candidate, relaxed bool) bool {
	gone := t.gone
	clear(gone)
	for _, i := range c.roots {
		gone[i] = true
	}
	if c.held >= 0 {
		for i, a := range t.access {
			if a == c.held {
				if t.insns[i].class != plain {
					return false
				}
				gone[i] = true
			}
		}
	}
	t.covered(c)
	c.gain, c.saved, c.wants = -c.p.m.cost, -1, nil
	for i, in := range t.insns {
		if gone[i] {
			c.gain += in.m.cost
			c.saved++
		}
	}
	if c.gain < 0 || c.gain == 0 && c.saved <= 0 {
		return false
	}
	return best == nil || c.gain > best.gain || c.gain == best.gain && (c.saved > best.saved || c.saved == best.saved && relaxed && c.behind(best))
}

// place finds a place and registers for a candidate, and checks that the block does
// the same with it. It reports whether that is a gain, and a greater one than best's.
// If relaxed, registers that do not fit become wishes.
func (r *rewriter) place(t *trace, c, best *candidate, relaxed bool) bool {
	if !t.gains(c, best, relaxed) {
		return false
	}
	gone := t.gone
	first, last := slices.Index(gone, true), len(gone)-1
	for !gone[last] {
		last--
	}
	list, at := t.list[:0], t.at[:0] // what stays between, and where that was
	for i := first; i <= last; i++ {
		if !gone[i] {
			list, at = append(list, t.insns[i]), append(at, i)
		}
	}
	if !relaxed && t.failed.has(t, c, first, last) {
		return false
	}
	// In regs registers hold what they did before; above executes what stays, as far as
	// something has been tried.
	regs, above, executed := t.before[first], &t.above, 0
	*above = machine{b: r.norm, regs: regs, accesses: above.accesses[:0], skipped: t.count[first]}
	var missing *norm.Value
	for k := 0; k <= len(list); k++ {
		if missing == nil {
			missing = c.misses(t, &regs, relaxed)
		}
		if missing == nil {
			for ; !relaxed && executed < k; executed++ {
				above.step(list[executed])
			}
			if !t.accessed(above.accesses, first, last) {
				break // nor does what stays further on
			}
			in, wants := r.instruction(t, c, &regs, t.insns[:first], list[:k])
			switch {
			case in == nil:
			case len(wants) > 0:
				if relaxed {
					c.wants = wants
					return true
				}
			case !relaxed:
				if t.same(above, in, list[k:], first, last) {
					in = in.kept()
					in.line = t.insns[anchor(c.roots, at, k, first, last)].line
					in.text = in.print()
					c.in, c.list = in, slices.Concat(t.insns[:first], list[:k], []*insn{in}, list[k:], t.insns[last+1:])
					return true
				}
			}
		}
		if k == len(list) {
			break
		}
		for i, v := range t.values[at[k]] { // what goes has no part in what stays
			if d := t.dests[at[k]][i]; d != 0 {
				regs[d] = v
			}
			if v == missing {
				missing = nil
			}
		}
	}
	if !relaxed {
		t.failed.add(t, c, first, last)
	}
	return false
}

// behind reports whether the candidate takes over the same as another of its instruction,
// or what is behind that. Of equal sums in one round, pointers move behind the last.
func (c *candidate) behind(other *candidate) bool {
	if c.p != other.p || slices.Equal(c.roots, other.roots) {
		return false
	}
	for k, i := range c.roots {
		if i < other.roots[k] {
			return false
		}
	}
	return true
}

// reads reports whether a register that the candidate reads holds v.
func (c *candidate) reads(v *norm.Value) bool {
	for n, o := range c.p.operands {
		if c.bound[n] == v && o.register() {
			return true
		}
	}
	return false
}

// misses is an operand of the candidate that is in no register, or nil; unless relaxed, also
// one that is not in the register where its instruction reads it, if that is not free to choose.
func (c *candidate) misses(t *trace, regs *[32]*norm.Value, relaxed bool) *norm.Value {
	for n, v := range c.bound {
		there := true
		switch o := &c.p.operands[n]; {
		case !o.register():
		case relaxed || o.field != nil && o.own < 0:
			there = slices.Contains(regs[:], v)
		case o.field == nil:
			there = regs[o.reg] == v
		default:
			there = regs[t.dests[c.roots[o.own]][c.which[o.own]]] == v
		}
		if !there {
			return v
		}
	}
	return nil
}

// anchor is the instruction whose line a new one takes that stands before the k-th of
// those that stay between first and last.
func anchor(roots, at []int, k, first, last int) int {
	low, next := first-1, last+1
	if k > 0 {
		low = at[k-1]
	}
	if k < len(at) {
		next = at[k]
	}
	for _, i := range roots {
		if i > low && i < next {
			return i
		}
	}
	return min(low+1, last)
}

// instruction is the candidate's instruction behind those in above and done, with
// registers that hold, if they are these, what it needs; nil if there are none. Registers that are
// not free to choose, and do not fit, are wishes. It is the trace's until the next one is tried.
func (r *rewriter) instruction(t *trace, c *candidate, regs *[32]*norm.Value, above, done []*insn) (*insn, []wish) {
	in := &t.tried
	*in = insn{m: c.p.m, fields: in.fields[:0], size: 4}
	var wants []wish
	var root assoc[string, *insn]
	for k, w := range c.p.m.writes {
		from := t.insns[c.roots[k]]
		d := t.dests[c.roots[k]][c.which[k]]
		if w.field == "" {
			if d != w.reg {
				wants = append(wants, wish{from, d, w.reg})
			}
			continue
		}
		root.set(w.field, from)
		in.fields.set(w.field, operand{reg: d})
	}
	for n, v := range c.bound {
		o := &c.p.operands[n]
		if !o.register() {
			k, _ := v.IsConst()
			in.fields.set(o.field.Name, operand{imm: immediate(o.field, k, v.Width)})
			continue
		}
		reg := slices.Index(regs[:], v)
		if reg < 0 {
			return nil, nil
		}
		if o.field == nil {
			if regs[o.reg] != v {
				wants = append(wants, wish{cmp.Or(lastDef(done, reg), lastDef(above, reg)), reg, o.reg})
			}
			continue
		}
		d, tied := in.fields.find(o.field.Name)
		switch {
		case !tied:
			in.fields.set(o.field.Name, operand{reg: reg})
		case regs[d.reg] != v:
			wants = append(wants, wish{root.of(o.field.Name), d.reg, reg})
		}
	}
	for _, w := range wants {
		if w.from == 0 || w.to == 0 {
			return nil, nil
		}
	}
	slices.SortFunc(wants, func(x, y wish) int { return cmp.Compare(x.to, y.to) })
	return in, wants
}

// kept is the instruction for good.
func (in *insn) kept() *insn {
	out := *in
	out.fields = slices.Clone(in.fields)
	return &out
}

// lastDef is the last instruction that writes the register, or nil.
func lastDef(list []*insn, reg int) *insn {
	for k := len(list) - 1; k >= 0; k-- {
		if list[k].defs().has(reg) {
			return list[k]
		}
	}
	return nil
}
