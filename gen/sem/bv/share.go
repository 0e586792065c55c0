package bv

// Multiplications lists the products that n is computed from, arguments first.
func Multiplications(n *Node) []*Node {
	var out []*Node
	Walk(func(n *Node) {
		if n.Op == Mul {
			out = append(out, n)
		}
	}, n)
	return out
}

// HasMul reports whether a multiplication is reachable from n.
func HasMul(n *Node) bool { return len(Multiplications(n)) > 0 }

// Replace is n with every occurrence of the keys of m replaced.
func (b *Builder) Replace(n *Node, m map[*Node]*Node) *Node {
	if r, ok := m[n]; ok {
		return r
	}
	args := make([]*Node, len(n.Args))
	same := true
	for i, a := range n.Args {
		args[i] = b.Replace(a, m)
		same = same && args[i] == a
	}
	r := n
	if !same {
		r = b.rebuild(n, args)
	}
	m[n] = r
	return r
}

// rebuild is the operation of n on other arguments.
func (b *Builder) rebuild(n *Node, args []*Node) *Node {
	switch n.Op {
	case Read, Table:
		return b.Element(n.Op, n.Name, n.Width, args[0])
	case Not:
		return b.Not(args[0])
	case Mux:
		return b.Mux(args[0], args[1], args[2])
	case Extract:
		return b.Extract(args[0], n.Lo, n.Width)
	case ZeroExt, SignExt:
		return b.Extend(args[0], n.Width, n.Op == SignExt)
	}
	return b.Op2(n.Op, n.Width, args[0], args[1])
}
