package bv

// HasMul reports whether a multiplication is reachable from n.
func HasMul(n *Node) bool {
	found := false
	Walk(func(n *Node) { found = found || n.Op == Mul }, n)
	return found
}

// Unify is sel ? x : y, with the multiplications of x and y shared: where both
// sides apply the same operation on top of a multiplication, the operation is
// done once on selected arguments.
//
//	sel ? a + b*c : d + e*f   becomes   (sel ? a : d) + (sel ? b : e) * (sel ? c : f)
//
// It pays because a multiplexer costs far less than a multiplier.
func (b *Builder) Unify(sel, x, y *Node) *Node {
	if x == y {
		return x
	}
	if x.Op != y.Op || x.Width != y.Width || x.Lo != y.Lo || !HasMul(x) || !HasMul(y) || x.Op == Read || x.Op == Table {
		return b.Mux(sel, x, y)
	}
	xs, ys := x.Args, append([]*Node(nil), y.Args...)
	if commutes(x.Op) && HasMul(xs[0]) != HasMul(ys[0]) {
		ys[0], ys[1] = ys[1], ys[0]
	}
	args := make([]*Node, len(xs))
	for i := range xs {
		if xs[i].Width != ys[i].Width {
			return b.Mux(sel, x, y)
		}
		args[i] = b.Unify(sel, xs[i], ys[i])
	}
	switch x.Op {
	case Extract:
		return b.Extract(args[0], x.Lo, x.Width)
	case ZeroExt, SignExt:
		return b.Extend(args[0], x.Width, x.Op == SignExt)
	case Not:
		return b.Not(args[0])
	case Mux:
		return b.Mux(args[0], args[1], args[2])
	}
	return b.Op2(x.Op, x.Width, args[0], args[1])
}

func commutes(op Op) bool {
	switch op {
	case Add, Mul, And, Or, Xor, Eq:
		return true
	}
	return false
}
