package iss

// operation is a uop of two operands as one WebAssembly instruction.
type operation struct {
	narrow byte // where both operands are of 32 bits; 0: never
	wide   byte // otherwise; 0: the operands' low halves count
	result byte // wI32 or wI64; 0: as the operands
}

var operations = map[opcode]operation{
	opAdd32:  {narrow: wI32Add},
	opSub32:  {narrow: wI32Sub},
	opMul32:  {narrow: wI32Mul},
	opShl32:  {narrow: wI32Shl},
	opShr32:  {narrow: wI32ShrU},
	opSar32:  {narrow: wI32ShrS},
	opLtS32:  {narrow: wI32LtS},
	opAdd64:  {wide: wI64Add},
	opSub64:  {wide: wI64Sub},
	opMul64:  {wide: wI64Mul},
	opLtS64:  {wide: wI64LtS, result: wI32},
	opAnd:    {narrow: wI32And, wide: wI64And},
	opOr:     {narrow: wI32Or, wide: wI64Or},
	opXor:    {narrow: wI32Xor, wide: wI64Xor},
	opEq:     {narrow: wI32Eq, wide: wI64Eq, result: wI32},
	opLtU:    {narrow: wI32LtU, wide: wI64LtU, result: wI32},
	opBeq:    {narrow: wI32Eq, wide: wI64Eq, result: wI32},
	opBne:    {narrow: wI32Ne, wide: wI64Ne, result: wI32},
	opBltU:   {narrow: wI32LtU, wide: wI64LtU, result: wI32},
	opBgeU:   {narrow: wI32GeU, wide: wI64GeU, result: wI32},
	opBltS:   {narrow: wI32LtS},
	opBgeS:   {narrow: wI32GeS},
	opSext8:  {narrow: wI32Extend8},
	opSext16: {narrow: wI32Extend16},
	opSext32: {narrow: wI64ExtendS, result: wI64},
}

// transfer is a load or a store: its instruction, and the logarithm of its size.
type transfer struct{ op, log byte }

var transfers = map[opcode]transfer{
	opLB: {wI32Load8S, 0}, opLBU: {wI32Load8U, 0}, opLH: {wI32Load16S, 1}, opLHU: {wI32Load16U, 1}, opLW: {wI32Load, 2},
	opSB: {wI32Store8, 0}, opSH: {wI32Store16, 1}, opSW: {wI32Store, 2},
}

// translatable reports whether all of the block can be done by translated code.
// Single steps that it has to leave to the interpreter are fine if they are rare.
func (m *Machine) translatable(b *block) bool {
	if b.reach != nil || len(b.uops) > maxRegionUops {
		return false
	}
	for i := range b.uops {
		switch u := &b.uops[i]; u.code {
		case opApply, opLoad, opStore, opCSRRead, opCSRWrite, opTrap, opMRet, opFenceI:
			return false
		case opLoopSet: // only loops that are known
			if !constant(u.c) || !constant(u.b) || !m.ends[uint32(m.x[u.b])&^3] {
				return false
			}
		}
	}
	return true
}

// constant reports whether the slot never changes.
func constant(slot uint16) bool { return slot >= slotConsts || slot == 0 }

// reads lists the slots that a uop reads.
func (u *uop) reads() []uint16 {
	switch u.code {
	case opConst, opCSRRead, opEnd, opJump, opTrap, opMRet, opFenceI:
		return nil
	case opMux, opWrite, opLoopSet:
		return []uint16{u.a, u.b, u.c}
	case opMove, opExtract, opSext, opSext8, opSext16, opSext32, opTable, opRead, opLB, opLBU, opLH, opLHU, opLW, opLoad,
		opCheckPC, opCheckStore, opTrapIf, opJumpTo:
		return []uint16{u.a}
	}
	return []uint16{u.a, u.b}
}

// writes reports whether slot d is the uop's result.
func (u *uop) writes() bool { return u.code < opWrite || u.code >= opLB && u.code <= opLW }

// wide reports whether a slot may hold more than 32 bits.
func (t *translator) wide(s uint16) bool {
	switch {
	case constant(s):
		return t.m.x[s]>>32 != 0
	case s < slotStates:
		return false
	case s < slotTemps:
		return t.states[s]
	}
	return t.temps[s]
}

