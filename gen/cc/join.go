package cc

import "slices"

// join makes one block of two where the second is reached from the first alone, and
// the first goes on to it alone: behind a label that nobody jumps to. It reports whether it has.
func (fn *function) join() bool {
	before := len(fn.blocks)
	for k := 0; k+1 < len(fn.blocks); {
		b, next := fn.blocks[k], fn.blocks[k+1]
		l := b.last()
		if b.made || next.made || !b.fall || len(b.succ) != 1 || b.succ[0] != next || len(next.pred) != 1 || next.open || next.padded || b.away || l != nil && l.class != plain {
			k++
			continue
		}
		b.insns = slices.Concat(b.insns, next.insns)
		b.read = slices.Concat(b.read, next.read)
		b.succ, b.fall, b.away, b.live, b.ends, b.hw = next.succ, next.fall, next.away, next.live, next.ends, next.hw
		b.loop = b.loop || next.loop
		if b.first < 0 && len(b.read) == len(next.read) { // nothing stands before the label
			b.first, b.line = next.first, next.line
		}
		for _, s := range b.succ {
			s.pred[slices.Index(s.pred, next)] = b
		}
		for name, x := range fn.labels {
			if x == next {
				delete(fn.labels, name)
			}
		}
		fn.blocks = slices.Delete(fn.blocks, k+1, k+2)
	}
	for i, b := range fn.blocks {
		b.index = i
	}
	return len(fn.blocks) < before
}
