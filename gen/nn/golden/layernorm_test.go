package golden

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
)

// rsqrtError is the largest relative error over the whole input range.
func rsqrtError(f func(m uint32) uint32) (worst float64) {
	for m := uint32(1 << 14); m < 1<<16; m++ {
		worst = max(worst, math.Abs(float64(f(m))*math.Sqrt(float64(m))/(1<<24)-1))
	}
	return worst
}

// TestRsqrt tries every input.
func TestRsqrt(t *testing.T) {
	if worst := rsqrtError(Rsqrt); worst > 7.5e-5 {
		t.Errorf("off by %v", worst)
	} else {
		t.Logf("off by %.3g", worst)
	}
	for m := uint32(1 << 14); m < 1<<16; m++ {
		if r := Rsqrt(m); r < 1<<16-8 || r >= 1<<17 {
			t.Fatalf("the root of %d is %d", m, r)
		}
	}
	wrong := func(m uint32) uint32 {
		if m>>9 == 77 {
			return Rsqrt(m - 12) // seeded: a piece begins at a wrong place
		}
		return Rsqrt(m)
	}
	if worst := rsqrtError(wrong); worst < 7.5e-5 {
		t.Errorf("a wrong piece is off by %v alone", worst)
	}
	if slices.Max(RsqrtTable[:]) >= 1<<29 {
		t.Error("an entry has more than 29 bits")
	}
}

// normCase is a layer normalisation with one row.
type normCase struct {
	node    *nn.Node
	plan    *Plan
	x       []int8
	in, out float64 // scales
}

func drawNorm(t *rapid.T) normCase {
	depth := rapid.OneOf(rapid.IntRange(1, 70), rapid.SampledFrom([]int{2, 4, 12, 16, 64, 128, 256, 768, 1024, 4096, 8191, 8192})).Draw(t, "depth")
	real := func(name string, lo, hi float64) float32 {
		return float32(math.Exp(rapid.Float64Range(math.Log(lo), math.Log(hi)).Draw(t, name)))
	}
	zero := rapid.Int32Range(-128, 127)
	x, y := q("x", real("in", 1e-7, 1e3), zero.Draw(t, "zx"), depth), q("y", real("out", 1e-3, 10), zero.Draw(t, "zy"), depth)
	vector := func(most float64) *nn.Tensor {
		if rapid.IntRange(0, 5).Draw(t, "absent") == 0 {
			return nil
		}
		v := &nn.Tensor{Name: "v", Shape: []int{depth}, Type: nn.Float32}
		some := rapid.SliceOfN(rapid.Float32Range(float32(-most), float32(most)), 1, 9).Draw(t, "some")
		for i := range depth {
			v.F32 = append(v.F32, some[i%len(some)])
		}
		return v
	}
	c := normCase{in: float64(scale(x)), out: float64(scale(y))}
	c.node = &nn.Node{Name: "n", Op: nn.LayerNorm, In: []*nn.Tensor{x, vector(c.out * 100), vector(c.out * 300)}, Out: []*nn.Tensor{y}}
	most := MaxEpsilon * 0.99 * c.in * c.in / 4096 / float64(depth*depth)
	c.node.Epsilon = min(rapid.SampledFrom([]float32{0, 1e-12, 1e-5, 1e-3, 1, 1e30}).Draw(t, "epsilon"), float32(most))
	low := rapid.IntRange(-128, 127).Draw(t, "low")
	values := rapid.IntRange(low, rapid.IntRange(low, 127).Draw(t, "high"))
	some := rapid.SliceOfN(values, 1, 40).Draw(t, "x")
	one := rapid.Bool().Draw(t, "one") // all but one are the same: the largest z there is
	for i := range depth {
		v := some[i%len(some)]
		if one && i > 0 {
			v = some[len(some)-1]
		}
		c.x = append(c.x, int8(v))
	}
	p, err := Prepare(c.node)
	if err != nil {
		t.Fatal(err)
	}
	c.plan = p
	return c
}

