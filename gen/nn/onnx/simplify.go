package onnx

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"marvelgen/gen/nn"
)

// finish turns the nodes as they came into those that a graph should have.
func (r *reader) finish() error {
	r.drop()
	if err := r.subgraphs(); err != nil {
		return err
	}
	r.scaledScores() // behind GELUs, which end with a factor, too
	r.foldAffine()
	r.fuse()
	r.hardSwish()
	if err := r.integers(); err != nil {
		return err
	}
	r.drop()
	r.mergeReshapes()
	r.splitColumns()
	r.mergeReshapes()
	r.unpackConstants()
	for _, t := range r.graph.Inputs {
		if t.Quant != nil && len(t.Quant.Scale) == 0 {
			return &nn.Error{File: r.file, Tensor: label(t.Name), Problem: fmt.Sprintf("no operator says which scale this input of %s has", t.Type)}
		}
	}
	names := nn.Names{}
	for _, n := range r.graph.Nodes {
		n.Name = names.Unique(nodeName(n))
	}
	return nil
}

// nodeName is an identifier for a node, of the name that the file has for it. Long
// paths lose their beginning, as what tells nodes apart is at the end.
func nodeName(n *nn.Node) string {
	name := strings.Trim(n.Name, "/\x00")
	if dir, base := path.Split(name); len(name) > 40 {
		name = path.Base(dir) + "/" + base
	}
	if id := nn.Ident(name); id != "" {
		return id
	}
	return n.Op.String()
}

// drop removes nodes whose results nothing reads.
func (r *reader) drop() {
	live := map[*nn.Tensor]bool{}
	for _, t := range r.graph.Outputs {
		live[t] = true
	}
	var kept []*nn.Node
	for _, n := range slices.Backward(r.graph.Nodes) {
		if !slices.ContainsFunc(n.Out, func(t *nn.Tensor) bool { return live[t] }) {
			continue
		}
		for _, t := range n.In {
			live[t] = true
		}
		kept = append(kept, n)
	}
	slices.Reverse(kept)
	r.graph.Nodes = kept
}

// readers are the nodes that read each tensor; an output of the network has a nil
// among them.
func (r *reader) readers() map[*nn.Tensor][]*nn.Node {
	out := map[*nn.Tensor][]*nn.Node{}
	for _, n := range r.graph.Nodes {
		for _, t := range n.In {
			if t != nil {
				out[t] = append(out[t], n)
			}
		}
	}
	for _, t := range r.graph.Outputs {
		out[t] = append(out[t], nil)
	}
	return out
}

// affine is y = scale*x + shift for each channel, the last dimension; one number
// stands for all.
type affine struct {
	x            *nn.Tensor
	scale, shift []float32
	exact        *nn.Tensor // the shift as the file has it, if it is integers
}

// affineOf reads a node as one.
func affineOf(n *nn.Node) (a affine, ok bool) {
	if n.Op != nn.Mul && n.Op != nn.Add && n.Op != nn.Sub || n.Act != nn.NoAct || n.In[0].Const() == n.In[1].Const() {
		return a, false
	}
	k := 0
	if n.In[1].Const() {
		k = 1
	}
	c := n.In[k]
	a.x = n.In[1-k]
	if !slices.Equal(a.x.Shape, n.Out[0].Shape) || len(a.x.Shape) == 0 || !channelwise(c, a.x.Shape[len(a.x.Shape)-1]) {
		return a, false
	}
	v := reals(c)
	a.scale, a.shift = []float32{1}, []float32{0}
	switch {
	case n.Op == nn.Mul:
		a.scale = v
	case n.Op == nn.Add:
		if a.shift = v; c.Type != nn.Float32 {
			a.exact = c
		}
	case k == 1:
		a.shift = negated(v)
	default:
		a.scale, a.shift = []float32{-1}, v
	}
	return a, true
}

// channelwise reports whether a constant is one number, or one for each of the channels,
// which are the last dimension.
func channelwise(c *nn.Tensor, channels int) bool {
	n := c.Elements()
	return n == 1 || n == channels && c.Shape[len(c.Shape)-1] == n
}

func negated(v []float32) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = -x
	}
	return out
}

// pick is the number for a channel.
func pick(v []float32, c int) float32 {
	if len(v) == 1 {
		return v[0]
	}
	return v[c]
}

// foldAffine takes batch normalisation, and other scales and shifts of channels,
// into the weights before; several that have no weights before them become one
// depthwise convolution of one element.
func (r *reader) foldAffine() {
	read, maker := r.readers(), map[*nn.Tensor]*nn.Node{}
	var kept []*nn.Node
	for _, n := range r.graph.Nodes {
		a, ok := affineOf(n)
		if ok {
			if p := maker[a.x]; p != nil && len(read[a.x]) == 1 && r.absorb(p, a) {
				p.Out[0] = n.Out[0]
				maker[p.Out[0]] = p
				continue
			}
			if next := read[n.Out[0]]; len(next) == 1 && next[0] != nil && len(a.x.Shape) == 4 && a.exact == nil {
				if _, again := affineOf(next[0]); again && r.charge(2*a.x.Shape[3]) == nil {
					a.depthwise(n)
				}
			}
		}
		maker[n.Out[0]] = n
		kept = append(kept, n)
	}
	r.graph.Nodes = kept
}

