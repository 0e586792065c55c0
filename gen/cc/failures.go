package cc

import (
	"slices"

	"marvelgen/gen/sem/norm"
)

// failures are the candidates that have found no place in a block of a function. Each selection,
// or renaming of registers, changes a few instructions; a candidate among others, of the same
// values, fails again.
type failures struct {
	list map[failing]*failure
}

// failing is by what failures are found.
type failing struct {
	p           *pattern
	first, last *insn // of the roots
}

// failure is a candidate and all that its failing depends on.
type failure struct {
	roots  []*insn
	which  []int
	bound  []*norm.Value
	held   int
	insns  []*insn // that it would have stood between
	gone   []bool  // which of them would have gone
	before [32]*norm.Value
	count  int
	live   regs     // behind them
	next   *failure // of the same failing, or nil
}

func (c *candidate) failing(t *trace) failing {
	out := failing{p: c.p}
	if n := len(c.roots); n > 0 { // a store may have none
		out.first, out.last = t.insns[c.roots[0]], t.insns[c.roots[n-1]]
	}
	return out
}

// has reports whether a candidate, whose place would be between two instructions of a
// block, has failed before.
func (f *failures) has(t *trace, c *candidate, first, last int) bool {
	if f == nil {
		return false
	}
	for x := f.list[c.failing(t)]; x != nil; x = x.next {
		if x.is(t, c, first, last) {
			return true
		}
	}
	return false
}

// is reports whether the failure is that of a candidate.
func (x *failure) is(t *trace, c *candidate, first, last int) bool {
	for k, i := range c.roots {
		if t.insns[i] != x.roots[k] {
			return false
		}
	}
	return slices.Equal(x.bound, c.bound) && slices.Equal(x.which, c.which) && x.held == c.held &&
		x.count == t.count[first] && x.live == t.live[last+1] && slices.Equal(x.insns, t.insns[first:last+1]) &&
		slices.Equal(x.gone, t.gone[first:last+1]) && x.before == t.before[first]
}

// add notes that a candidate has failed.
func (f *failures) add(t *trace, c *candidate, first, last int) {
	if f == nil {
		return
	}
	if f.list == nil {
		f.list = map[failing]*failure{}
	}
	key := c.failing(t)
	x := &failure{next: f.list[key], which: slices.Clone(c.which), bound: slices.Clone(c.bound), held: c.held, insns: t.insns[first : last+1], gone: slices.Clone(t.gone[first : last+1]), before: t.before[first], count: t.count[first], live: t.live[last+1]}
	x.roots = make([]*insn, len(c.roots))
	for k, i := range c.roots {
		x.roots[k] = t.insns[i]
	}
	f.list[key] = x
}
