package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// broadcast is the shape of two shapes' elements in pairs.
func broadcast(a, b []int) ([]int, error) {
	out := make([]int, max(len(a), len(b)))
	for k := range out {
		x, y := 1, 1
		if i := k - len(out) + len(a); i >= 0 {
			x = a[i]
		}
		if i := k - len(out) + len(b); i >= 0 {
			y = b[i]
		}
		switch {
		case x == y || y == 1:
			out[k] = x
		case x == 1:
			out[k] = y
		default:
			return nil, fmt.Errorf("shapes %v and %v do not fit", a, b)
		}
	}
	_, err := count(out)
	return out, err
}

func add(o *op) error { return o.pair(nn.Add) }
func sub(o *op) error { return o.pair(nn.Sub) }

func mul(o *op) error {
	if o.in[0].c == nil && o.in[1].c == nil {
		for i := range 2 { // x * hard_sigmoid(x)
			x, h := o.in[i], o.in[1-i]
			if src := o.hard[h.t]; src != nil && o.origin(src) == o.origin(x.t) && slices.Equal(x.shape, h.shape) {
				return o.put(0, x.like(o.emit(nn.HardSwish, nn.Params{}, first(o.file.Output), x.t.Shape, x.t)))
			}
		}
	}
	return o.pair(nn.Mul)
}

// origin is the integers that a tensor was dequantised from, or the tensor.
func (r *reader) origin(t *nn.Tensor) *nn.Tensor {
	if i := r.dequantised[t]; i != nil {
		return i
	}
	return t
}

// div by a constant is the product with the reciprocal.
func div(o *op) error {
	b, err := o.real(1)
	if err != nil {
		return err
	}
	if b.c == nil {
		return o.pair(opDiv)
	}
	c, err := o.reals(b.c)
	if err != nil {
		return err
	}
	inverse, err := o.newArray(typeFloat, c.shape)
	if err != nil {
		return err
	}
	for i := range inverse.f {
		if inverse.f[i] = 1 / c.f[c.at(i)]; inverse.f[i]-inverse.f[i] != 0 {
			return o.bad(b.name, "division by %v", c.f[c.at(i)])
		}
	}
	a, err := o.real(0)
	if err != nil {
		return err
	}
	y, err := o.binary(nn.Mul, a, &value{shape: b.shape, c: inverse})
	if err != nil {
		return err
	}
	return o.put(0, y)
}

func (o *op) pair(kind nn.Op) error {
	a, err := o.real(0)
	if err != nil {
		return err
	}
	b, err := o.real(1)
	if err != nil {
		return err
	}
	y, err := o.binary(kind, a, b)
	if err != nil {
		return err
	}
	return o.put(0, y)
}

// sum adds up any number.
func sum(o *op) error {
	y, err := o.real(0)
	if err != nil {
		return err
	}
	if len(o.in) == 1 {
		return o.put(0, y)
	}
	for i := range o.in[1:] {
		if o.in[1+i] == nil {
			return o.errorf("input %d is absent", 1+i)
		}
		v, err := o.real(1 + i)
		if err != nil {
			return err
		}
		if y, err = o.binary(nn.Add, y, v); err != nil {
			return err
		}
	}
	return o.put(0, y)
}

