package quant

import (
	"context"
	"math"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// correctBy is how many of the samples biases are corrected by, the first ones: means
// do not get better by more, and every sample's tensors lie in memory at once.
const correctBy = 32

// live are the tensors of one sample that later nodes still read.
type live map[*nn.Tensor]golden.Value

// get is a tensor of the sample, or a constant.
func (l live) get(t *nn.Tensor) golden.Value {
	switch v, ok := l[t]; {
	case ok:
		return v
	case t == nil:
		return golden.Value{}
	}
	return golden.Value{I8: t.I8, I32: t.I32, F32: t.F32}
}

// run executes a node. Its results are the caller's to keep.
func (l live) run(n *nn.Node, f func(in, out []golden.Value)) []golden.Value {
	in, out := make([]golden.Value, len(n.In)), make([]golden.Value, len(n.Out))
	for i, t := range n.In {
		in[i] = l.get(t)
	}
	for i, t := range n.Out {
		out[i] = golden.NewValue(t.Type, t.Elements())
	}
	f(in, out)
	return out
}

// corrector follows the samples through the float network and the int8 one, layer by
// layer.
type corrector struct {
	*quantizer
	float, int8s []live // by sample
	uses         map[*nn.Tensor]int
}

// correct changes biases so that, on average over the samples and over all places, each
// channel of a layer computes what it does in the float network (Nagel et al.,
// "Data-Free Quantization through Weight Equalization and Bias Correction", 2019,
// section 4.2). Layers are corrected in order: each sees what those before it give by
// then. of is the float node of each int8 one; the nodes that only rescale have none.
func (q *quantizer) correct(ctx context.Context, m *golden.Machine, of map[*nn.Node]*nn.Node, samples [][][]float32) error {
	c := q.corrector(m.Graph, samples)
	for _, p := range m.Plans {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.node(p, of[p.Node])
	}
	return nil
}

// corrector stands before the first node of an int8 graph.
func (q *quantizer) corrector(g *nn.Graph, samples [][][]float32) *corrector {
	c := &corrector{quantizer: q, uses: map[*nn.Tensor]int{}}
	for _, s := range samples[:min(correctBy, len(samples))] {
		f, i := live{}, live{}
		for k, t := range q.graph.Inputs {
			f[t] = golden.Value{F32: s[k]}
			i[g.Inputs[k]] = elements(g.Inputs[k], s[k])
		}
		c.float, c.int8s = append(c.float, f), append(c.int8s, i)
	}
	for _, nodes := range [][]*nn.Node{q.graph.Nodes, g.Nodes} {
		for _, n := range nodes {
			for _, t := range n.In {
				c.uses[t]++
			}
		}
	}
	return c
}

// node corrects a node's biases if it has any, and executes it; f, which may be nil, is
// the one in floats.
func (c *corrector) node(p *golden.Plan, f *nn.Node) {
	if f != nil && weighs(f, 1) {
		c.layer(p, f)
	}
	c.advance(c.int8s, p.Node, p.Run)
	if f != nil {
		c.advance(c.float, f, func(in, out []golden.Value) { golden.RunFloat(f, in, out) })
	}
}

// elements are the values of an input of the int8 network.
func elements(t *nn.Tensor, real []float32) golden.Value {
	if t.Type == nn.Float32 {
		return golden.Value{F32: real}
	}
	v := golden.NewValue(t.Type, len(real))
	if t.Type == nn.Int32 { // indices
		for i, x := range real {
			v.I32[i] = int32(x)
		}
		return v
	}
	for i, x := range real {
		v.I8[i] = int8(min(max(math.RoundToEven(float64(x)/float64(t.Quant.Scale[0]))+float64(t.Quant.Zero[0]), -128), 127))
	}
	return v
}

// advance executes a node on every sample, and forgets what nothing reads any more.
func (c *corrector) advance(samples []live, n *nn.Node, f func(in, out []golden.Value)) {
	for _, l := range samples {
		for i, v := range l.run(n, f) {
			if c.uses[n.Out[i]] > 0 {
				l[n.Out[i]] = v
			}
		}
	}
	for _, t := range n.In {
		if c.uses[t]--; c.uses[t] == 0 {
			for _, l := range samples {
				delete(l, t)
			}
		}
	}
}

// layer corrects the biases of one layer: p in int8, f in floats.
func (c *corrector) layer(p *golden.Plan, f *nn.Node) {
	n, outs := p.Node, f.Out[0].Shape[len(f.Out[0].Shape)-1]
	want := plain(f, f.In)
	got := plain(f, []*nn.Tensor{{Shape: n.In[0].Shape, Type: nn.Float32}, real(n.In[1])})
	if len(n.In) > 2 && n.In[2] != nil {
		got.In = append(got.In, real(n.In[2]))
	}
	sums, count := make([]float64, outs), 0
	for s := range c.int8s {
		a := c.float[s].run(want, func(in, out []golden.Value) { golden.RunFloat(want, in, out) })[0].F32
		x := live{got.In[0]: {F32: golden.Real(n.In[0], c.int8s[s].get(n.In[0]))}}
		b := x.run(got, func(in, out []golden.Value) { golden.RunFloat(got, in, out) })[0].F32
		for i := range a {
			sums[i%outs] += float64(a[i]) - float64(b[i])
		}
		count += len(a) / outs
	}
	for i := range sums {
		sums[i] /= float64(count)
	}
	shift(p, c.layers[f], sums)
}

// plain is a float node without activation function, with other inputs.
func plain(f *nn.Node, in []*nn.Tensor) *nn.Node {
	m := *f
	m.Act, m.In = nn.NoAct, in
	m.Out = []*nn.Tensor{{Shape: f.Out[0].Shape, Type: nn.Float32}}
	return &m
}

// real is a constant as the numbers that it stands for.
func real(t *nn.Tensor) *nn.Tensor {
	return &nn.Tensor{Shape: t.Shape, Type: nn.Float32, F32: golden.Real(t, golden.Value{I8: t.I8, I32: t.I32})}
}

// shift adds means of differences, in real numbers, to the biases of a layer; one
// without biases gets some if that is needed. A channel whose sums might then leave
// int32, for some input or when they are rescaled to the left, stays as it is:
// differences of that size come of ranges that are clipped, and no bias undoes those.
func shift(p *golden.Plan, l *layer, means []float64) {
	n := p.Node
	w, in := n.In[1], n.In[0].Quant.Scale[0]
	var b *nn.Tensor
	if len(n.In) > 2 {
		b = n.In[2]
	}
	if b == nil {
		b = &nn.Tensor{Name: w.Name + "/bias", Shape: []int{len(means)}, Type: nn.Int32, I32: make([]int32, len(means)), Quant: &nn.Quant{}}
		for _, s := range w.Quant.Scale {
			b.Quant.Scale, b.Quant.Zero = append(b.Quant.Scale, in*s), append(b.Quant.Zero, 0)
		}
	}
	reach := make([]float64, len(means)) // of the products
	l.each(len(w.I8), func(c, from, to int) {
		for _, v := range w.I8[from:to] {
			reach[c] += 255 * math.Abs(float64(v))
		}
	})
	for c, mean := range means {
		moved := math.Round(float64(b.I32[c]) + mean/(float64(in)*float64(w.Quant.Scale[c])))
		left := max(p.Out[min(c, len(p.Out)-1)].Shift, 0)
		if math.Ldexp(math.Abs(moved)+reach[c], int(left)) < 1<<31 {
			b.I32[c] = int32(moved)
		}
	}
	if slices.ContainsFunc(b.I32, func(v int32) bool { return v != 0 }) {
		n.In = append(n.In[:2:2], b)
	}
}
