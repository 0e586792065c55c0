package onnx

import (
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// last is a value as a tensor whose last dimension is the file's from an axis on, and
// the value that a result of the tensor's shape is like. Where only one dimension is
// asked for and it lies last already, nothing moves, however the others lie.
func (o *op) last(x *value, a int) (*nn.Tensor, *value) {
	rank := len(x.shape)
	if a < rank-1 {
		flat := append(slices.Clone(x.shape[:a]), nn.Elements(x.shape[a:]))
		t := o.as(x, flat, identity(len(flat)))
		return t, &value{shape: x.shape, t: t, fine: flat, perm: identity(len(flat))}
	}
	return o.lastOne(x, a)
}

// lastOne is last with one dimension, which need not be the file's last.
func (o *op) lastOne(x *value, a int) (*nn.Tensor, *value) {
	if end := len(x.fine) - 1; a == len(x.shape)-1 && end >= 0 && x.perm[end] == end && x.fine[end] == x.shape[a] {
		return x.t, x
	}
	y := o.dimsLast(x, a)
	return y.t, y
}

// dimsLast is a value with one dimension of the tensor for each of the file's, of which
// that one is the last.
func (o *op) dimsLast(x *value, a int) *value {
	t, perm := o.dims(x)
	if perm[len(perm)-1] != a {
		perm = append(slices.DeleteFunc(slices.Clone(perm), func(k int) bool { return k == a }), a)
		t = o.as(x, x.shape, perm)
	}
	return &value{shape: x.shape, t: t, fine: x.shape, perm: perm}
}

// layerNorm is LayerNormalization, over all dimensions from one on.
func layerNorm(o *op) error {
	if err := o.only(1); err != nil {
		return err
	}
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	a, err := o.attrInt("axis", -1)
	if err != nil {
		return err
	}
	if a, err = axis(a, len(x.shape)); err != nil {
		return err
	}
	y, err := o.normalised(x, a, 1, 2)
	if err != nil {
		return err
	}
	return o.put(0, y)
}

// normalised is layer normalisation with gain and bias at two inputs, which may be
// absent.
func (o *op) normalised(x *value, a, gain, bias int) (*value, error) {
	epsilon, err := o.attrFloat("epsilon", 1e-5)
	if err != nil {
		return nil, err
	}
	if epsilon < 0 {
		return nil, o.errorf("epsilon is %v; it is nought or positive", epsilon)
	}
	t, like := o.last(x, a)
	in := []*nn.Tensor{t}
	for _, i := range []int{gain, bias} {
		var c *nn.Tensor
		if o.has(i) {
			if c, err = o.row(i, nn.Elements(x.shape[a:])); err != nil {
				return nil, err
			}
		}
		in = append(in, c)
	}
	p := nn.Params{Axis: len(t.Shape) - 1, Epsilon: epsilon}
	return like.like(o.emit(nn.LayerNorm, p, first(o.file.Output), t.Shape, in...)), nil
}

// row is a constant input of so many real numbers.
func (o *op) row(i, n int) (*nn.Tensor, error) {
	v, err := o.real(i)
	if err != nil {
		return nil, err
	}
	if v.c == nil || v.c.elements() != n {
		return nil, o.bad(v.name, "input %d of %s has shape %v; a constant of %d elements is supported", i, o.title(), v.shape, n)
	}
	c, err := o.reals(v.c)
	if err != nil {
		return nil, err
	}
	t, err := o.lay(&value{shape: c.shape, c: c}, whole(c.shape), identity(len(c.shape)), []int{n})
	if err == nil {
		t.Name = nn.Printable(v.name)
	}
	return t, err
}

// gelu is Gelu, of ONNX or of ONNX Runtime.
func gelu(o *op) error {
	p := nn.Params{}
	switch form := o.attrString("approximate", "none"); form {
	case "none":
	case "tanh":
		p.TanhForm = true
	default:
		return o.errorf(`approximate is %q; "none" and "tanh" are supported`, form)
	}
	return o.geluOf(p)
}

func fastGelu(o *op) error { return o.geluOf(nn.Params{TanhForm: true}) }
func biasGelu(o *op) error { return o.geluOf(nn.Params{}) }

// geluOf adds a bias first where there is one.
func (o *op) geluOf(p nn.Params) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	if o.has(1) {
		b, err := o.real(1)
		if err != nil {
			return err
		}
		if x, err = o.binary(nn.Add, x, b); err != nil {
			return err
		}
	}
	return o.put(0, x.like(o.emit(nn.Gelu, p, first(o.file.Output), x.t.Shape, x.t)))
}

