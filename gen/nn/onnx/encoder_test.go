package onnx

import (
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// Encoder layers in the ways in which exporters write them.

// noise is n numbers between -scale and scale, the same for the same seed.
func noise(n, seed int, scale float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(scale * (2*float64((i*i*31+i*(7+2*seed)+seed*101)%997)/996 - 1))
	}
	return out
}

// soft are weights of noise, less the more of them are added up.
func (n *net) soft(shape ...int) string {
	scale := 0.5
	if len(shape) == 2 {
		scale = 1.5 / math.Sqrt(float64(shape[0]))
	}
	return n.constant(&schema.Tensor{Dims: dims(shape), DataType: typeFloat, FloatData: noise(nn.Elements(shape), n.n, scale)})
}

// whole1 is a list of integers of one element by Constant, as PyTorch writes them.
func (n *net) whole1(v int64) string {
	return n.op("Constant", nil, "value", &schema.Tensor{Dims: []int64{1}, DataType: typeInt64, Int64Data: []int64{v}})
}

// layer is x*weights + bias.
func (n *net) layer(x string, in, out int) string {
	return n.op("Add", []string{n.soft(out), n.op("MatMul", []string{x, n.soft(in, out)})})
}

// norm is layer normalisation: "operator", or in the parts of PyTorch before operator
// set 17 ("pow"), with a product ("mul"), with a reciprocal square root ("rsqrt"), or as TensorFlow does ("shifted").
func (n *net) norm(form, x string, dim int) string {
	gain, bias := n.soft(dim), n.soft(dim)
	if form == "operator" {
		return n.op("LayerNormalization", []string{x, gain, bias}, "axis", -1, "epsilon", float32(1e-5))
	}
	d := n.op("Sub", []string{x, n.op("ReduceMean", []string{x}, "axes", []int{-1})})
	square := ""
	if form == "pow" {
		square = n.op("Pow", []string{d, n.number(2)})
	} else {
		square = n.op("Mul", []string{d, d})
	}
	s := n.op("Sqrt", []string{n.op("Add", []string{n.op("ReduceMean", []string{square}, "axes", []int{-1}), n.number(1e-5)})})
	y := ""
	if form == "shifted" { // TensorFlow
		mean := n.g.Node[len(n.g.Node)-6].Output[0]
		factor := n.op("Mul", []string{n.op("Reciprocal", []string{s}), gain})
		return n.op("Add", []string{n.op("Mul", []string{x, factor}), n.op("Sub", []string{bias, n.op("Mul", []string{mean, factor})})})
	}
	if form == "rsqrt" {
		y = n.op("Mul", []string{n.op("Reciprocal", []string{s}), d})
	} else {
		y = n.op("Div", []string{d, s})
	}
	return n.op("Add", []string{n.op("Mul", []string{y, gain}), bias})
}

// quantise puts QuantizeLinear and DequantizeLinear behind all operators on activations
// and behind the inputs, and turns constants into int8: the factors of products by
// channels. Scales are few: a 256th for probabilities, scale for all else. Operators
// for which inside says so have nothing behind them.
func (n *net) quantise(scale float32, inside func(kind string) bool) {
	nodes := n.g.Node
	n.g.Node = nil
	real := map[string]bool{}      // activations
	renamed := map[string]string{} // activations and constants to what is dequantised
	constants := map[string]*schema.Tensor{}
	for _, c := range n.g.Initializer {
		if c.DataType == typeFloat {
			constants[c.Name] = c
		}
	}
	for _, x := range n.g.Input {
		if x.Type.TensorType.ElemType == typeFloat {
			real[x.Name], renamed[x.Name] = true, n.quantised(x.Name, typeInt8, 0, scale)
		}
	}
	for _, o := range nodes {
		active := o.OpType == "Gather" && constants[o.Input[0]] != nil
		for _, name := range o.Input {
			active = active || real[name] && o.OpType != "Shape"
		}
		for i, name := range o.Input {
			c := constants[name]
			if active && c != nil && renamed[name] == "" {
				renamed[name] = n.quantisedConstant(c, o.OpType == "MatMul", scale)
			}
			if active && renamed[name] != "" {
				o.Input[i] = renamed[name]
			}
		}
		n.g.Node = append(n.g.Node, o)
		if !active {
			continue
		}
		for _, y := range o.Output {
			real[y] = true
			switch {
			case o.OpType == "Softmax":
				renamed[y] = n.quantised(y, typeInt8, -128, 1./256)
			case !inside(o.OpType):
				renamed[y] = n.quantised(y, typeInt8, 0, scale)
			}
		}
	}
}

