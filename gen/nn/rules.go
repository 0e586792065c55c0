package nn

import (
	"fmt"
	"math"
	"slices"
)

// rule is what Check demands of one kind of operator.
type rule struct {
	min, max int // inputs; those from min on may be nil
	shapes   func(*Node) error
	types    func(*Node) error
	scales   func(*Node) error
}

const many = 1 << 20

// rules by Op.
var rules = [...]rule{
	Conv:           {2, 3, convShapes, weightTypes, weightScales(0)},
	Depthwise:      {2, 3, depthwiseShapes, weightTypes, weightScales(3)},
	TransposedConv: {2, 3, transposedShapes, weightTypes, weightScales(0)},
	FullyConnected: {2, 3, fullyConnectedShapes, weightTypes, weightScales(0)},
	MatMul:         {2, 2, matMulShapes, oneType, anyScale},
	AveragePool:    {1, 1, poolShapes, oneType, sameScale},
	MaxPool:        {1, 1, poolShapes, oneType, sameScale},
	Mean:           {1, 1, meanShapes, oneType, anyScale},
	Add:            {2, 2, broadcastShapes, oneType, anyScale},
	Sub:            {2, 2, broadcastShapes, oneType, anyScale},
	Mul:            {2, 2, broadcastShapes, oneType, anyScale},
	Concat:         {1, many, concatShapes, oneType, sameScale},
	Split:          {1, 1, splitShapes, oneType, sameScale},
	Slice:          {1, 1, sliceShapes, oneType, sameScale},
	Pad:            {1, 1, padShapes, oneType, sameScale},
	Reshape:        {1, 1, reshapeShapes, oneType, sameScale},
	Transpose:      {1, 1, transposeShapes, oneType, sameScale},
	Softmax:        {1, 1, softmaxShapes, oneType, fixedScale(1.0/256, -128)},
	Relu:           {1, 1, reluShapes, oneType, anyScale},
	LeakyRelu:      {1, 1, leakyShapes, oneType, anyScale},
	HardSwish:      {1, 1, equalShapes, oneType, anyScale},
	Sigmoid:        {1, 1, equalShapes, oneType, fixedScale(1.0/256, -128)},
	Tanh:           {1, 1, equalShapes, oneType, fixedScale(1.0/128, 0)},
	Gelu:           {1, 1, equalShapes, oneType, anyScale},
	LayerNorm:      {1, 3, layerNormShapes, layerNormTypes, anyScaleOfFirst},
	Gather:         {2, 2, gatherShapes, gatherTypes, gatherScale},
	ResizeNearest:  {1, 1, resizeShapes, oneType, sameScale},
	Quantize:       {1, 1, equalShapes, quantizeTypes, anyScale},
	Dequantize:     {1, 1, equalShapes, dequantizeTypes, anyScale},
}

// edges are all tensors of the node that are there.
func (n *Node) edges() []*Tensor {
	return slices.DeleteFunc(slices.Concat(n.In, n.Out), func(t *Tensor) bool { return t == nil })
}

// oneType: all tensors are int8, or all are float32.
func oneType(n *Node) error {
	for _, t := range n.edges() {
		if t.Type != Int8 && t.Type != Float32 {
			return fmt.Errorf("%q is %s: %s runs on int8 only; convert the network with full integer quantisation", t.Name, t.Type, n.Op)
		}
		if t.Type != n.Out[0].Type {
			return fmt.Errorf("%q is %s and %q %s: %s needs one type", t.Name, t.Type, n.Out[0].Name, n.Out[0].Type, n.Op)
		}
	}
	return nil
}

// layerNormTypes: gain and bias are constants in float32, whatever is normalised.
func layerNormTypes(n *Node) error {
	for _, t := range n.In[1:] {
		if t != nil && (t.Type != Float32 || !t.Const()) {
			return fmt.Errorf("%q is %s or no constant; gain and bias of %s are constants of float32", t.Name, t.Type, n.Op)
		}
	}
	return oneType(&Node{Op: n.Op, In: n.In[:1], Out: n.Out})
}

func gatherTypes(n *Node) error {
	if !n.In[0].Const() {
		return fmt.Errorf("the table %q is no constant", n.In[0].Name)
	}
	if n.In[1].Type != Int32 {
		return fmt.Errorf("the indices %q are %s; int32 needed", n.In[1].Name, n.In[1].Type)
	}
	return oneType(&Node{Op: n.Op, In: n.In[:1], Out: n.Out})
}

