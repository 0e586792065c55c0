package iss

import (
	"fmt"

	"marvelgen/gen/sem/bv"
	"marvelgen/verif/trace"
)

// Follow executes one instruction as Step does, but takes from the RTL's record
// what depends on time: whether an interrupt comes before the instruction, and what
// is read from cycle counters, the timer and pending interrupts. So the simulator,
// which knows no wait states, follows an RTL that has some; its own cycles mean
// nothing then.
//
// An interrupt must still be one that the program allows, and a cause read must be
// one of those that are enabled.
func (m *Machine) Follow(rtl, r *trace.Record) error {
	if m.done {
		return ErrDone
	}
	if m.err != nil {
		return m.err
	}
	m.following = true
	if rtl.Flags&trace.Intr != 0 {
		if !m.csr.mie || m.csr.enable == 0 {
			return fmt.Errorf("an interrupt comes before 0x%08x, but none is enabled", m.pc)
		}
		m.pc = m.csr.enter(m.pc, 0, 0)
		m.openCause = true
	}
	t, insn := m.next()
	if m.openCause && t != nil && t.usesCSR && t.ins.Encoding.Field("csr").Extract(insn) == 0x342 && rtl.Rd != 0 {
		if v := rtl.RdWData; v>>31 != 0 && v<<1>>1 < 32 && m.csr.enable>>(v&31)&1 != 0 {
			m.csr.mcause = v
		}
		m.openCause = false
	}
	if err := m.Step(r); err != nil {
		return err
	}
	r.Cycle = rtl.Cycle
	r.Flags |= rtl.Flags & trace.Intr
	if t == nil || r.Flags&trace.Trap != 0 {
		return nil
	}
	if t.usesCSR {
		switch t.ins.Encoding.Field("csr").Extract(insn) {
		case 0xb00, 0xb80, 0xc00, 0xc80, 0xc01, 0xc81, 0x344:
			m.take(&r.RdWData, r.Rd, rtl.Rd, rtl.RdWData)
		}
	} else if r.RMask != 0 && m.timed(r.MemAddr) {
		r.MemRData = rtl.MemRData
		m.take(&r.RdWData, r.Rd, rtl.Rd, rtl.RdWData)
	}
	return nil
}

// next is the meaning and the word of the instruction at the pc.
func (m *Machine) next() (*template, uint32) {
	k := word(m.pc - RAMBase)
	if k >= uint32(len(m.ram.w)) {
		return nil, 0
	}
	insn := m.ram.w[k]
	return m.templates[m.decoder.Decode(insn)], insn
}

// timed reports whether a word of memory changes with time.
func (m *Machine) timed(addr uint32) bool {
	return word(addr-RAMBase) >= uint32(len(m.ram.w)) && addr>>28 == 0 && addr>>15&1 != 0
}

// take replaces a result by the RTL's, if both write the register.
func (m *Machine) take(data *uint32, rd, rtlRd uint8, rtl uint32) {
	if rd != 0 && rd == rtlRd {
		*data = rtl
		m.x[rd] = uint64(rtl)
	}
}

// NextAccess is the memory access that the instruction at the pc is about to make,
// if it makes one and no interrupt comes before it.
func (m *Machine) NextAccess() (addr uint32, size int, store, ok bool) {
	t, insn := m.next()
	if t == nil || t.load == nil && t.store == nil {
		return 0, 0, false, false
	}
	s := newSpecial(&t.ins.Encoding, insn, m.pc)
	env := stateEnv{m, t, s}
	if t.load != nil {
		return uint32(bv.Eval(s.node(t.load), env)), t.ins.Load.Size, false, true
	}
	return uint32(bv.Eval(s.node(t.store), env)), t.ins.Store.Size, true, true
}

// Patch replaces the instruction at pc, which single steps see at once.
func (m *Machine) Patch(pc, insn uint32) {
	off := pc - RAMBase
	if k := word(off); k < uint32(len(m.ram.w)) {
		m.ram.w[k] = insn
		*m.singles.at(off) = nil
	}
}

// CSR is a CSR as an instruction at the pc would read it; false if the core has none
// of that number.
func (m *Machine) CSR(number uint32) (uint32, bool) { return m.csrValue(number, m.cycle, m.instret) }
