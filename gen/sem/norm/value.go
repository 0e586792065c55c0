// Package norm brings bit-vector expressions into a normal form, so that two
// expressions that were built in different ways are often one Value: sums are
// linear combinations of terms, products and logic are sorted, extensions are
// as far inside as ranges allow, shifts by constants are bits and weights.
//
// Equal Values are equal for every input. Unequal ones may be equal as well:
// the normal form is no decision procedure, a solver is.
package norm

import (
	"fmt"
	"math"
	"strings"

	"marvelgen/gen/sem/bv"
)

// Op is the operation of a Value.
type Op uint8

// Operations. Constants are sums without terms; differences, complements and
// shifts to the left by constants are sums, too.
const (
	Sum     Op = iota // Const + the Terms, modulo 2^Width
	Input             // the operand Name
	Element           // element Args[0] of the state or table Name
	Mul               // Args, sorted
	Quo               // Signed tells which; division by 0 as RISC-V has it
	Rem               //
	And               // Args, sorted
	Or                // Args, sorted
	Xor               // Args, sorted
	Shl               // by a variable amount of any width
	Shr               // the same; Signed: arithmetic
	Zero              // Args[0] = 0, one bit
	Lt                // Args[0] < Args[1], one bit
	Mux               // Args[0] (one bit) ? Args[1] : Args[2]
	Extract           // bits Lo+Width-1..Lo of Args[0]
	Ext               // of a narrower Args[0], with its sign if Signed
)

var opNames = [...]string{"sum", "input", "element", "mul", "quo", "rem", "and", "or", "xor", "shl", "shr", "zero", "lt", "mux", "extract", "ext"}

func (o Op) String() string { return opNames[o] }

// Value is an expression of Width bits (1 to 64) in normal form. Within a Builder
// equal expressions are the same Value.
type Value struct {
	ID     int
	Op     Op
	Width  int
	Signed bool
	Lo     int
	Name   string
	Args   []*Value
	Const  uint64 // Sum
	Terms  []Term // Sum, by ID

	min, max int64 // of the value read as a signed number
	hash     uint64
}

// Term is Coef times Value in a sum.
type Term struct {
	Coef  uint64
	Value *Value
}

// IsConst reports whether v is a constant, and which.
func (v *Value) IsConst() (uint64, bool) { return v.Const, v.Op == Sum && len(v.Terms) == 0 }

func (v *Value) is(c uint64) bool { k, ok := v.IsConst(); return ok && k == c&bv.Mask(v.Width) }

// Linear is v as a constant and terms.
func (v *Value) Linear() (uint64, []Term) {
	if v.Op == Sum {
		return v.Const, v.Terms
	}
	return 0, []Term{{1, v}}
}

// linear adds k times v's terms to a list; it returns v's constant as well.
func (v *Value) linear(list []Term, k uint64) (uint64, []Term) {
	if v.Op != Sum {
		return 0, append(list, Term{k, v})
	}
	for _, t := range v.Terms {
		list = append(list, Term{t.Coef * k, t.Value})
	}
	return v.Const, list
}

// Range is the least and the greatest number that v, read as signed, can be known to be.
func (v *Value) Range() (lo, hi int64) { return v.min, v.max }

// String prints v, for messages and tests.
func (v *Value) String() string {
	var parts []string
	if v.Op == Sum {
		for _, t := range v.Terms {
			c := bv.Sext(t.Coef, v.Width)
			switch c {
			case 1:
				parts = append(parts, t.Value.String())
			default:
				parts = append(parts, fmt.Sprintf("%d*%s", c, t.Value))
			}
		}
		if v.Const != 0 || len(parts) == 0 {
			parts = append(parts, fmt.Sprint(bv.Sext(v.Const, v.Width)))
		}
		return "(" + strings.Join(parts, " + ") + ")"
	}
	if v.Op == Input {
		return v.Name
	}
	for _, a := range v.Args {
		parts = append(parts, a.String())
	}
	name := v.Op.String() + fmt.Sprint(v.Width) + v.Name
	if v.Signed {
		name = "s" + name
	}
	if v.Op == Extract {
		parts = append(parts, fmt.Sprint(v.Lo))
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// bounds are the least and greatest signed numbers of w bits.
func bounds(w int) (lo, hi int64) {
	if w == 64 {
		return math.MinInt64, math.MaxInt64
	}
	return -1 << (w - 1), 1<<(w-1) - 1
}
