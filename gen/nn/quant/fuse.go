package quant

import "marvelgen/gen/nn"

// fuse gives an activation function that stands alone to the operator before it,
// where nothing else reads that one's result: the range then is that of what is
// left, and not half of it spent on numbers that are cut off. Nodes that change are
// copies.
func fuse(g *nn.Graph) *nn.Graph {
	reads, maker := map[*nn.Tensor]int{}, map[*nn.Tensor]int{} // of results: how often, and the node in the new graph
	for _, n := range g.Nodes {
		for _, t := range n.In {
			reads[t]++
		}
	}
	for _, t := range g.Outputs {
		reads[t]++
	}
	out := *g
	out.Nodes = nil
	for _, n := range g.Nodes {
		if n.Op == nn.Relu {
			if i, ok := maker[n.In[0]]; ok && reads[n.In[0]] == 1 {
				m := *out.Nodes[i]
				m.Act, m.Out = n.Act, n.Out
				out.Nodes[i] = &m
				continue
			}
		}
		if n.Act == nn.NoAct && n.Op.HasAct() {
			maker[n.Out[0]] = len(out.Nodes)
		}
		out.Nodes = append(out.Nodes, n)
	}
	return &out
}
