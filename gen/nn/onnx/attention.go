package onnx

import (
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// maxScale bounds what scores are multiplied with, and its reciprocal.
const maxScale = 1e9

// scaledScores takes numbers that scores of attention, or what they are products of,
// are multiplied with into the softmax. Where a constant mask is added between, that is
// divided by the number.
func (r *reader) scaledScores() {
	f := r.finder()
	for _, n := range r.graph.Nodes {
		if n.Op != nn.Softmax || len(f.read[n.In[0]]) != 1 {
			continue
		}
		n.In[0] = f.pull(n.In[0], &n.Beta)
		add := f.only(n.In[0])
		if add == nil || add.Op != nn.Add || add.Act != nn.NoAct || add.In[0].Const() == add.In[1].Const() {
			continue
		}
		k := 0 // the mask
		if add.In[1].Const() {
			k = 1
		}
		mask := &nn.Tensor{Name: add.In[k].Name, Shape: add.In[k].Shape, Type: nn.Float32}
		if r.charge(mask.Elements()) != nil || add.In[k].Type != nn.Float32 {
			continue
		}
		beta := n.Beta
		add.In[1-k] = f.pull(add.In[1-k], &n.Beta)
		for _, v := range add.In[k].F32 { // minus infinity is no number that integers could stand for
			mask.F32 = append(mask.F32, max(v/(n.Beta/beta), -math.MaxFloat32))
		}
		add.In[k] = mask
	}
}

// pull removes factors from a tensor that one node reads, and returns what is left of
// it. They are multiplied into by, as long as that stays within bounds.
func (f *finder) pull(t *nn.Tensor, by *float32) *nn.Tensor {
	n := f.only(t)
	if d := n; d != nil && d.Op == nn.Dequantize {
		// A product is not quantised where it is none any more. What is behind a product
		// of matrices is, in the scale that it has now.
		q := f.only(d.In[0])
		if q == nil || q.Op != nn.Quantize {
			return t
		}
		if n = f.only(q.In[0]); n == nil || n.Op != nn.Mul {
			return t
		}
	}
	if n == nil || n.Act != nn.NoAct {
		return t
	}
	switch n.Op {
	case nn.Mul:
		x, c, ok := numeric(n)
		product := float64(*by) * c
		if !ok || !(c > 0) || product > maxScale || product < 1/maxScale || !slices.Equal(x.Shape, t.Shape) {
			return t
		}
		*by = float32(product)
		f.read[x] = slices.DeleteFunc(f.read[x], func(m *nn.Node) bool { return m == n })
		f.read[x] = append(f.read[x], f.read[t]...)
		return f.pull(x, by)
	case nn.MatMul:
		if n.In[0] != n.In[1] {
			for i := range n.In {
				n.In[i] = f.pull(n.In[i], by)
			}
		}
	case nn.Reshape, nn.Transpose:
		n.In[0] = f.pull(n.In[0], by)
	}
	return t
}

// splitColumns makes a fully connected layer whose result is cut into columns, as
// queries, keys and values are, one layer for each part: nothing is copied then, and
// each part gets a scale of its own.
func (r *reader) splitColumns() {
	f := r.finder()
	gone, made := map[*nn.Node]bool{}, map[*nn.Node][]*nn.Node{}
	for _, p := range r.graph.Nodes {
		if p.Op != nn.FullyConnected {
			continue
		}
		cut, readers := p.Out[0], f.read[p.Out[0]] // what is cut, and by whom
		if len(readers) == 1 && readers[0] != nil && readers[0].Op == nn.Reshape {
			cut = readers[0].Out[0]
			gone[readers[0]] = true // if the parts are found
			readers = f.read[cut]
		}
		parts := columnsOf(p, cut, readers)
		size := 0
		for _, c := range parts {
			size += len(c.columns)
		}
		if outs := p.In[1].Shape[0]; size == 0 || size > outs || r.charge(p.In[1].Elements()) != nil {
			if cut != p.Out[0] {
				delete(gone, f.maker[cut])
			}
			continue
		}
		gone[p] = true
		for _, n := range readers {
			gone[n] = true
		}
		for _, c := range parts {
			made[p] = append(made[p], c.layer(p)...)
		}
	}
	var nodes []*nn.Node
	for _, n := range r.graph.Nodes {
		nodes = append(nodes, made[n]...)
		if !gone[n] {
			nodes = append(nodes, n)
		}
	}
	r.graph.Nodes = nodes
}

// part is some columns of a layer's result, and the tensor that they are.
type part struct {
	name    string
	columns []int
	y       *nn.Tensor
}

// columnsOf are the parts into which a layer's result, maybe in another shape, is cut;
// nil if somebody reads it otherwise.
func columnsOf(p *nn.Node, cut *nn.Tensor, readers []*nn.Node) []part {
	outs := p.In[1].Shape[0]
	from := len(cut.Shape) // the dimensions from here on are the columns
	for n := 1; n < outs && from > 0; {
		from--
		n *= cut.Shape[from]
	}
	if nn.Elements(cut.Shape[from:]) != outs || from == len(cut.Shape) {
		return nil
	}
	var parts []part
	for _, n := range readers {
		switch {
		case n != nil && n.Op == nn.Split && n.Axis >= from:
			at := 0
			for _, y := range n.Out {
				begin := make([]int, len(cut.Shape))
				begin[n.Axis] = at
				at += y.Shape[n.Axis]
				parts = append(parts, part{n.Name, chosen(cut.Shape[from:], begin[from:], nil, y.Shape[from:]), y})
			}
		case n != nil && n.Op == nn.Slice && slices.Equal(n.Out[0].Shape[:from], cut.Shape[:from]):
			if slices.ContainsFunc(n.Begin[:from], func(b int) bool { return b != 0 }) {
				return nil // backwards
			}
			y := n.Out[0]
			parts = append(parts, part{n.Name, chosen(cut.Shape[from:], n.Begin[from:], n.Step[from:], y.Shape[from:]), y})
		default:
			return nil
		}
	}
	return parts
}

// chosen are the places of a part's elements in a shape; steps are 1 if nil.
func chosen(shape, begin, step, size []int) []int {
	steps, base := strides(shape), 0
	for k, s := range steps {
		base += begin[k] * s
		if step != nil {
			steps[k] *= step[k]
		}
	}
	out := make([]int, nn.Elements(size))
	each(size, steps, func(i, at int) { out[i] = base + at })
	return out
}

// layer is the fully connected layer for the part alone.
func (c part) layer(p *nn.Node) []*nn.Node {
	x, y := p.Out[0], c.y
	shape := append(slices.Clone(x.Shape[:len(x.Shape)-1]), len(c.columns))
	n := &nn.Node{Op: p.Op, Name: c.name, Source: p.Source, Params: p.Params, In: slices.Clone(p.In)}
	for i, t := range n.In[1:] {
		if t != nil {
			n.In[1+i] = rowsOf(t, c.columns)
		}
	}
	if slices.Equal(shape, y.Shape) {
		n.Out = []*nn.Tensor{y}
		return []*nn.Node{n}
	}
	z := &nn.Tensor{Name: y.Name, Shape: shape, Type: y.Type, Quant: y.Quant}
	n.Out = []*nn.Tensor{z}
	return []*nn.Node{n, {Op: nn.Reshape, Name: c.name + "_reshape", Source: p.Source, In: []*nn.Tensor{z}, Out: []*nn.Tensor{y}}}
}

// rowsOf are rows of weights, or elements of a bias.
func rowsOf(t *nn.Tensor, rows []int) *nn.Tensor {
	out := &nn.Tensor{Name: t.Name, Shape: slices.Clone(t.Shape), Type: t.Type, Quant: t.Quant}
	inner := t.Elements() / t.Shape[0]
	out.Shape[0] = len(rows)
	if q := t.Quant; q.PerChannel() {
		out.Quant = &nn.Quant{Axis: q.Axis}
		for _, r := range rows {
			out.Quant.Scale, out.Quant.Zero = append(out.Quant.Scale, q.Scale[r]), append(out.Quant.Zero, q.Zero[r])
		}
	}
	for _, r := range rows {
		from, to := r*inner, (r+1)*inner
		switch t.Type {
		case nn.Float32:
			out.F32 = append(out.F32, t.F32[from:to]...)
		case nn.Int8:
			out.I8 = append(out.I8, t.I8[from:to]...)
		default:
			out.I32 = append(out.I32, t.I32[from:to]...)
		}
	}
	return out
}

// mergeReshapes makes one of several in a row, and none of those that change nothing.
func (r *reader) mergeReshapes() {
	f := r.finder()
	same := map[*nn.Tensor]*nn.Tensor{}
	for _, n := range r.graph.Nodes {
		for i, t := range n.In {
			if s := same[t]; s != nil {
				n.In[i] = s
			}
		}
		if n.Op != nn.Reshape {
			continue
		}
		if p := f.maker[n.In[0]]; p != nil && p.Op == nn.Reshape { // which reads no other, as it stands before
			n.In[0] = p.In[0]
		}
		if x, y := n.In[0], n.Out[0]; slices.Equal(x.Shape, y.Shape) && !slices.Contains(r.graph.Outputs, y) {
			same[y] = x
		}
	}
	r.drop()
}
