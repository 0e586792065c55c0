package lower

import (
	"math"
	"sort"

	"marvelgen/gen/nn/golden"
)

// Hardware shifts right by a range of distances: by 1 to 16, or by 6 to 22 (specs/cnn.hcl).
const (
	nearShift = -16 // the farthest in the first
	deepShift = -6  // the nearest in the second
)

// nearer is a scale that gives all accumulators from low to high what r gives them, but
// shifts no farther than nearShift; r itself where it need not, or where none is found.
// It need not unless another channel of the layer shifts by less than the second range
// has. The multiplier becomes smaller instead, and a little smaller still: it rounds at
// another place, so steps between outputs move by up to an accumulator.
func nearer(r golden.Rescale, layer []golden.Rescale, low, high int64) golden.Rescale {
	needed := false
	for _, other := range layer {
		needed = needed || other.Shift > deepShift
	}
	if !needed || r.Shift >= nearShift || r.Shift < nearShift-14 || low < math.MinInt32 || high > math.MaxInt32 {
		return r
	}
	by := nearShift - int(r.Shift)
	for less := int32(0); less <= r.Multiplier>>(by+14); less += 1 + r.Multiplier>>(by+22) {
		if s := (golden.Rescale{Multiplier: r.Multiplier>>by - less, Shift: nearShift}); same(r, s, low, high) {
			return s
		}
	}
	return r
}

// same compares two scales, which do not fall, at both sides of each step of the first.
func same(r, s golden.Rescale, low, high int64) bool {
	at := func(acc int64) int32 { return r.Apply(int32(acc)) }
	equal := func(acc int64) bool { return at(acc) == s.Apply(int32(acc)) }
	if !equal(low) || !equal(high) || at(high)-at(low) > math.MaxUint8 {
		return false
	}
	for at(low) != at(high) {
		first := low + int64(sort.Search(int(high-low), func(i int) bool { return at(low+int64(i)) > at(low) }))
		if !equal(first-1) || !equal(first) {
			return false
		}
		low = first
	}
	return true
}
