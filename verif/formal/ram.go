package formal

import (
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// reads lists the RAMs that an instruction reads.
func (b *builder) reads(p *isa.Placed) []*isa.State {
	var out []*isa.State
	for _, s := range b.m.States {
		found := false
		sem.Walk(func(n *sem.Node) { found = found || n.Op == sem.OpRead && n.Name == s.Name }, p.Exprs()...)
		if s.RAM && found {
			out = append(out, s)
		}
	}
	return out
}

// ramData is what the RAM shows in stage W.
func (b *builder) ramData(s *isa.State) []bit { return b.net("." + s.Name + "_q.rdata_o") }

// meantData is the element that the meaning of the instruction in W reads.
func (b *builder) meantData(p *isa.Placed, s *isa.State) []bit {
	return b.net(p.Name + "_meaning.read_" + s.Name)
}

// net is the wire whose name in the flat circuit ends so, nil if there is none:
// then nothing depends on it.
func (b *builder) net(suffix string) []bit {
	for _, name := range keys(b.model.nets) {
		if strings.HasSuffix(name, suffix) {
			return b.model.nets[name]
		}
	}
	return nil
}

// cut puts one new constant in the place of signals of a cycle that have been
// shown to be equal there. What is proven for every value of the constant holds
// for theirs, and the solver need not find that two ways to choose among all
// elements of a RAM choose alike before it compares what is computed from them.
func (u *unrolling) cut(name string, step int, signals ...[]bit) {
	free, ok := u.m.inputs[name]
	if !ok {
		free = len(u.m.values)
		u.m.inputs[name] = free
		u.m.values = append(u.m.values, node{width: len(signals[0]), input: name})
	}
	u.held(name)
	for _, s := range signals {
		for i, b := range s {
			if b.constant == "" {
				u.cuts[place{b, step}] = place{bit{value: free, index: i}, 0}
			}
		}
	}
}

// fixed reports whether the instruction always reads the same element: then what it
// reads is no choice among elements but bits of the state, which may not be cut.
func fixed(p *isa.Placed, s *isa.State) bool {
	constant := true
	sem.Walk(func(n *sem.Node) {
		constant = constant && !(n.Op == sem.OpRead && n.Name == s.Name && !n.Args[0].IsConst())
	}, p.Exprs()...)
	return constant
}

// same puts one signal of a cycle in the place of another that has been shown to be
// equal there.
func (u *unrolling) same(step int, of, as []bit) {
	for i, b := range of {
		if b.constant == "" {
			u.cuts[place{b, step}] = place{as[i], step}
		}
	}
}