// weightTypes: weights and bias are constants; the bias of int8 is int32.
func weightTypes(n *Node) error {
	if !n.In[1].Const() {
		return fmt.Errorf("the weights %q are no constant", n.In[1].Name)
	}
	if err := oneType(&Node{Op: n.Op, In: n.In[:2], Out: n.Out}); err != nil {
		return err
	}
	b := n.bias()
	if b == nil {
		return nil
	}
	want := Float32
	if n.Out[0].Type == Int8 {
		want = Int32
	}
	if !b.Const() || b.Type != want {
		return fmt.Errorf("the bias %q is %s or no constant; a constant of %s is needed", b.Name, b.Type, want)
	}
	return nil
}

func (n *Node) bias() *Tensor {
	if len(n.In) < 3 {
		return nil
	}
	return n.In[2]
}

func quantizeTypes(n *Node) error {
	x, y := n.In[0].Type, n.Out[0].Type
	if x != Float32 && x != UInt8 && x != Int8 || y != Int8 && y != UInt8 {
		return fmt.Errorf("%s to %s: %s makes int8 or uint8 of float32, uint8 or int8", x, y, n.Op)
	}
	return nil
}

func dequantizeTypes(n *Node) error {
	x, y := n.In[0].Type, n.Out[0].Type
	if x != Int8 && x != UInt8 || y != Float32 {
		return fmt.Errorf("%s to %s: %s makes float32 of int8 or uint8", x, y, n.Op)
	}
	return nil
}

// scaled: an integer activation has one scale and a zero point of its type.
func scaled(t *Tensor) error {
	lo, hi := int32(math.MinInt8), int32(math.MaxInt8)
	switch t.Type {
	case Int8:
	case UInt8:
		lo, hi = 0, math.MaxUint8
	default:
		return nil
	}
	switch {
	case t.Quant == nil:
		return fmt.Errorf("%q is %s without a scale", t.Name, t.Type)
	case len(t.Quant.Scale) != 1:
		return fmt.Errorf("%q has %d scales; activations have one", t.Name, len(t.Quant.Scale))
	case t.Quant.Zero[0] < lo || t.Quant.Zero[0] > hi:
		return fmt.Errorf("the zero point of %q is %d, beyond %s", t.Name, t.Quant.Zero[0], t.Type)
	}
	return nil
}

func anyScale(n *Node) error {
	for _, t := range n.edges() {
		if err := scaled(t); err != nil {
			return err
		}
	}
	return nil
}

// anyScaleOfFirst: the other inputs have no scales.
func anyScaleOfFirst(n *Node) error { return anyScale(&Node{Op: n.Op, In: n.In[:1], Out: n.Out}) }

// gatherScale: rows are copied, and indices are what they say.
func gatherScale(n *Node) error { return sameScale(&Node{Op: n.Op, In: n.In[:1], Out: n.Out}) }

// sameScale: the operator moves or compares integers and cannot rescale them.
func sameScale(n *Node) error {
	if err := anyScale(n); err != nil || n.Out[0].Type == Float32 {
		return err
	}
	want := n.Out[0].Quant
	for _, t := range n.edges() {
		if t.Quant.Scale[0] != want.Scale[0] || t.Quant.Zero[0] != want.Zero[0] {
			return fmt.Errorf("%q has scale %v and zero point %d, %q %v and %d: %s does not rescale", t.Name, t.Quant.Scale[0], t.Quant.Zero[0],
				n.Out[0].Name, want.Scale[0], want.Zero[0], n.Op)
		}
	}
	return nil
}

// fixedScale: the range of the results is known, and the kernels rely on it.
func fixedScale(scale float32, zero int32) func(*Node) error {
	return func(n *Node) error {
		if err := anyScale(n); err != nil || n.Out[0].Type == Float32 {
			return err
		}
		if q := n.Out[0].Quant; q.Scale[0] != scale || q.Zero[0] != zero {
			return fmt.Errorf("scale %v and zero point %d of the result of %s; %v and %d needed", q.Scale[0], q.Zero[0], n.Op, scale, zero)
		}
		return nil
	}
}

// weightScales: weights have zero point 0 and one scale, or one for each output
// channel, which lie along the axis.
func weightScales(axis int) func(*Node) error {
	return func(n *Node) error {
		if err := anyScale(&Node{In: n.In[:1], Out: n.Out}); err != nil || n.Out[0].Type == Float32 {
			return err
		}
		w := n.In[1]
		switch q := w.Quant; {
		case q == nil:
			return fmt.Errorf("the weights %q have no scale", w.Name)
		case len(q.Scale) > 1 && q.Axis != axis:
			return fmt.Errorf("the scales of the weights %q lie along axis %d; output channels are axis %d", w.Name, q.Axis, axis)
		case slices.ContainsFunc(q.Zero, func(z int32) bool { return z != 0 }):
			return fmt.Errorf("the weights %q have a zero point other than 0", w.Name)
		}
		return nil
	}
}
