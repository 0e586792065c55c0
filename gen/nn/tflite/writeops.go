package tflite

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

var schemaActs = map[nn.Act]schema.Activation{
	nn.NoAct: schema.ActivationNONE, nn.ReluAct: schema.ActivationRELU,
	nn.Relu6Act: schema.ActivationRELU6, nn.ReluN1To1Act: schema.ActivationRELU_N1_TO_1,
}

// plain are operators that need no options.
var plain = map[nn.Op]schema.BuiltinOperator{
	nn.HardSwish: schema.BuiltinOperatorHARD_SWISH, nn.Sigmoid: schema.BuiltinOperatorLOGISTIC, nn.Tanh: schema.BuiltinOperatorTANH,
	nn.Quantize: schema.BuiltinOperatorQUANTIZE, nn.Dequantize: schema.BuiltinOperatorDEQUANTIZE,
}

var relus = map[nn.Act]schema.BuiltinOperator{
	nn.ReluAct: schema.BuiltinOperatorRELU, nn.Relu6Act: schema.BuiltinOperatorRELU6, nn.ReluN1To1Act: schema.BuiltinOperatorRELU_N1_TO_1,
}

// node writes one node.
func (w *writer) node(n *nn.Node) error {
	act := schemaActs[n.Act]
	switch n.Op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.AveragePool, nn.MaxPool:
		return w.slide(n)
	case nn.Split:
		w.split(n)
		return nil
	case nn.Slice:
		w.slice(n)
		return nil
	}
	var in []int32
	for _, t := range n.In {
		in = append(in, w.tensor(t))
	}
	put := func(code schema.BuiltinOperator, kind schema.BuiltinOptions, options any, more ...int32) {
		w.operator(n, code, kind, options, append(in, more...)...)
	}
	const none = schema.BuiltinOptionsNONE
	switch n.Op {
	case nn.FullyConnected:
		put(schema.BuiltinOperatorFULLY_CONNECTED, schema.BuiltinOptionsFullyConnectedOptions, &schema.FullyConnectedOptionsT{Activation: act, KeepNumDims: len(n.Out[0].Shape) != 2})
	case nn.MatMul:
		put(schema.BuiltinOperatorBATCH_MATMUL, schema.BuiltinOptionsBatchMatMulOptions, &schema.BatchMatMulOptionsT{AdjY: n.TransposeB})
	case nn.Mean:
		put(schema.BuiltinOperatorMEAN, schema.BuiltinOptionsReducerOptions, &schema.ReducerOptionsT{KeepDims: n.KeepDims}, w.ints(n, "axes", n.Axes...))
	case nn.Add:
		put(schema.BuiltinOperatorADD, schema.BuiltinOptionsAddOptions, &schema.AddOptionsT{Activation: act})
	case nn.Sub:
		put(schema.BuiltinOperatorSUB, schema.BuiltinOptionsSubOptions, &schema.SubOptionsT{Activation: act})
	case nn.Mul:
		put(schema.BuiltinOperatorMUL, schema.BuiltinOptionsMulOptions, &schema.MulOptionsT{Activation: act})
	case nn.Concat:
		put(schema.BuiltinOperatorCONCATENATION, schema.BuiltinOptionsConcatenationOptions, &schema.ConcatenationOptionsT{Axis: int32(n.Axis)})
	case nn.Pad:
		t := &nn.Tensor{Name: n.Out[0].Name + "/paddings", Shape: []int{len(n.Pads), 2}, Type: nn.Int32}
		for _, p := range n.Pads {
			t.I32 = append(t.I32, int32(p[0]), int32(p[1]))
		}
		put(schema.BuiltinOperatorPAD, none, nil, w.tensor(t))
	case nn.Reshape:
		put(schema.BuiltinOperatorRESHAPE, none, nil, w.ints(n, "shape", n.Out[0].Shape...))
	case nn.Transpose:
		put(schema.BuiltinOperatorTRANSPOSE, none, nil, w.ints(n, "permutation", n.Perm...))
	case nn.Softmax:
		put(schema.BuiltinOperatorSOFTMAX, schema.BuiltinOptionsSoftmaxOptions, &schema.SoftmaxOptionsT{Beta: n.Beta})
	case nn.Relu:
		put(relus[n.Act], none, nil)
	case nn.LeakyRelu:
		put(schema.BuiltinOperatorLEAKY_RELU, schema.BuiltinOptionsLeakyReluOptions, &schema.LeakyReluOptionsT{Alpha: n.Alpha})
	case nn.ResizeNearest:
		put(schema.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR, schema.BuiltinOptionsResizeNearestNeighborOptions,
			&schema.ResizeNearestNeighborOptionsT{AlignCorners: n.AlignCorners, HalfPixel: n.HalfPixel}, w.ints(n, "size", n.Out[0].Shape[1:3]...))
	default:
		code, ok := plain[n.Op]
		if !ok {
			return fmt.Errorf("the format cannot say %s, or we do not read what it says", n.Op)
		}
		put(code, none, nil)
	}
	return nil
}

// padding is the format's way to say a window, from the larger side to the smaller.
func padding(w nn.Window, large, small *nn.Tensor) (schema.Padding, bool) {
	valid, same := true, true
	for k := range 2 {
		in, out, reach := large.Shape[1+k], small.Shape[1+k], (w.Kernel[k]-1)*w.Dilation[k]+1
		valid = valid && w.Before[k] == 0 && out == (in-reach+w.Stride[k])/w.Stride[k]
		same = same && out == (in+w.Stride[k]-1)/w.Stride[k] && w.Before[k] == max(0, (out-1)*w.Stride[k]+reach-in)/2
	}
	if valid {
		return schema.PaddingVALID, true
	}
	return schema.PaddingSAME, same
}

