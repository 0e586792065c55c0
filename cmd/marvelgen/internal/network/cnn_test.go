package network_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/quant"
	"marvelgen/specs"
)

// layersOf makes a float network of single layers side by side, each with an input
// and an output of its own, and weights by a seed.
type layersOf struct {
	*nn.Graph
	rng *rand.Rand
}

func (l *layersOf) tensor(constant bool, shape ...int) *nn.Tensor {
	t := &nn.Tensor{Name: fmt.Sprintf("t%d", l.rng.Uint32()), Type: nn.Float32, Shape: shape}
	if constant {
		for range t.Elements() {
			t.F32 = append(t.F32, float32(l.rng.NormFloat64()))
		}
	}
	return t
}

func (l *layersOf) add(op nn.Op, p nn.Params, out []int, in []*nn.Tensor) {
	y := l.tensor(false, out...)
	l.Nodes = append(l.Nodes, &nn.Node{Name: fmt.Sprintf("%s%d", op, len(l.Nodes)), Op: op, Params: p, In: in, Out: []*nn.Tensor{y}})
	for _, t := range in {
		if !t.Const() {
			l.Inputs = append(l.Inputs, t)
		}
	}
	l.Outputs = append(l.Outputs, y)
}

// window adds a convolution, or a depthwise one where outs is 0.
func (l *layersOf) window(height, width, channels, outs int, kernel, stride, before, after [2]int) {
	w := nn.Window{Kernel: kernel, Stride: stride, Dilation: [2]int{1, 1}, Before: before, After: after}
	x, op, p := l.tensor(false, 1, height, width, channels), nn.Conv, nn.Params{Window: w, Groups: 1, Act: nn.ReluAct}
	weights := l.tensor(true, outs, kernel[0], kernel[1], channels)
	if outs == 0 {
		op, p, outs = nn.Depthwise, nn.Params{Window: w, Multiplier: 1}, channels
		weights = l.tensor(true, 1, kernel[0], kernel[1], channels)
	}
	size := func(i, n int) int { return (n+before[i]+after[i]-kernel[i])/stride[i] + 1 }
	l.add(op, p, []int{1, size(0, height), size(1, width), outs}, []*nn.Tensor{x, weights, l.tensor(true, outs)})
}

// pool adds a pool without padding.
func (l *layersOf) pool(op nn.Op, act nn.Act, height, width, channels int, kernel, stride [2]int) {
	p := nn.Params{Act: act, Window: nn.Window{Kernel: kernel, Stride: stride, Dilation: [2]int{1, 1}}}
	l.add(op, p, []int{1, (height-kernel[0])/stride[0] + 1, (width-kernel[1])/stride[1] + 1, channels}, []*nn.Tensor{l.tensor(false, 1, height, width, channels)})
}

