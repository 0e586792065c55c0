package sem

import "fmt"

// infixOps are the operations with an operator of the spec language, by binding
// strength; what binds less is put in parentheses.
var infixOps = map[Op]struct {
	text     string
	strength int
}{OpMul: {"*", 5}, OpAdd: {"+", 4}, OpSub: {"-", 4}, OpLt: {"<", 3}, OpEq: {"==", 2}, OpCond: {"?", 1}}

// Infix prints the expression as the spec language writes it.
func (n *Node) Infix() string {
	s, _ := infix(n)
	return s
}

// infix is the text and its binding strength.
func infix(n *Node) (string, int) {
	const atom = 9
	arg := func(i, strength int) string {
		s, k := infix(n.Args[i])
		if k < strength {
			return "(" + s + ")"
		}
		return s
	}
	switch n.Op {
	case OpConst:
		if n.Value.Sign() < 0 {
			return n.Value.String(), 4
		}
		return n.Value.String(), atom
	case OpInput:
		return n.Name, atom
	case OpRead, OpTable:
		return n.Name + "[" + arg(0, 0) + "]", atom
	case OpCond:
		return arg(0, 2) + " ? " + arg(1, 2) + " : " + arg(2, 1), 1
	case OpAdd, OpSub, OpMul, OpLt, OpEq:
		o := infixOps[n.Op]
		return arg(0, o.strength) + " " + o.text + " " + arg(1, o.strength+1), o.strength
	case OpBits:
		if n.Lo == 0 {
			return fmt.Sprintf("unsigned(%s, %d)", arg(0, 0), n.Hi+1), atom
		}
		return fmt.Sprintf("bits(%s, %d, %d)", arg(0, 0), n.Hi, n.Lo), atom
	case OpSigned:
		return fmt.Sprintf("signed(%s, %d)", arg(0, 0), n.Hi+1), atom
	}
	name := n.Op.String()
	if n.Op == OpShr {
		name = "asr"
	}
	out := name + "("
	for i := range n.Args {
		if i > 0 {
			out += ", "
		}
		out += arg(i, 0)
	}
	return out + ")", atom
}
