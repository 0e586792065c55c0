package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// ranges are where a Slice begins in each dimension of a shape, its steps, and the
// sizes, which may be 0.
func (o *op) ranges(x []int) (begin, step, size []int, err error) {
	var list [4][]int // starts, ends, axes, steps
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		if list[i], err = o.either(name, 1+i); err != nil {
			return
		}
	}
	begin, step, size = make([]int, len(x)), slices.Repeat([]int{1}, len(x)), slices.Clone(x)
	n := len(list[0])
	if list[2] == nil {
		list[2] = identity(n)
	}
	if list[3] == nil {
		list[3] = slices.Repeat([]int{1}, n)
	}
	if len(list[1]) != n || len(list[2]) != n || len(list[3]) != n {
		return nil, nil, nil, fmt.Errorf("starts %v, ends %v, axes %v, steps %v", list[0], list[1], list[2], list[3])
	}
	for i := range n {
		var a int
		if a, err = axis(list[2][i], len(x)); err != nil {
			return
		}
		begin[a], step[a] = list[0][i], list[3][i]
		if step[a] == 0 {
			return nil, nil, nil, fmt.Errorf("a step of 0")
		}
		begin[a], size[a] = span(x[a], list[0][i], list[1][i], step[a])
	}
	return
}

// span is where a slice of one dimension begins, and its size.
func span(dim, begin, end, step int) (first, n int) {
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
	first, end = clamp(begin), clamp(end)
	if step < 0 {
		return first, max(0, (first-end-step-1)/-step)
	}
	return first, max(0, (end-first+step-1)/step)
}

func slice(o *op) error {
	x := o.in[0]
	if x.c != nil {
		return o.errorf("the data is constant and its range is not")
	}
	begin, step, size, err := o.ranges(x.shape)
	if err != nil {
		return err
	}
	if slices.Contains(size, 0) {
		return o.errorf("nothing of %v is left", x.shape)
	}
	if slices.Equal(size, x.shape) && !slices.ContainsFunc(step, func(s int) bool { return s < 0 }) {
		return pass(o)
	}
	return o.put(0, o.sliced(x, begin, step, size))
}

// sliced is a part of a value.
func (o *op) sliced(x *value, begin, step, size []int) *value {
	t, perm := o.dims(x)
	p := nn.Params{Begin: permute(begin, perm), Step: permute(step, perm)}
	y := o.emit(nn.Slice, p, first(o.file.Output), permute(size, perm), t)
	return &value{shape: size, t: y, fine: size, perm: perm, unsigned: x.unsigned}
}
