package network_test

import (
	"os"
	"path/filepath"
	"testing"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

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
			g, float, err := network.Import(t.Context(), c.file, network.Calibration{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			m, err := network.New(g)
			if err != nil {
				t.Fatal(err)
			}
			in, err := network.RandomInputs(g, float, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			ref, err := m.Judge(t.Context(), in[0]...)
			if err != nil {
				t.Fatal(err)
			}
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
				s, _ := onCore(t, b, m, in[0], ref, model)
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
