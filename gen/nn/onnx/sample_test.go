package onnx

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
	"marvelgen/verif/bound"
)

func marshal(t testing.TB, p *schema.Tensor) []byte {
	t.Helper()
	data, err := proto.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReadTensorFile reads what others wrote.
func TestReadTensorFile(t *testing.T) {
	for name, want := range map[string]struct {
		tensor string
		shape  []int
		first  float32
	}{
		"mnist_test_data_set_0/input_0.pb":  {"Input3", []int{1, 1, 28, 28}, math.Float32frombits(0x3ecc51c7)},
		"mnist_test_data_set_0/output_0.pb": {"Plus214_Output_0", []int{1, 10}, math.Float32frombits(0xbfb1a2f4)},
		"light_vgg19_output_0.pb":           {"", []int{1, 1000}, 0.001},
	} {
		data, err := os.ReadFile(filepath.Join(models(t), name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := ReadTensor(data)
		if err != nil || c.Name != want.tensor || !slices.Equal(c.Shape, want.shape) || c.Type != nn.Float32 || len(c.F32) != c.Elements() {
			t.Errorf("%s: %v, %v", name, c, err)
		}
		if c.F32[0] != want.first {
			t.Errorf("%s begins with %v, want %v", name, c.F32[0], want.first)
		}
	}
}

// TestReadTensor reads elements of every type, stored either way.
func TestReadTensor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n := nn.Elements(shape)
		raw := rapid.Bool().Draw(t, "raw")
		p := &schema.Tensor{Name: "x", Dims: dims(shape)}
		want := &nn.Tensor{Name: "x", Shape: shape}
		le, bytes := binary.LittleEndian, []byte(nil)
		small := func(lo, hi int) []int32 {
			return rapid.SliceOfN(rapid.Int32Range(int32(lo), int32(hi)), n, n).Draw(t, "elements")
		}
		switch p.DataType = rapid.SampledFrom([]int32{typeFloat, typeUint8, typeInt8, typeInt32, typeInt64, typeDouble}).Draw(t, "type"); p.DataType {
		case typeFloat, typeDouble:
			want.Type, want.F32 = nn.Float32, rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "elements")
			for _, v := range want.F32 {
				if p.DataType == typeDouble {
					p.DoubleData, bytes = append(p.DoubleData, float64(v)), le.AppendUint64(bytes, math.Float64bits(float64(v)))
				} else {
					p.FloatData, bytes = append(p.FloatData, v), le.AppendUint32(bytes, math.Float32bits(v))
				}
			}
		case typeUint8:
			want.Type, want.U8, p.Int32Data = nn.UInt8, []byte{}, small(0, 255)
			for _, v := range p.Int32Data {
				want.U8, bytes = append(want.U8, byte(v)), append(bytes, byte(v))
			}
		case typeInt8:
			want.Type, want.I8, p.Int32Data = nn.Int8, []int8{}, small(-128, 127)
			for _, v := range p.Int32Data {
				want.I8, bytes = append(want.I8, int8(v)), append(bytes, byte(v))
			}
		case typeInt32:
			p.Int32Data = small(math.MinInt32, math.MaxInt32)
			want.Type, want.I32 = nn.Int32, slices.Clone(p.Int32Data)
			for _, v := range p.Int32Data {
				bytes = le.AppendUint32(bytes, uint32(v))
			}
		case typeInt64:
			p.Int64Data = rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "elements")
			want.Type, want.I64 = nn.Int64, slices.Clone(p.Int64Data)
			for _, v := range p.Int64Data {
				bytes = le.AppendUint64(bytes, uint64(v))
			}
		}
		if raw {
			p.RawData, p.FloatData, p.DoubleData, p.Int32Data, p.Int64Data = bytes, nil, nil, nil, nil
		}
		data, err := proto.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadTensor(data)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Shape, shape) {
			t.Fatalf("shape %v, want %v", got.Shape, shape)
		}
		got.Shape = shape
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

