package bv_test

import (
	"testing"

	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
	"pgregory.net/rapid"
)

// FuzzEval holds the lowered expression against the exact one, as
// TestLowerAgreesWithExact does, for expressions that the fuzzer chooses by what
// they reach in the code.
func FuzzEval(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		n := expr(t, sem.NewBuilder(), rapid.IntRange(1, 5).Draw(t, "depth"))
		w := rapid.IntRange(1, 64).Draw(t, "width")
		low := bv.NewLowerer().Lower(n, w)
		v := draw(t)
		exact := sem.Eval(n, v)
		if !n.Range.Contains(exact) {
			t.Fatalf("%s with %v is %v, outside its range %v", n, v, exact, n.Range)
		}
		if got, want := bv.Eval(low, vectors{v}), bits64(exact)&bv.Mask(w); got != want {
			t.Fatalf("%s\nlowered %s\nwith %v\n got %#x\nwant %#x", n, low, v, got, want)
		}
	}))
}
