package quant

import (
	"context"
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// correctBy is how many of the samples biases are corrected by.
const correctBy = 32

// corrector follows the samples through the float network and the int8 one, layer by
// layer.
type corrector struct {
	*quantizer
	float, int8s []map[*nn.Tensor]golden.Value // by sample, what later nodes still read
	uses         map[*nn.Tensor]int
}

// correct changes biases so that, on average over the samples and over all places, each
// channel of a layer computes what it does in the float network (Nagel et al.,
// "Data-Free Quantization through Weight Equalization and Bias Correction", 2019,
// section 4.2). Layers are corrected in order: each sees what those before it give by
// then. of is the float node of each int8 one; the nodes that only rescale have none.
func (q *quantizer) correct(ctx context.Context, out *nn.Graph, of map[*nn.Node]*nn.Node, samples [][][]float32) error {
	c := &corrector{quantizer: q, uses: map[*nn.Tensor]int{}}
	for _, s := range samples[:min(correctBy, len(samples))] {
		f, i := map[*nn.Tensor]golden.Value{}, map[*nn.Tensor]golden.Value{}
		for k, t := range q.graph.Inputs {
			f[t] = golden.Value{F32: s[k]}
			i[out.Inputs[k]] = elements(out.Inputs[k], s[k])
		}
		c.float, c.int8s = append(c.float, f), append(c.int8s, i)
	}
	for _, nodes := range [][]*nn.Node{q.graph.Nodes, out.Nodes} {
		for _, n := range nodes {
			for _, t := range n.In {
				c.uses[t]++
			}
		}
	}
	for _, n := range out.Nodes {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := of[n]
		if f != nil && weighs(f, 1) {
			c.layer(n, f)
		}
		p, err := golden.Prepare(n)
		if err != nil {
			return err
		}
		for s := range c.int8s {
			run(n, c.int8s[s], p.Run)
			if f != nil {
				run(f, c.float[s], func(in, out []golden.Value) { golden.RunFloat(f, in, out) })
			}
		}
		c.release(n)
		if f != nil {
			c.release(f)
		}
	}
	return nil
}

// elements are the values of an input of the int8 network.
func elements(t *nn.Tensor, real []float32) golden.Value {
	if t.Type == nn.Float32 {
		return golden.Value{F32: real}
	}
	v := golden.NewValue(t.Type, len(real))
	for i, x := range real {
		v.I8[i] = int8(min(max(math.RoundToEven(float64(x)/float64(t.Quant.Scale[0]))+float64(t.Quant.Zero[0]), -128), 127))
	}
	return v
}

// run executes a node on one sample.
func run(n *nn.Node, live map[*nn.Tensor]golden.Value, f func(in, out []golden.Value)) {
	in, out := make([]golden.Value, len(n.In)), make([]golden.Value, len(n.Out))
	for i, t := range n.In {
		switch v, ok := live[t]; {
		case ok:
			in[i] = v
		case t != nil:
			in[i] = golden.Value{I8: t.I8, I32: t.I32, F32: t.F32}
		}
	}
	for i, t := range n.Out {
		out[i] = golden.NewValue(t.Type, t.Elements())
		live[t] = out[i]
	}
	f(in, out)
}

// release forgets what nothing reads any more.
func (c *corrector) release(n *nn.Node) {
	for _, t := range n.In {
		if c.uses[t]--; c.uses[t] == 0 {
			for s := range c.int8s {
				delete(c.float[s], t)
				delete(c.int8s[s], t)
			}
		}
	}
}

// layer corrects the biases of one layer: n in int8, f in floats.
func (c *corrector) layer(n, f *nn.Node) {
	outs := f.Out[0].Shape[len(f.Out[0].Shape)-1]
	want, got := plain(f, f.In), plain(f, []*nn.Tensor{{Type: nn.Float32}, real(n.In[1]), nil})
	if len(n.In) > 2 && n.In[2] != nil {
		got.In[2] = real(n.In[2])
	}
	sums, count := make([]float64, outs), 0
	for s := range c.int8s {
		a, b := golden.NewValue(nn.Float32, f.Out[0].Elements()), golden.NewValue(nn.Float32, f.Out[0].Elements())
		in := []golden.Value{{F32: golden.Real(n.In[0], c.int8s[s][n.In[0]])}, {F32: got.In[1].F32}, {}}
		if got.In[2] != nil {
			in[2].F32 = got.In[2].F32
		}
		got.In[0].Shape = n.In[0].Shape
		golden.RunFloat(got, in, []golden.Value{b})
		run(want, c.float[s], func(in, _ []golden.Value) { golden.RunFloat(want, in, []golden.Value{a}) })
		for i := range a.F32 {
			sums[i%outs] += float64(a.F32[i]) - float64(b.F32[i])
		}
		count += len(a.F32) / outs
	}
	c.shift(n, sums, count)
}

// plain is a float node without activation function, with other inputs.
func plain(f *nn.Node, in []*nn.Tensor) *nn.Node {
	m := *f
	m.Act, m.In = nn.NoAct, append([]*nn.Tensor(nil), in...)
	m.Out = []*nn.Tensor{{Shape: f.Out[0].Shape, Type: nn.Float32}}
	return &m
}

// real is a constant as the numbers that it stands for.
func real(t *nn.Tensor) *nn.Tensor {
	return &nn.Tensor{Shape: t.Shape, Type: nn.Float32, F32: golden.Real(t, golden.Value{I8: t.I8, I32: t.I32})}
}

// shift adds the mean of the differences to each bias, where the sums of the channel
// still fit int32 whatever the input.
func (c *corrector) shift(n *nn.Node, sums []float64, count int) {
	w := n.In[1]
	if len(n.In) < 3 || n.In[2] == nil {
		b := &nn.Tensor{Name: w.Name + "/bias", Shape: []int{len(sums)}, Type: nn.Int32, I32: make([]int32, len(sums)), Quant: &nn.Quant{}}
		for range sums {
			b.Quant.Zero = append(b.Quant.Zero, 0)
		}
		for i := range sums {
			b.Quant.Scale = append(b.Quant.Scale, n.In[0].Quant.Scale[0]*w.Quant.Scale[i%len(w.Quant.Scale)])
		}
		n.In = append(n.In[:2:2], b)
	}
	reach := make([]float64, len(sums)) // of the products
	l := &layer{axis: w.Quant.Axis, inner: 1, channels: make([]channel, len(sums))}
	if n.Op == nn.Depthwise {
		l.axis = 3
	}
	for _, d := range w.Shape[l.axis+1:] {
		l.inner *= d
	}
	l.each(len(w.I8), func(i, from, to int) {
		for _, v := range w.I8[from:to] {
			reach[i] += 255 * math.Abs(float64(v))
		}
	})
	b := n.In[2]
	for i := range sums {
		scale := float64(n.In[0].Quant.Scale[0]) * float64(w.Quant.Scale[i%len(w.Quant.Scale)])
		moved := math.Round(float64(b.I32[i]) + sums[i]/float64(count)/scale)
		if math.Abs(moved)+reach[i] < math.MaxInt32 {
			b.I32[i] = int32(moved)
		}
	}
}
