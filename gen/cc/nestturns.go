package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/sem/norm"
)

// turns finds how many turns there are, and where they store.
func (r *rewriter) turns(n *nest) string {
	x, m := n.first(r), n.first(r)
	taken := m.run(n.exit.insns)
	if n.fn.labels[n.exit.last().target] != n.leave {
		taken = r.norm.Not(taken)
	}
	for _, a := range m.accesses {
		if a.store {
			n.to = append(n.to, stored{a.addr, a.size})
		}
	}
	if n.word != nil {
		h := n.first(r)
		h.run(n.head.insns)
		word := stored{h.addressOf(n.word), wordBytes}
		for _, a := range h.accesses {
			if a.store && (stored{a.addr, a.size}) != word {
				return "it stores more than once"
			}
		}
		n.to = append(n.to, word)
	}
	for _, s := range n.to {
		_, terms := s.addr.Linear()
		for _, t := range terms {
			if reg := number(t.Value); t.Coef != 1 || !n.firm.has(reg) || n.steps[reg] < 0 || n.steps[reg] > mostTurns {
				return "it stores to places that are not known to follow each other"
			}
		}
	}
	for reg := 1; reg < 32; reg++ {
		ahead, ok := r.norm.Sub(m.regs[reg], x.regs[reg]).IsConst()
		if !ok || n.steps[reg] == 0 {
			continue
		}
		for y := 0; y < 32; y++ {
			if (y > 0 && (!n.firm.has(y) || n.steps[y] != 0)) || taken != r.norm.Zero(r.norm.Sub(m.regs[reg], x.regs[y])) {
				continue
			}
			d, ok := r.norm.Sub(n.above.regs[y], n.above.regs[reg]).IsConst()
			last := int64(int32(d - ahead))
			if !ok || last%n.steps[reg] != 0 || last/n.steps[reg] < 0 || last/n.steps[reg] > mostTurns {
				return "how many turns it has is not known"
			}
			n.turns = uint64(last/n.steps[reg]) + 1
			return ""
		}
	}
	return "its turns are not counted"
}

// mostTurns bounds turns, rounds and what registers differ by, so that no sum of what
// they make overflows.
const mostTurns = 1 << 14

// mostRounds is how often an inner loop may go round if that is not known: that many
// rounds zero-overhead loops count.
const mostRounds = 1<<13 - 1

// inside finds what the inner loop begins with in each turn, and what it leaves.
func (r *rewriter) inside(n *nest) string {
	out := n.out & written(n.round)
	if n.counts = out.has(n.loop.counter); n.counts {
		out &^= bit(n.loop.counter)
	}
	for reg := 1; reg < 32; reg++ {
		if out == bit(reg) {
			n.sum = reg
		}
	}
	if n.sum == 0 {
		return "its inner loop leaves more than one sum"
	}
	n.start = n.begin(r, 0)
	next := n.begin(r, 1)
	for reg := 1; reg < 32; reg++ {
		if !exposed(n.round).has(reg) || reg == n.sum {
			continue
		}
		d, ok := r.norm.Sub(next.regs[reg], n.start.regs[reg]).IsConst()
		if n.rows[reg] = int64(int32(d)); !ok || n.rows[reg] < 0 || n.rows[reg] > mostTurns {
			return "its inner loop begins with what is not a constant further on in the next turn"
		}
	}
	for _, in := range n.round {
		if reg := in.moves(); reg > 0 {
			n.bases[reg] += in.fields.of("imm").imm
		} else if in.m.load != nil {
			n.turned[in] = n.bases[in.fields.of("rs1").reg]
		}
	}
	m := r.approach(n.head)
	if t := n.loop.trips(r.norm, m); t != nil {
		if c, ok := t.IsConst(); ok && c > 0 && c <= mostTurns && r.exact(n.loop, m, c) {
			n.rounds = c
		}
	}
	if n.rounds == 0 && n.loop.step != 1 {
		return "how often its inner loop goes round is not known"
	}
	for in := range n.turned {
		switch base := in.fields.of("rs1").reg; {
		case n.bases[base] < 1 || n.bases[base] > mostTurns || n.rounds == 0 && n.bases[base] != 1:
			return "its inner loop does not load one byte after the other"
		case !addresses(n.start.regs[base], n.firm):
			return "where its inner loop begins to load is not known"
		}
	}
	return ""
}

// addresses reports whether a value is a sum of registers in a set and a constant.
func addresses(v *norm.Value, firm regs) bool {
	_, terms := v.Linear()
	return !slices.ContainsFunc(terms, func(t norm.Term) bool { return !firm.has(number(t.Value)) })
}

// first is a state before the head of which only those constants are known that no turn
// changes.
func (n *nest) first(r *rewriter) *machine {
	m := start(r.norm)
	for reg := 1; reg < 32; reg++ {
		if _, ok := n.above.regs[reg].IsConst(); ok && n.still.has(reg) {
			m.regs[reg] = n.above.regs[reg]
		}
	}
	return m
}

// begin is the state before the inner loop in the k-th turn from here on, by that before
// the head. Of registers that turns change in other ways nothing is known.
func (n *nest) begin(r *rewriter, k int) *machine {
	m := n.first(r)
	m.prefix = fmt.Sprintf("turn%d.", k)
	for reg := 1; reg < 32; reg++ {
		if !n.firm.has(reg) && k > 0 {
			m.regs[reg] = r.norm.Input(fmt.Sprintf("%sx%d", m.prefix, reg), 32)
		}
		m.regs[reg] = r.norm.Scale(m.regs[reg], 1, uint64(int64(k)*n.steps[reg]))
	}
	m.run(n.head.insns)
	return m
}
