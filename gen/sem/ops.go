package sem

import "math/big"

// Add is x + y.
func (b *Builder) Add(x, y *Node) *Node {
	if isZero(x) {
		return y
	}
	if isZero(y) {
		return x
	}
	return b.mk(OpAdd, Range{add(x.Range.Min, y.Range.Min), add(x.Range.Max, y.Range.Max)}, x, y)
}

// Sub is x - y.
func (b *Builder) Sub(x, y *Node) *Node {
	if isZero(y) {
		return x
	}
	return b.mk(OpSub, Range{sub(x.Range.Min, y.Range.Max), sub(x.Range.Max, y.Range.Min)}, x, y)
}

// Mul is x * y.
func (b *Builder) Mul(x, y *Node) *Node {
	if isOne(x) {
		return y
	}
	if isOne(y) {
		return x
	}
	return b.mk(OpMul, corners(x.Range, y.Range, func(p, q *big.Int) *big.Int { return new(big.Int).Mul(p, q) }), x, y)
}

// Quo is x / y rounded towards zero, and -1 where y is 0. A divisor that is
// always 0 is an error.
func (b *Builder) Quo(x, y *Node) *Node {
	if isZero(y) {
		return b.fail("division by zero")
	}
	if !b.together(x, y) {
		return b.Int(0)
	}
	// |quo| never exceeds |x|, and -1 is the answer for a divisor of 0.
	m := maxAbs(x.Range)
	r := Range{new(big.Int).Neg(m), m}
	if !x.Range.Negative() && y.Range.Min.Sign() > 0 {
		r = Range{quo(x.Range.Min, y.Range.Max), quo(x.Range.Max, y.Range.Min)}
	}
	if y.Range.Contains(zero) {
		if !x.Range.Negative() && !y.Range.Negative() {
			r.Min = zero
		}
		r = union(r, Point(big.NewInt(-1)))
	}
	return b.mk(OpQuo, r, x, y)
}

// Rem is the remainder that belongs to Quo: it has the sign of x, and is x
// itself where y is 0.
func (b *Builder) Rem(x, y *Node) *Node {
	if isZero(y) {
		return b.fail("remainder of a division by zero")
	}
	if !b.together(x, y) {
		return b.Int(0)
	}
	r := union(x.Range, Point(zero))
	if !y.Range.Contains(zero) {
		m := sub(maxAbs(y.Range), one)
		r = Range{maxInt(r.Min, new(big.Int).Neg(m)), minInt(r.Max, m)}
	}
	return b.mk(OpRem, r, x, y)
}

// Shl is x * 2^n; n must be bounded.
func (b *Builder) Shl(x, n *Node) *Node {
	if !b.amount("shl", n) {
		return b.Int(0)
	}
	lo, hi := uint(n.Range.Min.Int64()), uint(n.Range.Max.Int64())
	v := func(p *big.Int, s uint) *big.Int { return new(big.Int).Lsh(p, s) }
	return b.mk(OpShl, hull(v(x.Range.Min, lo), v(x.Range.Min, hi), v(x.Range.Max, lo), v(x.Range.Max, hi)), x, n)
}

// Shr is floor(x / 2^n): the arithmetic shift of a signed value and the
// logical one of an unsigned value.
func (b *Builder) Shr(x, n *Node) *Node {
	if !b.amount("shr", n) {
		return b.Int(0)
	}
	if isZero(n) {
		return x
	}
	lo, hi := uint(n.Range.Min.Int64()), uint(n.Range.Max.Int64())
	v := func(p *big.Int, s uint) *big.Int { return new(big.Int).Rsh(p, s) }
	return b.mk(OpShr, hull(v(x.Range.Min, lo), v(x.Range.Min, hi), v(x.Range.Max, lo), v(x.Range.Max, hi)), x, n)
}

// amount checks a shift amount: never negative, at most MaxWidth.
func (b *Builder) amount(op string, n *Node) bool {
	if n.Range.Min.Sign() < 0 || n.Range.Max.Cmp(big.NewInt(MaxWidth)) > 0 {
		b.fail("%s: the shift amount ranges over %s; want 0 to %d (take the bits that count: bits(n, 4, 0))", op, n.Range, MaxWidth)
		return false
	}
	return true
}

// And, Or and Xor act on infinitely sign-extended two's complement numbers.

// And is the bitwise and.
func (b *Builder) And(x, y *Node) *Node {
	r := bitwise(x.Range, y.Range)
	// A non-negative operand bounds the result by itself.
	if !x.Range.Negative() {
		r = Range{zero, x.Range.Max}
	}
	if !y.Range.Negative() && (x.Range.Negative() || y.Range.Max.Cmp(r.Max) < 0) {
		r = Range{zero, y.Range.Max}
	}
	return b.mk(OpAnd, r, x, y)
}

