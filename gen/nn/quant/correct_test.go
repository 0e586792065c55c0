package quant

import (
	"math"
	"reflect"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/zoo"
)

// meanError is that of each channel of every layer with weights, in steps of its
// output, on average over channels and layers: what correcting biases is to lower.
func meanError(t *testing.T, g, q *nn.Graph, samples [][][]float32) float64 {
	t.Helper()
	float, int8s := map[string][]float64{}, map[string][]float64{}
	add := func(to map[string][]float64, x *nn.Tensor, v []float32) {
		outs := x.Shape[len(x.Shape)-1]
		if to[x.Name] == nil {
			to[x.Name] = make([]float64, outs)
		}
		for i, r := range v {
			to[x.Name][i%outs] += float64(r)
		}
	}
	m, err := golden.New(q)
	if err != nil {
		t.Fatal(err)
	}
	m.Trace = func(_ *nn.Node, x *nn.Tensor, v golden.Value) { add(int8s, x, golden.Real(x, v)) }
	for _, s := range samples {
		if _, err := golden.Float(t.Context(), g, func(x *nn.Tensor, v []float32) { add(float, x, v) }, s...); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Run(t.Context(), quantized(q.Inputs[0], s[0])); err != nil {
			t.Fatal(err)
		}
	}
	sum, n := 0., 0
	for _, node := range q.Nodes {
		if !weighs(node, 1) {
			continue
		}
		x := node.Out[0]
		each := float64(x.Elements()/x.Shape[len(x.Shape)-1]) * float64(len(samples))
		for c, v := range int8s[x.Name] {
			sum += math.Abs(v-float[x.Name][c]) / each / step(x)
			n++
		}
	}
	return sum / float64(n)
}

// TestCorrectBiases: channels' means come closer to the float network's, on the
// samples and on others; the same corrections with the wrong sign, or of the next
// channel, are worse than none; without the option nothing changes.
func TestCorrectBiases(t *testing.T) {
	g, err := zoo.Build("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	samples, others := RandomSamples(g, 8, 1), RandomSamples(g, 8, 2)
	quantize := func(o Options) *nn.Graph {
		t.Helper()
		q, err := Quantize(t.Context(), g, samples, o)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	plain, corrected := quantize(Options{}), quantize(Options{CorrectBiases: true})
	if !reflect.DeepEqual(plain, quantize(Options{})) {
		t.Error("not the same twice")
	}
	before, after := meanError(t, g, plain, samples), meanError(t, g, corrected, samples)
	unseen, better := meanError(t, g, plain, others), meanError(t, g, corrected, others)
	t.Logf("mean error in steps: %.3f, corrected %.3f; on others %.3f, %.3f", before, after, unseen, better)
	if after > before/2 || better > unseen*0.8 {
		t.Errorf("the mean error is %.3f steps, corrected %.3f; on others %.3f, %.3f", before, after, unseen, better)
	}
	for name, wrong := range map[string]func(b, was []int32, c int) int32{
		"sign":    func(b, was []int32, c int) int32 { return 2*was[c] - b[c] },
		"channel": func(b, was []int32, c int) int32 { n := (c + 1) % len(b); return was[c] + b[n] - was[n] },
	} {
		bug := quantize(Options{CorrectBiases: true})
		for i, n := range bug.Nodes {
			if weighs(n, 1) {
				b, was := corrected.Nodes[i].In[2].I32, plain.Nodes[i].In[2].I32
				for c := range b {
					n.In[2].I32[c] = wrong(b, was, c)
				}
			}
		}
		if e := meanError(t, g, bug, samples); e < before {
			t.Errorf("with the wrong %s the mean error is %.3f steps, %.3f without corrections", name, e, before)
		}
	}
}
