package samples

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"marvelgen/gen/nn"
)

// decoding is options with a kind of file whose bytes do not matter.
func decoding(c *nn.Tensor, err error) Options {
	return Options{Decode: map[string]func([]byte) (*nn.Tensor, error){".pb": func([]byte) (*nn.Tensor, error) { return c, err }}}
}

// TestDecode reads arrays of a kind that the package does not know, of every type, for
// an input of int8 whose step is 0.5 and zero point -3, and one of float32.
func TestDecode(t *testing.T) {
	path := file(t, "x.pb", nil)
	for name, tt := range map[string]struct {
		c    nn.Tensor
		want [][]int8
		err  string
	}{
		"own elements":  {c: nn.Tensor{Shape: []int{2, 2}, Type: nn.Int8, I8: []int8{1, 2, 3, -128}}, want: [][]int8{{1, 2}, {3, -128}}},
		"float32":       {c: nn.Tensor{Shape: []int{1, 2}, Type: nn.Float32, F32: []float32{1.25, -100}}, want: [][]int8{{-1, -128}}},
		"uint8":         {c: nn.Tensor{Shape: []int{2}, Type: nn.UInt8, U8: []uint8{2, 255}}, want: [][]int8{{1, 127}}},
		"int32":         {c: nn.Tensor{Shape: []int{2}, Type: nn.Int32, I32: []int32{2, -1}}, want: [][]int8{{1, -5}}},
		"int64":         {c: nn.Tensor{Shape: []int{1, 1, 2}, Type: nn.Int64, I64: []int64{2, -1}}, want: [][]int8{{1, -5}}},
		"other shape":   {c: nn.Tensor{Shape: []int{3}, Type: nn.Int64, I64: make([]int64, 3)}, err: `shape is [3]; "x" of the network wants [1 2]`},
		"none":          {c: nn.Tensor{Shape: []int{0, 2}, Type: nn.Float32, F32: []float32{}}, err: "shape is [0 2]"},
		"not a number":  {c: nn.Tensor{Shape: []int{2}, Type: nn.Float32, F32: []float32{0, float32(math.NaN())}}, err: "element 1 is no number"},
		"no dimensions": {c: nn.Tensor{Type: nn.Float32, F32: []float32{1}}, err: "shape is []"},
	} {
		s, err := Read(path, tensor(nn.Int8, 1, 2), decoding(&tt.c, nil))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v, want %q", name, err, tt.err)
			}
			continue
		}
		var got [][]int8
		for _, v := range s.Values {
			got = append(got, v.I8)
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, tt.want)
		}
		float, err := Read(path, &nn.Tensor{Shape: []int{1, 2}, Type: nn.Float32}, decoding(&tt.c, nil))
		if err != nil || len(float.Values) != len(tt.want) {
			t.Errorf("%s, into floats: %v, %v", name, float.Values, err)
		}
	}
	if _, err := Read(path, tensor(nn.Int8, 1), decoding(nil, errors.New("damaged"))); err == nil || err.Error() != path+": damaged" {
		t.Errorf("%v", err)
	}
	if _, err := Read(file(t, "x.wav", nil), tensor(nn.Int8, 1), decoding(nil, nil)); err == nil || !strings.Contains(err.Error(), "(.npy, .pb)") {
		t.Errorf("%v", err)
	}
}

// TestReadReal reads what an output should be, two pixels of three channels, which the file has first.
func TestReadReal(t *testing.T) {
	y := tensor(nn.Int8, 1, 1, 2, 3)
	y.NCHW = true
	path := file(t, "y.pb", nil)
	for name, tt := range map[string]struct {
		c    nn.Tensor
		want []float32
		own  bool
	}{
		"real numbers": {nn.Tensor{Type: nn.Float32, F32: []float32{1, 2, 3, 4, 5, 1e9}}, []float32{1, 3, 5, 2, 4, 1e9}, false},
		"own elements": {nn.Tensor{Type: nn.Int8, I8: []int8{1, 2, 3, 4, 5, 6}}, []float32{2, 3, 4, 2.5, 3.5, 4.5}, true},
		"int64":        {nn.Tensor{Type: nn.Int64, I64: []int64{1, 2, 3, 4, 5, 1000}}, []float32{1, 3, 5, 2, 4, 1000}, false},
	} {
		tt.c.Shape = []int{1, 3, 1, 2}
		got, own, err := ReadReal(path, y, decoding(&tt.c, nil))
		if err != nil || own != tt.own || !reflect.DeepEqual(got, [][]float32{tt.want}) {
			t.Errorf("%s: %v, %v, %v", name, got, own, err)
		}
	}
	two := npy("<f4", "2, 1", []byte{0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f})
	got, own, err := ReadReal(file(t, "y.npy", two), tensor(nn.Int8, 1, 1), Options{})
	if err != nil || own || len(got) != 2 || got[0][0] != 1 || got[1][0] == got[1][0] {
		t.Errorf("1 and NaN: %v, %v, %v", got, own, err)
	}
	for name, want := range map[string]string{"y.bin": "array (.npy), not \".bin\"", "none.npy": "none.npy: no such file", "bad.npy": "does not begin"} {
		path := name
		if name != "none.npy" {
			path = file(t, name, []byte("hello, world"))
		}
		if _, _, err := ReadReal(path, y, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
