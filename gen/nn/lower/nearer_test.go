package lower

import (
	"testing"

	"marvelgen/gen/nn/golden"
)

func TestNearer(t *testing.T) {
	layer := []golden.Rescale{{Multiplier: 1 << 30, Shift: -5}}
	const low, high = -70000, 130000
	for _, r := range []golden.Rescale{
		{Multiplier: 1<<31 - 1, Shift: -17}, {Multiplier: 1 << 30, Shift: -17}, {Multiplier: 1400000001, Shift: -17}, {Multiplier: 2000000011, Shift: -18},
	} {
		s := nearer(r, layer, low, high)
		if s.Shift != nearShift {
			t.Errorf("%v: none found", r)
		}
		for acc := int32(low); acc <= high; acc++ {
			if got, want := s.Apply(acc), r.Apply(acc); got != want {
				t.Fatalf("%v as %v: %d becomes %d, want %d", r, s, acc, got, want)
			}
		}
		if got := nearer(r, []golden.Rescale{{Multiplier: 1 << 30, Shift: -6}}, low, high); got != r {
			t.Errorf("%v becomes %v without need", r, got)
		}
	}
}

// TestSame ends a range before and behind the first accumulator that makes a difference.
func TestSame(t *testing.T) {
	r, s := golden.Rescale{Multiplier: 1400000001, Shift: -17}, golden.Rescale{Multiplier: 700000000, Shift: nearShift}
	first := int64(0)
	for r.Apply(int32(first)) == s.Apply(int32(first)) {
		first++
	}
	if !same(r, s, -1, first-1) || same(r, s, -1, first) || same(r, s, first, first) {
		t.Errorf("%v and %v differ first at %d", r, s, first)
	}
	if same(r, golden.Rescale{Multiplier: 1 << 28, Shift: nearShift}, 0, 1<<20) {
		t.Error("half the scale is the same")
	}
}
