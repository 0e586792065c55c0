package norm

import (
	"slices"

	"marvelgen/gen/sem/bv"
)

// plan is the order in which the nodes of an expression become values: the arguments of
// each before it.
type plan struct{ steps []planned }

// planned is a node, and which steps give its arguments.
type planned struct {
	node *bv.Node
	args []int
}

// plan is the plan of a node, which is made once: the meaning of an instruction is
// brought into normal form for each place where it stands.
func (b *Builder) plan(root *bv.Node) *plan {
	p := b.plans[root]
	if p != nil {
		return p
	}
	p = &plan{}
	place := map[*bv.Node]int{}
	var visit func(n *bv.Node) int
	visit = func(n *bv.Node) int {
		if k, ok := place[n]; ok {
			return k
		}
		var args []int
		for _, a := range n.Args {
			args = append(args, visit(a))
		}
		place[n] = len(p.steps)
		p.steps = append(p.steps, planned{n, args})
		return place[n]
	}
	visit(root)
	b.plans[root] = p
	return p
}

// From is n in normal form, with the operands that env gives.
func (b *Builder) From(n *bv.Node, env func(*bv.Node) *Value) *Value {
	p := b.plan(n)
	slots := b.slots[:0]
	b.slots = nil // env may come here again
	for i := range p.steps {
		slots = append(slots, b.node(&p.steps[i], slots, env))
	}
	v := slots[len(slots)-1]
	b.slots = slots
	return b.same(v)
}

// node is one node's value.
func (b *Builder) node(s *planned, slots []*Value, env func(*bv.Node) *Value) *Value {
	n := s.node
	a := func(i int) *Value { return slots[s.args[i]] }
	switch n.Op {
	case bv.Const:
		return b.Const(n.Value, n.Width)
	case bv.Input:
		return env(n)
	case bv.Read, bv.Table:
		return b.Element(n.Name, n.Width, a(0))
	case bv.Add:
		return b.Add(a(0), a(1), 1)
	case bv.Sub:
		return b.Sub(a(0), a(1))
	case bv.Mul:
		return b.Mul(a(0), a(1))
	case bv.QuoU, bv.QuoS:
		return b.Divide(Quo, n.Op == bv.QuoS, a(0), a(1))
	case bv.RemU, bv.RemS:
		return b.Divide(Rem, n.Op == bv.RemS, a(0), a(1))
	case bv.And, bv.Or, bv.Xor:
		return b.Logic(And+Op(slices.Index([]bv.Op{bv.And, bv.Or, bv.Xor}, n.Op)), a(0), a(1))
	case bv.Not:
		return b.Not(a(0))
	case bv.Shl, bv.ShrU, bv.ShrS:
		return b.Shift(n.Op, a(0), a(1))
	case bv.Eq:
		return b.Zero(b.Sub(a(0), a(1)))
	case bv.LtU, bv.LtS:
		return b.Less(n.Op == bv.LtS, a(0), a(1))
	case bv.Mux:
		return b.Mux(a(0), a(1), a(2))
	case bv.Extract:
		return b.Extract(a(0), n.Lo, n.Width)
	case bv.ZeroExt, bv.SignExt:
		return b.Ext(a(0), n.Width, n.Op == bv.SignExt)
	}
	panic("norm: From: unknown operation " + n.Op.String())
}
