package samples

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// array is a NumPy file (NEP 1): a dictionary in text, then the elements.
type array struct {
	kind  string // "|i1", "<f4" …
	shape []int
	data  []byte
}

var (
	npyKind  = regexp.MustCompile(`'descr'\s*:\s*'([<|=][a-z][0-9])'`)
	npyOrder = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape = regexp.MustCompile(`'shape'\s*:\s*\(([0-9, ]*)\)`)
)

// npyKinds are the element types that are read, with their bytes.
var npyKinds = map[string]int{"|i1": 1, "|u1": 1, "<i4": 4, "<i8": 8, "<f4": 4, "<f8": 8}

func parseNpy(b []byte) (array, error) {
	const magic = "\x93NUMPY"
	if len(b) < 12 || string(b[:6]) != magic {
		return array{}, fmt.Errorf("no NumPy array: it does not begin as one")
	}
	head, size := 10, int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] > 1 {
		head, size = 12, int(min(uint64(binary.LittleEndian.Uint32(b[8:])), maxFile))
	}
	if head+size > len(b) {
		return array{}, fmt.Errorf("damaged: a header of %d bytes in a file of %d", size, len(b))
	}
	text := string(b[head : head+size])
	kind, order, shape := npyKind.FindStringSubmatch(text), npyOrder.FindStringSubmatch(text), npyShape.FindStringSubmatch(text)
	if kind == nil || order == nil || shape == nil {
		return array{}, fmt.Errorf("the header %q is none that is understood: element type, fortran_order and shape are needed", strings.TrimSpace(text))
	}
	a := array{kind: strings.Replace(kind[1], "=", "<", 1), data: b[head+size:]}
	bytes, ok := npyKinds[a.kind]
	if !ok {
		return array{}, fmt.Errorf("elements of type %q; int8, uint8, int32, int64, float32 and float64 are read: array.astype('float32')", a.kind)
	}
	if order[1] == "True" {
		return array{}, fmt.Errorf("the array is in Fortran order: save numpy.ascontiguousarray(a)")
	}
	n := 1
	for _, d := range strings.Split(shape[1], ",") {
		if d = strings.TrimSpace(d); d == "" {
			continue
		}
		v, err := strconv.Atoi(d)
		if err != nil || v < 1 || v > maxFile || n*v > maxFile {
			return array{}, fmt.Errorf("the shape (%s): dimensions are positive, and %d elements at most", shape[1], maxFile)
		}
		n *= v
		a.shape = append(a.shape, v)
	}
	if len(a.data) != n*bytes {
		return array{}, fmt.Errorf("damaged: %d bytes for %d elements of %d bytes", len(a.data), n, bytes)
	}
	return a, nil
}

// real is the array as numbers.
func (a array) real() []float64 {
	size := npyKinds[a.kind]
	out := make([]float64, len(a.data)/size)
	for i := range out {
		b := a.data[i*size:]
		switch a.kind {
		case "|i1":
			out[i] = float64(int8(b[0]))
		case "|u1":
			out[i] = float64(b[0])
		case "<i4":
			out[i] = float64(int32(binary.LittleEndian.Uint32(b)))
		case "<i8":
			out[i] = float64(int64(binary.LittleEndian.Uint64(b)))
		case "<f4":
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		case "<f8":
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	}
	return out
}

// numbers cuts an array into samples. Elements of the input's own type are taken as
// they are; others are real numbers, and quantised.
func numbers(b []byte, t *nn.Tensor) ([]golden.Value, error) {
	a, err := parseNpy(b)
	if err != nil {
		return nil, err
	}
	want := stored(t)
	each := nn.Elements(want)
	if fits := sampleShape(a.shape, want); !fits {
		return nil, fmt.Errorf("the array's shape is %v; the network's input %q wants %v, or several along the first dimension", a.shape, t.Name, want)
	}
	own := map[nn.DType]string{nn.Int8: "|i1", nn.UInt8: "|u1", nn.Float32: "<f4", nn.Int32: "<i4"}[t.Type]
	if a.kind == own {
		return raw(a.data, t)
	}
	all := a.real()
	var out []golden.Value
	for ; len(all) > 0; all = all[each:] {
		v, err := Quantise(t, all[:each])
		if err != nil {
			return nil, err
		}
		out = append(out, inside(t, v))
	}
	return out, nil
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

// WriteNpy is samples of one tensor as a NumPy array, in the order of the model file.
func WriteNpy(t *nn.Tensor, samples []golden.Value) []byte {
	kind := map[nn.DType]string{nn.Int8: "|i1", nn.UInt8: "|u1", nn.Int32: "<i4", nn.Float32: "<f4"}[t.Type]
	shape := stored(t)
	if len(shape) > 0 && shape[0] == 1 {
		shape = shape[1:]
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d, ", kind, len(samples))
	for _, d := range shape {
		text += fmt.Sprintf("%d, ", d)
	}
	text += "), }"
	text += strings.Repeat(" ", (64-(10+len(text)+1)%64)%64) + "\n"
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(text))))
	b.WriteString(text)
	for _, v := range samples {
		b.Write(Outside(t, v).Bytes())
	}
	return b.Bytes()
}
