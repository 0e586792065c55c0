package golden

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
)

// q is a tensor of int8 with a scale and zero point.
func q(name string, scale float32, zero int32, shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: name, Shape: shape, Type: nn.Int8, Quant: &nn.Quant{Scale: []float32{scale}, Zero: []int32{zero}}}
}

// weights are random, with a scale for each index along an axis, or one if axis is -1.
func weights(r *rand.Rand, axis int, shape ...int) *nn.Tensor {
	t := q("w", 0.01, 0, shape...)
	t.I8 = randomBytes(r, t.Elements())
	if axis >= 0 {
		t.Quant = &nn.Quant{Axis: axis}
		for range shape[axis] {
			t.Quant.Scale = append(t.Quant.Scale, 0.005+r.Float32()/100)
			t.Quant.Zero = append(t.Quant.Zero, 0)
		}
	}
	return t
}

// biases have the scale that the accumulators have.
func biases(r *rand.Rand, x float32, w *nn.Tensor, n int) *nn.Tensor {
	t := &nn.Tensor{Name: "b", Shape: []int{n}, Type: nn.Int32, Quant: &nn.Quant{}}
	for c := range n {
		t.I32 = append(t.I32, r.Int32N(2000)-1000)
		t.Quant.Scale = append(t.Quant.Scale, x*w.Quant.Scale[c%len(w.Quant.Scale)])
		t.Quant.Zero = append(t.Quant.Zero, 0)
	}
	return t
}

// reals are constants in float32.
func reals(r *rand.Rand, shape ...int) *nn.Tensor {
	t := &nn.Tensor{Name: "r", Shape: shape, Type: nn.Float32, F32: make([]float32, nn.Elements(shape))}
	for i := range t.F32 {
		t.F32[i] = float32(r.NormFloat64())
	}
	return t
}

// single is a graph of one node whose non-constant inputs are the network's.
func single(op nn.Op, p nn.Params, in, out []*nn.Tensor) *nn.Graph {
	g := &nn.Graph{Name: "g", File: "test", Outputs: out, Nodes: []*nn.Node{{Name: "n", Op: op, In: in, Out: out, Params: p}}}
	for _, t := range in {
		if t != nil && !t.Const() {
			g.Inputs = append(g.Inputs, t)
		}
	}
	return g
}

// window is a square one of stride 2 with padding 1.
var window = nn.Window{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, After: [2]int{1, 1}}

