package cc

import (
	"fmt"

	"marvelgen/gen/sem/norm"
)

// known is which registers hold constants at the beginning of each block, however it
// is reached.
type known map[*block]*[32]*norm.Value

// set puts the constants of a block's beginning into a state.
func (k known) set(b *block, m *machine) {
	if at := k[b]; at != nil {
		for i, v := range at {
			if v != nil {
				m.regs[i] = v
			}
		}
	}
}

// constants finds the constants of a function, once: registers are renamed later only,
// and until then those that live hold what they did.
func (fn *function) constants(r *rewriter) known {
	if fn.known != nil {
		return fn.known
	}
	k := known{}
	list := []*block{}
	for _, b := range fn.blocks {
		if b.open {
			k[b] = &[32]*norm.Value{}
			list = append(list, b)
		}
	}
	for len(list) > 0 {
		b := list[len(list)-1]
		list = list[:len(list)-1]
		m := start(r.norm)
		k.set(b, m)
		r.through(b, m)
		for _, s := range b.succ {
			if k.meet(s, m) {
				list = append(list, s)
			}
		}
	}
	fn.known = k
	return k
}

// meet notes that a block is reached in a state as well, and reports whether less is
// known of it than before.
func (k known) meet(b *block, m *machine) bool {
	at := k[b]
	first := at == nil
	if first {
		at = &[32]*norm.Value{}
		k[b] = at
	}
	changed := first
	for i := 1; i < 32; i++ {
		v := m.regs[i]
		if _, ok := v.IsConst(); !ok {
			v = nil
		}
		switch {
		case first:
			at[i] = v
		case at[i] != nil && at[i] != v:
			at[i], changed = nil, true
		}
	}
	return changed
}

// through executes a block on a state. Of what a call or code that is not understood
// leaves in registers nothing is known.
func (r *rewriter) through(b *block, m *machine) {
	for _, in := range b.insns {
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
		if changed == 0 {
			continue
		}
		r.unknowns++
		for i := 1; i < 32; i++ {
			if changed.has(i) {
				m.regs[i] = r.norm.Input(fmt.Sprintf("x%d.%d", i, r.unknowns), 32)
			}
		}
	}
}
