package golden

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// Plan is a node with everything that its kernel needs; each operator uses some
// of the fields.
type Plan struct {
	Node *nn.Node

	InZero   [2]int32  // zero points of the first two inputs
	OutZero  int32     // zero point of the output
	Min, Max int32     // range of the output after its activation function
	Out      []Rescale // accumulator to output: one for all, or one for each output channel

	In        [2]Rescale // add, sub: each input, shifted left, to the scale both share
	LeftShift int32      // add, sub

	Table *[256]int8 // functions of one element, relu to gelu and requantisation: by the input's byte
	Exp   *Exp       // softmax
	Norm  *Norm      // layer norm
	Mean  *Steps     // mean that rescales: sum of the elements to output; nil: the sum divided by their count, truncated

	run func(p *Plan, in, out []Value)
}

// Exp is the exponentials of a softmax.
type Exp struct {
	Scale   Rescale    // difference to the maximum, to Q5
	DiffMin int32      // what lies further below the maximum counts as nothing
	Table   [256]int32 // exp in Q0 of minus the index; 0 beyond DiffMin
}

// Run computes the outputs, which have their sizes already, from the inputs.
func (p *Plan) Run(in, out []Value) { p.run(p, in, out) }

// Prepare derives the plan of a node of a graph that has passed Check. What the
// integer kernels cannot do with it is an *nn.Error that names the node.
// A node in float32, at the edge of a network, runs as Float does; that is no judge
// of the last bit.
func Prepare(n *nn.Node) (*Plan, error) {
	p := &Plan{Node: n, Min: -128, Max: 127}
	op := operators[n.Op]
	if n.Op != nn.Dequantize && n.Out[0].Type == nn.Float32 {
		p.run = runFloat
		return p, nil
	}
	for i, t := range n.In[:min(len(n.In), 2)] {
		if t != nil && t.Quant != nil {
			p.InZero[i] = t.Quant.Zero[0]
		}
	}
	if y := n.Out[0]; y.Quant != nil {
		p.OutZero = y.Quant.Zero[0]
		p.activation()
	}
	p.run = op.run
	if op.prepare == nil {
		return p, nil
	}
	if err := op.prepare(p); err != nil {
		e := &nn.Error{Node: n.Source, Problem: err.Error()}
		if e.Node == "" {
			e.Node = fmt.Sprintf("%s %q", n.Op, n.Name)
		}
		return nil, e
	}
	return p, nil
}

// operator is how one kind of node is prepared and executed.
type operator struct {
	prepare func(p *Plan) error // nil: zero points and the range are all
	run     func(p *Plan, in, out []Value)
	real    func(n *nn.Node, in, out []Value) // in floating point; nil: run moves elements of whatever type
}

var operators = [...]operator{
	nn.Conv:           {prepareConv, runConv, realConv},
	nn.Depthwise:      {prepareConv, runDepthwise, realDepthwise},
	nn.TransposedConv: {prepareConv, runTransposed, realTransposed},
	nn.FullyConnected: {prepareFully, runFully, realFully},
	nn.MatMul:         {prepareMatMul, runMatMul, realMatMul},
	nn.AveragePool:    {nil, runAverage, realAverage},
	nn.MaxPool:        {nil, runMax, realMax},
	nn.Mean:           {prepareMean, runMean, realMean},
	nn.Add:            {prepareAdd, runAdd, realBinary},
	nn.Sub:            {prepareSub, runAdd, realBinary},
	nn.Mul:            {prepareMul, runMul, realBinary},
	nn.Concat:         {nil, runConcat, nil},
	nn.Split:          {nil, runSplit, nil},
	nn.Slice:          {nil, runSlice, nil},
	nn.Pad:            {nil, runPad, nil},
	nn.Reshape:        {nil, runReshape, nil},
	nn.Transpose:      {nil, runTranspose, nil},
	nn.Softmax:        {prepareSoftmax, runSoftmax, realSoftmax},
	nn.Relu:           {prepareRelu, runTable, realUnary},
	nn.LeakyRelu:      {prepareLeaky, runTable, realUnary},
	nn.HardSwish:      {prepareHardSwish, runTable, realUnary},
	nn.Sigmoid:        {prepareSigmoid, runTable, realUnary},
	nn.Tanh:           {prepareTanh, runTable, realUnary},
	nn.Gelu:           {prepareGelu, runTable, realUnary},
	nn.LayerNorm:      {prepareLayerNorm, runLayerNorm, realLayerNorm},
	nn.Gather:         {nil, runGather, nil},
	nn.ResizeNearest:  {nil, runResize, nil},
	nn.Quantize:       {prepareQuantize, runQuantize, realUnary},
	nn.Dequantize:     {nil, runDequantize, realUnary},
}

