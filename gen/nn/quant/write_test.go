package quant

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/tflite"
)

// Networks that are drawn compute the same, bit for bit, written as a file and read
// again; those whose padding the format cannot say are refused.
func TestWritten(t *testing.T) {
	written, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := drawn(t)
		in := RandomSamples(g, 1, 1)
		q, err := Quantize(t.Context(), g, in, Options{FloatInputs: rapid.Bool().Draw(t, "float in"), FloatOutputs: rapid.Bool().Draw(t, "float out")})
		if err != nil {
			t.Fatal(err)
		}
		data, err := tflite.Write(q)
		if err != nil {
			if !strings.Contains(err.Error(), "the format cannot say") {
				t.Fatal(err)
			}
			refused++
			return
		}
		written++
		back, err := tflite.Import("test", data)
		if err != nil {
			t.Fatal(err)
		}
		x := golden.Value{F32: in[0][0]}
		if q.Inputs[0].Quant != nil {
			x = quantized(q.Inputs[0], in[0][0])
		}
		want, err := execute(t, q, x)
		if err != nil {
			t.Fatal(err)
		}
		got, err := execute(t, back, x)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%v has become %v", want, got)
		}
	})
	t.Logf("%d written, %d refused", written, refused)
	if written < 50 && !testing.Short() { // which draws fewer
		t.Errorf("%d were written, %d refused", written, refused)
	}
}

func execute(t *rapid.T, g *nn.Graph, x golden.Value) ([]golden.Value, error) {
	m, err := golden.New(g)
	if err != nil {
		return nil, err
	}
	return m.Run(t.Context(), x)
}