// quantisedConstant is int8 and DequantizeLinear in place of float32: by channels of
// its own scales, or of one number exactly, or in a scale.
func (n *net) quantisedConstant(c *schema.Tensor, channels bool, scale float32) string {
	v, size := c.FloatData, 1
	if channels {
		size = int(c.Dims[len(c.Dims)-1])
	}
	scales := make([]float32, size)
	for i, x := range v {
		scales[i%size] = max(scales[i%size], max(x, -x)/127)
	}
	if !channels && len(v) > 1 {
		scales[0] = scale / 4
	}
	ints := make([]int32, len(v))
	for i, x := range v {
		ints[i] = int32(math.RoundToEven(float64(x / scales[i%size])))
	}
	q := n.constant(&schema.Tensor{Dims: c.Dims, DataType: typeInt8, Int32Data: ints})
	if !channels {
		return n.op("DequantizeLinear", []string{q, n.number(scales[0]), n.zero(typeInt8, 0)})
	}
	return n.op("DequantizeLinear", []string{q, n.reals(scales...), n.bytes8(typeInt8, []int{size}, make([]int32, size)...)}, "axis", len(c.Dims)-1)
}

// act is GELU: "operator", "tanh operator", or in parts.
func (n *net) act(form, x string) string {
	root := n.number(math.Sqrt2)
	one, half := n.number(1), n.number(0.5)
	erf := func() string {
		return n.op("Add", []string{n.op("Erf", []string{n.op("Div", []string{x, root})}), one})
	}
	switch form {
	case "operator":
		return n.op("Gelu", []string{x})
	case "tanh operator":
		return n.op("Gelu", []string{x}, "approximate", "tanh")
	case "half last":
		return n.op("Mul", []string{n.op("Mul", []string{x, erf()}), half})
	case "half first":
		return n.op("Mul", []string{n.op("Mul", []string{x, half}), erf()})
	case "half of the sum":
		return n.op("Mul", []string{x, n.op("Mul", []string{half, erf()})})
	case "product of x": // x * (erf/2 + 1/2)
		e := n.op("Erf", []string{n.op("Mul", []string{n.number(math.Sqrt2 / 2), x})})
		return n.op("Mul", []string{n.op("Add", []string{n.op("Mul", []string{e, half}), half}), x})
	}
	c, root2Pi := n.number(0.044715), n.number(0.7978846)
	arg := ""
	if form == "tanh by pow" {
		arg = n.op("Mul", []string{root2Pi, n.op("Add", []string{x, n.op("Mul", []string{c, n.op("Pow", []string{x, n.number(3)})})})})
	} else { // sqrt(2/pi) * x * (1 + c*x*x)
		sum := n.op("Add", []string{one, n.op("Mul", []string{n.op("Mul", []string{x, c}), x})})
		arg = n.op("Mul", []string{n.op("Mul", []string{x, root2Pi}), sum})
	}
	return n.op("Mul", []string{n.op("Mul", []string{half, x}), n.op("Add", []string{n.op("Tanh", []string{arg}), one})})
}

// geluForms are all that act knows at operator set 13.
var geluForms = []string{"half last", "half first", "half of the sum", "product of x", "tanh by pow", "tanh by products"}

// sizes of an encoder.
type sizes struct{ tokens, dim, heads, depth, hidden int }

