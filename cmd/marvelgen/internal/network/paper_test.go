package network_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/emit"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

func farthest(a, b []float32) float64 {
	worst := 0.
	for i := range a {
		if d := math.Abs(float64(a[i]) - float64(b[i])); d > worst || math.IsNaN(d) {
			worst = d
		}
	}
	return worst
}

// TestPaper runs keyword transformers with the instructions of design paper, on the
// simulator and on the RTL: the same bits, near the float network's outputs, and more
// than 4.9 times faster than soft float.
func TestPaper(t *testing.T) {
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "models")
	}
	for name, file := range map[string]string{"kwt": "zoo:kwt", "kwt_tiny": filepath.Join(dir, "kwt_tiny", "kwt_tiny.json")} {
		t.Run(name, func(t *testing.T) {
			flowtest.Steps(t, flows.StepCompile, flows.StepVerify, flows.StepHost)
			if _, err := os.Stat(file); err != nil && filepath.Ext(file) == ".json" {
				t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
			}
			_, g, err := network.Import(t.Context(), file, network.Calibration{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			m, err := network.NewReal(g)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, g.Inputs[0].Elements())
			r := rand.New(rand.NewPCG(5, 6))
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			if len(g.Samples) > 0 {
				x = g.Samples[0][0]
			}
			want, err := golden.Float(t.Context(), g, nil, x)
			if err != nil {
				t.Fatal(err)
			}
			in := []golden.Value{{F32: x}}
			b, kernels := designOf(t, "transformer.hcl", "paper")
			soft, _ := onCore(t, bench(t), m, in, m.Unjudged(), "")
			if d := farthest(network.Floats(soft.Output), want[0]); d > 1e-4 {
				t.Errorf("soft float is %g away", d)
			}
			fast, _ := onCoreWith(t, b, m, in, m.Unjudged(), "", kernels)
			if d := farthest(network.Floats(fast.Output), want[0]); d > 0.01 {
				t.Errorf("design paper is %g away", d)
			}
			if ratio := float64(soft.Cycles) / float64(fast.Cycles); ratio < 4.9 {
				t.Errorf("%.2f times faster than soft float", ratio)
			}
			model, err := b.Model(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			rtl, _ := onCoreWith(t, b, m, in, m.Unjudged(), model, kernels)
			h, err := m.NewHost(t.Context(), t.TempDir(), network.CompileOptions{SW: b.SW, Kernels: kernels})
			if err != nil {
				t.Fatal(err)
			}
			emulated, err := h.All(t.Context(), network.Input(in))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(rtl.Output, fast.Output) || !bytes.Equal(emulated, fast.Output) || rtl.Cycles != fast.Cycles {
				t.Errorf("outputs: simulator %x, RTL %x, host %x; cycles: %d, RTL %d", fast.Output, rtl.Output, emulated, fast.Cycles, rtl.Cycles)
			}
			t.Logf("%d cycles in soft float, %d on paper", soft.Cycles, fast.Cycles)
		})
	}
}

// layerOf is a network of one operator, with constants of a normal distribution.
func layerOf(op nn.Op, p nn.Params, x, y []int, constants ...[]int) *nn.Graph {
	r := rand.New(rand.NewPCG(7, uint64(op)))
	in := &nn.Tensor{Name: "x", Shape: x, Type: nn.Float32}
	n := &nn.Node{Name: "layer", Op: op, Params: p, In: []*nn.Tensor{in}, Out: []*nn.Tensor{{Name: "y", Shape: y, Type: nn.Float32}}}
	for i, shape := range constants {
		c := &nn.Tensor{Name: fmt.Sprint("c", i), Shape: shape, Type: nn.Float32}
		for range nn.Elements(shape) {
			c.F32 = append(c.F32, float32(r.NormFloat64()))
		}
		n.In = append(n.In, c)
	}
	if op == nn.MatMul {
		n.In = append(n.In, in)
	}
	return &nn.Graph{Name: "one", Nodes: []*nn.Node{n}, Inputs: []*nn.Tensor{in}, Outputs: n.Out}
}

// layerCase is a layer, and how far it may be off.
type layerCase struct {
	name  string
	graph *nn.Graph
	error float64 // relative to the largest output, or to 1 if that is larger
	scale bool    // relative to the largest output even if it is small
}

// away is the largest error, and the largest output, on inputs of each size.
func (c layerCase) away(t *testing.T, b *build.Bench, kernels []emit.File, sizes ...float64) (d, most []float64) {
	t.Helper()
	m, err := network.NewReal(c.graph)
	if err != nil {
		t.Fatal(err)
	}
	h, err := m.NewHost(t.Context(), t.TempDir(), network.CompileOptions{SW: b.SW, Kernels: kernels})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 9))
	for _, size := range sizes {
		x := make([]float32, c.graph.Inputs[0].Elements())
		for i := range x {
			x[i] = float32(r.NormFloat64() * size)
		}
		want, err := golden.Float(t.Context(), c.graph, nil, x)
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.All(t.Context(), network.Input([]golden.Value{{F32: x}}))
		if err != nil {
			t.Fatal(err)
		}
		largest := 0.
		for _, w := range want[0] {
			largest = max(largest, math.Abs(float64(w)))
		}
		d, most = append(d, farthest(network.Floats(got), want[0])), append(most, largest)
	}
	return d, most
}

