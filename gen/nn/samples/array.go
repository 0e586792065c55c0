package samples

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// array is the contents of a file that knows their type and shape.
type array struct {
	typ   nn.DType // float32 stands for float64, too
	shape []int
	real  func(i int) float64 // an element as a number
}

// IsArray reports whether a file's name is that of an array: .npy, or what o.Decode
// reads.
func (o Options) IsArray(file string) bool {
	ext := extension(file)
	return ext == ".npy" || o.Decode[ext] != nil
}

// arrays are the extensions of arrays, for people.
func (o Options) arrays() string {
	return strings.Join(append([]string{".npy"}, slices.Sorted(maps.Keys(o.Decode))...), ", ")
}

func (o Options) parse(data []byte, ext string) (array, error) {
	if ext == ".npy" {
		return parseNpy(data)
	}
	t, err := o.Decode[ext](data)
	if err != nil {
		return array{}, err
	}
	return array{t.Type, t.Shape, func(i int) float64 {
		switch {
		case t.F32 != nil:
			return float64(t.F32[i])
		case t.I8 != nil:
			return float64(t.I8[i])
		case t.U8 != nil:
			return float64(t.U8[i])
		case t.I32 != nil:
			return float64(t.I32[i])
		}
		return float64(t.I64[i])
	}}, nil
}

// own reports whether the elements are integers of the tensor's own type, which are
// taken as they are; others are real numbers.
func (a array) own(t *nn.Tensor) bool {
	return a.typ == t.Type && (t.Type == nn.Int8 || t.Type == nn.UInt8 || t.Type == nn.Int32)
}

// cut makes samples of an array; real numbers are quantised.
func (a array) cut(t *nn.Tensor) ([]golden.Value, error) {
	want, n := stored(t), nn.Elements(a.shape)
	if n == 0 || !sampleShape(a.shape, want) {
		return nil, fmt.Errorf("the array's shape is %v; %q of the network wants %v, or several along the first dimension", a.shape, t.Name, want)
	}
	var out []golden.Value
	part := make([]float64, t.Elements())
	for at := 0; at < n; at += len(part) {
		for i := range part {
			part[i] = a.real(at + i)
		}
		become := Quantise
		if a.own(t) {
			become = integers
		}
		v, err := become(t, part)
		if err != nil {
			return nil, err
		}
		out = append(out, inside(t, v))
	}
	return out, nil
}

// integers are the elements of t that integers of its own type are.
func integers(t *nn.Tensor, own []float64) (golden.Value, error) {
	v := golden.NewValue(t.Type, len(own))
	for i, x := range own {
		switch t.Type {
		case nn.Int8:
			v.I8[i] = int8(x)
		case nn.UInt8:
			v.U8[i] = uint8(x)
		case nn.Int32:
			v.I32[i] = int32(x)
		}
	}
	return v, nil
}

// sampleShape reports whether a shape is want, or several of it along a first
// dimension. Dimensions of 1 do not count: elements lie the same with and without.
func sampleShape(shape, want []int) bool {
	rest := squeeze(want)
	return slices.Equal(squeeze(shape), rest) || len(shape) > len(rest) && slices.Equal(squeeze(shape[1:]), rest)
}

func squeeze(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
}

// ReadReal reads an array as the real numbers that tensor t should have, sample after
// sample, in the graph's order of elements. If the array's elements are integers of the
// type that t has, they stand for what t's scale says, and own is true.
func ReadReal(file string, t *nn.Tensor, o Options) (real [][]float32, own bool, err error) {
	real, own, err = readReal(file, t, o)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", file, err)
	}
	return real, own, nil
}

func readReal(file string, t *nn.Tensor, o Options) (real [][]float32, own bool, err error) {
	if !o.IsArray(file) {
		return nil, false, fmt.Errorf("real numbers are read from an array (%s), not %q", o.arrays(), extension(file))
	}
	data, err := load(file)
	if err != nil {
		return nil, false, err
	}
	a, err := o.parse(data, extension(file))
	if err != nil {
		return nil, false, err
	}
	like := *t
	if own = a.own(t); !own {
		like.Type, like.Quant = nn.Float32, nil
	}
	values, err := a.cut(&like)
	for _, v := range values {
		real = append(real, golden.Real(&like, v))
	}
	return real, own, err
}
