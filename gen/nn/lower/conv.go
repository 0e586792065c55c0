package lower

import (
	"fmt"
	"math"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// window prints where a convolution or a pool looks.
func (p *printer) window() string {
	x, y, w := p.n.In[0].Shape, p.n.Out[0].Shape, p.n.Window
	return fmt.Sprintf(".window = {.batch = %d, .in = {%d, %d}, .in_channels = %d, .out = {%d, %d}, .out_channels = %d, .kernel = %s, .stride = %s, .dilation = %s, .before = %s}",
		x[0], x[1], x[2], x[3], y[1], y[2], y[3], list(w.Kernel[:]), list(w.Stride[:]), list(w.Dilation[:]), list(w.Before[:]))
}

// channels is what the output channels of a layer with weights add and are rescaled
// by.
type channels struct {
	bias   []int32
	most   []int64 // largest magnitude of accumulators, biases included
	scales []golden.Rescale
}

// channels collects them; of gives the channel of a weight. A channel that always
// has one value gets a small bias and a scale that give the same: converters leave
// such ones with biases of 2^30, or with scales near nought.
func (p *printer) channels(outs int, of func(i int) int) channels {
	c := channels{make([]int32, outs), make([]int64, outs), slices.Clone(p.Out)}
	if len(p.n.In) > 2 && p.n.In[2] != nil {
		copy(c.bias, p.n.In[2].I32)
	}
	low, high := int64(-128-p.InZero[0]), int64(127-p.InZero[0]) // inputs less their zero point
	least := make([]int64, outs)
	for i, v := range p.n.In[1].I8 {
		a, b := int64(v)*low, int64(v)*high
		least[of(i)] += min(a, b)
		c.most[of(i)] += max(a, b)
	}
	for i, b := range c.bias {
		if len(c.scales) == outs {
			value := p.value(i, int64(b)+c.most[i])
			switch {
			case value != p.value(i, int64(b)+least[i]):
				c.scales[i] = nearer(c.scales[i], p.Out, int64(b)+least[i], int64(b)+c.most[i])
			case c.most[i] == least[i]:
				c.bias[i], c.scales[i] = 4*value, golden.Rescale{Multiplier: 1 << 30, Shift: -1}
			case value == 0:
				c.bias[i], c.scales[i] = 0, golden.Rescale{Shift: -8}
			}
		}
		bias := int64(c.bias[i])
		c.most[i] = max(-least[i]-bias, c.most[i]+bias)
	}
	return c
}

// value is what a channel makes of an accumulator, less the zero point of the output.
func (p *printer) value(channel int, acc int64) int32 {
	clamped := int32(min(max(acc, math.MinInt32), math.MaxInt32))
	return min(max(p.Out[channel].Apply(clamped), p.Min-p.OutZero), p.Max-p.OutZero)
}

// bias prints biases with the zero points folded in: the sum of (x-zero)*w over all
// weights is the sum of x*w plus fold(c). A sum that does not fit wraps as it does in
// the reference.
func (p *printer) bias(all []int32, fold func(c int) int32) string {
	needed := false
	for c := range all {
		if fold != nil {
			all[c] += fold(c)
		}
		needed = needed || all[c] != 0
	}
	if !needed {
		return "NULL"
	}
	return array(p, "bias", "int32_t", all)
}

// conv prints the three convolutions.
func (p *printer) conv() error {
	n, w := p.n, p.n.In[1]
	outs, zero := n.Out[0].Shape[3], p.InZero[0]
	each := w.Elements() / outs
	of := func(i int) int { return i / each }
	if n.Op == nn.Depthwise {
		of = func(i int) int { return i % outs }
	}
	var fold func(c int) int32
	if n.Op != nn.TransposedConv { // at the borders of that it depends on the place which weights count
		sums := make([]int32, outs)
		for i, v := range w.I8 {
			sums[of(i)] += int32(v)
		}
		fold = func(c int) int32 { return -zero * sums[c] }
	}
	c := p.channels(outs, of)
	weights, bias := p.tensor("weights", w), p.bias(c.bias, fold)
	out, err := p.rescale(".out", c.scales, c.most...)
	if err != nil {
		return err
	}
	params := p.params("conv", "", p.window(), fmt.Sprintf(".groups = %d, .multiplier = %d, .zero = %d", max(n.Groups, 1), max(n.Multiplier, 1), zero), out)
	args := []string{params, p.x, weights, bias, p.y}
	if p.scratch {
		args = append(args, "scratch")
	}
	p.call(n.Op.String(), args...)
	return nil
}

func (p *printer) fully() error {
	w := p.n.In[1]
	outs, depth := w.Shape[0], w.Shape[1]
	weights := p.tensor("weights", w)
	c := p.channels(outs, func(i int) int { return i / depth })
	bias := p.bias(c.bias, func(c int) int32 {
		sum := int32(0)
		for _, v := range w.I8[c*depth:][:depth] {
			sum += int32(v)
		}
		return -p.InZero[0] * sum
	})
	out, err := p.rescale(".out", c.scales, c.most...)
	if err != nil {
		return err
	}
	params := p.params("fully_connected", "", fmt.Sprintf(".rows = %d, .depth = %d, .outs = %d", p.n.Out[0].Elements()/outs, depth, outs), out)
	scratch := "NULL"
	if p.scratch {
		scratch = "scratch"
	}
	p.call("fully_connected", params, p.x, weights, bias, p.y, scratch)
	return nil
}

func (p *printer) pool() error {
	params := p.params("pool", "", p.window(), fmt.Sprintf(".min = %d, .max = %d", p.Min, p.Max))
	p.call(p.n.Op.String(), params, p.x, p.y)
	return nil
}

func (p *printer) matMul() error {
	n := p.n
	as, bs, ys := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	rows, columns, depth := ys[len(ys)-2], ys[len(ys)-1], as[len(as)-1]
	step, across := columns, 1
	if n.TransposeB {
		step, across = 1, depth
	}
	batches := ys[:len(ys)-2]
	spread := func(s []int, size int) []int {
		steps := spread(s[:len(s)-2], batches)
		for i := range steps {
			steps[i] *= size
		}
		return steps
	}
	walk, err := newWalk(batches, spread(as, rows*depth), spread(bs, depth*columns)).c(".batches")
	if err != nil {
		return err
	}
	out, err := p.rescale(".out", p.Out, int64(depth)*255*255)
	if err != nil {
		return err
	}
	params := p.params("matmul", "", walk, fmt.Sprintf(".rows = %d, .columns = %d, .depth = %d, .step = %d, .across = %d, .zero = %s",
		rows, columns, depth, step, across, list(p.InZero[:])), out)
	p.call("matmul", params, p.x, p.in(1), p.y)
	return nil
}
