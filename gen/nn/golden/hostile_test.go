package golden

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"marvelgen/gen/nn"
)

// scramble changes some of the integers that lie in v: shapes and parameters.
func scramble(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Int:
		if r.IntN(12) == 0 {
			v.SetInt(v.Int() + int64([]int{-1, 1, 2, -3, -int(v.Int()), 1 << 40, -1 << 62}[r.IntN(7)]))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			scramble(r, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scramble(r, v.Field(i))
		}
	}
}

// Whatever a graph says, it is refused or it runs: nothing panics.
func TestScrambledGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	ran := map[nn.Op]int{}
	for round := range 300 {
		for op, graphs := range everyOperator(r) {
			for _, g := range graphs {
				n := g.Nodes[0]
				before := fmt.Sprint(n.Params)
				scramble(r, reflect.ValueOf(&n.Params).Elem())
				for _, x := range append(n.In, n.Out...) {
					if x != nil && !x.Const() && r.IntN(3) == 0 {
						scramble(r, reflect.ValueOf(&x.Shape).Elem())
					}
				}
				m, err := New(g)
				if err != nil || n.MACs() > 1<<24 {
					continue
				}
				var in []Value
				for _, x := range g.Inputs {
					in = append(in, random(r, x))
				}
				if _, err := m.Run(t.Context(), in...); err != nil {
					t.Fatal(err)
				}
				if round > 0 && fmt.Sprint(n.Params) != before {
					ran[op]++
				}
			}
		}
	}
	t.Logf("ran with other parameters: %v", ran)
	if len(ran) < 10 {
		t.Errorf("only %v ran with other parameters", ran)
	}
}

// Functions of one element, at every input and many scales, against the real ones.
func TestTables(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	for _, c := range []struct {
		op     nn.Op
		p      nn.Params
		f      func(x float64) float64
		within float64 // steps of the output
	}{
		{nn.Relu, nn.Params{Act: nn.ReluAct}, func(x float64) float64 { return max(x, 0) }, 1},
		{nn.Relu, nn.Params{Act: nn.Relu6Act}, func(x float64) float64 { return min(max(x, 0), 6) }, 1},
		{nn.LeakyRelu, nn.Params{Alpha: 0.3}, func(x float64) float64 { return max(x, 0.3*x) }, 1},
		{nn.HardSwish, nn.Params{}, func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 }, 1.5},
		{nn.Sigmoid, nn.Params{}, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 1},
		{nn.Tanh, nn.Params{}, math.Tanh, 1},
		{nn.Gelu, nn.Params{}, func(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }, 0.501},
		{nn.Gelu, nn.Params{TanhForm: true}, func(x float64) float64 { return x / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) }, 0.501},
	} {
		worst := 0.
		for range 100 {
			x := q("x", float32(math.Exp(r.Float64()*6-5)), r.Int32N(256)-128, 256)
			y := q("y", scale(x)*(0.2+r.Float32()*3), r.Int32N(256)-128, 256)
			switch c.op {
			case nn.Sigmoid:
				y = q("y", 1./256, -128, 256)
			case nn.Tanh:
				y = q("y", 1./128, 0, 256)
			}
			m, err := New(single(c.op, c.p, []*nn.Tensor{x}, []*nn.Tensor{y}))
			if err != nil {
				t.Fatal(err)
			}
			for b, got := range m.Plans[0].Table {
				real := c.f(float64(scale(x)) * float64(int32(int8(b))-x.Quant.Zero[0]))
				ideal := min(max(real/float64(scale(y))+float64(y.Quant.Zero[0]), -128), 127)
				worst = max(worst, math.Abs(ideal-float64(got)))
			}
		}
		if worst > c.within {
			t.Errorf("%s misses by %.2f steps", c.op, worst)
		}
	}
}
