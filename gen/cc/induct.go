package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/sem/norm"
)

// induct gives loops of one block pointers of their own where they compute addresses
// on each way round (strength reduction), so that what is left are increments: an
// address that is the sum of registers, each of which changes by a constant, changes
// by a constant.
func (r *rewriter) induct(fn *function) {
	changed := false
	for _, b := range slices.Clone(fn.blocks) {
		if b.entersAlone() && r.pointers(fn, b) {
			changed = true
			fn.liveness()
		}
	}
	if changed {
		r.clean(fn)
	}
}

// entersAlone reports whether a block is a loop that is entered from above only.
func (b *block) entersAlone() bool {
	if b.index == 0 || b.open || b.away || b.padded || len(b.pred) != 2 || !slices.Contains(b.succ, b) {
		return false
	}
	above := b.fn.blocks[b.index-1]
	if above == b || !above.fall || !slices.Contains(b.pred, above) || !slices.Contains(b.pred, b) {
		return false
	}
	return above.last() == nil || !slices.Contains(b.names, above.last().target)
}

// pointer is a register that a loop gets: the sum of registers and a constant at its
// beginning.
type pointer struct {
	reg   int
	terms []norm.Term
	first uint64 // constant of the first access
	step  int64
	last  int           // access, by instruction
	delta map[int]int64 // of the accesses to the first one
}

// placeholder is the first register number of pointers that have no register yet: no
// set of registers holds it.
const placeholder = 32

// pointers rewrites one loop.
func (r *rewriter) pointers(fn *function, b *block) bool {
	all := r.findPointers(b)
	if len(all) == 0 {
		return false
	}
	tries := [][]*pointer{all}
	if len(all) > 1 {
		for _, p := range all {
			tries = append(tries, []*pointer{p})
		}
	}
	for _, list := range tries {
		if r.reduce(fn, b, list) {
			return true
		}
	}
	return false
}

// findPointers lists the sums of registers that a loop's accesses need.
func (r *rewriter) findPointers(b *block) (out []*pointer) {
	x, m := start(r.norm), start(r.norm)
	m.run(b.insns)
	step := map[*norm.Value]int64{}
	for i := 1; i < 32; i++ {
		if d, ok := r.norm.Sub(m.regs[i], x.regs[i]).IsConst(); ok {
			step[x.regs[i]] = int64(int32(d))
		}
	}
	m = start(r.norm)
	for i, in := range b.insns {
		if in.m == nil {
			return nil
		}
		count := len(m.accesses)
		m.step(in)
		if len(m.accesses) == count || in.m.custom || in.fields.of("imm").sym != "" {
			continue
		}
		c, terms := m.accesses[count].addr.Linear()
		var sum int64
		for _, t := range terms {
			d, ok := step[t.Value]
			if !ok || t.Coef != 1 {
				terms = nil
				break
			}
			sum += d
		}
		if len(terms) < 2 || sum == 0 || sum < -2048 || sum > 2047 {
			continue
		}
		k := slices.IndexFunc(out, func(p *pointer) bool { return slices.Equal(p.terms, terms) })
		if k < 0 {
			k = len(out)
			out = append(out, &pointer{terms: terms, first: c, step: sum, delta: map[int]int64{}})
		}
		p := out[k]
		d := int64(int32(c - p.first))
		if d < -2048 || d > 2047 {
			continue
		}
		p.last, p.delta[i] = i, d
	}
	return out
}