// skipLayerNorm is ONNX Runtime's sum, of two and of a bias, with layer normalisation.
func skipLayerNorm(o *op) error {
	for i := 1; i <= 2; i++ {
		if i < len(o.file.Output) && o.file.Output[i] != "" && o.uses[o.file.Output[i]] > 0 {
			return o.bad(o.file.Output[i], "output %d of %s is not supported", i, o.title())
		}
	}
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	for _, i := range []int{4, 1} {
		if !o.has(i) {
			continue
		}
		v, err := o.real(i)
		if err != nil {
			return err
		}
		if x, err = o.binary(nn.Add, x, v); err != nil {
			return err
		}
	}
	if len(x.shape) == 0 {
		return o.errorf("its input has no dimensions")
	}
	y, err := o.normalised(x, len(x.shape)-1, 2, 3)
	if err != nil {
		return err
	}
	if err := o.put(3, x); err != nil {
		return err
	}
	return o.put(0, y)
}

// gather picks rows of a constant by indices known at run time, or a range of an
// activation by constant ones.
func gather(o *op) error {
	x, index := o.in[0], o.in[1]
	a, err := o.attrInt("axis", 0)
	if err != nil {
		return err
	}
	if a, err = axis(a, len(x.shape)); err != nil {
		return err
	}
	switch {
	case x.c != nil && index.c == nil:
		return o.embedding(x, index, a)
	case index.c == nil:
		return o.bad(index.name, "indices known at run time are supported into constant tables only")
	case index.c.isReal() || index.c.typ == typeBool:
		return o.bad(index.name, "its indices are %s, no integers", typeName(index.c.typ))
	}
	n := index.c.elements()
	if n == 0 || n > x.shape[a] {
		return o.bad(index.name, "%d indices of %d elements; a range is supported", n, x.shape[a])
	}
	list := make([]int, n)
	for i := range list {
		v := index.c.integer(i)
		if d := int64(x.shape[a]); v < -d || v >= d {
			return o.bad(index.name, "index %d of %d elements", v, d)
		} else if v < 0 {
			v += d
		}
		list[i] = int(v)
	}
	step := 1
	if n > 1 {
		step = list[1] - list[0]
	}
	for i, k := range list {
		if k != list[0]+i*step || step == 0 {
			return o.bad(index.name, "indices that are no range, with equal steps, are not supported")
		}
	}
	size, begin, steps := slices.Clone(x.shape), make([]int, len(x.shape)), slices.Repeat([]int{1}, len(x.shape))
	size[a], begin[a], steps[a] = n, list[0], step
	return o.put(0, o.sliced(x, begin, steps, size).reshaped(slices.Concat(x.shape[:a], index.shape, x.shape[a+1:])))
}

