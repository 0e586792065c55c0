// Package bv is the fixed-width form of a meaning: bit vectors of 1 to 64 bits,
// as hardware and a simulator compute them.
//
// Lower turns exact integers (package sem) into vectors and keeps only the bits
// that somebody looks at: the low 32 bits of a sum need only the low 32 bits of
// its terms, whatever the exact range of the sum is.
package bv

import (
	"fmt"
	"strings"
)

// Op is the operation of a Node. Unless said otherwise the arguments have the
// node's own width and arithmetic is modulo 2^Width.
type Op uint8

// Operations.
const (
	Const   Op = iota // Value
	Input             // the operand Name
	Read              // element Args[0] of the state Name
	Table             // entry Args[0] of the table Name
	Add               //
	Sub               //
	Mul               //
	QuoU              // unsigned quotient; all ones when the divisor is 0
	QuoS              // signed quotient towards zero; all ones when the divisor is 0
	RemU              // unsigned remainder; the dividend when the divisor is 0
	RemS              // signed remainder; the dividend when the divisor is 0
	And               //
	Or                //
	Xor               //
	Not               //
	Shl               // the amount Args[1] has a width of its own; shifted out to 0
	ShrU              // logical
	ShrS              // arithmetic
	Eq                // 1 bit; the arguments share a width
	LtU               // 1 bit
	LtS               // 1 bit
	Mux               // Args[0] (1 bit) ? Args[1] : Args[2]
	Extract           // bits Lo+Width-1..Lo of Args[0]
	ZeroExt           // of a narrower Args[0]
	SignExt           // of a narrower Args[0]
)

var opNames = [...]string{"const", "input", "read", "table", "add", "sub", "mul", "quo_u", "quo_s", "rem_u", "rem_s",
	"and", "or", "xor", "not", "shl", "shr_u", "shr_s", "eq", "lt_u", "lt_s", "mux", "extract", "zext", "sext"}

func (o Op) String() string { return opNames[o] }

// Node is a vector of Width bits. Nodes are shared: equal expressions are one
// Node within a Builder, and an ID is larger than its arguments' IDs.
type Node struct {
	ID    int
	Op    Op
	Width int
	Args  []*Node
	Value uint64 // Const
	Name  string // Input, Read, Table
	Lo    int    // Extract
}

// IsConst reports whether n is the constant v.
func (n *Node) IsConst(v uint64) bool { return n.Op == Const && n.Value == v }

// String prints the expression in prefix form with widths.
func (n *Node) String() string {
	switch n.Op {
	case Const:
		return fmt.Sprintf("%d'h%x", n.Width, n.Value)
	case Input:
		return n.Name
	}
	var parts []string
	for _, a := range n.Args {
		parts = append(parts, a.String())
	}
	if n.Op == Extract {
		parts = append(parts, fmt.Sprint(n.Lo))
	}
	return fmt.Sprintf("%s%d%s(%s)", n.Op, n.Width, n.Name, strings.Join(parts, ", "))
}

// Walk calls f once for every node reachable from roots, arguments first.
func Walk(f func(*Node), roots ...*Node) {
	seen := map[*Node]bool{}
	var visit func(*Node)
	visit = func(n *Node) {
		if seen[n] {
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

// Mask is a word with the low w bits set.
func Mask(w int) uint64 { return ^uint64(0) >> (64 - w) }

// Sext is the w-bit vector v as a two's complement number.
func Sext(v uint64, w int) int64 { return int64(v<<(64-w)) >> (64 - w) }
