package golden

import (
	"context"

	"marvelgen/gen/nn"
)

// Float executes a graph in floating point, sums in float64 and tensors in
// float32: what the quantised network approximates, and what calibration watches.
// Constants are read as the real numbers they stand for; scales of activations are
// not used, so a graph that is not quantised yet runs as well. Inputs and outputs
// are real numbers, one slice for each tensor. observe, if not nil, is told every
// tensor as it is computed.
func Float(ctx context.Context, g *nn.Graph, observe func(t *nn.Tensor, v []float32), inputs ...[]float32) ([][]float32, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	given := make([]Value, len(inputs))
	for i, v := range inputs {
		given[i] = Value{F32: v}
	}
	live, err := bind(g, given, func(*nn.Tensor) nn.DType { return nn.Float32 })
	if err != nil {
		return nil, err
	}
	constants := values{}
	real := func(t *nn.Tensor) Value {
		if t.Type == nn.Float32 {
			return constant(t)
		}
		v, ok := constants[t]
		if !ok {
			v = Value{F32: Real(t, constant(t))}
			constants[t] = v
		}
		return v
	}
	for _, n := range g.Nodes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		floatNode(n, live, real)
		if observe != nil {
			for _, t := range n.Out {
				observe(t, live[t].F32)
			}
		}
	}
	outs := live.outputs(g)
	reals := make([][]float32, len(outs))
	for i, v := range outs {
		reals[i] = v.F32
	}
	return reals, nil
}

func floatNode(n *nn.Node, live values, real func(*nn.Tensor) Value) {
	in, out := make([]Value, len(n.In)), make([]Value, len(n.Out))
	for i, t := range n.In {
		in[i] = live.get(t, real)
	}
	for i, t := range n.Out {
		out[i] = NewValue(nn.Float32, t.Elements())
		live[t] = out[i]
	}
	RunFloat(n, in, out)
}

// RunFloat runs one node on float32: in are its inputs as real numbers, out its
// results, which have their sizes.
func RunFloat(n *nn.Node, in, out []Value) { runFloat(&Plan{Node: n}, in, out) }

// runFloat runs a node on float32.
func runFloat(p *Plan, in, out []Value) {
	if op := operators[p.Node.Op]; op.real != nil {
		op.real(p.Node, in, out)
	} else {
		op.run(p, in, out)
	}
}