// embedding is rows of a table. The indices lie in the file's order, as nothing turns
// whole numbers.
func (o *op) embedding(table, index *value, a int) error {
	if a != 0 {
		return o.errorf("it picks along axis %d of a constant; rows, along axis 0, are supported", a)
	}
	if index.t.Type != nn.Int32 {
		return o.bad(index.name, "its indices are %s, no integers", index.kind())
	}
	shape := slices.Concat(index.shape, table.shape[1:])
	if _, err := count(shape); err != nil {
		return err
	}
	t, err := o.table(table)
	if err != nil {
		return err
	}
	y := &nn.Tensor{Name: nn.Printable(first(o.file.Output)), Shape: slices.Concat(index.t.Shape, table.shape[1:]), Type: nn.Float32}
	if t.Type == nn.Int8 && table.c.quant == nil { // what stands behind says which scale it has
		y.Type, y.Quant = nn.Int8, t.Quant
	}
	if _, err := count(y.Shape); err != nil {
		return err
	}
	o.graph.Nodes = append(o.graph.Nodes, &nn.Node{Op: nn.Gather, Name: o.hint, Source: o.source, In: []*nn.Tensor{t, index.t}, Out: []*nn.Tensor{y}})
	return o.put(0, &value{shape: shape, t: y, fine: y.Shape, perm: identity(len(y.Shape)), unsigned: y.Type == nn.Int8 && table.c.typ == typeUint8})
}

// table is a constant to pick rows of, as real numbers or as integers whose scale is
// one of their own.
func (o *op) table(v *value) (*nn.Tensor, error) {
	c := v.c
	if !c.isReal() {
		if c.typ != typeInt8 && c.typ != typeUint8 {
			return nil, o.bad(v.name, "a table of %s; float32, int8 and uint8 are supported", typeName(c.typ))
		}
		b := *c
		b.quant = &nn.Quant{Scale: []float32{1}, Zero: []int32{0}} // for lay; the real one is not known yet
		t, err := o.lay(&value{shape: v.shape, c: &b}, whole(v.shape), identity(len(v.shape)), v.shape)
		if err != nil {
			return nil, err
		}
		t.Name, t.Quant = nn.Printable(v.name), new(nn.Quant)
		return t, nil
	}
	if c.typ != typeInt8 && c.typ != typeUint8 || c.quant.PerChannel() {
		var err error
		if c, err = o.reals(c); err != nil {
			return nil, err
		}
	}
	t, err := o.lay(&value{shape: v.shape, c: c}, whole(v.shape), identity(len(v.shape)), v.shape)
	if err == nil {
		t.Name = nn.Printable(v.name)
	}
	return t, err
}

// where is a mask of attention: a large negative number where a constant says so,
// before a softmax. That is a sum with a constant.
func where(o *op) error {
	const refusal = "only constant masks of attention are supported: a constant condition, and one large negative number (-1e4 or below) where it says so, before Softmax"
	mask := o.in[0].c
	if mask == nil {
		return o.bad(o.in[0].name, "the condition is computed from an input; %s", refusal)
	}
	for _, n := range o.readBy[first(o.file.Output)] {
		if n.OpType != "Softmax" {
			return o.errorf("%s", refusal)
		}
	}
	for i, far := range []*value{o.in[1], o.in[2]} {
		other := o.in[2-i]
		if far.c == nil || other.c != nil || !far.c.isReal() || far.c.elements() != 1 || mask.typ != typeBool {
			continue
		}
		number, err := o.reals(far.c)
		if err != nil {
			return err
		}
		if !(number.f[0] <= -1e4) {
			continue
		}
		if other, err = o.real(2 - i); err != nil {
			return err
		}
		add, err := o.newArray(typeFloat, mask.shape)
		if err != nil {
			return err
		}
		for k := range add.f {
			if (mask.integer(k) != 0) == (i == 0) {
				add.f[k] = max(number.f[0], -math.MaxFloat32)
			}
		}
		y, err := o.binary(nn.Add, other, &value{name: o.in[0].name + "/mask", shape: mask.shape, c: add})
		if err != nil {
			return err
		}
		return o.put(0, y)
	}
	return o.errorf("%s", refusal)
}

// mask is a comparison or a connection of truth values: only constants are known.
func mask(o *op) error {
	return o.errorf("operator %s is supported on constants only; a mask that is computed from an input is not supported: export the network without it, or with a constant one that is added to the scores", o.title())
}
