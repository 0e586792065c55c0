package quant

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/tflite"
	"marvelgen/gen/nn/zoo"
)

// Networks that are drawn compute the same, bit for bit, written as a file and read
// again; those with a padding or an operator that the format cannot say are refused.
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

// TestUnchanged: without options, a network is quantised into the very bytes that it was
// when LeNet-5 was shipped, whose recipe relies on it. Other processors may fuse
// multiplications with additions in floats, which rounds otherwise.
func TestUnchanged(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the bytes are those that amd64 computes")
	}
	g, err := zoo.Build("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	q, err := Quantize(t.Context(), g, RandomSamples(g, 2, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := tflite.Write(q)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != "7f69d275954958741b41a80699908067cc125b0a0c3fd3e0cf00a6efbeabaab9" {
		t.Errorf("the file's sha256 is %s", got)
	}
}
