// Package samples reads what goes into a network and writes what comes out of it:
// raw bytes, NumPy arrays and pictures.
package samples

import (
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// maxFile bounds a file, in bytes.
const maxFile = 1 << 30

// Options say how numbers become a network's input.
type Options struct {
	// Of a picture, the real number of a pixel p from 0 to 255 is (p-Mean)/Std. With
	// Std 0, pixels cover the whole range of an integer input, as networks for
	// pictures are mostly quantised, and 0 to 1 of a float one.
	Mean, Std float64
	// Decode reads files of further kinds, by extension (".pb"). Each holds one array,
	// as .npy does: a tensor with data, several samples along its first dimension.
	Decode map[string]func(data []byte) (*nn.Tensor, error)
}

// Samples are the values for one input of a network, one after another.
type Samples struct {
	Values  []golden.Value
	Picture *image.Gray // what to show of a file that is a picture
}

// Read reads a file for tensor t, which .bin (elements as the network has them,
// little-endian, row-major, one sample after another), .npy or one of o.Decode (the
// same, or real numbers, which are quantised), .png, .jpg or .pgm (one picture) may be.
// Files for a tensor that the model has as NCHW are in that order.
func Read(file string, t *nn.Tensor, o Options) (Samples, error) {
	s, err := read(file, t, o)
	if err != nil {
		return Samples{}, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

func read(file string, t *nn.Tensor, o Options) (Samples, error) {
	data, err := load(file)
	if err != nil {
		return Samples{}, err
	}
	switch ext := extension(file); ext {
	case ".bin":
		v, err := raw(data, t)
		return Samples{Values: v}, err
	case ".png", ".jpg", ".jpeg", ".pgm":
		return picture(data, ext, t, o)
	default:
		if !o.IsArray(file) {
			return Samples{}, fmt.Errorf("an input is a file of raw elements (.bin), an array (%s) or a picture (.png, .jpg, .pgm), not %q", o.arrays(), ext)
		}
		a, err := o.parse(data, ext)
		if err != nil {
			return Samples{}, err
		}
		v, err := a.cut(t)
		return Samples{Values: v}, err
	}
}

func extension(file string) string { return strings.ToLower(filepath.Ext(file)) }

// load reads a whole file; its name is not part of errors.
func load(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		if p := (*os.PathError)(nil); errors.As(err, &p) {
			err = p.Err
		}
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("no regular file of at most %d bytes", maxFile)
	}
	return os.ReadFile(file)
}

// raw cuts bytes into samples.
func raw(data []byte, t *nn.Tensor) ([]golden.Value, error) {
	each := t.Bytes()
	if len(data) == 0 || len(data)%each != 0 {
		return nil, fmt.Errorf("%d bytes; the network's input %q is %s%v and wants %d, or a multiple of it", len(data), t.Name, t.Type, t.Shape, each)
	}
	var out []golden.Value
	for ; len(data) > 0; data = data[each:] {
		v, err := golden.FromBytes(t.Type, data[:each])
		if err != nil {
			return nil, err
		}
		out = append(out, inside(t, v))
	}
	return out, nil
}

// Quantise is the elements of t that real numbers become: rounded to nearest, ties
// to even, saturated. Of int32, which are indices, they are whole ones already.
func Quantise(t *nn.Tensor, real []float64) (golden.Value, error) {
	v := golden.NewValue(t.Type, len(real))
	if t.Type == nn.Float32 {
		for i, x := range real {
			v.F32[i] = float32(x)
		}
		return v, nil
	}
	if t.Type == nn.Int32 && t.Quant == nil {
		for i, x := range real {
			if v.I32[i] = int32(x); float64(v.I32[i]) != x {
				return v, fmt.Errorf("element %d is %v; %q wants whole numbers of 32 bits", i, x, t.Name)
			}
		}
		return v, nil
	}
	if t.Quant == nil || t.Type != nn.Int8 && t.Type != nn.UInt8 {
		return v, fmt.Errorf("real numbers do not go into the input %q, which is %s without a scale", t.Name, t.Type)
	}
	for i, x := range real {
		q := math.RoundToEven(x/float64(t.Quant.Scale[0])) + float64(t.Quant.Zero[0])
		if q != q {
			return v, fmt.Errorf("element %d is no number", i)
		}
		if t.Type == nn.Int8 {
			v.I8[i] = int8(min(max(q, -128), 127))
		} else {
			v.U8[i] = uint8(min(max(q, 0), 255))
		}
	}
	return v, nil
}
