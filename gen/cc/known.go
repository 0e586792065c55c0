package cc

import (
	"fmt"
	"slices"
	"strings"

	"marvelgen/gen/sem/norm"
)

// known is what registers hold at the beginning of each block, however it is reached:
// constants, and sums of what they held or loaded elsewhere. Such a name stands for
// the last time that the block was executed in which it came to be; a register of
// which nothing else is known holds the name that it has there.
type known map[*block]*[32]*norm.Value

// constants finds what is known in a function, once: registers are renamed later only,
// and until then those that live hold what they did.
//
// Each round goes through the blocks once, from above, and takes it that loops leave
// alone what they find. What they turn out to change is given up, in outer loops
// first, until all ways into each block agree.
func (fn *function) constants(r *rewriter) known {
	if fn.known != nil {
		return fn.known
	}
	order := fn.forward()
	gone := map[*block]*[32]bool{}
	for round := 0; fn.known == nil; round++ {
		k, ends := known{}, map[*block]*machine{}
		for _, b := range order {
			k.meet(r.norm, b, ends, gone[b])
			m := k.at(r.norm, b)
			m.through(b)
			ends[b] = m
		}
		fn.known = k
		for _, b := range order {
			for _, i := range k.wrong(r.norm, b, ends) {
				if gone[b] == nil {
					gone[b] = &[32]bool{}
				}
				gone[b][i] = true
				fn.known = nil
			}
			if fn.known == nil && round < maxRounds {
				break
			}
		}
	}
	return fn.known
}

// maxRounds is how often one block only gives up what it knows.
const maxRounds = 24

// forward lists the blocks that can be reached, each behind those that lead to it but
// for those that lead back.
func (fn *function) forward() (order []*block) {
	seen := map[*block]bool{}
	var visit func(b *block)
	visit = func(b *block) {
		if seen[b] {
			return
		}
		seen[b] = true
		for _, s := range b.succ {
			visit(s)
		}
		order = append(order, b)
	}
	for k := len(fn.blocks) - 1; k >= 0; k-- {
		if fn.blocks[k].open {
			visit(fn.blocks[k])
		}
	}
	slices.Reverse(order)
	return order
}

// named is what register i holds at the block's beginning, if nothing else is known.
func (b *block) named(n *builder, i int) *norm.Value {
	if i == 0 {
		return n.registers[0]
	}
	return n.Input(fmt.Sprintf("%sx%d", b.prefix(), i), 32)
}

// prefix begins the names of what comes to be in the block.
func (b *block) prefix() string { return fmt.Sprintf("b%d.", b.id) }

// at is the state at a block's beginning.
func (k known) at(n *builder, b *block) *machine {
	m := start(n)
	for i := 1; i < 32; i++ {
		if at := k[b]; at != nil {
			m.regs[i] = at[i]
		} else { // it is not reached, or made later
			m.regs[i] = b.named(n, i)
		}
	}
	return m
}

// meet finds what is known at a block's beginning from how those of its predecessors
// end that have been executed in this round. What mentions the block itself is of the
// time before; gone is what has been given up.
func (k known) meet(n *builder, b *block, ends map[*block]*machine, gone *[32]bool) {
	at := &[32]*norm.Value{}
	for i := range at {
		name := b.named(n, i)
		for _, p := range b.pred {
			switch m := ends[p]; {
			case m == nil:
			case at[i] == nil && b.outlasts(m.regs[i]):
				at[i] = m.regs[i]
			case at[i] != m.regs[i]:
				at[i] = name
			}
		}
		if at[i] == nil || b.open || gone != nil && gone[i] {
			at[i] = name
		}
	}
	k[b] = at
}

// wrong lists the registers of which a predecessor leaves something else than what is
// taken to be known.
func (k known) wrong(n *builder, b *block, ends map[*block]*machine) (out []int) {
	for i, v := range k[b] {
		if v == b.named(n, i) {
			continue
		}
		for _, p := range b.pred {
			if m := ends[p]; m != nil && m.regs[i] != v {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// outlasts reports whether a value is known enough to be remembered, and still what
// it was when the block begins.
func (b *block) outlasts(v *norm.Value) bool {
	_, terms := v.Linear()
	return len(terms) <= 3 && !slices.ContainsFunc(terms, func(t norm.Term) bool {
		return t.Value.Op != norm.Input || strings.HasPrefix(t.Value.Name, b.prefix())
	})
}

// through executes a block. Of what a call or code that is not understood leaves in
// registers nothing is known.
func (m *machine) through(b *block) {
	m.prefix, m.accesses = b.prefix(), nil
	for k, in := range b.insns {
		if in.m != nil {
			m.step(in)
			continue
		}
		var changed regs
		switch in.class {
		case opaque:
			changed = allRegs
		case call:
			changed = allRegs &^ (calleeSaved | set("sp", "gp", "tp"))
		}
		for i := 1; i < 32; i++ {
			if changed.has(i) {
				m.regs[i] = m.b.Input(fmt.Sprintf("%sx%d.%d", m.prefix, i, k), 32)
			}
		}
	}
}
