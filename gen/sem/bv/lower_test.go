package bv_test

import (
	"math/big"
	"testing"

	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/semtest"
	"pgregory.net/rapid"
)

// values is one assignment, as exact integers; it serves both evaluations.
type values map[string]*big.Int

func (v values) Input(name string) *big.Int { return v[name] }
func (v values) Element(name string, i int) *big.Int {
	return big.NewInt(int64(i*37%256 - 128)) // the contents of the state "mem": s8
}

type vectors struct{ values }

func (v vectors) Input(name string) uint64 { return bits64(v.values.Input(name)) }
func (v vectors) Element(name string, i uint64) uint64 {
	return bits64(v.values.Element(name, int(i)))
}

func low32(v uint64) *big.Int { return new(big.Int).SetUint64(v & bv.Mask(32)) }

func bits64(v *big.Int) uint64 {
	m := new(big.Int).SetUint64(^uint64(0))
	return m.And(m, v).Uint64()
}

var operands = []struct {
	name string
	r    sem.Range
}{
	{"rs1", sem.Unsigned(32)}, {"rs2", sem.Unsigned(32)}, {"s", sem.Signed(13)}, {"u", sem.Unsigned(5)}, {"b", sem.Unsigned(1)},
}

// expr draws a random expression of limited depth.
func expr(t *rapid.T, b *sem.Builder, depth int) *sem.Node {
	return semtest.Expr(t, semtest.Source{
		Builder: b,
		Leaf: func() *sem.Node {
			k := rapid.IntRange(0, len(operands)).Draw(t, "leaf")
			if k == len(operands) {
				return b.Int(rapid.Int64Range(-1<<33, 1<<33).Draw(t, "const"))
			}
			return b.Input(operands[k].name, operands[k].r)
		},
		Elements: []func(*sem.Node) *sem.Node{
			func(x *sem.Node) *sem.Node { return b.Read("mem", b.Bits(x, 3, 0), sem.Signed(8), 16) },
		},
	}, depth)
}

func draw(t *rapid.T) values {
	v := values{}
	for _, o := range operands {
		w := o.r.Width()
		raw := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, ^uint64(0), 1 << (w - 1), 1<<(w-1) - 1})).Draw(t, o.name)
		x := new(big.Int).SetUint64(raw & bv.Mask(w))
		if o.r.Negative() {
			x = sem.SignExtend(x, w)
		}
		v[o.name] = x
	}
	return v
}

// TestLowerAgreesWithExact holds lowering against exact evaluation: for every
// expression, width and assignment the vector is the exact value modulo 2^w.
func TestLowerAgreesWithExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := expr(t, sem.NewBuilder(), rapid.IntRange(1, 4).Draw(t, "depth"))
		w := rapid.IntRange(1, 64).Draw(t, "width")
		low := bv.NewLowerer().Lower(n, w)
		if low.Width != w {
			t.Fatalf("%s lowered to %d bits, want %d", n, low.Width, w)
		}
		for range 8 {
			v := draw(t)
			want := bits64(sem.Eval(n, v)) & bv.Mask(w)
			if got := bv.Eval(low, vectors{v}); got != want {
				t.Fatalf("%s\nlowered %s\nwith %v\n got %#x\nwant %#x", n, low, v, got, want)
			}
		}
	})
}

// TestProgramAgreesWithEval holds the laid-out form against the evaluation of trees.
func TestProgramAgreesWithEval(t *testing.T) {
	table := func(x *sem.Node, b *sem.Builder) *sem.Node { return b.Table("t", b.Bits(x, 2, 0), sem.Signed(5), 8) }
	entries := []uint64{1, 2, 30, 31, 0, 7, 16, 15}
	rapid.Check(t, func(t *rapid.T) {
		b := sem.NewBuilder()
		n := semtest.Expr(t, semtest.Source{
			Builder: b,
			Leaf: func() *sem.Node {
				o := rapid.SampledFrom(operands).Draw(t, "leaf")
				return b.Input(o.name, o.r)
			},
			Elements: []func(*sem.Node) *sem.Node{func(x *sem.Node) *sem.Node { return table(x, b) }},
		}, rapid.IntRange(1, 4).Draw(t, "depth"))
		low := bv.NewLowerer().Lower(n, 32)
		p := bv.NewProgram(map[string][]uint64{"t": entries}, low)
		for range 4 {
			v := draw(t)
			for _, o := range operands {
				p.Set(o.name, bits64(v[o.name]))
			}
			p.Run()
			if want := bv.Eval(low, tabled{vectors{v}, entries}); p.Root(0) != want {
				t.Fatalf("%s with %v: got %#x, want %#x", low, v, p.Root(0), want)
			}
		}
	})
}

// tabled is operands and one table.
type tabled struct {
	vectors
	entries []uint64
}

func (t tabled) Element(_ string, i uint64) uint64 { return t.entries[i] }

// TestLowerKeepsOnlyNeededBits pins the narrowing that makes datapaths small.
func TestLowerKeepsOnlyNeededBits(t *testing.T) {
	b := sem.NewBuilder()
	rs1, rs2, rd := b.Input("rs1", sem.Unsigned(32)), b.Input("rs2", sem.Unsigned(32)), b.Input("rd", sem.Unsigned(32))
	mac := b.Sub(b.Add(rd, b.Mul(b.Signed(rs1, 32), b.Signed(rs2, 31))), b.Int(0))
	if got, want := bv.NewLowerer().Lower(mac, 32).String(), "add32(rd, mul32(rs1, sext32(extract31(rs2, 0))))"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
