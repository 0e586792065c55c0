package onnx

import (
	"math"

	"marvelgen/gen/nn"
)

// hardSwish finds x * relu6(x+3) / 6, as exporters without the operator write it,
// with the division behind the product or before it.
func (r *reader) hardSwish() {
	read, maker := r.readers(), map[*nn.Tensor]*nn.Node{}
	// only is the node that makes a tensor for one reader.
	only := func(t *nn.Tensor) *nn.Node {
		if n := maker[t]; n != nil && len(read[t]) == 1 {
			return n
		}
		return nil
	}
	// six is x if the tensor is relu6(x+3).
	six := func(t *nn.Tensor) *nn.Tensor {
		n := only(t)
		if n == nil || n.Op != nn.Add || n.Act != nn.Relu6Act {
			return nil
		}
		return times(n, 3)
	}
	for _, n := range r.graph.Nodes {
		maker[n.Out[0]] = n
		if n.Op != nn.Mul || n.Act != nn.NoAct {
			continue
		}
		var x *nn.Tensor
		if inner := only(times(n, 1./6)); inner != nil && inner.Op == nn.Mul && inner.Act == nn.NoAct { // (x * relu6) / 6
			for i, t := range inner.In {
				if s := six(inner.In[1-i]); s != nil && s == t {
					x = t
				}
			}
		}
		for i, t := range n.In { // x * (relu6 / 6)
			inner := only(n.In[1-i])
			if inner == nil || inner.Op != nn.Mul || inner.Act != nn.NoAct {
				continue
			}
			if s := six(times(inner, 1./6)); s != nil && s == t {
				x = t
			}
		}
		if x != nil {
			n.Op, n.In = nn.HardSwish, []*nn.Tensor{x}
		}
	}
	r.drop()
}

// times is the tensor that a node combines with one number, if it is that number;
// else nil.
func times(n *nn.Node, number float64) *nn.Tensor {
	for i, c := range n.In {
		if c.Type == nn.Float32 && len(c.F32) == 1 && math.Abs(float64(c.F32[0])-number) < 1e-6 {
			return n.In[1-i]
		}
	}
	return nil
}
