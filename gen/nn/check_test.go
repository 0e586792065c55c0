package nn

import (
	"math"
	"strings"
	"testing"
)

// act is an int8 activation of scale 0.5 and zero point 1.
func act(shape ...int) *Tensor {
	return &Tensor{Name: "act", Shape: shape, Quant: &Quant{Scale: []float32{0.5}, Zero: []int32{1}}}
}

func result(scale float32, zero int32, shape ...int) *Tensor {
	return &Tensor{Name: "result", Shape: shape, Quant: &Quant{Scale: []float32{scale}, Zero: []int32{zero}}}
}

func weights(shape ...int) *Tensor {
	return &Tensor{Name: "weights", Shape: shape, I8: make([]int8, Elements(shape)), Quant: &Quant{Scale: []float32{0.25}, Zero: []int32{0}}}
}

func bias(n int) *Tensor {
	return &Tensor{Name: "bias", Shape: []int{n}, Type: Int32, I32: make([]int32, n)}
}

func reals(n int) *Tensor {
	return &Tensor{Name: "reals", Shape: []int{n}, Type: Float32, F32: make([]float32, n)}
}

func in(t ...*Tensor) []*Tensor { return t }

var slide = Window{Kernel: [2]int{3, 3}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}, Before: [2]int{0, 2}, After: [2]int{1, 2}}

// nodes has a fine node of each operator.
var nodes = [...]func() *Node{
	Conv: func() *Node {
		return &Node{In: in(act(1, 6, 6, 4), weights(4, 3, 3, 2), bias(4)), Out: in(act(1, 3, 6, 4)), Params: Params{Window: slide, Groups: 2}}
	},
	Depthwise: func() *Node {
		return &Node{In: in(act(1, 6, 6, 2), weights(1, 3, 3, 4), nil), Out: in(act(1, 3, 6, 4)), Params: Params{Window: slide, Multiplier: 2}}
	},
	TransposedConv: func() *Node {
		return &Node{In: in(act(1, 3, 6, 2), weights(4, 3, 3, 2)), Out: in(act(1, 6, 6, 4)), Params: Params{Window: slide}}
	},
	FullyConnected: func() *Node { return &Node{In: in(act(2, 1, 2, 2), weights(3, 4), bias(3)), Out: in(act(2, 3))} },
	MatMul:         func() *Node { return &Node{In: in(act(2, 3, 4), act(2, 4, 5)), Out: in(act(2, 3, 5))} },
	AveragePool: func() *Node {
		return &Node{In: in(act(1, 6, 6, 2)), Out: in(act(1, 2, 2, 2)), Params: Params{Window: Window{Kernel: [2]int{3, 3}, Stride: [2]int{3, 3}, Dilation: [2]int{1, 1}}}}
	},
	MaxPool: func() *Node {
		return &Node{In: in(act(1, 6, 6, 2)), Out: in(act(1, 2, 2, 2)), Params: Params{Window: Window{Kernel: [2]int{3, 3}, Stride: [2]int{3, 3}, Dilation: [2]int{1, 1}}}}
	},
	Mean: func() *Node {
		return &Node{In: in(act(1, 6, 6, 2)), Out: in(act(1, 2)), Params: Params{Axes: []int{1, 2}}}
	},
	Add: func() *Node { return &Node{In: in(act(2, 3), act(3)), Out: in(act(2, 3))} },
	Sub: func() *Node { return &Node{In: in(act(2, 1), act(1, 3)), Out: in(act(2, 3))} },
	Mul: func() *Node { return &Node{In: in(act(2, 3), weights(1)), Out: in(act(2, 3))} },
	Concat: func() *Node {
		return &Node{In: in(act(2, 3), act(2, 1)), Out: in(act(2, 4)), Params: Params{Axis: 1}}
	},
	Split: func() *Node {
		return &Node{In: in(act(2, 4)), Out: in(act(2, 3), act(2, 1)), Params: Params{Axis: 1}}
	},
	Slice: func() *Node {
		return &Node{In: in(act(4, 5)), Out: in(act(2, 3)), Params: Params{Begin: []int{1, 4}, Step: []int{2, -2}}}
	},
	Pad: func() *Node {
		return &Node{In: in(act(4, 5)), Out: in(act(6, 5)), Params: Params{Pads: [][2]int{{1, 1}, {0, 0}}}}
	},
	Reshape: func() *Node { return &Node{In: in(act(4, 5)), Out: in(act(2, 1, 10))} },
	Transpose: func() *Node {
		return &Node{In: in(act(4, 5, 6)), Out: in(act(6, 4, 5)), Params: Params{Perm: []int{2, 0, 1}}}
	},
	Softmax: func() *Node {
		return &Node{In: in(act(2, 3)), Out: in(result(1./256, -128, 2, 3)), Params: Params{Axis: 1, Beta: 1}}
	},
	Relu: func() *Node {
		return &Node{In: in(act(2)), Out: in(result(0.25, -128, 2)), Params: Params{Act: Relu6Act}}
	},
	LeakyRelu: func() *Node { return &Node{In: in(act(2)), Out: in(act(2)), Params: Params{Alpha: 0.1}} },
	HardSwish: func() *Node { return &Node{In: in(act(2)), Out: in(act(2))} },
	Sigmoid:   func() *Node { return &Node{In: in(act(2)), Out: in(result(1./256, -128, 2))} },
	Tanh:      func() *Node { return &Node{In: in(act(2)), Out: in(result(1./128, 0, 2))} },
	Gelu:      func() *Node { return &Node{In: in(act(2)), Out: in(act(2))} },
	LayerNorm: func() *Node {
		return &Node{In: in(act(2, 3), reals(3), nil), Out: in(result(0.25, 0, 2, 3)), Params: Params{Axis: 1, Epsilon: 1e-5}}
	},
	Gather: func() *Node {
		table := act(5, 2)
		table.I8 = make([]int8, 10)
		return &Node{In: in(table, &Tensor{Name: "rows", Shape: []int{3, 4}, Type: Int32}), Out: in(act(3, 4, 2))}
	},
	ResizeNearest: func() *Node { return &Node{In: in(act(1, 2, 2, 3)), Out: in(act(1, 4, 5, 3))} },
	Quantize:      func() *Node { return &Node{In: in(&Tensor{Shape: []int{2}, Type: Float32}), Out: in(act(2))} },
	Dequantize:    func() *Node { return &Node{In: in(act(2)), Out: in(&Tensor{Shape: []int{2}, Type: Float32})} },
}

