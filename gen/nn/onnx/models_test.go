package onnx

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// models is the folder with models that others made.
func models(t testing.TB) string {
	dir := "../../../../shared/models/onnx"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no folder ../shared/models/onnx beside the project: its models are not tested")
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

// readTensor reads a file that holds one tensor of float32.
func readTensor(t testing.TB, file string) *array {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadTensor(data)
	if err != nil {
		t.Fatal(err)
	}
	return &array{typ: typeFloat, shape: c.Shape, f: c.F32}
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
	dir := models(t)
	for _, name := range []string{"light_resnet50", "light_densenet121", "light_vgg19"} {
		t.Run(name, func(t *testing.T) {
			g := load(t, filepath.Join(dir, name+".onnx"))
			for _, n := range g.Nodes {
				if n.Op == nn.Transpose {
					t.Errorf("a transposition at run time: %s %v", n.Source, n.In[0])
				}
			}
			if testing.Short() {
				t.Skip("imported only: executing it takes ten seconds")
			}
			x := &array{typ: typeFloat, shape: []int{1, 3, 224, 224}}
			n := x.elements()
			for i := range n {
				x.f = append(x.f, float32(float64(i)/float64(n)))
			}
			y := run(t, g, x)[0]
			agree(t, name, y, readTensor(t, filepath.Join(dir, name+"_output_0.pb")).f, 1e-5)
		})
	}
}

// TestMNIST: its biases are Adds of their own, its weights need a reshape.
func TestMNIST(t *testing.T) {
	dir := models(t)
	g := load(t, filepath.Join(dir, "mnist.onnx"))
	if want := "conv max_pool conv max_pool fully_connected"; kindsOf(g) != want {
		t.Errorf("nodes %s, want %s", kindsOf(g), want)
	}
	set := filepath.Join(dir, "mnist_test_data_set_0")
	y := run(t, g, readTensor(t, filepath.Join(set, "input_0.pb")))[0]
	agree(t, "mnist", y, readTensor(t, filepath.Join(set, "output_0.pb")).f, 1e-5)
}

// keywordLogits are the integers before the softmax of kws_micro_qdq.onnx, tensor
// Add__25:0_QuantizeLinear_Output, as ONNX Runtime 1.32 computes them with graph
// optimisation disabled, on inputs k = 0 to 3: element i is
// ((i*i*(k+1) + 31*i*(k+7)) mod 257) * 0.1 in float32.
var keywordLogits = [][]int8{
	{-30, -98, -86, -88, -100, -84, -91, -99, -98, -105},
	{-29, -98, -89, -88, -95, -81, -92, -101, -94, -101},
	{-37, -95, -83, -91, -102, -90, -87, -103, -105, -107},
	{-19, -100, -86, -91, -98, -84, -94, -102, -97, -101},
}

// TestKeywordSpotting runs a network in QDQ in integers. ONNX Runtime rounds
// otherwise than the graph's arithmetic, and with optimisation otherwise than
// without; all differ by one step at most.
func TestKeywordSpotting(t *testing.T) {
	g := load(t, filepath.Join(models(t), "kws_micro_qdq.onnx"))
	want := "quantize reshape conv max_pool conv average_pool conv average_pool " +
		"fully_connected add fully_connected add fully_connected add softmax quantize dequantize"
	if kindsOf(g) != want {
		t.Fatalf("nodes %s, want %s", kindsOf(g), want)
	}
	m, err := golden.New(g)
	if err != nil {
		t.Fatal(err)
	}
	var logits []int8
	m.Trace = func(n *nn.Node, _ *nn.Tensor, v golden.Value) {
		if n.Op == nn.Add {
			logits = append(logits[:0], v.I8...)
		}
	}
	for k, want := range keywordLogits {
		x := make([]float32, g.Inputs[0].Elements())
		for i := range x {
			x[i] = float32((i*i*(k+1)+31*i*(k+7))%257) * 0.1
		}
		if _, err := m.Run(t.Context(), golden.Value{F32: x}); err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if d := int(logits[i]) - int(w); d < -1 || d > 1 {
				t.Errorf("input %d, element %d: %d, ONNX Runtime has %d", k, i, logits[i], w)
			}
		}
	}
}

// TestJudgesBite damages a network in ways in which an importer may err, and looks
// whether the comparison with the expected output finds each.
func TestJudgesBite(t *testing.T) {
	dir := models(t)
	set := filepath.Join(dir, "mnist_test_data_set_0")
	x, want := readTensor(t, filepath.Join(set, "input_0.pb")), readTensor(t, filepath.Join(set, "output_0.pb")).f
	for _, c := range []struct {
		bug    string
		damage func(g *nn.Graph)
	}{
		{"a flattened tensor's weights in the file's order", func(g *nn.Graph) {
			w := g.Nodes[4].In[1]
			a, _ := (&reader{budget: maxExpanded}).turned(&array{typ: typeFloat, shape: []int{10, 16, 16}, f: w.F32}, []int{0, 2, 1})
			w.F32 = a.f
		}},
		{"padding at the wrong end", func(g *nn.Graph) { g.Nodes[2].Window.Before, g.Nodes[2].Window.After = [2]int{1, 2}, [2]int{3, 2} }},
		{"an activation lost", func(g *nn.Graph) { g.Nodes[0].Act = nn.NoAct }},
		{"a bias lost", func(g *nn.Graph) { g.Nodes[2].In[2] = nil }},
		{"kernels with height and width exchanged", func(g *nn.Graph) {
			w := g.Nodes[0].In[1]
			a, _ := (&reader{budget: maxExpanded}).turned(&array{typ: typeFloat, shape: w.Shape, f: w.F32}, []int{0, 2, 1, 3})
			w.F32 = a.f
		}},
	} {
		g := load(t, filepath.Join(dir, "mnist.onnx"))
		c.damage(g)
		worst := 0.
		for i, v := range run(t, g, x)[0] {
			worst = max(worst, math.Abs(float64(v-want[i])))
		}
		if worst < 1e-3 {
			t.Errorf("%s: not found, the worst difference is %v", c.bug, worst)
		}
	}
}
