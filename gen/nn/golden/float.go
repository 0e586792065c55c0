package golden

import (
	"context"
	"fmt"

	"marvelgen/gen/nn"
)

// Float executes a graph in floating point, sums in float64 and tensors in
// float32: what the quantised network approximates, and what calibration watches.
// Constants are read as the real numbers they stand for; scales of activations are
// not used, so a graph that is not quantised yet runs as well. Inputs and outputs
// are real numbers, one slice for each tensor. observe, if not nil, is told every
// tensor as it is computed.
func Float(ctx context.Context, g *nn.Graph, observe func(t *nn.Tensor, v []float32), inputs ...[]float32) ([][]float32, error) {
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
		if err := floatNode(n, live, real); err != nil {
			return nil, fmt.Errorf("%s: layer %s (%s, in the model %q): %w", g.File, n.Name, n.Op, n.Source, err)
		}
		if observe != nil {
			for _, t := range n.Out {
				observe(t, live[t].F32)
			}
		}
	}
	outs, err := live.outputs(g, real)
	if err != nil {
		return nil, err
	}
	reals := make([][]float32, len(outs))
	for i, v := range outs {
		reals[i] = v.F32
	}
	return reals, nil
}

func floatNode(n *nn.Node, live values, real func(*nn.Tensor) Value) error {
	if int(n.Op) >= len(operators) || operators[n.Op].shape == nil {
		return fmt.Errorf("operator %d is not one that can be executed", n.Op)
	}
	op := operators[n.Op]
	if err := tensors(n, op); err != nil {
		return err
	}
	if err := op.shape(n); err != nil {
		return err
	}
	in, out := make([]Value, len(n.In)), make([]Value, len(n.Out))
	for i, t := range n.In {
		v, err := live.get(t, real)
		if err != nil {
			return err
		}
		in[i] = v
	}
	for i, t := range n.Out {
		out[i] = NewValue(nn.Float32, t.Elements())
	}
	if op.real != nil {
		op.real(n, in, out)
	} else {
		op.run(&Plan{Node: n}, in, out) // it only moves elements, of whatever type
	}
	for i, t := range n.Out {
		live[t] = out[i]
	}
	return nil
}
