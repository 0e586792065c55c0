package cost

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// truth is what made the layers of synthetic: cycles of the terms of ClassConv.
var truth = map[int]float64{perLayer: 500, perPlane: 200, perLoop: 35, perRow: 2, perWord: 1, perStore: 1, perEntry: 7}

// synthetic are layers of random shapes whose cycles are their terms' by truth, give or
// take a share of them.
func synthetic(n int, noise float64) []Sample {
	rng := rand.New(rand.NewPCG(1, 1))
	between := func(low, high int) float64 { return float64(low + rng.IntN(high-low)) }
	var out []Sample
	for range n {
		x := make([]float64, windowed)
		planes, rows, windows, words := between(1, 64), between(1, 60), between(1, 1000), between(1, 100)
		x[perLayer], x[perPlane], x[perLoop], x[perRow] = 1, planes, planes*between(1, 10), planes*rows
		x[perWord], x[perStore], x[perEntry] = planes*windows*max(4, words), planes*windows, planes*words
		cycles := 0.
		for k, c := range truth {
			cycles += c * x[k]
		}
		cycles *= 1 + noise*(2*rng.Float64()-1)
		out = append(out, Sample{Layer{Class: ClassConv, Terms: x}, uint64(cycles)})
	}
	return out
}

// worst is the largest relative error on some layers.
func worst(m Model, samples []Sample) float64 {
	most := 0.
	for _, s := range samples {
		p, _ := m.PredictLayer(s.Layer)
		most = max(most, math.Abs(p/float64(s.Cycles)-1))
	}
	return most
}

func TestFitRecovers(t *testing.T) {
	for _, c := range []struct{ noise, limit float64 }{{0, 0.01}, {0.01, 0.15}} {
		m := Fit(synthetic(400, c.noise))
		if len(m.Classes) != 1 || m.Classes[0].Samples != 400 || len(m.Classes[0].Coefficients) != len(truth) {
			t.Fatalf("%+v", m)
		}
		for _, k := range m.Classes[0].Coefficients {
			want := truth[slices.Index(windowTerms, k.Term)]
			if k.Term != "row of windows" && math.Abs(k.Cycles/want-1) > c.limit { // which takes next to nothing
				t.Errorf("noise %g: %.3f cycles per %s, want %g", c.noise, k.Cycles, k.Term, want)
			}
		}
	}
}

// TestFitSeesWrongTerms leaves out terms, one at a time: those that matter are seen.
func TestFitSeesWrongTerms(t *testing.T) {
	all := synthetic(400, 0)
	if e := worst(Fit(all[:300]), all[300:]); e > 0.01 {
		t.Errorf("%.1f %% off with all terms", 100*e)
	}
	for _, k := range []int{perLayer, perPlane, perWord, perStore, perEntry} {
		var wrong []Sample
		for _, s := range all {
			s.Terms = slices.Clone(s.Terms)
			s.Terms[k] = 0
			wrong = append(wrong, s)
		}
		if e := worst(Fit(wrong[:300]), wrong[300:]); e < 0.05 {
			t.Errorf("without %q the model is %.1f %% off at most", windowTerms[k], 100*e)
		}
	}
}

// TestFitIsNotNegative fits cycles that fall where a term rises.
func TestFitIsNotNegative(t *testing.T) {
	var all []Sample
	for i := range 20 {
		n := float64(100 + 10*i)
		all = append(all, Sample{Layer{Class: ClassAdd, Terms: []float64{1, n}}, uint64(10_000 - 20*n)})
	}
	c := Fit(all).Classes[0].Coefficients
	if c[1].Cycles != 0 || c[0].Cycles < 3000 || c[0].Cycles > 8000 {
		t.Errorf("%+v; want nothing per word, and the rest per layer", c)
	}
}

func TestPredictUnknown(t *testing.T) {
	m := Fit([]Sample{{Layer{Class: ClassFull, Terms: []float64{1, 0, 10, 100, 10}}, 1000}, {Layer{Class: ClassAdd, Terms: []float64{1, 10}}, 0}})
	for _, c := range []struct {
		layer Layer
		want  string
	}{
		{Layer{Class: ClassFull, Terms: []float64{1, 0, 20, 200, 10}}, ""},
		{Layer{Class: ClassFull, Terms: []float64{1, 20, 0, 200, 10}}, "fully connected: output"},
		{Layer{Class: ClassAdd, Terms: []float64{1, 10}}, "add"}, // took no cycles: no sample
		{Layer{Class: ClassNothing}, ""},
	} {
		if _, unknown := m.PredictLayer(c.layer); strings.Join(unknown, "; ") != c.want {
			t.Errorf("%+v: %q is not known, want %q", c.layer, unknown, c.want)
		}
	}
}
