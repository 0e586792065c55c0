// Package quant turns a float network into an int8 one after training, by the
// conventions of TensorFlow Lite's int8 specification: activations have one scale
// and zero point, from what calibration inputs show of their range; weights are
// symmetric with a scale for each output channel; biases are int32 in the scale of
// the sums they join.
package quant

import (
	"context"
	"fmt"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// Options says how to quantise. The zero value is usual.
type Options struct {
	Clip Clip
	// Percent of the values that Percentile keeps, at each end; 0 stands for 99.99.
	Percent float64
	// FloatInputs and FloatOutputs leave the network's edges in float32, with a
	// Quantize or Dequantize node behind or before each.
	FloatInputs, FloatOutputs bool
	// CorrectBiases undoes what quantisation adds to each channel on average over the
	// first 32 samples. Worth it where they are real ones.
	CorrectBiases bool
}

// Quantize makes the int8 network of a float one: all tensors Float32, none with
// scales. Each sample holds one slice of real numbers for each of the graph's
// inputs, and there is at least one. The result has the names, shapes and order of
// nodes of g, which it leaves as it is; a Relu that can be an operator's activation
// function becomes it; a Quantize node is added where an operator needs all its
// tensors in one scale and one of them has a scale of its own, and before a sigmoid
// or tanh whose input reaches further than these see. Numbers that hide scores from a
// softmax, however large, count as far enough away. Constants stay float32 where a layer
// normalisation has them. The result passes
// Check, golden.New prepares it, and whatever the input, no sum of products overflows,
// and no value that is rescaled to the left.
//
// What cannot be quantised is an *nn.Error: other types, numbers that are not finite
// or too large (activations and biases beyond 2^112, weights beyond 2^40), ranges that
// no rescaling bridges.
func Quantize(ctx context.Context, g *nn.Graph, samples [][][]float32, o Options) (*nn.Graph, error) {
	if err := accept(g, o); err != nil {
		return nil, err
	}
	g = fuse(g)
	ranges, err := observe(ctx, g, samples, o)
	if err != nil {
		return nil, err
	}
	q := &quantizer{graph: g, options: o, groups: unite(g, ranges), layers: map[*nn.Node]*layer{}}
	if err := q.readWeights(); err != nil {
		return nil, err
	}
	if err := q.raiseScales(); err != nil {
		return nil, err
	}
	out, of, err := q.build()
	if err != nil {
		return nil, err
	}
	m, err := golden.New(out)
	if err == nil && o.CorrectBiases {
		err = q.correct(ctx, m, of, samples)
	}
	return out, err
}

// quantizer is a network on its way.
type quantizer struct {
	graph   *nn.Graph
	options Options
	groups  map[*nn.Tensor]*group
	layers  map[*nn.Node]*layer // of nodes with weights
}

// errorf locates a problem; n and t may be nil.
func errorf(g *nn.Graph, n *nn.Node, t *nn.Tensor, format string, args ...any) error {
	return g.Locate(n, t, fmt.Errorf(format, args...))
}

// indexes reports whether a tensor is read as the indices of tables, and by nothing else.
func indexes(g *nn.Graph, t *nn.Tensor) bool {
	return len(tables(g, t)) > 0 && !slices.ContainsFunc(g.Nodes, func(n *nn.Node) bool {
		return slices.Contains(n.In, t) && n.Op != nn.Gather
	})
}

// tables are the nodes that read a tensor as indices.
func tables(g *nn.Graph, t *nn.Tensor) (nodes []*nn.Node) {
	for _, n := range g.Nodes {
		if n.Op == nn.Gather && n.In[1] == t {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// accept refuses what is no float network.
func accept(g *nn.Graph, o Options) error {
	if o.Percent != 0 && !(o.Percent > 50 && o.Percent <= 100) {
		return errorf(g, nil, nil, "clipping to %v percent: it is above 50 and at most 100", o.Percent)
	}
	if err := g.Check(); err != nil {
		return err
	}
	for _, t := range g.Inputs {
		if t.Type != nn.Float32 && !indexes(g, t) || t.Quant != nil {
			return errorf(g, nil, t, "the input is %s or has a scale: only float32 networks can be quantised", t.Type)
		}
	}
	for _, n := range g.Nodes {
		if n.Op == nn.Quantize || n.Op == nn.Dequantize {
			return errorf(g, n, n.Out[0], "the network is quantised already, in part at least")
		}
		if n.Op == nn.MatMul && depth(n) >= 1<<15 {
			return errorf(g, n, n.Out[0], "sums of %d products may not fit 32 bits", depth(n))
		}
		for i, t := range append(n.In[:len(n.In):len(n.In)], n.Out...) {
			if n.Op == nn.Gather && i == 1 {
				continue
			}
			if t != nil && (t.Type != nn.Float32 || t.Quant != nil) {
				return errorf(g, n, t, "it is %s or has a scale: only float32 networks can be quantised", t.Type)
			}
		}
	}
	return nil
}
