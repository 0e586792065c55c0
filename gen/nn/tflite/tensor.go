package tflite

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

var dtypes = map[schema.TensorType]nn.DType{
	schema.TensorTypeINT8: nn.Int8, schema.TensorTypeUINT8: nn.UInt8, schema.TensorTypeINT16: nn.Int16,
	schema.TensorTypeINT32: nn.Int32, schema.TensorTypeINT64: nn.Int64, schema.TensorTypeFLOAT32: nn.Float32,
}

// raw finds the tensor of an index.
func (r *reader) raw(i int) (*schema.Tensor, error) {
	t := new(schema.Tensor)
	if i < 0 || i >= len(r.tensors) || !r.sub.Tensors(t, i) {
		return nil, fmt.Errorf("tensor %d does not exist; the model has %d", i, len(r.tensors))
	}
	return t, nil
}

// label is how errors call a tensor: number and name.
func (r *reader) label(i int) string {
	t, err := r.raw(i)
	if err != nil {
		return fmt.Sprint(i)
	}
	return fmt.Sprintf("%d %q", i, nn.Printable(string(t.Name())))
}

// tensor returns the tensor of an index, which it reads once.
func (r *reader) tensor(i int) (*nn.Tensor, error) {
	t, err := r.raw(i)
	if err != nil {
		return nil, err
	}
	if r.tensors[i] != nil {
		return r.tensors[i], nil
	}
	typ, ok := dtypes[t.Type()]
	switch {
	case !ok:
		return nil, fmt.Errorf("type %s is not supported", t.Type())
	case t.IsVariable():
		return nil, fmt.Errorf("it is a variable: networks with state are not supported")
	case t.Sparsity(nil) != nil:
		return nil, fmt.Errorf("it is sparse: store its weights densely")
	}
	out := &nn.Tensor{Name: nn.Printable(string(t.Name())), Type: typ}
	if out.Shape, err = shape(t); err != nil {
		return nil, err
	}
	if out.Quant, err = r.quant(t, out); err != nil {
		return nil, err
	}
	data, err := r.data(t)
	if err != nil {
		return nil, err
	}
	if data != nil {
		if err := fill(out, data); err != nil {
			return nil, err
		}
	}
	if err := r.charge(int64(len(data) + 8*len(out.Shape) + len(out.Name))); err != nil {
		return nil, err
	}
	r.tensors[i] = out
	return out, nil
}

func shape(t *schema.Tensor) ([]int, error) {
	rank := t.ShapeLength()
	if rank > maxRank {
		return nil, fmt.Errorf("it has %d dimensions; %d at most are supported", rank, maxRank)
	}
	out, n := make([]int, rank), int64(1)
	for k := range out {
		d := t.Shape(k)
		if d < 1 {
			return nil, fmt.Errorf("dimension %d is %d; fix the shapes when converting", k, d)
		}
		out[k] = int(d)
		if n *= int64(d); n > maxElements {
			return nil, fmt.Errorf("it has more than %d elements", maxElements)
		}
	}
	return out, nil
}

func (r *reader) quant(t *schema.Tensor, of *nn.Tensor) (*nn.Quant, error) {
	q := t.Quantization(nil)
	if q == nil || q.ScaleLength() == 0 {
		return nil, nil
	}
	n := q.ScaleLength()
	axis := int(q.Axis())
	switch {
	case q.DetailsType() != 0:
		return nil, fmt.Errorf("it is quantised in a way of its own; only scales and zero points are supported")
	case n > 1 && (axis < 0 || axis >= len(of.Shape) || of.Shape[axis] != n):
		return nil, fmt.Errorf("it has %d scales along axis %d, which does not fit the shape %v", n, axis, of.Shape)
	case q.ZeroPointLength() != n && q.ZeroPointLength() != 0:
		return nil, fmt.Errorf("it has %d scales and %d zero points", n, q.ZeroPointLength())
	}
	if n == 1 {
		axis = 0
	}
	if err := r.charge(8 * int64(n)); err != nil {
		return nil, err
	}
	out := &nn.Quant{Scale: make([]float32, n), Zero: make([]int32, n), Axis: axis}
	for k := range n {
		s := q.Scale(k)
		if !(s > 0) || math.IsInf(float64(s), 0) {
			return nil, fmt.Errorf("scale %d is %v; scales are positive", k, s)
		}
		out.Scale[k] = s
		if q.ZeroPointLength() > 0 {
			z := q.ZeroPoint(k)
			if z != int64(int32(z)) {
				return nil, fmt.Errorf("zero point %d is %d", k, z)
			}
			out.Zero[k] = int32(z)
		}
	}
	return out, nil
}

