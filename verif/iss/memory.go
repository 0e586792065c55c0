package iss

import "fmt"

// memAccess is what an instruction did to memory, in the terms of the trace.
type memAccess struct {
	addr, data   uint32
	rmask, wmask uint8
}

// loadSlow loads where exec's own way does not do: devices, misaligned
// addresses, and accesses that are recorded. It reports false if the block is
// left.
func (m *Machine) loadSlow(b *block, i int, kind opcode, off uint32) bool {
	addr := off + RAMBase
	size := uint32(4)
	switch kind {
	case opLB, opLBU:
		size = 1
	case opLH, opLHU:
		size = 2
	}
	if addr&(size-1) != 0 {
		m.exception(b, i, causeLoad, addr)
		return false
	}
	data, ok := m.busRead(addr&^3, m.cycle+uint64(b.at[b.owner[i]]))
	if !ok {
		m.lost(b, i, "loads from", addr)
		return false
	}
	lane := addr & 3
	v := data >> (8 * lane)
	mask := uint8(1<<size-1) << lane
	m.access = memAccess{addr: addr &^ 3, data: data & lanes(mask), rmask: mask}
	switch kind {
	case opLB:
		v = uint32(int32(int8(v)))
	case opLBU:
		v = uint32(uint8(v))
	case opLH:
		v = uint32(int32(int16(v)))
	case opLHU:
		v = uint32(uint16(v))
	}
	if d := b.uops[i].d; d != 0 {
		m.x[d] = uint64(v)
	}
	return true
}

// storeSlow is the same for stores. It reports true if the block is left: by
// a trap, or since a device may have changed what comes next.
func (m *Machine) storeSlow(b *block, i int, size, off uint32) bool {
	addr := off + RAMBase
	if addr&(size-1) != 0 {
		m.exception(b, i, causeStore, addr)
		return true
	}
	lane := addr & 3
	mask := uint8(1<<size-1) << lane
	data := uint32(m.x[b.uops[i].b]) << (8 * lane) & lanes(mask)
	m.access = memAccess{addr: addr &^ 3, data: data, wmask: mask}
	k := word(addr&^3 - RAMBase)
	if k < uint32(len(m.ram.w)) {
		m.ram.w[k] = m.ram.w[k]&^lanes(mask) | data
		return false
	}
	n := b.owner[i]
	if !m.busWrite(addr&^3, data, mask, m.cycle+uint64(b.at[n]), m.instret+uint64(n)) {
		m.lost(b, i, "stores to", addr)
		return true
	}
	if uint32(n) == b.n-1 { // let the block end as it does
		return false
	}
	m.leave(b, i)
	return true
}

// lanes widens a byte mask to bits.
func lanes(mask uint8) uint32 {
	v := uint32(0)
	for i := range 4 {
		if mask>>i&1 != 0 {
			v |= 0xff << (8 * i)
		}
	}
	return v
}

// lost ends the run at an access that no program means.
func (m *Machine) lost(b *block, i int, does string, addr uint32) {
	k := uint32(b.owner[i])
	pc := b.pc + 4*k
	m.err = fmt.Errorf("0x%08x: the program %s 0x%08x, outside its RAM of %d bytes%s", pc, does, addr, len(m.ram.b), m.trapped)
	m.pc = pc
	m.cycle += uint64(b.at[k])
	m.instret += uint64(k)
	b.lostInstrs += int64(b.n - k)
	b.lostCycles += int64(b.fall - b.at[k])
}
