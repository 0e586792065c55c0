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

	Table *[256]int8 // functions of one element, relu to tanh and requantisation: by the input's byte
	Exp   *Exp       // softmax
	Mean  *Affine    // mean that rescales: sum of the elements to output; nil: the sum divided by the count, truncated

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

// Prepare derives a node's plan, and checks that the shapes, types and scales are
// some that the kernel can run on. An error names the node and the tensor.
func Prepare(n *nn.Node) (*Plan, error) {
	p := &Plan{Node: n, Min: -128, Max: 127}
	if int(n.Op) >= len(operators) || operators[n.Op].prepare == nil {
		return nil, fmt.Errorf("layer %s: operator %d is not one that can be executed", n.Name, n.Op)
	}
	op := operators[n.Op]
	p.run = op.run
	err := tensors(n, op)
	if err == nil {
		err = op.shape(n)
	}
	if err == nil {
		err = op.prepare(p)
	}
	if err != nil {
		return nil, fmt.Errorf("layer %s (%s, in the model %q): %w", n.Name, n.Op, n.Source, err)
	}
	return p, nil
}

// operator is how one kind of node is checked, prepared and executed.
type operator struct {
	least, most int // inputs; most 0 for any number
	outs        int // outputs; 0 for any number
	shape       func(n *nn.Node) error
	prepare     func(p *Plan) error
	run         func(p *Plan, in, out []Value)
	real        func(n *nn.Node, in, out []Value) // the same in floating point
}

var operators [nn.Dequantize + 1]operator

// The table is filled here rather than where it is declared: its kernels use it.
func init() {
	operators = [...]operator{
		nn.Conv:           {2, 3, 1, convShape, prepareConv, runConv, realConv},
		nn.Depthwise:      {2, 3, 1, depthwiseShape, prepareConv, runDepthwise, realDepthwise},
		nn.TransposedConv: {2, 3, 1, transposedShape, prepareConv, runTransposed, realTransposed},
		nn.FullyConnected: {2, 3, 1, fullyShape, prepareFully, runFully, realFully},
		nn.MatMul:         {2, 2, 1, matMulShape, prepareMatMul, runMatMul, realMatMul},
		nn.AveragePool:    {1, 1, 1, poolShape, prepareSame, runAverage, realAverage},
		nn.MaxPool:        {1, 1, 1, poolShape, prepareSame, runMax, realMax},
		nn.Mean:           {1, 1, 1, meanShape, prepareMean, runMean, realMean},
		nn.Add:            {2, 2, 1, broadcastShape, prepareAdd, runAdd, realBinary},
		nn.Sub:            {2, 2, 1, broadcastShape, prepareSub, runAdd, realBinary},
		nn.Mul:            {2, 2, 1, broadcastShape, prepareMul, runMul, realBinary},
		nn.Concat:         {1, 0, 1, concatShape, prepareCopy, runConcat, nil},
		nn.Split:          {1, 1, 0, splitShape, prepareCopy, runSplit, nil},
		nn.Slice:          {1, 1, 1, sliceShape, prepareCopy, runSlice, nil},
		nn.Pad:            {1, 1, 1, padShape, prepareCopy, runPad, nil},
		nn.Reshape:        {1, 1, 1, sameElements, prepareCopy, runReshape, nil},
		nn.Transpose:      {1, 1, 1, transposeShape, prepareCopy, runTranspose, nil},
		nn.Softmax:        {1, 1, 1, softmaxShape, prepareSoftmax, runSoftmax, realSoftmax},
		nn.Relu:           {1, 1, 1, sameElements, prepareRelu, runTable, realUnary},
		nn.LeakyRelu:      {1, 1, 1, sameElements, prepareLeaky, runTable, realUnary},
		nn.HardSwish:      {1, 1, 1, sameElements, prepareHardSwish, runTable, realUnary},
		nn.Sigmoid:        {1, 1, 1, sameElements, prepareSigmoid, runTable, realUnary},
		nn.Tanh:           {1, 1, 1, sameElements, prepareTanh, runTable, realUnary},
		nn.ResizeNearest:  {1, 1, 1, resizeShape, prepareCopy, runResize, nil},
		nn.Quantize:       {1, 1, 1, sameElements, prepareQuantize, runQuantize, realUnary},
		nn.Dequantize:     {1, 1, 1, sameElements, prepareDequantize, runDequantize, realUnary},
	}
}

// zeros fills the zero points in and wants int8 tensors with one scale each.
func (p *Plan) zeros() error {
	for i, t := range p.Node.In {
		if i > 1 || t == nil {
			break
		}
		if t.Type != nn.Int8 {
			return fmt.Errorf("input %s must be int8", t)
		}
		if err := quantised(t); err != nil {
			return err
		}
		p.InZero[i] = t.Quant.Zero[0]
	}
	out := p.Node.Out[0]
	if out.Type != nn.Int8 {
		return fmt.Errorf("output %s must be int8", out)
	}
	if err := quantised(out); err != nil {
		return err
	}
	p.OutZero = out.Quant.Zero[0]
	return nil
}

