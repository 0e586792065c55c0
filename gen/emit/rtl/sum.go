package rtl

import (
	"fmt"

	"marvelgen/gen/sem/bv"
)

// computed finds sums of which one operand is selected or computed by bits, and
// the other is not: its index, and whether there is one. An adder's LUTs have
// room for what computes it if the other operand is the one beside them, which
// mv32_sum sees to. It is for the widths where that pays for its instance.
func computed(n *bv.Node) (index int, ok bool) {
	const narrow = 8
	a, b := logic(n.Args[0]), logic(n.Args[1])
	if n.Width < narrow || a == b || n.Args[0].Op == bv.Const || n.Args[1].Op == bv.Const {
		return 0, false
	}
	if a {
		return 0, true
	}
	return 1, true
}

// logic reports whether a vector comes from LUTs, wires apart.
func logic(n *bv.Node) bool {
	switch n.Op {
	case bv.ZeroExt, bv.SignExt, bv.Extract:
		return logic(n.Args[0])
	case bv.Mux, bv.And, bv.Or, bv.Xor, bv.Not:
		return true
	}
	return false
}

// sum adds by an mv32_sum; operand i is the computed one.
func (p *printer) sum(n *bv.Node, s stage, i int) string {
	a := [2]string{p.ref(n.Args[0], s), p.ref(n.Args[1], s)}
	name := p.name(n, s)
	p.line(s, fmt.Sprintf("wire %s%s;", vector(n.Width), name))
	p.line(s, fmt.Sprintf("mv32_sum #(.WIDTH(%d)) %s (.a_i(%s), .b_i(%s), .carry_i(1'b0), .sum_o(%s));",
		n.Width, p.unique(name+"_adder"), a[1-i], a[i], name))
	return name
}
