package samples

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

var (
	npyKind  = regexp.MustCompile(`'descr'\s*:\s*'([<|=][a-z][0-9])'`)
	npyOrder = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape = regexp.MustCompile(`'shape'\s*:\s*\(([0-9, ]*)\)`)
)

// npyKinds are the element types that are read.
var npyKinds = map[string]struct {
	typ  nn.DType
	size int
	real func([]byte) float64
}{
	"|i1": {nn.Int8, 1, func(b []byte) float64 { return float64(int8(b[0])) }},
	"|u1": {nn.UInt8, 1, func(b []byte) float64 { return float64(b[0]) }},
	"<i4": {nn.Int32, 4, func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) }},
	"<i8": {nn.Int64, 8, func(b []byte) float64 { return float64(int64(binary.LittleEndian.Uint64(b))) }},
	"<f4": {nn.Float32, 4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }},
	"<f8": {nn.Float32, 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }},
}

// parseNpy reads a NumPy file (NEP 1): a dictionary in text, then the elements.
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
	name, data := strings.Replace(kind[1], "=", "<", 1), b[head+size:]
	k, ok := npyKinds[name]
	if !ok {
		return array{}, fmt.Errorf("elements of type %q; int8, uint8, int32, int64, float32 and float64 are read: array.astype('float32')", name)
	}
	a := array{typ: k.typ}
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
	if len(data) != n*k.size {
		return array{}, fmt.Errorf("damaged: %d bytes for %d elements of %d bytes", len(data), n, k.size)
	}
	a.real = func(i int) float64 { return k.real(data[i*k.size:]) }
	return a, nil
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
