package norm_test

import (
	"fmt"
	"testing"

	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
	"marvelgen/gen/sem/semtest"
	"pgregory.net/rapid"
)

// operands are the names and ranges of random expressions.
var operands = []struct {
	name string
	r    sem.Range
}{
	{"rs1", sem.Unsigned(32)}, {"rs2", sem.Unsigned(32)}, {"s", sem.Signed(13)}, {"h", sem.Signed(32)}, {"u", sem.Unsigned(5)}, {"b", sem.Unsigned(1)},
}

type env map[string]uint64

func (e env) Input(name string) uint64             { return e[name] }
func (e env) Element(name string, i uint64) uint64 { return i*37 + 5 }

func expr(t *rapid.T, b *sem.Builder) *sem.Node {
	return semtest.Expr(t, semtest.Source{
		Builder: b,
		Leaf: func() *sem.Node {
			k := rapid.IntRange(0, len(operands)+1).Draw(t, "leaf")
			if k >= len(operands) {
				return b.Int(rapid.OneOf(rapid.Int64Range(-1<<33, 1<<33), rapid.Int64Range(-9, 9)).Draw(t, "const"))
			}
			return b.Input(operands[k].name, operands[k].r)
		},
		Elements: []func(*sem.Node) *sem.Node{
			func(x *sem.Node) *sem.Node { return b.Read("mem", b.Bits(x, 3, 0), sem.Signed(8), 16) },
		},
	}, rapid.IntRange(1, 4).Draw(t, "depth"))
}

func inputs(b *norm.Builder) func(*bv.Node) *norm.Value {
	return func(n *bv.Node) *norm.Value { return b.Input(n.Name, n.Width) }
}

// TestNormalFormIsEqual holds normal forms against the vectors they come from,
// and their ranges against the values they take.
func TestNormalFormIsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := bv.NewLowerer().Lower(expr(t, sem.NewBuilder()), rapid.IntRange(1, 64).Draw(t, "width"))
		b := norm.NewBuilder()
		v := b.From(n, inputs(b))
		if v.Width != n.Width {
			t.Fatalf("%s became %d bits", n, v.Width)
		}
		for range 8 {
			e := env{}
			for _, o := range operands {
				w := o.r.Width()
				e[o.name] = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, ^uint64(0), 1 << (w - 1), 1<<(w-1) - 1})).Draw(t, o.name) & bv.Mask(w)
			}
			want := bv.Eval(n, e)
			got := norm.Eval(v, e)
			if got != want {
				t.Fatalf("%s\nbecame %s\nwith %v\n got %#x\nwant %#x", n, v, e, got, want)
			}
			if lo, hi := v.Range(); bv.Sext(got, v.Width) < lo || bv.Sext(got, v.Width) > hi {
				t.Fatalf("%s\nbecame %s\nof range %d..%d, but is %d with %v", n, v, lo, hi, bv.Sext(got, v.Width), e)
			}
		}
	})
}

// TestEqualForms lists pairs that compilers and specs write differently.
func TestEqualForms(t *testing.T) {
	l := bv.NewLowerer()
	b := norm.NewBuilder()
	x, y := l.Input("x", 32), l.Input("y", 32)
	c := func(v uint64) *bv.Node { return l.Const(v, 32) }
	op := func(o bv.Op, x, y *bv.Node) *bv.Node { return l.Op2(o, 32, x, y) }
	byteOf := func(n *bv.Node, lo int) *bv.Node { return l.Extract(n, lo, 8) }
	product := l.Op2(bv.Mul, 16, l.Extend(byteOf(x, 0), 16, true), l.Extend(byteOf(y, 0), 16, true))
	for _, p := range [][2]*bv.Node{
		{op(bv.Add, x, y), op(bv.Sub, y, op(bv.Sub, c(0), x))},
		{op(bv.ShrS, op(bv.Shl, x, c(24)), c(24)), l.Extend(byteOf(x, 0), 32, true)},
		{op(bv.ShrU, op(bv.Shl, x, c(16)), c(24)), l.Extend(byteOf(x, 8), 32, false)},
		{op(bv.And, x, c(255)), l.Extend(byteOf(x, 0), 32, false)},
		{op(bv.Xor, x, c(1<<32-1)), op(bv.Sub, c(1<<32-1), x)},
		{l.Extend(product, 32, true), op(bv.Mul, l.Extend(byteOf(y, 0), 32, true), l.Extend(byteOf(x, 0), 32, true))},
		{op(bv.Mul, x, c(12)), op(bv.Add, op(bv.Shl, x, c(3)), op(bv.Shl, x, c(2)))},
		{l.Op2(bv.LtU, 1, x, c(1)), l.Op2(bv.Eq, 1, x, c(0))},
		{l.Op2(bv.LtS, 1, x, c(0)), l.Extract(x, 31, 1)},
		{l.Mux(l.Not(l.Op2(bv.LtS, 1, x, y)), x, y), l.Mux(l.Op2(bv.LtS, 1, x, y), y, x)},
	} {
		v, w := b.From(p[0], inputs(b)), b.From(p[1], inputs(b))
		if v != w {
			t.Errorf("%s\nand %s\ndiffer: %s\n    and %s", p[0], p[1], v, w)
		}
	}
}