// heads gives each of queries, keys and values as [1, heads, tokens, depth].
func (n *net) heads(form, x string, s sizes) [3]string {
	inner := s.heads * s.depth
	var out [3]string
	switch form {
	case "gather": // one product, reshaped; parts are picked
		y := n.op("Reshape", []string{n.op("MatMul", []string{x, n.soft(s.dim, 3*inner)}), n.ints(1, int64(s.tokens), 3, int64(s.heads), int64(s.depth))})
		y = n.op("Transpose", []string{y}, "perm", []int{2, 0, 3, 1, 4})
		for i := range out {
			out[i] = n.op("Gather", []string{y, n.constant(&schema.Tensor{DataType: typeInt64, Int64Data: []int64{int64(i)}})}, "axis", 0)
		}
		return out
	case "unbind": // as gather, and cut at once
		y := n.op("Reshape", []string{n.op("MatMul", []string{x, n.soft(s.dim, 3*inner)}), n.ints(1, int64(s.tokens), 3, int64(s.heads), int64(s.depth))})
		y = n.op("Transpose", []string{y}, "perm", []int{2, 0, 3, 1, 4})
		for i, p := range n.ops("Split", 3, []string{y}, "axis", 0) {
			out[i] = n.op("Squeeze", []string{p, n.ints(0)})
		}
		return out
	case "split":
		parts := n.ops("Split", 3, []string{n.op("MatMul", []string{x, n.soft(s.dim, 3*inner)})}, "axis", -1)
		copy(out[:], parts)
	default:
		for i := range out {
			out[i] = n.layer(x, s.dim, inner)
		}
	}
	for i := range out {
		y := n.op("Reshape", []string{out[i], n.ints(0, 0, int64(s.heads), int64(s.depth))})
		out[i] = n.op("Transpose", []string{y}, "perm", []int{0, 2, 1, 3})
	}
	return out
}

// attend is scaled dot-product attention, "behind", "before" or by roots on "both" sides.
func (n *net) attend(scale, mask string, qkv [3]string, s sizes) string {
	q, k := qkv[0], n.op("Transpose", []string{qkv[1]}, "perm", []int{0, 1, 3, 2})
	root := math.Sqrt(float64(s.depth))
	switch scale {
	case "before":
		q = n.op("Mul", []string{q, n.number(float32(1 / root))})
	case "both": // as PyTorch computes it from the shape
		size := n.op("Cast", []string{n.op("Slice", []string{n.op("Shape", []string{q}), n.whole1(-1), n.whole1(math.MaxInt64)})}, "to", typeFloat)
		f := n.op("Sqrt", []string{n.op("Div", []string{n.number(1), n.op("Sqrt", []string{size})})})
		q, k = n.op("Mul", []string{q, f}), n.op("Mul", []string{k, f})
	}
	y := n.op("MatMul", []string{q, k})
	if scale == "behind" {
		y = n.op("Div", []string{y, n.number(float32(root))})
	}
	if mask != "" {
		y = n.op("Add", []string{y, mask})
	}
	y = n.op("MatMul", []string{n.op("Softmax", []string{y}, "axis", -1), qkv[2]})
	y = n.op("Transpose", []string{y}, "perm", []int{0, 2, 1, 3})
	return n.op("Reshape", []string{y, n.ints(1, int64(s.tokens), int64(s.heads*s.depth))})
}

