// Package semtest draws random expressions for property tests.
package semtest

import (
	"pgregory.net/rapid"

	"marvelgen/gen/sem"
)

// Source supplies what expressions are made of.
type Source struct {
	Builder *sem.Builder
	// Leaf draws an operand or a constant.
	Leaf func() *sem.Node
	// Elements reads states and tables at indices computed from a value.
	Elements []func(x *sem.Node) *sem.Node
}

// Expr draws an expression of the given depth, out of all operations there are.
func Expr(t *rapid.T, s Source, depth int) *sem.Node {
	if depth == 0 {
		return s.Leaf()
	}
	b := s.Builder
	sub := func() *sem.Node { return Expr(t, s, depth-1) }
	x := sub()
	amount := func() *sem.Node { return b.Bits(sub(), rapid.IntRange(0, 4).Draw(t, "hi"), 0) }
	var n *sem.Node
	switch op := rapid.IntRange(0, 17+len(s.Elements)).Draw(t, "op"); op {
	case 0:
		n = b.Add(x, sub())
	case 1:
		n = b.Sub(x, sub())
	case 2:
		n = b.Mul(x, sub())
	case 3:
		n = b.Quo(x, sub())
	case 4:
		n = b.Rem(x, sub())
	case 5:
		n = b.Shl(x, amount())
	case 6:
		n = b.Shr(x, amount())
	case 7:
		n = b.And(x, sub())
	case 8:
		n = b.Or(x, sub())
	case 9:
		n = b.Xor(x, sub())
	case 10:
		n = b.Not(x)
	case 11:
		n = b.Eq(x, sub())
	case 12:
		n = b.Lt(x, sub())
	case 13:
		n = b.Cond(sub(), x, sub())
	case 14:
		n = b.Min(x, sub())
	case 15:
		n = b.RoundShift(x, amount())
	case 16:
		n = b.Signed(x, rapid.IntRange(1, 40).Draw(t, "w"))
	case 17:
		lo := rapid.IntRange(0, 31).Draw(t, "lo")
		n = b.Bits(x, rapid.IntRange(lo, 40).Draw(t, "hi"), lo)
	default:
		n = s.Elements[op-18](x)
	}
	if b.TakeErr() != nil { // too wide, or divided by a constant 0: use the argument
		return x
	}
	return n
}
