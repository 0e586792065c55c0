package onnx

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/onnx/schema"
)

// models is the folder with models that others made.
func models(t testing.TB) string {
	dir := "../../../../shared/models/onnx"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no models at ../shared/models/onnx")
	}
	return dir
}

func load(t testing.TB, file string) *nn.Graph {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Import(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// readTensor reads a file that holds one tensor, as ONNX's test data do.
func readTensor(t testing.TB, file string) *array {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := new(schema.Tensor)
	if err := proto.Unmarshal(data, p); err != nil {
		t.Fatal(err)
	}
	a, err := (&reader{budget: maxExpanded}).unpack(p)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// turn brings elements from the file's NCHW to the graph's NHWC, or back.
func turn(t testing.TB, v []float32, shape []int, back bool) []float32 {
	perm := channelsLast(len(shape))
	if back {
		inverse := make([]int, len(perm))
		for k, p := range perm {
			inverse[p] = k
		}
		perm = inverse
	}
	a, err := (&reader{budget: maxExpanded}).turned(&array{typ: typeFloat, shape: shape, f: v}, perm)
	if err != nil {
		t.Fatal(err)
	}
	return a.f
}

// run executes a graph in floating point on inputs as the file has them, and
// returns outputs as the file has them.
func run(t testing.TB, g *nn.Graph, inputs ...*array) [][]float32 {
	t.Helper()
	var in [][]float32
	for i, a := range inputs {
		v := a.f
		if g.Inputs[i].NCHW {
			v = turn(t, v, a.shape, false)
		}
		in = append(in, v)
	}
	out, err := golden.Float(t.Context(), g, nil, in...)
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range g.Outputs {
		if y.NCHW {
			out[i] = turn(t, out[i], y.Shape, true)
		}
	}
	return out
}

// agree compares outputs within a part of the largest expected one.
func agree(t testing.TB, what string, got, want []float32, within float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	top, worst, at := 0., 0., 0
	for i, w := range want {
		top = max(top, math.Abs(float64(w)))
		if d := math.Abs(float64(got[i]) - float64(w)); d > worst || math.IsNaN(d) {
			worst, at = d, i
		}
	}
	if !(worst <= within*top) {
		t.Errorf("%s: element %d is %v, want %v; the largest is %v", what, at, got[at], want[at], top)
	}
	t.Logf("%s: %d elements, worst difference %.3g of %.3g", what, len(want), worst, top)
}

// TestLightModels runs whole networks, whose weights are one number each, on the
// input that ONNX's test runner gives them: element i of n is i/n.
func TestLightModels(t *testing.T) {
	for _, c := range []struct {
		name string
		slow bool
	}{{"light_resnet50", true}, {"light_densenet121", true}, {"light_vgg19", true}} {
		t.Run(c.name, func(t *testing.T) {
			dir := models(t)
			g := load(t, filepath.Join(dir, c.name+".onnx"))
			for _, n := range g.Nodes {
				if n.Op == nn.Transpose {
					t.Errorf("a transposition at run time: %s %v", n.Source, n.In[0])
				}
			}
			if c.slow && testing.Short() {
				t.Skip("executing it takes long")
			}
			x := &array{typ: typeFloat, shape: []int{1, 3, 224, 224}}
			n := x.elements()
			for i := range n {
				x.f = append(x.f, float32(float64(i)/float64(n)))
			}
			y := run(t, g, x)[0]
			agree(t, c.name, y, readTensor(t, filepath.Join(dir, c.name+"_output_0.pb")).f, 1e-4)
		})
	}
}

func TestMNIST(t *testing.T) {
	dir := models(t)
	g := load(t, filepath.Join(dir, "mnist.onnx"))
	set := filepath.Join(dir, "mnist_test_data_set_0")
	y := run(t, g, readTensor(t, filepath.Join(set, "input_0.pb")))[0]
	agree(t, "mnist", y, readTensor(t, filepath.Join(set, "output_0.pb")).f, 1e-5)
	t.Log(render(g))
}

func TestKeywordSpotting(t *testing.T) {
	g := load(t, filepath.Join(models(t), "kws_micro_qdq.onnx"))
	t.Log(render(g))
	m, err := golden.New(g)
	if err != nil {
		t.Fatal(err)
	}
	y, err := m.Run(t.Context(), golden.Value{F32: make([]float32, g.Inputs[0].Elements())})
	t.Log(y, err)
}
