package quant

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

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

// add appends a fully connected layer on x to a network.
func add(g *nn.Graph, x *nn.Tensor, weights ...float32) *nn.Node {
	name := fmt.Sprintf("fc%d", len(g.Nodes))
	n := &nn.Node{Name: name, Op: nn.FullyConnected, In: []*nn.Tensor{x, {Name: "w", Shape: []int{len(weights) / x.Shape[1], x.Shape[1]}, Type: nn.Float32, F32: weights}}}
	n.Out = []*nn.Tensor{{Name: name, Shape: []int{x.Shape[0], n.In[1].Shape[0]}, Type: nn.Float32}}
	g.Nodes, g.Outputs = append(g.Nodes, n), append(g.Outputs, n.Out...)
	return n
}

// TestCorrectByHand: a layer whose input is constant, and biases for layers that have
// none, where they need one. The step of x is 1/127.5, so 1 becomes 1.0039 (-1 and 0
// are off by as much), and the layer below gives 3 times that too much.
func TestCorrectByHand(t *testing.T) {
	g := &nn.Graph{Name: "g", File: "f.onnx", Inputs: []*nn.Tensor{{Name: "x", Shape: []int{2, 1}, Type: nn.Float32}}}
	x := g.Inputs[0]
	constant := &nn.Tensor{Name: "c", Shape: []int{1, 2}, Type: nn.Float32, F32: []float32{1, -1}}
	add(g, x, 3)
	add(g, constant, 1, 0.5)
	add(g, &nn.Tensor{Name: "none", Shape: []int{1, 1}, Type: nn.Float32, F32: []float32{0}}, 1)
	q, err := Quantize(t.Context(), g, [][][]float32{{{-1, 1}}}, Options{CorrectBiases: true})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, q)
	m, err := golden.New(q)
	if err != nil {
		t.Fatal(err)
	}
	y, err := m.Run(t.Context(), quantized(q.Inputs[0], []float32{-1, 1}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 0.5, 0} {
		mean := 0.
		v := golden.Real(q.Outputs[i], y[i])
		for _, r := range v {
			mean += float64(r) / float64(len(v))
		}
		if math.Abs(mean-want) > step(q.Outputs[i]) {
			t.Errorf("output %d is %v, its mean should be %v", i, v, want)
		}
	}
	if len(q.Nodes[2].In) != 2 {
		t.Errorf("a layer that needs no bias has %v", q.Nodes[2].In[2].I32)
	}
}

// TestCorrectTooFar: the range of x leaves out numbers that would move the bias so far
// that sums leave int32 when they are rescaled to the left. The bias then stays.
func TestCorrectTooFar(t *testing.T) {
	g := &nn.Graph{Name: "g", File: "f.onnx", Inputs: []*nn.Tensor{{Name: "x", Shape: []int{100, 1}, Type: nn.Float32}}}
	n := add(g, g.Inputs[0], 1)
	n.In, n.Act = append(n.In, &nn.Tensor{Name: "b", Shape: []int{1}, Type: nn.Float32, F32: []float32{-0.98}}), nn.ReluAct
	sample := make([]float32, 100)
	for i := range sample {
		if sample[i] = float32(i) / 100; i < 30 {
			sample[i] = -1e4
		}
	}
	var bias [2]int32
	for i := range bias {
		q, err := Quantize(t.Context(), g, [][][]float32{{sample}}, Options{Clip: Percentile, Percent: 60, CorrectBiases: i > 0})
		if err != nil {
			t.Fatal(err)
		}
		sound(t, q)
		bias[i] = q.Nodes[0].In[2].I32[0]
	}
	if bias[0] != bias[1] {
		t.Errorf("the bias %d has become %d", bias[0], bias[1])
	}
}

// TestCorrectReleases: when the last node is done, no tensor of any sample is left.
func TestCorrectReleases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := fuse(drawn(t))
		samples := RandomSamples(g, correctBy+rapid.IntRange(-1, 1).Draw(t, "samples"), 1)
		ranges, err := observe(t.Context(), g, samples, Options{})
		if err != nil {
			t.Fatal(err)
		}
		q := &quantizer{graph: g, groups: unite(g, ranges), layers: map[*nn.Node]*layer{}}
		if err := errors.Join(q.readWeights(), q.raiseScales()); err != nil {
			t.Fatal(err)
		}
		out, of, err := q.build()
		if err != nil {
			t.Fatal(err)
		}
		m, err := golden.New(out)
		if err != nil {
			t.Fatal(err)
		}
		c := q.corrector(out, samples)
		if len(c.float) != min(len(samples), correctBy) {
			t.Fatalf("%d of %d samples", len(c.float), len(samples))
		}
		for _, p := range m.Plans {
			c.node(p, of[p.Node])
		}
		for _, l := range append(c.float, c.int8s...) {
			for x := range l {
				if c.uses[x] != 0 || !slices.Contains(append(g.Inputs, out.Inputs...), x) {
					t.Fatalf("%v is left", x)
				}
			}
		}
	})
}

// endError is the mean squared error of a network's outputs, in steps, and what rounding
// them costs at least: 1/12.
func endError(t *testing.T, g, q *nn.Graph, samples [][][]float32) float64 {
	t.Helper()
	m, err := golden.New(q)
	if err != nil {
		t.Fatal(err)
	}
	sum, count := 0., 0
	for _, s := range samples {
		want, err := golden.Float(t.Context(), g, nil, s...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Run(t.Context(), quantized(q.Inputs[0], s[0]))
		if err != nil {
			t.Fatal(err)
		}
		for i, y := range q.Outputs {
			for k, v := range golden.Real(y, got[i]) {
				miss := float64(v-want[i][k]) / step(y)
				sum += miss * miss
				count++
			}
		}
	}
	return sum/float64(count) + 1./12
}

// TestCorrectOnAverage: single networks may be worse; on average over random networks
// (geometric mean) the outputs' error shrinks on the samples, and does not grow on
// other inputs.
func TestCorrectOnAverage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(lo, hi int) int { return lo + r.IntN(hi-lo+1) }
	real := func() float32 { return float32(r.NormFloat64()) }
	const networks = 300
	seen, unseen, worse := 0., 0., 0
	for range networks {
		g := randomGraph(draw, real, nn.Conv, nn.Depthwise, nn.Conv, nn.FullyConnected)
		samples, others := RandomSamples(g, 8, r.Uint64()), RandomSamples(g, 8, r.Uint64())
		var q [2]*nn.Graph
		for i := range q {
			var err error
			if q[i], err = Quantize(t.Context(), g, samples, Options{CorrectBiases: i > 0}); err != nil {
				t.Fatal(err)
			}
		}
		change := math.Log(endError(t, g, q[1], samples) / endError(t, g, q[0], samples))
		if seen += change; change > 0 {
			worse++
		}
		unseen += math.Log(endError(t, g, q[1], others) / endError(t, g, q[0], others))
	}
	seen, unseen = math.Exp(seen/networks), math.Exp(unseen/networks)
	t.Logf("mean squared error times %.3f, on other inputs %.3f; worse in %d of %d networks", seen, unseen, worse, networks)
	if seen > 0.95 || unseen > 1 {
		t.Errorf("correction multiplies mean squared errors by %.3f, on other inputs by %.3f", seen, unseen)
	}
}
