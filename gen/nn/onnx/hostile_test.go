package onnx

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
	"marvelgen/verif/bound"
)

// everything is one model with all operators, small enough for a fuzzer.
func everything(t testing.TB) []byte {
	n := newNet(13)
	for _, c := range operatorCases {
		if c.name != "softmax of old" {
			c.build(n)
		}
	}
	for _, c := range quantisedCases {
		c.build(n)
	}
	return n.bytes(t)
}

// try imports a file that may be damaged. Whatever comes of it must be a graph
// that passes its check or a located error.
func try(t *testing.T, data []byte) bool {
	g, err := Import("f.onnx", data)
	if err == nil {
		if err := g.Check(); err != nil {
			t.Errorf("accepted, but: %v", err)
		}
		return true
	}
	var located *nn.Error
	if !errors.As(err, &located) || !strings.HasPrefix(err.Error(), "f.onnx: ") {
		t.Errorf("not located: %v", err)
	}
	return false
}

// TestEveryByte damages every fifth byte of a model.
func TestEveryByte(t *testing.T) {
	good := everything(t)
	if _, err := Import("f.onnx", good); err != nil {
		t.Fatal(err)
	}
	accepted, refused := 0, 0
	for i := 0; i < len(good); i += 5 {
		bad := slices.Clone(good)
		bad[i] ^= []byte{0x01, 0x04, 0x80}[i/5%3]
		if try(t, bad) {
			accepted++
		} else {
			refused++
		}
	}
	t.Logf("%d bytes, %d damages accepted, %d refused", len(good), accepted, refused)
	if accepted < 100 || refused < 1000 {
		t.Error("the damage does not tell files apart")
	}
}

// TestEveryLength cuts a model off everywhere. What is left may be whole: a file has
// no length, and what comes last is the versions of operator sets.
func TestEveryLength(t *testing.T) {
	good := everything(t)
	for n := range good {
		if try(t, good[:n:n]) && n < len(good)-40 {
			t.Errorf("accepted %d of %d bytes", n, len(good))
		}
	}
}

// TestDamagedModels damages real models at seeded places, half of them in the
// names, numbers and shapes that lie before and behind the weights.
func TestDamagedModels(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(models(t), "*.onnx"))
	r := rand.New(rand.NewPCG(1, 2))
	for _, file := range files {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(file, "vgg") { // its constants are large
			continue
		}
		for range 30 {
			bad := slices.Clone(good)
			for range 1 + r.IntN(4) {
				at := r.IntN(len(bad))
				if r.IntN(2) == 0 {
					at %= 8192
				}
				bad[at] ^= byte(1 << r.IntN(8))
			}
			bound.Check(t, 10*time.Second, 4<<30, func() { try(t, bad[:len(bad)-r.IntN(2)*r.IntN(len(bad))]) })
		}
	}
}

// TestBombs are small files that would take much memory or time.
func TestBombs(t *testing.T) {
	repeat := func(b []byte, n int) []byte { return slices.Repeat(b, n) }
	field := func(number protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), b)
	}
	group := protowire.AppendTag(nil, 7, protowire.StartGroupType)
	for _, c := range []struct {
		name  string
		data  []byte
		bytes uint64
		want  string
	}{
		{"a million empty operators", field(7, repeat(field(1, nil), 1<<20)), 1 << 20, "more than 262144 messages and names"},
		{"a million empty names", field(7, field(1, repeat(field(1, nil), 1<<20))), 1 << 20, "more than 262144 messages and names"},
		{"deep nesting", repeat(group, 1<<20), 1 << 20, "damaged"},
		{"nothing", nil, 1 << 20, "no ONNX model"},
	} {
		bound.Check(t, 5*time.Second, c.bytes, func() {
			if _, err := Import("f.onnx", c.data); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		})
	}
	for _, c := range []struct {
		name  string
		build func(n *net)
	}{
		{"a large constant that nothing needs whole", func(n *net) {
			big := n.op("ConstantOfShape", []string{n.ints(1<<14, 1<<14)})
			for range 1000 {
				big = n.op("Add", []string{big, big})
			}
			n.op("Reshape", []string{n.in(1, 4), n.op("Slice", []string{n.op("Shape", []string{big}), n.ints(5), n.ints(9)})})
		}},
		{"thousands of resizes", func(n *net) {
			x := n.in(1, 1, 1, 1<<20)
			for range 5000 {
				n.op("Resize", []string{x, "", n.reals(1, 1, 1, 2)})
			}
		}},
		{"thousands of sums behind thousands of quantisations", func(n *net) {
			y := n.in(1, 4)
			for range 8000 {
				y = n.quantised(n.op("Reshape", []string{y, n.ints(1, 4)}), typeInt8, 0, 0.5)
			}
			for range 8000 {
				n.op("Add", []string{n.op("Mul", []string{y, y}), n.op("Sub", []string{n.number(1), y})})
			}
		}},
		{"thousands of scales behind large weights", func(n *net) {
			y := n.op("MatMul", []string{n.in(1, 1<<12), n.op("ConstantOfShape", []string{n.ints(1<<12, 1<<12)})})
			for range 5000 {
				y = n.op("Mul", []string{y, n.number(2)})
			}
		}},
	} {
		n := newNet(13)
		c.build(n)
		data := n.bytes(t)
		bound.Check(t, 10*time.Second, 3<<30, func() { try(t, data) })
	}
}