// everyOperator has a graph for each operator, some for several of its ways, and
// the steps of the output's scale by which it may miss the real numbers.
func everyOperator(r *rand.Rand) map[nn.Op][]*nn.Graph {
	list := func(t ...*nn.Tensor) []*nn.Tensor { return t }
	x := func() *nn.Tensor { return q("x", 0.05, 3, 1, 5, 5, 4) }
	y := func(shape ...int) *nn.Tensor { return q("y", 0.1, -5, shape...) }
	same := func(shape ...int) *nn.Tensor { return q("y", 0.05, 3, shape...) }
	one := func(op nn.Op, p nn.Params, in, out []*nn.Tensor) []*nn.Graph {
		return []*nn.Graph{single(op, p, in, out)}
	}
	conv, grouped, depth, transposed := weights(r, 0, 6, 3, 3, 4), weights(r, -1, 6, 3, 3, 2), weights(r, 3, 1, 3, 3, 8), weights(r, 0, 3, 3, 3, 4)
	fully, each := weights(r, -1, 7, 100), weights(r, 0, 7, 100)
	pads := [][2]int{{0, 0}, {1, 0}, {0, 2}, {0, 0}}
	floats := &nn.Tensor{Name: "f", Shape: []int{1, 5, 5, 4}, Type: nn.Float32}
	bytes := &nn.Tensor{Name: "u", Shape: []int{1, 5, 5, 4}, Type: nn.UInt8, Quant: &nn.Quant{Scale: []float32{0.05}, Zero: []int32{131}}}
	return map[nn.Op][]*nn.Graph{
		nn.Conv: {
			single(nn.Conv, nn.Params{Window: window, Groups: 1, Act: nn.Relu6Act}, list(x(), conv, biases(r, 0.05, conv, 6)), list(q("y", 0.04, -100, 1, 3, 3, 6))),
			single(nn.Conv, nn.Params{Window: window, Groups: 2}, list(x(), grouped, nil), list(y(1, 3, 3, 6))),
		},
		nn.Depthwise:      one(nn.Depthwise, nn.Params{Window: window, Multiplier: 2, Act: nn.ReluAct}, list(x(), depth, biases(r, 0.05, depth, 8)), list(y(1, 3, 3, 8))),
		nn.TransposedConv: one(nn.TransposedConv, nn.Params{Window: window}, list(x(), transposed, biases(r, 0.05, transposed, 3)), list(y(1, 9, 9, 3))),
		nn.FullyConnected: {
			single(nn.FullyConnected, nn.Params{Act: nn.ReluN1To1Act}, list(x(), fully, biases(r, 0.05, fully, 7)), list(q("y", 0.01, 10, 1, 7))),
			single(nn.FullyConnected, nn.Params{}, list(x(), each), list(y(1, 7))),
		},
		nn.MatMul: {
			single(nn.MatMul, nn.Params{TransposeB: true}, list(q("a", 0.05, 1, 2, 3, 8), q("b", 0.04, -9, 2, 5, 8)), list(y(2, 3, 5))),
			single(nn.MatMul, nn.Params{}, list(q("a", 0.05, 1, 3, 8), q("b", 0.04, -9, 8, 5)), list(y(3, 5))),
		},
		nn.AveragePool: one(nn.AveragePool, nn.Params{Window: window, Act: nn.ReluAct}, list(x()), list(same(1, 3, 3, 4))),
		nn.MaxPool:     one(nn.MaxPool, nn.Params{Window: window}, list(x()), list(same(1, 3, 3, 4))),
		nn.Mean: {
			single(nn.Mean, nn.Params{Axes: []int{1, 2}, KeepDims: true}, list(x()), list(q("y", 0.03, 7, 1, 1, 1, 4))),
			single(nn.Mean, nn.Params{Axes: []int{3}}, list(x()), list(same(1, 5, 5))),
		},
		nn.Add: {
			single(nn.Add, nn.Params{Act: nn.ReluAct}, list(x(), q("z", 0.07, -20, 1, 5, 5, 4)), list(y(1, 5, 5, 4))),
			single(nn.Add, nn.Params{}, list(q("z", 0.07, -20, 4), x()), list(y(1, 5, 5, 4))),
		},
		nn.Sub:     one(nn.Sub, nn.Params{}, list(q("z", 0.07, -20, 5, 1, 1), x()), list(y(1, 5, 5, 4))),
		nn.Mul:     one(nn.Mul, nn.Params{}, list(x(), q("z", 0.02, -20, 1, 1, 5, 1)), list(y(1, 5, 5, 4))),
		nn.Concat:  one(nn.Concat, nn.Params{Axis: 2}, list(x(), same(1, 5, 2, 4)), list(same(1, 5, 7, 4))),
		nn.Split:   one(nn.Split, nn.Params{Axis: 3}, list(x()), list(same(1, 5, 5, 1), same(1, 5, 5, 3))),
		nn.Slice:   one(nn.Slice, nn.Params{Begin: []int{0, 4, 1, 0}, Step: []int{1, -2, 1, 3}}, list(x()), list(same(1, 3, 4, 2))),
		nn.Pad:     one(nn.Pad, nn.Params{Pads: pads}, list(x()), list(same(1, 6, 7, 4))),
		nn.Reshape: one(nn.Reshape, nn.Params{}, list(x()), list(same(10, 10))),
		nn.Transpose: one(nn.Transpose, nn.Params{Perm: []int{0, 3, 1, 2}}, list(x()),
			list(same(1, 4, 5, 5))),
		nn.Softmax: {
			single(nn.Softmax, nn.Params{Axis: 3, Beta: 1}, list(x()), list(q("y", 1./256, -128, 1, 5, 5, 4))),
			single(nn.Softmax, nn.Params{Axis: 1, Beta: 0.5}, list(q("x", 0.2, 30, 1, 100)), list(q("y", 1./256, -128, 1, 100))),
		},
		nn.Relu: {
			single(nn.Relu, nn.Params{Act: nn.ReluAct}, list(x()), list(y(1, 5, 5, 4))),
			single(nn.Relu, nn.Params{Act: nn.Relu6Act}, list(x()), list(same(1, 5, 5, 4))),
		},
		nn.LeakyRelu: one(nn.LeakyRelu, nn.Params{Alpha: 0.1}, list(x()), list(y(1, 5, 5, 4))),
		nn.HardSwish: one(nn.HardSwish, nn.Params{}, list(x()), list(y(1, 5, 5, 4))),
		nn.Sigmoid:   one(nn.Sigmoid, nn.Params{}, list(x()), list(q("y", 1./256, -128, 1, 5, 5, 4))),
		nn.Tanh:      one(nn.Tanh, nn.Params{}, list(x()), list(q("y", 1./128, 0, 1, 5, 5, 4))),
		nn.Gelu: {
			single(nn.Gelu, nn.Params{}, list(x()), list(q("y", 0.03, -120, 1, 5, 5, 4))),
			single(nn.Gelu, nn.Params{TanhForm: true}, list(x()), list(y(1, 5, 5, 4))),
		},
		nn.LayerNorm: {
			single(nn.LayerNorm, nn.Params{Axis: 3, Epsilon: 1e-5}, list(x(), reals(r, 4), reals(r, 4)), list(q("y", 0.02, -5, 1, 5, 5, 4))),
			single(nn.LayerNorm, nn.Params{Axis: 1, Epsilon: 0.5}, list(q("x", 0.05, 3, 7, 99), nil, reals(r, 99)), list(y(7, 99))),
			single(nn.LayerNorm, nn.Params{Axis: 0}, list(q("x", 0.05, 3, 1000)), list(y(1000))),
		},
		nn.Gather: {
			single(nn.Gather, nn.Params{}, list(weights(r, -1, 7, 3), &nn.Tensor{Name: "i", Shape: []int{5, 2}, Type: nn.Int32}), list(q("y", 0.01, 0, 5, 2, 3))),
			single(nn.Gather, nn.Params{}, list(reals(r, 7, 3), &nn.Tensor{Name: "i", Shape: []int{4}, Type: nn.Int32}), list(&nn.Tensor{Name: "y", Shape: []int{4, 3}, Type: nn.Float32})),
		},
		nn.ResizeNearest: one(nn.ResizeNearest, nn.Params{HalfPixel: true}, list(x()), list(same(1, 8, 3, 4))),
		nn.Quantize: {
			single(nn.Quantize, nn.Params{}, list(floats), list(y(1, 5, 5, 4))),
			single(nn.Quantize, nn.Params{}, list(bytes), list(y(1, 5, 5, 4))),
			single(nn.Quantize, nn.Params{}, list(x()), list(bytes)),
		},
		nn.Dequantize: one(nn.Dequantize, nn.Params{}, list(bytes), list(floats)),
	}
}

