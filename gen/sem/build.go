package sem

import (
	"fmt"
	"math/big"
)

// MaxNodes bounds the size of one Builder's expressions, so that a short spec
// cannot unroll into an unbounded meaning.
const MaxNodes = 1 << 17

// Builder makes Nodes: it infers ranges, folds constants and shares equal
// subexpressions. The first error (a value wider than MaxWidth, a shift that is
// not bounded, a constant division by zero …) is kept until TakeErr; after an
// error the constructors return a zero constant so that building can go on.
type Builder struct {
	nodes map[nodeKey]*Node
	next  int
	err   error
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder { return &Builder{nodes: map[nodeKey]*Node{}} }

// TakeErr returns the first error since the last call and clears it.
func (b *Builder) TakeErr() error {
	err := b.err
	b.err = nil
	return err
}

func (b *Builder) fail(format string, args ...any) *Node {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
	return b.raw(&Node{Op: OpConst, Value: zero, Range: Point(zero)})
}

// nodeKey tells nodes apart.
type nodeKey struct {
	op       Op
	hi, lo   int
	name     string
	min, max string // of the range, in base 62
	args     [3]*Node
}

// raw interns n without any simplification.
func (b *Builder) raw(n *Node) *Node {
	key := nodeKey{op: n.Op, hi: n.Hi, lo: n.Lo, name: n.Name, min: n.Range.Min.Text(62), max: n.Range.Max.Text(62)}
	copy(key.args[:], n.Args)
	if old, ok := b.nodes[key]; ok {
		return old
	}
	n.ID = b.next
	b.next++
	b.nodes[key] = n
	return n
}

// mk interns an operation: too wide is an error, constant arguments fold.
func (b *Builder) mk(op Op, r Range, args ...*Node) *Node {
	return b.finish(&Node{Op: op, Args: args, Range: r})
}

func (b *Builder) finish(n *Node) *Node {
	if b.next > MaxNodes {
		return b.fail("the meaning is too large: more than %d operations", MaxNodes)
	}
	if w := n.Range.Width(); w > MaxWidth {
		return b.fail("width overflow: the result of %s ranges over %s and needs %d bits; the widest value is %d bits",
			n.Op, n.Range, w, MaxWidth)
	}
	if n.Range.IsConst() && n.Op != OpRead && n.Op != OpTable {
		return b.Const(n.Range.Min)
	}
	for _, a := range n.Args {
		if !a.IsConst() {
			return b.raw(n)
		}
	}
	if n.Op == OpRead || n.Op == OpTable {
		return b.raw(n)
	}
	vals := make([]*big.Int, len(n.Args))
	for i, a := range n.Args {
		vals[i] = a.Value
	}
	return b.Const(apply(n, vals))
}

// Const is the integer v.
func (b *Builder) Const(v *big.Int) *Node {
	if w := Point(v).Width(); w > MaxWidth {
		return b.fail("width overflow: the constant %s needs %d bits; the widest value is %d bits", v, w, MaxWidth)
	}
	return b.raw(&Node{Op: OpConst, Value: v, Range: Point(v)})
}

// Int is the integer v.
func (b *Builder) Int(v int64) *Node { return b.Const(big.NewInt(v)) }

// Input is the operand of that name, which takes values in r.
func (b *Builder) Input(name string, r Range) *Node {
	return b.raw(&Node{Op: OpInput, Name: name, Range: r})
}

// Read is element idx of the state name, whose elements take values in r and
// whose number is n. The index must be within bounds.
func (b *Builder) Read(name string, idx *Node, r Range, n int) *Node {
	return b.element(OpRead, name, idx, r, n)
}

// Table is entry idx of the constant table name of n entries within r.
func (b *Builder) Table(name string, idx *Node, r Range, n int) *Node {
	return b.element(OpTable, name, idx, r, n)
}

func (b *Builder) element(op Op, name string, idx *Node, r Range, n int) *Node {
	if bound := (Range{zero, big.NewInt(int64(n - 1))}); !idx.Range.Within(bound) {
		return b.fail("the index of %s ranges over %s, but it has the elements 0 to %d", name, idx.Range, n-1)
	}
	return b.finish(&Node{Op: op, Name: name, Args: []*Node{idx}, Range: r})
}

// Bits is bits hi..lo of x (two's complement), as an unsigned number.
func (b *Builder) Bits(x *Node, hi, lo int) *Node {
	if lo < 0 || hi < lo || hi >= MaxWidth {
		return b.fail("bits(x, %d, %d): want %d > high >= low >= 0", hi, lo, MaxWidth)
	}
	if lo == 0 && x.Range.Within(Unsigned(hi+1)) {
		return x
	}
	return b.finish(&Node{Op: OpBits, Hi: hi, Lo: lo, Args: []*Node{x}, Range: Unsigned(hi - lo + 1)})
}

// Signed is the low w bits of x as a two's complement number.
func (b *Builder) Signed(x *Node, w int) *Node {
	if w < 1 || w > MaxWidth {
		return b.fail("a signed view of %d bits: want 1 to %d", w, MaxWidth)
	}
	if x.Range.Within(Signed(w)) {
		return x
	}
	return b.finish(&Node{Op: OpSigned, Hi: w - 1, Args: []*Node{x}, Range: Signed(w)})
}
