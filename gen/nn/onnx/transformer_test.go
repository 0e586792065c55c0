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
	{"PyTorch's multi-head attention", 13, func(n *net) {
		s := sizes{5, 8, 2, 4, 8}
		x := n.op("Transpose", []string{n.in(1, 5, 8)}, "perm", []int{1, 0, 2})
		x = n.norm("pow", n.op("Add", []string{x, n.multihead(x, s)}), s.dim)
		n.op("Transpose", []string{x}, "perm", []int{1, 0, 2})
	}, [][]float32{noise(40, 5, 1)}, "fully_connected fully_connected fully_connected reshape reshape reshape transpose transpose matmul " +
		"softmax transpose matmul transpose reshape fully_connected reshape add layer_norm", []float32{
		-0.1072782, 0.065708511, 0.21179986, -0.047102332, 0.20758906, 0.068157881, -0.91614097, 0.13135518, -0.10714065, 0.10226721,
		0.21341445, -0.80946666, 0.24092272, 0.24769513, -1.0019282, 0.19386874, -0.12853731, 0.061602052, 0.31366646, -1.1854846,
		0.015549198, 0.1194394, -1.0028415, 0.14330822, -0.16057691, 0.082881398, 0.35592467, -0.3481794, -0.094950818, 0.021777794,
		0.13694268, 0.19800141, -0.20884684, 0.053226225, -0.015780866, -0.78121567, -0.1616894, 0.19519112, -0.092563629, 0.1615596,
	}},
	{"heads unbound, ONNX Runtime's operators", 13, func(n *net) {
		s := sizes{5, 6, 3, 2, 8}
		x := n.in(1, 5, 6)
		y := n.layer(n.attend("before", "", n.heads("unbind", x, s), s), 6, 6)
		x = n.op("com.microsoft.SkipLayerNormalization", []string{y, x, n.soft(6), n.soft(6)}, "epsilon", float32(1e-5))
		y = n.op("com.microsoft.Attention", []string{x, n.soft(6, 18), n.soft(18)}, "num_heads", 3)
		x = n.op("com.microsoft.FastGelu", []string{n.op("Add", []string{x, y}), n.soft(6)})
		n.op("com.microsoft.Gelu", []string{n.op("com.microsoft.BiasGelu", []string{x, n.soft(6)})})
	}, [][]float32{noise(30, 6, 1)}, "fully_connected fully_connected fully_connected reshape reshape transpose reshape transpose matmul softmax reshape transpose reshape matmul reshape transpose reshape fully_connected add layer_norm " +
		"fully_connected fully_connected fully_connected reshape reshape reshape transpose transpose matmul softmax transpose matmul reshape transpose reshape add add gelu add gelu gelu", []float32{
		0.63038599, 0.37294272, -0.071755297, -0.060737841, -0.021887023, 0.089867555, 1.1928608, 0.078002557, -0.072035447, -0.059515171,
		-0.020146698, 0.094264112, 0.36941788, 0.077789553, -0.072107367, -0.061143864, -0.021062031, 0.14103264, 0.35660845, 0.20398998,
		-0.070864096, -0.060425706, -0.021898026, 0.12407148, 1.3088692, 0.29889596, -0.034475982, -0.060851213, -0.021617919, 0.090346053,
	}},
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

// TestTransposes counts what moves elements around attention: nothing with one head,
// and with more the four that separate heads and join them again, whatever the form.
func TestTransposes(t *testing.T) {
	for _, qkv := range []string{"gather", "unbind", "split", "layers"} {
		for _, scale := range []string{"before", "behind", "both"} {
			for _, heads := range []int{1, 2} {
				n := newNet(14)
				s := sizes{5, 8, heads, 4, 12}
				x := n.encoder(n.in(1, 5, 8), s, qkv, scale, "", "pow", "half last", true)
				n.encoder(x, s, qkv, scale, "", "operator", "operator", false)
				count := map[nn.Op]int{}
				for _, m := range mustImport(t, n).Nodes {
					count[m.Op]++
				}
				if want := 8 * (heads - 1); count[nn.Transpose] != want {
					t.Errorf("%s, %s, %d heads: %d transpositions, want %d", qkv, scale, heads, count[nn.Transpose], want)
				}
				if count[nn.Slice]+count[nn.Split]+count[nn.Concat]+count[nn.Mul] > 0 {
					t.Errorf("%s, %s, %d heads: nodes that are not needed: %v", qkv, scale, heads, count)
				}
			}
		}
	}
}

// TestTransformerJudgesBite damages networks in ways in which an importer may err, and
// looks whether the comparison with ONNX Runtime finds each.
func TestTransformerJudgesBite(t *testing.T) {
	for _, bug := range []struct {
		name string
		op   nn.Op
		do   func(n *nn.Node)
	}{
		{"the scale of scores lost", nn.Softmax, func(n *nn.Node) { n.Beta = 1 }},
		{"tanh in place of erf, or the other way", nn.Gelu, func(n *nn.Node) { n.TanhForm = !n.TanhForm }},
		{"the bias of a normalisation lost", nn.LayerNorm, func(n *nn.Node) { n.In = n.In[:2] }},
		{"the gain of a normalisation lost", nn.LayerNorm, func(n *nn.Node) { n.In[1] = nil }},
		{"another epsilon", nn.LayerNorm, func(n *nn.Node) { n.Epsilon = 1e-3 }},
		{"keys and values exchanged", nn.MatMul, func(n *nn.Node) {
			if n.TransposeB {
				n.In[0], n.In[1] = n.In[1], n.In[0]
			}
		}},
		{"another token picked", nn.Slice, func(n *nn.Node) { n.Begin[1] = max(1, n.Begin[1]-2) }},
		{"another row of the table", nn.Gather, func(n *nn.Node) { n.In[0].F32 = append(n.In[0].F32[6:], n.In[0].F32[:6]...) }},
	} {
		found := false
		for _, c := range transformers {
			n := newNet(c.opset)
			c.build(n)
			g := mustImport(t, n)
			damaged := false
			for _, m := range g.Nodes {
				if m.Op == bug.op {
					bug.do(m)
					damaged = true
				}
			}
			in := c.inputs[0]
			if x := g.Inputs[0]; x.NCHW {
				in = turn(t, in, []int{1, x.Shape[3], x.Shape[1], x.Shape[2]}, false)
			}
			out, err := golden.Float(t.Context(), g, nil, in)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range c.want {
				d := out[0][i] - w
				found = found || damaged && (d > 2e-5 || d < -2e-5)
			}
		}
		if !found {
			t.Errorf("%s: not found", bug.name)
		}
	}
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
