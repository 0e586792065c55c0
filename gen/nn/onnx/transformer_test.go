package onnx

import (
	"os"
	"path/filepath"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/onnx/schema"
)

// transformers are whole networks, the kinds of nodes that they become, and what ONNX
// Runtime 1.32 computes of them, with graph optimisation disabled.
var transformers = []struct {
	name   string
	opset  int64
	build  func(n *net)
	inputs [][]float32
	kinds  string
	want   []float32
}{
	{"operator set 13, as vision transformers: class token, all in parts", 13, func(n *net) {
		s := sizes{6, 8, 2, 4, 12}
		x := n.op("Transpose", []string{n.op("Reshape", []string{n.op("Conv", []string{n.in(1, 1, 4, 10), n.soft(8, 1, 4, 2), n.soft(8)}, "strides", []int{4, 2}), n.ints(1, 8, -1)})}, "perm", []int{0, 2, 1})
		x = n.op("Add", []string{n.classToken(x, s.dim), n.soft(1, s.tokens, s.dim)})
		x = n.encoder(x, s, "gather", "behind", "", "pow", "half last", true)
		n.op("Gemm", []string{n.norm("pow", n.pickFirst(x), s.dim), n.soft(3, s.dim), n.soft(3)}, "transB", 1)
	}, [][]float32{noise(40, 1, 1)}, "conv reshape concat add layer_norm fully_connected fully_connected fully_connected reshape reshape transpose reshape transpose matmul softmax reshape " +
		"transpose reshape matmul reshape transpose reshape fully_connected add layer_norm fully_connected gelu fully_connected add slice reshape layer_norm fully_connected", []float32{-0.41337577, 0.18423051, 0.83974302}},
	{"operator set 17: norms behind, split, scale before", 17, func(n *net) {
		s := sizes{5, 6, 1, 4, 8}
		x := n.encoder(n.in(1, 5, 6), s, "split", "before", "", "operator", "half first", false)
		n.op("MatMul", []string{n.op("ReduceMean", []string{x}, "axes", []int{1}, "keepdims", 0), n.soft(6, 3)})
	}, [][]float32{noise(30, 2, 2)}, "fully_connected fully_connected fully_connected reshape reshape matmul softmax reshape matmul " +
		"fully_connected add layer_norm fully_connected gelu fully_connected add layer_norm mean fully_connected", []float32{0.23794417, -0.35493737, -0.51540762}},
	{"operator set 20: roots on both sides, causal", 20, func(n *net) {
		s := sizes{5, 8, 2, 4, 8}
		x := n.encoder(n.in(1, 5, 8), s, "layers", "both", n.causal(5), "operator", "operator", true)
		n.op("Slice", []string{x, n.ints(4), n.ints(5), n.ints(1)})
	}, [][]float32{noise(40, 3, 2)}, "layer_norm fully_connected fully_connected fully_connected reshape reshape reshape transpose transpose matmul add softmax " +
		"transpose matmul reshape transpose reshape fully_connected add layer_norm fully_connected gelu fully_connected add slice", []float32{0.46449375, 1.348665, 1.7117546, 0.25886798, -1.5698833, 0.07123819, 0.71199715, -0.96188194}},
	{"embedding of tokens, BERT's tanh form", 14, func(n *net) {
		s := sizes{4, 6, 2, 3, 8}
		x := n.op("Gather", []string{n.soft(11, s.dim), n.typed(typeInt64, 1, 4)})
		x = n.op("Add", []string{n.op("Add", []string{x, n.op("Gather", []string{n.soft(2, s.dim), n.ints(0)})}), n.soft(1, s.tokens, s.dim)})
		x = n.encoder(n.norm("mul", x, s.dim), s, "layers", "behind", "", "rsqrt", "tanh by pow", false)
		n.op("Tanh", []string{n.op("Gemm", []string{n.pickFirst(x), n.soft(s.dim, 3), n.soft(3)})})
	}, [][]float32{{3, 0, 10, 7}}, "gather add add layer_norm fully_connected fully_connected fully_connected reshape reshape reshape transpose transpose matmul softmax transpose " +
		"matmul reshape transpose reshape fully_connected add layer_norm fully_connected gelu fully_connected add layer_norm slice fully_connected tanh", []float32{0.49069282, 0.11229283, 0.080564126}},
}

// TestTransformers runs whole networks.
func TestTransformers(t *testing.T) {
	for i, c := range transformers {
		t.Run(c.name, func(t *testing.T) {
			n := newNet(c.opset)
			c.build(n)
			if dir := os.Getenv("DUMP"); dir != "" {
				os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".onnx"), n.bytes(t), 0o644)
			}
			g := mustImport(t, n)
			if got := kindsOf(g); got != c.kinds {
				t.Errorf("got  %s\nwant %s\n%s", got, c.kinds, render(g))
			}
			var in []*array
			for k, v := range c.inputs {
				var shape []int
				for _, d := range n.g.Input[k].Type.TensorType.Shape.Dim {
					shape = append(shape, int(d.Value.(*schema.Dimension_DimValue).DimValue))
				}
				in = append(in, &array{typ: typeFloat, shape: shape, f: v})
			}
			agree(t, c.name, run(t, g, in...)[0], c.want, 2e-6)
		})
	}
}

