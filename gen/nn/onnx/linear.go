package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// gemm is y = alpha*A*B + beta*C.
func gemm(o *op) error {
	a, err := o.compute(0)
	if err != nil {
		return err
	}
	alpha, err := o.attrFloat("alpha", 1)
	if err != nil {
		return err
	}
	beta, err := o.attrFloat("beta", 1)
	if err != nil {
		return err
	}
	transA, err := o.attrInt("transA", 0)
	if err != nil {
		return err
	}
	transB, err := o.attrInt("transB", 0)
	if err != nil {
		return err
	}
	b, err := o.real(1)
	if err != nil {
		return err
	}
	if len(a.shape) != 2 || len(b.shape) != 2 {
		return o.errorf("factors %v and %v; both have two dimensions", a.shape, b.shape)
	}
	if transA != 0 {
		a = o.transposed(a, []int{1, 0})
	}
	var y *value
	if b.c != nil {
		y, err = o.fully(a, b, transB != 0)
	} else {
		if transB != 0 {
			b = o.transposed(b, []int{1, 0})
		}
		y, err = o.product(a, b)
	}
	if err != nil {
		return err
	}
	if alpha != 1 {
		y = y.like(o.emit(nn.Mul, nn.Params{}, y.t.Name+"/alpha", y.t.Shape, y.t, scalar(alpha)))
	}
	if o.has(2) && beta != 0 {
		c, err := o.real(2)
		if err != nil {
			return err
		}
		if beta != 1 {
			if c, err = o.scaled(c, beta); err != nil {
				return err
			}
		}
		if y, err = o.binary(nn.Add, y, c); err != nil {
			return err
		}
	}
	return o.put(0, y)
}

// scaled is a value times a number.
func (o *op) scaled(v *value, by float32) (*value, error) {
	if v.c == nil {
		return v.like(o.emit(nn.Mul, nn.Params{}, v.t.Name+"/beta", v.t.Shape, v.t, scalar(by))), nil
	}
	c, err := o.reals(v.c)
	if err != nil {
		return nil, err
	}
	out, err := o.newArray(typeFloat, c.shape)
	if err != nil {
		return nil, err
	}
	for i := range out.f {
		out.f[i] = c.f[c.at(i)] * by
	}
	return &value{shape: v.shape, c: out}, nil
}

func scalar(v float32) *nn.Tensor {
	return &nn.Tensor{Name: fmt.Sprint(v), Shape: []int{1}, Type: nn.Float32, F32: []float32{v}}
}

func matMul(o *op) error {
	y, err := o.matrices()
	if err != nil {
		return err
	}
	return o.put(0, y)
}

// matrices is the product of two inputs, in batches; vectors stand for matrices.
func (o *op) matrices() (*value, error) {
	a, err := o.real(0)
	if err != nil {
		return nil, err
	}
	b, err := o.real(1)
	if err != nil {
		return nil, err
	}
	left, right := len(a.shape) == 1, len(b.shape) == 1 // vectors
	if len(a.shape) == 0 || len(b.shape) == 0 {
		return nil, o.errorf("factors %v and %v", a.shape, b.shape)
	}
	if k := len(b.shape) - 2; b.c != nil && a.c == nil && !left && k > 0 && nn.Elements(b.shape[:k]) == 1 { // one matrix all the same
		c := b.c.reshaped(b.shape[k:])
		if b.c.quant.PerChannel() {
			if c, err = o.moveScales(b.c, b.shape[k:]); err != nil {
				return nil, err
			}
			c = c.reshaped(b.shape[k:])
		}
		a, b = padded(a, max(len(a.shape), len(b.shape))), &value{name: b.name, shape: c.shape, c: c}
	}
	if b.c != nil && len(b.shape) == 2 && a.c == nil {
		return o.fully(a, b, false)
	}
	if a, err = o.compute(0); err != nil {
		return nil, err
	}
	if b, err = o.compute(1); err != nil {
		return nil, err
	}
	if left {
		a = a.reshaped([]int{1, a.shape[0]})
	}
	if right {
		b = b.reshaped([]int{b.shape[0], 1})
	}
	y, err := o.product(a, b)
	if err != nil {
		return nil, err
	}
	shape := y.shape
	if right {
		shape = shape[:len(shape)-1]
	}
	if left {
		k := len(y.shape) - 2
		shape = append(slices.Clone(y.shape[:k]), shape[k+1:]...)
	}
	return y.reshaped(shape), nil
}

