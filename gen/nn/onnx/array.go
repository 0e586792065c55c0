package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// The element types of ONNX that occur here, with its numbers.
const (
	typeFloat  = 1
	typeUint8  = 2
	typeInt8   = 3
	typeInt32  = 6
	typeInt64  = 7
	typeBool   = 9
	typeDouble = 11
)

var typeNames = map[int32]string{typeFloat: "float32", typeUint8: "uint8", typeInt8: "int8", 4: "uint16", 5: "int16", typeInt32: "int32", typeInt64: "int64",
	8: "string", typeBool: "bool", 10: "float16", typeDouble: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16"}

func typeName(t int32) string {
	if n, ok := typeNames[t]; ok {
		return n
	}
	return fmt.Sprintf("type %d", t)
}

// array is a constant, in the file's order of dimensions.
type array struct {
	typ   int32 // typeDouble never occurs: such constants are rounded to float32
	shape []int
	// Elements in the field for typ: f for float32, b for int8 and uint8, i for the
	// others. If one is false, the one element there stands for all.
	f     []float32
	b     []byte
	i     []int64
	one   bool
	quant *nn.Quant // the integers stand for real numbers, to which they are not unpacked yet
}

func (a *array) elements() int { return nn.Elements(a.shape) }

// at is the place of an element in the field that holds it.
func (a *array) at(i int) int {
	if a.one {
		return 0
	}
	return i
}

// integer is an element of a type other than float32.
func (a *array) integer(i int) int64 {
	switch a.typ {
	case typeInt8:
		return int64(int8(a.b[a.at(i)]))
	case typeUint8:
		return int64(a.b[a.at(i)])
	}
	return a.i[a.at(i)]
}

// isReal reports whether the elements stand for real numbers.
func (a *array) isReal() bool { return a.typ == typeFloat || a.quant != nil }

// ints are the elements of an integer array.
func (a *array) ints() []int64 {
	out := make([]int64, a.elements())
	for i := range out {
		out[i] = a.integer(i)
	}
	return out
}

// newArray makes room for elements of a type, which the budget pays for.
func (r *reader) newArray(typ int32, shape []int) (*array, error) {
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	cost := n
	if typ != typeFloat && typ != typeInt8 && typ != typeUint8 {
		cost = 2 * n // they take eight bytes
	}
	if err := r.charge(cost); err != nil {
		return nil, err
	}
	a := &array{typ: typ, shape: shape}
	switch typ {
	case typeFloat:
		a.f = make([]float32, n)
	case typeInt8, typeUint8:
		a.b = make([]byte, n)
	case typeInt32, typeInt64, typeBool:
		a.i = make([]int64, n)
	default:
		return nil, fmt.Errorf("constants of %s are not supported", typeName(typ))
	}
	return a, nil
}

// reals is the array in float32: itself, or one that the budget pays for.
func (r *reader) reals(a *array) (*array, error) {
	if a.typ == typeFloat {
		return a, nil
	}
	out, err := r.newArray(typeFloat, a.shape)
	if err != nil {
		return nil, err
	}
	channel, n := 1, 1 // the elements that one scale covers in a row, and the scales
	if q := a.quant; q.PerChannel() {
		channel, n = nn.Elements(a.shape[q.Axis+1:]), len(q.Scale)
	}
	for i := range out.f {
		v := a.integer(i)
		if q := a.quant; q != nil {
			c := i / channel % n
			out.f[i] = float32(v-int64(q.Zero[c])) * q.Scale[c]
		} else {
			out.f[i] = float32(v)
		}
	}
	return out, nil
}

// count checks a shape and returns its elements.
func count(shape []int) (int, error) {
	if len(shape) > nn.MaxRank {
		return 0, fmt.Errorf("it has %d dimensions; %d at most are supported", len(shape), nn.MaxRank)
	}
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v: a dimension is negative", shape)
		}
		if d > nn.MaxElements || n*d > nn.MaxElements {
			return 0, fmt.Errorf("shape %v: more than %d elements", shape, nn.MaxElements)
		}
		n *= d
	}
	return n, nil
}

