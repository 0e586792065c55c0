package cc

import "testing"

// TestVisits: how often the loops of testdata/jam.s are entered is known where their bounds
// are: rows and columns of an image of 112 each, kept in registers and on the stack.
func TestVisits(t *testing.T) {
	r, nests := jammedNests(t, 2, 1)
	for k, want := range []struct{ head, inner int }{{112 * 112, 112 * 112 * 96}, {1, 8}, {1, 8}} {
		n := nests[k]
		if head, inner := r.visits(n.head, 1), r.visits(n.inner, 1); head != want.head || inner != want.inner {
			t.Errorf("%s: %d and %d, want %d and %d", n.fn.name, head, inner, want.head, want.inner)
		}
		if n := r.visits(n.inner, 7); n != want.inner {
			t.Errorf("unknown loops around: %d", n)
		}
	}
	if n := r.goesRound(nests[0].inner, nests[0].inner.around()); n != 16 {
		t.Errorf("a loop of 16 rounds goes round %d times", n)
	}
	if n := r.goesRound(nests[1].inner, nests[1].inner.around()); n != 0 {
		t.Errorf("a loop of any number of rounds goes round %d times", n)
	}
}
