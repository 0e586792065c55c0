package tflite

import (
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// The operators that move elements and compute nothing.

func concat(o *op) error {
	var f schema.ConcatenationOptions
	if err := o.options(schema.BuiltinOptionsConcatenationOptions, &f); err != nil {
		return err
	}
	if f.Activation() != schema.ActivationNONE {
		return o.bad(o.out[0], "a fused activation is not supported here")
	}
	for p := range o.in {
		if err := o.use(p); err != nil {
			return err
		}
		if o.node.In[p] == nil {
			return o.errorf("input %d is absent", p)
		}
	}
	var err error
	o.node.Axis, err = o.axis(int(f.Axis()), len(o.node.Out[0].Shape))
	return err
}

func split(o *op) error  { return o.splitAlong(0, 1) }
func splitV(o *op) error { return o.splitAlong(2, 0) }

// splitAlong takes the positions of the axis and the tensor. The sizes are those
// of the outputs.
func (o *op) splitAlong(axis, x int) error {
	if err := o.use(x); err != nil {
		return err
	}
	a, err := o.params(axis)
	if err != nil {
		return err
	}
	if len(a) != 1 {
		return o.bad(o.in[axis], "the axis is %d numbers", len(a))
	}
	o.node.Axis, err = o.axis(a[0], len(o.node.In[0].Shape))
	return err
}

func slice(o *op) error {
	if err := o.use(0); err != nil {
		return err
	}
	begin, err := o.params(1)
	if err != nil {
		return err
	}
	size, err := o.params(2)
	if err != nil {
		return err
	}
	x, y := o.node.In[0], o.node.Out[0]
	if len(begin) != len(x.Shape) || len(size) != len(x.Shape) || len(y.Shape) != len(x.Shape) {
		return o.errorf("begin %v and size %v of %v, giving %v", begin, size, x, y)
	}
	for k := range size {
		if size[k] == -1 {
			size[k] = x.Shape[k] - begin[k]
		}
	}
	if !slices.Equal(size, y.Shape) {
		return o.bad(o.out[0], "its shape is %v; the slice has %v", y.Shape, size)
	}
	o.node.Begin, o.node.Step = begin, slices.Repeat([]int{1}, len(begin))
	return nil
}

func stridedSlice(o *op) error {
	var f schema.StridedSliceOptions
	if err := o.options(schema.BuiltinOptionsStridedSliceOptions, &f); err != nil {
		return err
	}
	if err := o.use(0); err != nil {
		return err
	}
	if f.EllipsisMask() != 0 || f.NewAxisMask() != 0 || f.Offset() {
		return o.bad(o.in[0], "slices with an ellipsis, new axes or ends relative to begins are not supported")
	}
	var v [3][]int
	for k := range v {
		var err error
		if v[k], err = o.params(1 + k); err != nil {
			return err
		}
	}
	x := o.node.In[0]
	rank := len(x.Shape)
	if len(v[0]) > rank || len(v[1]) != len(v[0]) || len(v[2]) != len(v[0]) {
		return o.errorf("begin %v, end %v, stride %v of %v", v[0], v[1], v[2], x)
	}
	full := slices.Clone(x.Shape) // with the dimensions of one element that the operator drops
	var kept []int
	o.node.Begin, o.node.Step = make([]int, rank), slices.Repeat([]int{1}, rank)
	for k := range rank {
		bit := int32(1) << k
		if k < len(v[0]) {
			begin, step, n := span(x.Shape[k], v[0][k], v[1][k], v[2][k], f.BeginMask()&bit != 0, f.EndMask()&bit != 0, f.ShrinkAxisMask()&bit != 0)
			if n < 1 || begin < 0 || begin >= x.Shape[k] {
				return o.errorf("from %d to %d by %d along dimension %d of %v is empty", v[0][k], v[1][k], v[2][k], k, x)
			}
			o.node.Begin[k], o.node.Step[k], full[k] = begin, step, n
		}
		if k >= len(v[0]) || f.ShrinkAxisMask()&bit == 0 {
			kept = append(kept, full[k])
		}
	}
	y := o.node.Out[0]
	if !slices.Equal(kept, y.Shape) {
		return o.bad(o.out[0], "its shape is %v; the slice has %v", y.Shape, kept)
	}
	if len(kept) < rank {
		o.reshapeFrom(full)
	}
	return nil
}

// span is where a slice of one dimension begins, its step and its size; the size
// of an empty one, and of one of stride 0, is below 1.
func span(dim, begin, end, step int, fromStart, toEnd, one bool) (first, by, n int) {
	if one {
		if begin < 0 {
			begin += dim
		}
		return begin, 1, 1
	}
	if step == 0 {
		return 0, 0, 0
	}
	lo, hi := 0, dim // what positions may be
	if step < 0 {
		lo, hi = -1, dim-1
	}
	clamp := func(v int) int {
		if v < 0 {
			v += dim
		}
		return min(max(v, lo), hi)
	}
	begin, end = clamp(begin), clamp(end)
	if fromStart {
		begin = lo
		if step < 0 {
			begin = hi
		}
	}
	if toEnd {
		end = hi
		if step < 0 {
			end = lo
		}
	}
	if step < 0 {
		return begin, step, (begin - end - step - 1) / -step
	}
	return begin, step, (end - begin + step - 1) / step
}

// reshapeFrom gives the node an output of the shape, and a reshape behind it
// makes the output of the file.
func (o *op) reshapeFrom(shape []int) {
	y := o.node.Out[0]
	mid := &nn.Tensor{Name: y.Name + "/whole", Shape: shape, Type: y.Type, Quant: y.Quant}
	o.node.Out = []*nn.Tensor{mid}
	o.after = &nn.Node{Op: nn.Reshape, Source: o.node.Source, In: []*nn.Tensor{mid}, Out: []*nn.Tensor{y}}
}

func pad(o *op) error {
	if err := o.use(0); err != nil {
		return err
	}
	v, err := o.params(1)
	if err != nil {
		return err
	}
	if len(v) != 2*len(o.node.In[0].Shape) {
		return o.bad(o.in[1], "%d paddings for %v", len(v), o.node.In[0])
	}
	for k := 0; k < len(v); k += 2 {
		o.node.Pads = append(o.node.Pads, [2]int{v[k], v[k+1]})
	}
	return nil
}

// padV2 has a value, which must be the real number 0.
func padV2(o *op) error {
	if err := pad(o); err != nil {
		return err
	}
	v, err := o.tensor(o.in[2])
	if err != nil {
		return o.bad(o.in[2], "%v", err)
	}
	x := o.node.In[0]
	if len(v.I8) != 1 || x.Quant == nil || int32(v.I8[0]) != x.Quant.Zero[0] {
		return o.bad(o.in[2], "padding with anything but a constant 0 is not supported")
	}
	return nil
}

func transpose(o *op) error {
	if err := o.use(0); err != nil {
		return err
	}
	v, err := o.params(1)
	if err != nil {
		return err
	}
	rank := len(o.node.In[0].Shape)
	for k := range v {
		if v[k], err = o.axis(v[k], rank); err != nil {
			return err
		}
	}
	o.node.Perm = v
	return nil
}
