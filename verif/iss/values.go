package iss

// Uops that take several instructions of WebAssembly.

// nonZero pushes whether a slot is not 0.
func (t *translator) nonZero(s uint16) {
	t.push(s, t.wide(s))
	if t.wide(s) {
		t.i64(0)
		t.op(wI64Ne)
	}
}

// shift pushes a 64-bit shift by any amount, where WebAssembly takes it modulo 64.
func (t *translator) shift(u *uop) {
	op := map[opcode]byte{opShl64: wI64Shl, opShr64: wI64ShrU, opSar64: wI64ShrS}[u.code]
	if u.code == opSar64 { // shifting out all is shifting by 63
		t.full(u.a)
		if constant(u.b) {
			t.i64(min(t.m.x[u.b], 63))
		} else {
			t.full(u.b)
			t.i64(63)
			t.full(u.b)
			t.i64(63)
			t.op(wI64LtU, wSelect)
		}
		t.op(op)
		return
	}
	if constant(u.b) {
		if t.m.x[u.b] > 63 {
			t.i64(0)
			return
		}
		t.full(u.a)
		t.full(u.b)
		t.op(op)
		return
	}
	t.full(u.a)
	t.full(u.b)
	t.op(op)
	t.i64(0)
	t.full(u.b)
	t.i64(64)
	t.op(wI64LtU, wSelect)
}

// bits pushes an opExtract or opSext, and reports whether it is wide.
func (t *translator) bits(u *uop) bool {
	mask := ^uint64(0) >> ((64 - u.c) & 63)
	if u.code == opExtract {
		t.full(u.a)
		t.i64(uint64(u.b & 63))
		t.op(wI64ShrU)
	} else {
		s := uint64(64-u.b) & 63
		t.full(u.a)
		t.i64(s)
		t.op(wI64Shl)
		t.i64(s)
		t.op(wI64ShrS)
	}
	if mask>>32 == 0 {
		t.op(wI32Wrap)
		t.i32(uint32(mask))
		t.op(wI32And)
		return false
	}
	t.i64(mask)
	t.op(wI64And)
	return true
}

// divide pushes a quotient or remainder of 32 bits, as divide in exec.go. The signed
// ones are done in 64 bits, where nothing overflows.
func (t *translator) divide(u *uop) {
	divisor := func() { // not 0
		t.narrow(u.b)
		t.narrow(u.b)
		t.op(wI32Eqz, wI32Or)
	}
	signed := u.code == opQuoS32 || u.code == opRemS32
	t.narrow(u.a)
	if signed {
		t.op(wI64ExtendS)
	}
	divisor()
	if signed {
		t.op(wI64ExtendS)
	}
	switch u.code {
	case opQuoU32:
		t.op(wI32DivU)
	case opRemU32:
		t.op(wI32RemU)
	case opQuoS32:
		t.op(wI64DivS, wI32Wrap)
	default:
		t.op(wI64RemS, wI32Wrap)
	}
	if u.code == opQuoU32 || u.code == opQuoS32 {
		t.i32(1<<32 - 1)
	} else {
		t.narrow(u.a)
	}
	t.narrow(u.b)
	t.op(wSelect)
}

// address pushes an address for the access of uop i, and returns its distance from
// the access. Before the first of several that are checked together, the code is
// left unless all lie in RAM, aligned: the bits that would make them misaligned
// turn up at the top.
func (t *translator) address(i int) uint32 {
	u, a := &t.n.uops[i], t.accesses[i]
	first := &t.n.uops[a.first]
	if a.first == i {
		a.local = t.scratch()
		t.narrow(u.a)
		if off := u.imm + uint32(a.lo); off != 0 {
			t.i32(off)
			t.op(wI32Add)
		}
		t.set(a.local)
		t.i64(leaveAt(t.n.index, i))
		t.get(a.local)
		if a.log > 0 {
			t.i32(32 - uint32(a.log))
			t.op(wI32Rotl)
		}
		places := uint32(0)
		if size, span := uint32(len(t.m.ram.b)), uint32(a.hi-a.lo); span <= size {
			places = (size-span)>>a.log + 1
		}
		t.i32(places)
		t.op(wI32GeU)
		t.leaveIf()
	}
	t.get(a.local)
	return u.imm - first.imm - uint32(a.lo)
}

// element pushes an element of a table or an array, or 0 outside of it.
func (t *translator) element(u *uop, list []uint64) {
	if len(list) == 0 {
		t.i64(0)
		return
	}
	t.indexed(u.a, len(list))
	t.mem(wI64Load, t.distance(list))
	t.i64(0)
	t.inside(u.a, len(list))
	t.op(wSelect)
}

// indexed pushes base plus eight times an index, or base if the index is not below n.
func (t *translator) indexed(s uint16, n int) {
	t.narrow(s)
	t.i32(0)
	t.inside(s, n)
	t.op(wSelect)
	t.i32(3)
	t.op(wI32Shl)
	t.get(localBase)
	t.op(wI32Add)
}

// inside pushes whether an index is below n.
func (t *translator) inside(s uint16, n int) {
	t.full(s)
	t.i64(uint64(n))
	t.op(wI64LtU)
}

func (t *translator) distance(list []uint64) uint32 {
	return t.m.ram.offset(&list[0]) - t.m.ram.offset(&t.m.x[0])
}

// write stores to an element of an array, if the condition holds and it has one.
func (t *translator) write(u *uop, list []uint64) {
	if len(list) == 0 {
		return
	}
	t.inside(u.a, len(list))
	t.i32(0)
	t.nonZero(u.c)
	t.op(wSelect)
	t.open(wIf, nil)
	t.indexed(u.a, len(list))
	t.full(u.b)
	t.mem(wI64Store, t.distance(list))
	t.close()
}
