package onnx

import (
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// quantisedConv is a network of one convolution in QDQ: 2 to 1 channels, uint8
// activations, and weights of the type and zero point.
func quantisedConv(n *net, weights, zero int32) {
	x := n.quantised(n.in(1, 2, 1, 2), typeUint8, 128, 0.5)
	w := n.bytes8(weights, []int{1, 2, 1, 1}, 3+zero, -2+zero)
	w = n.op("DequantizeLinear", []string{w, n.number(0.25), n.zero(weights, zero)})
	b := n.constant(i32(7))
	b = n.op("DequantizeLinear", []string{b, n.number(0.125)})
	y := n.op("Relu", []string{n.op("Conv", []string{x, w, b})})
	n.quantised(y, typeUint8, 0, 0.25)
}

// TestQDQ runs a convolution in integers and in real numbers.
func TestQDQ(t *testing.T) {
	for _, c := range []struct{ typ, zero int32 }{{typeInt8, 0}, {typeUint8, 128}} {
		n := newNet(13)
		quantisedConv(n, c.typ, c.zero)
		g := mustImport(t, n)
		want := "quantize conv dequantize"
		if got := kindsOf(g); got != want {
			t.Fatalf("nodes %s, want %s", got, want)
		}
		conv := g.Nodes[1]
		x, w, b, y := conv.In[0], conv.In[1], conv.In[2], conv.Out[0]
		if x.Quant.Zero[0] != 0 || y.Quant.Zero[0] != -128 || w.Quant.Zero[0] != 0 || !slices.Equal(w.I8, []int8{3, -2}) || !slices.Equal(b.I32, []int32{7}) || conv.Act != nn.ReluAct {
			t.Errorf("zero points %v, %v, weights %v, bias %v, activation %s", x.Quant.Zero, y.Quant.Zero, w.I8, b.I32, conv.Act)
		}
		m, err := golden.New(g)
		if err != nil {
			t.Fatal(err)
		}
		// NHWC: at the first place 1 and 2, at the second -4 and 4.
		out, err := m.Run(t.Context(), golden.Value{F32: []float32{1, 2, -4, 4}})
		if err != nil {
			t.Fatal(err)
		}
		// 1*0.75 - 2*0.5 + 0.875 = 0.625, a half between steps; -4*0.75 - 4*0.5 + 0.875 < 0.
		if got := out[0].F32; !slices.Equal(got, []float32{0.75, 0}) {
			t.Errorf("got %v", got)
		}
	}
}

func kindsOf(g *nn.Graph) string {
	var out []string
	for _, n := range g.Nodes {
		out = append(out, n.Op.String())
	}
	return strings.Join(out, " ")
}

// quantisedCases are what becomes of operators between DequantizeLinear and
// QuantizeLinear, and of ONNX Runtime's on integers.
var quantisedCases = []struct {
	name  string
	build func(n *net)
	want  string
}{
	{"scales that results must have", func(n *net) {
		x := n.quantised(n.in(1, 4), typeInt8, 0, 0.5)
		n.quantised(n.op("Softmax", []string{x}), typeInt8, -128, 1.0/256)
		n.quantised(n.op("Tanh", []string{x}), typeUint8, 120, 1.0/120)
	}, "quantize softmax dequantize tanh quantize dequantize"},
	{"moves do not rescale", func(n *net) {
		x := n.quantised(n.in(1, 2, 4, 4), typeInt8, 3, 0.5)
		y := n.quantised(n.op("MaxPool", []string{x}, "kernel_shape", []int{2, 2}), typeInt8, 3, 0.5)
		y = n.quantised(n.op("Transpose", []string{y}, "perm", []int{0, 1, 3, 2}), typeInt8, 3, 0.5)
		n.quantised(n.op("Flatten", []string{y}), typeInt8, 3, 0.25)
	}, "quantize max_pool quantize reshape transpose reshape dequantize"},
	{"a concatenation rescales before", func(n *net) {
		x, y := n.quantised(n.in(1, 2), typeInt8, 3, 0.5), n.quantised(n.in(1, 2), typeInt8, 3, 0.25)
		n.quantised(n.op("Concat", []string{x, y}, "axis", 1), typeInt8, 3, 0.5)
	}, "quantize quantize quantize concat dequantize"},
	{"what is not quantised behind stays real", func(n *net) {
		x := n.quantised(n.in(1, 2), typeInt8, 3, 0.5)
		w := n.op("DequantizeLinear", []string{n.bytes8(typeInt8, []int{2, 2}, 1, 2, 3, 4), n.number(0.5), n.zero(typeInt8, 1)})
		n.op("MatMul", []string{x, w})
	}, "quantize dequantize fully_connected"},
	{"numbers are exact", func(n *net) {
		x := n.quantised(n.in(1, 2), typeInt8, 3, 0.5)
		n.quantised(n.op("Div", []string{x, n.number(-8)}), typeInt8, 3, 0.5)
	}, "quantize mul dequantize"},
	{"hard swish through quantisation", func(n *net) {
		x := n.quantised(n.in(1, 2), typeInt8, 3, 0.5)
		h := n.quantised(n.op("HardSigmoid", []string{x}, "alpha", float32(1)/6), typeInt8, -128, 1.0/255)
		n.quantised(n.op("Mul", []string{x, h}), typeInt8, 3, 0.5)
	}, "quantize hard_swish dequantize"},
	{"normalisation that is not quantised is exact all the same", func(n *net) {
		x := n.quantised(n.in(1, 3, 2, 2), typeInt8, 3, 0.5)
		y := n.op("BatchNormalization", []string{x, n.weights(3), n.weights(3), n.weights(3), n.reals(1, 2, 3)})
		y = n.quantised(n.op("Relu", []string{y}), typeInt8, -128, 0.25)
		n.quantised(n.op("Sub", []string{n.weights(3, 1, 1), y}), typeInt8, 3, 0.25)
	}, "quantize depthwise depthwise dequantize"},
	{"limits that the integers have anyway", func(n *net) {
		x := n.quantised(n.in(1, 2, 2, 2), typeUint8, 100, 0.25)
		y := n.quantised(n.op("HardSigmoid", []string{x}, "alpha", float32(0.125)), typeUint8, 0, 1.0/255)
		y = n.op("Clip", []string{n.op("Mul", []string{y, y}), n.number(0), n.number(0.75)})
		n.quantised(y, typeInt8, -128, 0.75/255)
	}, "quantize depthwise mul dequantize"},
	{"limits that the integers do not have", func(n *net) {
		x := n.quantised(n.in(1, 2, 2, 2), typeUint8, 100, 0.25)
		n.quantised(n.op("HardSigmoid", []string{x}), typeUint8, 0, 2.0/255)
	}, "quantize dequantize depthwise depthwise quantize dequantize"},
	{"integers at the edges", func(n *net) {
		x := n.typed(typeUint8, 1, 2, 4, 4)
		s, z := n.number(0.5), n.zero(typeUint8, 7)
		y := n.op("Relu", []string{n.op("DequantizeLinear", []string{n.op("MaxPool", []string{x}, "kernel_shape", []int{2, 2}), s, z})})
		n.op("QuantizeLinear", []string{y, s, z})
	}, "quantize max_pool relu quantize"},
	{"layer normalisation and GELU", func(n *net) {
		x := n.quantised(n.in(1, 3, 4), typeUint8, 128, 0.25)
		gain := n.op("DequantizeLinear", []string{n.bytes8(typeInt8, []int{4}, 64, 100, 127, -20), n.number(0.01), n.zero(typeInt8, 0)})
		bias := n.op("DequantizeLinear", []string{n.constant(i32(5, 6, 7, 8)), n.number(0.1)})
		y := n.quantised(n.op("LayerNormalization", []string{x, gain, bias}), typeUint8, 128, 0.25)
		n.quantised(n.op("Gelu", []string{y}), typeUint8, 10, 0.25)
	}, "quantize layer_norm gelu dequantize"},
	{"parts of layer normalisation and of GELU", func(n *net) {
		x := n.quantised(n.in(1, 3, 4), typeInt8, 0, 0.25)
		at := len(n.g.Node)
		n.act("half first", n.norm("pow", x, 4))
		list := n.g.Node[at:]
		n.g.Node = n.g.Node[:at:at]
		renamed := map[string]string{}
		for _, o := range list {
			for i, name := range o.Input {
				if to := renamed[name]; to != "" {
					o.Input[i] = to
				}
			}
			n.g.Node = append(n.g.Node, o)
			renamed[o.Output[0]] = n.quantised(o.Output[0], typeInt8, 0, 0.25)
		}
	}, "quantize layer_norm gelu dequantize"},
	{"a class token that is real", func(n *net) {
		x := n.quantised(n.in(1, 3, 4), typeInt8, 0, 0.25)
		n.quantised(n.op("Concat", []string{n.weights(1, 1, 4), x}, "axis", 1), typeInt8, 0, 0.25)
	}, "quantize concat dequantize"},
	{"rows of integers", func(n *net) {
		table := n.op("DequantizeLinear", []string{n.bytes8(typeUint8, []int{3, 2}, 1, 2, 3, 4, 250, 6), n.number(0.25), n.zero(typeUint8, 3)})
		y := n.quantised(n.op("Gather", []string{table, n.typed(typeInt32, 2)}), typeUint8, 3, 0.25)
		n.quantised(n.op("Add", []string{y, y}), typeUint8, 3, 0.5)
	}, "gather add dequantize"},
	{"scores with a factor that is quantised", func(n *net) {
		x := n.quantised(n.in(1, 3, 4), typeInt8, 0, 0.25)
		y := n.quantised(n.op("MatMul", []string{x, n.op("Transpose", []string{x}, "perm", []int{0, 2, 1})}), typeInt8, 0, 0.5)
		y = n.quantised(n.op("Mul", []string{y, n.number(0.25)}), typeInt8, 0, 0.125)
		n.quantised(n.op("Softmax", []string{y}), typeInt8, -128, 1.0/256)
	}, "quantize matmul softmax dequantize"},
	{"queries, keys and values of integers", func(n *net) {
		x := n.quantised(n.in(1, 3, 4), typeInt8, 0, 0.25)
		w := n.op("DequantizeLinear", []string{n.bytes8(typeInt8, []int{4, 6}, noise8(24)...), n.reals(0.01, 0.02, 0.01, 0.01, 0.03, 0.01), n.bytes8(typeInt8, []int{6}, 0, 0, 0, 0, 0, 0)}, "axis", 1)
		b := n.op("DequantizeLinear", []string{n.constant(i32(5, 6, 7, 8, 9, 10)), n.number(0.0025)})
		y := n.quantised(n.op("Add", []string{n.op("MatMul", []string{x, w}), b}), typeInt8, 0, 0.25)
		p := n.ops("Split", 3, []string{y}, "axis", 2)
		for _, y := range p {
			n.quantised(n.op("Relu", []string{y}), typeInt8, 0, 0.25)
		}
	}, "quantize fully_connected fully_connected fully_connected relu dequantize relu dequantize relu dequantize"},
	{"QLinearConv, per channel", func(n *net) {
		s, z := n.number(0.5), n.zero(typeUint8, 128)
		x := n.op("QuantizeLinear", []string{n.in(1, 2, 3, 3), s, z})
		w := n.bytes8(typeInt8, []int{2, 2, 1, 1}, 1, 2, 3, 4)
		y := n.op("QLinearConv", []string{x, s, z, w, n.reals(0.5, 0.25), n.bytes8(typeInt8, []int{2}, 0, 0), s, z, n.constant(i32(5, 6))})
		y = n.op("com.microsoft.QLinearGlobalAveragePool", []string{y, s, z, s, z}, "channels_last", 0)
		y = n.op("com.microsoft.QLinearAdd", []string{y, s, z, y, s, z, s, z})
		y = n.op("com.microsoft.QLinearConcat", []string{s, z, y, s, z, y, s, z}, "axis", 1)
		y = n.op("com.microsoft.QLinearLeakyRelu", []string{y, s, z, s, z}, "alpha", float32(0.5))
		y = n.op("com.microsoft.QLinearSigmoid", []string{y, s, z, s, z})
		n.op("DequantizeLinear", []string{y, s, z})
	}, "quantize conv mean add concat leaky_relu sigmoid quantize dequantize"},
	{"QGemm, QLinearMatMul", func(n *net) {
		s, z, zero := n.number(0.5), n.zero(typeInt8, 1), n.zero(typeInt8, 0)
		x := n.op("QuantizeLinear", []string{n.in(1, 2), s, z})
		w := n.bytes8(typeInt8, []int{2, 2}, 1, 2, 3, 4)
		y := n.op("com.microsoft.QGemm", []string{x, s, z, w, s, zero, n.constant(i32(5, 6)), s, z}, "transB", 1)
		y = n.op("QLinearMatMul", []string{y, s, z, w, n.reals(0.5, 0.25), n.bytes8(typeInt8, []int{2}, 0, 0), s, z})
		y = n.op("com.microsoft.QLinearMul", []string{y, s, z, y, s, z, s, z})
		y = n.op("com.microsoft.QLinearSoftmax", []string{y, s, z, s, z}, "axis", -1, "opset", 13)
		n.op("DequantizeLinear", []string{y, s, z})
	}, "quantize fully_connected fully_connected mul softmax quantize dequantize"},
}

func TestQuantised(t *testing.T) {
	for _, c := range quantisedCases {
		t.Run(c.name, func(t *testing.T) {
			n := newNet(13)
			c.build(n)
			g := mustImport(t, n)
			if got := kindsOf(g); got != c.want {
				t.Errorf("got  %s\nwant %s\n%s", got, c.want, render(g))
			}
			m, err := golden.New(g)
			if err != nil {
				t.Fatal(err)
			}
			near(t, g, m)
		})
	}
}

// near compares a network in integers with the same graph in real numbers, on
// inputs within the ranges of the cases above.
func near(t *testing.T, g *nn.Graph, m *golden.Machine) {
	var ints []golden.Value
	var reals [][]float32
	for _, x := range g.Inputs {
		v := golden.NewValue(x.Type, x.Elements())
		f := make([]float32, x.Elements())
		for i := range f {
			f[i] = float32(i%7) - 3
			if x.Type == nn.Int32 {
				v.I32[i] = int32(i)
				f[i] = float32(i)
			} else if x.Type == nn.UInt8 {
				v.U8[i] = uint8(i * 5)
				f[i] = (float32(v.U8[i]) - float32(x.Quant.Zero[0])) * x.Quant.Scale[0]
			} else {
				v.F32[i] = f[i]
			}
		}
		ints, reals = append(ints, v), append(reals, f)
	}
	got, err := m.Run(t.Context(), ints...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := golden.Float(t.Context(), g, nil, reals...)
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range g.Outputs {
		for k, w := range want[i] {
			v := float32(0)
			if y.Type == nn.UInt8 {
				v = (float32(got[i].U8[k]) - float32(y.Quant.Zero[0])) * y.Quant.Scale[0]
			} else {
				v = got[i].F32[k]
			}
			if d := v - w; d > 0.51 || d < -0.51 { // two steps of 0.25, or one of 0.5
				t.Errorf("output %d, element %d: %v in integers, %v in real numbers", i, k, v, w)
			}
		}
	}
}

// noise8 is n integers of int8.
func noise8(n int) []int32 {
	out := make([]int32, n)
	for i, v := range noise(n, 1, 127) {
		out[i] = int32(v)
	}
	return out
}
