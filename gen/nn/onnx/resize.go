package onnx

import (
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// resize repeats or skips elements. The graph knows three ways to choose them; one
// that chooses as the file wants is taken.
func resize(o *op) error {
	x, err := o.activation(0)
	if err != nil {
		return err
	}
	shape, flat, err := o.plane(x)
	if err != nil {
		return err
	}
	size, from, err := o.sampling(x.shape)
	if err != nil {
		return err
	}
	if flat {
		size, from = slices.Insert(size, 2, 1), slices.Insert(from, 2, nil)
	}
	if len(size) != 4 || size[0] != shape[0] || size[1] != shape[1] {
		return o.errorf("%v to %v: only height and width can be resized", shape, size)
	}
	if _, err := count(size); err != nil {
		return err
	}
	for _, p := range []nn.Params{{}, {HalfPixel: true}, {AlignCorners: true}} {
		if (from[2] == nil || slices.Equal(from[2], nearest(p, shape[2], size[2]))) && (from[3] == nil || slices.Equal(from[3], nearest(p, shape[3], size[3]))) {
			t := o.as(x, shape, nhwc)
			return o.planar(o.emit(nn.ResizeNearest, p, first(o.file.Output), permute(size, nhwc), t), flat, x.unsigned)
		}
	}
	return o.errorf("%v to %v: which elements this chooses cannot be said in the graph", shape, size)
}

// nearest is the elements that nn.ResizeNearest chooses along one dimension, in
// float32 as its kernels do.
func nearest(p nn.Params, in, out int) []int {
	ratio := float32(in) / float32(out)
	if p.AlignCorners && out > 1 {
		ratio = float32(in-1) / float32(out-1)
	}
	list := make([]int, out)
	for i := range list {
		x := float32(i)
		if p.HalfPixel {
			x += 0.5
		}
		position := float64(x * ratio)
		if p.AlignCorners {
			position = math.Round(position)
		}
		list[i] = max(min(int(math.Floor(position)), in-1), 0)
	}
	return list
}

// sampling is the sizes that Resize or Upsample makes of a shape, and for each
// dimension which elements of it become those of the result; nil if all do.
func (o *op) sampling(x []int) (size []int, from [][]int, err error) {
	if mode := o.attrString("mode", "nearest"); mode != "nearest" {
		return nil, nil, fmt.Errorf("mode %q is not supported; nearest is", mode)
	}
	scales, size, err := o.scales(x)
	if err != nil {
		return nil, nil, err
	}
	where, round := o.attrString("coordinate_transformation_mode", "half_pixel"), o.attrString("nearest_mode", "round_prefer_floor")
	if o.file.OpType == "Upsample" || o.opset < 11 {
		where, round = "asymmetric", "floor"
	}
	for k, n := range size {
		if n < 1 || n > nn.MaxElements {
			return nil, nil, fmt.Errorf("%v to %v", x, size)
		}
		if n == x[k] && scales[k] == 1 {
			from = append(from, nil)
			continue
		}
		if err := o.charge(16 * n); err != nil { // as much as it takes to choose
			return nil, nil, err
		}
		list := make([]int, n)
		for i := range list {
			p, err := position(where, float64(i), float64(x[k]), float64(n), scales[k])
			if err != nil {
				return nil, nil, err
			}
			if p, err = rounded(round, p); err != nil {
				return nil, nil, err
			}
			list[i] = int(min(max(p, 0), float64(x[k]-1)))
		}
		from = append(from, list)
	}
	return size, from, nil
}

// scales are the factors of each dimension and the sizes that they lead to.
func (o *op) scales(x []int) (scales []float64, size []int, err error) {
	at, sizes := 2, 3 // inputs
	if o.file.OpType == "Upsample" || o.opset < 11 {
		at, sizes = 1, maxEdges
	}
	if a := o.attrs["scales"]; a != nil {
		for _, s := range a.Floats[:min(len(a.Floats), nn.MaxRank)] {
			scales = append(scales, float64(s))
		}
	}
	if o.has(at) && o.in[at].c != nil && o.in[at].c.typ == typeFloat && o.in[at].c.elements() <= nn.MaxRank {
		for i := range o.in[at].c.elements() {
			scales = append(scales, float64(o.in[at].c.f[o.in[at].c.at(i)]))
		}
	}
	if o.has(sizes) {
		if size, err = o.params(sizes); err != nil {
			return nil, nil, err
		}
	}
	if policy := o.attrString("keep_aspect_ratio_policy", "stretch"); policy != "stretch" {
		return nil, nil, fmt.Errorf("keep_aspect_ratio_policy %q is not supported", policy)
	}
	list, err := o.attrInts("axes")
	if err != nil {
		return nil, nil, err
	}
	if list == nil {
		list = identity(len(x))
	}
	allScales, allSizes := slices.Repeat([]float64{1}, len(x)), slices.Clone(x)
	if len(scales) != len(list) && len(size) != len(list) {
		return nil, nil, fmt.Errorf("%d scales and %d sizes for %v, or they are not constant", len(scales), len(size), x)
	}
	for i, a := range list {
		if a, err = axis(a, len(x)); err != nil {
			return nil, nil, err
		}
		if len(size) == len(list) {
			allSizes[a], allScales[a] = size[i], float64(size[i])/float64(x[a])
			continue
		}
		allScales[a] = scales[i]
		n := math.Floor(float64(x[a]) * scales[i])
		if !(scales[i] > 0) || n < 1 || n > nn.MaxElements {
			return nil, nil, fmt.Errorf("a scale of %v for %d elements", scales[i], x[a])
		}
		allSizes[a] = int(n)
	}
	return allScales, allSizes, nil
}

// position is where element i of out lies among in elements.
func position(where string, i, in, out, scale float64) (float64, error) {
	switch where {
	case "half_pixel":
		return (i+0.5)/scale - 0.5, nil
	case "pytorch_half_pixel":
		if out == 1 {
			return 0, nil
		}
		return (i+0.5)/scale - 0.5, nil
	case "half_pixel_symmetric":
		return in/2*(1-out/(in*scale)) + (i+0.5)/scale - 0.5, nil
	case "tf_half_pixel_for_nn":
		return (i + 0.5) / scale, nil
	case "asymmetric":
		return i / scale, nil
	case "align_corners":
		if out == 1 {
			return 0, nil
		}
		return i * (in - 1) / (out - 1), nil
	}
	return 0, fmt.Errorf("coordinate_transformation_mode %q is not supported", where)
}

func rounded(how string, x float64) (float64, error) {
	switch how {
	case "round_prefer_floor":
		return math.Ceil(x - 0.5), nil
	case "round_prefer_ceil":
		return math.Floor(x + 0.5), nil
	case "floor":
		return math.Floor(x), nil
	case "ceil":
		return math.Ceil(x), nil
	}
	return 0, fmt.Errorf("nearest_mode %q is not supported", how)
}
