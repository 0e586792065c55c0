package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// strokes are digits of a kind: a bar for each of the ten, somewhere, with noise.
func strokes(n int, r *rand.Rand) []digit {
	digits := make([]digit, n)
	for i := range digits {
		d := &digits[i]
		d.label = uint8(i % classes)
		for p := range d.pixels {
			d.pixels[p] = uint8(r.IntN(40))
		}
		top, left := 2+int(d.label)/5*12, 2+int(d.label)%5*5
		for y := range 10 {
			d.pixels[(top+y)*side+left+r.IntN(2)] = 255
		}
	}
	return digits
}

// sample is one parameter, by its place in all, with the slope that finite
// differences find; samples of weights, and of biases, of a layer belong together.
type sample struct {
	at    int
	slope float64
}

// differences takes some parameters of each layer's weights and biases.
func differences(p *params, d *digit) [][]sample {
	s := newState()
	s.place(d, 1, -1)
	loss := func() float64 {
		p.forward(s)
		return s.crossEntropy(int(d.label))
	}
	r := rand.New(rand.NewPCG(2, 2))
	var out [][]sample
	from := 0
	for layer := range p.w {
		for _, size := range []int{len(p.w[layer]), len(p.b[layer])} {
			var some []sample
			for range 60 {
				const h = 1.0 / 1024
				at := from + r.IntN(size)
				old := p.all[at]
				p.all[at] = old + h
				up := loss()
				p.all[at] = old - h
				down := loss()
				p.all[at] = old
				some = append(some, sample{at, (up - down) / (2 * h)})
			}
			out = append(out, some)
			from += size
		}
	}
	return out
}

// misfit is the largest distance between a gradient and the slopes that belong
// together, as a share.
func misfit(g *params, slopes [][]sample) float64 {
	worst := 0.
	for _, some := range slopes {
		off, size := 0., 0.
		for _, x := range some {
			miss := float64(g.all[x.at]) - x.slope
			off, size = off+miss*miss, size+x.slope*x.slope
		}
		worst = max(worst, math.Sqrt(off/size))
	}
	return worst
}

// Gradients are what finite differences say; seeded mistakes are not.
func TestGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	p := newParams()
	p.initialise(r)
	for _, b := range p.b {
		for i := range b {
			b[i] = r.Float32() / 10
		}
	}
	d := strokes(8, r)[7]
	slopes := differences(p, &d)
	for name, c := range map[string]struct {
		bug        func(g *params)
		least, off float64
	}{
		"as it is":                 {func(*params) {}, 0, 0.03},
		"no bias of a convolution": {func(g *params) { clear(g.b[0]) }, 0.3, 10},
		"maps in another order":    {func(g *params) { slices.Reverse(g.w[1]) }, 0.3, 10},
		"twice a layer":            {func(g *params) { axpy(g.w[3], 1, g.w[3]) }, 0.3, 10},
		"logits the wrong way":     {func(g *params) { axpy(g.b[4], -2, g.b[4]) }, 0.3, 10},
	} {
		s, g := newState(), newParams()
		s.place(&d, 1, -1)
		p.forward(s)
		p.backward(s, int(d.label), g)
		c.bug(g)
		if off := misfit(g, slopes); off < c.least || off > c.off {
			t.Errorf("%s: the gradient is off by %.2g", name, off)
		}
	}
}

// The graph computes what the trainer does.
func TestGraph(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	p := newParams()
	p.initialise(r)
	copy(p.b[0], []float32{0.1, -0.2, 0.3})
	g, err := p.graph()
	if err != nil {
		t.Fatal(err)
	}
	s := newState()
	for i, d := range strokes(5, r) {
		var logits []float32
		if _, err := golden.Float(t.Context(), g, func(x *nn.Tensor, v []float32) {
			if len(v) == classes && logits == nil {
				logits = slices.Clone(v)
			}
		}, d.real()); err != nil {
			t.Fatal(err)
		}
		s.place(&d, 0, 0)
		p.forward(s)
		for c, want := range logits {
			if got := s.dense[2][c]; math.Abs(float64(got-want)) > 1e-4 {
				t.Errorf("digit %d, class %d: %v, the graph says %v", i, c, got, want)
			}
		}
	}
}

// Training lowers the loss, and gives the same bits however many work on it.
func TestTraining(t *testing.T) {
	digits := strokes(256, rand.New(rand.NewPCG(4, 4)))
	var all [][]float32
	var losses []float64
	for _, workers := range []int{1, 3} {
		losses = nil
		r := recipe{Epochs: 5, Batch: 16, Rate: 0.002, Shift: 0, Seed: 7, Workers: workers}
		p, err := r.train(t.Context(), digits, func(_ int, loss float64) { losses = append(losses, loss) })
		if err != nil {
			t.Fatal(err)
		}
		if right := p.right(digits); right < 250 {
			t.Errorf("%d of 256 are right", right)
		}
		all = append(all, p.all)
	}
	if !slices.Equal(all[0], all[1]) {
		t.Error("the result depends on the number of workers")
	}
	if first, last := losses[0], losses[len(losses)-1]; last > first/5 {
		t.Errorf("losses %v", losses)
	}
}