// quantisedTransformers are networks in QDQ, whose operators are all in int8, and what
// ONNX Runtime makes of them.
var quantisedTransformers = []struct {
	name  string
	opset int64
	build func(n *net)
	input []float32
	kinds string
	want  []float32
}{
	{"operator set 17: norms behind, split, scale before", 17, func(n *net) {
		s := sizes{5, 6, 1, 4, 8}
		x := n.encoder(n.in(1, 5, 6), s, "split", "before", "", "operator", "half first", false)
		n.op("MatMul", []string{n.op("ReduceMean", []string{x}, "axes", []int{1}, "keepdims", 0), n.soft(6, 3)})
		n.quantise(1./32, func(kind string) bool { return kind == "Div" || kind == "Erf" })
	}, noise(30, 2, 2), "quantize fully_connected fully_connected fully_connected reshape mul reshape reshape matmul softmax reshape matmul fully_connected " +
		"add add layer_norm fully_connected add gelu fully_connected add add layer_norm mean fully_connected dequantize", []float32{0.25, -0.375, -0.5}},
	{"operator set 20: class token, scale behind, masked", 20, func(n *net) {
		s := sizes{5, 8, 2, 4, 8}
		x := n.classToken(n.in(1, 4, 8), s.dim)
		mask := n.constant(&schema.Tensor{Dims: []int64{1, 1, 1, 5}, DataType: typeFloat, FloatData: []float32{0, 0, -0.9, 0, 0}})
		x = n.encoder(x, s, "gather", "behind", mask, "operator", "operator", true)
		n.op("Slice", []string{x, n.ints(0), n.ints(1), n.ints(1)})
		n.quantise(1./32, func(kind string) bool { return kind == "Transpose" })
	}, noise(32, 3, 2), "quantize concat layer_norm fully_connected fully_connected fully_connected reshape reshape transpose reshape transpose matmul mul add softmax reshape transpose " +
		"reshape matmul reshape transpose reshape fully_connected add add layer_norm fully_connected add gelu fully_connected add add slice dequantize", []float32{-0.125, 0.71875, 0.78125, -0.5, -0.5625, 0.5, -1.09375, 0.21875}},
	{"operator set 13: embedding, quantised within norms and GELU", 13, func(n *net) {
		s := sizes{4, 6, 2, 3, 8}
		x := n.op("Gather", []string{n.soft(11, s.dim), n.typed(typeInt64, 1, 4)})
		x = n.encoder(n.op("Add", []string{x, n.soft(1, s.tokens, s.dim)}), s, "layers", "behind", "", "pow", "tanh by products", false)
		n.op("MatMul", []string{n.pickFirst(x), n.soft(s.dim, 3)})
		n.quantise(1./64, func(kind string) bool { return false })
	}, []float32{3, 0, 10, 7}, "gather quantize add fully_connected add fully_connected add fully_connected add reshape reshape reshape transpose transpose matmul softmax transpose " +
		"matmul reshape transpose reshape fully_connected add add layer_norm fully_connected add gelu fully_connected add add layer_norm slice fully_connected dequantize", []float32{-0.421875, 0.046875, 0.296875}},
}

// TestQuantisedTransformers runs them in integers, within two steps of ONNX Runtime,
// even where the file quantises within what is one operator here.
func TestQuantisedTransformers(t *testing.T) {
	for i, c := range quantisedTransformers {
		t.Run(c.name, func(t *testing.T) {
			n := newNet(c.opset)
			c.build(n)
			if dir := os.Getenv("DUMP"); dir != "" {
				os.WriteFile(filepath.Join(dir, string(rune('p'+i))+".onnx"), n.bytes(t), 0o644)
			}
			g := mustImport(t, n)
			if got := kindsOf(g); got != c.kinds {
				t.Errorf("got  %s\nwant %s\n%s", got, c.kinds, render(g))
			}
			m, err := golden.New(g)
			if err != nil {
				t.Fatal(err)
			}
			v := golden.NewValue(g.Inputs[0].Type, len(c.input))
			for k, x := range c.input {
				if g.Inputs[0].Type == nn.Int32 {
					v.I32[k] = int32(x)
				} else {
					v.F32[k] = x
				}
			}
			out, err := m.Run(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			for k, w := range c.want {
				if d := out[0].F32[k] - w; d > 2.01/32 || d < -2.01/32 {
					t.Errorf("element %d is %v, want %v", k, out[0].F32[k], w)
				}
			}
		})
	}
}