// TestStrayFields gives a constant elements in the fields of other types, too.
func TestStrayFields(t *testing.T) {
	for _, typ := range []int32{typeFloat, typeUint8, typeInt8, typeInt32, typeInt64, typeBool, typeDouble} {
		n := newNet(13)
		c := n.constant(&schema.Tensor{Dims: []int64{2}, DataType: typ, FloatData: []float32{1, 2}, DoubleData: []float64{1, 2}, Int32Data: []int32{1, 2}, Int64Data: []int64{1, 2}})
		n.op("Add", []string{n.in(1, 2), c})
		for _, more := range []func(*schema.Tensor){
			func(t *schema.Tensor) {},
			func(t *schema.Tensor) { t.DoubleData = make([]float64, 5) },
			func(t *schema.Tensor) { t.FloatData = make([]float32, 5) },
			func(t *schema.Tensor) { t.Int32Data = make([]int32, 5) },
			func(t *schema.Tensor) { t.Int64Data = make([]int64, 5) },
		} {
			more(n.g.Initializer[0])
			try(t, n.bytes(t))
		}
	}
}

// TestGuardIsNeeded shows what unpacking would take without the guard.
func TestGuardIsNeeded(t *testing.T) {
	m := new(schema.Model)
	n := 1 << 16
	data := protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), slices.Repeat([]byte{1<<3 | 2, 0}, n))
	left := n - 1
	if err := scan(m.ProtoReflect().Descriptor(), data, &left); err == nil {
		t.Error("the guard does not count")
	}
	_, bytes := bound.Cost(func() { _, _ = decode(data) })
	if bytes < 50*uint64(len(data)) {
		t.Errorf("%d bytes of file took %d in memory: the guard is not needed", len(data), bytes)
	}
}

// FuzzImport looks for panics, hangs and allocations beyond what a file of that
// size may cost.
func FuzzImport(f *testing.F) {
	for _, c := range operatorCases {
		n := newNet(13)
		c.build(n)
		f.Add(n.bytes(f))
	}
	for _, c := range quantisedCases {
		n := newNet(13)
		c.build(n)
		f.Add(n.bytes(f))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bound.Check(t, 20*time.Second, 5<<30, func() { try(t, data) })
	})
}

// FuzzPatches damages a model with all operators at places and in ways that the
// fuzzer chooses: three bytes each, where and what.
func FuzzPatches(f *testing.F) {
	good := everything(f)
	f.Add([]byte{})
	f.Add([]byte{0x10, 0x20, 1, 0x02, 0x03, 0xff})
	f.Fuzz(func(t *testing.T, patches []byte) {
		bad := slices.Clone(good)
		for ; len(patches) >= 3; patches = patches[3:] {
			bad[(int(patches[0])<<8|int(patches[1]))%len(bad)] ^= patches[2]
		}
		bound.Check(t, 20*time.Second, 5<<30, func() { try(t, bad) })
	})
}

// TestEveryNumber puts odd numbers in the place of every integer of the small
// networks, and every name in the place of every input.
func TestEveryNumber(t *testing.T) {
	odd := []int64{0, -1, 1, 2, 3, 7, 1 << 14, 1 << 31, -1 << 31, 1<<63 - 1, -1 << 63}
	accepted, refused := 0, 0
	attempt := func(n *net) {
		if try(t, n.bytes(t)) {
			accepted++
		} else {
			refused++
		}
	}
	var builds []func(*net)
	for _, c := range operatorCases {
		builds = append(builds, c.build)
	}
	for _, c := range quantisedCases {
		builds = append(builds, c.build)
	}
	for _, build := range builds {
		n := newNet(13)
		build(n)
		n.bytes(t) // so that it has its outputs
		for _, p := range n.integers() {
			was := *p
			for _, v := range odd {
				*p = v
				attempt(n)
			}
			*p = was
		}
		var names []string
		for _, o := range n.g.Node {
			names = append(append(names, o.Input...), o.Output...)
		}
		for _, o := range n.g.Node {
			for k, was := range o.Input {
				for _, name := range names {
					o.Input[k] = name
					attempt(n)
				}
				o.Input[k] = was
			}
		}
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted < 1000 || refused < 1000 {
		t.Error("the numbers do not tell files apart")
	}
}

// integers are all that a model holds.
func (n *net) integers() []*int64 {
	var out []*int64
	list := func(v []int64) {
		for i := range v {
			out = append(out, &v[i])
		}
	}
	tensor := func(c *schema.Tensor) {
		list(c.Dims)
		list(c.Int64Data)
	}
	for _, c := range n.g.Initializer {
		tensor(c)
	}
	for _, x := range n.g.Input {
		for _, d := range x.Type.TensorType.Shape.Dim {
			if v, ok := d.Value.(*schema.Dimension_DimValue); ok {
				out = append(out, &v.DimValue)
			}
		}
	}
	for _, o := range n.g.Node {
		for _, a := range o.Attribute {
			if a.Type == 2 {
				out = append(out, &a.I)
			}
			list(a.Ints)
		}
	}
	return out
}
