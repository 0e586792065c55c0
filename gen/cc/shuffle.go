package cc

import "slices"

// A loop is taken to be executed so often, if it is not known how often; and code before
// it must pay against the compiler's own if it is executed a few times only.
const (
	usualTrips = 16
	fewTrips   = 4
)

// shuffle meets a candidate's wishes for registers within one loop: each register that
// a value should not be in changes places with the one where it should, or several go
// round, before the loop, and back behind it. That takes moves, but touches no other code.
func (r *rewriter) shuffle(fn *function, b *block, c *candidate) bool {
	if fn.limit >= sparing || !b.entersAlone() || b.index+1 == len(fn.blocks) {
		return false
	}
	next := fn.blocks[b.index+1]
	if !b.fall || len(b.succ) != 2 || !slices.Contains(b.succ, next) || next.open || !next.made && next.anchor() < 0 {
		return false
	}
	places, ok := permutation(c.wants)
	for x, y := range places {
		if x != y && !fn.writes.has(x) {
			return false
		}
	}
	if !ok {
		return false
	}
	entry, behind := b.entry, next.entry
	var setup []*insn // of the loop, which reads its count behind the moves
	if l := fn.blocks[b.index-1].last(); l != nil && l.class == begin {
		setup = []*insn{l}
		entry |= l.uses()
	}
	to, ok := r.exchange(fn, places, entry, false)
	if !ok {
		return false
	}
	back, ok := r.exchange(fn, places, behind, true)
	if !ok {
		return false
	}
	renamed := exchanged(b.insns, &places)
	to = append(to, exchanged(setup, &places)...)
	for _, c := range []struct {
		before      []*insn
		after       form
		entry, live regs
	}{
		{setup, form{to, identity, &places}, allRegs, entry},
		{b.insns, form{renamed, &places, &places}, b.entry, b.live},
		{nil, form{back, &places, identity}, behind, behind},
	} {
		if same(r.norm, c.before, c.after, c.entry, c.live) != nil {
			return false
		}
	}
	old, live := b.insns, b.live
	b.insns, b.live = renamed, moved(b.live, &places)
	if moves := len(to) + len(back) - len(setup); !r.selects(b) || moves > usualTrips*(cycles(old)-cycles(b.insns)) || moves > fewTrips*(cycles(b.read)-cycles(b.insns)) {
		b.insns, b.live = old, live
		return false
	}
	above := b.approach()
	above.insns = slices.Concat(above.insns[:len(above.insns)-len(setup)], to)
	if len(back) > 0 && !next.made {
		next = next.approach()
	}
	next.insns = slices.Concat(back, next.insns)
	fn.liveness()
	return true
}

// cycles is what a list takes, if nothing waits.
func cycles(list []*insn) (n int) {
	for _, in := range list {
		if in.m != nil {
			n += in.m.cost
		}
	}
	return n
}

// permutation sends registers where they are wished. Those that stood there go round:
// of wishes a to b and b to c, what was in c goes to a.
func permutation(wants []wish) (places [32]int, ok bool) {
	places = *identity
	var from [32]int // what goes to a register
	for _, w := range wants {
		if places[w.from] != w.from && places[w.from] != w.to || from[w.to] != 0 && from[w.to] != w.from {
			return places, false
		}
		if w.from != w.to {
			places[w.from], from[w.to] = w.to, w.from
		}
	}
	for end := range places {
		if from[end] == 0 || places[end] != end {
			continue
		}
		start := end
		for from[start] != 0 {
			start = from[start]
		}
		places[end] = start
	}
	return places, true
}

// exchange is code that brings registers that live to their places, or back from there:
// first the moves to where nothing waits to be moved; on a circle, behind one to a
// register that is free.
func (r *rewriter) exchange(fn *function, places [32]int, live regs, back bool) (code []*insn, ok bool) {
	var source [32]int // of what goes to a register; 0 is nothing
	for x := 1; x < 32; x++ {
		switch y := places[x]; {
		case x == y || !live.has(x):
		case back:
			source[x] = y
		default:
			source[y] = x
		}
	}
	free := func(x int) bool { return source[x] != 0 && !slices.Contains(source[:], x) }
	waits := func(x int) bool { return source[x] != 0 }
	registers := identity[:]
	for {
		i := slices.IndexFunc(registers, free)
		if i < 0 {
			i = slices.IndexFunc(registers, waits)
			if i < 0 {
				return code, true
			}
			t := r.scratch(fn, live|moved(live, &places))
			if t < 0 {
				return nil, false
			}
			fn.writes |= bit(t)
			code = append(code, r.move(t, i))
			source[slices.Index(source[:], i)] = t
		}
		code = append(code, r.move(i, source[i]))
		source[i] = 0
	}
}

// exchanged is code with registers in other places.
func exchanged(list []*insn, places *[32]int) (code []*insn) {
	for _, in := range list {
		if in.m != nil {
			in = in.renamed(func(_ string, reg int) int { return places[reg] })
		}
		code = append(code, in)
	}
	return code
}

// moved is a set of registers in their places.
func moved(s regs, places *[32]int) (out regs) {
	for x := 1; x < 32; x++ {
		if s.has(x) {
			out |= bit(places[x])
		}
	}
	return out
}
