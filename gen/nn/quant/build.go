package quant

import (
	"math"

	"marvelgen/gen/nn"
)

// builder writes the int8 graph.
type builder struct {
	*quantizer
	out   *nn.Graph
	made  map[*nn.Tensor]*nn.Tensor // int8, by the float tensor
	names nn.Names
	of    map[*nn.Node]*nn.Node // the float node of each int8 one
}

// build makes the int8 graph, and says which float node each of its nodes is.
func (q *quantizer) build() (*nn.Graph, map[*nn.Node]*nn.Node, error) {
	b := &builder{q, &nn.Graph{Name: q.graph.Name, File: q.graph.File}, map[*nn.Tensor]*nn.Tensor{}, nn.Names{}, map[*nn.Node]*nn.Node{}}
	for _, n := range q.graph.Nodes {
		b.names[n.Name] = 1
	}
	for _, t := range q.graph.Inputs {
		if t.Type != nn.Float32 {
			b.out.Inputs = append(b.out.Inputs, t)
			continue
		}
		x := b.tensor(t)
		if q.options.FloatInputs {
			from := &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Float32}
			b.rescale("quantize", nn.Quantize, from, x)
			x = from
		}
		b.out.Inputs = append(b.out.Inputs, x)
	}
	for _, n := range q.graph.Nodes {
		if err := b.node(n); err != nil {
			return nil, nil, err
		}
	}
	for _, t := range q.graph.Outputs {
		y := b.tensor(t)
		if q.options.FloatOutputs {
			to := &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Float32}
			b.rescale("dequantize", nn.Dequantize, y, to)
			y = to
		}
		b.out.Outputs = append(b.out.Outputs, y)
	}
	return b.out, b.of, nil
}

// rescale appends a Quantize or Dequantize node.
func (b *builder) rescale(name string, op nn.Op, from, to *nn.Tensor) {
	b.out.Nodes = append(b.out.Nodes, &nn.Node{Name: b.names.Unique(name), Op: op, In: []*nn.Tensor{from}, Out: []*nn.Tensor{to}})
}

// tensor is the int8 form of an activation, of a constant one with its data.
func (b *builder) tensor(t *nn.Tensor) *nn.Tensor {
	if x, ok := b.made[t]; ok {
		return x
	}
	x := &nn.Tensor{Name: t.Name, Shape: t.Shape, Type: nn.Int8, Quant: b.groups[t].quant()}
	if t.Const() {
		x.I8 = make([]int8, len(t.F32))
		for i, v := range t.F32 {
			step := math.Round(float64(v)/float64(x.Quant.Scale[0])) + float64(x.Quant.Zero[0])
			x.I8[i] = int8(min(max(step, -128), 127))
		}
	}
	b.made[t] = x
	return x
}

// quant is the scale and zero point of a group.
func (g *group) quant() *nn.Quant {
	if g.fixed != nil {
		q := *g.fixed
		return &q
	}
	if g.even {
		return &nn.Quant{Scale: []float32{float32(g.scale)}, Zero: []int32{0}}
	}
	return &nn.Quant{Scale: []float32{float32(g.scale)}, Zero: []int32{g.seen.zero(g.scale)}}
}

// widest is the largest scale of the input of a sigmoid or tanh, whose kernels take
// no more than 16: 128 steps of it reach where both are flat.
const widest = 1. / 8

func (b *builder) node(n *nn.Node) error {
	m := &nn.Node{Name: n.Name, Source: n.Source, Op: n.Op, Params: n.Params}
	for i, t := range n.In {
		switch {
		case weighs(n, 1) && i == 0:
			w, bias := b.quantize(n)
			m.In = append(m.In, b.tensor(t), w)
			if len(n.In) > 2 {
				m.In = append(m.In, bias)
			}
		case weighs(n, i):
		case keeps(n, i):
			m.In = append(m.In, t)
		case n.Op == nn.Concat && b.groups[t] != b.groups[n.Out[0]]:
			m.In = append(m.In, b.other(n, t, b.groups[n.Out[0]].quant()))
		case (n.Op == nn.Sigmoid || n.Op == nn.Tanh) && b.groups[t].scale >= 8:
			if b.groups[t].scale*leftward > widest {
				return errorf(b.graph, n, t, "its values reach from %g to %g, too far for %s", b.groups[t].seen.lo, b.groups[t].seen.hi, n.Op)
			}
			m.In = append(m.In, b.other(n, t, &nn.Quant{Scale: []float32{widest}, Zero: []int32{0}}))
		default:
			m.In = append(m.In, b.tensor(t))
		}
	}
	for _, t := range n.Out {
		m.Out = append(m.Out, b.tensor(t))
	}
	b.out.Nodes, b.of[m] = append(b.out.Nodes, m), n
	return nil
}

// other is an input of a node, rescaled.
func (b *builder) other(n *nn.Node, t *nn.Tensor, q *nn.Quant) *nn.Tensor {
	x := &nn.Tensor{Name: t.Name + "/rescaled", Shape: t.Shape, Type: nn.Int8, Quant: q}
	b.rescale(nn.Ident(n.Name)+"_quantize", nn.Quantize, b.tensor(t), x)
	return x
}