// slide writes the operators with a window.
func (w *writer) slide(n *nn.Node) error {
	large, small := n.In[0], n.Out[0]
	if n.Op == nn.TransposedConv {
		large, small = small, large
	}
	x := n.In[0]
	pad, ok := padding(n.Window, large, small)
	if !ok {
		if n.Op != nn.Conv && n.Op != nn.Depthwise {
			return fmt.Errorf("the format cannot say the padding of %+v from %v to %v", n.Window, large.Shape, small.Shape)
		}
		x, pad = w.padded(n), schema.PaddingVALID
	}
	h, v, act := int32(n.Window.Stride[0]), int32(n.Window.Stride[1]), schemaActs[n.Act]
	dh, dv := int32(n.Window.Dilation[0]), int32(n.Window.Dilation[1])
	in := []int32{w.tensor(x)}
	for _, t := range n.In[1:] {
		in = append(in, w.tensor(t))
	}
	switch n.Op {
	case nn.Conv:
		w.operator(n, schema.BuiltinOperatorCONV_2D, schema.BuiltinOptionsConv2DOptions,
			&schema.Conv2DOptionsT{Padding: pad, StrideH: h, StrideW: v, DilationH: dh, DilationW: dv, Activation: act}, in...)
	case nn.Depthwise:
		w.operator(n, schema.BuiltinOperatorDEPTHWISE_CONV_2D, schema.BuiltinOptionsDepthwiseConv2DOptions,
			&schema.DepthwiseConv2DOptionsT{Padding: pad, StrideH: h, StrideW: v, DilationH: dh, DilationW: dv, Multiplier: int32(n.Multiplier), Activation: act}, in...)
	case nn.TransposedConv:
		if n.Window.Dilation != [2]int{1, 1} {
			return fmt.Errorf("the format has no dilated transposed convolution")
		}
		in[0], in[1] = in[1], in[0]
		w.operator(n, schema.BuiltinOperatorTRANSPOSE_CONV, schema.BuiltinOptionsTransposeConvOptions,
			&schema.TransposeConvOptionsT{Padding: pad, StrideH: h, StrideW: v, Activation: act}, append([]int32{w.ints(n, "shape", n.Out[0].Shape...)}, in...)...)
	default:
		code := schema.BuiltinOperatorAVERAGE_POOL_2D
		if n.Op == nn.MaxPool {
			code = schema.BuiltinOperatorMAX_POOL_2D
		}
		w.operator(n, code, schema.BuiltinOptionsPool2DOptions,
			&schema.Pool2DOptionsT{Padding: pad, StrideH: h, StrideW: v, FilterH: int32(n.Window.Kernel[0]), FilterW: int32(n.Window.Kernel[1]), Activation: act}, in...)
	}
	return nil
}

// padded writes a pad node that does a convolution's padding.
func (w *writer) padded(n *nn.Node) *nn.Tensor {
	x := n.In[0]
	y := &nn.Tensor{Name: n.Out[0].Name + "/padded", Shape: slices.Clone(x.Shape), Type: x.Type, Quant: x.Quant}
	pads := make([][2]int, 4)
	for k := range 2 {
		pads[1+k] = [2]int{n.Window.Before[k], n.Window.After[k]}
		y.Shape[1+k] += n.Window.Before[k] + n.Window.After[k]
	}
	// A pad always can be written.
	_ = w.node(&nn.Node{Op: nn.Pad, In: []*nn.Tensor{x}, Out: []*nn.Tensor{y}, Params: nn.Params{Pads: pads}})
	return y
}

// split has sizes where they differ.
func (w *writer) split(n *nn.Node) {
	x, parts := w.tensor(n.In[0]), int32(len(n.Out))
	var sizes []int
	for _, t := range n.Out {
		sizes = append(sizes, t.Shape[n.Axis])
	}
	axis := &nn.Tensor{Name: n.Out[0].Name + "/axis", Type: nn.Int32, I32: []int32{int32(n.Axis)}}
	if slices.Min(sizes) == slices.Max(sizes) {
		w.operator(n, schema.BuiltinOperatorSPLIT, schema.BuiltinOptionsSplitOptions, &schema.SplitOptionsT{NumSplits: parts}, w.tensor(axis), x)
		return
	}
	w.operator(n, schema.BuiltinOperatorSPLIT_V, schema.BuiltinOptionsSplitVOptions, &schema.SplitVOptionsT{NumSplits: parts}, x, w.ints(n, "sizes", sizes...), w.tensor(axis))
}

// slice has steps where one is not 1. An end before the first element has no
// number: the mask says so.
func (w *writer) slice(n *nn.Node) {
	x, y := w.tensor(n.In[0]), n.Out[0].Shape
	if !slices.ContainsFunc(n.Step, func(s int) bool { return s != 1 }) {
		w.operator(n, schema.BuiltinOperatorSLICE, schema.BuiltinOptionsNONE, nil, x, w.ints(n, "begin", n.Begin...), w.ints(n, "size", y...))
		return
	}
	ends, steps, options := make([]int, len(y)), slices.Clone(n.Step), &schema.StridedSliceOptionsT{}
	for k, size := range y {
		if size == 1 {
			steps[k] = 1 // it may be beyond 32 bits
		}
		if ends[k] = n.Begin[k] + size*steps[k]; ends[k] < 0 {
			ends[k] = 0
			options.EndMask |= 1 << k
		}
		ends[k] = min(ends[k], n.In[0].Shape[k])
	}
	w.operator(n, schema.BuiltinOperatorSTRIDED_SLICE, schema.BuiltinOptionsStridedSliceOptions, options,
		x, w.ints(n, "begin", n.Begin...), w.ints(n, "end", ends...), w.ints(n, "steps", steps...))
}
