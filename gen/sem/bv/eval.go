package bv

// Env supplies operands, states and tables to Eval; values are zero-extended.
type Env interface {
	Input(name string) uint64
	Element(name string, i uint64) uint64
}

// Eval computes the vector n; the result is zero-extended to 64 bits.
func Eval(n *Node, env Env) uint64 {
	switch n.Op {
	case Const:
		return n.Value
	case Input:
		return env.Input(n.Name) & Mask(n.Width)
	case Read, Table:
		return env.Element(n.Name, Eval(n.Args[0], env)) & Mask(n.Width)
	case Mux:
		if Eval(n.Args[0], env) != 0 {
			return Eval(n.Args[1], env)
		}
		return Eval(n.Args[2], env)
	}
	var a [2]uint64
	for i, x := range n.Args {
		a[i] = Eval(x, env)
	}
	return Apply(n, a[0], a[1])
}

// Apply computes one operation of at most two arguments, each zero-extended.
func Apply(n *Node, a, b uint64) uint64 {
	aw := n.Args[0].Width
	m := Mask(n.Width)
	switch n.Op {
	case Add:
		return (a + b) & m
	case Sub:
		return (a - b) & m
	case Mul:
		return a * b & m
	case QuoU, QuoS:
		return quo(n.Op == QuoS, a, b, n.Width) & m
	case RemU, RemS:
		return rem(n.Op == RemS, a, b, n.Width) & m
	case And:
		return a & b
	case Or:
		return a | b
	case Xor:
		return a ^ b
	case Not:
		return ^a & m
	case Shl:
		return a << b & m
	case ShrU:
		return a >> b
	case ShrS:
		return uint64(Sext(a, aw)>>b) & m
	case Eq:
		return b2u(a == b)
	case LtU:
		return b2u(a < b)
	case LtS:
		return b2u(Sext(a, aw) < Sext(b, aw))
	case Extract:
		return a >> n.Lo & m
	case ZeroExt:
		return a
	case SignExt:
		return uint64(Sext(a, aw)) & m
	}
	panic("bv: Apply: " + n.Op.String() + " is not an operation on two values")
}

func quo(signed bool, a, b uint64, w int) uint64 {
	switch {
	case b == 0:
		return ^uint64(0)
	case !signed:
		return a / b
	case Sext(b, w) == -1: // the one quotient that may not fit: negate modulo 2^w
		return -a
	}
	return uint64(Sext(a, w) / Sext(b, w))
}

func rem(signed bool, a, b uint64, w int) uint64 {
	switch {
	case b == 0:
		return a
	case !signed:
		return a % b
	case Sext(b, w) == -1:
		return 0
	}
	return uint64(Sext(a, w) % Sext(b, w))
}

func b2u(c bool) uint64 {
	if c {
		return 1
	}
	return 0
}
