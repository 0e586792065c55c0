package bv_test

import (
	"testing"

	"marvelgen/gen/sem/bv"
	"pgregory.net/rapid"

	"marvelgen/gen/sem"
)

// TestReplaceKeepsMeaning: replacing an operand by another expression equals
// evaluating with that expression's value.
func TestReplaceKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := bv.NewLowerer()
		n := low.Lower(expr(t, sem.NewBuilder(), 3), 32)
		rs1 := low.Input("rs1", 32)
		with := low.Op2(bv.Xor, 32, low.Input("rs2", 32), low.Const(0x5a5a5a5a, 32))
		replaced := low.Replace(n, map[*bv.Node]*bv.Node{rs1: with})
		v := draw(t)
		got := bv.Eval(replaced, vectors{v})
		v["rs1"] = low32(bv.Eval(with, vectors{v}))
		if want := bv.Eval(n, vectors{v}); got != want {
			t.Fatalf("%s with rs1 = %s: got %#x, want %#x", n, with, got, want)
		}
	})
}
