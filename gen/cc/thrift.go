package cc

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Growth is by how many hundredths a file's code may become larger.
type Growth int

const (
	NoGrowth     Growth = 0
	AnyGrowth    Growth = -1 // as it is faster
	SlightGrowth Growth = -2 // by a hundredth, or by little if that is more
)

// GrowthAt is what a compiler's optimisation flag allows: nothing where code is to be small.
func GrowthAt(flag string) Growth {
	if flag == "-Os" || flag == "-Oz" {
		return NoGrowth
	}
	return SlightGrowth
}

// ReadGrowth reads a number of hundredths, or any.
func ReadGrowth(text string) (Growth, error) {
	if text == "any" {
		return AnyGrowth, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("code cannot become larger by %q: write a number of hundredths, or any", text)
	}
	return Growth(n), nil
}

// little is by how many bytes any file may grow where nothing else is said, or loops of small
// ones would stay as they are: less than a hundredth of a program with printf.
const little = 64

// allowed is by how many bytes code of so many may grow.
func (g Growth) allowed(bytes int) int {
	if g == SlightGrowth {
		return max(bytes/100, little)
	}
	return bytes * max(int(g), 0) / 100
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

// budget is for how many bytes several turns of loops are made at once, in a file that may
// not become larger by any size.
type budget struct {
	allowed int  // bytes of the file
	bytes   int  // for the turns
	used    int  // of those
	next    int  // what the smallest takes for which there were not enough, or 0
	changes int  // so far
	short   bool // more was needed, for these or for something else
}

// mostChanges bounds how often a file is rewritten for a better use of what it may grow by.
const mostChanges = 3

func newBudget(g Growth, before []int) *budget {
	all := 0
	for _, bytes := range before {
		all += bytes
	}
	return &budget{allowed: all + g.allowed(all), bytes: g.allowed(all)}
}

// left is by how many bytes the file may still grow.
func (b *budget) left(fns []*function) int {
	left := b.allowed
	for _, fn := range fns {
		left -= fn.size()
	}
	return left
}

// adjust spends what is left, or saves what was too much. It reports whether that changes
// anything.
func (b *budget) adjust(left int) bool {
	first := left < 0 && !b.short // routines that save registers may help
	b.short = b.short || first
	if b.changes++; b.changes > mostChanges || left >= 0 && (b.next == 0 || left < b.next) || left < 0 && b.used == 0 && !first {
		return false
	}
	b.bytes = b.used + left
	return true
}

// tighten says which functions to be thriftier with if the file has become larger than it
// may: those that grew most, as few as will do, if so many bytes are left (negative: too
// many). What has no copies of loops need not be tried without. It reports whether there are
// any.
func tighten(fns []*function, before []int, limits []thrift, left int, reshaped []Remark) bool {
	copies := map[string]bool{} // by function
	for _, x := range reshaped {
		copies[x.Function] = copies[x.Function] || !x.Missed
	}
	type grown struct{ index, bytes int }
	var list []grown
	for i, fn := range fns {
		if bytes := fn.size() - before[i]; bytes > 0 && limits[i] < asCompiled {
			list = append(list, grown{i, bytes})
		}
	}
	slices.SortStableFunc(list, func(x, y grown) int { return cmp.Compare(y.bytes, x.bytes) })
	changed := false
	for _, g := range list {
		if left >= 0 {
			break
		}
		if limits[g.index]++; limits[g.index] == compact && !copies[fns[g.index].name] {
			limits[g.index] = sparing
		}
		left += g.bytes
		changed = true
	}
	return changed
}