// random fills a tensor of an activation's type.
func random(r *rand.Rand, t *nn.Tensor) Value {
	v := NewValue(t.Type, t.Elements())
	copy(v.I8, randomBytes(r, len(v.I8)))
	for i := range v.U8 {
		v.U8[i] = byte(r.Uint32())
	}
	for i := range v.I32 {
		v.I32[i] = r.Int32N(12) - 2 // beyond the tables, too
	}
	for i := range v.F32 {
		v.F32[i] = r.Float32()*20 - 10
	}
	return v
}

// Every operator computes, but for rounding, what the float reference says.
func TestEveryOperatorAgainstFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	all := everyOperator(r)
	for op := nn.Conv; op <= nn.Dequantize; op++ {
		if len(all[op]) == 0 {
			t.Errorf("there is no case of %s", op)
		}
		for _, g := range all[op] {
			t.Run(op.String(), func(t *testing.T) {
				m, err := New(g)
				if err != nil {
					t.Fatal(err)
				}
				for range 20 {
					var in []Value
					var reals [][]float32
					for _, x := range g.Inputs {
						v := random(r, x)
						in, reals = append(in, v), append(reals, Real(x, v))
					}
					got, err := m.Run(t.Context(), in...)
					if err != nil {
						t.Fatal(err)
					}
					want, err := Float(t.Context(), g, nil, reals...)
					if err != nil {
						t.Fatal(err)
					}
					for i, y := range g.Outputs {
						compare(t, y, got[i], want[i])
					}
				}
			})
		}
	}
}

