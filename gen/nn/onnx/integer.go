package onnx

import (
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// integers turns operators between Dequantize and Quantize into operators on int8.
// Those that only move or compare elements take the Dequantize from before them to
// behind them, from where it goes further or meets a Quantize.
func (r *reader) integers() error {
	p := &integer{r: r, read: r.readers(), maker: map[*nn.Tensor]*nn.Node{}, same: map[*nn.Tensor]*nn.Tensor{}, made: map[*nn.Tensor]bool{}}
	for _, n := range r.graph.Nodes {
		for i, t := range n.In {
			if s := p.same[t]; s != nil {
				n.In[i] = s
			}
		}
		if err := p.node(n); err != nil {
			return err
		}
	}
	r.graph.Nodes = p.nodes
	for i, t := range r.graph.Outputs {
		if s := p.same[t]; s != nil {
			if slices.Contains(r.graph.Inputs, s) || t.NCHW != s.NCHW && slices.Contains(r.graph.Outputs, s) {
				p.same[t] = nil
				r.graph.Nodes = append(r.graph.Nodes, &nn.Node{Op: nn.Reshape, Name: r.hint, Source: t.Name, In: []*nn.Tensor{s}, Out: []*nn.Tensor{t}})
				continue
			}
			s.NCHW = t.NCHW
			r.graph.Outputs[i] = s
		}
	}
	return nil
}

type integer struct {
	r     *reader
	read  map[*nn.Tensor][]*nn.Node
	maker map[*nn.Tensor]*nn.Node
	same  map[*nn.Tensor]*nn.Tensor // results of Quantize that exist already
	made  map[*nn.Tensor]bool       // results of Quantize that another operator makes now
	nodes []*nn.Node
}

func (p *integer) append(n *nn.Node) {
	p.nodes = append(p.nodes, n)
	for _, t := range n.Out {
		p.maker[t] = n
	}
}

func equalQuant(a, b *nn.Quant) bool {
	return len(a.Scale) == 1 && len(b.Scale) == 1 && a.Scale[0] == b.Scale[0] && a.Zero[0] == b.Zero[0]
}

// whole is the int8 tensor that a tensor of float32 stands for, or nil.
func (p *integer) whole(t *nn.Tensor) *nn.Tensor {
	if t == nil {
		return nil
	}
	if t.Const() {
		if t.Type == nn.Int8 && t.Quant != nil && !t.Quant.PerChannel() {
			return t
		}
		return number(t)
	}
	if d := p.maker[t]; d != nil && d.Op == nn.Dequantize && d.In[0].Type == nn.Int8 && len(d.In[0].Quant.Scale) == 1 {
		return d.In[0]
	}
	return nil
}

// number is one real number in int8, exactly: plus or minus one times the scale.
// What is none, or 0, gives nil.
func number(t *nn.Tensor) *nn.Tensor {
	if t.Type != nn.Float32 || len(t.F32) != 1 {
		return nil
	}
	out := &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Int8, I8: []int8{1}, Quant: &nn.Quant{Scale: []float32{t.F32[0]}, Zero: []int32{0}}}
	if t.F32[0] < 0 {
		out.I8[0], out.Quant.Scale[0] = -1, -t.F32[0]
	}
	if s := out.Quant.Scale[0]; !(s > 0) || s-s != 0 {
		return nil
	}
	return out
}

func (p *integer) node(n *nn.Node) error {
	y := n.Out[0]
	switch {
	case n.Op == nn.Quantize && (p.made[y] || p.same[y] != nil):
		return nil
	case n.Op == nn.Quantize:
		if x := p.whole(n.In[0]); x != nil && y.Type == nn.Int8 {
			if n.In[0] = x; equalQuant(x.Quant, y.Quant) {
				p.same[y] = x
				return nil
			}
		}
		p.append(n)
		return nil
	case n.Op == nn.Dequantize || y.Type != nn.Float32:
		p.append(n)
		return nil
	}
	if m := *n; len(y.Shape) == 4 && p.target(n) != nil {
		m.Act = nn.NoAct
		if a, ok := affineOf(&m); ok && p.whole(a.x) != nil && slices.ContainsFunc(n.In, func(t *nn.Tensor) bool { return t.Const() && p.whole(t) == nil }) {
			a.depthwise(n)
		}
	}
	in, err := p.inputs(n)
	if err != nil {
		return err
	}
	if in == nil {
		p.append(n)
		return nil
	}
	target := p.target(n)
	switch {
	case exact(n, in) && (target == nil || n.Op != nn.Relu):
		p.move(n, in)
	case target != nil:
		return p.compute(n, in, target)
	default:
		p.append(n)
	}
	return nil
}

