package quant

import (
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// rounds is how often scales may be raised one because of another. Networks need
// two; ranges that feed each other through a concat could go on for ever.
const rounds = 64

// leftward is how far a single int8 value, at most 255 from its zero point, may be
// rescaled to the left without leaving int32.
const leftward = 1. / (1 << 22)

// raiseScales gives every group its scale: that of its range, or more where an
// operator could not rescale to so fine a one. What is lost then was never there:
// the steps of the operator's inputs are coarser still.
func (q *quantizer) raiseScales() error {
	for _, x := range q.groups {
		x.scale = float64(float32(x.seen.scale()))
		if x.fixed != nil {
			x.scale = float64(x.fixed.Scale[0])
		}
	}
	for range rounds {
		raised := false
		for _, n := range q.graph.Nodes {
			for i, want := range q.least(n) {
				t := append(n.Out[:1:1], n.In...)[i]
				x := q.groups[t]
				if want == 0 || want <= x.scale || x.fixed != nil {
					continue
				}
				if want > most {
					return errorf(q.graph, n, t, "the ranges of its inputs, weights and output are too far apart to rescale")
				}
				// A little more, so that rounding to float32 does not undo it.
				x.scale, raised = float64(float32(want*(1+1e-6))), true
			}
		}
		if !raised {
			return nil
		}
	}
	return errorf(q.graph, nil, nil, "tensors that share a scale feed each other and have no scale that fits all")
}

// least is the smallest scales that a node allows for its output and its first input.
func (q *quantizer) least(n *nn.Node) [2]float64 {
	scale := func(i int) float64 { return q.groups[n.In[i]].scale }
	want := 0.
	switch n.Op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.FullyConnected:
		for i := range q.layers[n].channels {
			want = max(want, q.layers[n].channels[i].least(scale(0)))
		}
	case nn.MatMul:
		want = scale(0) * scale(1) * float64(depth(n)) * (255 * 255) / room
	case nn.Mul:
		want = scale(0) * scale(1) * (255 * 255) / room
	case nn.Add, nn.Sub:
		// Both inputs are brought to twice the larger scale, 20 bits to the left.
		want = max(scale(0), scale(1)) / (1 << 18)
	case nn.Relu:
		want = scale(0) * leftward
	case nn.LeakyRelu:
		want = scale(0) * max(1, math.Abs(float64(n.Alpha))) * leftward
	case nn.HardSwish:
		want = scale(0) / 128 * (1 + 1e-6) // its kernel does not shift left at all
	case nn.Concat:
		for i := range n.In {
			want = max(want, scale(i)*leftward)
		}
	case nn.Softmax: // of the input
		return [2]float64{0, 1 / float64(n.Beta) / (1 << 26)}
	case nn.LayerNorm:
		return leastNorm(n)
	}
	return [2]float64{want, 0}
}

// leastNorm: what is normalised has the bits that golden.Norm gives it, and no step of
// it is to be more than a quarter of one of the output. Beyond that biases are less than
// 2^28 steps, and epsilon is no more than its kernel takes.
func leastNorm(n *nn.Node) [2]float64 {
	magnitude := func(i int, otherwise float64) float64 {
		if len(n.In) <= i || n.In[i] == nil {
			return otherwise
		}
		s := over(n.In[i].F32)
		return max(-s.lo, s.hi)
	}
	count := n.In[0].Shape[n.Axis]
	step := math.Ldexp(1, -int(golden.NormPoint(count)))
	return [2]float64{
		max(magnitude(1, 1)*step*4, magnitude(2, 0)/(1<<28)),
		64 * float64(count) * math.Sqrt(float64(n.Epsilon)/golden.MaxEpsilon),
	}
}

// depth is how many products a matrix multiplication sums.
func depth(n *nn.Node) int { return n.In[0].Shape[len(n.In[0].Shape)-1] }
