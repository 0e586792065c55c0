package quant

import (
	"os"
	"path/filepath"
	"testing"

	"marvelgen/gen/nn/onnx"
)

// Networks that others made: a trained one, judged on random inputs, and one whose
// weights only show its shape, with activations up to 10^19.
func TestModels(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "..", "shared", "models", "onnx")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no folder ../shared/models/onnx beside the project: its models are not quantised")
	}
	for name, inputs := range map[string]int{"mnist": 5, "light_resnet50": 1} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, name+".onnx"))
			if err != nil {
				t.Fatal(err)
			}
			g, err := onnx.Import(name+".onnx", data)
			if err != nil {
				t.Fatal(err)
			}
			samples := RandomSamples(g, inputs, 1)
			q, err := Quantize(t.Context(), g, samples, Options{})
			if err != nil {
				t.Fatal(err)
			}
			sound(t, q)
			if name != "mnist" {
				return // the judge would take a minute
			}
			j := &judge{float: g, quant: q}
			for _, s := range samples {
				if err := j.check(s); err != nil {
					t.Error(err)
				}
			}
			t.Logf("off by up to %.1f steps, %.0f %% of the bound", j.steps, 100*j.worst)
		})
	}
}
