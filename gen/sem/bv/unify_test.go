package bv_test

import (
	"testing"

	"marvelgen/gen/sem/bv"
)

// TestUnifySharesMultiplier: mac and fusedmac of MARVEL share one multiplier
// and one adder, and the result equals the plain selection.
func TestUnifySharesMultiplier(t *testing.T) {
	b := bv.NewBuilder()
	in := func(n string) *bv.Node { return b.Input(n, 32) }
	mul := func(x, y *bv.Node) *bv.Node { return b.Op2(bv.Mul, 32, x, y) }
	x := b.Op2(bv.Add, 32, in("rd"), mul(in("rs1"), in("rs2")))
	y := b.Op2(bv.Add, 32, mul(in("x21"), in("x22")), in("x20"))
	sel := b.Input("sel", 1)
	shared, plain := b.Unify(sel, x, y), b.Mux(sel, x, y)
	muls := 0
	bv.Walk(func(n *bv.Node) {
		if n.Op == bv.Mul {
			muls++
		}
	}, shared)
	if muls != 1 {
		t.Errorf("%d multiplications in %s, want 1", muls, shared)
	}
	for s := range uint64(2) {
		env := constants{"sel": s, "rd": 7, "rs1": 3, "rs2": 1 << 31, "x20": 9, "x21": 5, "x22": 0xffffffff}
		if got, want := bv.Eval(shared, env), bv.Eval(plain, env); got != want {
			t.Errorf("sel = %d: got %#x, want %#x", s, got, want)
		}
	}
}

type constants map[string]uint64

func (c constants) Input(name string) uint64      { return c[name] }
func (c constants) Element(string, uint64) uint64 { return 0 }
