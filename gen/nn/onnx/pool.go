package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

func maxPool(o *op) error     { return o.pool(nn.MaxPool) }
func averagePool(o *op) error { return o.pool(nn.AveragePool) }

func (o *op) pool(kind nn.Op) error {
	if err := o.only(1); err != nil {
		return err
	}
	read := o.compute
	if kind == nn.MaxPool { // which compares integers as well
		read = o.activation
	}
	x, err := read(0)
	if err != nil {
		return err
	}
	shape, flat, err := o.plane(x)
	if err != nil {
		return err
	}
	g, err := o.geometry(flat, [2]int{1, 0})
	if err != nil {
		return err
	}
	include, err := o.attrInt("count_include_pad", 0)
	if err != nil {
		return err
	}
	p := nn.Params{}
	size := [2]int{shape[2], shape[3]}
	window, out, err := g.window(size)
	if err != nil {
		return err
	}
	t := o.as(x, shape, nhwc)
	if padded := padding(g, window, size, out); kind == nn.AveragePool && include != 0 && padded != [2][2]int{} {
		// The padding counts, so it has to be there. What a window reaches beyond
		// that, by ceil_mode, does not count.
		pads := [][2]int{{}, padded[0], padded[1], {}}
		t = o.emit(nn.Pad, nn.Params{Pads: pads}, first(o.file.Output)+"/padded", grow(t.Shape, pads), t)
		for k := range 2 {
			window.Before[k] = 0
			window.After[k] = max(0, window.After[k]-padded[k][1])
		}
	}
	p.Window = window
	return o.planar(o.emit(kind, p, first(o.file.Output), []int{shape[0], out[0], out[1], shape[1]}, t), flat, x.unsigned)
}

// padding is what the file pads in front and behind, as far as windows see it.
func padding(g geometry, w nn.Window, in, out [2]int) (pads [2][2]int) {
	for k := range 2 {
		after := g.after[k]
		if g.auto != "NOTSET" {
			after = w.After[k]
		}
		seen := (out[k]-1)*w.Stride[k] + w.Kernel[k] - in[k] - w.Before[k]
		pads[k] = [2]int{w.Before[k], max(0, min(after, seen))}
	}
	return pads
}

func grow(shape []int, pads [][2]int) []int {
	out := slices.Clone(shape)
	for k, p := range pads {
		out[k] += p[0] + p[1]
	}
	return out
}

// globalAverage is a mean over space.
func globalAverage(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	if len(x.shape) < 3 {
		return fmt.Errorf("%v has no space to average over", x.shape)
	}
	list := identity(len(x.shape))[2:]
	return o.mean(x, list, true)
}

func globalMax(o *op) error {
	x, err := o.activation(0)
	if err != nil {
		return err
	}
	shape, flat, err := o.plane(x)
	if err != nil {
		return err
	}
	size := [2]int{shape[2], shape[3]}
	p := nn.Params{Window: nn.Window{Kernel: size, Stride: size, Dilation: [2]int{1, 1}}}
	return o.planar(o.emit(nn.MaxPool, p, first(o.file.Output), []int{shape[0], 1, 1, shape[1]}, o.as(x, shape, nhwc)), flat, x.unsigned)
}

func reduceMean(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	list, err := o.either("axes", 1)
	if err != nil {
		return err
	}
	if skip, err := o.attrInt("noop_with_empty_axes", 0); err != nil {
		return err
	} else if len(list) == 0 && skip != 0 {
		return o.put(0, x)
	}
	if len(list) == 0 {
		list = identity(len(x.shape))
	}
	if list, err = axes(list, len(x.shape)); err != nil {
		return err
	}
	keep, err := o.attrInt("keepdims", 1)
	if err != nil {
		return err
	}
	if len(list) == 1 && o.in[0].c == nil && o.centres() {
		// Layer normalisation needs its dimension last: it moves once, for all readers.
		y := o.dimsLast(x, list[0])
		y.name = x.name
		o.values[x.name], x = y, y
	}
	return o.mean(x, list, keep != 0)
}

// centres reports whether the mean is subtracted from what it is the mean of.
func (o *op) centres() bool {
	return slices.ContainsFunc(o.readBy[first(o.file.Output)], func(n *schema.Node) bool {
		return n.OpType == "Sub" && slices.Contains(n.Input, o.file.Input[0])
	})
}

// mean averages over ascending axes of the file.
func (o *op) mean(x *value, list []int, keep bool) error {
	t, perm := o.dims(x)
	var where, shape, file, order []int
	for k, p := range perm {
		if slices.Contains(list, p) {
			where = append(where, k)
		}
	}
	rank := map[int]int{} // the file's dimensions to those of the result
	for k, d := range x.shape {
		if in := slices.Contains(list, k); in && keep {
			d = 1
		} else if in {
			continue
		}
		rank[k] = len(file)
		file = append(file, d)
	}
	for _, p := range perm {
		if k, ok := rank[p]; ok {
			order = append(order, k)
			shape = append(shape, file[k])
		}
	}
	if len(where) == 0 {
		return o.put(0, x.reshaped(file))
	}
	y := o.emit(nn.Mean, nn.Params{Axes: where, KeepDims: keep}, first(o.file.Output), shape, t)
	return o.put(0, &value{shape: file, t: y, fine: file, perm: order})
}