// compare allows one step of the output's scale, and saturation.
func compare(t *testing.T, y *nn.Tensor, got Value, want []float32) {
	t.Helper()
	least, most, step := math.Inf(-1), math.Inf(1), 1e-6
	if y.Quant != nil {
		step = float64(scale(y))
		least, most = step*float64(-128-y.Quant.Zero[0]), step*float64(127-y.Quant.Zero[0])
		if y.Type == nn.UInt8 {
			least, most = step*float64(-y.Quant.Zero[0]), step*float64(255-y.Quant.Zero[0])
		}
	}
	for i, v := range Real(y, got) {
		if w := min(max(float64(want[i]), least), most); math.Abs(float64(v)-w) > 1.01*step {
			t.Fatalf("element %d of %s is %v, the real number %v", i, y, v, w)
		}
	}
}

// What moves elements, by hand: the float reference uses the same kernels.
func TestMoves(t *testing.T) {
	x := func(shape ...int) *nn.Tensor { return q("x", 1, -7, shape...) }
	for _, c := range []struct {
		op      nn.Op
		p       nn.Params
		in, out []*nn.Tensor
		want    [][]int8 // the inputs count up through all of them
	}{
		{nn.Concat, nn.Params{Axis: 1}, []*nn.Tensor{x(2, 2), x(2, 1)}, []*nn.Tensor{x(2, 3)}, [][]int8{{0, 1, 4, 2, 3, 5}}},
		{nn.Concat, nn.Params{Axis: 0}, []*nn.Tensor{x(1, 2), x(2, 2)}, []*nn.Tensor{x(3, 2)}, [][]int8{{0, 1, 2, 3, 4, 5}}},
		{nn.Split, nn.Params{Axis: 1}, []*nn.Tensor{x(2, 3)}, []*nn.Tensor{x(2, 1), x(2, 2)}, [][]int8{{0, 3}, {1, 2, 4, 5}}},
		{nn.Slice, nn.Params{Begin: []int{1, 2}, Step: []int{-1, 1}}, []*nn.Tensor{x(2, 4)}, []*nn.Tensor{x(2, 2)}, [][]int8{{6, 7, 2, 3}}},
		{nn.Pad, nn.Params{Pads: [][2]int{{0, 1}, {1, 0}}}, []*nn.Tensor{x(1, 2)}, []*nn.Tensor{x(2, 3)}, [][]int8{{-7, 0, 1, -7, -7, -7}}},
		{nn.Reshape, nn.Params{}, []*nn.Tensor{x(2, 2)}, []*nn.Tensor{x(4)}, [][]int8{{0, 1, 2, 3}}},
		{nn.Gather, nn.Params{}, []*nn.Tensor{{Name: "t", Shape: []int{2, 2}, I8: []int8{5, 6, 7, 8}, Quant: x().Quant}, {Name: "i", Shape: []int{3}, Type: nn.Int32}}, []*nn.Tensor{x(3, 2)}, [][]int8{{5, 6, 7, 8, 7, 8}}},
		{nn.Transpose, nn.Params{Perm: []int{2, 0, 1}}, []*nn.Tensor{x(1, 2, 3)}, []*nn.Tensor{x(3, 1, 2)}, [][]int8{{0, 3, 1, 4, 2, 5}}},
		{nn.ResizeNearest, nn.Params{}, []*nn.Tensor{x(1, 1, 3, 1)}, []*nn.Tensor{x(1, 1, 5, 1)}, [][]int8{{0, 0, 1, 1, 2}}},
		{nn.ResizeNearest, nn.Params{HalfPixel: true}, []*nn.Tensor{x(1, 1, 3, 1)}, []*nn.Tensor{x(1, 1, 5, 1)}, [][]int8{{0, 0, 1, 2, 2}}},
		{nn.ResizeNearest, nn.Params{AlignCorners: true}, []*nn.Tensor{x(1, 1, 3, 1)}, []*nn.Tensor{x(1, 2, 4, 1)}, [][]int8{{0, 1, 1, 2, 0, 1, 1, 2}}},
	} {
		g := single(c.op, c.p, c.in, c.out)
		m, err := New(g)
		if err != nil {
			t.Errorf("%s: %v", c.op, err)
			continue
		}
		var in []Value
		next := int8(0)
		for _, x := range g.Inputs {
			v := NewValue(x.Type, x.Elements())
			for i := range v.I32 {
				v.I32[i] = int32(i)
			}
			for i := range v.I8 {
				v.I8[i] = next
				next++
			}
			in = append(in, v)
		}
		out, err := m.Run(t.Context(), in...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if !slices.Equal(out[i].I8, want) {
				t.Errorf("%s: output %d is %v, want %v", c.op, i, out[i].I8, want)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	small := q("y", 1e-9, 0, 2)
	for _, c := range []struct {
		graph *nn.Graph
		want  string
	}{
		{single(nn.Tanh, nn.Params{}, []*nn.Tensor{q("x", 1, 0, 2)}, []*nn.Tensor{q("y", 1, 0, 2)}), "tanh"},
		{single(nn.Add, nn.Params{}, []*nn.Tensor{q("x", 1, 0, 2), q("z", 1, 0, 2)}, []*nn.Tensor{small}), "millionth"},
		{single(nn.HardSwish, nn.Params{}, []*nn.Tensor{q("x", 1, 0, 2)}, []*nn.Tensor{small}), "too small"},
		{single(nn.Softmax, nn.Params{Beta: 1}, []*nn.Tensor{q("x", 1e-9, 0, 2)}, []*nn.Tensor{q("y", 1./256, -128, 2)}), "range"},
		{single(nn.Sigmoid, nn.Params{}, []*nn.Tensor{q("x", 1e30, 0, 2)}, []*nn.Tensor{q("y", 1./256, -128, 2)}), "range"},
		{single(nn.Relu, nn.Params{Act: nn.ReluAct}, []*nn.Tensor{q("x", 1, 0, 2)}, []*nn.Tensor{q("y", 1, 0, 3)}), "relu"},
		{single(nn.LayerNorm, nn.Params{Axis: 0}, []*nn.Tensor{q("x", 1, 0, 2)}, []*nn.Tensor{q("y", 1e-12, 0, 2)}), "too large beside the scale"},
		{single(nn.LayerNorm, nn.Params{Axis: 0}, []*nn.Tensor{q("x", 1, 0, 8193)}, []*nn.Tensor{q("y", 1, 0, 8193)}), "8192 at most"},
		{single(nn.LayerNorm, nn.Params{Axis: 0, Epsilon: 1e30}, []*nn.Tensor{q("x", 1e-6, 0, 2)}, []*nn.Tensor{q("y", 1, 0, 2)}), "epsilon 1e+30 is too large"},
	} {
		if _, err := New(c.graph); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "test: ") {
			t.Errorf("%s: the error is %v, want one of %q that names the file", c.graph.Nodes[0].Op, err, c.want)
		}
	}
	m, err := New(single(nn.Reshape, nn.Params{}, []*nn.Tensor{q("x", 1, 0, 2)}, []*nn.Tensor{q("y", 1, 0, 2)}))
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range [][]Value{nil, {{I8: make([]int8, 3)}}, {{F32: make([]float32, 2)}}} {
		if _, err := m.Run(t.Context(), in...); err == nil || !strings.Contains(err.Error(), "input") {
			t.Errorf("inputs %v: the error is %v", in, err)
		}
	}
	if _, err := FromBytes(nn.Int32, make([]byte, 5)); err == nil {
		t.Error("5 bytes became int32")
	}
}
