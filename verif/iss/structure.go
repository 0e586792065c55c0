package iss

// translator makes one function of the blocks of a region.
//
// What a block writes to the slot file is stored there at once, so that the code
// can be left anywhere; what is read stays in local variables. Blocks become
// structured code by dominators, without a variable that says where to go on:
// Ramsey, "Beyond Relooper", 2022.
type translator struct {
	code
	m      *Machine
	counts uint32 // where the blocks' counters lie, as an offset from base

	types  []byte // of locals beyond the parameter
	slots  map[local]uint32
	states map[uint16]bool // slots of states of more than 32 bits
	labels []*node         // of the open structures, outermost first; nil is none to branch to

	n        *node
	accesses map[int]*access // of the block, by uop
	temps    map[uint16]bool // those of the instruction that hold more than 32 bits
	stored   []bool          // by uop: its result has to be in the slot file
}

// local is a slot as a local variable of 32 or 64 bits.
type local struct {
	slot uint16
	wide bool
}

// Locals. The first is the parameter: the cycles that are left in its upper
// half, the instructions that have retired in its lower.
const (
	localTime = iota
	localBase // offset of the slot file; with a variable the engine checks bounds once
	localTo   // of a computed jump
	localWhere
)

func newTranslator(m *Machine, nodes []*node, counts uint32) *translator {
	t := &translator{m: m, types: []byte{wI32, wI32, wI64}, slots: map[local]uint32{}, states: map[uint16]bool{}}
	for _, s := range m.states {
		t.states[s.slot] = s.Bits > 32
	}
	base := m.ram.offset(&m.x[0])
	t.counts = counts - base
	t.i32(base)
	t.set(localBase)
	t.op(wBlock, wI64) // what leaves the code, leaves this
	t.labels = []*node{nil}
	for _, n := range nodes {
		for i := range n.uops {
			for _, s := range n.uops[i].reads() {
				if s != 0 && s < slotTemps {
					t.loadSlot(s)
				}
			}
		}
	}
	t.tree(nodes[0])
	t.op(wUnreachable, wEnd)
	t.set(localWhere)
	t.get(localTime)
	t.get(localWhere)
	t.op(wEnd)
	return t
}

// local is the variable of a slot, made if need be.
func (t *translator) local(slot uint16, wide bool) uint32 {
	k := local{slot, wide}
	v, ok := t.slots[k]
	if !ok {
		kind := byte(wI32)
		if wide {
			kind = wI64
		}
		t.types = append(t.types, kind)
		v = uint32(len(t.types))
		t.slots[k] = v
	}
	return v
}

// scratch is a new variable of 32 bits.
func (t *translator) scratch() uint32 {
	t.types = append(t.types, wI32)
	return uint32(len(t.types))
}

// loadSlot brings a register or state into its variable, once.
func (t *translator) loadSlot(s uint16) {
	wide := t.wide(s)
	if _, ok := t.slots[local{s, wide}]; ok {
		return
	}
	t.get(localBase)
	if wide {
		t.mem(wI64Load, 8*uint32(s))
	} else {
		t.mem(wI32Load, 8*uint32(s))
	}
	t.set(t.local(s, wide))
}

func (t *translator) open(op byte, n *node) {
	t.op(op, wEmpty)
	t.labels = append(t.labels, n)
}

func (t *translator) close() {
	t.op(wEnd)
	t.labels = t.labels[:len(t.labels)-1]
}

// tree emits n and all that it dominates.
func (t *translator) tree(n *node) {
	if n.loop {
		t.open(wLoop, n)
		t.within(n, n.children)
		t.close()
	} else {
		t.within(n, n.children)
	}
}

// within emits n inside of a structure for each of the merges that it dominates, whose
// ends are where those begin.
func (t *translator) within(n *node, merges []*node) {
	if len(merges) == 0 {
		t.block(n)
		return
	}
	t.open(wBlock, merges[0])
	t.within(n, merges[1:])
	t.close()
	t.tree(merges[0])
}

// jump goes along an edge of n.
func (t *translator) jump(n *node, e edge) {
	switch {
	case e.to == nil:
		t.i64(uint64(e.pc))
		t.leave()
	case e.to.index > n.index && !e.to.merge():
		t.tree(e.to)
	default:
		for i := range t.labels {
			if t.labels[len(t.labels)-1-i] == e.to {
				t.op(wBr)
				t.uleb(uint64(i))
				return
			}
		}
		panic("iss: no structure around an edge of a region")
	}
}

