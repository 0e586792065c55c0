package samples

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

func tensor(dt nn.DType, shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: "x", Type: dt, Shape: shape, Quant: &nn.Quant{Scale: []float32{0.5}, Zero: []int32{-3}}}
}

// file puts contents under a name into a folder of its own.
func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// npy is an array as NumPy writes it.
func npy(kind, shape string, data []byte) []byte {
	text := "{'descr': '" + kind + "', 'fortran_order': False, 'shape': (" + shape + "), }"
	text += strings.Repeat(" ", 128-10-len(text)-1) + "\n"
	return append([]byte("\x93NUMPY\x01\x00\x76\x00"+text), data...)
}

func TestRead(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 2, 1))
	grey.SetGray(0, 0, color.Gray{Y: 255})
	grey.SetGray(1, 0, color.Gray{Y: 64})
	var picture bytes.Buffer
	if err := png.Encode(&picture, grey); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		data []byte
		t    *nn.Tensor
		o    Options
		want [][]int8
		err  string
	}{
		{name: "a.bin", data: []byte{1, 0xff, 3, 4}, t: tensor(nn.Int8, 1, 2), want: [][]int8{{1, -1}, {3, 4}}},
		{name: "odd.bin", data: []byte{1, 2, 3}, t: tensor(nn.Int8, 1, 2), err: "3 bytes; the network's input \"x\" is int8[1 2] and wants 2"},
		{name: "empty.bin", t: tensor(nn.Int8, 1, 2), err: "0 bytes"},
		{name: "own.npy", data: npy("|i1", "2, 2", []byte{1, 2, 3, 0xfe}), t: tensor(nn.Int8, 1, 2), want: [][]int8{{1, 2}, {3, -2}}},
		{name: "flat.npy", data: npy("|i1", "2,", []byte{1, 2}), t: tensor(nn.Int8, 1, 2), want: [][]int8{{1, 2}}},
		{name: "more.npy", data: npy("|i1", "2, 1, 2", []byte{1, 2, 3, 4}), t: tensor(nn.Int8, 1, 2), want: [][]int8{{1, 2}, {3, 4}}},
		{name: "ones.npy", data: npy("|i1", "1, 2, 1, 1", []byte{1, 2}), t: tensor(nn.Int8, 1, 1, 2, 1), want: [][]int8{{1, 2}}},
		// 1.25/0.5 = 2.5, to even 2, less 3; -100 saturates.
		{name: "real.npy", data: npy("<f4", "1, 2", []byte{0, 0, 0xa0, 0x3f, 0, 0, 0xc8, 0xc2}), t: tensor(nn.Int8, 1, 2), want: [][]int8{{-1, -128}}},
		{name: "wide.npy", data: npy("<f8", "2", []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}), t: tensor(nn.Int8, 1, 2), want: [][]int8{{-1, -7}}},
		{name: "int.npy", data: npy("<i4", "2", []byte{2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}), t: tensor(nn.Int8, 2), want: [][]int8{{1, -5}}},
		{name: "long.npy", data: npy("<i8", "1", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), t: tensor(nn.Int8, 1), want: [][]int8{{-5}}},
		{name: "nan.npy", data: npy("<f4", "1", []byte{0, 0, 0xc0, 0x7f}), t: tensor(nn.Int8, 1), err: "element 0 is no number"},
		{name: "shape.npy", data: npy("|i1", "3", []byte{1, 2, 3}), t: tensor(nn.Int8, 1, 2), err: "the array's shape is [3]; \"x\" of the network wants [1 2]"},
		{name: "kind.npy", data: npy("<c8", "2", make([]byte, 16)), t: tensor(nn.Int8, 1, 2), err: "astype"},
		{name: "order.npy", data: bytes.Replace(npy("|i1", "2", []byte{1, 2}), []byte("False,"), []byte("True, "), 1), t: tensor(nn.Int8, 1, 2), err: "ascontiguousarray"},
		{name: "short.npy", data: npy("|i1", "2", []byte{1}), t: tensor(nn.Int8, 1, 2), err: "damaged: 1 bytes for 2 elements"},
		{name: "huge.npy", data: npy("|i1", "99999, 99999", []byte{1}), t: tensor(nn.Int8, 1, 2), err: "elements at most"},
		{name: "no.npy", data: []byte("hello, world"), t: tensor(nn.Int8, 1, 2), err: "does not begin as one"},
		{name: "head.npy", data: []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), t: tensor(nn.Int8, 1, 2), err: "damaged: a header"},
		{name: "p.png", data: picture.Bytes(), t: tensor(nn.Int8, 1, 1, 2, 1), want: [][]int8{{127, -64}}},
		{name: "p.png", data: picture.Bytes(), t: tensor(nn.Int8, 1, 1, 2, 1), o: Options{Mean: 255, Std: 100}, want: [][]int8{{-3, -7}}},
		{name: "rgb.png", data: picture.Bytes(), t: tensor(nn.Int8, 1, 1, 2, 3), want: [][]int8{{127, 127, 127, -64, -64, -64}}},
		{name: "size.png", data: picture.Bytes(), t: tensor(nn.Int8, 1, 2, 2, 1), err: "the picture is 2x1; the network's input \"x\" wants 2x2"},
		{name: "flat.png", data: picture.Bytes(), t: tensor(nn.Int8, 1, 2), err: "a picture does not fit"},
		{name: "bad.png", data: picture.Bytes()[:40], t: tensor(nn.Int8, 1, 1, 2, 1), err: "no picture that can be read"},
		{name: "text.pgm", data: []byte("P2 # ours\n2 1\n# white\n3\n3 1"), t: tensor(nn.Int8, 1, 1, 2, 1), want: [][]int8{{127, -43}}},
		{name: "bytes.pgm", data: []byte("P5 2 1 255\n\x00\x80"), t: tensor(nn.Int8, 1, 1, 2, 1), want: [][]int8{{-128, 0}}},
		{name: "short.pgm", data: []byte("P2 2 1 9 1"), t: tensor(nn.Int8, 1, 1, 2, 1), err: "pixel 1 is missing"},
		{name: "bright.pgm", data: []byte("P2 2 1 9 1 10"), t: tensor(nn.Int8, 1, 1, 2, 1), err: "pixel 1 is missing or brighter"},
		{name: "huge.pgm", data: []byte("P5 9999 9999 255\n"), t: tensor(nn.Int8, 1, 1, 2, 1), err: "damaged"},
		{name: "no.pgm", data: []byte("P7 1 1 1"), t: tensor(nn.Int8, 1, 1, 2, 1), err: "neither with P2 nor with P5"},
		{name: "a.wav", t: tensor(nn.Int8, 1), err: "not \".wav\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Read(file(t, tt.name, tt.data), tt.t, tt.o)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || len(s.Values) != len(tt.want) {
				t.Fatalf("%d samples, %v", len(s.Values), err)
			}
			for i, v := range s.Values {
				if !slices.Equal(v.I8, tt.want[i]) {
					t.Errorf("sample %d: %v, want %v", i, v.I8, tt.want[i])
				}
			}
			if isPicture := strings.HasSuffix(tt.name, "png") || strings.HasSuffix(tt.name, "pgm"); (s.Picture != nil) != isPicture {
				t.Error("a picture to show: ", s.Picture != nil)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.bin"), tensor(nn.Int8, 1), Options{}); err == nil {
		t.Error("a file that is not there was read")
	}
}

