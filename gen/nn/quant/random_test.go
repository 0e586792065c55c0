package quant

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
)

// sketch is a float network under construction, small and of any shape.
type sketch struct {
	g    *nn.Graph
	all  []*nn.Tensor // activations so far
	draw func(lo, hi int) int
	real func() float32
}

func (s *sketch) tensor(shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: fmt.Sprintf("t%d", len(s.all)), Shape: shape, Type: nn.Float32}
}

func (s *sketch) input(shape ...int) *nn.Tensor {
	t := s.tensor(shape...)
	s.g.Inputs, s.all = append(s.g.Inputs, t), append(s.all, t)
	return t
}

func (s *sketch) constant(shape ...int) *nn.Tensor {
	t := &nn.Tensor{Name: "const", Shape: shape, Type: nn.Float32, F32: make([]float32, nn.Elements(shape))}
	for i := range t.F32 {
		t.F32[i] = s.real()
	}
	return t
}

// node appends an operator that makes tensors of the shapes.
func (s *sketch) node(op nn.Op, p nn.Params, in []*nn.Tensor, shapes ...[]int) *nn.Tensor {
	n := &nn.Node{Name: fmt.Sprintf("n%d", len(s.g.Nodes)), Op: op, In: in, Params: p}
	for _, shape := range shapes {
		t := s.tensor(shape...)
		n.Out, s.all = append(n.Out, t), append(s.all, t)
	}
	s.g.Nodes = append(s.g.Nodes, n)
	return n.Out[0]
}

// window is one that fits a side of the size, and the size it leads to.
func (s *sketch) window(w *nn.Window, k, size int, dilated bool) int {
	w.Kernel[k], w.Stride[k], w.Dilation[k] = s.draw(1, min(3, size)), s.draw(1, 2), 1
	if dilated && 2*w.Kernel[k] <= size {
		w.Dilation[k] = s.draw(1, 2)
	}
	w.Before[k], w.After[k] = s.draw(0, w.Kernel[k]-1), s.draw(0, w.Kernel[k]-1)
	return (size+w.Before[k]+w.After[k]-(w.Kernel[k]-1)*w.Dilation[k]-1)/w.Stride[k] + 1
}

