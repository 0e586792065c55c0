package onnx

import (
	"errors"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// errorCases are models that are refused, and what the error says.
var errorCases = []struct {
	name  string
	build func(n *net)
	want  []string
}{
	{"all missing operators", func(n *net) {
		y := n.op("Sin", []string{n.in(1, 2)})
		y = n.op("my.domain.Thing", []string{n.op("Relu", []string{y})})
		n.op("ConvInteger", []string{y})
	}, []string{`operator 0 Sin: tensor "y2": operator Sin is not supported`, `operator 2 my.domain.Thing: tensor "y4": operator my.domain.Thing is not supported`,
		`operator 3 ConvInteger: tensor "y5": operator ConvInteger is not supported: its scales are known at run time only`}},
	{"errors of several operators", func(n *net) {
		n.op("Relu", []string{n.op("Softmax", []string{n.in(1, 2)}, "axis", 5)})
		n.op("Pad", []string{n.in(1, 2), n.ints(0, 1, 0, 0), n.number(3)})
	}, []string{`operator 0 Softmax: tensor "y2": axis 5 of a tensor of 2 dimensions`, `operator 2 Pad: tensor "y7": padding with anything but the real number 0`}},
	{"operator set", func(n *net) { n.m.OpsetImport[0].Version = 7; n.op("Relu", []string{n.in(1)}) }, []string{"operator set 7; 8 to 21 are supported"}},
	{"format version", func(n *net) { n.m.IrVersion = 1; n.op("Relu", []string{n.in(1)}) }, []string{"below 3"}},
	{"unknown dimension", func(n *net) {
		x := n.in(1, 3, 4)
		n.g.Input[0].Type.TensorType.Shape.Dim[2] = &schema.Dimension{Value: &schema.Dimension_DimParam{DimParam: "width"}}
		n.op("Relu", []string{x})
	}, []string{`tensor "x1", the network's input 0: dimension 2 is 0 or has a name only ("width")`}},
	{"input of float16", func(n *net) { n.op("Relu", []string{n.typed(10, 1)}) }, []string{"inputs of float16 are not supported"}},
	{"no shape", func(n *net) {
		n.op("Relu", []string{n.in(1)})
		n.g.Input[0].Type.TensorType.Shape = nil
	}, []string{"its shape is unknown"}},
	{"too large", func(n *net) { n.op("Relu", []string{n.in(1, 1<<20, 1<<20)}) }, []string{"more than 268435456 elements"}},
	{"external data", func(n *net) {
		n.op("Add", []string{n.in(1), n.constant(&schema.Tensor{DataType: typeFloat, DataLocation: 1})})
	}, []string{`operator 0 Add: tensor "c2": input 1: its data lies in another file`}},
	{"size of raw data", func(n *net) {
		n.op("Add", []string{n.in(1), n.constant(&schema.Tensor{DataType: typeFloat, Dims: []int64{2}, RawData: make([]byte, 7)})})
	}, []string{"shape [2] of float32 takes 8 bytes, and it has 7"}},
	{"negative dimension of a constant", func(n *net) {
		n.op("Add", []string{n.in(1), n.constant(&schema.Tensor{DataType: typeFloat, Dims: []int64{-2}})})
	}, []string{"dimensions [-2]"}},
	{"constants of float16", func(n *net) {
		n.op("Add", []string{n.in(1), n.constant(&schema.Tensor{DataType: 10, Dims: []int64{1}})})
	}, []string{"constants of float16 are not supported"}},
	{"a value made twice", func(n *net) {
		n.op("Relu", []string{n.in(1)})
		n.op("Sigmoid", []string{"x1"})
		n.g.Node[1].Output[0] = "y2"
		n.op("Tanh", []string{"y2"})
	}, []string{`operator 1 Sigmoid: tensor "y2": it is made twice`}},
	{"a constant that an operator makes too", func(n *net) {
		c := n.weights(1)
		n.op("Relu", []string{n.in(1)})
		n.g.Node[0].Output[0] = c
		n.op("Tanh", []string{c})
	}, []string{`operator 0 Relu: tensor "c1": it is made twice`}},
	{"two constants of one name", func(n *net) {
		n.op("Add", []string{n.in(1), n.weights(1)})
		n.g.Initializer = append(n.g.Initializer, n.g.Initializer[0])
	}, []string{`tensor "c2": two constants have this name`}},
	{"cycle", func(n *net) {
		n.op("Add", []string{n.in(1), "y3"})
		n.op("Relu", []string{"y2"})
		n.op("Relu", []string{"y3"})
		n.g.Node[1].Output[0] = "y3"
	}, []string{`operator 0 Add: tensor "y3": input 1: no earlier operator makes it`}},
	{"no output", func(n *net) { n.op("Relu", []string{n.in(1)}); n.g.Output = []*schema.ValueInfo{info("z", typeFloat)} },
		[]string{`tensor "z", the network's output 0: no operator makes it`}},
	{"constant output", func(n *net) { n.in(1); n.op("Neg", []string{n.weights(2)}) }, []string{"the network's output 0: it is a constant"}},
	{"expansion", func(n *net) {
		one := &schema.Tensor{Dims: []int64{1}, DataType: typeInt64, Int64Data: []int64{1}}
		big := n.op("Slice", []string{n.op("ConstantOfShape", []string{n.ints(1<<14, 1<<14)}, "value", one), n.ints(1), n.ints(1 << 14)})
		n.op("Add", []string{n.in(1, 1), n.op("Cast", []string{big}, "to", typeFloat)})
	}, []string{"the model's constants unfold to more than 268435456 elements"}},
	{"weights that are no constant", func(n *net) { n.op("Conv", []string{n.in(1, 1, 2, 2), n.in(1, 1, 1, 1)}) }, []string{`tensor "x2": weights of 4 dimensions, or not constant`}},
	{"window beyond the input", func(n *net) { n.op("MaxPool", []string{n.in(1, 1, 2, 2)}, "kernel_shape", []int{3, 3}) }, []string{"a window of 3 does not fit 2 elements"}},
	{"an attribute of another type", func(n *net) { n.op("LeakyRelu", []string{n.in(1)}, "alpha", 1) }, []string{"attribute alpha is no real number"}},
	{"weights with a zero point", func(n *net) { quantisedConv(n, typeUint8, 120) }, []string{`operator 4 Conv: tensor "y9": the weights have a zero point other than 0 (128 of uint8)`}},
	{"scales along input channels", func(n *net) {
		x := n.quantised(n.in(1, 2, 1, 1), typeInt8, 0, 0.5)
		w := n.bytes8(typeInt8, []int{3, 2, 1, 1}, 1, 2, 3, 4, 5, 6)
		w = n.op("DequantizeLinear", []string{w, n.reals(1, 2), n.bytes8(typeInt8, []int{2}, 0, 0)}, "axis", 1)
		n.quantised(n.op("Conv", []string{x, w, n.weights(3)}), typeInt8, 0, 0.5)
	}, []string{"the weights' scales do not lie along the output channels"}},
	{"a bias with too few scales", func(n *net) {
		x := n.quantised(n.in(1, 2, 1, 1), typeInt8, 0, 0.5)
		b := i32(1, 2, 3, 4)
		b.Dims = []int64{2, 2}
		bias := n.op("DequantizeLinear", []string{n.constant(b), n.reals(1, 2)}, "axis", 0)
		w := n.bytes8(typeInt8, []int{4, 2, 1, 1}, 1, 2, 3, 4, 5, 6, 7, 8)
		n.quantised(n.op("Conv", []string{x, n.op("DequantizeLinear", []string{w, n.number(1)}), bias}), typeInt8, 0, 0.5)
	}, []string{"it has 2 scales for 4 elements"}},
	{"two scales of one tensor", func(n *net) {
		x := n.op("QuantizeLinear", []string{n.in(1), n.number(1), n.zero(typeInt8, 0)})
		n.op("DequantizeLinear", []string{x, n.number(2), n.zero(typeInt8, 0)})
	}, []string{`tensor "y4": it is read with scale 2 and zero point 0, and was made with others`}},
	{"a scale that is none", func(n *net) { n.quantised(n.in(1), typeInt8, 0, -1) }, []string{"scale 0 is -1; scales are positive"}},
	{"integers without a scale", func(n *net) { n.op("MaxPool", []string{n.typed(typeInt8, 1, 1, 2, 2)}, "kernel_shape", []int{1, 1}) }, []string{"no operator says which scale"}},
	{"integers where real numbers belong", func(n *net) { n.op("Sigmoid", []string{n.typed(typeInt8, 1)}) }, []string{"holds integers; a DequantizeLinear must stand before"}},
	{"division by zero", func(n *net) { n.op("Reshape", []string{n.in(1), n.op("Div", []string{n.ints(1), n.ints(0)})}) }, []string{"division by 0"}},
	{"an error function alone", func(n *net) { n.op("Erf", []string{n.in(1, 2)}) },
		[]string{`operator 0 Erf: tensor "y2": an error function is supported in GELU only, x*0.5*(1+erf(x/sqrt(2))) in any order; what stands around it is not that`}},
	{"GELU of another number", func(n *net) {
		x := n.in(1, 2)
		e := n.op("Add", []string{n.op("Erf", []string{n.op("Div", []string{x, n.number(1.5)})}), n.number(1)})
		n.op("Mul", []string{n.op("Mul", []string{x, e}), n.number(0.5)})
	}, []string{`operator 1 Erf: tensor "y4": an error function is supported in GELU only`}},
	{"GELU of which a part goes elsewhere", func(n *net) {
		x := n.in(1, 2)
		e := n.op("Erf", []string{n.op("Div", []string{x, n.number(1.4142135)})})
		n.op("Mul", []string{n.op("Mul", []string{x, n.op("Add", []string{e, n.number(1)})}), n.number(0.5)})
		n.op("Relu", []string{e})
	}, []string{`operator 1 Erf: tensor "y4": an error function is supported in GELU only`}},
	{"an error function between integers", func(n *net) {
		n.quantised(n.op("Erf", []string{n.quantised(n.in(1, 2), typeInt8, 0, 0.5)}), typeInt8, 0, 0.5)
	}, []string{`operator 2 Erf: tensor "y6": an error function is supported in GELU only`, "quantised in the middle: quantise the network after such operators have been fused"}},
	{"layer normalisation along two dimensions", func(n *net) {
		x := n.in(1, 3, 4)
		d := n.op("Sub", []string{x, n.op("ReduceMean", []string{x}, "axes", []int{1, 2})})
		v := n.op("ReduceMean", []string{n.op("Pow", []string{d, n.number(2)})}, "axes", []int{1, 2})
		n.op("Div", []string{d, n.op("Sqrt", []string{n.op("Add", []string{v, n.number(1e-5)})})})
	}, []string{`operator 5 Sqrt: tensor "y9": a square root is supported in layer normalisation only`, `operator 6 Div: tensor "y10": division by what is no constant is supported in layer normalisation only, (x-mean)/sqrt(mean((x-mean)^2)+epsilon)`}},
	{"division by an input", func(n *net) { n.op("Div", []string{n.in(1), n.in(1)}) }, []string{"division by what is no constant is supported in layer normalisation only"}},
	{"a power", func(n *net) { n.op("Pow", []string{n.in(1), n.number(4)}) }, []string{`operator 0 Pow: tensor "y3": an exponent of 4; 1, 2, 3, and in layer normalisation 0.5, -0.5 and -1, are supported`}},
	{"a power of an input", func(n *net) { n.op("Pow", []string{n.in(1), n.in(1)}) }, []string{`tensor "x2": the exponent must be one constant number`}},
	{"GELU in a form unknown", func(n *net) { n.op("Gelu", []string{n.in(1)}, "approximate", "sigmoid") }, []string{`operator 0 Gelu: tensor "y2": approximate is "sigmoid"; "none" and "tanh" are supported`}},
	{"gains that an input gives", func(n *net) { n.op("LayerNormalization", []string{n.in(1, 4), n.in(4)}) }, []string{`operator 0 LayerNormalization: tensor "x2": input 1 of LayerNormalization has shape [4]; a constant of 4 elements is supported`}},
	{"gains for more", func(n *net) { n.op("LayerNormalization", []string{n.in(1, 4), n.weights(5)}) }, []string{"a constant of 4 elements is supported"}},
	{"epsilon below nought", func(n *net) { n.op("LayerNormalization", []string{n.in(1, 4), n.weights(4)}, "epsilon", float32(-1)) }, []string{"epsilon is -1; it is nought or positive"}},
	{"the mean of a normalisation", func(n *net) { n.ops("LayerNormalization", 2, []string{n.in(1, 4), n.weights(4)}) }, []string{`tensor "y4": output 1 of LayerNormalization is not supported`}},
	{"a mask of an input", func(n *net) {
		n.op("Where", []string{n.op("Equal", []string{n.in(1, 4), n.number(0)}), n.number(-1e9), n.in(1, 4)})
	}, []string{`operator 0 Equal: tensor "y3": operator Equal is supported on constants only; a mask that is computed from an input is not supported: export the network without it, or with a constant one that is added to the scores`}},
	{"a mask of whole numbers", func(n *net) {
		n.op("Cast", []string{n.op("Unsqueeze", []string{n.typed(typeInt64, 1, 4), n.ints(1)})}, "to", typeFloat)
	}, []string{`operator 1 Cast: tensor "y4": whole numbers of an input are supported as indices of Gather only; a mask of attention must be constant, or left out`}},
	{"a choice that is no mask", func(n *net) {
		c := n.op("Equal", []string{n.ints(1, 2), n.ints(1, 1)})
		n.op("Relu", []string{n.op("Where", []string{c, n.in(2), n.number(0)})})
	}, []string{`operator 1 Where: tensor "y6": only constant masks of attention are supported: a constant condition, and one large negative number (-1e4 or below) where it says so, before Softmax`}},
	{"whole numbers in arithmetic", func(n *net) { n.op("Add", []string{n.typed(typeInt64, 1), n.ints(1)}) }, []string{`operator 0 Add: tensor "x1": input 0 of Add are whole numbers; these are supported as indices of Gather only`}},
	{"indices of real numbers", func(n *net) { n.op("Gather", []string{n.weights(5, 4), n.in(1, 2)}) }, []string{`operator 0 Gather: tensor "x2": its indices are float32, no integers`}},
	{"columns of a table", func(n *net) { n.op("Gather", []string{n.weights(5, 4), n.typed(typeInt64, 1, 2)}, "axis", 1) }, []string{"it picks along axis 1 of a constant; rows, along axis 0, are supported"}},
	{"picking from what is no table", func(n *net) { n.op("Gather", []string{n.in(5, 4), n.typed(typeInt64, 2)}) }, []string{`tensor "x2": indices known at run time are supported into constant tables only`}},
	{"parts in disorder", func(n *net) { n.op("Gather", []string{n.in(5, 4), n.ints(0, 1, 3)}) }, []string{"indices that are no range, with equal steps, are not supported"}},
	{"a part beyond the end", func(n *net) { n.op("Gather", []string{n.in(5, 4), n.ints(5)}) }, []string{`operator 0 Gather: tensor "c2": index 5 of 5 elements`}},
	{"an activation function unknown", func(n *net) {
		n.op("com.microsoft.FusedGemm", []string{n.in(1, 4), n.weights(4, 2)}, "activation", "LeakyRelu")
	}, []string{`operator 0 com.microsoft.FusedGemm: tensor "y3": activation "LeakyRelu" is not supported`}},
	{"attention with a mask", func(n *net) {
		n.op("com.microsoft.Attention", []string{n.in(1, 2, 4), n.weights(4, 12), "", n.typed(typeInt32, 1, 2)}, "num_heads", 2)
	}, []string{`operator 0 com.microsoft.Attention: tensor "y4": input 3, "x3", is not supported: a mask, a past or a bias of positions`}},
	{"attention that sees the past only", func(n *net) {
		n.op("com.microsoft.Attention", []string{n.in(1, 2, 4), n.weights(4, 12)}, "num_heads", 2, "unidirectional", 1)
	}, []string{"unidirectional is not supported"}},
	{"attention of heads that do not fit", func(n *net) {
		n.op("com.microsoft.Attention", []string{n.in(1, 2, 4), n.weights(4, 12)}, "num_heads", 5)
	}, []string{"the second three times the 5 heads' sizes"}},
	{"factors to repeat", func(n *net) { n.op("MatMul", []string{n.in(1, 3, 4), n.in(2, 4, 5)}) }, []string{`factors [1 3 4] and [2 4 5] do not fit, or their batches would have to be repeated`}},
	{"factors that do not fit", func(n *net) { n.op("MatMul", []string{n.in(1, 3, 4), n.in(1, 5, 4)}) }, []string{"factors [1 3 4] and [1 5 4] do not fit"}},
	{"sparse", func(n *net) {
		n.op("Relu", []string{n.in(1)})
		n.g.SparseInitializer = []*schema.SparseTensor{{}}
	}, []string{"sparse"}},
}

func TestErrors(t *testing.T) {
	for _, c := range errorCases {
		t.Run(c.name, func(t *testing.T) {
			n := newNet(13)
			c.build(n)
			_, err := Import("dir/f.onnx", n.bytes(t))
			if err == nil {
				t.Fatal("accepted")
			}
			var located *nn.Error
			if !errors.As(err, &located) || located.File != "dir/f.onnx" {
				t.Errorf("not located: %v", err)
			}
			if lines := strings.Count(err.Error(), "\n") + 1; lines != len(c.want) && len(c.want) > 1 && lines > 1 {
				t.Errorf("%d errors, want %d", lines, len(c.want))
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
		})
	}
}
