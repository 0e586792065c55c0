package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// The operators that move elements and compute nothing. Those that only say how
// elements are to be read make no node.

func pass(o *op) error { return o.put(0, o.in[0]) }

func dropout(o *op) error {
	if err := o.only(1); err != nil {
		return err
	}
	if o.has(2) && (o.in[2].c == nil || o.in[2].c.elements() != 1 || o.in[2].c.typ != typeBool || o.in[2].c.integer(0) != 0) {
		return o.errorf("training mode is not supported")
	}
	return pass(o)
}

func cast(o *op) error {
	to, err := o.attrInt("to", 0)
	if err != nil {
		return err
	}
	if o.in[0].t.Type == nn.Int32 && (to == typeInt32 || to == typeInt64) {
		return pass(o)
	}
	if o.in[0].t.Type == nn.Int32 {
		return o.errorf("whole numbers of an input are supported as indices of Gather only; a mask of attention must be constant, or left out")
	}
	if o.in[0].t.Type != nn.Float32 || to != typeFloat {
		return o.errorf("from %s to %s is not supported", o.in[0].t.Type, typeName(int32(to)))
	}
	return pass(o)
}

// reshapeTo is the operator's result where only the shape changes.
func (o *op) reshapeTo(shape []int) error {
	if nn.Elements(shape) != nn.Elements(o.in[0].shape) {
		return o.errorf("%v cannot become %v", o.in[0].shape, shape)
	}
	return o.put(0, o.in[0].reshaped(shape))
}

// newShape is the shape that an operator of the kind gives its first input.
func (o *op) newShape() ([]int, error) {
	x := o.in[0].shape
	switch o.file.OpType {
	case "Reshape":
		return o.reshapeShape(x)
	case "Flatten":
		a, err := o.attrInt("axis", 1)
		if err != nil {
			return nil, err
		}
		if a == len(x) {
			return []int{nn.Elements(x), 1}, nil
		}
		if a, err = axis(a, len(x)); err != nil {
			return nil, err
		}
		return []int{nn.Elements(x[:a]), nn.Elements(x[a:])}, nil
	}
	list, err := o.either("axes", 1)
	if err != nil {
		return nil, err
	}
	if o.file.OpType == "Unsqueeze" {
		if list, err = axes(list, len(x)+len(list)); err != nil {
			return nil, err
		}
		out := slices.Clone(x)
		for _, a := range list {
			out = slices.Insert(out, a, 1)
		}
		return out, nil
	}
	if list, err = axes(list, len(x)); err != nil {
		return nil, err
	}
	out := []int{}
	for k, d := range x {
		gone := slices.Contains(list, k)
		if gone && d != 1 {
			return nil, fmt.Errorf("axes %v of %v: dimension %d has %d elements", list, x, k, d)
		}
		if !gone && (len(list) > 0 || d != 1) {
			out = append(out, d)
		}
	}
	return out, nil
}

func (o *op) reshapeShape(x []int) ([]int, error) {
	shape, err := o.params(1)
	if err != nil {
		return nil, err
	}
	keep, err := o.attrInt("allowzero", 0)
	if err != nil {
		return nil, err
	}
	rest, known := -1, 1
	for k, d := range shape {
		if d == 0 && keep == 0 {
			if k >= len(x) {
				return nil, fmt.Errorf("shape %v of %v: dimension %d is to stay", shape, x, k)
			}
			shape[k] = x[k]
		}
		if d == -1 && rest < 0 {
			rest = k
			continue
		}
		if _, err := count([]int{known, max(shape[k], 0)}); err != nil || shape[k] < 0 {
			return nil, fmt.Errorf("shape %v of %v", shape, x)
		}
		known *= shape[k]
	}
	if rest >= 0 {
		if known == 0 || nn.Elements(x)%known != 0 {
			return nil, fmt.Errorf("shape %v of %v", shape, x)
		}
		shape[rest] = nn.Elements(x) / known
	}
	if _, err := count(shape); err != nil || nn.Elements(shape) != nn.Elements(x) {
		return nil, fmt.Errorf("%v cannot become %v", x, shape)
	}
	return shape, nil
}

func reshape(o *op) error {
	if len(o.in) > 1 && !o.has(1) {
		return o.errorf("its shape is absent")
	}
	shape, err := o.newShape()
	if err != nil {
		return err
	}
	if _, err := count(shape); err != nil {
		return err
	}
	return o.reshapeTo(shape)
}

func (o *op) permutation() ([]int, error) {
	rank := len(o.in[0].shape)
	perm, err := o.attrInts("perm")
	if err != nil {
		return nil, err
	}
	if perm == nil {
		perm = identity(rank)
		reverse(perm)
	}
	if sorted := slices.Sorted(slices.Values(perm)); !slices.Equal(sorted, identity(rank)) {
		return nil, fmt.Errorf("permutation %v of %v", perm, o.in[0].shape)
	}
	return perm, nil
}

func transpose(o *op) error {
	perm, err := o.permutation()
	if err != nil {
		return err
	}
	return o.put(0, o.transposed(o.in[0], perm))
}

// expand repeats nothing here: constants aside, only to the same elements.
func expand(o *op) error {
	want, err := o.params(1)
	if err != nil {
		return err
	}
	shape, err := broadcast(o.in[0].shape, want)
	if err != nil {
		return err
	}
	if nn.Elements(shape) != nn.Elements(o.in[0].shape) {
		return o.errorf("repeating elements, %v to %v, is not supported", o.in[0].shape, shape)
	}
	return o.reshapeTo(shape)
}

