package quant

import (
	"slices"

	"marvelgen/gen/nn"
)

// Attention is told by a large negative number added to its scores where not to look.
// In units of the softmax's beta, a score that lies further below the largest of its row
// than masked is such a one. It need not be seen as far away as it is: beyond enough, a
// row of 128 gives it less than half a step of 1/256 altogether.
const (
	masked = 128
	enough = 12
)

// scores are the softmax that alone reads a tensor, or nil.
func scores(g *nn.Graph, t *nn.Tensor) *nn.Node {
	var reader *nn.Node
	for _, n := range g.Nodes {
		for _, x := range n.In {
			if x != t {
				continue
			}
			if n.Op != nn.Softmax || reader != nil {
				return nil
			}
			reader = n
		}
	}
	for _, y := range g.Outputs {
		if y == t {
			return nil
		}
	}
	return reader
}

// unmasked is scores with those nearer that are masked; rows that are masked as a whole
// are left out.
func unmasked(n *nn.Node, v []float32) []float32 {
	depth, top := n.In[0].Shape[n.Axis], slices.Max(v)
	far, near := masked/n.Beta, enough/n.Beta
	if !(slices.Min(v) < top-far) {
		return v
	}
	var out []float32
	for ; len(v) > 0; v = v[depth:] {
		best := slices.Max(v[:depth])
		if best < top-far {
			continue
		}
		for _, x := range v[:depth] {
			if x < best-far {
				x = best - near
			}
			out = append(out, x)
		}
	}
	return out
}

// nearMasks shortens the ranges of masks, which are tensors that are added to scores and
// read by nothing else: as far as it takes to put the largest score below the least one.
func nearMasks(g *nn.Graph, ranges map[*nn.Tensor]span) {
	reach := map[*nn.Tensor]float64{} // the lower ends; 0 for what is read otherwise
	for _, n := range g.Nodes {
		var softmax *nn.Node
		if n.Op == nn.Add && n.Act == nn.NoAct {
			softmax = scores(g, n.Out[0])
		}
		for i, t := range n.In {
			r, seen := ranges[t]
			if !seen {
				continue
			}
			low, other := reach[t]
			switch {
			case other && low == 0:
			case softmax == nil || n.In[1-i] == t || !(r.lo < -masked/float64(softmax.Beta)):
				reach[t] = 0
			default:
				o := ranges[n.In[1-i]]
				reach[t] = min(low, o.lo-o.hi-enough/float64(softmax.Beta))
			}
		}
	}
	for _, t := range g.Outputs {
		delete(reach, t)
	}
	for t, low := range reach {
		if r := ranges[t]; low < 0 && low > r.lo {
			ranges[t] = span{low, r.hi}
		}
	}
}
