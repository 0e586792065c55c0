package iss

import (
	"math/big"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// readCSR emits the CSR read and its legality check, and returns the write.
func (c *compiler) readCSR() *uop {
	if !c.t.usesCSR {
		return nil
	}
	number := uint32(c.enc.Field("csr").Extract(c.word))
	s := c.temp()
	read := uop{code: opCSRRead, d: s, imm: number}
	for _, w := range c.t.writes {
		if w.Kind == isa.DestCSR && (w.when == nil || !c.node(w.when).IsConst(0)) {
			read.c = 1
		}
	}
	c.emit(read)
	c.memo[c.Input("csr", 32)] = s
	if read.c == 0 {
		return nil
	}
	u := uop{code: opCSRWrite, imm: number, b: c.constant(1)}
	for _, w := range c.t.writes {
		if w.Kind == isa.DestCSR {
			u.a = c.value(c.node(w.value))
			if w.when != nil {
				u.b = c.value(c.node(w.when))
			}
		}
	}
	return &u
}

// jumpOperands computes what the end of the instruction compares or jumps to,
// before registers change. An opEnd means that it does not jump.
func (c *compiler) jumpOperands() uop {
	if c.t.ins.Loop != nil {
		return uop{code: opLoopSet, c: c.keep(c.value(c.node(c.t.loop[0]))),
			a: c.keep(c.value(c.node(c.t.loop[1]))), b: c.keep(c.value(c.node(c.t.loop[2])))}
	}
	for _, w := range c.t.writes {
		if w.Kind != isa.DestPC {
			continue
		}
		to := c.node(w.value)
		switch {
		case w.when != nil && to.Op == bv.Const:
			return c.compare(c.node(w.when), w.invert, uint32(to.Value))
		case w.when != nil: // a conditional jump to a computed address
			next := c.Const(uint64(c.pc+4), 32)
			if w.invert {
				to = c.Mux(c.node(w.when), next, to)
			} else {
				to = c.Mux(c.node(w.when), to, next)
			}
			return c.jumpTo(to)
		case to.Op == bv.Const && to.Value&3 != 0:
			return uop{code: opTrap, imm: uint32(to.Value)}
		case to.Op == bv.Const:
			return uop{code: opJump, imm: uint32(to.Value)}
		default:
			return c.jumpTo(to)
		}
	}
	return uop{code: opEnd}
}

func (c *compiler) jumpTo(to *bv.Node) uop {
	s := c.keep(c.value(to))
	c.emit(uop{code: opCheckPC, a: s})
	return uop{code: opJumpTo, a: s}
}

// branchOf finds the condition and the target of a write to the pc: either the
// write is conditional, or its value chooses between a target and pc + 4. It
// looks at the exact meaning, since lowering reshapes choices for hardware.
func branchOf(w *isa.Write) (cond, target *sem.Node, invert bool) {
	if w.When != nil {
		return w.When, w.Value, false
	}
	if v := w.Value; v.Op == sem.OpCond {
		if isNext(v.Args[2]) {
			return v.Args[0], v.Args[1], false
		}
		if isNext(v.Args[1]) {
			return v.Args[0], v.Args[2], true
		}
	}
	return nil, w.Value, false
}

func isNext(n *sem.Node) bool {
	if n.Op != sem.OpAdd {
		return false
	}
	x, y := n.Args[0], n.Args[1]
	if x.IsConst() {
		x, y = y, x
	}
	return x.Op == sem.OpInput && x.Name == "pc" && y.IsConst() && y.Value.Cmp(big.NewInt(4)) == 0
}

// compare fuses a comparison with the branch on it.
func (c *compiler) compare(cond *bv.Node, invert bool, target uint32) uop {
	if cond.Op == bv.Not {
		cond, invert = cond.Args[0], !invert
	}
	codes := [2]opcode{opBne, opBeq} // of cond with 0
	x, y := cond, c.Const(0, 1)
	switch {
	case cond.Op == bv.Eq:
		codes, x, y = [2]opcode{opBeq, opBne}, cond.Args[0], cond.Args[1]
	case cond.Op == bv.LtU:
		codes, x, y = [2]opcode{opBltU, opBgeU}, cond.Args[0], cond.Args[1]
	case cond.Op == bv.LtS && cond.Args[0].Width == 32:
		codes, x, y = [2]opcode{opBltS, opBgeS}, cond.Args[0], cond.Args[1]
	}
	u := uop{code: codes[0], a: c.keep(c.value(x)), b: c.keep(c.value(y)), imm: target}
	if invert {
		u.code = codes[1]
	}
	return u
}

// end emits the last uop of an instruction that ends its block.
func (c *compiler) end(jump uop, csr bool) ending {
	tm := &c.m.timing
	switch jump.code {
	case opEnd:
		switch c.t.ins.System {
		case "mret":
			c.emit(uop{code: opMRet})
			return ending{ends: true, penalty: tm.Return}
		case "fence_i":
			c.emit(uop{code: opFenceI})
			return ending{ends: true, penalty: tm.FenceI}
		}
		if csr { // an interrupt may become enabled
			c.emit(jump)
		}
		return ending{ends: csr}
	case opLoopSet:
		c.emit(jump)
		return ending{ends: true, penalty: tm.LoopSetup}
	case opJump:
		c.emit(jump)
		return ending{ends: true, target: jump.imm}
	case opJumpTo:
		c.emit(jump)
		return ending{ends: true, penalty: tm.Indirect}
	}
	e := ending{ends: true, branch: true, target: jump.imm, taken: tm.Mispredict}
	// Backward branches are predicted taken, but never to a misaligned target.
	if int32(jump.imm-c.pc) < 0 && jump.imm&3 == 0 {
		e.taken, e.penalty = 0, tm.Mispredict
	}
	c.emit(jump)
	return e
}