// depthwise makes a node the convolution of one element that scales and shifts.
func (a affine) depthwise(n *nn.Node) {
	c := a.x.Shape[3]
	w := &nn.Tensor{Name: n.Out[0].Name + "/scale", Shape: []int{1, 1, 1, c}, Type: nn.Float32, F32: make([]float32, c)}
	b := &nn.Tensor{Name: n.Out[0].Name + "/shift", Shape: []int{c}, Type: nn.Float32, F32: make([]float32, c)}
	for i := range c {
		w.F32[i], b.F32[i] = pick(a.scale, i), pick(a.shift, i)
	}
	one := [2]int{1, 1}
	n.Op, n.In = nn.Depthwise, []*nn.Tensor{a.x, w, b}
	n.Params = nn.Params{Window: nn.Window{Kernel: one, Stride: one, Dilation: one}, Multiplier: 1, Act: n.Act}
}

// absorb takes a scale and shift into the weights and bias of a node. Weights of
// integers take a shift only. Each time costs a copy of the weights, so a network
// where one operator is followed by thousands of scales keeps most of them.
func (r *reader) absorb(p *nn.Node, a affine) bool {
	channel := 0 // the weights' dimension of output channels
	switch p.Op {
	case nn.LayerNorm:
		return r.absorbNorm(p, a)
	case nn.Conv, nn.TransposedConv, nn.FullyConnected:
	case nn.Depthwise:
		channel = 3
	default:
		return false
	}
	w := p.In[1]
	plain := len(a.scale) == 1 && a.scale[0] == 1
	if p.Act != nn.NoAct || w.Type != nn.Float32 && !plain {
		return false
	}
	if r.charge(len(w.F32)) != nil {
		return false
	}
	channels := w.Shape[channel]
	inner := nn.Elements(w.Shape[channel+1:])
	if !plain {
		scaled := *w
		scaled.F32 = make([]float32, len(w.F32))
		for i, v := range w.F32 {
			scaled.F32[i] = float32(float64(v) * float64(pick(a.scale, i/inner%channels)))
		}
		w = &scaled
	}
	b := &nn.Tensor{Name: w.Name + "/bias", Shape: []int{channels}, Type: nn.Float32}
	if len(p.In) > 2 && p.In[2] != nil {
		b.Name = p.In[2].Name
	} else if a.exact != nil && a.exact.Elements() == channels && a.exact.Type == nn.Int32 {
		shape := *a.exact
		shape.Shape = b.Shape
		if q := shape.Quant; q.PerChannel() {
			shape.Quant = &nn.Quant{Scale: q.Scale, Zero: q.Zero}
		}
		b = &shape
	}
	if b.Type == nn.Float32 {
		b.F32 = make([]float32, channels)
		var old []float32
		if len(p.In) > 2 && p.In[2] != nil {
			old = reals(p.In[2])
		}
		for i := range b.F32 {
			v := 0.
			if old != nil {
				v = float64(old[i]) * float64(pick(a.scale, i))
			}
			b.F32[i] = float32(v + float64(pick(a.shift, i)))
		}
	}
	p.In = []*nn.Tensor{p.In[0], w, b}
	return true
}

// fuse takes activation functions into the operator before.
func (r *reader) fuse() {
	read, maker := r.readers(), map[*nn.Tensor]*nn.Node{}
	var kept []*nn.Node
	for _, n := range r.graph.Nodes {
		if p := maker[n.In[0]]; n.Op == nn.Relu && p != nil && len(read[n.In[0]]) == 1 && p.Act == nn.NoAct && activates(p.Op) {
			p.Act, p.Out[0] = n.Act, n.Out[0]
			maker[p.Out[0]] = p
			continue
		}
		maker[n.Out[0]] = n
		kept = append(kept, n)
	}
	r.graph.Nodes = kept
}

// activates reports whether an operator has an activation function.
func activates(op nn.Op) bool {
	switch op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected, nn.AveragePool, nn.MaxPool, nn.Add, nn.Sub, nn.Mul:
		return true
	}
	return false
}

// reals are the real numbers that a constant stands for; its own where it is
// float32.
func reals(t *nn.Tensor) []float32 {
	if t.Type == nn.Float32 {
		return t.F32
	}
	out, q := make([]float32, t.Elements()), t.Quant
	inner := 1
	if q.PerChannel() {
		inner = nn.Elements(t.Shape[q.Axis+1:])
	}
	for i := range out {
		c := i / inner % len(q.Scale)
		if t.Type == nn.Int8 {
			out[i] = float32(int32(t.I8[i])-q.Zero[c]) * q.Scale[c]
		} else {
			out[i] = float32(float64(int64(t.I32[i])-int64(q.Zero[c])) * float64(q.Scale[c]))
		}
	}
	return out
}

// unpackConstants gives operators that stay in float32 constants of that.
func (r *reader) unpackConstants() {
	done := map[*nn.Tensor]*nn.Tensor{}
	for _, n := range r.graph.Nodes {
		if n.Out[0].Type != nn.Float32 || n.Op == nn.Dequantize {
			continue
		}
		for i, t := range n.In {
			if t == nil || !t.Const() || t.Type == nn.Float32 {
				continue
			}
			if done[t] == nil {
				done[t] = &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Float32, F32: reals(t)}
			}
			n.In[i] = done[t]
		}
	}
}
