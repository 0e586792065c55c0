package cost

import (
	"fmt"
	"math/rand/v2"

	"marvelgen/gen/nn"
)

// shape is a layer of the calibration on an input of height, width and channels.
type shape struct {
	op             nn.Op
	in             [3]int
	outs           int // channels; of a concat, those of both inputs
	kernel, stride [2]int
	pad            [2]int // on all sides
}

// shapes are layers of all classes, small, like those of networks but none of any that
// we know: windows of all kinds, few and many channels, with and without padding.
var shapes = []shape{
	{nn.Conv, [3]int{12, 12, 8}, 16, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{21, 19, 16}, 8, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.Conv, [3]int{6, 7, 32}, 24, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{7, 7, 48}, 12, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{30, 26, 4}, 8, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{11, 13, 24}, 16, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{9, 9, 96}, 20, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{18, 14, 12}, 20, [2]int{1, 1}, [2]int{2, 2}, [2]int{}},
	{nn.Conv, [3]int{13, 13, 40}, 12, [2]int{1, 1}, [2]int{2, 2}, [2]int{}},
	{nn.Conv, [3]int{5, 3, 800}, 8, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{33, 2, 8}, 12, [2]int{3, 1}, [2]int{1, 1}, [2]int{1, 0}},
	{nn.Conv, [3]int{10, 10, 8}, 6, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{9, 10, 16}, 10, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{8, 11, 16}, 7, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{12, 10, 12}, 8, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2}},
	{nn.Conv, [3]int{1, 1, 160}, 72, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},

	{nn.Conv, [3]int{18, 22, 3}, 12, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{36, 40, 3}, 8, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.Conv, [3]int{64, 60, 3}, 12, [2]int{3, 3}, [2]int{2, 2}, [2]int{0, 1}},
	{nn.Conv, [3]int{24, 28, 3}, 8, [2]int{7, 7}, [2]int{2, 2}, [2]int{3, 3}},
	{nn.Conv, [3]int{16, 15, 3}, 8, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2}},
	{nn.Conv, [3]int{20, 24, 1}, 6, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2}},
	{nn.Conv, [3]int{32, 32, 1}, 6, [2]int{5, 5}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{18, 20, 1}, 8, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{40, 12, 1}, 32, [2]int{10, 4}, [2]int{2, 2}, [2]int{4, 1}},
	{nn.Conv, [3]int{36, 14, 1}, 24, [2]int{10, 4}, [2]int{2, 2}, [2]int{4, 1}},
	{nn.Conv, [3]int{31, 20, 1}, 16, [2]int{10, 4}, [2]int{1, 2}, [2]int{}},
	{nn.Conv, [3]int{12, 16, 6}, 12, [2]int{5, 5}, [2]int{1, 1}, [2]int{}},
	{nn.Conv, [3]int{14, 12, 6}, 20, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2}},
	{nn.Conv, [3]int{10, 12, 10}, 8, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{16, 11, 6}, 8, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},

	{nn.Conv, [3]int{96, 80, 3}, 4, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.Conv, [3]int{80, 96, 3}, 8, [2]int{3, 3}, [2]int{2, 2}, [2]int{}},
	{nn.Conv, [3]int{12, 13, 3}, 40, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Conv, [3]int{16, 10, 6}, 8, [2]int{5, 5}, [2]int{2, 2}, [2]int{2, 2}},
	{nn.Conv, [3]int{10, 12, 14}, 20, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},

	{nn.Depthwise, [3]int{14, 14, 12}, 12, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Depthwise, [3]int{21, 17, 8}, 8, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.Depthwise, [3]int{6, 6, 80}, 80, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Depthwise, [3]int{9, 10, 40}, 40, [2]int{3, 3}, [2]int{1, 1}, [2]int{}},
	{nn.Depthwise, [3]int{13, 15, 16}, 16, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2}},
	{nn.Depthwise, [3]int{30, 2, 20}, 20, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}},
	{nn.Depthwise, [3]int{5, 5, 200}, 200, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.Depthwise, [3]int{12, 11, 24}, 24, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Depthwise, [3]int{4, 5, 256}, 256, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},
	{nn.Depthwise, [3]int{3, 4, 120}, 120, [2]int{3, 3}, [2]int{1, 1}, [2]int{}},
	{nn.Depthwise, [3]int{9, 7, 60}, 60, [2]int{5, 5}, [2]int{1, 1}, [2]int{}},
	{nn.Depthwise, [3]int{8, 9, 92}, 92, [2]int{2, 2}, [2]int{1, 1}, [2]int{}},
	{nn.Depthwise, [3]int{30, 31, 8}, 8, [2]int{1, 1}, [2]int{1, 1}, [2]int{}},

	{nn.AveragePool, [3]int{6, 6, 48}, 48, [2]int{6, 6}, [2]int{6, 6}, [2]int{}},
	{nn.AveragePool, [3]int{10, 9, 80}, 80, [2]int{10, 9}, [2]int{10, 9}, [2]int{}},
	{nn.AveragePool, [3]int{20, 6, 32}, 32, [2]int{20, 6}, [2]int{20, 6}, [2]int{}},
	{nn.AveragePool, [3]int{4, 4, 128}, 128, [2]int{4, 4}, [2]int{4, 4}, [2]int{}},
	{nn.AveragePool, [3]int{7, 7, 24}, 24, [2]int{7, 7}, [2]int{7, 7}, [2]int{}},
	{nn.AveragePool, [3]int{12, 14, 8}, 8, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.AveragePool, [3]int{10, 10, 160}, 160, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.AveragePool, [3]int{18, 20, 16}, 16, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},

	{nn.FullyConnected, [3]int{1, 1, 16}, 12, [2]int{}, [2]int{}, [2]int{}}, // too short for the unit
	{nn.FullyConnected, [3]int{1, 1, 12}, 24, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 8}, 64, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 72}, 16, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 96}, 12, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 320}, 92, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 144}, 200, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 1000}, 40, [2]int{}, [2]int{}, [2]int{}},
	{nn.FullyConnected, [3]int{1, 1, 40}, 8, [2]int{}, [2]int{}, [2]int{}},

	{nn.Add, [3]int{5, 6, 16}, 16, [2]int{}, [2]int{}, [2]int{}},
	{nn.Add, [3]int{20, 20, 12}, 12, [2]int{}, [2]int{}, [2]int{}},

	{nn.Concat, [3]int{10, 10, 16}, 28, [2]int{}, [2]int{}, [2]int{}},
	{nn.Concat, [3]int{6, 7, 80}, 140, [2]int{}, [2]int{}, [2]int{}},
	{nn.Concat, [3]int{2, 3, 400}, 432, [2]int{}, [2]int{}, [2]int{}},
	{nn.Concat, [3]int{9, 8, 256}, 352, [2]int{}, [2]int{}, [2]int{}},

	{nn.MaxPool, [3]int{20, 24, 6}, 6, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.MaxPool, [3]int{32, 32, 6}, 6, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.MaxPool, [3]int{16, 16, 10}, 10, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.MaxPool, [3]int{8, 8, 16}, 16, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.MaxPool, [3]int{12, 14, 24}, 24, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.MaxPool, [3]int{16, 16, 64}, 64, [2]int{2, 2}, [2]int{2, 2}, [2]int{}},
	{nn.MaxPool, [3]int{15, 15, 16}, 16, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.MaxPool, [3]int{22, 22, 40}, 40, [2]int{3, 3}, [2]int{2, 2}, [2]int{1, 1}},
	{nn.MaxPool, [3]int{10, 12, 5}, 5, [2]int{3, 3}, [2]int{2, 2}, [2]int{}},

	{nn.Mean, [3]int{4, 4, 48}, 48, [2]int{}, [2]int{}, [2]int{}},
	{nn.Mean, [3]int{7, 7, 96}, 96, [2]int{}, [2]int{}, [2]int{}},
	{nn.Mean, [3]int{5, 3, 320}, 320, [2]int{}, [2]int{}, [2]int{}},

	{nn.Softmax, [3]int{1, 1, 8}, 8, [2]int{}, [2]int{}, [2]int{}},
	{nn.Softmax, [3]int{1, 1, 12}, 12, [2]int{}, [2]int{}, [2]int{}},
	{nn.Softmax, [3]int{1, 1, 16}, 16, [2]int{}, [2]int{}, [2]int{}},
	{nn.Softmax, [3]int{1, 1, 300}, 300, [2]int{}, [2]int{}, [2]int{}},
}