func TestReadTensorErrors(t *testing.T) {
	many := protowire.AppendBytes(protowire.AppendTag(nil, 13, protowire.BytesType), nil)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":         {nil, "no ONNX tensor: its elements have no type"},
		"text":          {[]byte("hello, world"), "no ONNX tensor: "},
		"cut off":       {marshal(t, &schema.Tensor{Dims: []int64{4}, DataType: typeFloat, RawData: make([]byte, 16)})[:9], "no ONNX tensor: "},
		"a model":       {everything(t), "no ONNX tensor: "},
		"too short":     {marshal(t, &schema.Tensor{Name: "x", Dims: []int64{4}, DataType: typeFloat, RawData: make([]byte, 12)}), `tensor "x": shape [4] of float32 takes 16 bytes, and it has 12`},
		"none there":    {marshal(t, &schema.Tensor{Dims: []int64{4}, DataType: typeInt64}), "4 elements, and 0 are there"},
		"negative":      {marshal(t, &schema.Tensor{Dims: []int64{-4}, DataType: typeFloat}), "dimensions [-4]"},
		"huge":          {marshal(t, &schema.Tensor{Dims: []int64{1 << 20, 1 << 20}, DataType: typeInt8}), "more than 268435456 elements"},
		"huge products": {marshal(t, &schema.Tensor{Dims: []int64{1 << 28, 1 << 28, 1 << 28}, DataType: typeInt8}), "more than 268435456 elements"},
		"many dims":     {marshal(t, &schema.Tensor{Dims: make([]int64, 1000), DataType: typeInt8}), "8 at most"},
		"float16":       {marshal(t, &schema.Tensor{Dims: []int64{1}, DataType: 10, RawData: make([]byte, 2)}), "float16"},
		"strings":       {marshal(t, &schema.Tensor{Dims: []int64{1}, DataType: 8}), "string"},
		"bool":          {marshal(t, &schema.Tensor{Dims: []int64{1}, DataType: typeBool, RawData: make([]byte, 1)}), "bool"},
		"elsewhere":     {marshal(t, &schema.Tensor{Dims: []int64{1}, DataType: typeFloat, DataLocation: 1}), "another file"},
		"many entries":  {slices.Repeat(many, maxMessages+1), "more than 262144 messages"},
		"hostile name":  {marshal(t, &schema.Tensor{Name: "a\x1b[31m\n", Dims: []int64{1}, DataType: typeFloat}), "1 elements, and 0 are there"},
	} {
		_, err := ReadTensor(c.data)
		var located *nn.Error
		if !errors.As(err, &located) || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// tryTensor reads a file that may be damaged.
func tryTensor(t *testing.T, data []byte) {
	c, err := ReadTensor(data)
	var located *nn.Error
	switch {
	case err != nil && !errors.As(err, &located):
		t.Errorf("not located: %v", err)
	case err == nil && len(c.F32)+len(c.U8)+len(c.I8)+len(c.I32)+len(c.I64) != c.Elements():
		t.Errorf("%v has other than %d elements", c, c.Elements())
	}
}

// TestReadTensorDamaged damages every bit of a small file, and cuts it off everywhere.
func TestReadTensorDamaged(t *testing.T) {
	good := marshal(t, &schema.Tensor{Name: "x", Dims: []int64{2, 1}, DataType: typeInt8, Int32Data: []int32{1, -2}, FloatData: []float32{3}})
	for i := range good {
		tryTensor(t, good[:i])
		for bit := range 8 {
			bad := slices.Clone(good)
			bad[i] ^= 1 << bit
			tryTensor(t, bad)
		}
	}
}

// FuzzReadTensor looks for panics, hangs and allocations beyond some multiple of the
// file: an integer of one byte becomes four or eight, twice.
func FuzzReadTensor(f *testing.F) {
	for _, typ := range []int32{typeFloat, typeUint8, typeInt8, typeInt32, typeInt64, typeDouble, typeBool} {
		f.Add(marshal(f, &schema.Tensor{Name: "x", Dims: []int64{2, 1}, DataType: typ, RawData: make([]byte, 8)}))
		f.Add(marshal(f, &schema.Tensor{Name: "x", Dims: []int64{2}, DataType: typ, Int32Data: []int32{1, 2}, FloatData: []float32{1, 2}, Int64Data: []int64{1, 2}, DoubleData: []float64{1, 2}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bound.Check(t, 5*time.Second, 100<<20+32*uint64(len(data)), func() { tryTensor(t, data) })
	})
}
