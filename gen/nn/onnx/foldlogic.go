package onnx

import (
	"fmt"
	"math"
)

// What exporters compute of truth values while reading: shapes to expand to, and masks.

// constants is two constants of one type, and the shape of what is computed of their pairs.
func (o *op) constants(x, y *array) (a, b *array, shape []int, err error) {
	if a, err = o.plain(x); err != nil {
		return nil, nil, nil, err
	}
	if b, err = o.plain(y); err != nil {
		return nil, nil, nil, err
	}
	if a.typ != b.typ {
		return nil, nil, nil, fmt.Errorf("constants of %s and %s", typeName(a.typ), typeName(b.typ))
	}
	shape, err = broadcast(a.shape, b.shape)
	return a, b, shape, err
}

// foldCompare compares pairs of constants' elements.
func foldCompare(f func(a, b float64) bool) func(*op, []*array) (*array, error) {
	return func(o *op, in []*array) (*array, error) {
		a, b, shape, err := o.constants(in[0], in[1])
		if err != nil {
			return nil, err
		}
		out, err := o.newArray(typeBool, shape)
		if err != nil {
			return nil, err
		}
		each(shape, spreadStrides(a.shape, shape), func(i, at int) { out.i[i] = int64(at) })
		each(shape, spreadStrides(b.shape, shape), func(i, at int) {
			out.set(i, truth(f(a.number(int(out.i[i])), b.number(at))))
		})
		return out, nil
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// number is an element of whatever type; integers beyond 2^53, which shapes and
// positions are not, are rounded.
func (a *array) number(i int) float64 {
	if a.typ == typeFloat {
		return float64(a.f[a.at(i)])
	}
	return float64(a.integer(i))
}

func foldNot(o *op, in []*array) (*array, error) {
	if in[0].typ != typeBool {
		return nil, fmt.Errorf("constants of %s are not supported", typeName(in[0].typ))
	}
	out, err := o.newArray(typeBool, in[0].shape)
	if err != nil {
		return nil, err
	}
	for i := range out.i {
		out.i[i] = truth(in[0].integer(i) == 0)
	}
	return out, nil
}

// foldWhere chooses between pairs of constants' elements.
func foldWhere(o *op, in []*array) (*array, error) {
	if in[0].typ != typeBool {
		return nil, fmt.Errorf("its condition is %s", typeName(in[0].typ))
	}
	a, b, shape, err := o.constants(in[1], in[2])
	if err != nil {
		return nil, err
	}
	if shape, err = broadcast(shape, in[0].shape); err != nil {
		return nil, err
	}
	chosen, err := o.newArray(typeBool, shape)
	if err != nil {
		return nil, err
	}
	out, err := o.newArray(a.typ, shape)
	if err != nil {
		return nil, err
	}
	each(shape, spreadStrides(in[0].shape, shape), func(i, at int) { chosen.i[i] = in[0].integer(at) })
	for k, x := range []*array{a, b} {
		each(shape, spreadStrides(x.shape, shape), func(i, at int) {
			if (chosen.i[i] != 0) == (k == 0) {
				out.copy(i, x, at)
			}
		})
	}
	return out, nil
}

// foldTrilu keeps one triangle of matrices and makes the other 0.
func foldTrilu(o *op, in []*array) (*array, error) {
	upper, err := o.attrInt("upper", 1)
	if err != nil {
		return nil, err
	}
	k := 0
	if len(in) > 1 && in[1] != nil {
		list, err := o.params(1)
		if err != nil {
			return nil, err
		}
		if len(list) != 1 {
			return nil, fmt.Errorf("%d diagonals", len(list))
		}
		k = list[0]
	}
	a, err := o.plain(in[0])
	if err != nil {
		return nil, err
	}
	rank := len(a.shape)
	if rank < 2 {
		return nil, fmt.Errorf("%v is no matrix", a.shape)
	}
	out, err := o.newArray(a.typ, a.shape)
	if err != nil {
		return nil, err
	}
	rows, columns := a.shape[rank-2], a.shape[rank-1]
	for i := range out.elements() {
		column, row := i%columns, i/columns%rows
		if upper != 0 && column-row >= k || upper == 0 && column-row <= k {
			out.copy(i, a, i)
		}
	}
	return out, nil
}

// foldPower takes exponents of another type, too.
func foldPower(o *op, in []*array) (*array, error) {
	pair := []*array{in[0], in[1]}
	for i, a := range pair {
		if in[0].isReal() {
			var err error
			if pair[i], err = o.reals(a); err != nil {
				return nil, err
			}
		}
	}
	return foldReal(o, pair)
}

var foldReal = foldPair(math.Pow, nil)
