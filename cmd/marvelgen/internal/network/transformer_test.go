package network_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/quant"
)

// TestEmbedding runs what a transformer of text begins with: rows of a table by tokens,
// whose indices are int32, with their positions added and normalised.
func TestEmbedding(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile, flows.StepHost)
	const tokens, words, dim = 11, 50, 24
	r := rand.New(rand.NewPCG(3, 3))
	tensor := func(name string, shape ...int) *nn.Tensor {
		return &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32}
	}
	constant := func(name string, shape ...int) *nn.Tensor {
		x := tensor(name, shape...)
		for range x.Elements() {
			x.F32 = append(x.F32, float32(r.NormFloat64()))
		}
		return x
	}
	index, rows, sum, y := tensor("tokens", 1, tokens), tensor("rows", 1, tokens, dim), tensor("sum", 1, tokens, dim), tensor("y", 1, tokens, dim)
	index.Type = nn.Int32
	float := &nn.Graph{Name: "embedding", File: "embedding", Inputs: []*nn.Tensor{index}, Outputs: []*nn.Tensor{y}, Nodes: []*nn.Node{
		{Name: "rows", Op: nn.Gather, In: []*nn.Tensor{constant("words", words, dim), index}, Out: []*nn.Tensor{rows}},
		{Name: "sum", Op: nn.Add, In: []*nn.Tensor{rows, constant("positions", tokens, dim)}, Out: []*nn.Tensor{sum}},
		{Name: "norm", Op: nn.LayerNorm, In: []*nn.Tensor{sum, constant("gain", dim), constant("bias", dim)}, Out: []*nn.Tensor{y}, Params: nn.Params{Axis: 2, Epsilon: 1e-12}},
	}}
	g, err := quant.Quantize(t.Context(), float, quant.RandomSamples(float, 8, 1), quant.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, in, ref := withInput(t, g, float)
	m.Float = float
	b := bench(t)
	h, err := m.NewHost(t.Context(), t.TempDir(), network.CompileOptions{SW: b.SW})
	if err != nil {
		t.Fatal(err)
	}
	host, err := h.Run(t.Context(), network.Input(in), ref)
	if err != nil {
		t.Fatal(err)
	}
	core, _ := onCore(t, b, m, in, ref, "")
	if !host.Equal() || !core.Equal() {
		t.Errorf("host: %s; core: %s", host.Difference(), core.Difference())
	}
	e, err := m.CompareFloat(t.Context(), in, core.Output)
	if err != nil {
		t.Fatal(err)
	}
	if e.Steps > 8 { // a step of a sum is several of what is normalised
		t.Errorf("off by %.2f steps", e.Steps)
	}
	t.Logf("off by %.2f steps", e.Steps)
}

// TestTransformers runs transformers on the simulated core, the small ones on the RTL
// too, on inputs that others did not calibrate them by: every layer equals the golden
// execution.
func TestTransformers(t *testing.T) {
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "models")
	}
	for name, c := range map[string]struct {
		file   string
		rtl    bool
		cycles float64 // for each multiplication, at most: others are compared with them
	}{
		"kwt":       {"zoo:kwt", true, 7.5},
		"kwt_tiny":  {filepath.Join(dir, "kwt_tiny", "kwt_tiny.json"), true, 7.5},
		"bert_tiny": {"zoo:bert_tiny", false, 3.2},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []string{flows.StepCompile}
			if c.rtl {
				steps = append(steps, flows.StepVerify)
			}
			flowtest.Steps(t, steps...)
			if _, err := os.Stat(c.file); err != nil && filepath.Ext(c.file) == ".json" {
				t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
			}
			m, in, ref := imported(t, c.file)
			b := bench(t)
			models := []string{""}
			if c.rtl {
				rtl, err := b.Model(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				models = append(models, rtl)
			}
			for _, model := range models {
				s, _ := onCore(t, b, m, in, ref, model)
				if !s.Equal() {
					t.Errorf("RTL %v: %s", model != "", s.Difference())
				}
				each := float64(s.Cycles) / float64(m.MACs())
				if each > c.cycles {
					t.Errorf("%.2f cycles for each multiplication, more than %.2f", each, c.cycles)
				}
				t.Logf("%d cycles, %.3f for each multiplication", s.Cycles, each)
			}
		})
	}
}
