// Package slice splits meanings into what a DSP slice computes before its output
// register, so that a state can live in that register: the spec says `dsp = true`.
// The slice meant is that of UltraScale devices (AMD UG579): a pre-adder, 27 by 18
// signed bits, a sum of 48 and a register that the sum may take as a term.
package slice

import (
	"fmt"
	"math/big"
	"slices"

	"marvelgen/gen/sem"
)

// Widths of a slice's signed operands and of its sum.
const (
	ABits   = 27
	BBits   = 18
	SumBits = 48
	// RightBits is how far a slice shifts the sum of the one before it in its
	// column: a product of 27 by more than 18 bits takes two slices so.
	RightBits = 17
)

// Product is (A + D) * B, the sum in brackets modulo 2^27 and signed.
type Product struct{ A, D, B *sem.Node } // D is nil where there is one term

// Cond says when something is a term: where If is not 0, or where it is 0 if Not;
// always if there is no If.
type Cond struct {
	If  *sem.Node
	Not bool
}

// Form is the next value of a state in slices,
//
//	floor((former value if Keep + products + Addend if When + Round) / 2^Shift)
//
// modulo the width of the state. Where Shift is not 0, there is one product, which
// may be wide, and no other term.
type Form struct {
	Keep     *Cond // nil: never
	Products []Product
	Addend   *sem.Node // or nil
	When     Cond
	Round    *big.Int // 2^(Shift-1) or 0
	Shift    int
}

// Of is the form of value, the next value of element index of a state of so many
// bits. Errors say what does not fit, for the reader of a spec.
func Of(value *sem.Node, state string, index int64, bits int) (*Form, error) {
	if bits > SumBits {
		return nil, fmt.Errorf("the state has %d bits, a slice's register %d", bits, SumBits)
	}
	f := &Form{Round: new(big.Int)}
	self := func(n *sem.Node) bool {
		return n.Op == sem.OpRead && n.Name == state && n.Args[0].IsConst() && n.Args[0].Value.Int64() == index
	}
	n := modulo(value, bits)
	if n.Op == sem.OpShr && n.Args[1].IsConst() && hasProduct(n.Args[0]) {
		return f.shifted(n, bits)
	}
	if err := f.sum(n, self, bits); err != nil {
		return nil, err
	}
	return f, nil
}

// modulo strips what only says that the value is taken modulo 2^bits.
func modulo(n *sem.Node, bits int) *sem.Node {
	for n.Op == sem.OpSigned && n.Hi+1 >= bits || n.Op == sem.OpBits && n.Lo == 0 && n.Hi+1 >= bits {
		n = n.Args[0]
	}
	return n
}

// hasProduct reports whether n is made of a product: not whether one chooses an
// element of what n reads, or how far it shifts.
func hasProduct(n *sem.Node) bool {
	switch n.Op {
	case sem.OpMul:
		return true
	case sem.OpShr, sem.OpShl, sem.OpBits, sem.OpSigned:
		return hasProduct(n.Args[0])
	case sem.OpAdd, sem.OpSub:
		return hasProduct(n.Args[0]) || hasProduct(n.Args[1])
	case sem.OpCond:
		return hasProduct(n.Args[1]) || hasProduct(n.Args[2])
	}
	return false
}

// sum adds the terms of n to the form.
func (f *Form) sum(n *sem.Node, self func(*sem.Node) bool, bits int) error {
	switch zero := func(n *sem.Node) bool { return n.IsConst() && n.Value.Sign() == 0 }; {
	case n.Op == sem.OpAdd:
		if err := f.sum(n.Args[0], self, bits); err != nil {
			return err
		}
		return f.sum(n.Args[1], self, bits)
	case zero(n):
		return nil
	case n.Op == sem.OpMul:
		p, err := product(n, BBits)
		f.Products = append(f.Products, p)
		return err
	case self(n):
		return f.keep(Cond{})
	case n.Op == sem.OpCond && zero(n.Args[1]) && self(n.Args[2]):
		return f.keep(Cond{n.Args[0], true})
	case n.Op == sem.OpCond && zero(n.Args[2]) && self(n.Args[1]):
		return f.keep(Cond{n.Args[0], false})
	case hasProduct(n):
		return fmt.Errorf("the product in %s is no term of a sum", n.Infix())
	case f.Addend != nil:
		return fmt.Errorf("beside products and the former value a slice adds one term, but there are %s and %s", f.Addend.Infix(), n.Infix())
	case n.Op == sem.OpCond && zero(n.Args[1]):
		f.Addend, f.When = n.Args[2], Cond{n.Args[0], true}
	case n.Op == sem.OpCond && zero(n.Args[2]):
		f.Addend, f.When = n.Args[1], Cond{n.Args[0], false}
	default:
		f.Addend = n
	}
	return nil
}

func (f *Form) keep(c Cond) error {
	if f.Keep != nil {
		return fmt.Errorf("a slice adds the former value once")
	}
	f.Keep = &c
	return nil
}

// shifted reads a product that is rounded and shifted right.
func (f *Form) shifted(n *sem.Node, bits int) (*Form, error) {
	f.Shift = int(n.Args[1].Value.Int64())
	if f.Shift <= RightBits || f.Shift-RightBits+bits > SumBits {
		return nil, fmt.Errorf("a column of two slices shifts right by %d to %d for %d bits, not by %d", RightBits+1, SumBits+RightBits-bits, bits, f.Shift)
	}
	x := n.Args[0]
	if x.Op == sem.OpAdd {
		for i := range 2 {
			if c := x.Args[i]; c.IsConst() {
				f.Round, x = c.Value, x.Args[1-i]
				break
			}
		}
	}
	if half := new(big.Int).Lsh(big.NewInt(1), uint(f.Shift-1)); f.Round.Sign() != 0 && f.Round.Cmp(half) != 0 {
		return nil, fmt.Errorf("a shift by %d rounds by adding 2^%d, not %s", f.Shift, f.Shift-1, f.Round)
	}
	if x.Op != sem.OpMul {
		return nil, fmt.Errorf("only one product is shifted right, perhaps after half a unit is added, not %s", x.Infix())
	}
	p, err := product(x, RightBits+BBits)
	if err == nil && p.B.Range.Negative() {
		err = fmt.Errorf("the narrower operand of a product that is shifted has no sign, but %s may be negative", p.B.Infix())
	}
	f.Products = []Product{p}
	return f, err
}

// product finds out which operand fits where; b is at most so many signed bits.
func product(n *sem.Node, bits int) (Product, error) {
	x, y := n.Args[0], n.Args[1]
	for _, o := range [][2]*sem.Node{{x, y}, {y, x}} {
		if SignedBits(o[0]) > ABits || SignedBits(o[1]) > bits || slices.ContainsFunc(o[:], hasProduct) {
			continue
		}
		p := Product{A: o[0], B: o[1]}
		sum := o[0]
		for sum.Op == sem.OpSigned && sum.Hi+1 == ABits {
			sum = sum.Args[0]
		}
		if sum.Op == sem.OpAdd && SignedBits(sum.Args[0]) <= ABits && SignedBits(sum.Args[1]) <= ABits {
			p.A, p.D = sum.Args[0], sum.Args[1]
		}
		return p, nil
	}
	return Product{}, fmt.Errorf("%s multiplies %d by %d signed bits, a slice %d by %d", n.Infix(), SignedBits(x), SignedBits(y), ABits, bits)
}

// SignedBits is the width of n as a signed number.
func SignedBits(n *sem.Node) int {
	if n.Range.Negative() {
		return n.Width()
	}
	return n.Width() + 1
}
