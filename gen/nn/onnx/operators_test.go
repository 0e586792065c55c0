package onnx

import (
	"math"
	"strings"
	"testing"

	"marvelgen/gen/nn/onnx/schema"
)

// operatorCases are small networks and the graphs that they become.
var operatorCases = []struct {
	name  string
	build func(n *net)
	want  string
}{
	{"conv, batch norm, relu", func(n *net) {
		y := n.op("Conv", []string{n.in(1, 3, 8, 6), n.weights(4, 3, 3, 3)}, "pads", []int{1, 0, 1, 2}, "strides", []int{2, 1})
		y = n.op("BatchNormalization", []string{y, n.weights(4), n.weights(4), n.weights(4), n.reals(1, 2, 3, 4)})
		n.op("Relu", []string{y})
	}, `y3 conv [1 8 6 3] [4 3 3 3] [4] -> [1 4 6 4] kernel=[3 3] stride=[2 1] dilation=[1 1] before=[1 0] after=[0 2] groups=1 act=relu
`},
	{"depthwise, grouped, dilated", func(n *net) {
		y := n.op("Conv", []string{n.in(1, 4, 6, 6), n.weights(8, 1, 3, 3), n.weights(8)}, "group", 4, "auto_pad", "SAME_UPPER")
		y = n.op("Clip", []string{y, n.number(0), n.number(6)})
		n.op("Conv", []string{y, n.weights(4, 4, 3, 3)}, "group", 2, "dilations", []int{2, 2})
	}, `y4 depthwise [1 6 6 4] [1 3 3 8] [8] -> [1 6 6 8] kernel=[3 3] stride=[1 1] dilation=[1 1] before=[1 1] after=[1 1] multiplier=2 act=relu6
y9 conv [1 6 6 8] [4 3 3 4] - -> [1 2 2 4] kernel=[3 3] stride=[1 1] dilation=[2 2] before=[0 0] after=[0 0] groups=2
`},
	{"sequence", func(n *net) {
		y := n.op("Conv", []string{n.in(1, 3, 9), n.weights(4, 3, 3)}, "strides", []int{2})
		y = n.op("MaxPool", []string{y}, "kernel_shape", []int{2})
		n.op("BatchNormalization", []string{y, n.weights(4), n.weights(4), n.weights(4), n.reals(1, 2, 3, 4)})
	}, `y3_reshape reshape [1 9 3] -> [1 1 9 3]
y3 conv [1 1 9 3] [4 1 3 3] - -> [1 1 4 4] kernel=[1 3] stride=[1 2] dilation=[1 1] before=[0 0] after=[0 0] groups=1
y4 max_pool [1 1 4 4] -> [1 1 3 4] kernel=[1 2] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0]
y9 depthwise [1 1 3 4] [1 1 1 4] [4] -> [1 1 3 4] kernel=[1 1] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] multiplier=1
y9_reshape reshape [1 1 3 4] -> [1 3 4]
`},
	{"flatten before fully connected", func(n *net) {
		y := n.op("Conv", []string{n.in(1, 1, 4, 4), n.weights(2, 1, 3, 3)})
		y = n.op("Reshape", []string{y, n.ints(0, -1)})
		y = n.op("Gemm", []string{y, n.weights(5, 8), n.weights(5)}, "transB", 1)
		n.op("Softmax", []string{y})
	}, `y3 conv [1 4 4 1] [2 3 3 1] - -> [1 2 2 2] kernel=[3 3] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] groups=1
y8 fully_connected [1 2 2 2] [5 8] [5] -> [1 5]
y9 softmax [1 5] -> [1 5] axis=1 beta=1
`},
	{"shapes computed from shapes", func(n *net) {
		x := n.op("GlobalAveragePool", []string{n.in(1, 4, 3, 3)})
		s := n.op("Shape", []string{x})
		s = n.op("Slice", []string{s, n.ints(0), n.ints(1), n.ints(0)})
		s = n.op("Concat", []string{s, n.op("Neg", []string{n.op("Cast", []string{n.reals(1)}, "to", 7)})}, "axis", 0)
		x = n.op("Reshape", []string{x, s})
		n.op("MatMul", []string{x, n.op("ConstantOfShape", []string{n.op("Mul", []string{n.ints(2, 1), n.ints(2, 3)})})})
	}, `y2 mean [1 3 3 4] -> [1 1 1 4] axes=[1 2] keep=true
y17 fully_connected [1 1 1 4] [3 4] -> [1 3]
`},
	{"squeeze and excite", func(n *net) {
		x := n.op("Relu", []string{n.in(1, 4, 3, 3)})
		s := n.op("GlobalAveragePool", []string{x})
		s = n.op("Sigmoid", []string{n.op("Conv", []string{s, n.weights(4, 4, 1, 1)})})
		n.op("Mul", []string{x, s})
	}, `y2 relu [1 3 3 4] -> [1 3 3 4] act=relu
y3 mean [1 3 3 4] -> [1 1 1 4] axes=[1 2] keep=true
y5 conv [1 1 1 4] [4 1 1 4] - -> [1 1 1 4] kernel=[1 1] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] groups=1
y6 sigmoid [1 1 1 4] -> [1 1 1 4]
y7 mul [1 3 3 4] [1 1 1 4] -> [1 3 3 4]
`},
	{"hard swish in two parts", func(n *net) {
		x := n.in(1, 4)
		n.op("Mul", []string{n.op("HardSigmoid", []string{x}, "alpha", float32(1)/6, "beta", float32(0.5)), x})
	}, `y3 hard_swish [1 4] -> [1 4]
`},
	{"hard swish in four parts", func(n *net) {
		x := n.in(1, 4)
		six := n.op("Clip", []string{n.op("Add", []string{x, n.number(3)}), n.number(0), n.number(6)})
		y := n.op("Div", []string{n.op("Mul", []string{x, six}), n.number(6)})
		six = n.op("Clip", []string{n.op("Add", []string{n.number(3), y}), n.number(0), n.number(6)})
		n.op("Mul", []string{n.op("Div", []string{six, n.number(6)}), y})
	}, `y9 hard_swish [1 4] -> [1 4]
y17 hard_swish [1 4] -> [1 4]
`},
	{"not quite hard swish", func(n *net) {
		x := n.in(1, 4)
		six := n.op("Clip", []string{n.op("Add", []string{x, n.number(2)}), n.number(0), n.number(6)})
		n.op("Div", []string{n.op("Mul", []string{x, six}), n.number(6)})
	}, `y3 add [1 4] [1] -> [1 4] act=relu6
y7 mul [1 4] [1 4] -> [1 4]
y9 mul [1 4] [1] -> [1 4]
`},
	{"limits of their own", func(n *net) {
		n.op("Clip", []string{n.in(1, 4), n.number(-1), n.number(1)})
		n.op("Clip", []string{n.in(1, 4), n.number(1), n.number(3)})
	}, `y4 relu [1 4] -> [1 4] act=relu_n1_to_1
y8 add [1 4] [1] -> [1 4]
y8_2 mul [1 4] [1] -> [1 4] act=relu6
y8_3 mul [1 4] [1] -> [1 4]
y8_4 add [1 4] [1] -> [1 4]
`},
	{"normalisation before an activation", func(n *net) {
		x := n.op("MaxPool", []string{n.in(1, 3, 4, 4)}, "kernel_shape", []int{2, 2}, "strides", []int{2, 2})
		y := n.op("BatchNormalization", []string{x, n.weights(3), n.weights(3), n.weights(3), n.reals(1, 2, 3)})
		n.op("Concat", []string{x, n.op("Relu", []string{y})}, "axis", 1)
	}, `y2 max_pool [1 4 4 3] -> [1 2 2 3] kernel=[2 2] stride=[2 2] dilation=[1 1] before=[0 0] after=[0 0]
y7 depthwise [1 2 2 3] [1 1 1 3] [3] -> [1 2 2 3] kernel=[1 1] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] multiplier=1 act=relu
y9 concat [1 2 2 3] [1 2 2 3] -> [1 2 2 6] axis=3
`},
	{"attention", func(n *net) {
		x := n.in(1, 5, 4)
		head := func(perm ...int) string {
			y := n.op("Reshape", []string{n.op("MatMul", []string{x, n.weights(4, 4)}), n.ints(0, 0, 2, 2)})
			return n.op("Transpose", []string{y}, "perm", perm)
		}
		y := n.op("MatMul", []string{head(0, 2, 1, 3), head(0, 2, 3, 1)})
		n.op("Softmax", []string{n.op("Div", []string{y, n.number(2)})})
	}, `y3 fully_connected [1 5 4] [4 4] -> [1 5 4]
y6_reshape reshape [1 5 4] -> [1 5 2 2]
y8 fully_connected [1 5 4] [4 4] -> [1 5 4]
y11_reshape reshape [1 5 4] -> [1 5 2 2]
y12_transpose transpose [1 5 2 2] -> [1 2 5 2] perm=[0 2 1 3]
y12_transpose_2 transpose [1 5 2 2] -> [1 2 5 2] perm=[0 2 1 3]
y12 matmul [1 2 5 2] [1 2 5 2] -> [1 2 5 5] transpose=true
y15 softmax [1 2 5 5] -> [1 2 5 5] axis=3 beta=0.5
`},
	{"padding that counts", func(n *net) {
		n.op("AveragePool", []string{n.in(1, 2, 5, 5)}, "kernel_shape", []int{3, 3}, "strides", []int{2, 2}, "pads", []int{1, 1, 1, 1}, "count_include_pad", 1)
	}, `y2 pad [1 5 5 2] -> [1 7 7 2] pads=[[0 0] [1 1] [1 1] [0 0]]
y2_2 average_pool [1 7 7 2] -> [1 3 3 2] kernel=[3 3] stride=[2 2] dilation=[1 1] before=[0 0] after=[0 0]
`},
	{"transposed convolution, resizing", func(n *net) {
		y := n.op("ConvTranspose", []string{n.in(1, 3, 4, 4), n.weights(3, 2, 3, 3)}, "strides", []int{2, 2}, "pads", []int{1, 1, 1, 1}, "output_padding", []int{1, 1})
		n.op("Resize", []string{y, "", n.reals(1, 1, 2, 2)}, "coordinate_transformation_mode", "asymmetric", "nearest_mode", "floor")
	}, `y3 transposed_conv [1 4 4 3] [2 3 3 3] - -> [1 8 8 2] kernel=[3 3] stride=[2 2] dilation=[1 1] before=[1 1] after=[1 1]
y5 resize_nearest [1 8 8 2] -> [1 16 16 2]
`},
	{"the file has NHWC", func(n *net) {
		y := n.op("Transpose", []string{n.in(1, 4, 5, 3)}, "perm", []int{0, 3, 1, 2})
		y = n.op("Conv", []string{y, n.weights(2, 3, 1, 1)})
		n.op("Transpose", []string{y}, "perm", []int{0, 2, 3, 1})
	}, `y4 conv [1 4 5 3] [2 1 1 3] - -> [1 4 5 2] kernel=[1 1] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] groups=1
`},
	{"parts", func(n *net) {
		y := n.ops("Split", 2, []string{n.in(1, 6, 4, 4), n.ints(2, 4)}, "axis", 1)
		n.op("Pad", []string{y[0], n.ints(0, 0, 1, 0, 0, 0, 0, 2)})
		n.op("Slice", []string{y[1], n.ints(-1, 1), n.ints(-9, 3), n.ints(2, 3), n.ints(-2, 1)})
		n.op("MaxPool", []string{n.in(1, 1, 2, 2)}, "kernel_shape", []int{2, 2})
	}, `y3 split [1 6 4 4] -> [1 2 4 4] [1 4 4 4] axis=1
y6 pad [1 2 4 4] -> [1 2 5 6] pads=[[0 0] [0 0] [1 0] [0 2]]
y11 slice [1 4 4 4] -> [1 4 2 2] begin=[0 0 3 1] step=[1 1 -2 1]
y13 max_pool [1 2 2 1] -> [1 1 1 1] kernel=[2 2] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0]
`},
	{"layer normalisation in its forms", func(n *net) {
		x := n.in(1, 3, 4)
		for _, form := range []string{"pow", "rsqrt", "shifted"} {
			x = n.norm(form, x, 4)
		}
		n.op("LayerNormalization", []string{x, n.weights(3, 4)}, "axis", 1)
	}, `y14 layer_norm [1 3 4] [4] [4] -> [1 3 4] axis=2 epsilon=1e-05
y27 layer_norm [1 3 4] [4] [4] -> [1 3 4] axis=2 epsilon=1e-05
y42 layer_norm [1 3 4] [4] [4] -> [1 3 4] axis=2 epsilon=1e-05
y44_reshape reshape [1 3 4] -> [1 12]
y44 layer_norm [1 12] [12] - -> [1 12] axis=1 epsilon=1e-05
y44_reshape_2 reshape [1 12] -> [1 3 4]
`},
	{"GELU in its forms", func(n *net) {
		x := n.in(1, 4)
		for _, form := range []string{"half first", "tanh by products", "operator", "tanh operator"} {
			x = n.act(form, x)
		}
		x = n.op("com.microsoft.BiasGelu", []string{n.op("com.microsoft.Gelu", []string{x}), n.weights(4)})
		n.op("com.microsoft.FastGelu", []string{x, n.weights(4)})
	}, `y9 gelu [1 4] -> [1 4]
y23 gelu [1 4] -> [1 4] tanh=true
y27 gelu [1 4] -> [1 4]
y31 gelu [1 4] -> [1 4] tanh=true
y32 gelu [1 4] -> [1 4]
y34 add [1 4] [1 4] -> [1 4]
y34_2 gelu [1 4] -> [1 4]
y36 add [1 4] [1 4] -> [1 4]
y36_2 gelu [1 4] -> [1 4] tanh=true
`},
	{"sums with layer normalisation", func(n *net) {
		y := n.ops("com.microsoft.SkipLayerNormalization", 4, []string{n.in(1, 3, 4), n.in(1, 3, 4), n.weights(4), n.weights(4), n.weights(4)}, "epsilon", float32(0.5))
		skip := n.g.Node[len(n.g.Node)-1]
		skip.Output[1], skip.Output[2] = "", ""
		n.op("Add", []string{y[0], y[3]})
	}, `y6 add [1 3 4] [1 1 4] -> [1 3 4]
y6_2 add [1 3 4] [1 3 4] -> [1 3 4]
y6_3 layer_norm [1 3 4] [4] [4] -> [1 3 4] axis=2 epsilon=0.5
y10 add [1 3 4] [1 3 4] -> [1 3 4]
`},
	{"ONNX Runtime's attention", func(n *net) {
		n.op("com.microsoft.Attention", []string{n.in(1, 3, 4), n.weights(4, 12), n.weights(12)}, "num_heads", 1, "scale", float32(0.25))
	}, `y4 fully_connected [1 3 4] [4 4] [4] -> [1 3 4]
y4_2 fully_connected [1 3 4] [4 4] [4] -> [1 3 4]
y4_3 fully_connected [1 3 4] [4 4] [4] -> [1 3 4]
y4_reshape reshape [1 3 4] -> [1 1 3 4]
y4_reshape_2 reshape [1 3 4] -> [1 1 3 4]
y4_4 matmul [1 1 3 4] [1 1 3 4] -> [1 1 3 3] transpose=true
y4_5 softmax [1 1 3 3] -> [1 1 3 3] axis=3 beta=0.25
y4_reshape_3 reshape [1 3 4] -> [1 1 3 4]
y4_6 matmul [1 1 3 3] [1 1 3 4] -> [1 1 3 4]
y4_reshape_4 reshape [1 1 3 4] -> [1 3 4]
`},
	{"ONNX Runtime's products", func(n *net) {
		x := n.in(3, 2, 4)
		y := n.op("com.microsoft.FusedMatMul", []string{x, x}, "transBatchA", 1, "transBatchB", 1, "transB", 1, "alpha", float32(0.5))
		n.op("com.microsoft.FusedMatMul", []string{n.op("Softmax", []string{y}), n.weights(5, 3)}, "transB", 1)
		n.op("com.microsoft.FusedGemm", []string{n.in(1, 4), n.weights(4, 2), n.weights(2)}, "activation", "Relu")
	}, `y2_transpose transpose [3 2 4] -> [2 3 4] perm=[1 0 2]
y2 matmul [2 3 4] [2 3 4] -> [2 3 3] transpose=true
y3 softmax [2 3 3] -> [2 3 3] axis=2 beta=0.5
y5 fully_connected [2 3 3] [5 3] -> [2 3 5]
y9 fully_connected [1 4] [2 4] [2] -> [1 2] act=relu
`},
	{"channels normalised", func(n *net) {
		x := n.op("Conv", []string{n.in(1, 2, 3, 3), n.weights(4, 2, 1, 1)})
		d := n.op("Sub", []string{x, n.op("ReduceMean", []string{x}, "axes", []int{1})})
		s := n.op("Add", []string{n.op("ReduceMean", []string{n.op("Pow", []string{d, n.number(2)})}, "axes", []int{1}), n.number(1e-6)})
		y := n.op("Div", []string{d, n.op("Pow", []string{s, n.number(0.5)})})
		n.op("Add", []string{n.op("Mul", []string{y, n.weights(4, 1, 1)}), n.weights(4, 1, 1)})
	}, `y3 conv [1 3 3 2] [4 1 1 2] - -> [1 3 3 4] kernel=[1 1] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] groups=1
y17 layer_norm [1 3 3 4] [4] [4] -> [1 3 3 4] axis=3 epsilon=1e-06
`},
	{"embeddings", func(n *net) {
		ids := n.op("Cast", []string{n.op("Unsqueeze", []string{n.typed(typeInt64, 3), n.ints(0)})}, "to", typeInt32)
		n.op("Gather", []string{n.weights(5, 4), ids})
		n.op("Gather", []string{n.bytes8(typeInt8, []int{2, 2}, 1, 2, 3, 4), n.typed(typeInt32, 2)})
		last := n.g.Node[len(n.g.Node)-1].Output[0]
		n.op("DequantizeLinear", []string{last, n.number(0.5), n.zero(typeInt8, 1)})
	}, `y6 gather [5 4] [3] -> [3 4]
y9 gather [2 2] [2] -> [2 2]
y12 dequantize [2 2] -> [2 2]
y6_reshape reshape [3 4] -> [1 3 4]
`},
	{"parts by indices", func(n *net) {
		x := n.in(1, 6, 4)
		n.op("Gather", []string{x, n.ints(5, 3, 1)}, "axis", 1)
		n.op("Gather", []string{x, n.ints(-1)}, "axis", 2)
	}, `y3 slice [1 6 4] -> [1 3 4] begin=[0 5 0] step=[1 -2 1]
y5 slice [1 6 4] -> [1 6 1] begin=[0 0 3] step=[1 1 1]
`},
	{"masks", func(n *net) {
		x := n.in(1, 2, 3, 3)
		upper := n.op("Trilu", []string{n.op("ConstantOfShape", []string{n.ints(3, 3)}, "value", &schema.Tensor{Dims: []int64{1}, DataType: typeInt64, Int64Data: []int64{1}})}, "upper", 1)
		seen := n.op("Not", []string{n.op("Equal", []string{upper, n.ints(0)})})
		x = n.op("Softmax", []string{n.op("Where", []string{seen, n.op("Mul", []string{x, n.number(0.5)}), n.number(-1e9)})}, "axis", -1)
		n.op("Softmax", []string{n.op("Where", []string{n.op("Greater", []string{upper, n.ints(0)}), n.number(float32(math.Inf(-1))), x})}, "axis", -1)
	}, `y11 add [1 2 3 3] [1 1 3 3] -> [1 2 3 3]
y12 softmax [1 2 3 3] -> [1 2 3 3] axis=3 beta=0.5
y16 add [1 2 3 3] [1 1 3 3] -> [1 2 3 3]
y17 softmax [1 2 3 3] -> [1 2 3 3] axis=3 beta=1
`},
	{"products in batches", func(n *net) {
		x := n.in(2, 3, 4)
		n.op("MatMul", []string{x, n.in(1, 4, 2)})
		n.op("MatMul", []string{x, n.weights(1, 4, 2)})
		n.op("MatMul", []string{x, n.weights(2, 4, 2)})
	}, `y3_reshape reshape [2 3 4] -> [1 6 4]
y3 matmul [1 6 4] [1 4 2] -> [1 6 2]
y5 fully_connected [2 3 4] [2 4] -> [2 3 2]
y7 matmul [2 3 4] [2 4 2] -> [2 3 2]
y3_reshape_2 reshape [1 6 2] -> [2 3 2]
`},
	{"softmax of old", func(n *net) {
		n.m.OpsetImport[0].Version = 11
		n.op("Softmax", []string{n.in(2, 3, 4)})
	}, `y2_reshape reshape [2 3 4] -> [2 12]
y2 softmax [2 12] -> [2 12] axis=1 beta=1
y2_reshape_2 reshape [2 12] -> [2 3 4]
`},
}

func TestOperators(t *testing.T) {
	for _, c := range operatorCases {
		t.Run(c.name, func(t *testing.T) {
			n := newNet(13)
			c.build(n)
			if got := render(mustImport(t, n)); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestNCHW: the tensors say in which order the file has them.
func TestNCHW(t *testing.T) {
	n := newNet(13)
	y := n.op("Relu", []string{n.op("Add", []string{n.in(1, 3, 4, 4), n.weights(3, 1, 1)})})
	y = n.op("Conv", []string{y, n.weights(2, 3, 1, 1)})
	n.op("Identity", []string{y})
	n.op("Reshape", []string{y, n.ints(1, -1)})
	n.op("Sigmoid", []string{n.in(1, 3, 4, 4)})
	g := mustImport(t, n)
	var got []string
	for _, x := range append(g.Inputs, g.Outputs...) {
		s := x.Name
		if x.NCHW {
			s += " NCHW"
		}
		got = append(got, s)
	}
	if want := "x1 NCHW, x10, y7 NCHW, y9, y11"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, ", "), want)
	}
}
