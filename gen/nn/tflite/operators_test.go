package tflite

import (
	"strings"
	"testing"

	"marvelgen/gen/nn/tflite/schema"
)

// operatorCases builds a network around each operator that is read. What it must
// become is written by hand, from the format's documentation.
var operatorCases = []struct {
	name  string
	build func(n *net)
	want  string
}{
	{"conv same", func(n *net) {
		o := &schema.Conv2DOptionsT{Padding: schema.PaddingSAME, StrideH: 2, StrideW: 1, DilationH: 1, DilationW: 2, Activation: schema.ActivationRELU6}
		n.op(schema.BuiltinOperatorCONV_2D, options(schema.BuiltinOptionsConv2DOptions, o), []int32{n.act(1, 3, 6, 4)}, n.act(1, 6, 6, 2), n.weights(4, 3, 2, 2), n.ints(1, 2, 3, 4))
	}, "t0 conv [1 6 6 2] [4 3 2 2] [4] -> [1 3 6 4] kernel=[3 2] stride=[2 1] dilation=[1 2] before=[0 1] after=[1 1] groups=1 act=relu6\n"},
	{"conv grouped, no bias", func(n *net) {
		o := &schema.Conv2DOptionsT{Padding: schema.PaddingVALID, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
		n.op(schema.BuiltinOperatorCONV_2D, options(schema.BuiltinOptionsConv2DOptions, o), []int32{n.act(1, 4, 4, 4)}, n.act(1, 6, 6, 6), n.weights(4, 3, 3, 3), -1)
	}, "t0 conv [1 6 6 6] [4 3 3 3] - -> [1 4 4 4] kernel=[3 3] stride=[1 1] dilation=[1 1] before=[0 0] after=[0 0] groups=2\n"},
	{"depthwise", func(n *net) {
		o := &schema.DepthwiseConv2DOptionsT{Padding: schema.PaddingVALID, StrideH: 1, StrideW: 2, DilationH: 2, DilationW: 1, Multiplier: 77, Activation: schema.ActivationRELU}
		n.op(schema.BuiltinOperatorDEPTHWISE_CONV_2D, options(schema.BuiltinOptionsDepthwiseConv2DOptions, o), []int32{n.act(1, 3, 3, 4)}, n.act(1, 5, 6, 2), n.weights(1, 2, 2, 4))
	}, "t0 depthwise [1 5 6 2] [1 2 2 4] - -> [1 3 3 4] kernel=[2 2] stride=[1 2] dilation=[2 1] before=[0 0] after=[0 0] multiplier=2 act=relu\n"},
	{"transposed conv", func(n *net) {
		o := &schema.TransposeConvOptionsT{Padding: schema.PaddingSAME, StrideH: 2, StrideW: 2, Activation: schema.ActivationRELU_N1_TO_1}
		n.op(schema.BuiltinOperatorTRANSPOSE_CONV, options(schema.BuiltinOptionsTransposeConvOptions, o), []int32{n.act(1, 8, 7, 3)}, n.ints(1, 8, 7, 3), n.weights(3, 3, 3, 2), n.act(1, 4, 4, 2), n.ints(1, 2, 3))
	}, "t0 transposed_conv [1 4 4 2] [3 3 3 2] [3] -> [1 8 7 3] kernel=[3 3] stride=[2 2] dilation=[1 1] before=[0 1] after=[1 1] act=relu_n1_to_1\n"},
	{"fully connected", func(n *net) {
		o := &schema.FullyConnectedOptionsT{Activation: schema.ActivationRELU}
		n.op(schema.BuiltinOperatorFULLY_CONNECTED, options(schema.BuiltinOptionsFullyConnectedOptions, o), []int32{n.act(2, 3)}, n.act(2, 1, 2, 2), n.weights(3, 4), n.ints(1, 2, 3))
	}, "t0 fully_connected [2 1 2 2] [3 4] [3] -> [2 3] act=relu\n"},
	{"matmul", func(n *net) {
		n.op(schema.BuiltinOperatorBATCH_MATMUL, options(schema.BuiltinOptionsBatchMatMulOptions, &schema.BatchMatMulOptionsT{AdjY: true}), []int32{n.act(2, 3, 5)}, n.act(2, 3, 4), n.act(2, 5, 4))
	}, "t0 matmul [2 3 4] [2 5 4] -> [2 3 5] transpose=true\n"},
	{"average pool", func(n *net) {
		o := &schema.Pool2DOptionsT{Padding: schema.PaddingVALID, StrideH: 2, StrideW: 3, FilterH: 3, FilterW: 2, Activation: schema.ActivationRELU}
		n.op(schema.BuiltinOperatorAVERAGE_POOL_2D, options(schema.BuiltinOptionsPool2DOptions, o), []int32{n.act(1, 2, 2, 3)}, n.act(1, 6, 6, 3))
	}, "t0 average_pool [1 6 6 3] -> [1 2 2 3] kernel=[3 2] stride=[2 3] dilation=[1 1] before=[0 0] after=[0 0] act=relu\n"},
	{"max pool", func(n *net) {
		o := &schema.Pool2DOptionsT{Padding: schema.PaddingSAME, StrideH: 2, StrideW: 2, FilterH: 3, FilterW: 3}
		n.op(schema.BuiltinOperatorMAX_POOL_2D, options(schema.BuiltinOptionsPool2DOptions, o), []int32{n.act(1, 3, 3, 3)}, n.act(1, 5, 6, 3))
	}, "t0 max_pool [1 5 6 3] -> [1 3 3 3] kernel=[3 3] stride=[2 2] dilation=[1 1] before=[1 0] after=[1 1]\n"},
	{"mean", func(n *net) {
		n.op(schema.BuiltinOperatorMEAN, options(schema.BuiltinOptionsReducerOptions, &schema.ReducerOptionsT{KeepDims: true}), []int32{n.act(1, 1, 1, 3)}, n.act(1, 5, 6, 3), n.ints(-2, 1))
	}, "t0 mean [1 5 6 3] -> [1 1 1 3] axes=[1 2] keep=true\n"},
	{"global max", func(n *net) {
		n.op(schema.BuiltinOperatorREDUCE_MAX, nil, []int32{n.act(1, 3)}, n.act(1, 5, 6, 3), n.ints(2, 1))
	}, "t0 max_pool [1 5 6 3] -> [1 1 1 3] kernel=[5 6] stride=[5 6] dilation=[1 1] before=[0 0] after=[0 0]\nt0_reshape reshape [1 1 1 3] -> [1 3]\n"},
	{"global max that keeps dimensions", func(n *net) {
		n.op(schema.BuiltinOperatorREDUCE_MAX, options(schema.BuiltinOptionsReducerOptions, &schema.ReducerOptionsT{KeepDims: true}), []int32{n.act(1, 1, 1, 3)}, n.act(1, 5, 6, 3), n.ints(1, -2))
	}, "t0 max_pool [1 5 6 3] -> [1 1 1 3] kernel=[5 6] stride=[5 6] dilation=[1 1] before=[0 0] after=[0 0]\n"},
	{"add", func(n *net) {
		n.op(schema.BuiltinOperatorADD, options(schema.BuiltinOptionsAddOptions, &schema.AddOptionsT{Activation: schema.ActivationRELU}), []int32{n.act(1, 2, 3)}, n.act(1, 2, 3), n.act(3))
	}, "t0 add [1 2 3] [3] -> [1 2 3] act=relu\n"},
	{"sub", func(n *net) {
		n.op(schema.BuiltinOperatorSUB, options(schema.BuiltinOptionsSubOptions, &schema.SubOptionsT{Activation: schema.ActivationRELU6}), []int32{n.act(2, 3)}, n.act(2, 1), n.act(1, 3))
	}, "t0 sub [2 1] [1 3] -> [2 3] act=relu6\n"},
	{"mul by a constant", func(n *net) {
		n.op(schema.BuiltinOperatorMUL, options(schema.BuiltinOptionsMulOptions, &schema.MulOptionsT{Activation: schema.ActivationRELU_N1_TO_1}), []int32{n.act(2, 3)}, n.act(2, 3), n.weights(3))
	}, "t0 mul [2 3] [3] -> [2 3] act=relu_n1_to_1\n"},
	{"concat", func(n *net) {
		n.op(schema.BuiltinOperatorCONCATENATION, options(schema.BuiltinOptionsConcatenationOptions, &schema.ConcatenationOptionsT{Axis: -1}), []int32{n.act(2, 6)}, n.act(2, 3), n.act(2, 1), n.act(2, 2))
	}, "t0 concat [2 3] [2 1] [2 2] -> [2 6] axis=1\n"},
	{"split", func(n *net) {
		n.op(schema.BuiltinOperatorSPLIT, nil, []int32{n.act(2, 3), n.act(2, 3)}, n.ints(-1), n.act(2, 6))
	}, "t0 split [2 6] -> [2 3] [2 3] axis=1\n"},
	{"split by sizes", func(n *net) {
		n.op(schema.BuiltinOperatorSPLIT_V, nil, []int32{n.act(1, 6), n.act(3, 6)}, n.act(4, 6), n.ints(1, 3), n.ints(0))
	}, "t0 split [4 6] -> [1 6] [3 6]\n"},
	{"slice", func(n *net) {
		n.op(schema.BuiltinOperatorSLICE, nil, []int32{n.act(2, 5)}, n.act(4, 6), n.ints(2, 1), n.ints(2, -1))
	}, "t0 slice [4 6] -> [2 5] begin=[2 1] step=[1 1]\n"},
	{"strided slice", func(n *net) {
		o := &schema.StridedSliceOptionsT{BeginMask: 5, EndMask: 4}
		n.op(schema.BuiltinOperatorSTRIDED_SLICE, options(schema.BuiltinOptionsStridedSliceOptions, o), []int32{n.act(2, 3, 4)}, n.act(4, 6, 4), n.ints(9, -1, 1), n.ints(4, -7, 2), n.ints(2, -2, -1))
	}, "t0 slice [4 6 4] -> [2 3 4] begin=[0 5 3] step=[2 -2 -1]\n"},
	{"strided slice that drops a dimension", func(n *net) {
		o := &schema.StridedSliceOptionsT{ShrinkAxisMask: 1}
		n.op(schema.BuiltinOperatorSTRIDED_SLICE, options(schema.BuiltinOptionsStridedSliceOptions, o), []int32{n.act(6)}, n.act(4, 6), n.ints(-1), n.ints(0), n.ints(1))
	}, "t0 slice [4 6] -> [1 6] begin=[3 0] step=[1 1]\nt0_reshape reshape [1 6] -> [6]\n"},
	{"pad", func(n *net) {
		n.op(schema.BuiltinOperatorPAD, nil, []int32{n.act(3, 7)}, n.act(2, 4), n.ints(0, 1, 2, 1))
	}, "t0 pad [2 4] -> [3 7] pads=[[0 1] [2 1]]\n"},
	{"pad with 0", func(n *net) {
		n.op(schema.BuiltinOperatorPADV2, nil, []int32{n.act(3)}, n.act(2), n.ints(1, 0), n.add(schema.TensorTypeINT8, nil, []byte{1}, 1, 0.5))
	}, "t0 pad [2] -> [3] pads=[[1 0]]\n"},
	{"reshape by a computed shape", func(n *net) {
		x, y := n.act(2, 6), n.act(3, 4)
		s := n.add(schema.TensorTypeINT32, []int32{2}, nil, 0)
		n.op(schema.BuiltinOperatorSHAPE, nil, []int32{s}, x)
		n.op(schema.BuiltinOperatorRESHAPE, nil, []int32{y}, x, s)
	}, "t1 reshape [2 6] -> [3 4]\n"},
	{"squeeze", func(n *net) {
		n.op(schema.BuiltinOperatorSQUEEZE, nil, []int32{n.act(6)}, n.act(1, 6, 1))
	}, "t0 reshape [1 6 1] -> [6]\n"},
	{"expand", func(n *net) {
		n.op(schema.BuiltinOperatorEXPAND_DIMS, nil, []int32{n.act(6, 1)}, n.act(6), n.ints(-1))
	}, "t0 reshape [6] -> [6 1]\n"},
	{"transpose", func(n *net) {
		n.op(schema.BuiltinOperatorTRANSPOSE, nil, []int32{n.act(4, 2, 3)}, n.act(2, 3, 4), n.ints(-1, 0, 1))
	}, "t0 transpose [2 3 4] -> [4 2 3] perm=[2 0 1]\n"},
	{"softmax", func(n *net) {
		n.op(schema.BuiltinOperatorSOFTMAX, options(schema.BuiltinOptionsSoftmaxOptions, &schema.SoftmaxOptionsT{Beta: 1.5}), []int32{n.result(-128, 1./256, 2, 4)}, n.act(2, 4))
	}, "t0 softmax [2 4] -> [2 4] axis=1 beta=1.5\n"},
	{"relu, relu6, relu1 in a row", func(n *net) {
		a, b, c, d := n.act(4), n.act(4), n.act(4), n.act(4)
		n.op(schema.BuiltinOperatorRELU, nil, []int32{b}, a)
		n.op(schema.BuiltinOperatorRELU6, nil, []int32{c}, b)
		n.op(schema.BuiltinOperatorRELU_N1_TO_1, nil, []int32{d}, c)
	}, "t1 relu [4] -> [4] act=relu\nt2 relu [4] -> [4] act=relu6\nt3 relu [4] -> [4] act=relu_n1_to_1\n"},
	{"leaky relu", func(n *net) {
		n.op(schema.BuiltinOperatorLEAKY_RELU, options(schema.BuiltinOptionsLeakyReluOptions, &schema.LeakyReluOptionsT{Alpha: 0.25}), []int32{n.act(4)}, n.act(4))
	}, "t0 leaky_relu [4] -> [4] alpha=0.25\n"},
	{"hard swish", func(n *net) { n.op(schema.BuiltinOperatorHARD_SWISH, nil, []int32{n.act(4)}, n.act(4)) }, "t0 hard_swish [4] -> [4]\n"},
	{"sigmoid", func(n *net) {
		n.op(schema.BuiltinOperatorLOGISTIC, nil, []int32{n.result(-128, 1./256, 4)}, n.act(4))
	}, "t0 sigmoid [4] -> [4]\n"},
	{"tanh", func(n *net) { n.op(schema.BuiltinOperatorTANH, nil, []int32{n.result(0, 1./128, 4)}, n.act(4)) }, "t0 tanh [4] -> [4]\n"},
	{"resize", func(n *net) {
		o := &schema.ResizeNearestNeighborOptionsT{HalfPixel: true}
		n.op(schema.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR, options(schema.BuiltinOptionsResizeNearestNeighborOptions, o), []int32{n.act(1, 4, 6, 2)}, n.act(1, 2, 3, 2), n.ints(4, 6))
	}, "t0 resize_nearest [1 2 3 2] -> [1 4 6 2] half=true\n"},
	{"float edges", func(n *net) {
		x, a := n.add(schema.TensorTypeFLOAT32, []int32{4}, nil, 0), n.act(4)
		n.op(schema.BuiltinOperatorQUANTIZE, nil, []int32{a}, x)
		n.op(schema.BuiltinOperatorDEQUANTIZE, nil, []int32{n.add(schema.TensorTypeFLOAT32, []int32{4}, nil, 0)}, a)
	}, "t1 quantize [4] -> [4]\nt2 dequantize [4] -> [4]\n"},
	{"uint8 edges", func(n *net) {
		x, a := n.add(schema.TensorTypeUINT8, []int32{4}, nil, 129, 0.5), n.act(4)
		n.op(schema.BuiltinOperatorQUANTIZE, nil, []int32{a}, x)
		n.op(schema.BuiltinOperatorQUANTIZE, nil, []int32{n.add(schema.TensorTypeUINT8, []int32{4}, nil, 129, 0.5)}, a)
	}, "t1 quantize [4] -> [4]\nt2 quantize [4] -> [4]\n"},
}

func TestOperators(t *testing.T) {
	seen := map[schema.BuiltinOperator]bool{}
	for _, c := range operatorCases {
		t.Run(c.name, func(t *testing.T) {
			n := newNet()
			c.build(n)
			for _, o := range n.m.OperatorCodes {
				seen[o.BuiltinCode] = true
			}
			g := mustImport(t, n)
			if got := render(g); got != c.want {
				t.Errorf("got  %swant %s", got, c.want)
			}
			if g.Name != "a_net" || g.File != "dir/a net.tflite" {
				t.Errorf("name %q, file %q", g.Name, g.File)
			}
		})
	}
	for code := range operators {
		if !seen[code] {
			t.Errorf("no case for %s", code)
		}
	}
}

// TestOperatorErrors is about what one operator's inputs and options may not be.
func TestOperatorErrors(t *testing.T) {
	pool := func(o *schema.Pool2DOptionsT) *schema.BuiltinOptionsT {
		return options(schema.BuiltinOptionsPool2DOptions, o)
	}
	strided := func(o *schema.StridedSliceOptionsT) *schema.BuiltinOptionsT {
		return options(schema.BuiltinOptionsStridedSliceOptions, o)
	}
	for _, c := range []struct {
		name  string
		build func(n *net)
		want  string
	}{
		{"filter of zero", func(n *net) {
			n.op(schema.BuiltinOperatorMAX_POOL_2D, pool(&schema.Pool2DOptionsT{StrideH: 1, StrideW: 1, FilterH: 1}), []int32{n.act(1, 2, 2, 1)}, n.act(1, 2, 2, 1))
		}, `operator 0 MAX_POOL_2D: window of [1 0], stride [1 1], dilation [1 1]: all are positive`},
		{"pool of a vector", func(n *net) {
			n.op(schema.BuiltinOperatorMAX_POOL_2D, pool(&schema.Pool2DOptionsT{StrideH: 1, StrideW: 1, FilterH: 1, FilterW: 1}), []int32{n.act(4)}, n.act(4))
		}, `operator 0 MAX_POOL_2D: t1 int8[4] and t0 int8[4]: windows slide over four dimensions`},
		{"window larger than its input", func(n *net) {
			n.op(schema.BuiltinOperatorMAX_POOL_2D, pool(&schema.Pool2DOptionsT{Padding: schema.PaddingVALID, StrideH: 1, StrideW: 1, FilterH: 3, FilterW: 1}), []int32{n.act(1, 1, 2, 1)}, n.act(1, 2, 2, 1))
		}, `makes 0 along dimension 1`},
		{"two-dimensional weights", func(n *net) {
			n.op(schema.BuiltinOperatorCONV_2D, nil, []int32{n.act(1, 2, 2, 1)}, n.act(1, 2, 2, 1), n.weights(1, 1))
		}, `operator 0 CONV_2D: tensor 2 "t2": weights [1 1] for an input [1 2 2 1]: both have four dimensions`},
		{"depthwise channels", func(n *net) {
			n.op(schema.BuiltinOperatorDEPTHWISE_CONV_2D, nil, []int32{n.act(1, 2, 2, 3)}, n.act(1, 2, 2, 2), n.weights(1, 1, 1, 3))
		}, `tensor 2 "t2": weights [1 1 1 3] are not a multiple of the channels of the input [1 2 2 2]`},
		{"shuffled weights", func(n *net) {
			o := &schema.FullyConnectedOptionsT{WeightsFormat: 1}
			n.op(schema.BuiltinOperatorFULLY_CONNECTED, options(schema.BuiltinOptionsFullyConnectedOptions, o), []int32{n.act(1, 2)}, n.act(1, 2), n.weights(2, 2))
		}, `tensor 2 "t2": shuffled weights are not supported`},
		{"first factor transposed", func(n *net) {
			o := &schema.BatchMatMulOptionsT{AdjX: true}
			n.op(schema.BuiltinOperatorBATCH_MATMUL, options(schema.BuiltinOptionsBatchMatMulOptions, o), []int32{n.act(2, 2)}, n.act(2, 2), n.act(2, 2))
		}, `tensor 1 "t1": transposing the first factor is not supported`},
		{"axis of a mean", func(n *net) {
			n.op(schema.BuiltinOperatorMEAN, nil, []int32{n.act(2)}, n.act(2, 2), n.ints(2))
		}, `operator 0 MEAN: axis 2 of a tensor of 2 dimensions`},
		{"maximum over channels", func(n *net) {
			n.op(schema.BuiltinOperatorREDUCE_MAX, nil, []int32{n.act(1, 2, 2)}, n.act(1, 2, 2, 3), n.ints(3))
		}, `a maximum over axes [3] of [1 2 2 3]: only height and width of four dimensions are supported`},
		{"axes that are computed", func(n *net) {
			n.op(schema.BuiltinOperatorMEAN, nil, []int32{n.act(2)}, n.act(2, 2), n.add(schema.TensorTypeINT32, []int32{1}, nil, 0))
		}, `operator 0 MEAN: tensor 2 "t2": input 1 of MEAN: it must be a constant`},
		{"axes of int8", func(n *net) {
			n.op(schema.BuiltinOperatorMEAN, nil, []int32{n.act(2)}, n.act(2, 2), n.weights(1))
		}, `tensor 2 "t2": input 1 of MEAN: it must be int32 or int64, and is int8`},
		{"axes of a wrong size", func(n *net) {
			x := n.ints(1, 2)
			n.s.Tensors[x].Shape[0] = 3
			n.op(schema.BuiltinOperatorMEAN, nil, []int32{n.act(2)}, n.act(2, 2), x)
		}, `input 1 of MEAN: it has 8 bytes, which do not fit its shape`},
		{"axes beyond number", func(n *net) {
			n.op(schema.BuiltinOperatorMEAN, nil, []int32{n.act(2)}, n.act(2, 2), n.ints(make([]int32, 257)...))
		}, `input 1 of MEAN: it has more than 256 elements`},
		{"axes beyond 32 bits", func(n *net) {
			n.op(schema.BuiltinOperatorMEAN, nil, []int32{n.act(2)}, n.act(2, 2), n.add(schema.TensorTypeINT64, []int32{1}, []byte{0, 0, 0, 0, 1, 0, 0, 0}, 0))
		}, `input 1 of MEAN: element 0 is 4294967296, beyond 32 bits`},
		{"concat with an activation", func(n *net) {
			o := &schema.ConcatenationOptionsT{Activation: schema.ActivationRELU}
			n.op(schema.BuiltinOperatorCONCATENATION, options(schema.BuiltinOptionsConcatenationOptions, o), []int32{n.act(2)}, n.act(1), n.act(1))
		}, `a fused activation is not supported here`},
		{"concat without an input", func(n *net) {
			n.op(schema.BuiltinOperatorCONCATENATION, nil, []int32{n.act(2)}, n.act(1), -1)
		}, `operator 0 CONCATENATION: input 1 is absent`},
		{"concat of two scales", func(n *net) {
			n.op(schema.BuiltinOperatorCONCATENATION, nil, []int32{n.act(2)}, n.act(1), n.result(0, 0.5, 1))
		}, `concat does not rescale`},
		{"split along two axes", func(n *net) {
			n.op(schema.BuiltinOperatorSPLIT, nil, []int32{n.act(1), n.act(1)}, n.ints(0, 0), n.act(2))
		}, `the axis is 2 numbers`},
		{"slice of another shape", func(n *net) {
			n.op(schema.BuiltinOperatorSLICE, nil, []int32{n.act(3)}, n.act(4), n.ints(2), n.ints(-1))
		}, `tensor 0 "t0": its shape is [3]; the slice has [2]`},
		{"slice of another rank", func(n *net) {
			n.op(schema.BuiltinOperatorSLICE, nil, []int32{n.act(3)}, n.act(4), n.ints(0, 1), n.ints(1))
		}, `begin [0 1] and size [1] of t1 int8[4], giving t0 int8[3]`},
		{"slice behind the end", func(n *net) {
			n.op(schema.BuiltinOperatorSLICE, nil, []int32{n.act(3)}, n.act(4), n.ints(2), n.ints(3))
		}, `from 2, 3 elements by 1, does not fit dimension 0 of [4]`},
		{"stride 0", func(n *net) {
			n.op(schema.BuiltinOperatorSTRIDED_SLICE, strided(&schema.StridedSliceOptionsT{}), []int32{n.act(3)}, n.act(4), n.ints(0), n.ints(3), n.ints(0))
		}, `operator 0 STRIDED_SLICE: from 0 to 3 by 0 along dimension 0 of t1 int8[4] is empty`},
		{"strided slice that drops what is not there", func(n *net) {
			o := &schema.StridedSliceOptionsT{ShrinkAxisMask: 1}
			n.op(schema.BuiltinOperatorSTRIDED_SLICE, strided(o), []int32{n.act()}, n.act(4), n.ints(4), n.ints(5), n.ints(1))
		}, `from 4 to 5 by 1 along dimension 0 of t1 int8[4] is empty`},
		{"ellipsis", func(n *net) {
			o := &schema.StridedSliceOptionsT{EllipsisMask: 1}
			n.op(schema.BuiltinOperatorSTRIDED_SLICE, strided(o), []int32{n.act(4)}, n.act(4), n.ints(0), n.ints(0), n.ints(1))
		}, `slices with an ellipsis, new axes or ends relative to begins are not supported`},
		{"pads of a wrong number", func(n *net) {
			n.op(schema.BuiltinOperatorPAD, nil, []int32{n.act(4)}, n.act(2), n.ints(1))
		}, `tensor 2 "t2": 1 paddings for t1 int8[2]`},
		{"pad with 1", func(n *net) {
			n.op(schema.BuiltinOperatorPADV2, nil, []int32{n.act(3)}, n.act(2), n.ints(1, 0), n.add(schema.TensorTypeINT8, nil, []byte{3}, 1, 0.5))
		}, `tensor 3 "t3": padding with anything but a constant 0 is not supported`},
		{"permutation", func(n *net) {
			n.op(schema.BuiltinOperatorTRANSPOSE, nil, []int32{n.act(2, 2)}, n.act(2, 2), n.ints(0, -2))
		}, `permutation [0 0] does not lead from [2 2] to [2 2]`},
		{"relu from 0 to 1", func(n *net) {
			n.op(schema.BuiltinOperatorRELU_0_TO_1, nil, []int32{n.act(2)}, n.act(2))
		}, `operator RELU_0_TO_1 is not supported`},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNet()
			c.build(n)
			g, err := Import("m.tflite", n.bytes())
			if err == nil {
				t.Fatalf("accepted: %s", render(g))
			}
			if !strings.HasPrefix(err.Error(), "m.tflite: operator 0 "+n.m.OperatorCodes[0].BuiltinCode.String()) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}
