package network_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn/samples"
)

// TestModelsOnRTL runs others' models, one input each, on the RTL in lockstep with the
// simulator: every layer equals the golden execution, and the outputs are those that
// the reference kernels computed.
func TestModelsOnRTL(t *testing.T) {
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "models")
	}
	flowtest.Steps(t, flows.StepCompile, flows.StepVerify)
	b := bench(t)
	var model string
	for _, name := range []string{"mnist_cnn", "mnist_resnet", "ad_autoencoder", "kws_dscnn", "ic_resnet8"} {
		t.Run(name, func(t *testing.T) {
			at := func(suffix string) string { return filepath.Join(dir, "tflite", name+suffix) }
			want, err := os.ReadFile(at(".out.bin"))
			if err != nil {
				t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
			}
			g, _, err := network.Import(t.Context(), at(".tflite"), network.Calibration{})
			if err != nil {
				t.Fatal(err)
			}
			m, err := network.New(g)
			if err != nil {
				t.Fatal(err)
			}
			in, err := samples.Read(at(".in.bin"), g.Inputs[0], samples.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ref, err := m.Judge(t.Context(), in.Values[0])
			if err != nil {
				t.Fatal(err)
			}
			if model == "" {
				if model, err = b.Model(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			s, _ := onCore(t, b, m, in.Values[:1], ref, model)
			if !s.Equal() || !bytes.Equal(s.Output, want[:len(s.Output)]) {
				t.Errorf("differs: %s", s.Difference())
			}
			t.Logf("%d cycles, %.3f for each multiplication, %d instructions in lockstep", s.Cycles, float64(s.Cycles)/float64(m.MACs()), s.Lockstep)
		})
	}
}
