package onnx

import (
	"fmt"
)

// foldPair computes an operator on pairs of constants' elements; each of the
// functions may be nil where the type is not supported.
func foldPair(real func(a, b float64) float64, whole func(a, b int64) (int64, error)) func(*op, []*array) (*array, error) {
	return func(o *op, in []*array) (*array, error) {
		a, err := o.plain(in[0])
		if err != nil {
			return nil, err
		}
		for i := 1; i < len(in); i++ { // Sum has any number
			if in[i] == nil {
				return nil, fmt.Errorf("input %d is absent", i)
			}
			b, err := o.plain(in[i])
			if err != nil {
				return nil, err
			}
			if a, err = o.pairs(a, b, real, whole); err != nil {
				return nil, err
			}
		}
		return a, nil
	}
}

func (o *op) pairs(a, b *array, real func(a, b float64) float64, whole func(a, b int64) (int64, error)) (*array, error) {
	if a.typ != b.typ || a.typ == typeFloat && real == nil || a.typ != typeFloat && whole == nil {
		return nil, fmt.Errorf("constants of %s and %s are not supported", typeName(a.typ), typeName(b.typ))
	}
	shape, err := broadcast(a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	var out *array
	if a.one && b.one || a.elements() == 1 && b.elements() == 1 {
		if out, err = o.newArray(a.typ, []int{1}); err == nil {
			out.shape, out.one = shape, true
			err = out.pair(0, a, b, 0, 0, real, whole)
		}
		return out, err
	}
	if out, err = o.newArray(a.typ, shape); err != nil {
		return nil, err
	}
	left, right := spreadStrides(a.shape, shape), spreadStrides(b.shape, shape)
	if err = o.charge(out.elements()); err != nil {
		return nil, err
	}
	places := make([]int32, out.elements())
	each(shape, left, func(i, at int) { places[i] = int32(at) })
	each(shape, right, func(i, at int) {
		if e := out.pair(i, a, b, int(places[i]), at, real, whole); e != nil {
			err = e
		}
	})
	return out, err
}

// pair sets element i from element j of a and k of b.
func (a *array) pair(i int, x, y *array, j, k int, real func(a, b float64) float64, whole func(a, b int64) (int64, error)) error {
	if a.typ == typeFloat {
		a.f[i] = float32(real(float64(x.f[x.at(j)]), float64(y.f[y.at(k)])))
		return nil
	}
	v, err := whole(x.integer(j), y.integer(k))
	a.set(i, v)
	return err
}

func always(f func(a, b int64) int64) func(a, b int64) (int64, error) {
	return func(a, b int64) (int64, error) { return f(a, b), nil }
}

var (
	foldAdd = foldPair(func(a, b float64) float64 { return a + b }, always(func(a, b int64) int64 { return a + b }))
	foldSub = foldPair(func(a, b float64) float64 { return a - b }, always(func(a, b int64) int64 { return a - b }))
	foldMul = foldPair(func(a, b float64) float64 { return a * b }, always(func(a, b int64) int64 { return a * b }))
	foldDiv = foldPair(func(a, b float64) float64 { return a / b }, func(a, b int64) (int64, error) {
		if b == 0 {
			return 0, fmt.Errorf("division by 0")
		}
		if b == -1 { // the one quotient that does not fit would trap on some machines
			return -a, nil
		}
		return a / b, nil
	})
	foldMin = foldPair(func(a, b float64) float64 { return min(a, b) }, always(func(a, b int64) int64 { return min(a, b) }))
	foldMax = foldPair(func(a, b float64) float64 { return max(a, b) }, always(func(a, b int64) int64 { return max(a, b) }))
)

// foldUnary computes an operator on each real element.
func foldUnary(f func(float64) float64) func(*op, []*array) (*array, error) {
	return func(o *op, in []*array) (*array, error) {
		if !in[0].isReal() {
			return nil, fmt.Errorf("constants of %s are not supported", typeName(in[0].typ))
		}
		a, err := o.reals(in[0])
		if err != nil {
			return nil, err
		}
		if a.one {
			return &array{typ: typeFloat, shape: a.shape, one: true, f: []float32{float32(f(float64(a.f[0])))}}, nil
		}
		out, err := o.newArray(typeFloat, a.shape)
		if err != nil {
			return nil, err
		}
		for i := range out.f {
			out.f[i] = float32(f(float64(a.f[i])))
		}
		return out, nil
	}
}

func foldNeg(o *op, in []*array) (*array, error) {
	if in[0].isReal() {
		return foldUnary(func(x float64) float64 { return -x })(o, in)
	}
	minus := &array{typ: in[0].typ, shape: []int{}, one: true, i: []int64{-1}, b: []byte{255}}
	return foldMul(o, []*array{in[0], minus})
}

// foldProduct is ReduceProd over everything: the number of elements of a shape.
func foldProduct(o *op, in []*array) (*array, error) {
	list, err := o.either("axes", 1)
	if err != nil {
		return nil, err
	}
	keep, err := o.attrInt("keepdims", 1)
	if err != nil {
		return nil, err
	}
	if len(in[0].shape) != 1 || in[0].isReal() || len(list) > 1 {
		return nil, fmt.Errorf("only the product of all of a list of integers is supported")
	}
	p := int64(1)
	for _, v := range in[0].ints() {
		p *= v
	}
	out := &array{typ: in[0].typ, shape: []int{}, i: []int64{p}}
	if out.typ != typeInt64 && out.typ != typeInt32 {
		return nil, fmt.Errorf("constants of %s are not supported", typeName(out.typ))
	}
	if keep != 0 {
		out.shape = []int{1}
	}
	return out, nil
}
