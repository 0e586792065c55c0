package cc

import (
	"fmt"
	"slices"
	"strings"

	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// known is what registers and words of the stack frame hold at the beginning of each block,
// however it is reached: constants, and sums of what they held or loaded elsewhere. Such a
// name stands for the last time that the block was executed in which it came to be; a
// register of which nothing else is known holds the name that it has there, or lies a
// constant from another one. It is by the blocks' numbers.
type known []*held

// of is what is known of a block, or nil: it is not reached, or made later.
func (k known) of(b *block) *held {
	if b.id < len(k) {
		return k[b.id]
	}
	return nil
}

type held struct {
	regs  [32]*norm.Value
	slots slots
}

func (h *held) equal(other *held) bool {
	if h == nil || other == nil {
		return h == other
	}
	return h.regs == other.regs && slices.Equal(h.slots, other.slots)
}

// constants finds what is known in a function, once: registers are renamed later only,
// and until then those that live hold what they did.
//
// Each round goes through the blocks once, from above, and takes it that loops leave
// alone what they find. What they turn out to change is given up, until all ways into
// each block agree: what differs while more is taken to be known than is, differs.
// Then registers that change together are found, with which more may be known. Of a block to which nothing new has happened
// everything stands.
func (fn *function) constants(r *rewriter) known {
	if fn.known == nil {
		fn.known = fn.findKnown(r, fn.newNews())
	}
	return fn.known
}

// findKnown finds what is known in a function of which news are that all is new.
func (fn *function) findKnown(r *rewriter, news *news) known {
	order, n := news.order, fn.ids+1
	gone, apart, emptied := make([]*[32]bool, n), make([]*[32]relation, n), make([]map[*norm.Value]bool, n)
	owns := fn.ownsFrame(r)
	k, ends := make(known, n), make([]*machine, n)
	before, beforeEnds := make(known, n), make([]*machine, n)
	var met held
	for more := true; more; {
		k, before, ends, beforeEnds = before, k, beforeEnds, ends
		clear(k)
		clear(ends)
		for _, b := range order {
			if !news.at(b, ends, beforeEnds) {
				k[b.id], ends[b.id] = before[b.id], beforeEnds[b.id]
				continue
			}
			b.meet(r.norm, &met, ends, gone[b.id], apart[b.id])
			if owns {
				met.slots = b.meetSlots(ends, emptied[b.id])
			}
			if met.equal(before[b.id]) {
				k[b.id], ends[b.id] = before[b.id], beforeEnds[b.id]
				continue
			}
			k[b.id] = &held{met.regs, met.slots}
			m := k.at(r.norm, b)
			m.through(b)
			ends[b.id] = m
			news.ends(b)
		}
		more = false
		for _, b := range order {
			if !news.unchecked[b.id] {
				continue
			}
			wrong, slots := k.wrong(r.norm, b, ends, apart[b.id]), k[b.id].slots.wrong(b, ends)
			if len(wrong)+len(slots) == 0 {
				news.unchecked[b.id] = false
				continue
			}
			more = true
			news.give(b)
			for _, i := range wrong {
				if gone[b.id] == nil {
					gone[b.id] = &[32]bool{}
				}
				if gone[b.id][i] && apart[b.id] != nil {
					apart[b.id][i] = relation{refuted: apart[b.id][i].refuted + 1}
				}
				gone[b.id][i] = true
			}
			for _, addr := range slots {
				if emptied[b.id] == nil {
					emptied[b.id] = map[*norm.Value]bool{}
				}
				emptied[b.id][addr] = true
			}
		}
		if !more {
			more = k.together(r.norm, order, ends, apart, news)
		}
	}
	return k
}

// news is the blocks to which something new has happened, by their numbers: what is known of
// them, or what leads to them leaves, or what has been given up or found to be related.
type news struct {
	order     []*block
	unmet     []bool // since they were met: what has been given up or found only
	unchecked []bool // since nothing was wrong
	unrelated []bool // since no more registers were found to change together
}

func (fn *function) newNews() *news {
	n := &news{fn.forward(), make([]bool, fn.ids+1), make([]bool, fn.ids+1), make([]bool, fn.ids+1)}
	for _, b := range n.order {
		n.give(b)
	}
	return n
}

// give notes that something has been given up at a block's beginning, or found.
func (n *news) give(b *block) {
	n.unmet[b.id], n.unchecked[b.id], n.unrelated[b.id] = true, true, true
}

// ends notes that something else is known of a block, and so behind it.
func (n *news) ends(b *block) {
	n.unchecked[b.id], n.unrelated[b.id] = true, true
	for _, x := range b.succ {
		n.unchecked[x.id], n.unrelated[x.id] = true, true
	}
}

// at reports whether a block has to be met in this round. As it is not known yet how those
// end that lead back to it, these have no part in that.
func (n *news) at(b *block, ends, before []*machine) bool {
	if n.unmet[b.id] {
		n.unmet[b.id] = false
		return true
	}
	return slices.ContainsFunc(b.pred, func(p *block) bool { return ends[p.id] != nil && ends[p.id] != before[p.id] })
}

// forward lists the blocks that can be reached, each behind those that lead to it but
// for those that lead back.
func (fn *function) forward() (order []*block) {
	seen := make([]bool, fn.ids+1)
	order = make([]*block, 0, len(fn.blocks))
	var visit func(b *block)
	visit = func(b *block) {
		if seen[b.id] {
			return
		}
		seen[b.id] = true
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
	if b.heldAt[i] == nil {
		b.heldAt[i] = n.Input(b.prefix()+n.registers[i].Name, 32)
	}
	return b.heldAt[i]
}

// prefix begins the names of what comes to be in the block.
func (b *block) prefix() string {
	if b.mark == "" {
		b.mark = fmt.Sprintf("b%d.", b.id)
	}
	return b.mark
}

// at is the state at a block's beginning.
func (k known) at(n *builder, b *block) *machine {
	if at := k.of(b); at != nil {
		return &machine{b: n, regs: at.regs, slots: at.slots, lent: true}
	}
	m := start(n)
	for i := 1; i < 32; i++ {
		m.regs[i] = b.named(n, i)
	}
	return m
}

// ending is how those of a block's predecessors end that have been executed.
func (b *block) ending(ends []*machine) []*machine {
	out := make([]*machine, 0, len(b.pred))
	for _, p := range b.pred {
		if m := ends[p.id]; m != nil {
			out = append(out, m)
		}
	}
	return out
}

// meet finds what is known of registers at a block's beginning from how those of its
// predecessors end that have been executed in this round. What mentions the block itself is
// of the time before; gone is what has been given up.
func (b *block) meet(n *builder, met *held, ends []*machine, gone *[32]bool, apart *[32]relation) {
	met.regs = [32]*norm.Value{}
	at := &met.regs
	from := b.ending(ends)
	var related []int
	for i := range at {
		differ := b.open || gone != nil && gone[i]
		for _, m := range from {
			switch {
			case differ:
			case at[i] == nil && b.outlasts(m.regs[i]):
				at[i] = m.regs[i]
			default:
				differ = at[i] != m.regs[i]
			}
		}
		if at[i] == nil || differ {
			at[i] = b.named(n, i)
		}
		if at[i] == b.heldAt[i] && apart != nil && apart[i].from > 0 {
			related = append(related, i)
		}
	}
	for _, i := range related { // to registers that are themselves related to none
		at[i] = apart[i].value(n, at)
	}
}

// wrong lists the registers of which a predecessor leaves something else than what is
// taken to be known. Of one that is related to another, that is known of what both hold
// now: what it held before is something else once the other has changed.
func (k known) wrong(n *builder, b *block, ends []*machine, apart *[32]relation) (out []int) {
	at, from := &k[b.id].regs, b.ending(ends)
	for i, v := range at {
		if v == b.heldAt[i] {
			continue
		}
		related := apart != nil && apart[i].from > 0 && apart[i].value(n, at) == v
		if slices.ContainsFunc(from, func(m *machine) bool {
			if related {
				return m.regs[i] != apart[i].value(n, &m.regs)
			}
			return m.regs[i] != v
		}) {
			out = append(out, i)
		}
	}
	return out
}

// between is y - x, if that is a constant.
func between(x, y *norm.Value) (by uint64, ok bool) {
	c, list := x.Linear()
	d, terms := y.Linear()
	return (d - c) & bv.Mask(32), slices.Equal(list, terms)
}

// outlasts reports whether a value is known enough to be remembered, and still what
// it was when the block begins.
func (b *block) outlasts(v *norm.Value) bool {
	_, terms := v.Linear()
	return len(terms) <= 6 && !slices.ContainsFunc(terms, func(t norm.Term) bool {
		v := t.Value
		if v.Op == norm.Ext { // the lower half of an address
			v = v.Args[0]
			return v.Op != norm.Input || !strings.HasPrefix(v.Name, "&")
		}
		return v.Op != norm.Input || strings.HasPrefix(v.Name, b.prefix())
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
