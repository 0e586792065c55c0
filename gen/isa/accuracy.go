package isa

import (
	"fmt"
	"strings"

	"marvelgen/gen/sem/reals"
)

// Accuracy states which real function an instruction approximates, over all points
// From, From + Step … To of a counter, and how far it may be off.
type Accuracy struct {
	From, To, Step int64
	Given          []RealBinding // operands at the point i; those not named are 0
	Function       RealText      // of i and the operands given
	Result         RealText      // of i, the operands and Dest, which is unsigned
	Dest           string        // the register field that Result reads
	Bound          float64       // of |Result - Function|, by |Function| if Relative
	Relative       bool
	Pos            Pos

	Points  int     // filled by pass.CheckAccuracy
	Worst   float64 // the largest error
	WorstAt int64   // the first point that has it
}

// RealText is a real expression and how the spec writes it. Its variables are i,
// then Given in order, then Dest.
type RealText struct {
	Expr *reals.Expr
	Text string
}

// RealBinding is an operand and what it is at the point i.
type RealBinding struct {
	Name string
	RealText
}

// Operands says what the operands are at a point, for messages.
func (a *Accuracy) Operands(i int64) string {
	var b strings.Builder
	env := []float64{float64(i)}
	for _, g := range a.Given {
		v := int64(g.Expr.Eval(env))
		fmt.Fprintf(&b, ", %s = %d", g.Name, v)
		if v < 0 || v > 9999 {
			fmt.Fprintf(&b, " (0x%08x)", uint32(v))
		}
	}
	return b.String()
}

// Kind is the kind of error that the bound is of.
func (a *Accuracy) Kind() string {
	if a.Relative {
		return "relative error"
	}
	return "error"
}

// String states what is approximated, over which points, and the errors.
func (a *Accuracy) String() string {
	var given []string
	for _, g := range a.Given {
		given = append(given, g.Name+" = "+g.Text)
	}
	step := ""
	if a.Step > 1 {
		step = fmt.Sprintf(" in steps of %d", a.Step)
	}
	return fmt.Sprintf("%s is %s for %s, i from %d to %d%s: %s at most %.4g, measured %.4g on %d points, worst where i is %d",
		a.Result.Text, a.Function.Text, strings.Join(given, ", "), a.From, a.To, step, a.Kind(), a.Bound, a.Worst, a.Points, a.WorstAt)
}
