package quant

import (
	"context"
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// Largest magnitudes. Networks whose weights only show shapes reach 10^32. Kernels
// compute the product of the scales of an input and its weights in float32, which
// ends at 2^128: it is below 2^127, since raiseScales holds a 2^15th of it below most.
const (
	most       = 1 << 112 // of activations and biases
	mostWeight = 1 << 40
)

// span is a range of real numbers, 0 among them.
type span struct{ lo, hi float64 }

func (s span) join(o span) span { return span{min(s.lo, o.lo), max(s.hi, o.hi)} }

// over is the span of values.
func over(values []float32) span {
	lo, hi := float32(0), float32(0)
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v) // NaN stays
	}
	return span{float64(lo), float64(hi)}
}

// observe runs the samples and returns the range of every tensor that is an
// activation, constants in such places included.
func observe(ctx context.Context, g *nn.Graph, samples [][][]float32, o Options) (map[*nn.Tensor]span, error) {
	if len(samples) == 0 {
		return nil, errorf(g, nil, nil, "no calibration inputs: quantising needs at least one")
	}
	ranges, softmax := map[*nn.Tensor]span{}, map[*nn.Tensor]*nn.Node{}
	for _, n := range g.Nodes {
		if n.Op == nn.Softmax {
			softmax[n.In[0]] = scores(g, n.In[0])
		}
	}
	near := func(t *nn.Tensor, v []float32) []float32 {
		if n := softmax[t]; n != nil {
			return unmasked(n, v)
		}
		return v
	}
	see := func(t *nn.Tensor, v []float32) {
		if t.Type == nn.Float32 {
			ranges[t] = ranges[t].join(over(near(t, v)))
		}
	}
	if err := watch(ctx, g, samples, see); err != nil {
		return nil, err
	}
	for _, n := range g.Nodes {
		for i, t := range n.In {
			if t != nil && t.Const() && !keeps(n, i) {
				see(t, t.F32)
			}
		}
	}
	nearMasks(g, ranges)
	if err := finite(g, ranges); err != nil || o.Clip == MinMax {
		return ranges, err
	}
	histograms := map[*nn.Tensor]*histogram{}
	for t, r := range ranges {
		if !t.Const() {
			histograms[t] = newHistogram(r)
		}
	}
	count := func(t *nn.Tensor, v []float32) {
		if h := histograms[t]; h != nil {
			h.add(near(t, v))
		}
	}
	if err := watch(ctx, g, samples, count); err != nil {
		return nil, err
	}
	for t, h := range histograms {
		ranges[t] = h.clip(o)
	}
	return ranges, nil
}

// watch shows see the activations of every sample, the inputs among them.
func watch(ctx context.Context, g *nn.Graph, samples [][][]float32, see func(*nn.Tensor, []float32)) error {
	for i, sample := range samples {
		if _, err := golden.Float(ctx, g, see, sample...); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return errorf(g, nil, nil, "calibration input %d: %v", i, err)
		}
		for k, t := range g.Inputs {
			see(t, sample[k])
		}
	}
	return nil
}

// finite names the first activation that has no usable range.
func finite(g *nn.Graph, ranges map[*nn.Tensor]span) error {
	bad := func(t *nn.Tensor) bool {
		r, ok := ranges[t]
		return ok && !(r.lo >= -most && r.hi <= most)
	}
	for _, t := range g.Inputs {
		if bad(t) {
			return errorf(g, nil, t, "the calibration inputs reach from %g to %g", ranges[t].lo, ranges[t].hi)
		}
	}
	for _, n := range g.Nodes {
		for _, t := range append(n.In[:len(n.In):len(n.In)], n.Out...) {
			if bad(t) {
				return errorf(g, n, t, "its values reach from %g to %g: they are finite and below 2^112", ranges[t].lo, ranges[t].hi)
			}
		}
	}
	return nil
}

// weighs reports whether input i of a node is its weights or bias.
func weighs(n *nn.Node, i int) bool {
	switch n.Op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected:
		return i > 0
	}
	return false
}

// keeps reports whether input i of a node is no activation: weights, a bias, gains,
// indices.
func keeps(n *nn.Node, i int) bool {
	return weighs(n, i) || i > 0 && (n.Op == nn.LayerNorm || n.Op == nn.Gather)
}

// scale is that that spreads 256 steps over a range. A tensor that is always
// 0 gets that of [-1, 1]: nothing is known of it.
func (s span) scale() float64 {
	if s.hi-s.lo < least {
		return 1. / 128
	}
	return (s.hi - s.lo) / 255
}

// even is the least range around s that steps from -128 to 127 cover with 0 at 0.
func (s span) even() span {
	step := max(-s.lo/128, s.hi/127)
	return span{-128 * step, 127 * step}
}

// least is the width below which a range counts as nothing but 0.
const least = 1. / (1 << 40)

// zero is the step that stands for 0.
func (s span) zero(scale float64) int32 {
	if s.hi-s.lo < least {
		return 0
	}
	return int32(min(max(math.Round(-128-s.lo/scale), -128), 127))
}