// inputs are those of the node in int8; nil if it cannot be made so.
func (p *integer) inputs(n *nn.Node) ([]*nn.Tensor, error) {
	in := slices.Clone(n.In)
	count := len(in)
	switch n.Op {
	case nn.LayerNorm, nn.Gather: // gain and bias are real numbers, indices are what they say
		if in[0] = p.whole(in[0]); in[0] == nil {
			return nil, nil
		}
		return in, nil
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected:
		count = 1
		if w := in[1]; w.Type != nn.Int8 {
			if n.Op != nn.Depthwise || n.Window.Kernel != [2]int{1, 1} {
				return nil, nil
			}
			in[1] = scales(w)
		}
	}
	target := p.target(n)
	for i := range count {
		if t := in[i]; n.Op == nn.Concat && target != nil && t.Const() { // a class token
			in[i] = quantised8(t, target.Quant)
			continue
		}
		if in[i] = p.whole(in[i]); in[i] == nil {
			return nil, nil
		}
	}
	if count == 1 && len(in) > 1 && target != nil {
		w, channels := in[1], 0
		if n.Op == nn.Depthwise {
			channels = 3
		}
		if w.Quant.PerChannel() && w.Quant.Axis != channels {
			return nil, &nn.Error{File: p.r.file, Node: n.Source, Tensor: label(w.Name), Problem: "the weights' scales do not lie along the output channels"}
		}
		if slices.ContainsFunc(w.Quant.Zero, func(z int32) bool { return z != 0 }) {
			return nil, &nn.Error{File: p.r.file, Node: n.Source, Tensor: label(w.Name), Problem: "the weights have a zero point other than 0 (128 of uint8); quantise weights symmetrically"}
		}
	}
	return in, nil
}

// scales are weights of float32, one for each channel, in int8 and exactly: 64 or
// -64 times a scale of the channel. The bias is counted in that scale's steps.
func scales(w *nn.Tensor) *nn.Tensor {
	n := len(w.F32)
	out := &nn.Tensor{Name: w.Name, Shape: w.Shape, Type: nn.Int8, I8: make([]int8, n), Quant: &nn.Quant{Scale: make([]float32, n), Zero: make([]int32, n)}}
	if n > 1 {
		out.Quant.Axis = 3
	}
	for i, v := range w.F32 {
		out.I8[i], out.Quant.Scale[i] = 64, max(v, -v)/64
		if v < 0 {
			out.I8[i] = -64
		}
		if s := out.Quant.Scale[i]; !(s > math.SmallestNonzeroFloat32*(1<<24)) || s-s != 0 {
			out.I8[i], out.Quant.Scale[i] = 0, 1./64 // nothing, or nothing that int8 can say
		}
	}
	return out
}

// target is the Quantize result that the node's is for, if it is for nothing else;
// equal ones behind it become one.
func (p *integer) target(n *nn.Node) *nn.Tensor {
	if len(n.Out) != 1 {
		return nil
	}
	var y *nn.Tensor
	for _, q := range p.read[n.Out[0]] {
		switch {
		case q == nil || q.Op != nn.Quantize || q.Out[0].Type != nn.Int8:
			return nil
		case y == nil:
			y = q.Out[0]
		case !equalQuant(y.Quant, q.Out[0].Quant):
			return nil
		}
	}
	return y
}

// exact reports whether the operator's results are among its inputs, or 0, so that
// it can run on the integers as they are.
func exact(n *nn.Node, in []*nn.Tensor) bool {
	switch n.Op {
	case nn.Reshape, nn.Transpose, nn.Slice, nn.Split, nn.Pad, nn.ResizeNearest, nn.Gather:
		return true
	case nn.MaxPool:
		return n.Act == nn.NoAct || n.Act == nn.ReluAct
	case nn.Relu:
		return n.Act == nn.ReluAct
	case nn.Concat:
		return !slices.ContainsFunc(in, func(t *nn.Tensor) bool { return !equalQuant(t.Quant, in[0].Quant) })
	}
	return false
}