// product is a matrix product of two activations, in batches.
func (o *op) product(a, b *value) (*value, error) {
	rank := max(len(a.shape), len(b.shape))
	a, b = padded(a, rank), padded(b, rank)
	k := rank - 2
	if rows := a.shape[:k+1]; nn.Elements(b.shape[:k]) == 1 && nn.Elements(rows) != a.shape[k] { // one factor for all
		flat := append(slices.Repeat([]int{1}, k), nn.Elements(rows), a.shape[k+1])
		y, err := o.product(a.reshaped(flat), b)
		if err != nil {
			return nil, err
		}
		return y.reshaped(append(slices.Clone(rows), b.shape[k+1])), nil
	}
	if a.shape[k+1] != b.shape[k] || !slices.Equal(a.shape[:k], b.shape[:k]) {
		return nil, o.errorf("factors %v and %v do not fit, or their batches would have to be repeated, which is not supported", a.shape, b.shape)
	}
	shape := append(slices.Clone(a.shape[:k+1]), b.shape[k+1])
	if _, err := count(shape); err != nil {
		return nil, err
	}
	plain, turned := identity(rank), identity(rank)
	turned[k], turned[k+1] = k+1, k
	// Rows of a turned factor are multiplied with rows, and moving those is cheaper.
	end := len(b.perm) - 1
	p := nn.Params{TransposeB: !b.stored(b.shape, plain) && (b.stored(b.shape, turned) || slices.Equal(b.fine, b.shape) && b.perm[end] == k)}
	x := o.as(a, a.shape, plain)
	y := b
	var t *nn.Tensor
	if p.TransposeB {
		t = o.as(y, y.shape, turned)
	} else {
		t = o.as(y, y.shape, plain)
	}
	return &value{shape: shape, t: o.emit(nn.MatMul, p, first(o.file.Output), shape, x, t), fine: shape, perm: plain}, nil
}

// padded is a value with dimensions of one element in front, to a number of
// dimensions.
func padded(v *value, rank int) *value {
	return v.reshaped(append(slices.Repeat([]int{1}, rank-len(v.shape)), v.shape...))
}

// fully is a product with constant weights of two dimensions, I by O or, turned, O
// by I. Where the data lie in another order than the file's, as after flattening
// NHWC, the weights take that order.
func (o *op) fully(x, w *value, turned bool) (*value, error) {
	ins, outs := 0, 1
	if turned {
		ins, outs = 1, 0
	}
	rank := len(x.shape)
	if n, err := count(w.shape); err != nil || n == 0 || rank == 0 || x.shape[rank-1] != w.shape[ins] {
		return nil, o.errorf("factors %v and %v do not fit", x.shape, w.shape)
	}
	depth := w.shape[ins]
	shape := append(slices.Clone(x.shape[:rank-1]), w.shape[outs])
	if _, err := count(shape); err != nil {
		return nil, err
	}
	y := &value{shape: shape, fine: shape, perm: identity(rank)}
	groups := whole(w.shape)
	t, order := x.t, []int{0}
	switch factors, parts := x.columns(depth); {
	case slices.Equal(x.fine, x.shape) && x.perm[rank-1] == rank-1:
		y.perm = x.perm
	case parts != nil:
		groups[ins], order = factors, parts
	default:
		t = o.as(x, x.shape, identity(rank))
	}
	// The place of the input's factors among all, and of the output.
	at, out := 0, len(groups[ins])
	if turned {
		at, out = 1, 0
	}
	perm := []int{out}
	for _, p := range order {
		perm = append(perm, at+p)
	}
	weights, err := o.lay(w, groups, perm, []int{w.shape[outs], depth})
	if err != nil {
		return nil, err
	}
	y.t = o.emit(nn.FullyConnected, nn.Params{}, first(o.file.Output), permute(shape, y.perm), t, weights)
	return y, nil
}

// columns are the factors of the last dimension, of that depth, and the order in
// which they lie, if all before lies in the file's order and in front of them.
func (v *value) columns(depth int) (factors, order []int) {
	all, ok := refine(v.fine, []int{nn.Elements(v.shape) / depth, depth})
	if !ok {
		return nil, nil
	}
	rows := 0
	for n := 1; n < nn.Elements(v.shape)/depth; rows++ {
		n *= all[rows]
	}
	flat := spread(v.fine, v.perm, all)
	if !slices.Equal(flat[:rows], identity(rows)) {
		return nil, nil
	}
	if rows == len(all) { // depth is 1
		return []int{1}, []int{0}
	}
	for _, f := range flat[rows:] {
		order = append(order, f-rows)
	}
	return all[rows:], order
}
