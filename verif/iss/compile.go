package iss

import (
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// ending says how a compiled instruction leaves its block.
type ending struct {
	ends    bool   // nothing may follow in the block
	branch  bool   // conditional: target if taken
	target  uint32 // of a branch or direct jump
	penalty int    // cycles when it falls through, or always for what is not a branch
	taken   int    // cycles of a branch when taken
}

// output is one value that an instruction writes into a slot.
type output struct {
	slot  uint16
	value *bv.Node
}

// arrayWrite is one value that an instruction writes into an array.
type arrayWrite struct{ number, index, value, when uint16 }

// compile appends the uops of the instruction t, whose word is at pc. With
// record, memory accesses go through the path that keeps what was accessed.
func (m *Machine) compile(t *template, word, pc uint32, record bool, uops []uop) ([]uop, ending, error) {
	c := &compiler{
		codegen: codegen{m: m, uops: uops, memo: map[*bv.Node]uint16{}},
		special: newSpecial(&t.ins.Encoding, word, pc),
		t:       t, record: record,
	}
	e := c.instruction()
	return c.uops, e, c.err
}

type compiler struct {
	codegen
	*special
	t       *template
	record  bool
	outputs []output
}

func (c *compiler) instruction() ending {
	t, ins := c.t, c.t.ins
	if ins.Trap != nil {
		if t.trap == nil {
			c.emit(uop{code: opTrap, c: uint16(ins.Trap.Cause)})
			return ending{ends: true, penalty: c.m.timing.Exception}
		}
		c.emit(uop{code: opTrapIf, a: c.value(c.node(t.trap)), c: uint16(ins.Trap.Cause)})
	}
	csr := c.readCSR()
	c.collect()
	c.memory()
	jump := c.jumpOperands()
	if jump.code == opTrap {
		c.emit(jump)
		return ending{ends: true, penalty: c.m.timing.Exception}
	}
	store := c.storeOperands()
	arrays := c.arrayOperands()
	if csr != nil {
		c.emit(*csr)
	}
	c.write()
	for _, a := range arrays {
		c.emit(uop{code: opWrite, a: a.index, b: a.value, c: a.when, imm: uint32(a.number)})
	}
	if store.code != opMove {
		c.emit(store)
	}
	return c.end(jump, csr != nil || t.usesCSR)
}

// collect lists the slots that change and their new values, one per slot:
// conditions become choices and of two writes the later wins.
func (c *compiler) collect() {
	for _, w := range c.t.writes {
		var slot uint16
		var old *bv.Node
		switch w.Kind {
		case isa.DestField, isa.DestFixed:
			r := w.Reg
			if w.Kind == isa.DestField {
				r = int(c.enc.Field(w.Name).Extract(c.word))
			}
			if r == 0 {
				continue
			}
			slot, old = uint16(slotRegs+r), c.register(r, 32)
		case isa.DestState:
			s := c.m.states[w.Name]
			if s.array {
				continue
			}
			slot, old = s.slot, c.Element(bv.Read, w.Name, s.Bits, c.Const(0, 1))
		default:
			continue
		}
		at := -1
		for i := range c.outputs {
			if c.outputs[i].slot == slot {
				at, old = i, c.outputs[i].value
			}
		}
		value := c.node(w.value)
		if w.when != nil {
			value = c.Mux(c.node(w.when), value, old)
		}
		if at >= 0 {
			c.outputs[at].value = value
		} else {
			c.outputs = append(c.outputs, output{slot, value})
		}
	}
}

// memory emits the load, or the alignment check of a store that has to come
// before other effects.
func (c *compiler) memory() {
	ins := c.t.ins
	if c.t.load != nil {
		d, roots := c.loadSlot()
		c.load(ins, c.node(c.t.load), d, c.record, roots)
	}
	if c.t.store != nil && ins.Store.Size > 1 && len(c.t.writes) > 0 {
		c.access(uop{code: opCheckStore, c: uint16(ins.Store.Size)}, c.node(c.t.store))
	}
}

// loadSlot is where the load's value goes: straight to the register where that
// is all the instruction does with it.
func (c *compiler) loadSlot() (uint16, []*bv.Node) {
	var roots []*bv.Node
	for _, w := range c.t.writes {
		for _, n := range []*bv.Node{c.node(w.value), c.node(w.when), c.node(w.index)} {
			if n != nil {
				roots = append(roots, n)
			}
		}
	}
	if len(c.outputs) == 1 && len(roots) == 1 {
		n := roots[0]
		if n.Op == bv.SignExt || n.Op == bv.ZeroExt {
			n = n.Args[0]
		}
		if n.Op == bv.Input && n.Name == "load" && c.outputs[0].value == roots[0] {
			return c.outputs[0].slot, roots
		}
	}
	return c.temp(), roots
}

// keep moves an operand that is used after the writes out of their way.
func (c *compiler) keep(s uint16) uint16 {
	for _, o := range c.outputs {
		if o.slot == s {
			t := c.temp()
			c.move(t, s)
			return t
		}
	}
	return s
}

func (c *compiler) storeOperands() uop {
	if c.t.store == nil {
		return uop{}
	}
	ins := c.t.ins
	u := uop{code: map[int]opcode{1: opSB, 2: opSH, 4: opSW}[ins.Store.Size], b: c.keep(c.value(c.node(c.t.data)))}
	if c.record {
		u.code, u.c = opStore, uint16(ins.Store.Size)
	}
	c.access(u, c.node(c.t.store))
	u = c.uops[len(c.uops)-1] // emitted later, but its address is computed now
	c.uops = c.uops[:len(c.uops)-1]
	u.a = c.keep(u.a)
	return u
}

func (c *compiler) arrayOperands() (out []arrayWrite) {
	for _, w := range c.t.writes {
		if w.Kind != isa.DestState || !c.m.states[w.Name].array {
			continue
		}
		a := arrayWrite{number: uint16(c.m.states[w.Name].number), index: c.constant(0), when: c.constant(1)}
		if w.index != nil {
			a.index = c.keep(c.value(c.node(w.index)))
		}
		if w.when != nil {
			a.when = c.keep(c.value(c.node(w.when)))
		}
		a.value = c.keep(c.value(c.node(w.value)))
		// A later write may not change what an earlier one still has to store:
		// array elements are read into temporaries, so only slots matter.
		out = append(out, a)
	}
	return out
}

// write emits the outputs. A value goes straight to its slot unless another
// still reads the old one.
func (c *compiler) write() {
	var moves []output
	for i, o := range c.outputs {
		late := false
		for _, other := range c.outputs[i+1:] {
			late = late || c.reads(other.value, o.slot)
		}
		if late {
			s := c.value(o.value)
			if s = c.keep(s); s != o.slot {
				moves = append(moves, output{slot: s, value: nil}, output{slot: o.slot})
			}
			continue
		}
		c.into(o.value, o.slot)
	}
	for i := 0; i < len(moves); i += 2 {
		c.move(moves[i+1].slot, moves[i].slot)
	}
}

// reads reports whether computing n reads the slot.
func (c *compiler) reads(n *bv.Node, slot uint16) bool {
	found := false
	bv.Walk(func(n *bv.Node) {
		switch n.Op {
		case bv.Input:
			r, ok := fixedRegister(n.Name)
			found = found || ok && uint16(slotRegs+r) == slot
		case bv.Read:
			s := c.m.states[n.Name]
			found = found || !s.array && s.slot == slot
		}
	}, n)
	return found
}
