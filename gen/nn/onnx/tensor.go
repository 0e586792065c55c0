package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// emit appends a node and returns its output, of the given shape and of the type of
// the first input that is no constant.
func (r *reader) emit(kind nn.Op, p nn.Params, name string, shape []int, in ...*nn.Tensor) *nn.Tensor {
	y := &nn.Tensor{Name: nn.Printable(name), Shape: shape, Type: nn.Float32}
	for _, t := range in {
		if t != nil && !t.Const() {
			y.Type, y.Quant = t.Type, t.Quant
			break
		}
	}
	r.graph.Nodes = append(r.graph.Nodes, &nn.Node{Op: kind, Name: r.hint, Params: p, Source: r.source, In: in, Out: []*nn.Tensor{y}})
	return y
}

// real is an input for an operator that computes: a constant or a tensor of float32.
func (o *op) real(i int) (*value, error) {
	v := o.in[i]
	switch {
	case v.c != nil && !v.c.isReal():
		return nil, o.bad(v.name, "input %d of %s is %s; only float32 is supported", i, o.title(), typeName(v.c.typ))
	case v.c == nil && v.t.Type != nn.Float32:
		return nil, o.bad(v.name, "input %d of %s holds integers; a DequantizeLinear must stand before", i, o.title())
	}
	return v, nil
}

// activation is an input as a tensor at run time, which a constant becomes as well.
func (o *op) activation(i int) (*value, error) {
	v := o.in[i]
	if v.c == nil {
		return v, nil
	}
	if _, err := o.real(i); err != nil {
		return nil, err
	}
	c, err := o.reals(v.c)
	if err != nil {
		return nil, o.bad(v.name, "%v", err)
	}
	t, err := o.lay(&value{name: v.name, shape: v.shape, c: c}, whole(c.shape), identity(len(c.shape)), c.shape)
	if err != nil {
		return nil, err
	}
	return &value{name: v.name, shape: v.shape, t: t, fine: v.shape, perm: identity(len(v.shape))}, nil
}

// compute is an activation of float32.
func (o *op) compute(i int) (*value, error) {
	if _, err := o.real(i); err != nil {
		return nil, err
	}
	return o.activation(i)
}

// like is a value that lies as v does: the result of an operator on each element.
func (v *value) like(t *nn.Tensor) *value {
	w := *v
	w.t, w.c, w.unsigned = t, nil, v.unsigned && t.Type == nn.Int8
	return &w
}

// whole is a shape whose dimensions are not cut: one group for each.
func whole(shape []int) [][]int {
	out := make([][]int, len(shape))
	for k, d := range shape {
		out[k] = []int{d}
	}
	return out
}

// lay makes a tensor of a constant: its dimensions cut into groups of factors, all
// of those permuted, and the result in a final shape. Integers that stand for real
// numbers stay integers, unsigned ones less 128.
func (o *op) lay(v *value, groups [][]int, perm []int, final []int) (*nn.Tensor, error) {
	key := ""
	if v.name != "" && o.uses[v.name] > 1 {
		key = fmt.Sprintf("%q %v %v %v", v.name, groups, perm, final)
		if t := o.weights[key]; t != nil {
			return t, nil
		}
	}
	a := v.c
	flat, q := slices.Concat(groups...), a.quant
	if q.PerChannel() {
		at := 0
		for _, g := range groups[:q.Axis] {
			at += len(g)
		}
		inside := slices.Index(groups[q.Axis], len(q.Scale))
		if inside < 0 {
			return nil, o.bad(v.name, "its scales lie along axis %d, whose elements have to be exchanged here; they must lie along the output channels", q.Axis)
		}
		q = &nn.Quant{Scale: q.Scale, Zero: q.Zero, Axis: at + inside}
	}
	b := a.reshaped(flat)
	b.quant = q
	c, err := o.turned(b, perm)
	if err != nil {
		return nil, o.bad(v.name, "%v", err)
	}
	t := &nn.Tensor{Name: nn.Printable(v.name), Shape: final, Quant: c.quant}
	if n, err := count(final); err != nil || n == 0 {
		return nil, o.bad(v.name, "shape %v is empty or too large", final)
	} else if c.one {
		if err := o.charge(n); err != nil {
			return nil, o.bad(v.name, "%v", err)
		}
	}
	fill(t, c)
	if key != "" {
		o.weights[key] = t
	}
	return t, nil
}

// fill gives a tensor the elements of a constant, those of float32 without copying
// them: no pass writes to a constant's elements.
func fill(t *nn.Tensor, c *array) {
	n := t.Elements()
	switch c.typ {
	case typeFloat:
		t.Type, t.F32 = nn.Float32, c.f
		if c.one {
			t.F32 = slices.Repeat(c.f, n)
		}
	case typeInt8, typeUint8:
		t.Type, t.I8 = nn.Int8, make([]int8, n)
		shift := byte(0)
		if c.typ == typeUint8 {
			shift = 128
			t.Quant = &nn.Quant{Scale: c.quant.Scale, Zero: shifted(c.quant.Zero, -128), Axis: c.quant.Axis}
		}
		for i := range t.I8 {
			t.I8[i] = int8(c.b[c.at(i)] - shift)
		}
	default:
		t.Type, t.I32 = nn.Int32, make([]int32, n)
		for i := range t.I32 {
			t.I32[i] = int32(c.i[c.at(i)])
		}
	}
}

func shifted(zeros []int32, by int32) []int32 {
	out := slices.Clone(zeros)
	for i := range out {
		out[i] += by
	}
	return out
}
