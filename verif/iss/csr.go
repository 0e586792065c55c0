package iss

// Exception causes.
const (
	causeFetch   = 0
	causeIllegal = 2
	causeLoad    = 4
	causeStore   = 6
)

// Interrupt bits of mie and mip, and their causes.
const (
	irqSoftware = 3
	irqTimer    = 7
	irqExternal = 11
)

// csrFile holds the machine-mode CSRs, as rtl/mv32_csr.v. Counters are kept as
// their distance from the cycle and from the number of retired instructions.
type csrFile struct {
	mie, mpie         bool // mstatus.MIE, MPIE
	enable            uint32
	mtvec, mepc       uint32
	mscratch          uint32
	mcause, mtval     uint32
	cycleOff, instOff uint64
}

// The bits that exist in each register.
const (
	enableMask = 1<<irqSoftware | 1<<irqTimer | 1<<irqExternal
	causeMask  = 1<<31 | 15
	misaBase   = 1<<30 | 1<<12 | 1<<8 // RV32, M, I
	misaX      = 1 << 23
)

// enter takes a trap and returns the handler's address.
func (c *csrFile) enter(pc, cause, value uint32) uint32 {
	c.mpie, c.mie = c.mie, false
	c.mepc, c.mcause, c.mtval = pc, cause, value
	return c.mtvec
}

// leave is MRET; it returns the address to go on at.
func (c *csrFile) leave() uint32 {
	c.mie, c.mpie = c.mpie, true
	return c.mepc
}

// interrupt is the cause of the interrupt that is taken in the given cycle, if
// any: external before software before timer.
func (m *Machine) interrupt(cycle uint64) (uint32, bool) {
	if m.following || !m.csr.mie || m.csr.enable == 0 {
		return 0, false
	}
	pending := m.csr.enable & m.mip(cycle)
	for _, cause := range [...]uint32{irqExternal, irqSoftware, irqTimer} {
		if pending>>cause&1 != 0 {
			return cause, true
		}
	}
	return 0, false
}

func (m *Machine) mip(cycle uint64) uint32 {
	return uint32(bit(m.dev.external)<<irqExternal | bit(m.dev.software)<<irqSoftware | bit(m.dev.timerIRQ(cycle))<<irqTimer)
}

// csrValue is the CSR of that number as read in the given cycle; false if the
// core has none.
func (m *Machine) csrValue(number uint32, cycle, instret uint64) (uint32, bool) {
	c := &m.csr
	switch number {
	case 0x300:
		return uint32(3<<11 | bit(c.mpie)<<7 | bit(c.mie)<<3), true
	case 0x301:
		if m.cfg.Extension {
			return misaBase | misaX, true
		}
		return misaBase, true
	case 0x304:
		return c.enable, true
	case 0x305:
		return c.mtvec, true
	case 0x340:
		return c.mscratch, true
	case 0x341:
		return c.mepc, true
	case 0x342:
		return c.mcause, true
	case 0x343:
		return c.mtval, true
	case 0x344:
		return m.mip(cycle), true
	case 0xb00, 0xc00:
		return uint32(cycle + c.cycleOff), true
	case 0xb80, 0xc80:
		return uint32((cycle + c.cycleOff) >> 32), true
	case 0xc01:
		return uint32(m.dev.mtime(cycle)), true
	case 0xc81:
		return uint32(m.dev.mtime(cycle) >> 32), true
	case 0xb02, 0xc02:
		return uint32(instret + c.instOff), true
	case 0xb82, 0xc82:
		return uint32((instret + c.instOff) >> 32), true
	case 0xf11, 0xf12, 0xf13, 0xf14:
		return 0, true
	}
	return 0, false
}

// csrRead does the opCSRRead at uop i of b, or traps.
func (m *Machine) csrRead(b *block, i int) bool {
	u := &b.uops[i]
	k := b.owner[i]
	v, ok := m.csrValue(u.imm, m.cycle+uint64(b.at[k]), m.instret+uint64(k))
	if !ok || u.c != 0 && u.imm>>10 == 3 {
		m.exception(b, i, causeIllegal, m.ram.w[word(b.last-RAMBase)])
		return false
	}
	m.x[u.d] = uint64(v)
	return true
}

// csrWrite writes a CSR from the last instruction of b; what is not writable
// stays.
func (m *Machine) csrWrite(b *block, number, v uint32) {
	c := &m.csr
	k := uint64(b.n - 1)
	// Loading a counter takes the place of counting in this cycle.
	cycle := m.cycle + uint64(b.at[k]+b.stall[k])
	instret := m.instret + k
	switch number {
	case 0x300:
		c.mie, c.mpie = v>>3&1 != 0, v>>7&1 != 0
	case 0x304:
		c.enable = v & enableMask
	case 0x305:
		c.mtvec = v &^ 3
	case 0x340:
		c.mscratch = v
	case 0x341:
		c.mepc = v &^ 3
	case 0x342:
		c.mcause = v & causeMask
	case 0x343:
		c.mtval = v
	case 0xb00, 0xb80:
		c.cycleOff = half64(cycle+c.cycleOff, v, number == 0xb80) - (cycle + 1)
	case 0xb02, 0xb82:
		c.instOff = half64(instret+c.instOff, v, number == 0xb82) - (instret + 1)
	}
}
