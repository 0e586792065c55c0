package bv

import (
	"math/big"

	"marvelgen/gen/sem"
)

// Lowerer turns exact expressions into vectors that share nodes.
type Lowerer struct {
	*Builder
	// Rename, if set, gives the name under which an operand appears: two
	// instructions may call different bits of the instruction by one name.
	Rename func(string) string
	memo   map[lowKey]*Node
}

type lowKey struct {
	n *sem.Node
	w int
}

// NewLowerer returns a Lowerer with a Builder of its own.
func NewLowerer() *Lowerer { return &Lowerer{Builder: NewBuilder(), memo: map[lowKey]*Node{}} }

// Lower is the value of n modulo 2^w.
func (l *Lowerer) Lower(n *sem.Node, w int) *Node {
	k := lowKey{n, w}
	if v, ok := l.memo[k]; ok {
		return v
	}
	v := l.lower(n, w)
	l.memo[k] = v
	return v
}

// Full is n at its own width; it is signed iff n's range holds negatives.
func (l *Lowerer) Full(n *sem.Node) *Node { return l.Lower(n, n.Width()) }

func (l *Lowerer) lower(n *sem.Node, w int) *Node {
	if nw := n.Width(); nw < w {
		return l.Extend(l.Lower(n, nw), w, n.Range.Negative())
	}
	switch n.Op {
	case sem.OpConst:
		return l.Const(constBits(n.Value), w)
	case sem.OpInput:
		name := n.Name
		if l.Rename != nil {
			name = l.Rename(name)
		}
		return l.Extract(l.Input(name, n.Width()), 0, w)
	case sem.OpRead:
		return l.Extract(l.Element(Read, n.Name, n.Width(), l.Full(n.Args[0])), 0, w)
	case sem.OpTable:
		return l.Extract(l.Element(Table, n.Name, n.Width(), l.Full(n.Args[0])), 0, w)
	case sem.OpAdd, sem.OpSub, sem.OpMul, sem.OpAnd, sem.OpOr, sem.OpXor:
		// The low bits of the result depend on the low bits of the arguments only.
		return l.Op2(modular[n.Op], w, l.Lower(n.Args[0], w), l.Lower(n.Args[1], w))
	case sem.OpNot:
		return l.Not(l.Lower(n.Args[0], w))
	case sem.OpShl:
		return l.Op2(Shl, w, l.Lower(n.Args[0], w), l.Full(n.Args[1]))
	case sem.OpShr:
		return l.shr(n, w)
	case sem.OpQuo, sem.OpRem:
		return l.divide(n, w)
	case sem.OpEq, sem.OpLt:
		return l.compare(n)
	case sem.OpCond:
		return l.Mux(l.Lower(n.Args[0], 1), l.Lower(n.Args[1], w), l.Lower(n.Args[2], w))
	case sem.OpBits:
		return l.Extract(l.Lower(n.Args[0], max(n.Hi+1, n.Lo+w)), n.Lo, w)
	case sem.OpSigned:
		return l.Lower(n.Args[0], w)
	}
	panic("bv: Lower: unknown operation " + n.Op.String())
}

var modular = map[sem.Op]Op{sem.OpAdd: Add, sem.OpSub: Sub, sem.OpMul: Mul, sem.OpAnd: And, sem.OpOr: Or, sem.OpXor: Xor}

// shr keeps all bits of the shifted value: those shifted in come from above.
func (l *Lowerer) shr(n *sem.Node, w int) *Node {
	x, s := n.Args[0], n.Args[1]
	xw := max(x.Width(), w)
	v := l.Lower(x, xw)
	if s.IsConst() {
		lo := int(s.Value.Int64())
		if lo >= xw { // only copies of the sign are left
			v, lo = l.Extend(v, min(lo+1, sem.MaxWidth), x.Range.Negative()), min(lo, sem.MaxWidth-1)
		}
		part := min(w, v.Width-lo)
		return l.Extend(l.Extract(v, lo, part), w, x.Range.Negative())
	}
	op := ShrU
	if x.Range.Negative() {
		op = ShrS
	}
	return l.Extract(l.Op2(op, xw, v, l.Full(s)), 0, w)
}

// common lowers two values to one width that represents both, and says whether
// it is a signed one.
func (l *Lowerer) common(x, y *sem.Node) (a, b *Node, signed bool) {
	signed = x.Range.Negative() || y.Range.Negative()
	w := 1
	for _, n := range []*sem.Node{x, y} {
		nw := n.Width()
		if signed && !n.Range.Negative() {
			nw++
		}
		w = max(w, nw)
	}
	return l.Lower(x, w), l.Lower(y, w), signed
}

func (l *Lowerer) compare(n *sem.Node) *Node {
	a, b, signed := l.common(n.Args[0], n.Args[1])
	switch {
	case n.Op == sem.OpEq:
		return l.Op2(Eq, 1, a, b)
	case signed:
		return l.Op2(LtS, 1, a, b)
	}
	return l.Op2(LtU, 1, a, b)
}

// divide works at a width that represents both arguments and the wanted result;
// the one quotient that outgrows its arguments, min / -1, is right modulo 2^w.
func (l *Lowerer) divide(n *sem.Node, w int) *Node {
	a, b, signed := l.common(n.Args[0], n.Args[1])
	op := map[sem.Op][2]Op{sem.OpQuo: {QuoU, QuoS}, sem.OpRem: {RemU, RemS}}[n.Op][b2u(signed)]
	width := max(a.Width, w)
	a, b = l.Extend(a, width, signed), l.Extend(b, width, signed)
	return l.Extract(l.Op2(op, width, a, b), 0, w)
}

func constBits(v *big.Int) uint64 {
	m := new(big.Int).SetUint64(^uint64(0))
	return m.And(m, v).Uint64()
}
