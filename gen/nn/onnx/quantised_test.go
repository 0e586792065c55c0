package onnx

import (
	"math"
	"path/filepath"
	"testing"

	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/quant"
)

// TestMnistInInt8 quantises another's float model by its test input: the int8 network's
// outputs are within one step of those that its makers expect. Without the correction
// of biases they are not.
func TestMnistInInt8(t *testing.T) {
	dir := models(t)
	g := load(t, filepath.Join(dir, "mnist.onnx"))
	set := filepath.Join(dir, "mnist_test_data_set_0")
	in, want := readTensor(t, filepath.Join(set, "input_0.pb")), readTensor(t, filepath.Join(set, "output_0.pb"))
	worst := func(correct bool) float64 {
		q, err := quant.Quantize(t.Context(), g, [][][]float32{{in.f}}, quant.Options{CorrectBiases: correct})
		if err != nil {
			t.Fatal(err)
		}
		m, err := golden.New(q)
		if err != nil {
			t.Fatal(err)
		}
		x, y := q.Inputs[0], q.Outputs[0]
		v := golden.NewValue(x.Type, x.Elements())
		for i, r := range in.f {
			v.I8[i] = int8(min(max(math.RoundToEven(float64(r)/float64(x.Quant.Scale[0]))+float64(x.Quant.Zero[0]), -128), 127))
		}
		out, err := m.Run(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		most := 0.
		for i, r := range golden.Real(y, out[0]) {
			most = max(most, math.Abs(float64(r)-float64(want.f[i]))/float64(y.Quant.Scale[0]))
		}
		return most
	}
	plain, corrected := worst(false), worst(true)
	t.Logf("%.2f steps, corrected %.2f", plain, corrected)
	if corrected > 1 || plain <= 1 {
		t.Errorf("%.2f steps from the expected outputs, corrected %.2f; at most 1 is wanted", plain, corrected)
	}
}
