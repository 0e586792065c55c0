package onnx

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/onnx/schema"
)

// nodeTests is where Debian's package libonnx-testdata lies, ONNX's own tests of
// single operators.
const nodeTests = "/usr/share/libonnx-testdata/data"

func TestNodes(t *testing.T) {
	if _, err := os.Stat(nodeTests); err != nil {
		t.Skip("no libonnx-testdata (Debian package): ONNX's tests of single operators are not run")
	}
	files, _ := filepath.Glob(filepath.Join(nodeTests, "*/*/model.onnx"))
	passed := 0
	for _, file := range files {
		dir := filepath.Dir(file)
		name := filepath.Base(dir)
		var in, out []*schema.Tensor
		for _, kind := range []struct {
			name string
			to   *[]*schema.Tensor
		}{{"input", &in}, {"output", &out}} {
			list, _ := filepath.Glob(filepath.Join(dir, "test_data_set_0", kind.name+"_*.pb"))
			for i := range list {
				data, err := os.ReadFile(filepath.Join(dir, "test_data_set_0", kind.name+"_"+string(rune('0'+i))+".pb"))
				p := new(schema.Tensor)
				if err != nil || proto.Unmarshal(data, p) != nil {
					p = nil
				}
				*kind.to = append(*kind.to, p)
			}
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(in, nil) || slices.Contains(out, nil) || len(in) == 0 {
			t.Logf("%s: no data", name)
			continue
		}
		m := new(schema.Model)
		if err := proto.Unmarshal(data, m); err != nil {
			t.Fatal(err)
		}
		for _, o := range m.OpsetImport {
			if o.Domain == "" {
				o.Version = max(o.Version, 8)
			}
		}
		data, _ = proto.Marshal(m)
		g, err := Import(name+".onnx", data)
		if err != nil {
			first := err
			for i, p := range in[1:] {
				if i+1 < len(m.Graph.Input) {
					q := proto.Clone(p).(*schema.Tensor)
					q.Name = m.Graph.Input[i+1].Name
					m.Graph.Initializer = append(m.Graph.Initializer, q)
				}
			}
			data, _ := proto.Marshal(m)
			if g, err = Import(name+".onnx", data); err != nil {
				t.Logf("REFUSED %s: %q | %q", name, first, err)
				continue
			}
		}
		if tryNode(t, name, g, in, out) {
			passed++
		}
	}
	t.Logf("%d of %d", passed, len(files))
}

func tryNode(t *testing.T, name string, g *nn.Graph, in, out []*schema.Tensor) bool {
	r := &reader{budget: maxExpanded}
	integer := false
	var values []golden.Value
	for i, x := range g.Inputs {
		a, err := r.unpack(in[i])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
		if x.NCHW {
			if a, err = r.turned(a, channelsLast(len(a.shape))); err != nil {
				t.Fatal(err)
			}
		}
		v := golden.Value{F32: a.f}
		switch x.Type {
		case nn.UInt8:
			v.U8 = a.b
			integer = true
		case nn.Int8:
			v.I8 = make([]int8, len(a.b))
			for i, b := range a.b {
				v.I8[i] = int8(b)
			}
			integer = true
		}
		values = append(values, v)
	}
	for _, y := range g.Outputs {
		integer = integer || y.Type != nn.Float32
	}
	var got []golden.Value
	if integer {
		m, err := golden.New(g)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
		if got, err = m.Run(t.Context(), values...); err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
	} else {
		var f [][]float32
		for _, v := range values {
			f = append(f, v.F32)
		}
		o, err := golden.Float(t.Context(), g, nil, f...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
		for _, v := range o {
			got = append(got, golden.Value{F32: v})
		}
	}
	failed := t.Failed()
	for i, y := range g.Outputs {
		want, err := r.unpack(out[i])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
		shape := y.Shape
		if y.NCHW {
			if want, err = r.turned(want, channelsLast(len(want.shape))); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(shape, want.shape) {
			t.Errorf("%s: shape %v, want %v", name, shape, want.shape)
			return false
		}
		v := got[i].F32
		within := 1e-5
		var w []float32 = want.f
		if y.Type != nn.Float32 {
			v = nil
			for _, b := range got[i].I8 {
				v = append(v, float32(b))
			}
			for _, b := range got[i].U8 {
				v = append(v, float32(b))
			}
			for i := range want.elements() {
				w = append(w, float32(want.integer(i)))
			}
			within = 1.01 / 255
		}
		agree(t, name, v, w, within)
	}
	return failed || !t.Failed()
}

var _ = strings.Contains
