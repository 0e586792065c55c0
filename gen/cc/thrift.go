package cc

import (
	"cmp"
	"slices"
)

// Growth is by how much a file's code may become larger.
type Growth uint8

const (
	SlightGrowth Growth = iota // by a hundredth, or little of a small file
	NoGrowth                   // not at all
	AnyGrowth                  // as it is faster
)

// GrowthAt is what a compiler's optimisation flag allows: nothing where code is to be small,
// anything from -O3 on.
func GrowthAt(flag string) Growth {
	switch flag {
	case "-Os", "-Oz":
		return NoGrowth
	case "-O3", "-Ofast":
		return AnyGrowth
	}
	return SlightGrowth
}

// little is how many bytes any file may grow by: a hundredth of the smallest programs that
// are linked, with start-up code and runtime.
const little = 64

// allowed is by how many bytes code of so many may grow.
func (g Growth) allowed(bytes int) int {
	if g == SlightGrowth {
		return max(bytes/100, little)
	}
	return 0
}

// thrift is whether a function may become larger: by copies of loops, by set-ups of loops,
// pointers, and moves before them.
type thrift uint8

const (
	anySize    thrift = iota
	compact           // no copies of loops
	sparing           // and only what is not larger itself: no exchanges of registers, no pointers, only loops whose set-up is one instruction
	asCompiled        // nothing
)

// size is the bytes of a function's instructions.
func (fn *function) size() (bytes int) {
	for _, b := range fn.blocks {
		bytes += size(b.insns)
	}
	return bytes
}

func size(list []*insn) (bytes int) {
	for _, in := range list {
		bytes += in.size
	}
	return bytes
}

// tighten says which functions to be thriftier with if the file has become larger than it
// may: those that grew most, as few as will do. What has no copies of loops need not be tried
// without. It reports whether there are any.
func tighten(fns []*function, before []int, limits []thrift, g Growth, reshaped []Remark) bool {
	copies := map[string]bool{} // by function
	for _, x := range reshaped {
		copies[x.Function] = copies[x.Function] || !x.Missed
	}
	type grown struct{ index, bytes int }
	var list []grown
	all, more := 0, 0
	for i, fn := range fns {
		bytes := fn.size() - before[i]
		all += before[i]
		more += bytes
		if bytes > 0 && limits[i] < asCompiled {
			list = append(list, grown{i, bytes})
		}
	}
	more -= g.allowed(all)
	slices.SortStableFunc(list, func(x, y grown) int { return cmp.Compare(y.bytes, x.bytes) })
	changed := false
	for _, g := range list {
		if more <= 0 {
			break
		}
		if limits[g.index]++; limits[g.index] == compact && !copies[fns[g.index].name] {
			limits[g.index] = sparing
		}
		more -= g.bytes
		changed = true
	}
	return changed
}
