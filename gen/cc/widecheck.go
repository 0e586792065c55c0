package cc

import (
	"fmt"

	"marvelgen/gen/sem/norm"
)

// fourRounds checks that the wide loop's code does what as many rounds of the loop do, if
// its loads load words of which theirs load the bytes, and that those lie where they look
// for them. Until then the loop would not have ended: the rounds that are left are a
// multiple of these.
func (r *rewriter) fourRounds(w *wide, code []*insn) error {
	n := r.norm
	word := func(i int) *norm.Value { return n.Input(fmt.Sprintf("word%d", i), 32) }
	of := func(access int) (i, k int) { // the word and the byte that a round's access is
		round := access / 2
		return round/rounds*2 + access%2, round % rounds
	}
	x, y := start(n), start(n)
	x.loaded = func(access, width int) *norm.Value {
		i, k := of(access)
		return n.Extract(word(i), 8*k, width)
	}
	y.loaded = func(access, width int) *norm.Value { return n.Extract(word(access), 0, width) }
	y.regs[w.limit] = x.regs[w.loop.bound]
	var taken *norm.Value
	for range rounds * w.times {
		taken = x.run(w.b.insns)
	}
	if got := y.run(code); got != taken {
		return fmt.Errorf("branch: %s became %s", taken, got)
	}
	if len(x.accesses) != 2*rounds*w.times || len(y.accesses) != 2*w.times {
		return fmt.Errorf("%d memory accesses became %d", len(x.accesses), len(y.accesses))
	}
	for access, a := range x.accesses {
		i, k := of(access)
		if wide := y.accesses[i]; a.store || a.size != 1 || wide.store || wide.size != rounds || a.addr != n.Scale(wide.addr, 1, uint64(k)) {
			return fmt.Errorf("access %d: %+v is not byte %d of %+v", access, a, k, wide)
		}
	}
	for reg := 1; reg < 32; reg++ {
		if w.b.live.has(reg) && x.regs[reg] != y.regs[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, x.regs[reg], y.regs[reg])
		}
	}
	return nil
}