// leave ends the code with the value on the stack saying where.
func (t *translator) leave() {
	t.op(wBr)
	t.uleb(uint64(len(t.labels) - 1))
}

// leaveIf is leave under a condition, which is above the value on the stack.
func (t *translator) leaveIf() {
	t.op(wBrIf)
	t.uleb(uint64(len(t.labels) - 1))
	t.op(wDrop)
}

// block emits one block and where it leads.
func (t *translator) block(n *node) {
	t.n = n
	if n.loop {
		t.i64(uint64(n.pc))
		t.get(localTime)
		t.i64(n.need << 32)
		t.op(wI64LtU)
		t.leaveIf()
	}
	t.plan()
	last := len(n.uops) - 1
	for i := range last {
		t.uop(i)
	}
	t.enterUop(last)
	switch u := &n.uops[last]; u.code {
	case opEnd:
		t.fallThrough(n)
	case opJump:
		t.account(n.taken, true)
		t.jump(n, n.onTaken)
	case opJumpTo:
		t.account(n.taken, true)
		t.narrow(u.a)
		t.set(localTo)
		if n.onTaken.to != nil {
			t.get(localTo)
			t.i32(n.onTaken.pc)
			t.op(wI32Eq)
			t.open(wIf, nil)
			t.jump(n, n.onTaken)
			t.close()
		}
		t.get(localTo)
		t.op(wI64ExtendU)
		t.leave()
	case opLoopSet:
		l := t.loopAt(int(t.m.x[u.c] & 1))
		t.get(localBase)
		t.i32((n.last + 4) &^ 3)
		t.mem(wI32Store, l)
		t.get(localBase)
		t.i32(uint32(t.m.x[u.b]) &^ 3)
		t.mem(wI32Store, l+4)
		t.get(localBase)
		t.narrow(u.a)
		t.mem(wI32Store, l+8)
		t.account(n.fall, false)
		t.jump(n, n.onFall)
	default:
		if n.target&3 != 0 { // traps, which the interpreter does
			t.i64(leaveAt(n.index, last))
			t.compare(u)
			t.leaveIf()
		} else {
			t.compare(u)
			t.open(wIf, nil)
			t.account(n.taken, true)
			t.jump(n, n.onTaken)
			t.close()
			t.n = n
		}
		t.fallThrough(n)
	}
}

// account counts the block and passes its time.
func (t *translator) account(cycles uint32, jumps bool) {
	at := t.counts + 16*uint32(t.n.index)
	if jumps {
		at += 8
	}
	t.get(localBase)
	t.get(localBase)
	t.mem(wI64Load, at)
	t.i64(1)
	t.op(wI64Add)
	t.mem(wI64Store, at)
	t.get(localTime)
	t.i64(uint64(cycles)<<32 - uint64(t.n.block.n))
	t.op(wI64Sub)
	t.set(localTime)
}

// fallThrough goes on behind the block or, at the end of a hardware loop that has
// trips left, at its start: see loopNext.
func (t *translator) fallThrough(n *node) {
	t.account(n.fall, false)
	if n.loopEnd {
		for level, back := range n.onBack {
			t.goRound(n, t.loopAt(level), back)
		}
	}
	t.jump(n, n.onFall)
}

// goRound goes back to the start of a hardware loop, whose registers lie at l, if it
// ends here and has trips left. It counts the trip.
func (t *translator) goRound(n *node, l uint32, back edge) {
	t.get(localBase)
	t.mem(wI32Load, l+4)
	t.i32(n.last)
	t.op(wI32Eq)
	t.open(wIf, nil)
	count := t.scratch()
	t.get(localBase)
	t.mem(wI32Load, l+8)
	t.set(count)
	t.get(count)
	t.open(wIf, nil)
	t.get(localBase)
	t.get(count)
	t.i32(1)
	t.op(wI32Sub)
	t.mem(wI32Store, l+8)
	t.get(count)
	t.i32(1)
	t.op(wI32Ne)
	t.open(wIf, nil)
	if back.to != nil {
		t.get(localBase)
		t.mem(wI32Load, l)
		t.i32(back.pc)
		t.op(wI32Eq)
		t.open(wIf, nil)
		t.jump(n, back)
		t.close()
	}
	t.get(localBase)
	t.mem(wI32Load, l)
	t.op(wI64ExtendU)
	t.leave()
	t.close()
	t.close()
	t.close()
}

// loopAt is where the registers of a hardware loop lie: start, end, count.
func (t *translator) loopAt(level int) uint32 { return 8*slotCount + 12*uint32(level) }
