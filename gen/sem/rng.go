package sem

import "math/big"

// MaxWidth is the widest value, in bits, that an expression may reach.
const MaxWidth = 64

// Range is the closed interval of integers a Node can take.
type Range struct{ Min, Max *big.Int }

var (
	zero = big.NewInt(0)
	one  = big.NewInt(1)
)

// Point is the range of a constant.
func Point(v *big.Int) Range { return Range{v, v} }

// Unsigned is the range of a w-bit unsigned number.
func Unsigned(w int) Range { return Range{zero, new(big.Int).Sub(pow2(w), one)} }

// Signed is the range of a w-bit two's complement number.
func Signed(w int) Range {
	h := pow2(w - 1)
	return Range{new(big.Int).Neg(h), new(big.Int).Sub(h, one)}
}

// IsConst reports whether the range holds a single value.
func (r Range) IsConst() bool { return r.Min.Cmp(r.Max) == 0 }

// Negative reports whether the range holds negative values, that is, whether
// its bit vector is signed.
func (r Range) Negative() bool { return r.Min.Sign() < 0 }

// Width is the number of bits that hold every value of the range: two's
// complement if Negative, unsigned otherwise, never less than 1.
func (r Range) Width() int {
	if !r.Negative() {
		return max(1, r.Max.BitLen())
	}
	// A negative v needs BitLen(-v-1)+1 bits, a positive one BitLen(v)+1.
	w := new(big.Int).Not(r.Min).BitLen() + 1
	if r.Max.Sign() > 0 {
		w = max(w, r.Max.BitLen()+1)
	}
	return w
}

// Contains reports whether v lies in the range.
func (r Range) Contains(v *big.Int) bool { return r.Min.Cmp(v) <= 0 && v.Cmp(r.Max) <= 0 }

// Within reports whether the whole of r lies in o.
func (r Range) Within(o Range) bool { return o.Contains(r.Min) && o.Contains(r.Max) }

func (r Range) String() string { return "[" + r.Min.String() + ", " + r.Max.String() + "]" }

func pow2(n int) *big.Int { return new(big.Int).Lsh(one, uint(n)) }

// hull is the smallest range that holds all the given values.
func hull(vs ...*big.Int) Range {
	r := Point(vs[0])
	for _, v := range vs[1:] {
		if v.Cmp(r.Min) < 0 {
			r.Min = v
		}
		if v.Cmp(r.Max) > 0 {
			r.Max = v
		}
	}
	return r
}

func union(a, b Range) Range { return hull(a.Min, a.Max, b.Min, b.Max) }
