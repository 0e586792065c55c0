package golden

import (
	"encoding/binary"
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// FromBytes reads elements of a type from little-endian memory, the form in which
// a core sees them.
func FromBytes(t nn.DType, data []byte) (Value, error) {
	size := t.Size()
	if len(data)%size != 0 {
		return Value{}, fmt.Errorf("%d bytes are no whole number of %s elements", len(data), t)
	}
	v := NewValue(t, len(data)/size)
	switch t {
	case nn.Int8:
		for i, b := range data {
			v.I8[i] = int8(b)
		}
	case nn.UInt8:
		copy(v.U8, data)
	case nn.Int32:
		for i := range v.I32 {
			v.I32[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case nn.Float32:
		for i := range v.F32 {
			v.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	default:
		return Value{}, fmt.Errorf("tensors of %s have no bytes at a network's edge", t)
	}
	return v, nil
}

// Bytes is the opposite of FromBytes.
func (v Value) Bytes() []byte {
	out := make([]byte, 0, v.Len())
	for _, x := range v.I8 {
		out = append(out, byte(x))
	}
	out = append(out, v.U8...)
	for _, x := range v.I16 {
		out = binary.LittleEndian.AppendUint16(out, uint16(x))
	}
	for _, x := range v.I32 {
		out = binary.LittleEndian.AppendUint32(out, uint32(x))
	}
	for _, x := range v.F32 {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// Real is the numbers that the elements of a tensor stand for.
func Real(t *nn.Tensor, v Value) []float32 {
	out := make([]float32, v.Len())
	copy(out, v.F32)
	if v.F32 != nil {
		return out
	}
	q, inner := t.Quant, 1
	if q.PerChannel() {
		for _, d := range t.Shape[q.Axis+1:] {
			inner *= d
		}
	}
	for i := range out {
		x := v.integer(i)
		if q == nil || len(q.Scale) == 0 {
			out[i] = float32(x)
			continue
		}
		c := i / inner % len(q.Scale)
		zero := int32(0)
		if len(q.Zero) > 0 {
			zero = q.Zero[c%len(q.Zero)]
		}
		out[i] = float32(float64(q.Scale[c]) * float64(x-zero))
	}
	return out
}

// integer is element i of a value that is no float.
func (v Value) integer(i int) int32 {
	switch {
	case v.I8 != nil:
		return int32(v.I8[i])
	case v.U8 != nil:
		return int32(v.U8[i])
	case v.I16 != nil:
		return int32(v.I16[i])
	}
	return v.I32[i]
}