// unpack reads a constant of the file. What the file holds of it is released, so
// that large weights do not lie in memory twice.
func (r *reader) unpack(t *schema.Tensor) (*array, error) {
	if t.DataLocation != 0 || len(t.ExternalData) > 0 {
		return nil, fmt.Errorf("its data lies in another file; store the model in one file")
	}
	shape := make([]int, 0, min(len(t.Dims), nn.MaxRank))
	for _, d := range t.Dims {
		if d < 0 || d > nn.MaxElements || len(shape) == nn.MaxRank {
			return nil, fmt.Errorf("dimensions %v: each is 0 to %d, and there are %d at most", t.Dims[:min(len(t.Dims), 2*nn.MaxRank)], nn.MaxElements, nn.MaxRank)
		}
		shape = append(shape, int(d))
	}
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	size := map[int32]int{typeFloat: 4, typeUint8: 1, typeInt8: 1, typeInt32: 4, typeInt64: 8, typeBool: 1, typeDouble: 8}[t.DataType]
	have := map[int32]int{typeFloat: len(t.FloatData), typeUint8: len(t.Int32Data), typeInt8: len(t.Int32Data), typeInt32: len(t.Int32Data),
		typeInt64: len(t.Int64Data), typeBool: len(t.Int32Data), typeDouble: len(t.DoubleData)}[t.DataType]
	switch {
	case size == 0:
		return nil, fmt.Errorf("constants of %s are not supported", typeName(t.DataType))
	case len(t.RawData) > 0 && len(t.RawData) != n*size:
		return nil, fmt.Errorf("shape %v of %s takes %d bytes, and it has %d", shape, typeName(t.DataType), n*size, len(t.RawData))
	case len(t.RawData) == 0 && have != n:
		return nil, fmt.Errorf("shape %v of %s has %d elements, and %d are there", shape, typeName(t.DataType), n, have)
	}
	typ := t.DataType
	if typ == typeDouble {
		typ = typeFloat
	}
	a, err := r.newArray(typ, shape)
	if err != nil {
		return nil, err
	}
	if len(t.RawData) > 0 {
		a.fillRaw(t)
	} else {
		a.fill(t)
	}
	t.RawData, t.FloatData, t.Int32Data, t.Int64Data, t.DoubleData = nil, nil, nil, nil, nil
	return a, nil
}

func (a *array) fillRaw(t *schema.Tensor) {
	le, raw := binary.LittleEndian, t.RawData
	for i := range a.f {
		if t.DataType == typeDouble {
			a.f[i] = float32(math.Float64frombits(le.Uint64(raw[8*i:])))
		} else {
			a.f[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
		}
	}
	copy(a.b, raw)
	for i := range a.i {
		switch t.DataType {
		case typeInt64:
			a.i[i] = int64(le.Uint64(raw[8*i:]))
		case typeInt32:
			a.i[i] = int64(int32(le.Uint32(raw[4*i:])))
		default:
			a.i[i] = int64(raw[i])
		}
	}
}

func (a *array) fill(t *schema.Tensor) {
	for i := range a.f {
		if t.DataType == typeDouble {
			a.f[i] = float32(t.DoubleData[i])
		} else {
			a.f[i] = t.FloatData[i]
		}
	}
	for i := range a.b {
		a.b[i] = byte(t.Int32Data[i])
	}
	for i := range a.i {
		if t.DataType == typeInt64 {
			a.i[i] = t.Int64Data[i]
		} else {
			a.i[i] = int64(t.Int32Data[i])
		}
	}
}

// reshaped is the same elements in another shape. A scale for each index of an axis
// does not survive; the caller unpacks such arrays before.
func (a *array) reshaped(shape []int) *array {
	b := *a
	b.shape = shape
	return &b
}

// turned has dimension k of the result be dimension perm[k] of a.
func (r *reader) turned(a *array, perm []int) (*array, error) {
	shape := permute(a.shape, perm)
	if a.one || slices.IsSorted(perm) {
		b := a.reshaped(shape)
		b.quant = a.turnedQuant(perm)
		return b, nil
	}
	out, err := r.newArray(a.typ, shape)
	if err != nil {
		return nil, err
	}
	out.quant = a.turnedQuant(perm)
	steps := permute(strides(a.shape), perm)
	each(shape, steps, func(i, at int) {
		switch {
		case out.f != nil:
			out.f[i] = a.f[at]
		case out.b != nil:
			out.b[i] = a.b[at]
		default:
			out.i[i] = a.i[at]
		}
	})
	return out, nil
}

// turnedQuant is the array's scales after its dimensions have moved.
func (a *array) turnedQuant(perm []int) *nn.Quant {
	if !a.quant.PerChannel() {
		return a.quant
	}
	return &nn.Quant{Scale: a.quant.Scale, Zero: a.quant.Zero, Axis: slices.Index(perm, a.quant.Axis)}
}

// strides are the distances between neighbours along each dimension.
func strides(shape []int) []int {
	out, step := make([]int, len(shape)), 1
	for k := len(shape) - 1; k >= 0; k-- {
		out[k] = step
		step *= shape[k]
	}
	return out
}

// each calls f with the number of every index of a shape, in order, and the place
// that the strides give it.
func each(shape, steps []int, f func(i, at int)) {
	n := nn.Elements(shape)
	index := make([]int, len(shape))
	for i, at := 0, 0; i < n; i++ {
		f(i, at)
		for k := len(shape) - 1; k >= 0; k-- {
			index[k]++
			at += steps[k]
			if index[k] < shape[k] {
				break
			}
			at -= shape[k] * steps[k]
			index[k] = 0
		}
	}
}

func permute[T any](v []T, perm []int) []T {
	out := make([]T, len(perm))
	for k, p := range perm {
		out[k] = v[p]
	}
	return out
}
