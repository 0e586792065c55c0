package norm

import (
	"math/bits"

	"marvelgen/gen/sem/bv"
)

// extracted is bits of a value, remembered.
type extracted struct {
	v     *Value
	lo, w uint8
	out   *Value
}

// Extract is w bits of v from bit lo. Which bits of what registers hold are those of
// another value is asked again and again, so answers are remembered until others take
// their places.
func (b *Builder) Extract(v *Value, lo, w int) *Value {
	if lo == 0 && w == v.Width {
		return v
	}
	if w == 1 && lo == v.Width-1 && (v.min >= 0 || v.max < 0) { // the sign
		return b.Const(uint64(b2i(v.max < 0)), 1)
	}
	e := &b.extracts[(uint(v.ID)*67+uint(lo)*8+uint(w))%uint(len(b.extracts))]
	if e.v != v || e.lo != uint8(lo) || e.w != uint8(w) {
		*e = extracted{v, uint8(lo), uint8(w), b.extract(v, lo, w)}
	}
	return e.out
}

func (b *Builder) extract(v *Value, lo, w int) *Value {
	a := func(i int) *Value { return b.Extract(v.Args[i], lo, w) }
	switch v.Op {
	case Extract:
		return b.Extract(v.Args[0], v.Lo+lo, w)
	case And, Or, Xor:
		return b.Logic(v.Op, a(0), a(1))
	case Mux:
		return b.Mux(v.Args[0], a(1), a(2))
	case Ext:
		return b.extractExt(v, lo, w)
	case Sum:
		if r := b.extractSum(v, lo, w); r != nil {
			return r
		}
	case Mul:
		if lo == 0 {
			return b.Mul(a(0), a(1))
		}
	case Shl:
		if lo == 0 {
			return b.Shift(bv.Shl, a(0), v.Args[1])
		}
	}
	if (v.Op == Sum || v.Op == Mul) && lo+w < v.Width { // bits above do not matter
		return b.Extract(b.Extract(v, 0, lo+w), lo, w)
	}
	return b.full(Value{Op: Extract, Width: w, Lo: lo, Args: []*Value{v}})
}

// extractSum is bits of a sum: the low ones are a sum, and zeros that all its
// parts end in are not looked at. Otherwise it is nil.
func (b *Builder) extractSum(v *Value, lo, w int) *Value {
	parts := v.Const
	for _, t := range v.Terms {
		parts |= t.Coef
	}
	zeros := min(bits.TrailingZeros64(parts), lo)
	if zeros < lo {
		if zeros == 0 {
			return nil
		}
		return b.Extract(b.extractSum(v, zeros, v.Width-zeros), lo-zeros, w)
	}
	out := b.Const(v.Const>>lo, w)
	for _, t := range v.Terms {
		out = b.Add(out, b.Extract(t.Value, 0, w), t.Coef>>lo)
	}
	return out
}

// extractExt is bits of an extended value: its own, copies of its sign, or both.
func (b *Builder) extractExt(v *Value, lo, w int) *Value {
	x := v.Args[0]
	switch {
	case lo+w <= x.Width:
		return b.Extract(x, lo, w)
	case lo < x.Width:
		return b.Ext(b.Extract(x, lo, x.Width-lo), w, v.Signed)
	case !v.Signed:
		return b.Const(0, w)
	}
	return b.Ext(b.Extract(x, x.Width-1, 1), w, true)
}

// Ext is v widened to w bits, with its sign if signed.
func (b *Builder) Ext(v *Value, w int, signed bool) *Value {
	if w == v.Width {
		return v
	}
	if c, ok := v.IsConst(); ok {
		if signed {
			c = uint64(bv.Sext(c, v.Width))
		}
		return b.Const(c, w)
	}
	signed = signed && v.min < 0 // what is never negative has no sign to copy
	if signed && v.Width == 1 {
		return b.Scale(b.Ext(v, w, false), ^uint64(0), 0)
	}
	switch v.Op {
	case Ext:
		if !v.Signed || signed {
			return b.Ext(v.Args[0], w, v.Signed)
		}
	case Mux:
		return b.Mux(v.Args[0], b.Ext(v.Args[1], w, signed), b.Ext(v.Args[2], w, signed))
	case And, Or, Xor:
		return b.Logic(v.Op, b.Ext(v.Args[0], w, signed), b.Ext(v.Args[1], w, signed))
	case Sum:
		// Without overflow the sum of the extended terms is the extended sum.
		if lo, _, ok := exact(v.Const, v.Terms, v.Width); ok && (signed || lo >= 0) {
			out := b.Const(uint64(bv.Sext(v.Const, v.Width)), w)
			for _, t := range v.Terms {
				out = b.Add(out, b.Ext(t.Value, w, true), uint64(bv.Sext(t.Coef, v.Width)))
			}
			return out
		}
	case Mul:
		min, max := bounds(v.Width)
		if lo, hi, ok := product(v.Args[0], v.Args[1]); ok && lo >= min && hi <= max && (signed || lo >= 0) {
			return b.Mul(b.Ext(v.Args[0], w, true), b.Ext(v.Args[1], w, true))
		}
	}
	lo, hi := v.min, v.max
	if !signed && lo < 0 {
		lo, hi = 0, int64(bv.Mask(v.Width))
	}
	return b.intern(Value{Op: Ext, Width: w, Signed: signed, Args: []*Value{v}}, lo, hi)
}

// Shift is v shifted by n, whose width is its own: bv.Shl, bv.ShrU or bv.ShrS.
func (b *Builder) Shift(op bv.Op, v, n *Value) *Value {
	if c, ok := n.IsConst(); ok {
		return b.shiftBy(op, v, int(min(c, uint64(v.Width))))
	}
	out := Value{Op: Shr, Signed: op == bv.ShrS && v.min < 0, Width: v.Width, Args: []*Value{v, n}}
	if op == bv.Shl {
		out.Op = Shl
		return b.full(out)
	}
	if out.Signed || v.min >= 0 {
		return b.intern(out, min(v.min, 0), max(v.max, 0))
	}
	return b.full(out)
}

// shiftBy shifts by a constant: to the left that is a weight, to the right it is
// the upper bits.
func (b *Builder) shiftBy(op bv.Op, v *Value, n int) *Value {
	w := v.Width
	switch {
	case op == bv.Shl && n >= w, op == bv.ShrU && n >= w:
		return b.Const(0, w)
	case op == bv.Shl:
		return b.Scale(v, 1<<n, 0)
	case n >= w:
		n = w - 1
	}
	return b.Ext(b.Extract(v, n, w-n), w, op == bv.ShrS)
}
