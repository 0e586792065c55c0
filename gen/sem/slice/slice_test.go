package slice_test

import (
	"math/big"
	"testing"

	"marvelgen/gen/sem"
	"marvelgen/gen/sem/slice"
	"pgregory.net/rapid"
)

// env gives every operand a value; the state's only element is "self".
type env map[string]*big.Int

func (e env) Input(name string) *big.Int          { return e[name] }
func (e env) Element(name string, _ int) *big.Int { return e[name] }

var operands = map[string]sem.Range{"a": sem.Signed(16), "b": sem.Signed(18), "c": sem.Signed(27), "u": sem.Unsigned(17), "m": sem.Unsigned(34), "w": sem.Signed(32), "on": sem.Unsigned(1)}

// of computes what the slices would, from the form alone.
func of(f *slice.Form, e env) *big.Int {
	holds := func(c slice.Cond) bool { return c.If == nil || (sem.Eval(c.If, e).Sign() != 0) != c.Not }
	sum := new(big.Int).Set(f.Round)
	if f.Keep != nil && holds(*f.Keep) {
		sum.Add(sum, e["self"])
	}
	if f.Addend != nil && holds(f.When) {
		sum.Add(sum, sem.Eval(f.Addend, e))
	}
	for _, p := range f.Products {
		ad := sem.Eval(p.A, e)
		if p.D != nil {
			ad = sem.SignExtend(new(big.Int).Add(ad, sem.Eval(p.D, e)), slice.ABits)
		}
		sum.Add(sum, new(big.Int).Mul(ad, sem.Eval(p.B, e)))
	}
	return sum.Rsh(sum, uint(f.Shift)) // towards minus infinity
}

// TestOfKeepsMeaning: what the slices compute is what is written, for sums of
// random terms in random order.
func TestOfKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := sem.NewBuilder()
		in := func(name string) *sem.Node { return b.Input(name, operands[name]) }
		self := b.Read("self", b.Int(0), sem.Signed(40), 1)
		pre := b.Signed(b.Add(in("c"), in("a")), slice.ABits)
		products := []*sem.Node{b.Mul(in("a"), in("b")), b.Mul(in("u"), in("c")), b.Mul(pre, in("b")), b.Mul(b.Int(-5), in("a")), b.Mul(in("on"), pre)}
		others := []*sem.Node{in("w"), b.Cond(in("on"), in("w"), b.Int(0)), b.Cond(in("on"), b.Int(0), in("w"))}
		selves := []*sem.Node{self, b.Cond(in("on"), self, b.Int(0)), b.Cond(b.Eq(in("a"), b.Int(3)), b.Int(0), self)}
		var terms []*sem.Node
		for range rapid.IntRange(0, 4).Draw(t, "products") {
			terms = append(terms, rapid.SampledFrom(products).Draw(t, "product"))
		}
		for _, list := range [][]*sem.Node{others, selves} {
			if k := rapid.IntRange(0, len(list)).Draw(t, "term"); k < len(list) {
				terms = append(terms, list[k])
			}
		}
		value := b.Int(0)
		for _, n := range rapid.Permutation(terms).Draw(t, "order") {
			value = b.Add(value, n)
		}
		if rapid.IntRange(0, 3).Draw(t, "shifted") == 0 {
			value = b.Mul(rapid.SampledFrom([]*sem.Node{in("a"), pre}).Draw(t, "left"), in("m"))
			shift := rapid.Int64Range(18, 25).Draw(t, "shift")
			if rapid.Bool().Draw(t, "rounded") {
				value = b.Add(value, b.Int(1<<(shift-1)))
			}
			value = b.Shr(value, b.Int(shift))
		}
		f, err := slice.Of(b.Signed(value, 40), "self", 0, 40)
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		e := env{"self": sem.SignExtend(new(big.Int).SetUint64(rapid.Uint64().Draw(t, "self")), 40)}
		for name, r := range operands {
			v := new(big.Int).SetUint64(rapid.Uint64().Draw(t, name))
			v.And(v, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(r.Width())), big.NewInt(1)))
			if r.Negative() {
				v = sem.SignExtend(v, r.Width())
			}
			e[name] = v
		}
		if got, want := sem.SignExtend(of(f, e), 40), sem.SignExtend(sem.Eval(value, e), 40); got.Cmp(want) != 0 {
			t.Fatalf("%s with %v: slices give %s, want %s", value, e, got, want)
		}
	})
}
