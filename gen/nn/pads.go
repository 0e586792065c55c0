package nn

import "slices"

// FoldPads lets convolutions pad by themselves: a padding of height and width that
// nothing but convolutions read goes into their windows. Both have the zero point as
// the value of padding, so nothing changes but that no padded copy is needed.
func FoldPads(g *Graph) {
	readers := map[*Tensor][]*Node{}
	for _, n := range g.Nodes {
		for _, t := range n.In {
			readers[t] = append(readers[t], n)
		}
	}
	folds := func(n *Node) bool {
		if n.Op != Pad || len(n.Pads) != 4 || n.Pads[0] != [2]int{} || n.Pads[3] != [2]int{} || slices.Contains(g.Outputs, n.Out[0]) {
			return false
		}
		return !slices.ContainsFunc(readers[n.Out[0]], func(r *Node) bool {
			return r.Op != Conv && r.Op != Depthwise || r.In[0] != n.Out[0]
		})
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *Node) bool {
		if !folds(n) {
			return false
		}
		for _, r := range readers[n.Out[0]] {
			r.In[0] = n.In[0]
			for k := range 2 {
				r.Window.Before[k] += n.Pads[1+k][0]
				r.Window.After[k] += n.Pads[1+k][1]
			}
		}
		return true
	})
}