// TestKnownValuesTakeNoRoom: what a builder has made once it finds again without
// allocating, which most of what a rewriter asks for is.
func TestKnownValuesTakeNoRoom(t *testing.T) {
	l := bv.NewLowerer()
	n := l.Op2(bv.Add, 32, l.Extend(l.Extract(l.Input("x", 32), 8, 8), 32, true), l.Op2(bv.And, 32, l.Input("x", 32), l.Input("y", 32)))
	b := norm.NewBuilder()
	env := inputs(b)
	want := b.From(n, env)
	for i := range 5000 { // the table of values grows meanwhile
		b.Add(want, b.Const(uint64(i), 32), 1)
	}
	if got := testing.AllocsPerRun(10, func() {
		if b.From(n, env) != want {
			t.Error("another value")
		}
	}); got > 0 {
		t.Errorf("%v allocations", got)
	}
}

// TestReset: what has been reset makes what a clone would, whatever it has made before.
func TestReset(t *testing.T) {
	b := norm.NewBuilder()
	x, y := b.Input("x", 32), b.Input("y", 32)
	operand := bv.NewBuilder().Input("operand", 32)
	made := func(b *norm.Builder) string {
		sum := b.Add(b.Input("z", 32), x, 3)
		low := b.Extract(b.Logic(norm.And, sum, y), 0, 8)
		return fmt.Sprint(sum.ID, low.ID, low, b.From(operand, func(*bv.Node) *norm.Value { return x }))
	}
	want, used := made(b.Clone()), b.Clone()
	for i := range 3000 { // its table grows
		used.Extract(used.Input(fmt.Sprint(i), 32), 0, 8)
	}
	used.Equate(x, y)
	if made(used) == want { // the seeded bug
		t.Error("what has not been reset does not show")
	}
	used.Reset(b)
	if got := made(used); got != want {
		t.Errorf("it makes %s, not %s", got, want)
	}
}

// TestClone: what a clone makes is its own, and what it is made from it shares.
func TestClone(t *testing.T) {
	b := norm.NewBuilder()
	x := b.Input("x", 32)
	c, d := b.Clone(), b.Clone()
	if c.Input("x", 32) != x {
		t.Error("a clone makes again what is there")
	}
	if c.Input("y", 32) == d.Input("y", 32) {
		t.Error("clones share what they make")
	}
	if v := c.Add(c.Input("y", 32), x, 1); c.Sub(v, c.Input("y", 32)) != x {
		t.Error("a clone's sums do not come out even")
	}
}

// TestEquateChain: what equals an equal is equal, in whichever order that is noted.
func TestEquateChain(t *testing.T) {
	b, l := norm.NewBuilder(), bv.NewLowerer()
	node := l.Input("n", 32)
	from := func(v *norm.Value) *norm.Value { return b.From(node, func(*bv.Node) *norm.Value { return v }) }
	x, y, z := b.Input("x", 32), b.Input("y", 32), b.Input("z", 32)
	b.Equate(x, y)
	b.Equate(y, z)
	b.Equate(z, x) // known already
	if from(x) != z || from(y) != z || from(z) != z {
		t.Errorf("x, y and z are %s, %s and %s", from(x), from(y), from(z))
	}
}
