package quant

import (
	"fmt"
	"math"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// attention is the scores of six queries and keys, a mask that hides the keys that
// follow, a constant or an input, and the softmax.
func attention(hidden float32, constant bool) (*nn.Graph, [][][]float32) {
	tensor := func(name string, shape ...int) *nn.Tensor {
		return &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32}
	}
	x, y, mask := tensor("x", 1, 6, 4), tensor("y", 1, 6, 4), tensor("mask", 1, 6, 6)
	s, m, p := tensor("scores", 1, 6, 6), tensor("masked", 1, 6, 6), tensor("p", 1, 6, 6)
	g := &nn.Graph{Name: "g", File: "test", Inputs: []*nn.Tensor{x, y}, Outputs: []*nn.Tensor{p}, Nodes: []*nn.Node{
		{Name: "scores", Op: nn.MatMul, In: []*nn.Tensor{x, y}, Out: []*nn.Tensor{s}, Params: nn.Params{TransposeB: true}},
		{Name: "masked", Op: nn.Add, In: []*nn.Tensor{s, mask}, Out: []*nn.Tensor{m}},
		{Name: "p", Op: nn.Softmax, In: []*nn.Tensor{m}, Out: []*nn.Tensor{p}, Params: nn.Params{Axis: 2, Beta: 0.5}},
	}}
	var hides []float32
	for i := range 36 {
		if i%6 > i/6 {
			hides = append(hides, hidden)
		} else {
			hides = append(hides, 0)
		}
	}
	samples := RandomSamples(g, 4, 5)
	if constant {
		mask.F32 = hides
		return g, samples
	}
	g.Inputs = append(g.Inputs, mask)
	for i := range samples {
		samples[i] = append(samples[i], hides)
	}
	return g, samples
}

// missed is the largest difference of what quantised attention gives, in 256ths.
func missed(t *testing.T, g, q *nn.Graph, samples [][][]float32) (worst float64) {
	m, err := golden.New(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		var in []golden.Value
		for i, x := range q.Inputs {
			in = append(in, quantized(x, s[i]))
		}
		got, err := m.Run(t.Context(), in...)
		if err != nil {
			t.Fatal(err)
		}
		want, err := golden.Float(t.Context(), g, nil, s...)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range golden.Real(q.Outputs[0], got[0]) {
			worst = max(worst, 256*math.Abs(float64(v-want[0][i])))
		}
	}
	return worst
}

// However large the number that hides a key, scores keep their steps.
func TestMasks(t *testing.T) {
	for _, hidden := range []float32{0, -50, -1e4, -1e9, -math.MaxFloat32, float32(math.Inf(-1))} {
		for _, constant := range []bool{true, false} {
			t.Run(fmt.Sprint(hidden, constant), func(t *testing.T) {
				g, samples := attention(hidden, constant)
				for clip := range MSE + 1 {
					q, err := Quantize(t.Context(), g, samples, Options{Clip: clip, Percent: 100})
					if err != nil {
						t.Fatal(err)
					}
					sound(t, q)
					if off := missed(t, g, q, samples); off > 8 {
						t.Errorf("off by %.1f steps", off)
					} else {
						t.Logf("off by %.1f steps", off)
					}
				}
			})
		}
	}
	// Seeded: a mask that something else reads is a number like others.
	g, samples := attention(-1e9, true)
	g.Outputs = append(g.Outputs, g.Nodes[1].Out[0])
	q, err := Quantize(t.Context(), g, samples, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if off := missed(t, g, q, samples); off < 30 {
		t.Errorf("lost scores are off by %.1f steps only", off)
	}
}

// A row that is masked as a whole says nothing of the range.
func TestUnmasked(t *testing.T) {
	n := &nn.Node{Op: nn.Softmax, In: []*nn.Tensor{{Shape: []int{2, 3}}}, Params: nn.Params{Axis: 1, Beta: 1}}
	got := unmasked(n, []float32{1, 5, -1000, -2000, -1000, -1001})
	if fmt.Sprint(got) != "[1 5 -7]" {
		t.Errorf("%v", got)
	}
	if v := []float32{1, 5, -90, 0, 0, 0}; fmt.Sprint(unmasked(n, v)) != fmt.Sprint(v) {
		t.Errorf("%v", unmasked(n, v))
	}
}