func concat(o *op) error {
	a, err := o.attrInt("axis", 0)
	if err != nil {
		return err
	}
	var list []*value
	var perm []int
	var like *value // of which type all are
	for i, v := range o.in {
		if v == nil {
			return o.errorf("input %d is absent", i)
		}
		if v.c != nil {
			if v, err = o.real(i); err != nil {
				return err
			}
		}
		list = append(list, v)
		if len(v.shape) != len(list[0].shape) {
			return o.errorf("shapes %v and %v", list[0].shape, v.shape)
		}
		if v.c == nil && (perm == nil || slices.IsSorted(perm)) {
			_, perm = o.dims(v) // best one that does not lie in the file's order
			like = v
		}
	}
	if a, err = axis(a, len(list[0].shape)); err != nil {
		return err
	}
	shape := slices.Clone(list[0].shape)
	shape[a] = 0
	var in []*nn.Tensor
	for _, v := range list {
		for k, d := range v.shape {
			if k != a && d != shape[k] {
				return o.errorf("shapes %v and %v along axis %d", list[0].shape, v.shape, a)
			}
		}
		if v.c == nil && (v.unsigned != like.unsigned || v.t.Type != like.t.Type) || v.c != nil && like.t.Type != nn.Float32 {
			return o.errorf("inputs of different types")
		}
		shape[a] += v.shape[a]
		t, err := o.aligned(v, len(shape), perm)
		if err != nil {
			return err
		}
		in = append(in, t)
	}
	if _, err := count(shape); err != nil {
		return err
	}
	t := o.emit(nn.Concat, nn.Params{Axis: slices.Index(perm, a)}, first(o.file.Output), permute(shape, perm), in...)
	return o.put(0, &value{shape: shape, t: t, fine: shape, perm: perm, unsigned: like.unsigned})
}

func split(o *op) error {
	x := o.in[0]
	if x.c != nil {
		var err error
		if x, err = o.activation(0); err != nil {
			return err
		}
	}
	a, err := o.attrInt("axis", 0)
	if err != nil {
		return err
	}
	if a, err = axis(a, len(x.shape)); err != nil {
		return err
	}
	sizes, err := o.either("split", 1)
	if err != nil {
		return err
	}
	n := len(o.file.Output)
	if sizes == nil {
		each := (x.shape[a] + n - 1) / n
		for rest := x.shape[a]; rest > 0; rest -= each {
			sizes = append(sizes, min(each, rest))
		}
	}
	total := 0
	for _, s := range sizes {
		if s < 1 || s > x.shape[a] {
			return o.errorf("parts %v of %d", sizes, x.shape[a])
		}
		total += s
	}
	if len(sizes) != n || total != x.shape[a] {
		return o.errorf("%d outputs, parts %v of %d", n, sizes, x.shape[a])
	}
	t, perm := o.dims(x)
	node := &nn.Node{Op: nn.Split, Name: o.hint, Source: o.source, In: []*nn.Tensor{t}, Params: nn.Params{Axis: slices.Index(perm, a)}}
	for i, s := range sizes {
		shape := slices.Clone(x.shape)
		shape[a] = s
		y := &nn.Tensor{Name: nn.Printable(o.file.Output[i]), Shape: permute(shape, perm), Type: t.Type, Quant: t.Quant}
		node.Out = append(node.Out, y)
		if err := o.put(i, &value{shape: shape, t: y, fine: shape, perm: perm, unsigned: x.unsigned}); err != nil {
			return err
		}
	}
	o.graph.Nodes = append(o.graph.Nodes, node)
	return nil
}

func pad(o *op) error {
	x, err := o.activation(0)
	if err != nil {
		return err
	}
	if mode := o.attrString("mode", "constant"); mode != "constant" {
		return o.errorf("mode %q is not supported", mode)
	}
	list, err := o.either("pads", 1)
	if err != nil {
		return err
	}
	if err := o.zeroPad(x); err != nil {
		return err
	}
	rank := len(x.shape)
	where := identity(rank)
	if o.has(3) {
		if where, err = o.params(3); err != nil {
			return err
		}
	}
	if len(list) != 2*len(where) {
		return o.errorf("%d paddings for %d dimensions", len(list), len(where))
	}
	pads := make([][2]int, rank)
	for i, a := range where {
		if a, err = axis(a, rank); err != nil {
			return err
		}
		if pads[a] = [2]int{list[i], list[len(where)+i]}; min(pads[a][0], pads[a][1]) < 0 || max(pads[a][0], pads[a][1]) > nn.MaxElements {
			return o.errorf("padding %v is not supported", list)
		}
	}
	shape := grow(x.shape, pads)
	if _, err := count(shape); err != nil {
		return err
	}
	t, perm := o.dims(x)
	y := o.emit(nn.Pad, nn.Params{Pads: permute(pads, perm)}, first(o.file.Output), permute(shape, perm), t)
	return o.put(0, &value{shape: shape, t: y, fine: shape, perm: perm, unsigned: x.unsigned})
}

// zeroPad refuses padding with anything but the real number 0.
func (o *op) zeroPad(x *value) error {
	v, err := o.attrFloat("value", 0)
	if err != nil {
		return err
	}
	if o.has(2) {
		c := o.in[2].c
		if c == nil || c.elements() != 1 {
			return o.errorf("the value to pad with must be one constant")
		}
		switch {
		case c.isReal():
			a, err := o.reals(c)
			if err != nil {
				return err
			}
			v = a.f[0]
		case x.t.Quant == nil || len(x.t.Quant.Zero) != 1:
			v = 1
		default: // integers: 0 is what the zero point stands for
			zero := int64(x.t.Quant.Zero[0])
			if x.unsigned {
				zero += 128
			}
			v = float32(c.integer(0) - zero)
		}
	} else if x.t.Type == nn.Int8 {
		v = 1
	}
	if v != 0 {
		return o.errorf("padding with anything but the real number 0 is not supported")
	}
	return nil
}