// quantised wants finite, positive scales and as many zero points.
func quantised(t *nn.Tensor) error {
	if t.Quant == nil || len(t.Quant.Scale) == 0 || len(t.Quant.Zero) != len(t.Quant.Scale) {
		return fmt.Errorf("tensor %s has no scale, or not as many zero points as scales", t)
	}
	for _, z := range t.Quant.Zero {
		if t.Type == nn.Int8 && z != int32(int8(z)) || t.Type == nn.UInt8 && z != int32(uint8(z)) {
			return fmt.Errorf("tensor %s has the zero point %d, which its type cannot hold", t, z)
		}
	}
	for _, s := range t.Quant.Scale {
		if !(s > 0) || math.IsInf(float64(s), 0) {
			return fmt.Errorf("tensor %s has the scale %v; it must be positive and finite", t, s)
		}
	}
	return nil
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
	if err := p.zeros(); err != nil {
		return err
	}
	x, w, y := p.Node.In[0], p.Node.In[1], p.Node.Out[0]
	for _, z := range w.Quant.Zero {
		if z != 0 {
			return fmt.Errorf("weights %s have the zero point %d; it must be 0", w, z)
		}
	}
	if c := y.Shape[3]; w.Quant.PerChannel() && len(w.Quant.Scale) != c {
		return fmt.Errorf("weights %s have %d scales for %d output channels", w, len(w.Quant.Scale), c)
	}
	for _, s := range w.Quant.Scale {
		p.Out = append(p.Out, NewRescale(float64(scale(x))*float64(s)/float64(scale(y))))
	}
	p.activation()
	return nil
}

// prepareFully differs where there is one scale: inputs' and weights' are then
// multiplied in float32.
func prepareFully(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
	x, w, y := p.Node.In[0], p.Node.In[1], p.Node.Out[0]
	if !w.Quant.PerChannel() {
		p.Out = []Rescale{NewRescale(float64(scale(x)*scale(w)) / float64(scale(y)))}
	} else {
		if len(w.Quant.Scale) != w.Shape[0] {
			return fmt.Errorf("weights %s have %d scales for %d outputs", w, len(w.Quant.Scale), w.Shape[0])
		}
		for c, s := range w.Quant.Scale {
			if w.Quant.Zero[c] != 0 {
				return fmt.Errorf("weights %s have the zero point %d in channel %d; it must be 0", w, w.Quant.Zero[c], c)
			}
			p.Out = append(p.Out, NewRescale(float64(scale(x))*float64(s)/float64(scale(y))))
		}
	}
	p.activation()
	return nil
}

func prepareMatMul(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
	p.Out = []Rescale{NewRescale(float64(scale(p.Node.In[0])*scale(p.Node.In[1])) / float64(scale(p.Node.Out[0])))}
	return nil
}

// prepareSame is for pools: input and output have one scale, so that values can be
// compared and averaged as they are.
func prepareSame(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
	p.activation()
	return prepareCopy(p)
}

// prepareCopy is for what only moves elements: the numbers they stand for stay.
func prepareCopy(p *Plan) error {
	n := p.Node
	y := n.Out[0]
	for _, t := range n.Out {
		for _, x := range n.In {
			if x.Type != t.Type {
				return fmt.Errorf("%s goes into %s as it is, so the types must be equal", x, t)
			}
			if (x.Quant == nil) != (t.Quant == nil) {
				return fmt.Errorf("%s and %s must both have scales, or neither", x, t)
			}
			if x.Quant == nil {
				continue
			}
			if err := quantised(x); err != nil {
				return err
			}
			if err := quantised(t); err != nil {
				return err
			}
			if !near(scale(x), scale(t)) || x.Quant.Zero[0] != t.Quant.Zero[0] {
				return fmt.Errorf("%s (scale %v, zero point %d) goes into %s (%v, %d) as it is: quantise it before", x, scale(x), x.Quant.Zero[0], t, scale(t), t.Quant.Zero[0])
			}
		}
	}
	if y.Quant != nil {
		p.OutZero = y.Quant.Zero[0]
	}
	return nil
}

// near forgives the last bits of a scale that two tools computed.
func near(a, b float32) bool {
	return math.Abs(float64(a)-float64(b)) <= 1e-5*math.Abs(float64(a))
}

// prepareAdd brings both inputs to twice the larger of their scales.
func prepareAdd(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
	a, b, y := float64(scale(p.Node.In[0])), float64(scale(p.Node.In[1])), float64(scale(p.Node.Out[0]))
	twice := 2 * max(a, b)
	return p.sum(a/twice, b/twice, twice/(1<<20*y))
}

// prepareSub computes the same in float32, as the reference does here.
func prepareSub(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
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
	p.activation()
	return nil
}

func prepareMul(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
	a, b, y := float64(scale(p.Node.In[0])), float64(scale(p.Node.In[1])), float64(scale(p.Node.Out[0]))
	p.Out = []Rescale{NewRescale(a * b / y)}
	p.activation()
	return nil
}
