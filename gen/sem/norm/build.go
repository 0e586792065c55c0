package norm

import (
	"maps"
	"math/bits"
	"slices"
	"strings"

	"marvelgen/gen/sem/bv"
)

// Builder makes Values and shares equal ones.
type Builder struct {
	table    []*Value           // by hash, with open addresses; its length is a power of two
	known    map[*Value]*Value  // by Equate
	plans    map[*bv.Node]*plan // see From
	extracts [1 << 9]extracted  // see Extract
	next     int

	slots              []*Value // room for From
	terms, left, right []Term   // room for sums
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder {
	return &Builder{table: make([]*Value, 1<<10), known: map[*Value]*Value{}, plans: map[*bv.Node]*plan{}}
}

// Clone returns a Builder that shares b's Values, and makes others of its own.
func (b *Builder) Clone() *Builder {
	return &Builder{table: slices.Clone(b.table), known: maps.Clone(b.known), plans: maps.Clone(b.plans), next: b.next}
}

// Reset makes b what from.Clone() returns, in the room that it has.
func (b *Builder) Reset(from *Builder) {
	clear(b.known)
	maps.Copy(b.known, from.known)
	*b = Builder{table: append(b.table[:0], from.table...), known: b.known, plans: b.plans, next: from.next, slots: b.slots, terms: b.terms, left: b.left, right: b.right}
}

// Equate notes that x is y whatever the operands are, which somebody else has shown.
// From then gives y in place of x.
func (b *Builder) Equate(x, y *Value) {
	if x, y = b.same(x), b.same(y); x != y {
		b.known[x] = y
	}
}

// same is what stands for v.
func (b *Builder) same(v *Value) *Value {
	for {
		k, ok := b.known[v]
		if !ok {
			return v
		}
		v = k
	}
}

// intern returns the one Value like v; its range is [lo, hi] if it is new. What v
// refers to is copied only then, so that v and its lists need not be on the heap.
func (b *Builder) intern(v Value, lo, hi int64) *Value {
	v.hash = v.digest()
	mask := uint64(len(b.table) - 1)
	i := v.hash & mask
	for ; b.table[i] != nil; i = (i + 1) & mask {
		if old := b.table[i]; old.hash == v.hash && old.like(&v) {
			return old
		}
	}
	out := &Value{ID: b.next, Op: v.Op, Width: v.Width, Signed: v.Signed, Lo: v.Lo, Name: strings.Clone(v.Name), Const: v.Const, min: lo, max: hi, hash: v.hash}
	if len(v.Args) > 0 {
		out.Args = make([]*Value, len(v.Args))
		copy(out.Args, v.Args)
	}
	if len(v.Terms) > 0 {
		out.Terms = make([]Term, len(v.Terms))
		copy(out.Terms, v.Terms)
	}
	b.next++
	b.table[i] = out
	if 2*b.next > len(b.table) {
		b.grow()
	}
	return out
}

// grow makes the table twice as large.
func (b *Builder) grow() {
	old := b.table
	b.table = make([]*Value, 2*len(old))
	mask := uint64(len(b.table) - 1)
	for _, v := range old {
		if v == nil {
			continue
		}
		i := v.hash & mask
		for b.table[i] != nil {
			i = (i + 1) & mask
		}
		b.table[i] = v
	}
}

// digest is the same number for Values that are like each other.
func (v *Value) digest() uint64 {
	h := uint64(v.Op) | uint64(v.Width)<<8 | uint64(v.Lo)<<16
	if v.Signed {
		h |= 1 << 24
	}
	mix := func(x uint64) {
		hi, lo := bits.Mul64(h^x, 0x9e3779b97f4a7c15)
		h = hi ^ lo + 0x632be59bd9b4e019
	}
	mix(v.Const)
	for _, t := range v.Terms {
		mix(uint64(t.Value.ID) + 1)
		mix(t.Coef)
	}
	for _, a := range v.Args {
		mix(uint64(a.ID) + 1)
	}
	for i := range len(v.Name) {
		mix(uint64(v.Name[i]))
	}
	return h
}

// like reports whether two Values are equal but for what numbers they have.
func (v *Value) like(w *Value) bool {
	return v.Op == w.Op && v.Width == w.Width && v.Lo == w.Lo && v.Signed == w.Signed && v.Const == w.Const && v.Name == w.Name && slices.Equal(v.Terms, w.Terms) && slices.Equal(v.Args, w.Args)
}

// full interns a value of which nothing is known but its width.
func (b *Builder) full(v Value) *Value {
	lo, hi := bounds(v.Width)
	return b.intern(v, lo, hi)
}

// Input is the operand name of w bits.
func (b *Builder) Input(name string, w int) *Value {
	return b.full(Value{Op: Input, Name: name, Width: w})
}

// Element is an element of a state or table.
func (b *Builder) Element(name string, w int, i *Value) *Value {
	return b.full(Value{Op: Element, Name: name, Width: w, Args: []*Value{i}})
}

// Const is the w-bit constant c.
func (b *Builder) Const(c uint64, w int) *Value {
	c &= bv.Mask(w)
	s := bv.Sext(c, w)
	return b.intern(Value{Op: Sum, Const: c, Width: w}, s, s)
}

// sorted interns a constant and terms, each of another value, by ID. It changes the list.
func (b *Builder) sorted(c uint64, terms []Term, w int) *Value {
	mask := bv.Mask(w)
	kept := terms[:0]
	for _, t := range terms {
		if t.Coef &= mask; t.Coef != 0 {
			kept = append(kept, t)
		}
	}
	if c &= mask; c == 0 && len(kept) == 1 && kept[0].Coef == 1 {
		return kept[0].Value
	}
	if len(kept) == 0 {
		return b.Const(c, w)
	}
	lo, hi, ok := exact(c, kept, w)
	if !ok {
		lo, hi = bounds(w)
	}
	return b.intern(Value{Op: Sum, Const: c, Terms: kept, Width: w}, lo, hi)
}

// exact is the range of c + terms over the integers, coefficients and values read
// as signed numbers, if it fits w bits.
func exact(c uint64, terms []Term, w int) (lo, hi int64, ok bool) {
	lo = bv.Sext(c, w)
	hi = lo
	for _, t := range terms {
		k := bv.Sext(t.Coef, w)
		l, lok := times(k, t.Value.min)
		h, hok := times(k, t.Value.max)
		if !lok || !hok {
			return 0, 0, false
		}
		if k < 0 {
			l, h = h, l
		}
		lo, hi = lo+l, hi+h
		if min, max := bounds(w); lo < min || hi > max {
			return 0, 0, false
		}
	}
	return lo, hi, true
}

// times multiplies what fits 62 bits: two such sums still fit 64.
func times(x, y int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(x), magnitude(y))
	if hi != 0 || lo > 1<<62 {
		return 0, false
	}
	return x * y, true
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// Scale is k*v + c.
func (b *Builder) Scale(v *Value, k, c uint64) *Value {
	if k == 1 && c == 0 {
		return v
	}
	vc, terms := v.linear(b.terms[:0], k)
	b.terms = terms
	return b.sorted(vc*k+c, terms, v.Width)
}

// Add is x + k*y.
func (b *Builder) Add(x, y *Value, k uint64) *Value {
	w := x.Width
	k &= bv.Mask(w)
	if k == 0 {
		return x
	}
	xc, xt := x.linear(b.left[:0], 1)
	yc, yt := y.linear(b.right[:0], k)
	b.left, b.right = xt, yt
	terms := b.terms[:0] // both are sorted
	for len(xt) > 0 && len(yt) > 0 {
		switch p, q := xt[0], yt[0]; {
		case p.Value.ID < q.Value.ID:
			terms, xt = append(terms, p), xt[1:]
		case p.Value.ID > q.Value.ID:
			terms, yt = append(terms, q), yt[1:]
		default:
			terms, xt, yt = append(terms, Term{p.Coef + q.Coef, p.Value}), xt[1:], yt[1:]
		}
	}
	b.terms = append(append(terms, xt...), yt...)
	return b.sorted(xc+yc*k, b.terms, w)
}

// Without is v without its terms at these places.
func (b *Builder) Without(v *Value, places []int) *Value {
	if len(places) == 0 {
		return v
	}
	c, terms := v.linear(b.terms[:0], 1)
	b.terms = terms
	for _, i := range places {
		terms[i].Coef = 0
	}
	return b.sorted(c, terms, v.Width)
}

// Sub is x - y.
func (b *Builder) Sub(x, y *Value) *Value { return b.Add(x, y, ^uint64(0)) }

// Not is the complement of v, which is -v - 1.
func (b *Builder) Not(v *Value) *Value { return b.Scale(v, ^uint64(0), ^uint64(0)) }

// IsNot returns x if v is the complement of a one-bit x.
func (v *Value) IsNot() (*Value, bool) {
	if v.Width == 1 && v.Op == Sum && v.Const == 1 && len(v.Terms) == 1 {
		return v.Terms[0].Value, true
	}
	return nil, false
}

// Mul is x * y. Constant factors become coefficients; sums are not multiplied out.
func (b *Builder) Mul(x, y *Value) *Value {
	if _, ok := x.IsConst(); ok {
		x, y = y, x
	}
	if c, ok := y.IsConst(); ok {
		return b.Scale(x, c, 0)
	}
	k := uint64(1)
	for _, p := range []**Value{&x, &y} {
		if v := *p; v.Op == Sum && v.Const == 0 && len(v.Terms) == 1 {
			k *= v.Terms[0].Coef
			*p = v.Terms[0].Value
		}
	}
	if x.ID > y.ID {
		x, y = y, x
	}
	lo, hi := bounds(x.Width)
	if l, h, ok := product(x, y); ok && l >= lo && h <= hi {
		lo, hi = l, h
	}
	return b.Scale(b.intern(Value{Op: Mul, Width: x.Width, Args: []*Value{x, y}}, lo, hi), k, 0)
}

// product is the range of x * y over the integers.
func product(x, y *Value) (lo, hi int64, ok bool) {
	first := true
	for _, p := range []int64{x.min, x.max} {
		for _, q := range []int64{y.min, y.max} {
			v, fits := times(p, q)
			if !fits {
				return 0, 0, false
			}
			if first {
				lo, hi, first = v, v, false
			}
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi, true
}

// Divide is the quotient (op Quo) or the remainder (op Rem) of x and y.
func (b *Builder) Divide(op Op, signed bool, x, y *Value) *Value {
	if p, ok := x.IsConst(); ok {
		if q, ok := y.IsConst(); ok {
			return b.Const(apply(bvDivide[op][b2i(signed)], x.Width, p, q), x.Width)
		}
	}
	return b.full(Value{Op: op, Signed: signed, Width: x.Width, Args: []*Value{x, y}})
}

var bvDivide = map[Op][2]bv.Op{Quo: {bv.QuoU, bv.QuoS}, Rem: {bv.RemU, bv.RemS}}

// apply computes an operation of two constants of w bits.
func apply(op bv.Op, w int, x, y uint64) uint64 {
	arg := &bv.Node{Width: w}
	return bv.Apply(&bv.Node{Op: op, Width: w, Args: []*bv.Node{arg, arg}}, x, y)
}

func b2i(c bool) int {
	if c {
		return 1
	}
	return 0
}