// TestFloatAndUnsigned reads what goes into edges of other types.
func TestFloatAndUnsigned(t *testing.T) {
	pgm := []byte("P2 2 1 255 255 51")
	s, err := Read(file(t, "p.pgm", pgm), tensor(nn.Float32, 1, 1, 2, 1), Options{})
	if err != nil || !slices.Equal(s.Values[0].F32, []float32{1, 0.2}) {
		t.Errorf("%v, %v", s.Values, err)
	}
	s, err = Read(file(t, "p.pgm", pgm), tensor(nn.UInt8, 1, 1, 2, 1), Options{})
	if err != nil || !slices.Equal(s.Values[0].U8, []uint8{255, 51}) {
		t.Errorf("%v, %v", s.Values, err)
	}
	if _, err = Read(file(t, "p.pgm", pgm), tensor(nn.Int32, 1, 1, 2, 1), Options{}); err == nil {
		t.Error("a picture went into int32")
	}
}

// TestChannelsFirst turns files of a tensor that the model has as NCHW, both ways.
func TestChannelsFirst(t *testing.T) {
	x := tensor(nn.Int8, 1, 1, 2, 3) // two pixels of three channels
	x.NCHW = true
	first, last := []byte{1, 2, 3, 4, 5, 6}, []int8{1, 3, 5, 2, 4, 6}
	for name, data := range map[string][]byte{"x.bin": first, "x.npy": npy("|i1", "3, 1, 2", first)} {
		s, err := Read(file(t, name, data), x, Options{})
		if err != nil || len(s.Values) != 1 || !slices.Equal(s.Values[0].I8, last) {
			t.Errorf("%s: %v, %v", name, s.Values, err)
		}
	}
	if _, err := Read(file(t, "x.npy", npy("|i1", "1, 2, 3", first)), x, Options{}); err == nil {
		t.Error("an array with channels last was taken for one with channels first")
	}
	if got := Outside(x, golden.Value{I8: last}).Bytes(); !bytes.Equal(got, first) {
		t.Errorf("back: %v", got)
	}
}