// reduce rewrites a loop to use the pointers, if it is shorter then, and the same.
func (r *rewriter) reduce(fn *function, b *block, list []*pointer) bool {
	var behind regs
	for _, s := range b.succ {
		if s != b {
			behind |= s.entry
		}
	}
	for k, p := range list {
		p.reg = placeholder + k
	}
	var code []*insn
	for i, in := range b.insns {
		for _, p := range list {
			if d, ok := p.delta[i]; ok {
				in = in.with("rs1", operand{reg: p.reg}).with("imm", operand{imm: d})
			}
		}
		code = append(code, in)
		for _, p := range list {
			if p.last == i {
				code = append(code, r.increment(p))
			}
		}
	}
	code = used(code, behind)
	gain := len(b.insns) - len(code)
	if gain < 1 {
		return false
	}
	kept := exposed(code) | behind
	taken := kept
	for _, in := range code {
		taken |= in.uses() | in.defs()
	}
	// A register from which another pointer is computed is no place for one, nor is one
	// that sets up the loop.
	above := r.approach(fn.blocks[b.index-1])
	if l := fn.blocks[b.index-1].last(); l != nil && l.class == begin {
		kept |= l.uses()
		taken |= kept
	}
	var ahead []*insn
	for _, p := range list {
		var others regs
		for _, q := range list {
			if q != p {
				others |= q.sources(above)
			}
		}
		reg := r.scratch(fn, taken|others)
		if reg < 0 {
			return false
		}
		taken |= bit(reg)
		init := r.initial(p, reg, above)
		if init == nil {
			return false
		}
		ahead = append(ahead, init...)
		for k, in := range code {
			code[k] = in.renamed(func(_ string, old int) int {
				if old == p.reg {
					return reg
				}
				return old
			})
		}
		p.reg = reg
	}
	if len(ahead) > fewTrips*gain {
		return false
	}
	if !r.inductive(b, code, list, kept, behind) || !r.begins(above, ahead, list, kept) {
		return false
	}
	for _, p := range list {
		fn.writes |= bit(p.reg)
	}
	a := b.approach()
	a.insns = slices.Concat(a.body(), ahead, a.insns[len(a.body()):])
	b.insns = code
	r.remarks = append(r.remarks, Remark{Line: r.lineOf(b), Function: fn.name, Text: fmt.Sprintf("%d addresses became pointers", len(list))})
	return true
}

// increment is the instruction that moves a pointer on; it is printed when that has a
// register.
func (r *rewriter) increment(p *pointer) *insn {
	list := fields{{"rd", operand{reg: p.reg}}, {"rs1", operand{reg: p.reg}}, {"imm", operand{imm: p.step}}}
	return &insn{line: -1, size: 4, m: r.mnemonics["addi"][0], fields: list}
}

// used is the code of a loop without what nobody uses, on this way round, on later
// ones or in registers behind it.
func used(code []*insn, behind regs) (out []*insn) {
	need := make([]bool, len(code))
	var mark func(i int)
	find := func(reg, before int) { // who wrote the register, perhaps on the way round before
		for n := range code {
			k := (before - 1 - n + 2*len(code)) % len(code)
			if code[k].defs().has(reg) {
				mark(k)
				return
			}
		}
	}
	mark = func(i int) {
		if need[i] {
			return
		}
		need[i] = true
		for reg := 1; reg < 32; reg++ {
			if code[i].uses().has(reg) {
				find(reg, i)
			}
		}
	}
	for i, in := range code {
		if !in.pure() {
			mark(i)
		}
	}
	for reg := 1; reg < 32; reg++ {
		if behind.has(reg) {
			find(reg, len(code))
		}
	}
	for i, in := range code {
		if need[i] {
			out = append(out, in)
		}
	}
	return out
}

// pure reports whether all that the instruction does is to change registers; the
// increment of a pointer that has none yet changes something.
func (in *insn) pure() bool {
	return in.class == plain && in.m.load == nil && in.m.store == nil && in.defs() != 0
}

// exposed is the registers that are read before they are written.
func exposed(code []*insn) (out regs) {
	for i := len(code) - 1; i >= 0; i-- {
		out = code[i].before(out)
	}
	return out
}

// sources is the registers from which a pointer is computed in a state.
func (p *pointer) sources(m *machine) (out regs) {
	for _, t := range p.terms {
		if _, ok := m.regs[number(t.Value)].IsConst(); !ok {
			out |= bit(number(t.Value))
		}
	}
	return out
}

