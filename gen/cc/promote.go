package cc

import (
	"cmp"
	"fmt"
	"slices"

	"marvelgen/gen/sem/norm"
)

// promoted is a loop of one block that stores to the same words of memory each time round, and
// perhaps loads them, as compilers leave sums in memory that what is stored might change what is
// loaded (scalar promotion). It keeps them in registers:
//
//		…                   the guard: if the words lie among what the loop loads,
//		bltu	t, u, slow  it goes round as it was
//		lw	sum, 0(p)   if the first time round begins with that
//	loop:	…                   without those loads and stores
//		bne	…, loop
//		sw	sum, 0(p)
//		j	exit
//	slow:	…                   the loop as it was
//		bne	…, slow
//	exit:
//
// Where it is known that nothing meets the words there is no guard, nor the loop as it was.
type promoted struct {
	b       *block
	at      *machine // the state before it
	steps   [32]*norm.Value
	rounds  int64       // 0: not known
	left    *norm.Value // what is left to count when the first is over, by the registers before
	step    int64       // by which that becomes less
	words   []*word
	code    []*insn   // of the loop
	pairs   []meeting // that the guard compares
	free    [3]int    // registers that it may overwrite
	guarded int       // bytes of the guard
	number  int       // of its labels
	saves   int       // cycles, about
	why     string    // nothing can be done, or ""
}

// word is one that stays in a register.
type word struct {
	addr   *norm.Value // by the registers before the loop
	stores []*insn
	loads  []*insn
	reg    int  // that it is kept in
	first  bool // it is loaded before it is stored
}

// promotion plans it for a block, and is nil if there is nothing to keep.
func (r *rewriter) promotion(b *block) *promoted {
	if !b.entersAlone() || b.last() == nil || b.last().class != branch || b.fn.next(b).anchor() < 0 {
		return nil
	}
	p := &promoted{b: b}
	if !p.find(r) {
		return nil
	}
	switch {
	case holdAssembly(r.file.Lines[b.fn.from:b.fn.to]):
		p.why = "the function holds assembly"
	case !r.options.NoVolatile:
		p.why = untoldWords
	default:
		p.why = p.plan(r)
	}
	return p
}

// untoldWords is why words stay in memory: no compiler's assembly tells.
const untoldWords = "what it stores may be volatile or atomic"

// find finds the words: all that the loop stores, at addresses that do not change.
func (p *promoted) find(r *rewriter) bool {
	still := allRegs &^ written(p.b.insns) &^ bit(sp)
	m := start(r.norm)
	for _, in := range p.b.insns {
		if in.m == nil || in.m.custom || (in.m.load != nil || in.m.store != nil) && in.fields.of("imm").sym != "" {
			return false
		}
		addr := m.addressOf(in)
		if in.m.store != nil {
			if in.m.store.size != wordBytes || !addresses(addr, still) {
				return false
			}
			w := p.word(addr)
			if w == nil {
				w = &word{addr: addr}
				p.words = append(p.words, w)
			}
			w.stores = append(w.stores, in)
		}
		m.loaded = memoryAt(r.norm, in, addr)
		m.step(in)
	}
	x := start(r.norm)
	for reg := range m.regs {
		p.steps[reg] = r.norm.Sub(m.regs[reg], x.regs[reg])
	}
	return len(p.words) > 0
}

// addressOf is the address of a load or store in a state, or nil.
func (m *machine) addressOf(in *insn) *norm.Value {
	if in.m.load == nil && in.m.store == nil {
		return nil
	}
	return m.b.Scale(m.regs[in.fields.of("rs1").reg], 1, uint64(in.fields.of("imm").imm))
}

// memoryAt gives a load what memory holds that nobody changes.
func memoryAt(n *builder, in *insn, addr *norm.Value) func(access, width int) *norm.Value {
	if in.m.load == nil {
		return nil
	}
	return func(_, width int) *norm.Value {
		return n.Extract(n.Element("memory", 8*in.m.load.size, addr), 0, width)
	}
}

// word is the one at an address, or nil.
func (p *promoted) word(addr *norm.Value) *word {
	for _, w := range p.words {
		if w.addr == addr {
			return w
		}
	}
	return nil
}

// plan finds the loop's code and the guard, and what they save.
func (p *promoted) plan(r *rewriter) string {
	others, why := p.round(r)
	if why == "" {
		why = p.compare(r, others)
	}
	if why != "" {
		return why
	}
	p.guarded = size(r.read(p.b.last().line, p.guard()))
	rounds := cmp.Or(p.rounds, usualTrips)
	each := int64(len(p.b.insns)-len(p.code))*rounds - int64(len(p.guard())+len(p.ahead())+len(p.behind())+jumpCycles)
	if each <= 0 {
		return "to keep what it stores in a register would not pay"
	}
	p.saves = int(min(each, mostTurns)) * r.visits(p.b, usualTrips)
	return ""
}