// narrow pushes the low half of a slot.
func (t *translator) narrow(s uint16) {
	switch {
	case constant(s):
		t.i32(uint32(t.m.x[s]))
	case t.wide(s):
		t.get(t.local(s, true))
		t.op(wI32Wrap)
	default:
		t.get(t.local(s, false))
	}
}

// full pushes all of a slot.
func (t *translator) full(s uint16) {
	switch {
	case constant(s):
		t.i64(t.m.x[s])
	case t.wide(s):
		t.get(t.local(s, true))
	default:
		t.get(t.local(s, false))
		t.op(wI64ExtendU)
	}
}

// push pushes a slot in the given width.
func (t *translator) push(s uint16, wide bool) {
	if wide {
		t.full(s)
	} else {
		t.narrow(s)
	}
}

// result pops the value of uop i.
func (t *translator) result(i int, wide bool) {
	d := t.n.uops[i].d
	if d >= slotTemps {
		t.temps[d] = wide
	} else if to := t.wide(d); to != wide {
		if wide = to; wide {
			t.op(wI64ExtendU)
		} else {
			t.op(wI32Wrap)
		}
	}
	v := t.local(d, wide)
	t.set(v)
	if !t.stored[i] {
		return
	}
	t.get(localBase)
	t.push(d, wide || d >= slotTemps) // a temporary's upper half may hold another's
	if wide || d >= slotTemps {
		t.mem(wI64Store, 8*uint32(d))
	} else {
		t.mem(wI32Store, 8*uint32(d))
	}
}

// enterUop forgets the temporaries of the instruction before.
func (t *translator) enterUop(i int) {
	if i == 0 || t.n.owner[i] != t.n.owner[i-1] {
		t.temps = map[uint16]bool{}
	}
}

// uop emits one that is not the last of its block.
func (t *translator) uop(i int) {
	t.enterUop(i)
	u := &t.n.uops[i]
	switch u.code {
	case opMove:
		wide := t.wide(u.a)
		t.push(u.a, wide)
		t.result(i, wide)
	case opConst:
		t.i64(uint64(u.imm) | uint64(u.a)<<32 | uint64(u.b)<<48)
		t.result(i, true)
	case opShl64, opShr64, opSar64:
		t.shift(u)
		t.result(i, true)
	case opMux:
		wide := t.wide(u.b) || t.wide(u.c)
		t.push(u.b, wide)
		t.push(u.c, wide)
		t.nonZero(u.a)
		t.op(wSelect)
		t.result(i, wide)
	case opExtract, opSext:
		t.result(i, t.bits(u))
	case opQuoU32, opQuoS32, opRemU32, opRemS32:
		t.divide(u)
		t.result(i, false)
	case opTable:
		t.element(u, t.m.contents[u.imm])
		t.result(i, true)
	case opRead:
		t.element(u, t.m.arrays[u.imm])
		t.result(i, true)
	case opWrite:
		t.write(u, t.m.arrays[u.imm])
	case opLB, opLBU, opLH, opLHU, opLW:
		at := t.address(i)
		t.mem(transfers[u.code].op, at)
		t.result(i, false)
	case opSB, opSH, opSW:
		at := t.address(i)
		t.narrow(u.b)
		t.mem(transfers[u.code].op, at)
	case opCheckPC, opCheckStore, opTrapIf:
		t.i64(leaveAt(t.n.index, i))
		switch u.code {
		case opCheckPC:
			t.narrow(u.a)
			t.i32(3)
			t.op(wI32And)
		case opCheckStore:
			t.narrow(u.a)
			t.i32(u.imm + RAMBase)
			t.op(wI32Add)
			t.i32(uint32(u.c - 1))
			t.op(wI32And)
		default:
			t.nonZero(u.a)
		}
		t.leaveIf()
	default:
		t.result(i, t.binary(u))
	}
}

// compare pushes the condition of a branch.
func (t *translator) compare(u *uop) { t.binary(u) }

// binary pushes the result of an operation, and reports whether it is wide.
func (t *translator) binary(u *uop) bool {
	o := operations[u.code]
	wide := o.narrow == 0 || o.wide != 0 && (t.wide(u.a) || t.wide(u.b))
	if u.code == opAnd && !(t.wide(u.a) && t.wide(u.b)) {
		wide = false // one of them has no upper half
	}
	for _, s := range u.reads() {
		t.push(s, wide)
	}
	if wide {
		t.op(o.wide)
	} else {
		t.op(o.narrow)
	}
	return o.result == wI64 || o.result == 0 && wide
}