// multihead is PyTorch's nn.MultiheadAttention on a sequence of one batch, the tokens in
// front: weights of all three in one, heads beside batches.
func (n *net) multihead(x string, s sizes) string {
	inner, tokens := int64(s.heads*s.depth), int64(s.tokens)
	y := n.op("Add", []string{n.op("MatMul", []string{x, n.soft(s.dim, 3*s.dim)}), n.soft(3 * s.dim)})
	y = n.op("Unsqueeze", []string{n.op("Reshape", []string{y, n.ints(tokens, 1, 3, inner)}), n.ints(0)})
	y = n.op("Squeeze", []string{n.op("Transpose", []string{y}, "perm", []int{3, 1, 2, 0, 4}), n.ints(3)})
	var qkv [3]string
	for i := range qkv {
		p := n.op("Gather", []string{y, n.constant(&schema.Tensor{DataType: typeInt64, Int64Data: []int64{int64(i)}})}, "axis", 0)
		qkv[i] = n.op("Transpose", []string{n.op("Reshape", []string{p, n.ints(tokens, int64(s.heads), int64(s.depth))})}, "perm", []int{1, 0, 2})
	}
	q := n.op("Div", []string{qkv[0], n.number(float32(math.Sqrt(float64(s.depth))))})
	p := n.op("Softmax", []string{n.op("MatMul", []string{q, n.op("Transpose", []string{qkv[1]}, "perm", []int{0, 2, 1})})}, "axis", -1)
	y = n.op("Transpose", []string{n.op("MatMul", []string{p, qkv[2]})}, "perm", []int{1, 0, 2})
	y = n.op("Gemm", []string{n.op("Reshape", []string{y, n.ints(tokens, inner)}), n.soft(s.dim, int(inner)), n.soft(s.dim)}, "transB", 1)
	return n.op("Reshape", []string{y, n.ints(tokens, 1, int64(s.dim))})
}

// classToken puts a token in front by Expand to a shape that is computed, as einops
// and PyTorch write it.
func (n *net) classToken(x string, dim int) string {
	batch := n.op("Gather", []string{n.op("Shape", []string{x}), n.constant(&schema.Tensor{DataType: typeInt64, Int64Data: []int64{0}})})
	shape := n.op("Concat", []string{n.op("Unsqueeze", []string{batch, n.whole1(0)}), n.whole1(-1), n.whole1(-1)}, "axis", 0)
	minus := n.op("Mul", []string{n.op("ConstantOfShape", []string{n.whole1(3)}, "value", &schema.Tensor{Dims: []int64{1}, DataType: typeInt64, Int64Data: []int64{1}}), n.ints(-1)})
	ones := n.op("ConstantOfShape", []string{n.whole1(3)}, "value", &schema.Tensor{Dims: []int64{1}, DataType: typeInt64, Int64Data: []int64{1}})
	shape = n.op("Where", []string{n.op("Equal", []string{shape, minus}), ones, shape})
	return n.op("Concat", []string{n.op("Expand", []string{n.soft(1, 1, dim), shape}), x}, "axis", 1)
}

// encoder is a layer; norms stand before, or behind the sums.
func (n *net) encoder(x string, s sizes, qkv, scale, mask, norm, act string, before bool) string {
	in := x
	if before {
		in = n.norm(norm, x, s.dim)
	}
	y := n.layer(n.attend(scale, mask, n.heads(qkv, in, s), s), s.heads*s.depth, s.dim)
	x = n.op("Add", []string{x, y})
	if !before {
		x = n.norm(norm, x, s.dim)
	}
	in = x
	if before {
		in = n.norm(norm, x, s.dim)
	}
	y = n.layer(n.act(act, n.layer(in, s.dim, s.hidden)), s.hidden, s.dim)
	x = n.op("Add", []string{x, y})
	if !before {
		x = n.norm(norm, x, s.dim)
	}
	return x
}

// first token of a sequence, by Gather.
func (n *net) pickFirst(x string) string {
	return n.op("Gather", []string{x, n.constant(&schema.Tensor{DataType: typeInt64, Int64Data: []int64{0}})}, "axis", 1)
}

// causal is a mask that is added to scores.
func (n *net) causal(tokens int) string {
	full := n.op("ConstantOfShape", []string{n.ints(int64(tokens), int64(tokens))}, "value", &schema.Tensor{Dims: []int64{1}, DataType: typeFloat, FloatData: []float32{float32(math.Inf(-1))}})
	return n.op("Trilu", []string{full, n.constant(&schema.Tensor{DataType: typeInt64, Int64Data: []int64{1}})}, "upper", 1)
}
