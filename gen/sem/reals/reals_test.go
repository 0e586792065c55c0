package reals

import (
	"math"
	"testing"
)

// TestEval computes i < 0 ? -i : exp(i / 2) and float32 of a pattern.
func TestEval(t *testing.T) {
	i, c := &Expr{Name: "i", Var: 1}, func(v float64) *Expr { return &Expr{Value: v} }
	op := func(name string, args ...*Expr) *Expr { return &Expr{Func: Lookup(Operators, name), Args: args} }
	fn := func(name string, args ...*Expr) *Expr { return &Expr{Func: Lookup(Functions, name), Args: args} }
	e := &Expr{Cond: true, Args: []*Expr{op("<", i, c(0)), op("-", c(0), i), fn("exp", op("/", i, c(2)))}}
	for x, want := range map[float64]float64{-3: 3, 0: 1, 2: math.E} {
		if got := e.Eval([]float64{99, x}); got != want {
			t.Errorf("%g: %g, want %g", x, got, want)
		}
	}
	if got := fn("float32", c(0xbfc00000)).Eval(nil); got != -1.5 {
		t.Errorf("float32(0xbfc00000) = %g", got)
	}
	if got := fn("s16", c(0xffff)).Eval(nil); got != -1 {
		t.Errorf("s16(0xffff) = %g", got)
	}
}

// TestLookup: what is not there is not found.
func TestLookup(t *testing.T) {
	if Lookup(Functions, "sin") != nil || Lookup(Operators, "<=").Name != "<=" {
		t.Error("wrong function")
	}
}
