package cc

import (
	"cmp"
	"slices"

	"marvelgen/gen/sem/norm"
)

// computes selects instructions that compute what blocks do, and regions of blocks
// that all lead to one. Such instructions are looked for by what they compute (goal). It
// reports whether there are any.
func (r *rewriter) computes(fn *function) (any bool) {
	if len(r.goals) == 0 {
		return false
	}
	known := fn.constants(r)
	for i := 0; i < len(fn.blocks); i++ { // regions make blocks fewer
		b := fn.blocks[i]
		for r.computesBlock(b, known.of(b)) || r.computesRegion(b, known.of(b)) {
			fn.liveness()
			any = true
		}
	}
	return any
}

func (r *rewriter) computesBlock(b *block, known *held) bool {
	c := r.computed(b, b.insns, known, nil)
	if c == nil {
		return false
	}
	b.insns = c.list
	b.fn.wrote(c.list)
	r.selected(b, c.in)
	return true
}

// computesRegion looks for an instruction in place of a region behind b, the largest
// one first.
func (r *rewriter) computesRegion(b *block, known *held) bool {
	regions := b.fn.regions(b)
	slices.Reverse(regions)
	for _, g := range regions {
		whole := g.instruction()
		list := slices.Concat(b.body(), []*insn{whole}, g.join.insns)
		rest := &block{fn: b.fn, read: b.read, line: b.line, live: g.join.live}
		if c := r.computed(rest, list, known, whole); c != nil {
			g.merge(c.list)
			b.fn.wrote(c.list)
			r.selected(b, c.in)
			return true
		}
	}
	return false
}

// wrote notes which registers the function's new instructions change.
func (fn *function) wrote(list []*insn) {
	fn.writes |= written(list)
}

// computed finds the best instruction for what the instructions in list compute, with
// the registers known that are; whole, if there is one, has to go.
func (r *rewriter) computed(b *block, list []*insn, known *held, whole *insn) *candidate {
	assumed := r.assumed(list, known)
	before := slices.Concat(assumed, list)
	extended, low := r.stored(list, b.live)
	t := &r.trace
	t.execute(r.norm, slices.Concat(assumed, extended), b.live)
	attempts, feeds := r.attempts(t, len(assumed), whole)
	if len(attempts) == 0 {
		return nil
	}
	tried := contents(feeds, attempts)
	var best *candidate
	for _, a := range attempts {
		if c := a.candidate(nil); a.beyond || !t.gains(c, best, false) {
			continue
		}
		operands := a.g.solve(r.norm, a.v, a.feed, tried)
		for _, choice := range operands.choices {
			if choice.compared && !choice.agrees {
				continue
			}
			c := a.candidate(choice.bound)
			if !t.gains(c, best, false) || !a.g.agrees(operands, choice) || !r.shown(b, t, c) || !r.place(t, c, best, false) && !r.placeKept(b, t, c, best, len(assumed)) {
				continue
			}
			c.list = without(c.list, low)
			if c.gain == 0 && len(c.list) >= len(before) {
				continue
			}
			if (whole == nil || !slices.Contains(c.list, whole)) && same(r.norm, before, form{c.list, identity, identity}, allRegs, b.live) == nil {
				c.list = without(c.list, assumed)
				best = c
			}
		}
	}
	return best
}

// attempt is a result that a goal may compute.
type attempt struct {
	g           *goal
	root, which int // instruction, and write
	v           *norm.Value
	feed        []*norm.Value // what can be operands
	gain, saved int           // at most
	beyond      bool          // a number has been seen that the goal never is
}

// candidate is the attempt with these operands, or with any that nobody else computes.
func (a *attempt) candidate(bound []*norm.Value) *candidate {
	if bound == nil {
		bound = make([]*norm.Value, len(a.g.list))
	}
	return &candidate{p: a.g.pattern, roots: []int{a.root}, which: []int{a.which}, bound: bound, held: -1}
}

// attempts lists what can be a gain, from an instruction of the trace on, and all values that
// matter to it. Those that promise most are first: so fewer are shown to be right that are then
// given up for others.
func (r *rewriter) attempts(t *trace, from int, whole *insn) (list []*attempt, values []*norm.Value) {
	sources, region := t.sources(), slices.Index(t.insns, whole)
	var roots []int
	var feeds [][]*norm.Value
	all := []*norm.Value{r.norm.Const(0, 32)}
	for i := from; i < len(t.insns); i++ {
		if !t.computes(i) || whole != nil && !slices.Contains(t.slice(sources, i), region) {
			continue
		}
		roots = append(roots, i)
		feeds = append(feeds, append(all[:1:1], t.reads(t.slice(sources, i))...))
		all = append(append(all, feeds[len(feeds)-1]...), t.values[i]...)
	}
	for _, g := range r.goals {
		for k, i := range roots {
			for which, v := range t.values[i] {
				if _, constant := v.IsConst(); constant || g.wide && !hasWide(v) {
					continue
				}
				a := &attempt{g: g, root: i, which: which, v: v, feed: feeds[k]}
				if c := a.candidate(nil); t.gains(c, nil, false) && (whole == nil || t.gone[region]) {
					a.gain, a.saved = c.gain, c.saved
					list = append(list, a)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(x, y *attempt) int { return cmp.Or(cmp.Compare(y.gain, x.gain), cmp.Compare(y.saved, x.saved)) })
	return list, all
}

// assumed is an instruction for each register of list that is known to hold a number.
func (r *rewriter) assumed(list []*insn, known *held) []*insn {
	var read regs
	for _, in := range list {
		read |= in.uses()
	}
	m := *r.set
	m.cost = 0
	var out []*insn
	for reg := 1; reg < 32; reg++ {
		if known == nil || known.regs[reg] == nil || !read.has(reg) {
			continue
		}
		if n, ok := known.regs[reg].IsConst(); ok {
			out = append(out, &insn{line: -1, m: &m, name: "li", fields: fields{{"rd", operand{reg: reg}}, {"imm", operand{imm: int64(int32(n))}}}})
		}
	}
	return out
}

func hasWide(v *norm.Value) bool {
	found := false
	walk(v, func(v *norm.Value) { found = found || isWide(v) })
	return found
}

// computes reports whether the instruction is one whose results others may compute.
func (t *trace) computes(i int) bool {
	in := t.insns[i]
	return in.m != nil && in.class == plain && t.access[i] < 0 && !in.m.custom && len(t.values[i]) > 0
}

// sources is, by instruction, whose results it reads.
func (t *trace) sources() [][]int {
	out := make([][]int, len(t.insns))
	for w, users := range t.users {
		for _, u := range users {
			out[u] = append(out[u], w)
		}
	}
	return out
}

// slice lists the instructions from which root's results follow, root first; it does
// not go on to what loads and custom instructions read.
func (t *trace) slice(sources [][]int, root int) []int {
	in := map[int]bool{root: true}
	var out []int
	for i := root; i >= 0; i-- {
		if !in[i] || !t.computes(i) {
			continue
		}
		out = append(out, i)
		for _, s := range sources[i] {
			in[s] = true
		}
	}
	return out
}

// reads lists the values that instructions read, those of the first ones first.
func (t *trace) reads(list []int) []*norm.Value {
	var out []*norm.Value
	for _, i := range list {
		for reg := 1; reg < 32; reg++ {
			if v := t.before[i][reg]; t.insns[i].uses().has(reg) && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}