// number is the register of which v is the value at the beginning.
func number(v *norm.Value) (n int) {
	fmt.Sscanf(v.Name, "x%d", &n)
	return n
}

// value is what the pointer holds when a loop's beginning is reached in a state.
func (p *pointer) value(m *machine) *norm.Value {
	v := m.b.Const(p.first, 32)
	for _, t := range p.terms {
		v = m.b.Add(v, m.regs[number(t.Value)], 1)
	}
	return v
}

// initial is code that sets a pointer to its first value in a state, nil if there is
// none that is short.
func (r *rewriter) initial(p *pointer, reg int, m *machine) []*insn {
	k := p.first
	var from []int
	for _, t := range p.terms {
		n := number(t.Value)
		switch c, ok := m.regs[n].IsConst(); {
		case ok:
			k += c
		case n == reg:
			from = slices.Insert(from, 0, n)
		default:
			from = append(from, n)
		}
	}
	c := int64(int32(k))
	var code []*insn
	add := func(x, y int) {
		code = append(code, r.make("add", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: x}}, {"rs2", operand{reg: y}}}))
	}
	addi := func(x int) {
		code = append(code, r.make("addi", fields{{"rd", operand{reg: reg}}, {"rs1", operand{reg: x}}, {"imm", operand{imm: c}}}))
	}
	far := c < -2048 || c > 2047
	switch {
	case far && len(from) > 0 && from[0] == reg:
		return nil
	case far:
		code = append(code, r.number(reg, c))
		for _, x := range from {
			add(reg, x)
		}
	case len(from) < 2:
		addi(append(from, 0)[0])
	default:
		add(from[0], from[1])
		for _, x := range from[2:] {
			add(reg, x)
		}
		if c != 0 {
			addi(reg)
		}
	}
	return code
}

// inductive checks that a loop's code does what it did on one way round, if pointers
// hold what they should at its beginning, and that they do so at its end; kept is the
// registers that it finds and leaves as before.
func (r *rewriter) inductive(b *block, code []*insn, list []*pointer, kept, behind regs) bool {
	x, y := start(r.norm), start(r.norm)
	for i := 1; i < 32; i++ {
		if !kept.has(i) {
			y.regs[i] = r.norm.Input(fmt.Sprintf("old%d", i), 32)
		}
	}
	for _, p := range list {
		y.regs[p.reg] = p.value(x)
	}
	if x.run(b.insns) != y.run(code) || !slices.Equal(x.accesses, y.accesses) {
		return false
	}
	for i := 1; i < 32; i++ {
		if (kept | behind).has(i) && x.regs[i] != y.regs[i] {
			return false
		}
	}
	return !slices.ContainsFunc(list, func(p *pointer) bool { return y.regs[p.reg] != p.value(x) })
}

// begins checks that code before the loop sets the pointers, and nothing else that
// the loop finds.
func (r *rewriter) begins(m *machine, code []*insn, list []*pointer, kept regs) bool {
	after := *m
	after.run(code)
	for i := 1; i < 32; i++ {
		if kept.has(i) && after.regs[i] != m.regs[i] {
			return false
		}
	}
	wrong := func(p *pointer) bool { return after.regs[p.reg] != p.value(m) }
	return len(after.accesses) == len(m.accesses) && !slices.ContainsFunc(list, wrong)
}

// clean removes instructions whose results nobody reads any longer.
func (r *rewriter) clean(fn *function) {
	for again := true; again; fn.liveness() {
		again = false
		for _, b := range fn.blocks {
			live := b.live
			for k := len(b.insns) - 1; k >= 0; k-- {
				in := b.insns[k]
				if in.m != nil && in.pure() && in.defs()&live == 0 && (len(b.body()) > 1 || !b.ends) {
					b.insns = slices.Delete(slices.Clone(b.insns), k, k+1)
					again = true
					continue
				}
				live = in.before(live)
			}
		}
	}
}
