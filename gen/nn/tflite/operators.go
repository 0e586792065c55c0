package tflite

import (
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// operators are those of the format that the importer reads.
var operators = map[schema.BuiltinOperator]kinds{
	schema.BuiltinOperatorCONV_2D:                 {op: nn.Conv, min: 2, max: 3, outs: 1, convert: conv},
	schema.BuiltinOperatorDEPTHWISE_CONV_2D:       {op: nn.Depthwise, min: 2, max: 3, outs: 1, convert: depthwise},
	schema.BuiltinOperatorTRANSPOSE_CONV:          {op: nn.TransposedConv, min: 3, max: 4, outs: 1, convert: transposedConv},
	schema.BuiltinOperatorFULLY_CONNECTED:         {op: nn.FullyConnected, min: 2, max: 3, outs: 1, convert: fullyConnected},
	schema.BuiltinOperatorBATCH_MATMUL:            {op: nn.MatMul, min: 2, max: 2, outs: 1, convert: matMul},
	schema.BuiltinOperatorAVERAGE_POOL_2D:         {op: nn.AveragePool, min: 1, max: 1, outs: 1, convert: pool},
	schema.BuiltinOperatorMAX_POOL_2D:             {op: nn.MaxPool, min: 1, max: 1, outs: 1, convert: pool},
	schema.BuiltinOperatorMEAN:                    {op: nn.Mean, min: 2, max: 2, outs: 1, convert: mean},
	schema.BuiltinOperatorREDUCE_MAX:              {op: nn.MaxPool, min: 2, max: 2, outs: 1, convert: globalMax},
	schema.BuiltinOperatorADD:                     {op: nn.Add, min: 2, max: 2, outs: 1, convert: add},
	schema.BuiltinOperatorSUB:                     {op: nn.Sub, min: 2, max: 2, outs: 1, convert: sub},
	schema.BuiltinOperatorMUL:                     {op: nn.Mul, min: 2, max: 2, outs: 1, convert: mul},
	schema.BuiltinOperatorCONCATENATION:           {op: nn.Concat, min: 1, max: maxEdges, outs: 1, convert: concat},
	schema.BuiltinOperatorSPLIT:                   {op: nn.Split, min: 2, max: 2, convert: split},
	schema.BuiltinOperatorSPLIT_V:                 {op: nn.Split, min: 3, max: 3, convert: splitV},
	schema.BuiltinOperatorSLICE:                   {op: nn.Slice, min: 3, max: 3, outs: 1, convert: slice},
	schema.BuiltinOperatorSTRIDED_SLICE:           {op: nn.Slice, min: 4, max: 4, outs: 1, convert: stridedSlice},
	schema.BuiltinOperatorPAD:                     {op: nn.Pad, min: 2, max: 2, outs: 1, convert: pad},
	schema.BuiltinOperatorPADV2:                   {op: nn.Pad, min: 3, max: 3, outs: 1, convert: padV2},
	schema.BuiltinOperatorRESHAPE:                 {op: nn.Reshape, min: 1, max: 2, outs: 1, shapeOnly: true, convert: unary},
	schema.BuiltinOperatorSQUEEZE:                 {op: nn.Reshape, min: 1, max: 1, outs: 1, convert: unary},
	schema.BuiltinOperatorEXPAND_DIMS:             {op: nn.Reshape, min: 2, max: 2, outs: 1, shapeOnly: true, convert: unary},
	schema.BuiltinOperatorTRANSPOSE:               {op: nn.Transpose, min: 2, max: 2, outs: 1, convert: transpose},
	schema.BuiltinOperatorSOFTMAX:                 {op: nn.Softmax, min: 1, max: 1, outs: 1, convert: softmax},
	schema.BuiltinOperatorRELU:                    {op: nn.Relu, min: 1, max: 1, outs: 1, convert: relu(nn.ReluAct)},
	schema.BuiltinOperatorRELU6:                   {op: nn.Relu, min: 1, max: 1, outs: 1, convert: relu(nn.Relu6Act)},
	schema.BuiltinOperatorRELU_N1_TO_1:            {op: nn.Relu, min: 1, max: 1, outs: 1, convert: relu(nn.ReluN1To1Act)},
	schema.BuiltinOperatorLEAKY_RELU:              {op: nn.LeakyRelu, min: 1, max: 1, outs: 1, convert: leakyRelu},
	schema.BuiltinOperatorHARD_SWISH:              {op: nn.HardSwish, min: 1, max: 1, outs: 1, convert: unary},
	schema.BuiltinOperatorLOGISTIC:                {op: nn.Sigmoid, min: 1, max: 1, outs: 1, convert: unary},
	schema.BuiltinOperatorTANH:                    {op: nn.Tanh, min: 1, max: 1, outs: 1, convert: unary},
	schema.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR: {op: nn.ResizeNearest, min: 2, max: 2, outs: 1, shapeOnly: true, convert: resize},
	schema.BuiltinOperatorQUANTIZE:                {op: nn.Quantize, min: 1, max: 1, outs: 1, convert: unary},
	schema.BuiltinOperatorDEQUANTIZE:              {op: nn.Dequantize, min: 1, max: 1, outs: 1, convert: unary},
}

// unary is an operator of one tensor without parameters.
func unary(o *op) error { return o.use(0) }

func relu(a nn.Act) func(*op) error {
	return func(o *op) error {
		o.node.Act = a
		return o.use(0)
	}
}

func fullyConnected(o *op) error {
	var f schema.FullyConnectedOptions
	if err := o.options(schema.BuiltinOptionsFullyConnectedOptions, &f); err != nil {
		return err
	}
	if f.WeightsFormat() != 0 {
		return o.bad(o.in[1], "shuffled weights are not supported")
	}
	if err := o.act(f.Activation()); err != nil {
		return err
	}
	return o.use(0, 1, 2)
}

func matMul(o *op) error {
	var f schema.BatchMatMulOptions
	if err := o.options(schema.BuiltinOptionsBatchMatMulOptions, &f); err != nil {
		return err
	}
	if f.AdjX() {
		return o.bad(o.in[0], "transposing the first factor is not supported")
	}
	o.node.TransposeB = f.AdjY()
	return o.use(0, 1)
}

func add(o *op) error {
	var f schema.AddOptions
	if err := o.options(schema.BuiltinOptionsAddOptions, &f); err != nil {
		return err
	}
	return o.binary(f.Activation())
}

func sub(o *op) error {
	var f schema.SubOptions
	if err := o.options(schema.BuiltinOptionsSubOptions, &f); err != nil {
		return err
	}
	return o.binary(f.Activation())
}

func mul(o *op) error {
	var f schema.MulOptions
	if err := o.options(schema.BuiltinOptionsMulOptions, &f); err != nil {
		return err
	}
	return o.binary(f.Activation())
}

func (o *op) binary(a schema.Activation) error {
	if err := o.act(a); err != nil {
		return err
	}
	return o.use(0, 1)
}

func softmax(o *op) error {
	var f schema.SoftmaxOptions
	if err := o.options(schema.BuiltinOptionsSoftmaxOptions, &f); err != nil {
		return err
	}
	if err := o.use(0); err != nil {
		return err
	}
	o.node.Beta = f.Beta()
	o.node.Axis = len(o.node.In[0].Shape) - 1
	return nil
}

func leakyRelu(o *op) error {
	var f schema.LeakyReluOptions
	if err := o.options(schema.BuiltinOptionsLeakyReluOptions, &f); err != nil {
		return err
	}
	o.node.Alpha = f.Alpha()
	return o.use(0)
}

func resize(o *op) error {
	var f schema.ResizeNearestNeighborOptions
	if err := o.options(schema.BuiltinOptionsResizeNearestNeighborOptions, &f); err != nil {
		return err
	}
	o.node.AlignCorners, o.node.HalfPixel = f.AlignCorners(), f.HalfPixel()
	return o.use(0)
}

func mean(o *op) error {
	if err := o.use(0); err != nil {
		return err
	}
	var err error
	o.node.Axes, o.node.KeepDims, err = o.reduction()
	return err
}

// reduction is the axes of a reduction, ascending, and whether they stay as
// dimensions of one element.
func (o *op) reduction() (axes []int, keep bool, err error) {
	var f schema.ReducerOptions
	if err := o.options(schema.BuiltinOptionsReducerOptions, &f); err != nil {
		return nil, false, err
	}
	if axes, err = o.params(1); err != nil {
		return nil, false, err
	}
	for k := range axes {
		if axes[k], err = o.axis(axes[k], len(o.node.In[0].Shape)); err != nil {
			return nil, false, err
		}
	}
	slices.Sort(axes)
	return slices.Compact(axes), f.KeepDims(), nil
}

// globalMax is a maximum over height and width: one window.
func globalMax(o *op) error {
	if err := o.use(0); err != nil {
		return err
	}
	axes, keep, err := o.reduction()
	if err != nil {
		return err
	}
	x := o.node.In[0].Shape
	if len(x) != 4 || !slices.Equal(axes, []int{1, 2}) {
		return o.bad(o.in[0], "a maximum over axes %v of %v: only height and width of four dimensions are supported", axes, x)
	}
	size := [2]int{x[1], x[2]}
	o.node.Window = nn.Window{Kernel: size, Stride: size, Dilation: [2]int{1, 1}}
	if !keep {
		o.reshapeFrom([]int{x[0], 1, 1, x[3]})
	}
	return nil
}
