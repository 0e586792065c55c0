package onnx

import (
	"fmt"
	"math"
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

// div is by a constant: the product with the reciprocal.
func div(o *op) error {
	b, err := o.real(1)
	if err != nil {
		return err
	}
	if b.c == nil {
		return o.bad(b.name, "division by what is no constant is not supported")
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
// best one that does not lie in the file's order.
func (o *op) agree(a, b *value, shape []int) []int {
	best := identity(len(shape))
	for _, v := range []*value{b, a} {
		if v.c == nil && slices.Equal(padded(v, len(shape)).shape, shape) {
			if _, p := o.dims(padded(v, len(shape))); !slices.IsSorted(p) || slices.IsSorted(best) {
				best = p
			}
		}
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

// clip limits to a range: that of an activation function, or one that scaling makes
// the range of relu6.
func clip(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	limits := [2]float32{-math.MaxFloat32, math.MaxFloat32}
	for i, name := range []string{"min", "max"} {
		if limits[i], err = o.attrFloat(name, limits[i]); err != nil {
			return err
		}
		if !o.has(1 + i) {
			continue
		}
		v, err := o.real(1 + i)
		if err != nil {
			return err
		}
		if v.c == nil || v.c.elements() != 1 {
			return o.bad(v.name, "the limit must be one constant number")
		}
		c, err := o.reals(v.c)
		if err != nil {
			return err
		}
		limits[i] = c.f[0]
	}
	if o.saturates(limits[0], limits[1]) {
		return o.put(0, x)
	}
	return o.put(0, x.like(o.clamp(x.t, limits[0], limits[1])))
}

// saturates reports whether the result only goes where it becomes integers whose
// range is within the limits, so that limiting it is no operation of its own. The
// graph in real numbers, which knows no ranges, then does not limit either.
func (o *op) saturates(lo, hi float32) bool {
	name := first(o.file.Output)
	list := o.readBy[name]
	if len(list) == 0 || len(list) != o.uses[name] { // it is the network's output, too
		return false
	}
	for _, n := range list {
		if n.OpType != "QuantizeLinear" || len(n.Input) < 3 || n.Input[0] != name {
			return false
		}
		scale, err := o.lookup(n.Input[1])
		zero, err2 := o.lookup(n.Input[2])
		if err != nil || err2 != nil || scale == nil || zero == nil || scale.c == nil || zero.c == nil || scale.c.typ != typeFloat || scale.c.elements() != 1 ||
			zero.c.elements() != 1 || zero.c.typ != typeInt8 && zero.c.typ != typeUint8 {
			return false
		}
		from, to := int64(-128), int64(127)
		if zero.c.typ == typeUint8 {
			from, to = 0, 255
		}
		s, z := float64(scale.c.f[0]), zero.c.integer(0)
		if s*float64(from-z) < float64(lo)-s/2 || s*float64(to-z) > float64(hi)+s/2 {
			return false
		}
	}
	return true
}

func (o *op) clamp(t *nn.Tensor, lo, hi float32) *nn.Tensor {
	name := first(o.file.Output)
	unary := func(kind nn.Op, act nn.Act, in ...*nn.Tensor) {
		t = o.emit(kind, nn.Params{Act: act}, name, t.Shape, append([]*nn.Tensor{t}, in...)...)
	}
	const far = math.MaxFloat32
	switch {
	case lo == 0 && hi >= far:
		unary(nn.Relu, nn.ReluAct)
	case lo == 0 && hi == 6:
		unary(nn.Relu, nn.Relu6Act)
	case lo == -1 && hi == 1:
		unary(nn.Relu, nn.ReluN1To1Act)
	case lo <= -far && hi >= far:
	case lo >= hi: // all become hi
		unary(nn.Mul, nn.NoAct, scalar(0))
		unary(nn.Add, nn.NoAct, scalar(hi))
	case hi >= far: // relu(x-lo) + lo
		unary(nn.Add, nn.NoAct, scalar(-lo))
		unary(nn.Relu, nn.ReluAct)
		unary(nn.Add, nn.NoAct, scalar(lo))
	case lo <= -far: // hi - relu(hi-x)
		unary(nn.Mul, nn.NoAct, scalar(-1))
		unary(nn.Add, nn.NoAct, scalar(hi))
		unary(nn.Relu, nn.ReluAct)
		unary(nn.Mul, nn.NoAct, scalar(-1))
		unary(nn.Add, nn.NoAct, scalar(hi))
	default:
		unary(nn.Add, nn.NoAct, scalar(-lo))
		unary(nn.Mul, nn.NoAct, scalar(6/(hi-lo)))
		unary(nn.Relu, nn.Relu6Act)
		unary(nn.Mul, nn.NoAct, scalar((hi-lo)/6))
		unary(nn.Add, nn.NoAct, scalar(lo))
	}
	return t
}

// hardSigmoid is clip(alpha*x+beta, 0, 1).
func hardSigmoid(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	alpha, err := o.attrFloat("alpha", 0.2)
	if err != nil {
		return err
	}
	beta, err := o.attrFloat("beta", 0.5)
	if err != nil {
		return err
	}
	t := o.emit(nn.Mul, nn.Params{}, x.t.Name+"/alpha", x.t.Shape, x.t, scalar(alpha))
	t = o.emit(nn.Add, nn.Params{}, x.t.Name+"/beta", t.Shape, t, scalar(beta))
	y := t
	if !o.saturates(0, 1) {
		y = o.clamp(t, 0, 1)
	}
	if math.Abs(float64(alpha)-1./6) < 1e-6 && beta == 0.5 {
		o.hard[y] = x.t
	}
	return o.put(0, x.like(y))
}

// batchNorm scales and shifts each channel.
func batchNorm(o *op) error {
	if err := o.only(1); err != nil {
		return err
	}
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	if len(x.shape) < 2 {
		return o.errorf("%v has no channels", x.shape)
	}
	if training, err := o.attrInt("training_mode", 0); err != nil || training != 0 {
		return o.errorf("training mode is not supported")
	}
	if spatial, err := o.attrInt("spatial", 1); err != nil || spatial != 1 {
		return o.errorf("statistics for each element (spatial 0) are not supported")
	}
	epsilon, err := o.attrFloat("epsilon", 1e-5)
	if err != nil {
		return err
	}
	n := x.shape[1]
	var p [4]*array // scale, shift, mean, variance
	for i := range p {
		v, err := o.real(1 + i)
		if err != nil {
			return err
		}
		if v.c == nil || v.c.elements() != n {
			return o.bad(v.name, "%v is no constant of %d elements", v.shape, n)
		}
		if p[i], err = o.reals(v.c); err != nil {
			return err
		}
	}
	shape := append([]int{n}, slices.Repeat([]int{1}, len(x.shape)-2)...)
	a, err := o.newArray(typeFloat, shape)
	if err != nil {
		return err
	}
	b, err := o.newArray(typeFloat, shape)
	if err != nil {
		return err
	}
	at := func(k, i int) float64 { return float64(p[k].f[p[k].at(i)]) }
	for i := range n {
		scale := at(0, i) / math.Sqrt(at(3, i)+float64(epsilon))
		a.f[i], b.f[i] = float32(scale), float32(at(1, i)-at(2, i)*scale)
	}
	y, err := o.binary(nn.Mul, x, &value{shape: shape, c: a})
	if err != nil {
		return err
	}
	if y, err = o.binary(nn.Add, y, &value{shape: shape, c: b}); err != nil {
		return err
	}
	return o.put(0, y)
}

// softmax runs along one axis, or before operator set 13 along all from one on.
func softmax(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	otherwise := -1
	if o.opset < 13 {
		otherwise = 1
	}
	a, err := o.attrInt("axis", otherwise)
	if err != nil {
		return err
	}
	rank := len(x.shape)
	if o.opset < 13 && a == rank { // each element for itself
		x = x.reshaped(append(slices.Clone(x.shape), 1))
		rank++
	}
	if a, err = axis(a, rank); err != nil {
		return err
	}
	p := nn.Params{Beta: 1}
	if o.opset < 13 && a != rank-1 {
		flat := []int{nn.Elements(x.shape[:a]), nn.Elements(x.shape[a:])}
		p.Axis = 1
		t := o.emit(nn.Softmax, p, first(o.file.Output), flat, o.as(x, flat, []int{0, 1}))
		return o.put(0, &value{shape: x.shape, t: t, fine: flat, perm: []int{0, 1}})
	}
	p.Axis = rank - 1
	t, perm := o.dims(x)
	if perm[rank-1] != a {
		perm = append(slices.DeleteFunc(slices.Clone(perm), func(k int) bool { return k == a }), a)
		t = o.as(x, x.shape, perm)
	}
	y := &value{shape: x.shape, t: o.emit(nn.Softmax, p, first(o.file.Output), t.Shape, t), fine: x.shape, perm: perm}
	return o.put(0, y.reshaped(o.in[0].shape))
}
