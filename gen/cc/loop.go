package cc

import "slices"

// findLoops marks the blocks that can be reached from themselves.
func (fn *function) findLoops() {
	seen := make([]*block, len(fn.blocks)) // from which block
	var list []*block
	for _, b := range fn.blocks {
		list = append(list[:0], b.succ...)
		for len(list) > 0 && !b.loop {
			x := list[len(list)-1]
			list = list[:len(list)-1]
			if x == b {
				b.loop = true
			}
			if seen[x.index] != b {
				seen[x.index] = b
				list = append(list, x.succ...)
			}
		}
	}
}

// written is the registers that a list changes.
func written(list []*insn) (out regs) {
	for _, in := range list {
		out |= in.defs()
	}
	return out
}

// needed is a list without what only changes registers that are not live behind it, and
// perhaps without such loads.
func needed(list []*insn, live regs, loads bool) (out []*insn) {
	for i := len(list) - 1; i >= 0; i-- {
		if in := list[i]; in.defs()&live != 0 || !in.pure() && (in.m.load == nil || !loads) {
			out = append(out, in)
			live = in.before(live)
		}
	}
	slices.Reverse(out)
	return out
}
