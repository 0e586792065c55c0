package onnx

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// quantisation reads the scale and zero point at two inputs. typ is the type of the
// integers: that of the zero point, or what is given where it is absent.
func (o *op) quantisation(typ int32) (*nn.Quant, int32, error) {
	if block, err := o.attrInt("block_size", 0); err != nil || block != 0 {
		return nil, 0, o.errorf("scales for blocks of elements are not supported")
	}
	s := o.in[1]
	if s.c == nil || s.c.typ != typeFloat || s.c.elements() < 1 || s.c.elements() > 1<<20 {
		return nil, 0, o.bad(s.name, "the scale must be constant and of float32")
	}
	n := s.c.elements()
	if err := o.charge(2 * n); err != nil {
		return nil, 0, err
	}
	q := &nn.Quant{Scale: make([]float32, n), Zero: make([]int32, n)}
	for i := range n {
		if q.Scale[i] = s.c.f[s.c.at(i)]; !(q.Scale[i] > 0) || math.IsInf(float64(q.Scale[i]), 0) {
			return nil, 0, o.bad(s.name, "scale %d is %v; scales are positive", i, q.Scale[i])
		}
	}
	if !o.has(2) {
		return q, typ, nil
	}
	z := o.in[2]
	if z.c == nil || z.c.isReal() || z.c.elements() != n {
		return nil, 0, o.bad(z.name, "the zero point must be constant integers, one for each scale")
	}
	for i := range n {
		v := z.c.integer(i)
		if v != int64(int32(v)) {
			return nil, 0, o.bad(z.name, "zero point %d is %d", i, v)
		}
		q.Zero[i] = int32(v)
	}
	return q, z.c.typ, nil
}

// along sets the axis of several scales.
func (o *op) along(q *nn.Quant, shape []int) error {
	if len(q.Scale) == 1 {
		return nil
	}
	a, err := o.attrInt("axis", 1)
	if err != nil {
		return err
	}
	if len(shape) == 1 {
		a = 0
	}
	if a, err = axis(a, len(shape)); err != nil || shape[a] != len(q.Scale) {
		return fmt.Errorf("%d scales along axis %d of %v", len(q.Scale), a, shape)
	}
	q.Axis = a
	return nil
}

func foldDequantize(o *op, in []*array) (*array, error) {
	a := in[0]
	if a.quant != nil || a.typ != typeInt8 && a.typ != typeUint8 && a.typ != typeInt32 {
		return nil, fmt.Errorf("its input is %s; int8, uint8 and int32 are supported", typeName(a.typ))
	}
	q, typ, err := o.quantisation(a.typ)
	if err != nil {
		return nil, err
	}
	if typ != a.typ {
		return nil, fmt.Errorf("its input is %s and its zero point %s", typeName(a.typ), typeName(typ))
	}
	if err := o.along(q, a.shape); err != nil {
		return nil, err
	}
	b := a.reshaped(a.shape)
	b.quant = q
	return b, nil
}

// foldQuantize rounds halves to even, as ONNX has it.
func foldQuantize(o *op, in []*array) (*array, error) {
	if !in[0].isReal() {
		return nil, fmt.Errorf("its input is %s", typeName(in[0].typ))
	}
	q, typ, err := o.quantisation(typeUint8)
	if err != nil {
		return nil, err
	}
	x, err := o.reals(in[0])
	if err != nil {
		return nil, err
	}
	if err := o.along(q, x.shape); err != nil {
		return nil, err
	}
	lo, hi := 0., 255.
	if typ == typeInt8 {
		lo, hi = -128, 127
	} else if typ != typeUint8 {
		return nil, fmt.Errorf("to %s is not supported", typeName(typ))
	}
	out, err := o.newArray(typ, x.shape)
	if err != nil {
		return nil, err
	}
	inner := 1
	if q.PerChannel() {
		inner = nn.Elements(x.shape[q.Axis+1:])
	}
	for i := range out.b {
		c := i / inner % len(q.Scale)
		v := math.RoundToEven(float64(x.f[x.at(i)]/q.Scale[c])) + float64(q.Zero[c])
		if math.IsNaN(v) {
			v = 0
		}
		out.b[i] = byte(int(min(max(v, lo), hi)))
	}
	return out, nil
}

// settle gives a tensor of integers its scale, or checks it against the one that it
// has: the file says it again with each operator that reads the tensor.
func (o *op) settle(x *value, q *nn.Quant) error {
	have := x.t.Quant
	if have == nil {
		return o.bad(x.name, "integers without a scale")
	}
	zero := q.Zero[0]
	if x.unsigned {
		zero -= 128
	}
	if len(have.Scale) == 0 {
		have.Scale, have.Zero = q.Scale, []int32{zero}
		if raw := o.raw[have]; raw != nil {
			raw.Scale, raw.Zero = q.Scale, q.Zero
		}
		return nil
	}
	if have.Scale[0] != q.Scale[0] || have.Zero[0] != zero {
		return o.bad(x.name, "it is read with scale %v and zero point %d, and was made with others", q.Scale[0], q.Zero[0])
	}
	return nil
}

func dequantize(o *op) error {
	x := o.in[0]
	if x.c != nil || x.t.Type != nn.Int8 {
		return o.bad(x.name, "its input is %s, or its scale is no constant", x.kind())
	}
	want := int32(typeInt8)
	if x.unsigned {
		want = typeUint8
	}
	q, typ, err := o.quantisation(want)
	if err != nil {
		return err
	}
	if len(q.Scale) != 1 || typ != want {
		return o.bad(x.name, "%d scales and a zero point of %s; activations of %s have one of their own type", len(q.Scale), typeName(typ), typeName(want))
	}
	if err := o.settle(x, q); err != nil {
		return err
	}
	y := o.emit(nn.Dequantize, nn.Params{}, first(o.file.Output), x.t.Shape, x.t)
	y.Type, y.Quant = nn.Float32, nil
	o.dequantised[y] = x.t
	if src := o.hard[x.t]; src != nil {
		o.hard[y] = src
	}
	return o.put(0, x.like(y))
}

// kind is the type of a value.
func (v *value) kind() string {
	if v.c != nil {
		return typeName(v.c.typ)
	}
	return v.t.Type.String()
}

func quantize(o *op) error {
	x := o.in[0]
	if x.c != nil || x.t.Type != nn.Float32 {
		return o.bad(x.name, "its input is %s, or its scale is no constant", x.kind())
	}
	otherwise, err := o.attrInt("output_dtype", typeUint8)
	if err != nil {
		return err
	}
	if otherwise == 0 {
		otherwise = typeUint8
	}
	q, typ, err := o.quantisation(int32(otherwise))
	if err != nil {
		return err
	}
	if len(q.Scale) != 1 || typ != typeInt8 && typ != typeUint8 {
		return o.errorf("%d scales to %s; activations have one, to int8 or uint8", len(q.Scale), typeName(typ))
	}
	if typ == typeUint8 {
		q.Zero[0] -= 128
	}
	w := x.like(o.requantize(x.t, nn.Int8, q))
	w.unsigned = typ == typeUint8
	if src := o.hard[x.t]; src != nil {
		o.hard[w.t] = src
	}
	return o.put(0, w)
}

// requantize appends a Quantize to integers of a scale.
func (r *reader) requantize(t *nn.Tensor, to nn.DType, q *nn.Quant) *nn.Tensor {
	y := r.emit(nn.Quantize, nn.Params{}, t.Name, t.Shape, t)
	y.Type, y.Quant = to, q
	return y
}
