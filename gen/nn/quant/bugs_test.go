package quant

import (
	"math/rand/v2"
	"slices"
	"testing"

	"marvelgen/gen/nn"
)

// bugs are mistakes of a quantiser; each changes a quantised graph, and says whether
// it found a place.
var bugs = []struct {
	name string
	seed func(g *nn.Graph) bool
}{
	{"weights truncated by a few steps", weightBug(func(w, _ *nn.Tensor) {
		for i := range w.I8 {
			w.I8[i] = w.I8[i] / 8 * 8
		}
	})},
	{"a channel's weights negated", weightBug(func(w, _ *nn.Tensor) {
		for i := range len(w.I8) / w.Shape[0] {
			w.I8[i] = -w.I8[i]
		}
	})},
	{"scales of the wrong channels", weightBug(func(w, _ *nn.Tensor) { slices.Reverse(w.Quant.Scale) })},
	{"one scale's value for all channels", weightBug(func(w, _ *nn.Tensor) {
		for i := range w.Quant.Scale {
			w.Quant.Scale[i] = w.Quant.Scale[0]
		}
	})},
	{"bias in the output's scale", weightBug(func(w, b *nn.Tensor) {
		for c := range b.I32 {
			b.I32[c] /= 8
		}
	})},
	{"bias of the next channel", weightBug(func(w, b *nn.Tensor) { slices.Reverse(b.I32) })},
	{"range without 0 nudged to the wrong end", func(g *nn.Graph) bool {
		for _, t := range g.Nodes[0].Out {
			t.Quant.Zero[0] = -1 - t.Quant.Zero[0]
		}
		return g.Nodes[0].Out[0].Quant.Zero[0] > 0
	}},
	{"half the range", func(g *nn.Graph) bool { g.Nodes[0].Out[0].Quant.Scale[0] /= 2; return true }},
	{"twice the range of an input", func(g *nn.Graph) bool { g.Inputs[0].Quant.Scale[0] /= 2; return true }},
	// An activation that is lost is none: the range it leaves has the same ends.
	{"activation too many", func(g *nn.Graph) bool {
		had := g.Nodes[0].Act
		g.Nodes[0].Act = nn.ReluAct
		return had == nn.NoAct && g.Nodes[0].Out[0].Quant.Zero[0] > -100
	}},
}

// weightBug seeds the first convolution of several channels that has a bias.
func weightBug(seed func(w, b *nn.Tensor)) func(g *nn.Graph) bool {
	return func(g *nn.Graph) bool {
		for _, n := range g.Nodes {
			if n.Op == nn.Conv && len(n.In) > 2 && n.Out[0].Shape[3] > 1 {
				seed(n.In[1], n.In[2])
				return true
			}
		}
		return false
	}
}

// Each bug is noticed in most of the networks that it can strike, and none without.
func TestJudgeCatchesBugs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(lo, hi int) int { return lo + r.IntN(hi-lo+1) }
	real := func() float32 { return float32(r.NormFloat64()) }
	struck, caught := make([]int, len(bugs)), make([]int, len(bugs))
	for range 150 {
		g := randomGraph(draw, real, nn.Conv, nn.Conv, nn.MaxPool)
		samples := RandomSamples(g, 1, r.Uint64())
		for i, bug := range bugs {
			q, err := Quantize(t.Context(), g, samples, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := (&judge{float: g, quant: q}).check(samples[0]); err != nil {
				t.Fatal(err)
			}
			if !bug.seed(q) {
				continue
			}
			struck[i]++
			if (&judge{float: g, quant: q}).check(samples[0]) != nil {
				caught[i]++
			}
		}
	}
	for i, bug := range bugs {
		t.Logf("%s: %d of %d", bug.name, caught[i], struck[i])
		if struck[i] < 10 || 2*caught[i] < struck[i] {
			t.Errorf("%q was noticed in %d of %d networks", bug.name, caught[i], struck[i])
		}
	}
}