// Calibration is a network in floats of layers side by side, each with an input and an
// output of its own. Measured, they are samples for what networks do not have or have
// only once.
func Calibration() *nn.Graph {
	g := &nn.Graph{Name: "calibration", File: "calibration"}
	rng := calibrationNumbers()
	for i, s := range shapes {
		s.add(g, rng, fmt.Sprintf("%s_%d", s.op, i))
	}
	return g
}

// calibrationNumbers make weights, and names of tensors.
func calibrationNumbers() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func (s shape) add(g *nn.Graph, rng *rand.Rand, name string) {
	tensor := func(shape ...int) *nn.Tensor {
		return &nn.Tensor{Name: fmt.Sprintf("%s_%d", name, rng.Uint32()), Type: nn.Float32, Shape: shape}
	}
	constant := func(shape ...int) *nn.Tensor {
		t := tensor(shape...)
		for range t.Elements() {
			t.F32 = append(t.F32, float32(rng.NormFloat64()))
		}
		return t
	}
	n := &nn.Node{Name: name, Op: s.op, In: []*nn.Tensor{tensor(1, s.in[0], s.in[1], s.in[2])}}
	out := []int{1, s.in[0], s.in[1], s.outs}
	switch s.op {
	case nn.Conv:
		n.Act, n.Groups = nn.ReluAct, 1
		n.In = append(n.In, constant(s.outs, s.kernel[0], s.kernel[1], s.in[2]), constant(s.outs))
	case nn.Depthwise:
		n.Act, n.Multiplier = nn.ReluAct, 1
		n.In = append(n.In, constant(1, s.kernel[0], s.kernel[1], s.in[2]), constant(s.outs))
	case nn.FullyConnected:
		n.In = []*nn.Tensor{tensor(1, s.in[2]), constant(s.outs, s.in[2]), constant(s.outs)}
		out = []int{1, s.outs}
	case nn.Softmax:
		n.In[0].Shape, out = []int{1, s.outs}, []int{1, s.outs}
		n.Axis, n.Beta = 1, 1
	case nn.Mean:
		n.Axes, out = []int{1, 2}, []int{1, s.outs}
	case nn.Concat:
		n.Axis, n.In = 3, append(n.In, tensor(1, s.in[0], s.in[1], s.outs-s.in[2]))
	case nn.Add:
		n.In = append(n.In, tensor(n.In[0].Shape...))
	}
	if s.kernel != [2]int{} {
		n.Window = nn.Window{Kernel: s.kernel, Stride: s.stride, Dilation: [2]int{1, 1}, Before: s.pad, After: s.pad}
		for i := range 2 {
			out[1+i] = (s.in[i]+2*s.pad[i]-s.kernel[i])/s.stride[i] + 1
		}
	}
	n.Out = []*nn.Tensor{tensor(out...)}
	for _, t := range n.In {
		if !t.Const() {
			g.Inputs = append(g.Inputs, t)
		}
	}
	g.Outputs = append(g.Outputs, n.Out[0])
	g.Nodes = append(g.Nodes, n)
}