// move runs the node on integers and dequantises behind it.
func (p *integer) move(n *nn.Node, in []*nn.Tensor) {
	outs := n.Out
	n.In, n.Out = in, nil
	for _, y := range outs {
		n.Out = append(n.Out, &nn.Tensor{Name: y.Name, Shape: y.Shape, Type: nn.Int8, Quant: in[0].Quant})
	}
	p.append(n)
	for i, y := range outs {
		p.append(&nn.Node{Op: nn.Dequantize, Name: n.Name + "_dequantize", Source: n.Source, In: []*nn.Tensor{n.Out[i]}, Out: []*nn.Tensor{y}})
	}
}

// compute makes the node one on integers with the results of the Quantize behind.
// Operators whose results have a scale of their own get that, and keep a Quantize
// behind them where the file wants another.
func (p *integer) compute(n *nn.Node, in []*nn.Tensor, y *nn.Tensor) error {
	for _, q := range p.read[n.Out[0]] {
		if p.made[q.Out[0]] = true; q.Out[0] != y {
			p.same[q.Out[0]] = y
		}
	}
	own := y.Quant
	switch n.Op {
	case nn.Softmax, nn.Sigmoid:
		own = &nn.Quant{Scale: []float32{1. / 256}, Zero: []int32{-128}}
	case nn.Tanh:
		own = &nn.Quant{Scale: []float32{1. / 128}, Zero: []int32{0}}
	case nn.AveragePool, nn.MaxPool:
		own = in[0].Quant
	case nn.Concat:
		for i, t := range in {
			if !equalQuant(t.Quant, y.Quant) {
				in[i] = p.requantize(n, t, &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Int8, Quant: y.Quant})
			}
		}
	case nn.LayerNorm:
		for i, t := range in[1:] {
			if t != nil && t.Type != nn.Float32 {
				in[1+i] = &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Float32, F32: reals(t)}
			}
		}
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected:
		if len(in) > 2 && in[2] != nil {
			in[2] = accumulated(in[2], in[0].Quant, in[1].Quant)
		}
	}
	n.In, n.Out = in, []*nn.Tensor{y}
	if equalQuant(own, y.Quant) {
		p.append(n)
		return nil
	}
	n.Out[0] = &nn.Tensor{Name: y.Name, Shape: y.Shape, Type: nn.Int8, Quant: own}
	p.append(n)
	p.requantize(n, n.Out[0], y)
	return nil
}

func (p *integer) requantize(n *nn.Node, from, to *nn.Tensor) *nn.Tensor {
	p.append(&nn.Node{Op: nn.Quantize, Name: n.Name + "_quantize", Source: n.Source, In: []*nn.Tensor{from}, Out: []*nn.Tensor{to}})
	return to
}

// quantised8 is a constant in another scale.
func quantised8(t *nn.Tensor, q *nn.Quant) *nn.Tensor {
	out := &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Int8, Quant: q, I8: make([]int8, t.Elements())}
	for i, v := range reals(t) {
		x := math.RoundToEven(float64(v)/float64(q.Scale[0])) + float64(q.Zero[0])
		if math.IsNaN(x) {
			x = float64(q.Zero[0])
		}
		out.I8[i] = int8(min(max(x, math.MinInt8), math.MaxInt8))
	}
	return out
}

// accumulated is a bias in the accumulator's units, the product of the scales of
// input and weights; the file's own integers if they are that.
func accumulated(b *nn.Tensor, x, w *nn.Quant) *nn.Tensor {
	n := b.Elements()
	out := &nn.Tensor{Name: b.Name, Shape: []int{n}, Type: nn.Int32, I32: make([]int32, n), Quant: &nn.Quant{}}
	for _, s := range w.Scale {
		out.Quant.Scale, out.Quant.Zero = append(out.Quant.Scale, max(x.Scale[0]*s, math.SmallestNonzeroFloat32)), append(out.Quant.Zero, 0)
	}
	real := reals(b)
	for i := range n {
		unit := float64(x.Scale[0]) * float64(pick(w.Scale, i))
		if b.Type == nn.Int32 {
			own := float64(pick(b.Quant.Scale, i))
			if zero := b.Quant.Zero[i%len(b.Quant.Zero)]; zero == 0 && math.Abs(own/unit-1) < 1e-5 {
				out.I32[i] = b.I32[i]
				continue
			}
		}
		out.I32[i] = int32(min(max(math.RoundToEven(float64(real[i])/unit), math.MinInt32), math.MaxInt32))
	}
	return out
}
