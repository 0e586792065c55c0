package quant

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// tester is a test, or one that rapid draws for.
type tester interface {
	Fatal(...any)
	Context() context.Context
}

// worstMean is what correcting biases brings below half a step: the largest mean
// difference that any channel of any layer has before its activation function, from
// the float network's over all samples and places, in steps of its bias. Differences
// that float32 does not resolve count as none.
func worstMean(t tester, g, q *nn.Graph, samples [][][]float32) float64 {
	m, err := golden.New(q)
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]*nn.Node{}
	for _, n := range fuse(g).Nodes {
		nodes[n.Name] = n
	}
	sums, largest := map[*nn.Node][]float64{}, map[*nn.Node]float64{}
	for _, s := range samples {
		ideal, int8s := map[*nn.Tensor][]float32{}, map[*nn.Tensor]golden.Value{}
		var inputs []golden.Value
		for i, x := range q.Inputs {
			v := golden.Value{F32: s[i]}
			if x.Type != nn.Float32 {
				v = quantized(x, s[i])
			}
			inputs, int8s[x], ideal[g.Inputs[i]] = append(inputs, v), v, s[i]
		}
		if _, err := golden.Float(t.Context(), fuse(g), func(x *nn.Tensor, v []float32) { ideal[x] = v }, s...); err != nil {
			t.Fatal(err)
		}
		m.Trace = func(_ *nn.Node, x *nn.Tensor, v golden.Value) { int8s[x] = v }
		if _, err := m.Run(t.Context(), inputs...); err != nil {
			t.Fatal(err)
		}
		for _, n := range q.Nodes {
			if !weighs(n, 1) {
				continue
			}
			like := nodes[n.Name]
			want, err := alone(like, [][]float32{ideal[like.In[0]]}, func(m *nn.Node) { m.Act = nn.NoAct })
			if err != nil {
				t.Fatal(err)
			}
			got, err := alone(like, [][]float32{golden.Real(n.In[0], int8s[n.In[0]])}, func(m *nn.Node) {
				m.Act, m.In = nn.NoAct, m.In[:1:1]
				for _, c := range n.In[1:] {
					if c != nil {
						c = &nn.Tensor{Shape: c.Shape, Type: nn.Float32, F32: golden.Real(c, golden.Value{I8: c.I8, I32: c.I32})}
					}
					m.In = append(m.In, c)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			channels := len(n.In[1].Quant.Scale)
			if sums[n] == nil {
				sums[n] = make([]float64, channels)
			}
			for i, v := range want[0] {
				sums[n][i%channels] += float64(v) - float64(got[0][i])
				largest[n] = max(largest[n], math.Abs(float64(v)))
			}
		}
	}
	worst := 0.
	for n, s := range sums {
		for c, sum := range s {
			count := float64(n.Out[0].Elements() / len(s) * len(samples))
			miss := max(math.Abs(sum/count)-largest[n]/(1<<22), 0)
			worst = max(worst, miss/(step(n.In[0])*float64(n.In[1].Quant.Scale[c])))
		}
	}
	return worst
}

// TestCorrectedMeans: whatever the network, no channel's mean is off by more than the
// rounding of its bias. Nothing but biases differs from the network without correction,
// and the same samples give the same biases.
func TestCorrectedMeans(t *testing.T) {
	before, after := 0., 0.
	rapid.Check(t, func(t *rapid.T) {
		g := drawn(t)
		o := Options{FloatInputs: rapid.Bool().Draw(t, "float in"), FloatOutputs: rapid.Bool().Draw(t, "float out")}
		samples := RandomSamples(g, rapid.IntRange(1, 4).Draw(t, "samples"), rapid.Uint64().Draw(t, "seed"))
		var made [3]*nn.Graph
		for i := range made {
			o.CorrectBiases = i > 0
			var err error
			if made[i], err = Quantize(t.Context(), g, samples, o); err != nil {
				t.Fatal(err)
			}
			sound(t, made[i])
		}
		plain, corrected := made[0], made[1]
		if !reflect.DeepEqual(corrected, made[2]) {
			t.Fatal("two corrections by the same samples differ")
		}
		before = max(before, worstMean(t, g, plain, samples))
		miss := worstMean(t, g, corrected, samples)
		if after = max(after, miss); miss > 0.5001 {
			t.Fatalf("the mean of a channel is %.3f steps of its bias away", miss)
		}
		for _, q := range made[:2] {
			for _, n := range q.Nodes {
				if weighs(n, 1) {
					n.In = n.In[:2]
				}
			}
		}
		if !reflect.DeepEqual(plain, corrected) {
			t.Fatal("more than biases has changed")
		}
	})
	t.Logf("means off by up to %.1f steps of the bias, corrected %.3f", before, after)
}

// TestMeansCatchBugs damages corrections: each bug that moves a bias by two steps or
// more is seen in nearly every network.
func TestMeansCatchBugs(t *testing.T) {
	// Each is told a layer's biases without and with correction, and changes the latter.
	bugs := map[string]func(layer int, was, b []int32){
		"wrong sign": func(_ int, was, b []int32) {
			for c := range b {
				b[c] = 2*was[c] - b[c]
			}
		},
		"next channel": func(_ int, was, b []int32) {
			first := b[0] - was[0]
			for c := range b {
				d := first
				if c+1 < len(b) {
					d = b[c+1] - was[c+1]
				}
				b[c] = was[c] + d
			}
		},
		"twice": func(_ int, was, b []int32) {
			for c := range b {
				b[c] += b[c] - was[c]
			}
		},
		"a layer forgotten": func(layer int, was, b []int32) {
			if layer == 1 {
				copy(b, was)
			}
		},
	}
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(lo, hi int) int { return lo + r.IntN(hi-lo+1) }
	real := func() float32 { return float32(r.NormFloat64()) }
	struck, caught := map[string]int{}, map[string]int{}
	for range 40 {
		g := randomGraph(draw, real, nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected)
		samples := RandomSamples(g, 4, r.Uint64())
		plain, err := Quantize(t.Context(), g, samples, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for name, bug := range bugs {
			q, err := Quantize(t.Context(), g, samples, Options{CorrectBiases: true})
			if err != nil {
				t.Fatal(err)
			}
			most := int32(0)
			for i, n := range q.Nodes {
				if len(n.In) < 3 {
					continue
				}
				b, was := n.In[2].I32, make([]int32, len(n.In[2].I32))
				if p := plain.Nodes[i]; len(p.In) > 2 {
					copy(was, p.In[2].I32)
				}
				right := append([]int32(nil), b...)
				bug(i, was, b)
				for c := range b {
					most = max(most, b[c]-right[c], right[c]-b[c])
				}
			}
			if most < 2 {
				continue
			}
			struck[name]++
			if worstMean(t, g, q, samples) > 0.5001 {
				caught[name]++
			}
		}
	}
	for name := range bugs {
		t.Logf("%s: %d of %d", name, caught[name], struck[name])
		if struck[name] < 20 || caught[name] < struck[name]-1 {
			t.Errorf("%q was noticed in %d of %d networks", name, caught[name], struck[name])
		}
	}
}