// TestNpyRoundTrip writes arrays and reads them again.
// Indices are whole numbers, of whatever type a file has them.
func TestIndices(t *testing.T) {
	x := &nn.Tensor{Name: "i", Type: nn.Int32, Shape: []int{2}}
	v, err := Quantise(x, []float64{7, -3})
	if err != nil || !slices.Equal(v.I32, []int32{7, -3}) {
		t.Errorf("%v, %v", v.I32, err)
	}
	for _, bad := range []float64{0.5, 1 << 32, math.NaN()} {
		if _, err := Quantise(x, []float64{0, bad}); err == nil || !strings.Contains(err.Error(), "element 1") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestNpyRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		x := tensor(rapid.SampledFrom([]nn.DType{nn.Int8, nn.UInt8, nn.Int32, nn.Float32}).Draw(t, "type"),
			append([]int{1}, rapid.SliceOfN(rapid.IntRange(1, 4), 0, 4).Draw(t, "shape")...)...)
		x.NCHW = rapid.Bool().Draw(t, "channels first")
		var values []golden.Value
		for range rapid.IntRange(1, 3).Draw(t, "samples") {
			v := golden.NewValue(x.Type, x.Elements())
			raw := v.Bytes()
			for i := range raw {
				raw[i] = byte(rapid.IntRange(0, 120).Draw(t, "byte"))
			}
			v, _ = golden.FromBytes(x.Type, raw)
			values = append(values, v)
		}
		path := filepath.Join(dir, "x.npy")
		if err := os.WriteFile(path, WriteNpy(x, values), 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Read(path, x, Options{})
		if err != nil || len(s.Values) != len(values) {
			t.Fatalf("%d samples of %d: %v", len(s.Values), len(values), err)
		}
		for i := range values {
			if !bytes.Equal(s.Values[i].Bytes(), values[i].Bytes()) {
				t.Fatalf("sample %d of %v: %v, want %v", i, x, s.Values[i], values[i])
			}
		}
	})
}

// FuzzRead looks for panics and unbounded memory in the readers of all formats.
func FuzzRead(f *testing.F) {
	f.Add(npy("<f4", "1, 2", make([]byte, 8)), uint8(0))
	f.Add([]byte("P2 2 1 3 3 1"), uint8(1))
	f.Add([]byte("P5 2 1 255\n\x00\x80"), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		ext := []string{".npy", ".pgm", ".png", ".jpg"}[kind%4]
		x := tensor(nn.Int8, 1, 1, 2, 1)
		var s Samples
		var err error
		if ext == ".npy" {
			var a array
			if a, err = parseNpy(data); err == nil {
				s.Values, err = a.cut(x)
			}
		} else {
			s, err = picture(data, ext, x, Options{})
		}
		if err == nil && len(s.Values) == 0 {
			t.Error("neither a sample nor an error")
		}
		for _, v := range s.Values {
			if v.Len() != 2 {
				t.Errorf("%d elements", v.Len())
			}
		}
	})
}