// miss says where the result is further from the real one than the bound.
func (c normCase) miss(y []int8) error {
	real := func(values []float32, i int, otherwise float64) float64 {
		if values == nil {
			return otherwise
		}
		return float64(values[i])
	}
	var gains, biases []float32
	if g := c.node.In[1]; g != nil {
		gains = g.F32
	}
	if b := c.node.In[2]; b != nil {
		biases = b.F32
	}
	sum, squares, n := 0., 0., float64(len(c.x))
	for _, v := range c.x {
		sum, squares = sum+float64(v), squares+float64(v)*float64(v)
	}
	sigma := math.Sqrt(n*squares-sum*sum+n*n*float64(c.node.Epsilon)/c.in/c.in) / n // the difference is exact
	for i, v := range c.x {
		z := 0.
		if d := n*float64(v) - sum; d != 0 {
			z = d / n / sigma
		}
		want := z*real(gains, i, 1)/c.out + real(biases, i, 0)/c.out + float64(c.plan.OutZero)
		point, shift, g := int(c.plan.Norm.Point), int(c.plan.Norm.Shift), math.Abs(real(gains, i, 1))/c.out
		bound := 0.5 + (1.4e-4*math.Abs(z)+math.Ldexp(0.6, -point))*g + math.Ldexp(math.Abs(z), point-shift-1) + math.Ldexp(1, -shift-1)
		if off := math.Abs(min(max(want, -128), 127) - float64(y[i])); off > bound+1e-6 {
			return fmt.Errorf("element %d: %d for %v, z %v: off by %v, more than %v", i, y[i], want, z, off, bound)
		}
	}
	return nil
}

// TestLayerNorm holds the stated bound for rows, scales, gains and biases at random,
// and that t and A*x - C have the bits that they are said to have.
func TestLayerNorm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawNorm(t)
		y := make([]int8, len(c.x))
		c.plan.Norm.row(c.x, y)
		if err := c.miss(y); err != nil {
			t.Fatal(err)
		}
		var sum, squares int64
		for _, v := range c.x {
			sum, squares = sum+int64(v), squares+int64(v)*int64(v)
		}
		n := int64(len(c.x))
		a, mean := c.plan.Norm.slope(n, sum, uint64(4096*(n*squares-sum*sum))+c.plan.Norm.Epsilon)
		for _, v := range c.x {
			if d := a*int32(v) - mean; d < -1<<26 || d >= 1<<26 {
				t.Fatalf("A*x - C is %d", d)
			}
		}
	})
}

// TestLayerNormJudge seeds mistakes: a point that is one bit off, an epsilon that is
// lost, gains that are one place off.
func TestLayerNormJudge(t *testing.T) {
	x, y := q("x", 0.01, 0, 12), q("y", 0.02, 0, 12)
	gain := &nn.Tensor{Name: "g", Shape: []int{12}, Type: nn.Float32, F32: []float32{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}}
	c := normCase{in: float64(scale(x)), out: float64(scale(y)), x: []int8{1, 5, -9, 20, 30, -4, 77, -90, 3, 2, 1, 0}}
	c.node = &nn.Node{Name: "n", Op: nn.LayerNorm, In: []*nn.Tensor{x, gain, nil}, Out: []*nn.Tensor{y}, Params: nn.Params{Epsilon: 0.01}}
	for name, seed := range map[string]func(m *Norm){
		"": func(*Norm) {}, "point": func(m *Norm) { m.Point-- }, "epsilon": func(m *Norm) { m.Epsilon = 0 },
		"gain": func(m *Norm) { m.Gain[0], m.Gain[1] = m.Gain[1], m.Gain[0] },
	} {
		var err error
		if c.plan, err = Prepare(c.node); err != nil {
			t.Fatal(err)
		}
		seed(c.plan.Norm)
		out := make([]int8, 12)
		c.plan.Norm.row(c.x, out)
		if err := c.miss(out); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