// TestPaperKernels runs layers of many shapes on numbers of many sizes, with the
// instructions emulated, and finds a bug.
func TestPaperKernels(t *testing.T) {
	flowtest.Steps(t, flows.StepHost)
	b, kernels := designOf(t, "transformer.hcl", "paper")
	norm := nn.Params{Axis: 2, Epsilon: 1e-5}
	for _, c := range []layerCase{
		{"fully", layerOf(nn.FullyConnected, nn.Params{}, []int{1, 3, 16}, []int{1, 3, 12}, []int{12, 16}, []int{12}), 2e-3, false},
		{"no bias", layerOf(nn.FullyConnected, nn.Params{}, []int{1, 3, 16}, []int{1, 3, 7}, []int{7, 16}), 2e-3, true},
		{"one input", layerOf(nn.FullyConnected, nn.Params{}, []int{1, 3, 1}, []int{1, 3, 5}, []int{5, 1}), 1e-3, true},
		{"chunks", layerOf(nn.FullyConnected, nn.Params{}, []int{1, 3, 300}, []int{1, 3, 20}, []int{20, 300}, []int{20}), 5e-3, false},
		{"too long", layerOf(nn.FullyConnected, nn.Params{}, []int{1, 1, 1500}, []int{1, 1, 2}, []int{2, 1500}), 1e-5, true},
		{"products", layerOf(nn.MatMul, nn.Params{TransposeB: true}, []int{2, 6, 9}, []int{2, 6, 6}), 2e-3, false},
		{"square", layerOf(nn.MatMul, nn.Params{}, []int{1, 8, 8}, []int{1, 8, 8}), 2e-3, false},
		{"softmax", layerOf(nn.Softmax, nn.Params{Axis: 2, Beta: 0.35}, []int{1, 5, 27}, []int{1, 5, 27}), 5e-4, false},
		{"large beta", layerOf(nn.Softmax, nn.Params{Axis: 2, Beta: 5}, []int{1, 5, 27}, []int{1, 5, 27}), 1e-3, false},
		{"gelu", layerOf(nn.Gelu, nn.Params{}, []int{1, 5, 24}, []int{1, 5, 24}), 1e-3, false},
		{"gelu by tanh", layerOf(nn.Gelu, nn.Params{TanhForm: true}, []int{1, 5, 24}, []int{1, 5, 24}), 1e-5, false},
		{"norm", layerOf(nn.LayerNorm, norm, []int{1, 5, 12}, []int{1, 5, 12}, []int{12}, []int{12}), 2e-3, false},
		{"norm of 256", layerOf(nn.LayerNorm, norm, []int{1, 5, 256}, []int{1, 5, 256}, []int{256}, []int{256}), 5e-3, false},
		{"long norm", layerOf(nn.LayerNorm, norm, []int{1, 2, 300}, []int{1, 2, 300}, []int{300}, []int{300}), 1e-5, false},
		{"add", layerOf(nn.Add, nn.Params{}, []int{1, 5, 12}, []int{1, 5, 12}, []int{12}), 2e-4, false},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			sizes := []float64{0, 1e-30, 1e-6, 1e-2, 1, 30, 1e6}
			away, most := c.away(t, b, kernels, sizes...)
			for i, d := range away {
				if limit := c.error * max(most[i], 1); d > limit || c.scale && d > c.error*most[i] && sizes[i] > 1e-10 {
					t.Errorf("inputs of size %g: %g away, outputs up to %g", sizes[i], d, most[i])
				}
			}
		})
	}
	broken := append([]emit.File(nil), kernels...)
	for i, k := range broken {
		broken[i].Data = []byte(strings.Replace(string(k.Data), "mv_tofixed(paper_bits(bias + c), bs)", "mv_tofixed(paper_bits(bias + c), bs - 1)", 1))
	}
	g := layerOf(nn.FullyConnected, nn.Params{}, []int{1, 3, 16}, []int{1, 3, 7}, []int{7, 16}, []int{7})
	if d, _ := (layerCase{graph: g}).away(t, b, broken, 1); d[0] < 0.1 {
		t.Errorf("half of a bias is %g away", d[0])
	}
}
