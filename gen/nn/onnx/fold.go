package onnx

import (
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// What is computed while reading: operators on constants, chiefly on shapes.

// constant is the node Constant.
func constant(o *op, _ []*array) (*array, error) {
	for name, a := range o.attrs {
		switch name {
		case "value":
			if a.T == nil {
				return nil, fmt.Errorf("it has no value")
			}
			return o.unpack(a.T)
		case "value_float":
			return &array{typ: typeFloat, shape: []int{}, f: []float32{a.F}}, nil
		case "value_int":
			return &array{typ: typeInt64, shape: []int{}, i: []int64{a.I}}, nil
		case "value_floats":
			return &array{typ: typeFloat, shape: []int{len(a.Floats)}, f: slices.Clone(a.Floats)}, nil
		case "value_ints":
			return &array{typ: typeInt64, shape: []int{len(a.Ints)}, i: slices.Clone(a.Ints)}, nil
		}
	}
	return nil, fmt.Errorf("it has no value of a supported type")
}

// constantOfShape writes nothing down: one element stands for all.
func constantOfShape(o *op, in []*array) (*array, error) {
	shape, err := o.params(0)
	if err != nil {
		return nil, err
	}
	out := &array{typ: typeFloat, f: []float32{0}}
	if a := o.attrs["value"]; a != nil && a.T != nil {
		if out, err = o.unpack(a.T); err != nil {
			return nil, err
		}
		if out.elements() != 1 {
			return nil, fmt.Errorf("its value has %d elements", out.elements())
		}
	}
	if _, err := count(shape); err != nil {
		return nil, err
	}
	out.shape, out.one = shape, true
	return out, nil
}

// shapeOf is the operator Shape, of a constant or not.
func shapeOf(o *op) error {
	x := o.in[0].shape
	from, err := o.attrInt("start", 0)
	if err != nil {
		return err
	}
	to, err := o.attrInt("end", len(x))
	if err != nil {
		return err
	}
	from, n := span(len(x), from, to, 1)
	return o.constant(integers(x[from : from+n]))
}

func sizeOf(o *op) error {
	return o.constant(integers([]int{nn.Elements(o.in[0].shape)}).reshaped([]int{}))
}

func integers(v []int) *array {
	a := &array{typ: typeInt64, shape: []int{len(v)}, i: make([]int64, len(v))}
	for i, x := range v {
		a.i[i] = int64(x)
	}
	return a
}

// foldReshape is Reshape and its like.
func foldReshape(o *op, in []*array) (*array, error) {
	shape, err := o.newShape()
	if err != nil {
		return nil, err
	}
	if _, err := count(shape); err != nil {
		return nil, err
	}
	a := in[0]
	if a.quant.PerChannel() {
		if a, err = o.moveScales(a, shape); err != nil {
			return nil, err
		}
	}
	return a.reshaped(shape), nil
}

// moveScales finds the axis of a constant's scales in another shape, or unpacks the
// constant to real numbers.
func (o *op) moveScales(a *array, shape []int) (*array, error) {
	q := a.quant
	before := nn.Elements(a.shape[:q.Axis])
	for k, d := range shape {
		if d == len(q.Scale) && nn.Elements(shape[:k]) == before {
			b := a.reshaped(a.shape)
			b.quant = &nn.Quant{Scale: q.Scale, Zero: q.Zero, Axis: k}
			return b, nil
		}
	}
	return o.reals(a)
}

func foldTranspose(o *op, in []*array) (*array, error) {
	perm, err := o.permutation()
	if err != nil {
		return nil, err
	}
	return o.turned(in[0], perm)
}

func foldPass(_ *op, in []*array) (*array, error) { return in[0], nil }

func foldCast(o *op, in []*array) (*array, error) {
	to, err := o.attrInt("to", 0)
	if err != nil {
		return nil, err
	}
	if to == typeDouble {
		to = typeFloat
	}
	a := in[0]
	if a.isReal() {
		if a, err = o.reals(a); err != nil {
			return nil, err
		}
	}
	shape := a.shape
	if a.one {
		shape = []int{1}
	}
	out, err := o.newArray(int32(to), shape)
	if err != nil {
		return nil, err
	}
	for i := range out.elements() {
		switch real := a.typ == typeFloat; {
		case real && out.f != nil:
			out.f[i] = a.f[a.at(i)]
		case out.f != nil:
			out.f[i] = float32(a.integer(i))
		case real:
			out.set(i, truncated(a.f[a.at(i)], out.typ))
		default:
			out.set(i, a.integer(i))
		}
	}
	out.shape, out.one = a.shape, a.one
	return out, nil
}

// truncated is a real number as an integer, or as a truth value.
func truncated(v float32, to int32) int64 {
	x := float64(v)
	if math.IsNaN(x) {
		return 0
	}
	if to == typeBool && v != 0 {
		return 1
	}
	return int64(min(max(math.Trunc(x), -1<<62), 1<<62))
}

// set writes an element of a type other than float32.
func (a *array) set(i int, v int64) {
	switch a.typ {
	case typeInt8, typeUint8:
		a.b[i] = byte(v)
	case typeBool:
		a.i[i] = 0
		if v != 0 {
			a.i[i] = 1
		}
	case typeInt32:
		a.i[i] = int64(int32(v))
	default:
		a.i[i] = v
	}
}

// pick fills a new array of a's type with elements of it.
func (o *op) pick(a *array, shape []int, from func(i int) int) (*array, error) {
	a, err := o.plain(a)
	if err != nil {
		return nil, err
	}
	out, err := o.newArray(a.typ, shape)
	if err != nil {
		return nil, err
	}
	for i := range out.elements() {
		out.copy(i, a, from(i))
	}
	return out, nil
}

// plain has real numbers in place of integers that stand for them.
func (o *op) plain(a *array) (*array, error) {
	if a.quant != nil {
		return o.reals(a)
	}
	return a, nil
}

// copy sets element i to element j of an array of the same type.
func (a *array) copy(i int, from *array, j int) {
	if a.typ == typeFloat {
		a.f[i] = from.f[from.at(j)]
	} else {
		a.set(i, from.integer(j))
	}
}

func foldGather(o *op, in []*array) (*array, error) {
	a, err := o.attrInt("axis", 0)
	if err != nil {
		return nil, err
	}
	x, index := in[0], in[1]
	if a, err = axis(a, len(x.shape)); err != nil {
		return nil, err
	}
	if index.isReal() {
		return nil, fmt.Errorf("its indices are no integers")
	}
	shape := slices.Concat(x.shape[:a], index.shape, x.shape[a+1:])
	if _, err := count(shape); err != nil {
		return nil, err
	}
	inner, n := nn.Elements(x.shape[a+1:]), index.elements()
	for i := range n {
		if d := int64(x.shape[a]); index.integer(i) < -d || index.integer(i) >= d {
			return nil, fmt.Errorf("index %d of %d elements", index.integer(i), d)
		}
	}
	return o.pick(x, shape, func(i int) int {
		k := int(index.integer(i / inner % n))
		if k < 0 {
			k += x.shape[a]
		}
		return (i/inner/n*x.shape[a]+k)*inner + i%inner
	})
}

func foldSlice(o *op, in []*array) (*array, error) {
	begin, step, size, err := o.ranges(in[0].shape)
	if err != nil {
		return nil, err
	}
	base, steps := 0, strides(in[0].shape)
	for k, s := range steps {
		base += begin[k] * s
		steps[k] = s * step[k]
	}
	a, err := o.plain(in[0])
	if err != nil {
		return nil, err
	}
	out, err := o.newArray(a.typ, size)
	if err != nil {
		return nil, err
	}
	each(size, steps, func(i, at int) { out.copy(i, a, base+at) })
	return out, nil
}

func foldConcat(o *op, in []*array) (*array, error) {
	a, err := o.attrInt("axis", 0)
	if err != nil {
		return nil, err
	}
	if a, err = axis(a, len(in[0].shape)); err != nil {
		return nil, err
	}
	shape := slices.Clone(in[0].shape)
	shape[a] = 0
	for i, x := range in {
		if x == nil || len(x.shape) != len(shape) {
			return nil, fmt.Errorf("input %d is absent or of another number of dimensions", i)
		}
		if in[i], err = o.plain(x); err != nil {
			return nil, err
		}
		for k, d := range x.shape {
			if in[i].typ != in[0].typ || k != a && d != shape[k] {
				return nil, fmt.Errorf("shapes %v and %v along axis %d, or types differ", in[0].shape, x.shape, a)
			}
		}
		shape[a] += x.shape[a]
	}
	out, err := o.newArray(in[0].typ, shape)
	if err != nil {
		return nil, err
	}
	base, steps := 0, strides(shape)
	for _, x := range in {
		each(x.shape, steps, func(i, at int) { out.copy(base+at, x, i) })
		base += x.shape[a] * steps[a]
	}
	return out, nil
}

func foldExpand(o *op, in []*array) (*array, error) {
	want, err := o.params(1)
	if err != nil {
		return nil, err
	}
	shape, err := broadcast(in[0].shape, want)
	if err != nil {
		return nil, err
	}
	if in[0].elements() == 1 {
		a, err := o.plain(in[0])
		if err != nil {
			return nil, err
		}
		b := *a
		b.shape, b.one = shape, true
		return &b, nil
	}
	steps := spreadStrides(in[0].shape, shape)
	a, err := o.plain(in[0])
	if err != nil {
		return nil, err
	}
	out, err := o.newArray(a.typ, shape)
	if err != nil {
		return nil, err
	}
	each(shape, steps, func(i, at int) { out.copy(i, a, at) })
	return out, nil
}

// spreadStrides are the strides of a shape whose elements repeat to fill another.
func spreadStrides(shape, to []int) []int {
	out, own := make([]int, len(to)), strides(shape)
	for k, d := range shape {
		if d != 1 {
			out[len(to)-len(shape)+k] = own[k]
		}
	}
	return out
}

func foldRange(o *op, in []*array) (*array, error) {
	var v [3]int64
	for i, a := range in {
		if a == nil || a.isReal() || a.elements() != 1 {
			return nil, fmt.Errorf("input %d is no single integer", i)
		}
		if v[i] = a.integer(0); v[i] > math.MaxInt32 || v[i] < math.MinInt32 {
			return nil, fmt.Errorf("input %d is %d", i, v[i])
		}
	}
	if v[2] == 0 {
		return nil, fmt.Errorf("a step of 0")
	}
	n := max(0, (v[1]-v[0]+v[2]-sign(v[2]))/v[2])
	out, err := o.newArray(in[0].typ, []int{int(n)})
	if err != nil {
		return nil, err
	}
	for i := range out.elements() {
		out.set(i, v[0]+int64(i)*v[2])
	}
	return out, nil
}

func sign(v int64) int64 {
	if v < 0 {
		return -1
	}
	return 1
}