// binary combines the elements of two values, of which one may be a constant; one of
// two constants becomes an activation.
func (o *op) binary(kind nn.Op, a, b *value) (*value, error) {
	shape, err := broadcast(a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	if n, _ := count(shape); n == 0 {
		return nil, fmt.Errorf("shapes %v and %v: nothing is left", a.shape, b.shape)
	}
	first := first(o.file.Output)
	// Of elements and one number, or of two that lie alike, the order does not matter.
	for i, v := range []*value{a, b} {
		w := []*value{b, a}[i]
		if v.c != nil || !slices.Equal(v.shape, shape) {
			continue
		}
		var other *nn.Tensor
		switch {
		case w.c != nil && w.c.elements() == 1 && !w.c.quant.PerChannel():
			if other, err = o.lay(w, whole(w.shape), identity(len(w.shape)), []int{1}); err != nil {
				return nil, err
			}
		case w.c != nil:
			if other, err = o.beside(w, v); err != nil {
				return nil, err
			}
			if other == nil {
				continue
			}
		case w.c == nil && slices.Equal(w.shape, shape) && slices.Equal(w.fine, v.fine) && slices.Equal(w.perm, v.perm):
			other = w.t
		default:
			continue
		}
		in := []*nn.Tensor{v.t, other}
		if i == 1 {
			in = []*nn.Tensor{other, v.t}
		}
		return v.like(o.emit(kind, nn.Params{}, first, v.t.Shape, in...)), nil
	}
	perm := o.agree(a, b, shape)
	var in []*nn.Tensor
	for _, v := range []*value{a, b} {
		t, err := o.aligned(v, len(shape), perm)
		if err != nil {
			return nil, err
		}
		in = append(in, t)
	}
	return &value{shape: shape, t: o.emit(kind, nn.Params{}, first, permute(shape, perm), in...), fine: shape, perm: perm}, nil
}

// agree chooses the order for a result: that of an argument with the result's shape,
// best one that does not lie in the file's order; where both are repeated, that of one
// of as many dimensions.
func (o *op) agree(a, b *value, shape []int) []int {
	var best []int
	for _, v := range []*value{b, a} {
		if v.c == nil && slices.Equal(padded(v, len(shape)).shape, shape) {
			if _, p := o.dims(padded(v, len(shape))); best == nil || !slices.IsSorted(p) || slices.IsSorted(best) {
				best = p
			}
		}
	}
	for _, v := range []*value{b, a} {
		if best == nil && v.c == nil && len(v.shape) == len(shape) && slices.Equal(v.fine, v.shape) {
			best = v.perm
		}
	}
	if best == nil {
		return identity(len(shape))
	}
	return best
}

// aligned is a value with a number of dimensions in an order.
func (o *op) aligned(v *value, rank int, perm []int) (*nn.Tensor, error) {
	wide := padded(v, rank)
	if v.c == nil {
		return o.as(wide, wide.shape, perm), nil
	}
	groups := whole(v.shape)
	if extra := rank - len(v.shape); extra > 0 {
		ones := slices.Repeat([]int{1}, extra)
		if len(groups) == 0 {
			return o.lay(v, [][]int{}, []int{}, slices.Repeat([]int{1}, rank))
		}
		groups[0] = append(ones, groups[0]...)
	}
	return o.lay(v, groups, perm, permute(wide.shape, perm))
}

// beside lays a constant so that its elements meet those of a tensor as that lies;
// nil if the tensor's order does not follow its dimensions.
func (o *op) beside(w, v *value) (*nn.Tensor, error) {
	groups, at := make([][]int, len(v.shape)), 0
	for k, d := range v.shape {
		for n := 1; at < len(v.fine) && (n < d || v.fine[at] == 1); at++ {
			n *= v.fine[at]
			groups[k] = append(groups[k], v.fine[at])
		}
		if nn.Elements(groups[k]) != d {
			return nil, nil
		}
	}
	extra := len(v.shape) - len(w.shape)
	var all []int // of the constant, one for each of v.fine
	own := make([][]int, len(w.shape))
	for k, g := range groups {
		if k < extra || w.shape[k-extra] == 1 {
			g = slices.Repeat([]int{1}, len(g))
		}
		all = append(all, g...)
		own[max(0, k-extra)] = append(own[max(0, k-extra)], g...)
	}
	return o.lay(w, own, v.perm, permute(all, v.perm))
}

// unary is an operator on each element.
func unary(kind nn.Op) func(*op) error {
	return func(o *op) error {
		x, err := o.compute(0)
		if err != nil {
			return err
		}
		p := nn.Params{}
		switch kind {
		case nn.Relu:
			p.Act = nn.ReluAct
		case nn.LeakyRelu:
			if p.Alpha, err = o.attrFloat("alpha", 0.01); err != nil {
				return err
			}
		}
		return o.put(0, x.like(o.emit(kind, p, first(o.file.Output), x.t.Shape, x.t)))
	}
}