// Or is the bitwise or.
func (b *Builder) Or(x, y *Node) *Node { return b.mk(OpOr, bitwise(x.Range, y.Range), x, y) }

// Xor is the bitwise exclusive or.
func (b *Builder) Xor(x, y *Node) *Node { return b.mk(OpXor, bitwise(x.Range, y.Range), x, y) }

// Not is the bitwise complement, -x - 1.
func (b *Builder) Not(x *Node) *Node {
	return b.mk(OpNot, Range{new(big.Int).Not(x.Range.Max), new(big.Int).Not(x.Range.Min)}, x)
}

// Eq is 1 where x == y, else 0.
func (b *Builder) Eq(x, y *Node) *Node {
	if x == y {
		return b.Int(1)
	}
	if x.Range.Max.Cmp(y.Range.Min) < 0 || y.Range.Max.Cmp(x.Range.Min) < 0 {
		return b.Int(0)
	}
	if !b.together(x, y) {
		return b.Int(0)
	}
	return b.mk(OpEq, Unsigned(1), x, y)
}

// Lt is 1 where x < y, else 0.
func (b *Builder) Lt(x, y *Node) *Node {
	if x.Range.Max.Cmp(y.Range.Min) < 0 {
		return b.Int(1)
	}
	if x == y || x.Range.Min.Cmp(y.Range.Max) >= 0 {
		return b.Int(0)
	}
	if !b.together(x, y) {
		return b.Int(0)
	}
	return b.mk(OpLt, Unsigned(1), x, y)
}

// together checks that one vector width represents both values, as a comparison
// or a division needs.
func (b *Builder) together(x, y *Node) bool {
	if u := union(x.Range, y.Range); u.Width() > MaxWidth {
		b.fail("width overflow: %s and %s have no common width within %d bits", x.Range, y.Range, MaxWidth)
		return false
	}
	return true
}

// LNot is 1 where x is 0, else 0.
func (b *Builder) LNot(x *Node) *Node { return b.Eq(x, b.Int(0)) }

// Cond is x where c is not 0, else y.
func (b *Builder) Cond(c, x, y *Node) *Node {
	if !c.Range.Within(Unsigned(1)) {
		c = b.LNot(b.LNot(c))
	}
	if c.IsConst() {
		if c.Value.Sign() != 0 {
			return x
		}
		return y
	}
	if x == y {
		return x
	}
	return b.mk(OpCond, union(x.Range, y.Range), c, x, y)
}

// Min is the smaller of x and y.
func (b *Builder) Min(x, y *Node) *Node {
	return b.narrow(b.Cond(b.Lt(y, x), y, x), Range{minInt(x.Range.Min, y.Range.Min), minInt(x.Range.Max, y.Range.Max)})
}

// Max is the larger of x and y.
func (b *Builder) Max(x, y *Node) *Node {
	return b.narrow(b.Cond(b.Lt(x, y), y, x), Range{maxInt(x.Range.Min, y.Range.Min), maxInt(x.Range.Max, y.Range.Max)})
}

// narrow gives a conditional a tighter range than the union of its arms, where
// the condition proves it.
func (b *Builder) narrow(n *Node, r Range) *Node {
	if n.Op != OpCond {
		return n
	}
	return b.raw(&Node{Op: OpCond, Args: n.Args, Range: r})
}

// RoundShift is x / 2^n rounded to the nearest, halves towards plus infinity.
func (b *Builder) RoundShift(x, n *Node) *Node {
	half := b.Shr(b.Shl(b.Int(1), n), b.Int(1)) // 0 for n = 0
	return b.Shr(b.Add(x, half), n)
}

func isZero(n *Node) bool { return n.IsConst() && n.Value.Sign() == 0 }
func isOne(n *Node) bool  { return n.IsConst() && n.Value.Cmp(one) == 0 }

func add(x, y *big.Int) *big.Int { return new(big.Int).Add(x, y) }
func sub(x, y *big.Int) *big.Int { return new(big.Int).Sub(x, y) }
func quo(x, y *big.Int) *big.Int { return new(big.Int).Quo(x, y) }

func minInt(x, y *big.Int) *big.Int {
	if x.Cmp(y) < 0 {
		return x
	}
	return y
}

func maxInt(x, y *big.Int) *big.Int {
	if x.Cmp(y) > 0 {
		return x
	}
	return y
}

func maxAbs(r Range) *big.Int {
	return maxInt(new(big.Int).Abs(r.Min), new(big.Int).Abs(r.Max))
}

func corners(x, y Range, f func(p, q *big.Int) *big.Int) Range {
	return hull(f(x.Min, y.Min), f(x.Min, y.Max), f(x.Max, y.Min), f(x.Max, y.Max))
}

// bitwise bounds any bitwise function of two values by their common width.
func bitwise(x, y Range) Range {
	u := union(x, y)
	if u.Negative() {
		return Signed(u.Width())
	}
	return Unsigned(u.Width())
}
