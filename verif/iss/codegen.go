package iss

import (
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// codegen turns the specialised vectors of one instruction into uops.
type codegen struct {
	m     *Machine
	uops  []uop
	memo  map[*bv.Node]uint16
	temps int
	err   error
}

func (g *codegen) emit(u uop) { g.uops = append(g.uops, u) }

func (g *codegen) temp() uint16 {
	if g.temps == slotConsts-slotTemps-1 {
		g.err = fmt.Errorf("the meaning needs more than %d intermediate values", g.temps)
		return slotTemps
	}
	g.temps++
	return uint16(slotTemps + g.temps)
}

// value is the slot that holds n.
func (g *codegen) value(n *bv.Node) uint16 {
	if s, ok := g.memo[n]; ok {
		return s
	}
	var s uint16
	switch n.Op {
	case bv.Const:
		s = g.constant(n.Value)
	case bv.Input: // load and csr are in the memo
		r, _ := fixedRegister(n.Name)
		s = uint16(slotRegs + r)
	case bv.ZeroExt: // slots hold zero-extended vectors
		s = g.value(n.Args[0])
	case bv.Read:
		if st := g.m.states[n.Name]; !st.array {
			s = st.slot
			break
		}
		fallthrough
	default:
		s = g.temp()
		g.into(n, s)
	}
	g.memo[n] = s
	return s
}

func (g *codegen) constant(v uint64) uint16 {
	if s, ok := g.m.constant(v); ok {
		return s
	}
	s := g.temp()
	g.emit(uop{code: opConst, d: s, imm: uint32(v), a: uint16(v >> 32), b: uint16(v >> 48)})
	return s
}

// into computes n into slot d.
func (g *codegen) into(n *bv.Node, d uint16) {
	if s, ok := g.memo[n]; ok {
		g.move(d, s)
		return
	}
	switch n.Op {
	case bv.Const, bv.Input:
		g.move(d, g.value(n))
	case bv.Read:
		if st := g.m.states[n.Name]; st.array {
			g.emit(uop{code: opRead, d: d, a: g.value(n.Args[0]), imm: st.number})
		} else {
			g.move(d, st.slot)
		}
	case bv.Table:
		g.emit(uop{code: opTable, d: d, a: g.value(n.Args[0]), imm: g.m.tables[n.Name]})
	case bv.ZeroExt:
		g.into(n.Args[0], d)
	case bv.Not:
		g.emit(uop{code: opXor, d: d, a: g.value(n.Args[0]), b: g.constant(bv.Mask(n.Width))})
	case bv.Mux:
		g.emit(uop{code: opMux, d: d, a: g.value(n.Args[0]), b: g.value(n.Args[1]), c: g.value(n.Args[2])})
	case bv.Extract:
		g.extract(n, d)
	case bv.SignExt:
		g.sext(g.value(n.Args[0]), d, n.Args[0].Width, n.Width)
	default:
		g.binary(n, d)
	}
}

func (g *codegen) move(d, s uint16) {
	if d != s {
		g.emit(uop{code: opMove, d: d, a: s})
	}
}

func (g *codegen) extract(n *bv.Node, d uint16) {
	a := g.value(n.Args[0])
	switch {
	case n.Lo == 0:
		g.emit(uop{code: opAnd, d: d, a: a, b: g.constant(bv.Mask(n.Width))})
	case n.Lo+n.Width == n.Args[0].Width:
		g.emit(uop{code: opShr64, d: d, a: a, b: g.constant(uint64(n.Lo))})
	default:
		g.emit(uop{code: opExtract, d: d, a: a, b: uint16(n.Lo), c: uint16(n.Width)})
	}
}

func (g *codegen) sext(a, d uint16, from, to int) {
	switch {
	case from == to:
		g.move(d, a)
	case from == 8 && to == 32:
		g.emit(uop{code: opSext8, d: d, a: a})
	case from == 16 && to == 32:
		g.emit(uop{code: opSext16, d: d, a: a})
	case from == 32 && to == 64:
		g.emit(uop{code: opSext32, d: d, a: a})
	default:
		g.emit(uop{code: opSext, d: d, a: a, b: uint16(from), c: uint16(to)})
	}
}

// signed is the slot of n sign-extended to 64 bits.
func (g *codegen) signed(n *bv.Node) uint16 {
	if n.Op == bv.Const {
		return g.constant(uint64(bv.Sext(n.Value, n.Width)))
	}
	a := g.value(n)
	if n.Width == 64 {
		return a
	}
	d := g.temp()
	g.sext(a, d, n.Width, 64)
	return d
}

// arith maps operations to their 32-bit and 64-bit uops.
var arith = map[bv.Op][2]opcode{
	bv.Add: {opAdd32, opAdd64}, bv.Sub: {opSub32, opSub64}, bv.Mul: {opMul32, opMul64},
	bv.And: {opAnd, opAnd}, bv.Or: {opOr, opOr}, bv.Xor: {opXor, opXor},
	bv.Eq: {opEq, opEq}, bv.LtU: {opLtU, opLtU},
	bv.QuoU: {opQuoU32, opApply}, bv.QuoS: {opQuoS32, opApply}, bv.RemU: {opRemU32, opApply}, bv.RemS: {opRemS32, opApply},
}

func (g *codegen) binary(n *bv.Node, d uint16) {
	x, y := n.Args[0], n.Args[1]
	switch n.Op {
	case bv.Shl, bv.ShrU, bv.ShrS:
		g.shift(n, d)
		return
	case bv.LtS:
		if x.Width == 32 {
			g.emit(uop{code: opLtS32, d: d, a: g.value(x), b: g.value(y)})
		} else {
			g.emit(uop{code: opLtS64, d: d, a: g.signed(x), b: g.signed(y)})
		}
		return
	}
	codes, ok := arith[n.Op]
	if !ok {
		g.err = fmt.Errorf("the simulator has no operation %s", n.Op)
		return
	}
	code := codes[1]
	if n.Width == 32 {
		code = codes[0]
	}
	if code == opApply {
		g.emit(uop{code: opApply, d: d, a: g.value(x), b: g.value(y), imm: g.m.node(n)})
		return
	}
	g.emit(uop{code: code, d: d, a: g.value(x), b: g.value(y)})
	if code == opAdd64 || code == opSub64 || code == opMul64 {
		g.mask(d, n.Width)
	}
}

// mask drops what lies above w bits in d.
func (g *codegen) mask(d uint16, w int) {
	if w < 64 {
		g.emit(uop{code: opAnd, d: d, a: d, b: g.constant(bv.Mask(w))})
	}
}

func (g *codegen) shift(n *bv.Node, d uint16) {
	x, y := n.Args[0], n.Args[1]
	small := n.Width == 32 && (y.Width <= 5 || y.Op == bv.Const && y.Value < 32)
	amount := y
	if small && y.Op == bv.Extract && y.Lo == 0 && y.Width == 5 {
		amount = y.Args[0] // the uop takes the amount modulo 32 anyway
	}
	code := map[bv.Op][2]opcode{bv.Shl: {opShl64, opShl32}, bv.ShrU: {opShr64, opShr32}, bv.ShrS: {opSar64, opSar32}}[n.Op]
	switch {
	case small:
		g.emit(uop{code: code[1], d: d, a: g.value(x), b: g.value(amount)})
	case n.Op == bv.ShrS:
		g.emit(uop{code: opSar64, d: d, a: g.signed(x), b: g.value(y)})
		g.mask(d, n.Width)
	default:
		g.emit(uop{code: code[0], d: d, a: g.value(x), b: g.value(y)})
		if n.Op == bv.Shl {
			g.mask(d, n.Width)
		}
	}
}

// load emits the load and enters its value in the memo, in the form in which
// roots use it: a byte that is only ever sign-extended is loaded so.
func (g *codegen) load(ins *isa.Instruction, addr *bv.Node, d uint16, record bool, roots []*bv.Node) {
	bits := 8 * ins.Load.Size
	var node *bv.Node
	var extended []*bv.Node
	raw := false
	bv.Walk(func(n *bv.Node) {
		for _, a := range n.Args {
			if a.Op == bv.Input && a.Name == "load" {
				raw = raw || n.Op != bv.SignExt || n.Width != 32
				extended = append(extended, n)
			}
		}
		if n.Op == bv.Input && n.Name == "load" {
			node = n
		}
	}, roots...)
	for _, r := range roots {
		raw = raw || r == node
	}
	signed := node != nil && (node.Width > bits && ins.Load.Signed || node.Width == bits && !raw)
	kind := loadKind(ins.Load.Size, signed)
	if record {
		g.access(uop{code: opLoad, d: d, c: uint16(kind)}, addr)
	} else {
		g.access(uop{code: kind, d: d}, addr)
	}
	switch {
	case node == nil:
	case node.Width == bits && !raw:
		for _, n := range extended {
			g.memo[n] = d
		}
	case node.Width > 32 && signed:
		s := g.temp()
		g.sext(d, s, 32, node.Width)
		g.memo[node] = s
	case node.Width < 32 && signed || node.Width < bits:
		s := g.temp()
		g.emit(uop{code: opAnd, d: s, a: d, b: g.constant(bv.Mask(node.Width))})
		g.memo[node] = s
	default:
		g.memo[node] = d
	}
}

func loadKind(size int, signed bool) opcode {
	switch {
	case size == 4:
		return opLW
	case size == 2 && signed:
		return opLH
	case size == 2:
		return opLHU
	case signed:
		return opLB
	}
	return opLBU
}

// access emits a memory uop with its address split into slot and constant.
func (g *codegen) access(u uop, addr *bv.Node) {
	offset := uint32(0)
	switch {
	case addr.Op == bv.Const:
		addr, offset = nil, uint32(addr.Value)
	case addr.Op == bv.Add && addr.Args[1].Op == bv.Const:
		addr, offset = addr.Args[0], uint32(addr.Args[1].Value)
	case addr.Op == bv.Add && addr.Args[0].Op == bv.Const:
		addr, offset = addr.Args[1], uint32(addr.Args[0].Value)
	}
	if addr != nil {
		u.a = g.value(addr)
	}
	u.imm = offset - RAMBase
	g.emit(u)
}