// round finds the loop's code, and what else it accesses.
func (p *promoted) round(r *rewriter) (others []span, why string) {
	if why := p.count(r); why != "" {
		return nil, why
	}
	m := start(r.norm)
	for _, in := range p.b.insns {
		addr := m.addressOf(in)
		if in.m.load != nil {
			if w := p.word(addr); w != nil && in.m.load.size == wordBytes {
				w.first = w.first || !slices.ContainsFunc(w.stores, func(s *insn) bool { return s.line < in.line })
				w.loads = append(w.loads, in)
			} else if s, ok := p.span(r.norm, addr, int64(in.m.load.size)); ok {
				others = s.among(r.norm, others, max(s.stride, -s.stride))
			} else {
				return nil, "where it loads is not known"
			}
		}
		m.loaded = memoryAt(r.norm, in, addr)
		m.step(in)
	}
	p.keep(r)
	if err := p.right(r, p.code); err != nil {
		return nil, fmt.Sprintf("it could not be shown to do the same: %v", err)
	}
	return others, ""
}

// keep gives each word the register that is stored last, and makes the loop's code.
func (p *promoted) keep(r *rewriter) {
	by := map[*insn]*word{}
	for _, w := range p.words {
		w.reg = w.stores[len(w.stores)-1].fields.of("rs2").reg
		for _, in := range slices.Concat(w.loads, w.stores) {
			by[in] = w
		}
	}
	for _, in := range p.b.insns {
		switch w := by[in]; {
		case w == nil:
			p.code = append(p.code, in)
		case in.m.load != nil && in.fields.of("rd").reg != w.reg:
			move := r.move(in.fields.of("rd").reg, w.reg)
			move.line = in.line
			p.code = append(p.code, move)
		}
	}
}

// count finds how often the loop goes round: until a difference is 0 that changes by a constant.
func (p *promoted) count(r *rewriter) string {
	const why = "it does not count up to a fixed number"
	n, l := r.norm, p.b.last()
	p.at = r.approach(p.b.fn.blocks[p.b.index-1])
	if l.m.ins.Name != "bne" {
		return why
	}
	m := start(n)
	m.run(p.b.insns)
	s, ok := p.span(n, n.Sub(m.regs[l.fields.of("rs1").reg], m.regs[l.fields.of("rs2").reg]), 0)
	if !ok || s.stride == 0 {
		return why
	}
	p.left, p.step = s.first, s.stride
	if p.step < 0 {
		p.step = -p.step
	} else {
		p.left = n.Scale(p.left, ^uint64(0), 0)
	}
	if c, ok := p.now(n, p.left).IsConst(); ok {
		if d := int64(int32(c)); d < 0 || d%p.step != 0 {
			return "it does not end by its count"
		}
		p.rounds = int64(int32(c))/p.step + 1
	}
	return ""
}

// now is a sum of registers before the loop, by what was known far before.
func (p *promoted) now(n *builder, v *norm.Value) *norm.Value {
	return p.replaced(n, v, func(*norm.Value) bool { return true })
}

// constant is a value by the registers before the loop, if that is a number there.
func (p *promoted) constant(n *builder, v *norm.Value) (c int64, ok bool) {
	d, ok := p.before(n, v).IsConst()
	return int64(int32(d)), ok
}

// before is a sum of registers with those that hold numbers before the loop replaced.
func (p *promoted) before(n *builder, v *norm.Value) *norm.Value {
	return p.replaced(n, v, func(held *norm.Value) bool {
		_, ok := held.IsConst()
		return ok
	})
}

// replaced is a sum of registers with those replaced that hold what is wanted before the loop.
func (p *promoted) replaced(n *builder, v *norm.Value, wanted func(held *norm.Value) bool) *norm.Value {
	c, terms := v.Linear()
	out := n.Const(c, 32)
	for _, t := range terms {
		x := t.Value
		if reg := number(x); reg > 0 && wanted(p.at.regs[reg]) {
			x = p.at.regs[reg]
		}
		out = n.Add(out, x, t.Coef)
	}
	return out
}

// ahead is what loads words before the loop.
func (p *promoted) ahead() (out []*insn) {
	for _, w := range p.words {
		if w.first {
			load := w.loads[0].with("rd", operand{reg: w.reg})
			load.text = load.print()
			out = append(out, load)
		}
	}
	return out
}

// behind is what stores words behind the loop.
func (p *promoted) behind() (out []*insn) {
	for _, w := range p.words {
		out = append(out, w.stores[len(w.stores)-1])
	}
	return out
}

// jumpCycles is what it takes to jump over the loop as it was.
const jumpCycles = 2
