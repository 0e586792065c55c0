package cc

import (
	"math/bits"
	"slices"

	"marvelgen/gen/sem/norm"
)

// placeKept is place for a candidate whose operands are no longer in any register where
// it would stand: as few of them as will do are kept in others, from the last place on
// that has them. It has to be a gain with these moves, and a greater one than best's.
func (r *rewriter) placeKept(b *block, t *trace, c, best *candidate, first int) bool {
	var lost []*norm.Value
	for n, x := range c.p.list {
		if v := c.bound[n]; c.p.vars.of(x).register() && !slices.Contains(t.before[c.roots[0]][:], v) && !slices.Contains(lost, v) {
			lost = append(lost, v)
		}
	}
	for n := 1; n <= len(lost); n++ {
		for choice := 1; choice < 1<<len(lost); choice++ {
			if bits.OnesCount(uint(choice)) != n {
				continue
			}
			var keep []*norm.Value
			for i, v := range lost {
				if choice>>i&1 != 0 {
					keep = append(keep, v)
				}
			}
			if r.placeKeeping(b, t, c, best, first, keep) {
				return true
			}
		}
	}
	return false
}

func (r *rewriter) placeKeeping(b *block, t *trace, c, best *candidate, first int, keep []*norm.Value) bool {
	root := c.roots[0]
	list := slices.Clone(t.insns)
	taken := b.live | set("ra", "sp", "gp", "tp")
	for _, in := range list {
		taken |= in.uses() | in.defs()
	}
	may := b.fn.writes
	if r.options.StandardCalls {
		may |= allRegs &^ calleeSaved
	}
	for _, v := range keep {
		k := root - 1
		for k >= first && !slices.Contains(t.before[k][:], v) {
			k--
		}
		free := slices.IndexFunc(identity[:], func(reg int) bool { return (may &^ taken).has(reg) })
		if k < first || free < 0 {
			return false
		}
		taken |= bit(free)
		move := r.move(free, slices.Index(t.before[k][:], v))
		move.line = t.insns[k].line
		list = slices.Insert(list, slices.Index(list, t.insns[k]), move)
	}
	kept := &candidate{p: c.p, roots: []int{root + len(keep)}, which: c.which, bound: c.bound, held: -1}
	if !r.place(newTrace(r.norm, list, b.live), kept, nil, false) {
		return false
	}
	if kept.gain -= len(keep); kept.gain <= 0 || best != nil && kept.gain <= best.gain {
		return false
	}
	*c = *kept
	return true
}