// activation sets the range that the activation function leaves: the reference
// divides in float32 and rounds halves away from zero.
func (p *Plan) activation() {
	out := p.Node.Out[0]
	at := func(real float32) int32 {
		return p.OutZero + int32(min(max(math.Round(float64(real/out.Quant.Scale[0])), -1<<30), 1<<30))
	}
	switch p.Node.Act {
	case nn.ReluAct:
		p.Min = max(p.Min, at(0))
	case nn.Relu6Act:
		p.Min, p.Max = max(p.Min, at(0)), min(p.Max, at(6))
	case nn.ReluN1To1Act:
		p.Min, p.Max = max(p.Min, at(-1)), min(p.Max, at(1))
	}
}

func scale(t *nn.Tensor) float32 { return t.Quant.Scale[0] }

// prepareConv is for the three convolutions, whose weights may have a scale for
// each output channel; products of scales are taken in float64.
func prepareConv(p *Plan) error {
	x, w, y := p.Node.In[0], p.Node.In[1], p.Node.Out[0]
	for _, s := range w.Quant.Scale {
		p.Out = append(p.Out, NewRescale(float64(scale(x))*float64(s)/float64(scale(y))))
	}
	return nil
}

// prepareFully differs where there is one scale: inputs' and weights' are then
// multiplied in float32.
func prepareFully(p *Plan) error {
	x, w, y := p.Node.In[0], p.Node.In[1], p.Node.Out[0]
	if !w.Quant.PerChannel() {
		p.Out = []Rescale{NewRescale(float64(scale(x)*scale(w)) / float64(scale(y)))}
	} else {
		for _, s := range w.Quant.Scale {
			p.Out = append(p.Out, NewRescale(float64(scale(x))*float64(s)/float64(scale(y))))
		}
	}
	return nil
}

func prepareMatMul(p *Plan) error {
	p.Out = []Rescale{NewRescale(float64(scale(p.Node.In[0])*scale(p.Node.In[1])) / float64(scale(p.Node.Out[0])))}
	return nil
}

// prepareAdd brings both inputs to twice the larger of their scales.
func prepareAdd(p *Plan) error {
	a, b, y := float64(scale(p.Node.In[0])), float64(scale(p.Node.In[1])), float64(scale(p.Node.Out[0]))
	twice := 2 * max(a, b)
	return p.sum(a/twice, b/twice, twice/(1<<20*y))
}

// prepareSub computes the same in float32, as the reference does here.
func prepareSub(p *Plan) error {
	a, b, y := scale(p.Node.In[0]), scale(p.Node.In[1]), scale(p.Node.Out[0])
	twice := 2 * max(a, b)
	return p.sum(float64(a/twice), float64(b/twice), float64(twice/(1<<20*y)))
}

func (p *Plan) sum(a, b, out float64) error {
	if out >= 1 {
		return fmt.Errorf("the scale of output %s is less than a millionth of an input's", p.Node.Out[0])
	}
	p.LeftShift = 20
	p.In = [2]Rescale{NewRescale(a), NewRescale(b)}
	p.Out = []Rescale{NewRescale(out)}
	return nil
}

func prepareMul(p *Plan) error {
	a, b, y := float64(scale(p.Node.In[0])), float64(scale(p.Node.In[1])), float64(scale(p.Node.Out[0]))
	p.Out = []Rescale{NewRescale(a * b / y)}
	return nil
}
