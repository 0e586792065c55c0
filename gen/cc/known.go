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
func (fn *function) constants(r *rewriter) known {
	if fn.known != nil {
		return fn.known
	}
	k := known{}
	ends := map[*block]*machine{}
	var list []*block
	for _, b := range fn.blocks {
		if b.open {
			k.meet(r.norm, b, nil)
			list = append(list, b)
		}
	}
	for visits := 0; len(list) > 0; visits++ {
		b := list[len(list)-1]
		list = list[:len(list)-1]
		m := k.at(r.norm, b)
		m.through(b)
		ends[b] = m
		for _, s := range b.succ {
			from := ends
			if visits > 32*len(fn.blocks) {
				from = nil // enough: no more is known of what still changes
			}
			if k.meet(r.norm, s, from) {
				list = append(list, s)
			}
		}
	}
	fn.known = k
	return k
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

// meet finds what is known at a block's beginning from how its predecessors end, as far
// as they have been reached, and reports whether that changes. What mentions the block
// itself is of the time before.
func (k known) meet(n *builder, b *block, ends map[*block]*machine) (changed bool) {
	at := k[b]
	if at == nil {
		at = &[32]*norm.Value{}
		k[b] = at
	}
	for i := range at {
		name := b.named(n, i)
		var v *norm.Value
		for _, p := range b.pred {
			switch m := ends[p]; {
			case m == nil, m.regs[i] == name: // it is not changed on the way round
			case v == nil && b.outlasts(m.regs[i]):
				v = m.regs[i]
			case v != m.regs[i]:
				v = name
			}
		}
		if v == nil || b.open {
			v = name
		}
		if at[i] != v {
			at[i], changed = v, true
		}
	}
	return changed
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