// grow appends one operator that takes x, which has four dimensions as its result has.
func (s *sketch) grow(op nn.Op, x *nn.Tensor) *nn.Tensor {
	in := []*nn.Tensor{x}
	p := nn.Params{Groups: 1, Multiplier: 1, Beta: 1, Axis: 3, Alpha: 0.1}
	if op.HasAct() {
		p.Act = nn.Act(s.draw(0, 3))
	}
	h, w, c := x.Shape[1], x.Shape[2], x.Shape[3]
	shape := slices.Clone(x.Shape)
	bias := func(n int) {
		if s.draw(0, 3) > 0 {
			in = append(in, s.constant(n))
		}
	}
	slide := func(dilated bool) {
		shape[1], shape[2] = s.window(&p.Window, 0, h, dilated), s.window(&p.Window, 1, w, dilated)
	}
	switch op {
	case nn.Conv:
		slide(true)
		if c%2 == 0 {
			p.Groups = s.draw(1, 2)
		}
		shape[3] = p.Groups * s.draw(1, 4)
		in = append(in, s.constant(shape[3], p.Window.Kernel[0], p.Window.Kernel[1], c/p.Groups))
		bias(shape[3])
	case nn.Depthwise:
		slide(true)
		p.Multiplier = s.draw(1, 2)
		shape[3] = c * p.Multiplier
		in = append(in, s.constant(1, p.Window.Kernel[0], p.Window.Kernel[1], shape[3]))
		bias(shape[3])
	case nn.TransposedConv:
		p.Window = nn.Window{Kernel: [2]int{2, 3}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 1}, Before: [2]int{0, 1}, After: [2]int{0, 1}}
		shape[1], shape[3] = 2*h, s.draw(1, 4)
		in = append(in, s.constant(shape[3], 2, 3, c))
		bias(shape[3])
	case nn.FullyConnected:
		n := s.draw(1, 5)
		in = append(in, s.constant(n, c))
		bias(n)
		shape[3] = n
	case nn.MatMul:
		p.TransposeB = s.draw(0, 1) == 1
		y := s.grow(nn.Transpose, x)
		if p.TransposeB {
			y = s.grow(nn.Relu, x)
		}
		in, shape[3] = append(in, y), w
	case nn.AveragePool, nn.MaxPool:
		slide(false)
	case nn.Mean:
		p.Axes, p.KeepDims, shape[1], shape[3] = []int{1, 3}, true, 1, 1
	case nn.Add, nn.Sub, nn.Mul:
		switch s.draw(0, 2) {
		case 0:
			in = append(in, s.grow(nn.Relu, x))
		case 1:
			in = append(in, s.constant(c))
		default:
			in = append(in, x)
		}
	case nn.Concat:
		p.Axis = 2
		in, shape[2] = append(in, s.grow([]nn.Op{nn.Sigmoid, nn.Tanh, nn.Relu, nn.Conv, nn.Softmax}[s.draw(0, 4)], x), s.constant(x.Shape...)), 0
		if in[1].Shape[1] != h || in[1].Shape[3] != c {
			in[1] = in[0]
		}
		for _, t := range in {
			shape[2] += t.Shape[2]
		}
	case nn.Split:
		if h == 1 {
			return x
		}
		rest := slices.Clone(shape)
		p.Axis, shape[1], rest[1] = 1, 1, h-1
		s.node(op, p, in, shape, rest)
		return s.all[len(s.all)-s.draw(1, 2)]
	case nn.Slice:
		p.Begin, p.Step = []int{0, h - 1, 0, 0}, []int{1, -1, 1, 1}
		shape[1], shape[2] = s.draw(1, h), s.draw(1, w)
	case nn.Pad:
		p.Pads = [][2]int{{0, 0}, {1, 0}, {0, 1}, {0, 0}}
		shape[1], shape[2] = h+1, w+1
	case nn.Reshape:
		shape[1], shape[2] = w, h
	case nn.Transpose:
		p.Perm, shape[2], shape[3] = []int{0, 1, 3, 2}, c, w
	case nn.Relu:
		p.Act = nn.Act(s.draw(1, 3))
	case nn.Gelu:
		p.TanhForm = s.draw(0, 1) == 1
	case nn.LayerNorm:
		p.Epsilon = 1e-3
		in = append(in, nil, nil)
		if s.draw(0, 3) > 0 {
			in[1], in[2] = s.constant(c), s.constant(c)
		}
	case nn.Gather: // rows of a table by indices of the shape of x
		index := s.tensor(shape[:3]...)
		index.Name, index.Type = fmt.Sprintf("i%d", len(s.g.Nodes)), nn.Int32
		s.g.Inputs = append(s.g.Inputs, index)
		in = []*nn.Tensor{s.constant(s.draw(1, 9), c), index}
	case nn.ResizeNearest:
		shape[1], shape[2] = s.draw(1, 5), s.draw(1, 5)
	}
	return s.node(op, p, in, shape)
}

// last is behind the last operator that a float network has.
const last = nn.Quantize

// randomGraph draws a network. Weights are what real gives.
func randomGraph(draw func(lo, hi int) int, real func() float32, ops ...nn.Op) *nn.Graph {
	s := &sketch{g: &nn.Graph{Name: "g", File: "test"}, draw: draw, real: real}
	s.input(draw(1, 2), draw(1, 5), draw(1, 5), draw(1, 4))
	if len(ops) == 0 {
		for range draw(1, 7) {
			ops = append(ops, nn.Op(draw(0, int(last)-1)))
		}
	}
	for _, op := range ops {
		x := s.all[len(s.all)-1]
		if draw(0, 3) == 0 {
			x = s.all[draw(0, len(s.all)-1)]
		}
		if x.Elements() < 400 {
			s.grow(op, x)
		}
	}
	// Of tensors that nothing reads, all are results.
	read := map[*nn.Tensor]bool{}
	for _, n := range s.g.Nodes {
		for _, t := range n.In {
			read[t] = true
		}
	}
	for _, t := range s.all {
		if !read[t] {
			s.g.Outputs = append(s.g.Outputs, t)
		}
	}
	return s.g
}

// drawn is a network that rapid can shrink, with weights between -1 and 1.
func drawn(t *rapid.T, ops ...nn.Op) *nn.Graph {
	return randomGraph(
		func(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, "n") },
		func() float32 { return float32(rapid.IntRange(-64, 64).Draw(t, "w")) / 64 }, ops...)
}
