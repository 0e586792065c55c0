package plan

import (
	"slices"

	"marvelgen/gen/nn"
)

// sharing says which tensors lie in one place, and how long that is in use.
type sharing struct {
	of  map[*nn.Tensor]*Buffer
	all []*Buffer // in order of their first layer
}

// share finds the lifetimes of all tensors that are not constant, then lets
// outputs take the place of inputs. The network's own inputs live before the first
// layer, its outputs beyond the last one.
func share(g *nn.Graph, needs Needs) *sharing {
	s := &sharing{of: map[*nn.Tensor]*Buffer{}}
	for _, t := range g.Inputs {
		s.add(t, -1)
	}
	for i, n := range g.Nodes {
		for _, t := range n.In {
			if b := s.of[t]; b != nil {
				b.Last = i
			}
		}
		for _, t := range n.Out {
			s.add(t, i)
		}
	}
	fixed := map[*nn.Tensor]bool{} // the caller reads or wrote it
	for _, t := range g.Inputs {
		fixed[t] = true
	}
	for _, t := range g.Outputs {
		fixed[t] = true
		if b := s.of[t]; b != nil {
			b.Last = len(g.Nodes)
		}
	}
	for i, n := range g.Nodes {
		if n.Op == nn.Reshape {
			s.join(n.In[0], n.Out[0])
			continue
		}
		if needs.InPlace == nil {
			continue
		}
		for _, in := range needs.InPlace(n) {
			x, y := n.In[in], n.Out[0]
			b := s.of[x]
			if b == nil || b.Last != i || b == s.of[y] || x.Bytes() != y.Bytes() {
				continue // constant, needed later, or of another size
			}
			if !slices.ContainsFunc(b.Tensors, func(t *nn.Tensor) bool { return fixed[t] }) {
				s.join(x, y)
				break
			}
		}
	}
	s.all = slices.DeleteFunc(s.all, func(b *Buffer) bool { return len(b.Tensors) == 0 })
	return s
}

func (s *sharing) add(t *nn.Tensor, first int) {
	if s.of[t] == nil && !t.Const() {
		b := &Buffer{Tensors: []*nn.Tensor{t}, Bytes: t.Bytes(), First: first, Last: first}
		s.of[t] = b
		s.all = append(s.all, b)
	}
}

// join moves y, and what lies with it, into x's place.
func (s *sharing) join(x, y *nn.Tensor) {
	a, b := s.of[x], s.of[y]
	if a == nil || b == nil || a == b {
		return
	}
	a.First, a.Last, a.Bytes = min(a.First, b.First), max(a.Last, b.Last), max(a.Bytes, b.Bytes)
	for _, t := range b.Tensors {
		s.of[t] = a
	}
	a.Tensors, b.Tensors = append(a.Tensors, b.Tensors...), nil
}
