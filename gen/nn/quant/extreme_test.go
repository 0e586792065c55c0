package quant

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// Weights that are all the same number, or all 0: networks that were made to show
// shapes have them.
func TestConstantFill(t *testing.T) {
	for _, fill := range []float32{0, 0.01, -1, 1e-30, 1e6} {
		rapid.Check(t, func(t *rapid.T) {
			draw := func(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, "n") }
			g := randomGraph(draw, func() float32 { return fill })
			nought := RandomSamples(g, 1, 1)
			clear(nought[0][0])
			for _, in := range [][][][]float32{RandomSamples(g, 1, 1), nought} {
				q, err := Quantize(t.Context(), g, in, Options{})
				if err != nil {
					var located *nn.Error
					if fill < 1e6 || !errors.As(err, &located) {
						t.Fatal(err)
					}
					continue
				}
				sound(t, q)
				if fill < 1e6 && fill != 1e-30 {
					if err := (&judge{float: g, quant: q}).check(in[0]); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// Whatever the magnitudes of weights, biases and inputs, from none to beyond
// float32: a located error, or a network that cannot overflow.
func TestMagnitudes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	draw := func(lo, hi int) int { return lo + r.IntN(hi-lo+1) }
	made, refused := 0, 0
	for range 600 {
		reach := float64(r.IntN(36))
		wild := func() float32 {
			switch r.IntN(8) {
			case 0:
				return 0
			case 1:
				return float32(r.NormFloat64() * math.Pow(10, (2*r.Float64()-1)*reach))
			}
			return float32(r.NormFloat64())
		}
		g := randomGraph(draw, wild)
		samples := RandomSamples(g, 1, r.Uint64())
		for i := range samples[0][0] {
			samples[0][0][i] *= float32(math.Pow(10, float64(r.IntN(5)-2)))
		}
		q, err := Quantize(t.Context(), g, samples, Options{Clip: Clip(r.IntN(3))})
		if err != nil {
			var located *nn.Error
			if !errors.As(err, &located) || located.File != "test" {
				t.Fatalf("not located: %v", err)
			}
			refused++
			continue
		}
		made++
		sound(t, q)
		m, err := golden.New(q)
		if err != nil {
			t.Fatal(err)
		}
		var in []golden.Value
		for i, x := range q.Inputs {
			in = append(in, quantized(x, samples[0][i]))
		}
		if _, err := m.Run(t.Context(), in...); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d quantised, %d refused", made, refused)
	if made < 400 || refused < 10 {
		t.Errorf("%d quantised, %d refused", made, refused)
	}
}

// one is a network of a single fully connected layer.
func one(weights, bias []float32) *nn.Graph {
	x := &nn.Tensor{Name: "x", Shape: []int{1, len(weights) / len(bias)}, Type: nn.Float32}
	w := &nn.Tensor{Name: "w", Shape: []int{len(bias), x.Shape[1]}, Type: nn.Float32, F32: weights}
	b := &nn.Tensor{Name: "b", Shape: []int{len(bias)}, Type: nn.Float32, F32: bias}
	y := &nn.Tensor{Name: "y", Shape: []int{1, len(bias)}, Type: nn.Float32}
	n := &nn.Node{Name: "fc", Op: nn.FullyConnected, In: []*nn.Tensor{x, w, b}, Out: []*nn.Tensor{y}}
	return &nn.Graph{Name: "g", File: "f.onnx", Nodes: []*nn.Node{n}, Inputs: []*nn.Tensor{x}, Outputs: []*nn.Tensor{y}}
}

// A small worked example: range [-1, 2] of x, dead weights, a bias beside which the
// weights vanish.
func TestByHand(t *testing.T) {
	g := one([]float32{1, -0.5, 0, 0, 1e-9, 0}, []float32{0.25, -2, 2})
	q, err := Quantize(t.Context(), g, [][][]float32{{{-1, 2}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, y, w, b := q.Inputs[0].Quant, q.Outputs[0].Quant, q.Nodes[0].In[1], q.Nodes[0].In[2]
	if x.Scale[0] != 3./255 || x.Zero[0] != -43 || y.Scale[0] != 4./255 || y.Zero[0] != -1 {
		t.Errorf("x %+v, y %+v", x, y)
	}
	// The second channel's sums are steps of the output; the third's weights get no
	// more than what leaves its bias half of int32.
	if w.I8[0] != 127 || w.I8[1] != -64 || w.Quant.Scale[0] != 1./127 || w.I8[2] != 0 || b.I32[1] != -127 || w.I8[4] != 0 || b.I32[2] < 1<<29 || b.I32[2] > 1<<30 {
		t.Errorf("weights %v of %v, biases %v", w.I8, w.Quant.Scale, b.I32)
	}
	if got, want := float64(b.I32[0]), 0.25/(3./255/127); math.Abs(got-want) > 0.51 {
		t.Errorf("bias %v, want %v", got, want)
	}
}

// Ranges without the outliers: of 10,000 values that lie between -1 and 1, and one
// of 100.
func TestClips(t *testing.T) {
	g := one([]float32{1}, []float32{0})
	g.Inputs[0].Shape, g.Outputs[0].Shape = []int{10001, 1}, []int{10001, 1}
	r := rand.New(rand.NewPCG(5, 6))
	sample := []float32{100}
	for range 10000 {
		sample = append(sample, float32(2*r.Float64()-1))
	}
	for _, c := range []struct {
		o      Options
		lo, hi float64 // of the width
	}{
		{Options{}, 100.9, 101.1},
		{Options{Clip: Percentile}, 2, 2.2},
		{Options{Clip: Percentile, Percent: 90}, 1.55, 1.7},
		{Options{Clip: Percentile, Percent: 100}, 100.9, 101.1},
		{Options{Clip: MSE}, 40, 101}, // the square of the outlier's distance weighs as much as 10,000 roundings
	} {
		q, err := Quantize(t.Context(), g, [][][]float32{{sample}}, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if width := 255 * float64(q.Inputs[0].Quant.Scale[0]); width < c.lo || width > c.hi {
			t.Errorf("%+v: the range is %v wide", c.o, width)
		}
	}
}

func TestErrors(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	good := [][][]float32{{{1, 2}}}
	int8s := one([]float32{1, 1}, []float32{0})
	int8s.Inputs[0].Quant = &nn.Quant{Scale: []float32{1}, Zero: []int32{0}}
	broken := one([]float32{1, 1}, []float32{0})
	broken.Outputs[0].Shape = []int{1, 2}
	for name, c := range map[string]struct {
		g       *nn.Graph
		samples [][][]float32
		o       Options
		want    []string
	}{
		"no samples":       {one([]float32{1, 1}, []float32{0}), nil, Options{}, []string{"calibration"}},
		"a short sample":   {one([]float32{1, 1}, []float32{0}), [][][]float32{{{1}}}, Options{}, []string{"calibration input 0", "2 elements"}},
		"no input":         {one([]float32{1, 1}, []float32{0}), [][][]float32{{{1, 1}}, {}}, Options{}, []string{"calibration input 1"}},
		"NaN in a sample":  {one([]float32{1, 1}, []float32{0}), [][][]float32{{{1, nan}}}, Options{}, []string{`"x"`, "NaN"}},
		"infinite result":  {one([]float32{1e30, 1}, []float32{0}), [][][]float32{{{1e10, 0}}}, Options{}, []string{`"y"`, "fully_connected", "2^112"}},
		"large products":   {one([]float32{1e12, -1e12}, []float32{0}), [][][]float32{{{1e33, 1e33}}}, Options{}, []string{`"y"`, "too far apart to rescale"}},
		"infinite weights": {one([]float32{inf, 1}, []float32{0}), [][][]float32{{{0, 0}}}, Options{}, []string{`"y"`, "NaN"}},
		"weights unseen":   {one([]float32{1e30, 1}, []float32{0}), [][][]float32{{{0, 0}}}, Options{}, []string{`"w"`, "channel 0"}},
		"int8 already":     {int8s, good, Options{}, []string{`"x"`, "float32"}},
		"not a graph":      {broken, good, Options{}, []string{"shapes do not fit"}},
		"percentile":       {one([]float32{1, 1}, []float32{0}), good, Options{Percent: 3}, []string{"3 percent"}},
	} {
		_, err := Quantize(t.Context(), c.g, c.samples, c.o)
		var located *nn.Error
		if !errors.As(err, &located) || located.File != "f.onnx" {
			t.Errorf("%s: not located: %v", name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", name, err, w)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Quantize(ctx, one([]float32{1, 1}, []float32{0}), good, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
