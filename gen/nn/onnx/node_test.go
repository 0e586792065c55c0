package onnx

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/onnx/schema"
)

// nodeTests is where Debian's package libonnx-testdata has ONNX's own tests, of
// single operators and of small models.
const nodeTests = "/usr/share/libonnx-testdata/data"

// leastNodes is how many of them the importer read when this was written: 284 of
// 1072. The others are of operators or types that it does not read, or are not
// about inference.
const leastNodes = 284

// TestNodes runs the tests whose operators are supported. In them weights, shapes
// and scales are inputs; where a model is refused so, all inputs but the first are
// made constants. Layer normalisation is asked for its result alone, not for the mean.
func TestNodes(t *testing.T) {
	flowtest.Need(t, "onnx-testdata")
	files, _ := filepath.Glob(filepath.Join(nodeTests, "*", "*", "model.onnx"))
	passed := 0
	for _, file := range files {
		dir := filepath.Dir(file)
		in, out := tensors(t, dir, "input"), tensors(t, dir, "output")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(in) == 0 || len(out) == 0 {
			continue // sequences and the like
		}
		m := new(schema.Model)
		if err := proto.Unmarshal(data, m); err != nil {
			t.Fatal(err)
		}
		for _, o := range m.OpsetImport {
			if o.Domain == "" && o.Version > 0 {
				o.Version = max(o.Version, minOpset) // what is tested did not change since
			}
		}
		g, err := importModel(filepath.Base(dir), m)
		if err != nil {
			for i, x := range in[1:] {
				if i+1 < len(m.Graph.Input) {
					c := proto.Clone(x).(*schema.Tensor)
					c.Name = m.Graph.Input[i+1].Name
					m.Graph.Initializer = append(m.Graph.Initializer, c)
				}
			}
			if strings.HasPrefix(filepath.Base(dir), "test_layer_normalization") {
				m.Graph.Output, out = m.Graph.Output[:1], out[:1]
			}
			if g, err = importModel(filepath.Base(dir), m); err != nil {
				continue
			}
		}
		if err := tryNode(t, g, in, out); err != nil {
			t.Errorf("%s: %v", filepath.Base(dir), err)
			continue
		}
		passed++
	}
	t.Logf("%d of %d", passed, len(files))
	if passed < leastNodes {
		t.Errorf("%d of %d models agree; it were %d", passed, len(files), leastNodes)
	}
}

func importModel(name string, m *schema.Model) (*nn.Graph, error) {
	data, err := proto.Marshal(m)
	if err != nil {
		return nil, err
	}
	return Import(name+".onnx", data)
}

// tensors are the inputs or outputs of a test; none if one is no tensor.
func tensors(t *testing.T, dir, kind string) []*schema.Tensor {
	var out []*schema.Tensor
	for i := 0; ; i++ {
		data, err := os.ReadFile(filepath.Join(dir, "test_data_set_0", fmt.Sprintf("%s_%d.pb", kind, i)))
		if err != nil {
			return out
		}
		p := new(schema.Tensor)
		if err := proto.Unmarshal(data, p); err != nil {
			return nil
		}
		out = append(out, p)
	}
}

// tryNode compares a graph's outputs with the expected ones: of float32 within
// 1e-5 of the largest, of integers within one.
func tryNode(t *testing.T, g *nn.Graph, in, out []*schema.Tensor) error {
	r := &reader{budget: maxExpanded}
	oriented := func(p *schema.Tensor, as *nn.Tensor) (*array, error) {
		a, err := r.unpack(p)
		if err == nil && as.NCHW {
			a, err = r.turned(a, channelsLast(len(a.shape)))
		}
		if err == nil && !slices.Equal(a.shape, as.Shape) {
			err = fmt.Errorf("shape %v, want %v", as.Shape, a.shape)
		}
		return a, err
	}
	var values []golden.Value
	for i, x := range g.Inputs {
		a, err := oriented(in[i], x)
		if err != nil {
			return err
		}
		v := golden.Value{F32: a.f}
		if x.Type == nn.UInt8 {
			v.U8 = a.b
		}
		if x.Type == nn.Int8 {
			for _, b := range a.b {
				v.I8 = append(v.I8, int8(b))
			}
		}
		for _, k := range a.i {
			v.I32 = append(v.I32, int32(k))
		}
		values = append(values, v)
	}
	m, err := golden.New(g)
	if err != nil {
		return err
	}
	got, err := m.Run(t.Context(), values...)
	if err != nil {
		return err
	}
	for i, y := range g.Outputs {
		want, err := oriented(out[i], y)
		if err != nil {
			return err
		}
		if y.Type == nn.Float32 {
			agree(t, strings.TrimSuffix(g.File, ".onnx"), got[i].F32, want.f, 1e-5)
			continue
		}
		for k := range want.elements() {
			v := int64(0)
			if y.Type == nn.UInt8 {
				v = int64(got[i].U8[k])
			} else {
				v = int64(got[i].I8[k])
			}
			if d := v - want.integer(k); d < -1 || d > 1 {
				return fmt.Errorf("element %d is %d, want %d", k, v, want.integer(k))
			}
		}
	}
	return nil
}
