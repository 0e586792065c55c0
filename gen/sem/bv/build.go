package bv

// Builder shares equal nodes and simplifies as it goes.
type Builder struct {
	nodes map[nodeKey]*Node
	next  int
}

// nodeKey tells nodes apart; the simulator builds nodes for every instruction
// of a program, so it is a plain comparable value.
type nodeKey struct {
	op        Op
	width, lo int
	value     uint64
	name      string
	args      [3]*Node
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder { return &Builder{nodes: map[nodeKey]*Node{}} }

func (b *Builder) raw(n Node) *Node {
	key := nodeKey{op: n.Op, width: n.Width, lo: n.Lo, value: n.Value, name: n.Name}
	copy(key.args[:], n.Args)
	if old, ok := b.nodes[key]; ok {
		return old
	}
	n.ID = b.next
	b.next++
	b.nodes[key] = &n
	return &n
}

// Const is the w-bit constant v.
func (b *Builder) Const(v uint64, w int) *Node {
	return b.raw(Node{Op: Const, Width: w, Value: v & Mask(w)})
}

// Input is the operand name of w bits.
func (b *Builder) Input(name string, w int) *Node {
	return b.raw(Node{Op: Input, Width: w, Name: name})
}

// Element is a read of a state or table (op Read or Table) of w-bit elements.
func (b *Builder) Element(op Op, name string, w int, idx *Node) *Node {
	return b.raw(Node{Op: op, Width: w, Name: name, Args: []*Node{idx}})
}

// Op2 is a two-argument operation whose result has w bits.
func (b *Builder) Op2(op Op, w int, x, y *Node) *Node {
	n := Node{Op: op, Width: w, Args: []*Node{x, y}}
	if x.Op == Const && y.Op == Const {
		return b.Const(Apply(&n, x.Value, y.Value), w)
	}
	if s := b.identity(op, w, x, y); s != nil {
		return s
	}
	return b.raw(n)
}

// identity simplifies operations with a neutral or an absorbing constant.
func (b *Builder) identity(op Op, w int, x, y *Node) *Node {
	ones := Mask(w)
	switch op {
	case Add, Or, Xor:
		if x.IsConst(0) {
			return y
		}
		if y.IsConst(0) {
			return x
		}
	case Sub, Shl, ShrU, ShrS:
		if y.IsConst(0) {
			return x
		}
	case And:
		if x.IsConst(0) || y.IsConst(ones) {
			return x
		}
		if y.IsConst(0) || x.IsConst(ones) {
			return y
		}
	case Eq:
		// A 1-bit vector compared with a constant is itself or its complement.
		if x.Width == 1 && y.Op == Const {
			if y.Value == 1 {
				return x
			}
			return b.Not(x)
		}
	}
	return nil
}

// Not is the complement of x.
func (b *Builder) Not(x *Node) *Node {
	switch x.Op {
	case Const:
		return b.Const(^x.Value, x.Width)
	case Not:
		return x.Args[0]
	}
	return b.raw(Node{Op: Not, Width: x.Width, Args: []*Node{x}})
}

// Mux is c ? x : y, with c of one bit.
func (b *Builder) Mux(c, x, y *Node) *Node {
	switch {
	case c.Op == Const && c.Value != 0, x == y:
		return x
	case c.Op == Const:
		return y
	case c.Op == Not:
		return b.Mux(c.Args[0], y, x)
	case x.Width == 1 && x.IsConst(1) && y.IsConst(0):
		return c
	case x.Width == 1 && x.IsConst(0) && y.IsConst(1):
		return b.Not(c)
	}
	if x.Op == Add && y.Op == Add && x.Args[0] == y.Args[0] { // one adder instead of two
		return b.Op2(Add, x.Width, x.Args[0], b.Mux(c, x.Args[1], y.Args[1]))
	}
	return b.raw(Node{Op: Mux, Width: x.Width, Args: []*Node{c, x, y}})
}

// Extract is w bits of x from bit lo.
func (b *Builder) Extract(x *Node, lo, w int) *Node {
	switch {
	case lo == 0 && w == x.Width:
		return x
	case x.Op == Const:
		return b.Const(x.Value>>lo, w)
	case x.Op == Extract:
		return b.Extract(x.Args[0], x.Lo+lo, w)
	case (x.Op == ZeroExt || x.Op == SignExt) && lo+w <= x.Args[0].Width:
		return b.Extract(x.Args[0], lo, w)
	case x.Op == ZeroExt && lo >= x.Args[0].Width:
		return b.Const(0, w)
	}
	return b.raw(Node{Op: Extract, Width: w, Lo: lo, Args: []*Node{x}})
}

// Extend is x widened to w bits, with its sign if signed.
func (b *Builder) Extend(x *Node, w int, signed bool) *Node {
	op := ZeroExt
	if signed {
		op = SignExt
	}
	switch {
	case w == x.Width:
		return x
	case x.Op == Const && signed:
		return b.Const(uint64(Sext(x.Value, x.Width)), w)
	case x.Op == Const:
		return b.Const(x.Value, w)
	case x.Op == ZeroExt || x.Op == op: // a zero-extended vector has sign 0
		return b.Extend(x.Args[0], w, x.Op == SignExt)
	}
	return b.raw(Node{Op: op, Width: w, Args: []*Node{x}})
}
