package quant

import (
	"math"

	"marvelgen/gen/nn"
)

// layer is what the weights of a node say of its scales.
type layer struct {
	channels []channel
	axis     int // of the output channels in the weights
	inner    int // neighbours along the axis are this many elements apart
}

// channel is the weights of one output channel, in real numbers.
type channel struct {
	most, sum float64 // the largest magnitude, and the sum of all
	count     int
	bias      float64
}

// dead weights are so small that no scale of float32 would hold them.
const dead = 1. / (1 << 60)

// room is the share of int32 that sums and biases may take before rounding: half.
const room = 1 << 30

// each calls f for the weights of a channel that lie side by side, in order.
func (l *layer) each(weights int, f func(c, from, to int)) {
	for from, c := 0, 0; from < weights; from += l.inner {
		f(c, from, from+l.inner)
		if c++; c == len(l.channels) {
			c = 0
		}
	}
}

// readWeights sums up the weights of all layers.
func (q *quantizer) readWeights() error {
	for _, n := range q.graph.Nodes {
		if !weighs(n, 1) {
			continue
		}
		w := n.In[1]
		l := &layer{inner: 1}
		if n.Op == nn.Depthwise {
			l.axis = 3
		}
		for _, d := range w.Shape[l.axis+1:] {
			l.inner *= d
		}
		l.channels = make([]channel, w.Shape[l.axis])
		l.each(len(w.F32), func(i, from, to int) {
			c := &l.channels[i]
			c.count += to - from
			most, sum := c.most, c.sum
			for _, v := range w.F32[from:to] {
				x := math.Abs(float64(v))
				most = max(most, x)
				sum += x
			}
			c.most, c.sum = most, sum
		})
		for i := range l.channels {
			c := &l.channels[i]
			if !(c.most <= mostWeight) {
				return errorf(q.graph, n, w, "the weights of output channel %d are beyond 2^40 or not finite", i)
			}
			if len(n.In) > 2 && n.In[2] != nil {
				if c.bias = float64(n.In[2].F32[i]); !(math.Abs(c.bias) <= most) {
					return errorf(q.graph, n, n.In[2], "the bias of output channel %d is beyond 2^112 or not finite", i)
				}
			}
		}
		q.layers[n] = l
	}
	return nil
}

// scale is the weights' for an input and an output of some scales: the largest
// weight becomes 127, unless the bias in the scale of the sums, together with the
// sums of any int8 input, needs more of int32 than there is. Weights that are all 0
// take the scale by which sums come out as the output has them.
func (c *channel) scale(in, out float64) float64 {
	s := c.most / 127
	if c.most < dead {
		s = out / in
	}
	return max(s, c.need(in)/room)
}

// need is the reach of the sums for weights of scale 1: a zero point leaves 255
// steps on a side at most.
func (c *channel) need(in float64) float64 { return 255*c.sum + math.Abs(c.bias)/in }

// least is the smallest scale of the output for which no sum is lost when it is
// rescaled to the left.
func (c *channel) least(in float64) float64 {
	if c.most < dead {
		return math.Abs(c.bias) / room
	}
	s := c.scale(in, 0)
	reach := c.need(in)/s + 128*float64(c.count) // with the rounding of the weights
	return in * s * reach / room
}

// quantize makes the int8 weights and the int32 bias of a node; the bias is nil if
// the node has none.
func (q *quantizer) quantize(n *nn.Node) (w, b *nn.Tensor) {
	l, in, out := q.layers[n], q.groups[n.In[0]].scale, q.groups[n.Out[0]].scale
	from := n.In[1]
	w = &nn.Tensor{Name: from.Name, Shape: from.Shape, Type: nn.Int8, I8: make([]int8, len(from.F32)), Quant: &nn.Quant{Axis: l.axis}}
	for i := range l.channels {
		w.Quant.Scale = append(w.Quant.Scale, float32(l.channels[i].scale(in, out)))
		w.Quant.Zero = append(w.Quant.Zero, 0)
	}
	if len(l.channels) == 1 {
		w.Quant.Axis = 0
	}
	l.each(len(from.F32), func(c, first, last int) {
		inverse := 1 / float64(w.Quant.Scale[c])
		for i := first; i < last; i++ {
			w.I8[i] = int8(min(max(math.Round(float64(from.F32[i])*inverse), -127), 127))
		}
	})
	if len(n.In) < 3 || n.In[2] == nil {
		return w, nil
	}
	from = n.In[2]
	b = &nn.Tensor{Name: from.Name, Shape: from.Shape, Type: nn.Int32, Quant: &nn.Quant{}}
	for c, s := range w.Quant.Scale {
		product := float32(in) * s
		b.I32 = append(b.I32, int32(math.Round(float64(from.F32[c])/(in*float64(s)))))
		b.Quant.Scale, b.Quant.Zero = append(b.Quant.Scale, product), append(b.Quant.Zero, 0)
	}
	return w, b
}
