package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/sem/norm"
)

// right checks a round of a loop that keeps words in registers, given that nothing else that
// it accesses meets them: it loads the same, leaves in each register that lives what a round of
// the loop as it was leaves, in the words' registers what that leaves in memory, and goes on if
// that does. By induction all rounds do. What stands before the loop brings the words to their
// registers, and what stands behind stores them where they are.
func (p *promoted) right(r *rewriter, code []*insn) error {
	n := r.norm
	x, y := start(n), start(n)
	held := map[*word]*norm.Value{}
	for k, w := range p.words {
		held[w] = n.Input(fmt.Sprintf("word%d", k), 32)
		if w.first {
			y.regs[w.reg] = held[w]
		}
	}
	if err := p.brings(r, held); err != nil {
		return err
	}
	loads, taken, err := p.execute(x, p.b.insns, held)
	if err != nil {
		return err
	}
	got, goes, err := p.execute(y, code, nil)
	switch {
	case err != nil:
		return err
	case goes != taken:
		return fmt.Errorf("branch: %s became %s", taken, goes)
	case !slices.Equal(loads, got):
		return fmt.Errorf("it loads from elsewhere")
	}
	var behind, kept regs
	for _, s := range p.b.succ {
		if s != p.b {
			behind |= s.entry
		}
	}
	for _, w := range p.words {
		if kept |= bit(w.reg); y.regs[w.reg] != held[w] {
			return fmt.Errorf("x%d: %s is in memory, not %s", w.reg, held[w], y.regs[w.reg])
		}
	}
	for reg := 1; reg < 32; reg++ {
		if (behind | (p.b.live|exposed(code))&^kept).has(reg) && x.regs[reg] != y.regs[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, x.regs[reg], y.regs[reg])
		}
	}
	y.accesses = nil
	y.run(p.behind())
	for k, w := range p.words {
		if len(y.accesses) != len(p.words) || y.accesses[k] != (accessed{store: true, size: wordBytes, addr: w.addr, data: held[w]}) {
			return fmt.Errorf("behind it %v is stored", y.accesses)
		}
	}
	return nil
}

// brings checks what stands before the loop.
func (p *promoted) brings(r *rewriter, held map[*word]*norm.Value) error {
	m := start(r.norm)
	m.loaded = func(access, width int) *norm.Value {
		for _, w := range p.words {
			if w.addr == m.addressOf(p.ahead()[access]) {
				return r.norm.Extract(held[w], 0, width)
			}
		}
		return r.norm.Input("elsewhere", width)
	}
	m.run(p.ahead())
	var brought regs
	for _, w := range p.words {
		if w.first {
			if brought |= bit(w.reg); m.regs[w.reg] != held[w] {
				return fmt.Errorf("x%d begins with %s", w.reg, m.regs[w.reg])
			}
		}
	}
	if changed := written(p.ahead()) &^ brought; changed != 0 {
		return fmt.Errorf("other registers are changed before it")
	}
	return nil
}

// execute runs a round: words hold what is in memory at their addresses, and are stored to,
// and what else is loaded is what nobody changes. Those loads are listed.
func (p *promoted) execute(m *machine, list []*insn, held map[*word]*norm.Value) (loads []accessed, taken *norm.Value, err error) {
	for _, in := range list {
		if in.m == nil || in.m.custom {
			return nil, nil, fmt.Errorf("%s is not understood", in.text)
		}
		addr := m.addressOf(in)
		w := p.word(addr)
		if held == nil || w == nil || in.m.load != nil && in.m.load.size != wordBytes {
			w = nil
		}
		m.loaded = memoryAt(m.b, in, addr)
		if w != nil {
			m.loaded = func(_, width int) *norm.Value { return m.b.Extract(held[w], 0, width) }
		}
		if _, t := m.step(in); t != nil {
			taken = t
		}
		switch {
		case in.m.store != nil && (w == nil || in.m.store.size != wordBytes):
			return nil, nil, fmt.Errorf("it stores elsewhere than to its words")
		case in.m.store != nil:
			held[w] = m.accesses[len(m.accesses)-1].data
		case in.m.load != nil && w == nil:
			loads = append(loads, m.accesses[len(m.accesses)-1])
		}
	}
	return loads, taken, nil
}
