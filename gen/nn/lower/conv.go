package lower

import (
	"fmt"

	"marvelgen/gen/nn"
)

// window prints where a convolution or a pool looks.
func (p *printer) window() string {
	x, y, w := p.n.In[0].Shape, p.n.Out[0].Shape, p.n.Window
	return fmt.Sprintf(".window = {.batch = %d, .in = {%d, %d}, .in_channels = %d, .out = {%d, %d}, .out_channels = %d, .kernel = %s, .stride = %s, .dilation = %s, .before = %s}",
		x[0], x[1], x[2], x[3], y[1], y[2], y[3], list(w.Kernel[:]), list(w.Stride[:]), list(w.Dilation[:]), list(w.Before[:]))
}

// bias prints the biases with the zero points folded in: the sum of
// (x-zero)*w over all weights is the sum of x*w plus fold(c). A sum that does not
// fit wraps as it does in the reference.
func (p *printer) bias(channels int, fold func(c int) int32) string {
	all := make([]int32, channels)
	needed := false
	for c := range all {
		if len(p.n.In) > 2 && p.n.In[2] != nil {
			all[c] = p.n.In[2].I32[c]
		}
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
	channels, zero := n.Out[0].Shape[3], p.InZero[0]
	each := w.Elements() / channels
	fold := func(c int) int32 {
		sum := int32(0)
		for _, v := range w.I8[c*each:][:each] {
			sum += int32(v)
		}
		return -zero * sum
	}
	if n.Op != nn.Conv {
		fold = nil // at the borders it depends on the place which weights count
	}
	weights, bias := p.tensor("weights", w), p.bias(channels, fold)
	out, err := p.rescale(".out")
	if err != nil {
		return err
	}
	params := p.params("conv", "", p.window(), fmt.Sprintf(".groups = %d, .multiplier = %d, .zero = %d", max(n.Groups, 1), max(n.Multiplier, 1), zero), out)
	args := []string{params, p.x, weights, bias, p.y}
	if n.Op == nn.Conv {
		if p.scratch {
			args = append(args, "scratch")
		} else {
			args = append(args, "NULL")
		}
	}
	p.call(n.Op.String(), args...)
	return nil
}

func (p *printer) fully() error {
	w := p.n.In[1]
	outs, depth := w.Shape[0], w.Shape[1]
	weights := p.tensor("weights", w)
	bias := p.bias(outs, func(c int) int32 {
		sum := int32(0)
		for _, v := range w.I8[c*depth:][:depth] {
			sum += int32(v)
		}
		return -p.InZero[0] * sum
	})
	out, err := p.rescale(".out")
	if err != nil {
		return err
	}
	params := p.params("fully_connected", "", fmt.Sprintf(".rows = %d, .depth = %d, .outs = %d", p.n.Out[0].Elements()/outs, depth, outs), out)
	p.call("fully_connected", params, p.x, weights, bias, p.y)
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
	out, err := p.rescale(".out")
	if err != nil {
		return err
	}
	params := p.params("matmul", "", walk, fmt.Sprintf(".rows = %d, .columns = %d, .depth = %d, .step = %d, .across = %d, .zero = %s",
		rows, columns, depth, step, across, list(p.InZero[:])), out)
	p.call("matmul", params, p.x, p.in(1), p.y)
	return nil
}