// designOf is a design of a shipped spec and the kernels that it has.
func designOf(t *testing.T, file, design string) (*build.Bench, []emit.File) {
	t.Helper()
	src, err := specs.FS.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	b, err := build.NewBench(loaded, design, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	kernels, err := build.KernelsOf(b.Machine)
	if err != nil {
		t.Fatal(err)
	}
	return b, kernels
}

// TestKernelsOfCNN runs layers of many shapes with the kernels of cnn.hcl: windows
// with and without padding, strides, few and odd channels, short and long ones.
func TestKernelsOfCNN(t *testing.T) {
	for _, design := range []string{"wide", "lean"} {
		t.Run(design, func(t *testing.T) { kernelsOfCNN(t, design) })
	}
}

func kernelsOfCNN(t *testing.T, design string) {
	flowtest.Steps(t, flows.StepCompile)
	l := &layersOf{&nn.Graph{Name: "layers", File: "layers"}, rand.New(rand.NewPCG(1, 2))}
	one, two, none := [2]int{1, 1}, [2]int{2, 2}, [2]int{}
	kernels := [][2]int{one, {3, 3}, {5, 5}, {2, 3}}
	half := func(k [2]int) [2]int { return [2]int{k[0] / 2, k[1] / 2} }
	for _, k := range kernels { // tensors of whole words
		l.window(6, 6, 8, 12, k, one, half(k), half(k))
		l.window(9, 8, 4, 8, k, two, none, none)
		l.window(7, 8, 1, 32, k, two, half(k), half(k)) // gathered where that pays
		l.window(8, 8, 12, 0, k, one, half(k), none)    // depthwise
		l.window(9, 9, 16, 0, k, two, none, none)       // the same with a stride
	}
	l.window(1, 1, 1024, 4, one, one, none, none)
	l.window(10, 4, 1, 64, [2]int{10, 4}, two, [2]int{4, 1}, [2]int{5, 1})
	l.window(20, 4, 8, 8, [2]int{3, 3}, one, one, one) // down the longer side
	l.window(23, 3, 8, 0, [2]int{3, 3}, one, one, one) // the same, depthwise
	for _, depth := range []int{20, 64, 100} {
		l.add(nn.FullyConnected, nn.Params{}, []int{1, 12}, []*nn.Tensor{l.tensor(false, 1, depth), l.tensor(true, 12, depth), l.tensor(true, 12)})
	}
	l.add(nn.FullyConnected, nn.Params{}, []int{1, 4}, []*nn.Tensor{l.tensor(false, 1, 9000), l.tensor(true, 4, 9000), l.tensor(true, 4)}) // in parts
	for _, n := range []int{4, 60, 17000} {
		l.add(nn.Add, nn.Params{}, []int{1, n}, []*nn.Tensor{l.tensor(false, 1, n), l.tensor(false, 1, n)})
	}
	for _, n := range []int{1, 2, 3, 4, 5, 7, 9, 10, 11, 30} { // windows of so many words, three of them and one
		l.window(1, 3, 4*n, 8, one, one, none, none)
		l.window(1, 1, 4*n, 8, one, one, none, none)
	}
	l.window(9, 2, 3, 4, one, one, none, none)                   // four phases
	l.window(7, 1, 6, 4, [2]int{5, 1}, one, none, none)          // rows of one window
	l.window(8, 9, 48, 4, [2]int{3, 3}, one, one, one)           // rows of many words
	for _, k := range [][2]int{{2, 2}, {3, 3}, {2, 3}, {8, 8}} { // averages of even and odd counts
		l.pool(nn.AveragePool, nn.ReluAct, 8, 8, 8, k, two)
	}
	for _, act := range []nn.Act{nn.NoAct, nn.ReluN1To1Act} { // the portable kernel takes words, halves and bytes
		l.pool(nn.MaxPool, act, 8, 8, 6, two, two)
		l.pool(nn.MaxPool, act, 8, 8, 8, two, two)
		l.pool(nn.MaxPool, act, 6, 8, 14, two, two)
		l.pool(nn.MaxPool, act, 6, 7, 6, two, two) // rows and windows that begin within a word
		l.pool(nn.MaxPool, act, 5, 6, 6, two, one)
		l.pool(nn.MaxPool, act, 4, 6, 2, two, two)
		l.pool(nn.MaxPool, act, 4, 6, 5, two, two)
		l.pool(nn.MaxPool, act, 7, 8, 8, [2]int{3, 3}, two)
	}
	l.window(11, 11, 1, 6, [2]int{5, 5}, one, two, two)   // the same, stored as bytes
	l.window(1, 1, 64, 9, one, one, none, none)           // a matrix
	l.window(9, 10, 3, 8, [2]int{5, 5}, one, none, two)   // phases, rows of no whole turns
	l.window(12, 13, 3, 8, [2]int{7, 7}, two, none, none) // two phases
	l.window(12, 8, 3, 8, [2]int{3, 3}, one, one, one)    // phases whose rows follow each other
	l.window(30, 8, 3, 4, [2]int{3, 3}, one, one, one)    // the same, down the longer side
	for _, k := range kernels {                           // odd channels on either side
		l.window(6, 5, 3, 6, k, one, half(k), half(k))
	}
	for _, n := range []int{1, 2, 3, 7, 9, 10, 11} { // stored as halves, and as bytes
		l.window(3, 3, 4*n, 6, one, one, none, none)
		l.window(3, 3, 4*n, 5, one, one, none, none)
	}
	fast := len(l.Nodes) // the rest falls back
	l.pool(nn.AveragePool, nn.NoAct, 8, 8, 6, two, two)
	for _, k := range kernels {
		l.window(6, 6, 6, 0, k, one, half(k), half(k))
	}
	l.window(3, 3, 1024, 4, [2]int{3, 3}, one, none, none) // too long
	l.add(nn.FullyConnected, nn.Params{}, []int{1, 5}, []*nn.Tensor{l.tensor(false, 1, 6), l.tensor(true, 5, 6)})
	l.add(nn.FullyConnected, nn.Params{}, []int{1, 12}, []*nn.Tensor{l.tensor(false, 1, 4), l.tensor(true, 12, 4)})
	l.add(nn.Add, nn.Params{}, []int{1, 7}, []*nn.Tensor{l.tensor(false, 1, 7), l.tensor(false, 1, 7)})
	reals := quant.RandomSamples(l.Graph, 1, 3)
	g, err := quant.Quantize(t.Context(), l.Graph, reals, quant.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, in, ref := withInput(t, g, l.Graph)
	b, header := designOf(t, "cnn.hcl", design)
	s, _ := onCoreWith(t, b, m, in, ref, "", header)
	if !s.Equal() {
		t.Errorf("differs: %s", s.Difference())
	}
	portable := map[string]bool{"three_rows": true, "one_row": true, "any_window": true, "three_by_three": true, "nn_add": true, "nn_average_pool": true}
	for i, p := range m.ProfileOf(s, b.Machine, nil, 0).Layers {
		if design == "lean" && strings.HasSuffix(p.Operator, "_pool") {
			continue // it has no kernels for pools
		}
		if portable[p.Kernel] != (i >= fast) {
			t.Errorf("%s, %d multiplications, runs on %s %v", p.Name, p.MACs, p.Kernel, p.Notes)
		}
	}
}
