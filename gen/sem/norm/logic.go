package norm

import (
	"math/bits"

	"marvelgen/gen/sem/bv"
)

// Logic is And, Or or Xor of two values.
func (b *Builder) Logic(op Op, x, y *Value) *Value {
	w := x.Width
	if _, ok := x.IsConst(); ok || x.ID > y.ID {
		x, y = y, x
	}
	if _, ok := x.IsConst(); ok {
		x, y = y, x
	}
	if c, ok := y.IsConst(); ok {
		if d, ok := x.IsConst(); ok {
			return b.Const(map[Op]uint64{And: c & d, Or: c | d, Xor: c ^ d}[op], w)
		}
		if r := b.logicConst(op, x, c); r != nil {
			return r
		}
	}
	if x == y {
		if op == Xor {
			return b.Const(0, w)
		}
		return x
	}
	lo, hi := bounds(w)
	if x.min >= 0 && y.min >= 0 { // no bit above the highest of both is set
		lo, hi = 0, int64(bv.Mask(max(bits.Len64(uint64(x.max)), bits.Len64(uint64(y.max)), 1)))
	}
	return b.intern(Value{Op: op, Width: w, Args: []*Value{x, y}}, lo, hi)
}

// logicConst simplifies x op c, or is nil.
func (b *Builder) logicConst(op Op, x *Value, c uint64) *Value {
	w := x.Width
	ones := bv.Mask(w)
	switch {
	case c == 0 && op == And, c == ones && op == Or:
		return b.Const(c, w)
	case c == 0, c == ones && op == And:
		return x
	case c == ones && op == Xor:
		return b.Not(x)
	case op == And && c&(c+1) == 0: // the low bits
		return b.Ext(b.Extract(x, 0, bits.Len64(c)), w, false)
	}
	if op == And && (^c&ones)&((^c&ones)+1) == 0 { // all but the low bits: x minus those
		n := bits.Len64(^c & ones)
		return b.Sub(x, b.Ext(b.Extract(x, 0, n), w, false))
	}
	return nil
}

// Zero is whether v is 0.
func (b *Builder) Zero(v *Value) *Value {
	if c, ok := v.IsConst(); ok {
		return b.Const(uint64(b2i(c == 0)), 1)
	}
	switch {
	case v.Width == 1:
		return b.Not(v)
	case v.Op == Ext:
		return b.Zero(v.Args[0])
	case v.Op == Sum && (v.Terms[0].Coef>>(v.Width-1) != 0): // of v and -v the one that begins positively
		v = b.Scale(v, ^uint64(0), 0)
	}
	return b.intern(Value{Op: Zero, Width: 1, Args: []*Value{v}}, -1, 0)
}

// Less is whether x is less than y.
func (b *Builder) Less(signed bool, x, y *Value) *Value {
	w := x.Width
	signed = signed && (x.min < 0 || y.min < 0)
	c, xc := x.IsConst()
	d, yc := y.IsConst()
	switch {
	case x == y, !signed && y.is(0):
		return b.Const(0, 1)
	case xc && yc && signed:
		return b.Const(uint64(b2i(bv.Sext(c, w) < bv.Sext(d, w))), 1)
	case xc && yc:
		return b.Const(uint64(b2i(c < d)), 1)
	case !signed && y.is(1):
		return b.Zero(x)
	case !signed && x.is(0):
		return b.Not(b.Zero(y))
	case signed && y.is(0):
		return b.Extract(x, w-1, 1)
	case signed && x.is(^uint64(0)):
		return b.Not(b.Extract(y, w-1, 1))
	}
	return b.intern(Value{Op: Lt, Signed: signed, Width: 1, Args: []*Value{x, y}}, -1, 0)
}

// Mux is c ? x : y, with c of one bit.
func (b *Builder) Mux(c, x, y *Value) *Value {
	if n, ok := c.IsNot(); ok {
		c, x, y = n, y, x
	}
	if k, ok := c.IsConst(); ok {
		if k != 0 {
			return x
		}
		return y
	}
	if x == y {
		return x
	}
	if d := b.Sub(x, y); d.Op == Sum && len(d.Terms) == 0 { // y + c ? constant : 0
		return b.Add(y, b.Ext(c, x.Width, false), d.Const)
	}
	return b.intern(Value{Op: Mux, Width: x.Width, Args: []*Value{c, x, y}}, min(x.min, y.min), max(x.max, y.max))
}
