package cc

import (
	"cmp"
	"slices"
)

// thrift is whether a function may become larger: by set-ups of loops, pointers, and
// moves before them.
type thrift uint8

const (
	anySize    thrift = iota
	sparing           // only what is not larger itself: no exchanges of registers, no pointers, only loops whose set-up is one instruction
	asCompiled        // nothing
)

// sizes are the bytes of a function's instructions, as it was read and as it is now.
func (fn *function) sizes() (before, after int) {
	for _, b := range fn.blocks {
		before += size(b.read)
		after += size(b.insns)
	}
	return before, after
}

func size(list []*insn) (bytes int) {
	for _, in := range list {
		bytes += in.size
	}
	return bytes
}

// tighten says which functions to be thriftier with if the file has become larger:
// those that grew most, as few as will do. It reports whether there are any.
func tighten(fns []*function, limits map[int]thrift) bool {
	type grown struct{ index, bytes int }
	var list []grown
	more := 0
	for i, fn := range fns {
		before, after := fn.sizes()
		more += after - before
		if after > before && limits[i] < asCompiled {
			list = append(list, grown{i, after - before})
		}
	}
	slices.SortStableFunc(list, func(x, y grown) int { return cmp.Compare(y.bytes, x.bytes) })
	changed := false
	for _, g := range list {
		if more <= 0 {
			break
		}
		limits[g.index]++
		more -= g.bytes
		changed = true
	}
	return changed
}