// data is the bytes of a constant; nil for an activation.
func (r *reader) data(t *schema.Tensor) ([]byte, error) {
	i := t.Buffer()
	if i == 0 {
		return nil, nil
	}
	var b schema.Buffer
	if int64(i) >= int64(r.model.BuffersLength()) || !r.model.Buffers(&b, int(i)) {
		return nil, fmt.Errorf("buffer %d does not exist; the model has %d", i, r.model.BuffersLength())
	}
	if b.Offset() > 1 {
		return nil, fmt.Errorf("its data lies outside of the tables, as in files beyond 2 GiB; this is not supported")
	}
	if b.DataLength() == 0 {
		return nil, nil
	}
	return b.DataBytes(), nil
}

// fill gives a tensor its elements, which lie in little endian.
func fill(t *nn.Tensor, data []byte) error {
	n := t.Elements()
	if len(data) != n*t.Type.Size() {
		return fmt.Errorf("shape %v of %s takes %d bytes, and its buffer has %d", t.Shape, t.Type, n*t.Type.Size(), len(data))
	}
	le := binary.LittleEndian
	switch t.Type {
	case nn.Int8:
		t.I8 = make([]int8, n)
		for i, b := range data {
			t.I8[i] = int8(b)
		}
	case nn.UInt8:
		t.U8 = append([]uint8(nil), data...)
	case nn.Int16:
		t.I16 = make([]int16, n)
		for i := range n {
			t.I16[i] = int16(le.Uint16(data[2*i:]))
		}
	case nn.Int32:
		t.I32 = make([]int32, n)
		for i := range n {
			t.I32[i] = int32(le.Uint32(data[4*i:]))
		}
	case nn.Int64:
		t.I64 = make([]int64, n)
		for i := range n {
			t.I64[i] = int64(le.Uint64(data[8*i:]))
		}
	case nn.Float32:
		t.F32 = make([]float32, n)
		for i := range n {
			t.F32[i] = math.Float32frombits(le.Uint32(data[4*i:]))
		}
	default:
		return fmt.Errorf("constants of %s are not supported", t.Type)
	}
	return nil
}

// maxParams is how many numbers a constant that is a parameter may have.
const maxParams = 256

// ints reads a constant of int32 or int64 that is a parameter: axes, a
// permutation, paddings. It may be empty, unlike tensors of the graph.
func (r *reader) ints(i int) ([]int, error) {
	t, err := r.raw(i)
	if err != nil {
		return nil, err
	}
	data, err := r.data(t)
	if err != nil {
		return nil, err
	}
	elements := 1
	for k := range min(t.ShapeLength(), maxRank) {
		elements *= max(0, min(int(t.Shape(k)), maxParams+1))
		elements = min(elements, maxParams+1)
	}
	size := 4
	if t.Type() == schema.TensorTypeINT64 {
		size = 8
	} else if t.Type() != schema.TensorTypeINT32 {
		return nil, fmt.Errorf("it must be int32 or int64, and is %s", strings.ToLower(t.Type().String()))
	}
	switch {
	case data == nil && elements > 0:
		return nil, fmt.Errorf("it must be a constant")
	case elements > maxParams:
		return nil, fmt.Errorf("it has more than %d elements", maxParams)
	case len(data) != size*elements:
		return nil, fmt.Errorf("it has %d bytes, which do not fit its shape", len(data))
	}
	out := make([]int, elements)
	for k := range out {
		v := int64(int32(binary.LittleEndian.Uint32(data[size*k:])))
		if size == 8 {
			v = int64(binary.LittleEndian.Uint64(data[8*k:]))
		}
		if v < -1<<31 || v >= 1<<31 {
			return nil, fmt.Errorf("element %d is %d, beyond 32 bits", k, v)
		}
		out[k] = int(v)
	}
	return out, nil
}
