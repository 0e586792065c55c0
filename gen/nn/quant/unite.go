package quant

import "marvelgen/gen/nn"

// group is tensors that share one scale and zero point.
type group struct {
	parent *group // nil for the one that stands for all
	seen   span
	fixed  *nn.Quant // of a result whose range is known beforehand
	even   bool      // has the zero point 0
	scale  float64   // complete after raiseScales
}

func (g *group) root() *group {
	for g.parent != nil {
		g = g.parent
	}
	return g
}

// fixed are the operators whose kernels rely on the scale of their result.
var fixed = map[nn.Op]nn.Quant{
	nn.Softmax: {Scale: []float32{1. / 256}, Zero: []int32{-128}},
	nn.Sigmoid: {Scale: []float32{1. / 256}, Zero: []int32{-128}},
	nn.Tanh:    {Scale: []float32{1. / 128}, Zero: []int32{0}},
}

// moves reports whether an operator needs its tensors in one scale: it moves or
// compares integers.
func moves(op nn.Op) bool {
	switch op {
	case nn.AveragePool, nn.MaxPool, nn.Concat, nn.Split, nn.Slice, nn.Pad, nn.Reshape, nn.Transpose, nn.Gather, nn.ResizeNearest:
		return true
	}
	return false
}

// unite puts every activation into a group. A fixed scale goes down through
// operators that move, and never up: where such a tensor meets others in a concat,
// its group stays apart, and build rescales between the two. The second operand of a
// product of activations has the zero point 0, as weights do: another one would cost
// every product a further sum, of the rows of the first.
func unite(g *nn.Graph, ranges map[*nn.Tensor]span) map[*nn.Tensor]*group {
	groups := map[*nn.Tensor]*group{}
	for t, r := range ranges {
		groups[t] = &group{seen: r}
	}
	for _, n := range g.Nodes {
		if q, ok := fixed[n.Op]; ok {
			groups[n.Out[0]].fixed = &q
		}
		if !moves(n.Op) {
			continue
		}
		in := n.In
		if n.Op == nn.Gather {
			in = in[:1]
		}
		agree := agree(in, groups)
		for _, t := range append(n.Out[:len(n.Out):len(n.Out)], in...) {
			if x := groups[t].root(); agree || x.fixed == nil {
				join(groups[n.Out[0]].root(), x)
			}
		}
	}
	for t, x := range groups {
		groups[t] = x.root()
	}
	for _, n := range g.Nodes {
		if n.Op != nn.MatMul {
			continue
		}
		if x := groups[n.In[1]]; x != nil && x.fixed == nil {
			x.even, x.seen = true, x.seen.even()
		}
	}
	return groups
}

// agree reports whether no tensor has a fixed scale, or all have the same one.
func agree(tensors []*nn.Tensor, groups map[*nn.Tensor]*group) bool {
	first := groups[tensors[0]].root().fixed
	for _, t := range tensors {
		f := groups[t].root().fixed
		if (f == nil) != (first == nil) || f != nil && (f.Scale[0] != first.Scale[0] || f.Zero[0] != first.Zero[0]) {
			return false
		}
	}
	return true
}

// join makes one group of two.
func join(a, b *group) {
	if a == b {
		return
	}
	b.parent = a
	a.seen = a.seen.join(b.seen)
	if a.fixed == nil {
		a.fixed = b.fixed
	}
}
