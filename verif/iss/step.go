package iss

import (
	"errors"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/verif/trace"
)

// ErrDone is the answer to a Step after the program's end.
var ErrDone = errors.New("the program has ended")

// results says where an instruction's results show in a trace record: in the
// order in which the extension socket delivers them. Fixed registers are the
// third, pinned one.
type results [3]*templateWrite

func (t *template) results() (r results) {
	n := 0
	for i := range t.writes {
		switch w := &t.writes[i]; {
		case w.Kind == isa.DestFixed:
			r[2] = w
		case w.Kind == isa.DestField && n < 2:
			r[n] = w
			w.field = t.ins.Encoding.Field(w.Name)
			n++
		}
	}
	return r
}

// Step executes one instruction, or takes an exception, and fills in its trace
// record.
func (m *Machine) Step(r *trace.Record) error {
	if m.done {
		return ErrDone
	}
	if m.err != nil {
		return m.err
	}
	*r = trace.Record{}
	b, start, interrupted := m.arrive()
	if interrupted {
		r.Flags = trace.Intr
	}
	if b == nil {
		return m.err
	}
	m.access = memAccess{}
	r.PC, r.Insn = b.pc, b.insn
	r.Rs1RData, r.Rs2RData = uint32(m.x[b.insn>>15&31]), uint32(m.x[b.insn>>20&31])
	var regs [3]uint8
	var data [3]uint32
	twice := false // one register gets two results, and the record shows both
	if t := b.first; t != nil {
		if t.third != nil {
			r.Rs3RData = uint32(m.x[t.third.Extract(b.insn)&31])
		}
		regs = t.dest(b.insn)
		if twice = regs[0] != 0 && regs[0] == regs[1] || regs[2] != 0 && (regs[2] == regs[0] || regs[2] == regs[1]); twice {
			data = m.foresee(t, b.insn, b.pc)
		}
	}
	traps := m.traps
	m.deadline = 0
	m.exec(b)
	r.NextPC = m.pc
	if m.traps != traps {
		r.Flags |= trace.Trap
		r.Cycle = m.cycle - uint64(m.timing.Exception) - 1 + m.timing.Retire
		return nil
	}
	r.Cycle = start + uint64(b.stall[0]+b.surplus) + m.timing.Retire
	if !twice {
		for i, reg := range regs {
			data[i] = uint32(m.x[reg])
		}
	}
	r.Rd, r.Rd2, r.Rd3 = regs[0], regs[1], regs[2]
	for i, dst := range [...]*uint32{&r.RdWData, &r.Rd2WData, &r.Rd3WData} {
		if regs[i] != 0 {
			*dst = data[i]
		}
	}
	a := &m.access
	r.MemAddr, r.RMask, r.WMask = a.addr, a.rmask, a.wmask
	if a.rmask != 0 {
		r.MemRData = a.data
	} else {
		r.MemWData = a.data
	}
	return m.err
}

// dest lists the registers that the results go to.
func (t *template) dest(word uint32) (regs [3]uint8) {
	for i, w := range t.res {
		switch {
		case w == nil:
		case w.Kind == isa.DestFixed:
			regs[i] = uint8(w.Reg)
		default:
			regs[i] = uint8(w.field.Extract(word))
		}
	}
	return regs
}

// foresee evaluates the results of an instruction before it runs. It is for
// the case that two results go to one register, of which the trace shows both.
func (m *Machine) foresee(t *template, word, pc uint32) (data [3]uint32) {
	s := newSpecial(&t.ins.Encoding, word, pc)
	for i, w := range t.res {
		if w != nil {
			data[i] = uint32(bv.Eval(s.node(w.value), stateEnv{m, t, s}))
		}
	}
	return data
}

// stateEnv is the machine's state as operands of a specialised meaning.
type stateEnv struct {
	m *Machine
	t *template
	s *special
}

func (e stateEnv) Input(name string) uint64 {
	if r, ok := fixedRegister(name); ok {
		return e.m.x[r]
	}
	if name != "load" {
		return 0
	}
	addr := uint32(bv.Eval(e.s.node(e.t.load), e))
	v, _ := e.m.busRead(addr&^3, e.m.cycle)
	v >>= 8 * (addr & 3)
	size := 8 * e.t.ins.Load.Size
	if e.t.ins.Load.Signed {
		return uint64(bv.Sext(uint64(v)&bv.Mask(size), size))
	}
	return uint64(v) & bv.Mask(size)
}

func (e stateEnv) Element(name string, i uint64) uint64 {
	if st := e.m.states[name]; st != nil && st.array {
		return element(e.m.arrays[st.number], i)
	} else if st != nil {
		return e.m.x[st.slot]
	}
	return element(e.m.contents[e.m.tables[name]], i)
}