// graph makes a network of one node.
func graph(op Op) *Graph {
	n := nodes[op]()
	n.Op, n.Name = op, "node"
	g := &Graph{Name: "net", File: "f", Nodes: []*Node{n}, Outputs: n.Out}
	for _, t := range n.In {
		if t != nil && !t.Const() {
			g.Inputs = append(g.Inputs, t)
		}
	}
	return g
}

func TestCheckAccepts(t *testing.T) {
	for op := range nodes {
		if err := graph(Op(op)).Check(); err != nil {
			t.Error(err)
		}
	}
	if len(nodes) != len(opNames) || len(rules) != len(opNames) {
		t.Errorf("%d nodes and %d rules for %d operators", len(nodes), len(rules), len(opNames))
	}
}

// TestCheckFloat passes a network before it is quantised.
func TestCheckFloat(t *testing.T) {
	for _, op := range []Op{Conv, FullyConnected, Add, Concat, Softmax, MaxPool} {
		g := graph(op)
		for _, x := range g.Nodes[0].edges() {
			x.Type, x.Quant = Float32, nil
			if x.Const() {
				x.F32, x.I8, x.I32 = make([]float32, x.Elements()), nil, nil
			}
		}
		if err := g.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		op     Op
		damage func(g *Graph, n *Node)
		want   string
	}{
		{Add, func(g *Graph, n *Node) { g.Name = "a b" }, `f: the graph's name "a b" is no identifier`},
		{Add, func(g *Graph, n *Node) { n.Name = "1" }, `its name "1" is no identifier`},
		{Add, func(g *Graph, n *Node) { g.Nodes = append(g.Nodes, n) }, `its name "node" is no identifier or not unique`},
		{Add, func(g *Graph, n *Node) { g.Inputs = g.Inputs[:1] }, `operator add "node": tensor "act": input 1 comes from no earlier operator`},
		{Add, func(g *Graph, n *Node) { g.Inputs[1] = g.Inputs[0] }, `input 1: it is made twice`},
		{Add, func(g *Graph, n *Node) { n.Out = g.Inputs[:1] }, `it is made twice`},
		{Mul, func(g *Graph, n *Node) { g.Inputs = append(g.Inputs, n.In[1]) }, `input 1: it is a constant`},
		{Mul, func(g *Graph, n *Node) { g.Inputs, n.In[0] = nil, weights(2, 3) }, `the network has 0 inputs`},
		{Add, func(g *Graph, n *Node) { g.Outputs = in(act(1)) }, `no operator makes the network's output 0`},
		{Add, func(g *Graph, n *Node) { n.In = n.In[:1] }, `add has 1 inputs and 1 outputs`},
		{Add, func(g *Graph, n *Node) { n.In[1] = nil }, `input 1 is absent`},
		{Add, func(g *Graph, n *Node) { n.Op = 99 }, `operator 99 is unknown`},
		{Add, func(g *Graph, n *Node) { n.Act = 9 }, `activation 9 is unknown`},
		{MatMul, func(g *Graph, n *Node) { n.Act = ReluAct }, `matmul takes no activation function, and has relu`},
		{Add, func(g *Graph, n *Node) { n.Out[0].Shape = []int{3, 3} }, `shapes do not fit: add of [2 3], [3] to [3 3]`},
		{Add, func(g *Graph, n *Node) { n.In[0].Shape = []int{1, 3} }, `shapes do not fit: add`},
		{Add, func(g *Graph, n *Node) { n.In[0].Shape = []int{1, 2, 3} }, `shapes do not fit: add`},
		{Add, func(g *Graph, n *Node) { n.In[0].Shape[0] = 0 }, `shape [0 3]: dimensions are positive`},
		{Add, func(g *Graph, n *Node) { n.In[0].Shape = []int{1 << 27, 1 << 27, 1 << 27} }, `elements at most`},
		{Add, func(g *Graph, n *Node) { n.In[0].Shape = make([]int, 9) }, `type 0, shape [0 0 0 0 0 0 0 0 0]`},
		{Add, func(g *Graph, n *Node) { n.In[0].Quant = nil }, `"act" is int8 without a scale`},
		{Add, func(g *Graph, n *Node) { n.In[0].Quant = &Quant{Scale: []float32{1, 2}, Zero: []int32{0, 0}} }, `"act" has 2 scales; activations have one`},
		{Add, func(g *Graph, n *Node) { n.In[0].Quant.Zero[0] = -129 }, `zero point of "act" is -129, beyond int8`},
		{Add, func(g *Graph, n *Node) { n.In[0].Quant.Zero = nil }, `1 scales and 0 zero points`},
		{Add, func(g *Graph, n *Node) { n.In[0].Quant.Scale[0] = float32(math.Inf(1)) }, `scale +Inf: scales are positive`},
		{Add, func(g *Graph, n *Node) { n.In[0].Quant.Scale[0] = float32(math.NaN()) }, `scale NaN: scales are positive`},
		{Add, func(g *Graph, n *Node) { n.In[0].Type = Int16 }, `"act" is int16: add runs on int8 only`},
		{Mul, func(g *Graph, n *Node) { n.In[1].I8 = make([]int8, 2) }, `2 constant elements of int8 for the shape [1]`},
		{Conv, func(g *Graph, n *Node) { n.Groups = 1 }, `shapes do not fit: conv of [1 6 6 4], [4 3 3 2], [4] to [1 3 6 4]`},
		{Conv, func(g *Graph, n *Node) { n.Window.Kernel[0] = 2 }, `shapes do not fit`},
		{Conv, func(g *Graph, n *Node) { n.Window.Stride[0] = 0 }, `kernel, stride and dilation are 1 to`},
		{Conv, func(g *Graph, n *Node) { n.Window.After[0] = -1 }, `kernel, stride and dilation are 1 to`},
		{Conv, func(g *Graph, n *Node) { n.Window.Before[1] = 3 }, `does not lead from [1 6 6 4] to [1 3 6 4]`},
		{Conv, func(g *Graph, n *Node) { n.In[2] = bias(3) }, `the bias "bias" has 3 elements for 4 channels`},
		{Conv, func(g *Graph, n *Node) { n.In[2] = weights(4) }, `the bias "weights" is int8 or no constant`},
		{Conv, func(g *Graph, n *Node) { n.In[1].Quant = nil }, `the weights "weights" have no scale`},
		{Conv, func(g *Graph, n *Node) { n.In[1].Quant.Zero[0] = 1 }, `have a zero point other than 0`},
		{Conv, func(g *Graph, n *Node) { n.In[1].I8 = nil; g.Inputs = append(g.Inputs, n.In[1]) }, `the weights "weights" are no constant`},
		{Conv, func(g *Graph, n *Node) {
			n.In[1].Quant = &Quant{Scale: []float32{1, 1, 1}, Zero: make([]int32, 3), Axis: 1}
		}, `lie along axis 1; output channels are axis 0`},
		{Conv, func(g *Graph, n *Node) { n.In[1].Quant = &Quant{Scale: []float32{1, 1, 1}, Zero: make([]int32, 3)} }, `3 scales along axis 0 of the shape`},
		{Depthwise, func(g *Graph, n *Node) { n.Multiplier = 1 }, `shapes do not fit`},
		{TransposedConv, func(g *Graph, n *Node) { n.Window.Before[0] = 2 }, `does not lead from [1 6 6 4] to [1 3 6 2]`},
		{FullyConnected, func(g *Graph, n *Node) { n.Out[0].Shape = []int{3, 2} }, `shapes do not fit`},
		{FullyConnected, func(g *Graph, n *Node) { n.In[0].Shape = []int{7} }, `shapes do not fit`},
		{MatMul, func(g *Graph, n *Node) { n.TransposeB = true }, `shapes do not fit`},
		{MaxPool, func(g *Graph, n *Node) { n.Window.Before[0], n.Window.After[0] = 3, 0 }, `a pool's padding is smaller than its kernel`},
		{MaxPool, func(g *Graph, n *Node) { n.Out[0].Quant.Scale[0] = 1 }, `max_pool does not rescale`},
		{Mean, func(g *Graph, n *Node) { n.KeepDims = true }, `shapes do not fit`},
		{Mean, func(g *Graph, n *Node) { n.Axes = []int{2, 1} }, `they ascend, and lie within`},
		{Mean, func(g *Graph, n *Node) { n.Axes = []int{1, 4} }, `they ascend, and lie within`},
		{Concat, func(g *Graph, n *Node) { n.Axis = 0 }, `shapes do not fit`},
		{Concat, func(g *Graph, n *Node) { n.Axis = -1 }, `axis -1 of [2 4]`},
		{Concat, func(g *Graph, n *Node) { n.In[1].Quant.Zero[0] = 0 }, `concat does not rescale`},
		{Split, func(g *Graph, n *Node) { n.Out[1].Shape[1] = 2 }, `shapes do not fit: split of [2 4] to [2 3] [2 2]`},
		{Slice, func(g *Graph, n *Node) { n.Begin[1] = 3 }, `from 3, 3 elements by -2, does not fit dimension 1`},
		{Slice, func(g *Graph, n *Node) { n.Begin[0] = 4 }, `does not fit dimension 0`},
		{Slice, func(g *Graph, n *Node) { n.Step[0] = 0 }, `step 0 along dimension 0`},
		{Slice, func(g *Graph, n *Node) { n.Step[0] = math.MaxInt }, `along dimension 0`},
		{Pad, func(g *Graph, n *Node) { n.Pads[1] = [2]int{-1, 1} }, `does not lead from [4 5] to [6 5]`},
		{Pad, func(g *Graph, n *Node) { n.Pads[1][0] = math.MaxInt }, `does not lead from [4 5] to [6 5]`},
		{Reshape, func(g *Graph, n *Node) { n.Out[0].Shape[0] = 3 }, `shapes do not fit`},
		{Transpose, func(g *Graph, n *Node) { n.Perm = []int{2, 0, 0} }, `permutation [2 0 0] does not lead`},
		{Transpose, func(g *Graph, n *Node) { n.Perm = []int{2, 0, -1} }, `permutation [2 0 -1] does not lead`},
		{Softmax, func(g *Graph, n *Node) { n.Axis = 0 }, `softmax runs along the last one`},
		{Softmax, func(g *Graph, n *Node) { n.Beta = 0 }, `beta is 0; it is positive`},
		{Softmax, func(g *Graph, n *Node) { n.Out[0].Quant.Zero[0] = 0 }, `0.00390625 and -128 needed`},
		{Relu, func(g *Graph, n *Node) { n.Act = NoAct }, `relu without an activation`},
		{LeakyRelu, func(g *Graph, n *Node) { n.Alpha = float32(math.Inf(-1)) }, `alpha is -Inf`},
		{HardSwish, func(g *Graph, n *Node) { n.Out[0].Shape = []int{1, 2} }, `shapes do not fit`},
		{Tanh, func(g *Graph, n *Node) { n.Out[0].Quant.Scale[0] = 0.5 }, `0.0078125 and 0 needed`},
		{LayerNorm, func(g *Graph, n *Node) { n.Axis = 0 }, `layer_norm runs along the last one`},
		{LayerNorm, func(g *Graph, n *Node) { n.In[1] = reals(2) }, `3 elements needed, one for each along axis 1`},
		{LayerNorm, func(g *Graph, n *Node) { n.In[1] = bias(3) }, `"bias" is int32 or no constant`},
		{LayerNorm, func(g *Graph, n *Node) { n.In[1].F32 = nil; g.Inputs = append(g.Inputs, n.In[1]) }, `"reals" is float32 or no constant`},
		{LayerNorm, func(g *Graph, n *Node) { n.Epsilon = float32(math.NaN()) }, `epsilon is NaN`},
		{LayerNorm, func(g *Graph, n *Node) { n.Epsilon = -1 }, `epsilon is -1`},
		{LayerNorm, func(g *Graph, n *Node) { n.Out[0].Quant = nil }, `is int8 without a scale`},
		{Gather, func(g *Graph, n *Node) { n.In[0].I8 = nil; g.Inputs = append(g.Inputs, n.In[0]) }, `the table "act" is no constant`},
		{Gather, func(g *Graph, n *Node) { n.In[1].Type = Int64 }, `are int64; int32 needed`},
		{Gather, func(g *Graph, n *Node) { n.Out[0].Shape = []int{3, 2} }, `make [3 4 2], not [3 2]`},
		{Gather, func(g *Graph, n *Node) { n.Out[0].Quant.Scale[0] = 9 }, `gather does not rescale`},
		{ResizeNearest, func(g *Graph, n *Node) { n.AlignCorners, n.HalfPixel = true, true }, `exclude each other`},
		{ResizeNearest, func(g *Graph, n *Node) { n.Out[0].Shape[3] = 2 }, `shapes do not fit`},
		{Quantize, func(g *Graph, n *Node) { n.In[0].Type = Int16 }, `int16 to int8: quantize makes`},
		{Dequantize, func(g *Graph, n *Node) { n.Out[0].Type = Int8; n.Out[0].Quant = n.In[0].Quant }, `int8 to int8: dequantize makes`},
	} {
		g := graph(c.op)
		c.damage(g, g.Nodes[0])
		err := g.Check()
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "f: ") {
			t.Errorf("%s: got %v, want %s", c.op, err, c.want)
		}
	}
}
