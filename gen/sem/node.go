package sem

import (
	"fmt"
	"math/big"
	"strings"
)

// Op is the operation of a Node.
type Op uint8

// Operations. Comparisons and logic give 0 or 1.
const (
	OpConst  Op = iota // Value
	OpInput            // a named operand: rs1, imm, pc, x20, load, …
	OpRead             // element Args[0] of the state Name
	OpTable            // element Args[0] of the table Name
	OpAdd              // a + b
	OpSub              // a - b
	OpMul              // a * b
	OpQuo              // a / b towards zero; -1 when b = 0 (as RISC-V's DIV)
	OpRem              // a - b*quo(a, b); a when b = 0 (as RISC-V's REM)
	OpShl              // a * 2^n
	OpShr              // floor(a / 2^n)
	OpAnd              // two's complement, infinitely extended
	OpOr               //
	OpXor              //
	OpNot              // -a - 1
	OpEq               // a == b
	OpLt               // a < b
	OpCond             // c ? a : b
	OpBits             // bits Hi..Lo of a, unsigned
	OpSigned           // the low Hi+1 bits of a as a two's complement number
)

var opNames = [...]string{"const", "input", "read", "table", "add", "sub", "mul", "quo", "rem", "shl", "shr",
	"and", "or", "xor", "not", "eq", "lt", "cond", "bits", "signed"}

func (o Op) String() string { return opNames[o] }

// Node is one exact-integer expression. Nodes are made by a Builder and never
// changed afterwards.
type Node struct {
	ID    int
	Op    Op
	Args  []*Node
	Value *big.Int // OpConst
	Name  string   // OpInput, OpRead, OpTable
	Hi    int      // OpBits, OpSigned
	Lo    int      // OpBits
	Range Range
}

// Width is the number of bits of the node's range.
func (n *Node) Width() int { return n.Range.Width() }

// IsConst reports whether n is a constant.
func (n *Node) IsConst() bool { return n.Op == OpConst }

// String prints the expression in prefix form, for messages and tests.
func (n *Node) String() string {
	switch n.Op {
	case OpConst:
		return n.Value.String()
	case OpInput:
		return n.Name
	}
	var parts []string
	for _, a := range n.Args {
		parts = append(parts, a.String())
	}
	switch n.Op {
	case OpRead, OpTable:
		return n.Name + "[" + parts[0] + "]"
	case OpBits:
		parts = append(parts, fmt.Sprint(n.Hi), fmt.Sprint(n.Lo))
	case OpSigned:
		parts = append(parts, fmt.Sprint(n.Hi+1))
	}
	return n.Op.String() + "(" + strings.Join(parts, ", ") + ")"
}

// Walk calls f once for every node reachable from roots, arguments first.
func Walk(f func(*Node), roots ...*Node) {
	seen := map[*Node]bool{}
	var visit func(*Node)
	visit = func(n *Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		for _, a := range n.Args {
			visit(a)
		}
		f(n)
	}
	for _, r := range roots {
		visit(r)
	}
}

// Inputs lists the names of the OpInput nodes reachable from roots, in order
// of first use.
func Inputs(roots ...*Node) []string {
	var names []string
	seen := map[string]bool{}
	Walk(func(n *Node) {
		if n.Op == OpInput && !seen[n.Name] {
			seen[n.Name] = true
			names = append(names, n.Name)
		}
	}, roots...)
	return names
}

// Uses reports whether an input of that name is reachable from roots.
func Uses(name string, roots ...*Node) bool {
	for _, n := range Inputs(roots...) {
		if n == name {
			return true
		}
	}
	return false
}
