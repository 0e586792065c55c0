package iss

import "fmt"

// linkTaken finds the target of the branch or direct jump at the end of b. A
// misaligned target, met when the branch is taken for the first time, traps
// every time: the link is never made.
func (m *Machine) linkTaken(b *block) bool {
	if b.target&3 != 0 {
		m.exception(b, len(b.uops)-1, causeFetch, b.target)
		return false
	}
	return m.linkJump(b, b.target)
}

// linkJump makes the block at pc the one that b jumps to. Where there is none
// the jump itself is still done, and the fetch is what fails.
func (m *Machine) linkJump(b *block, pc uint32) bool {
	to := m.block(pc, b.single())
	if to == nil {
		m.cycle += uint64(b.taken)
		m.instret += uint64(b.n)
		b.jumps++
		m.pc = pc
		return false
	}
	b.jump = to
	return true
}

// again is the block after b, which fell through and has been accounted for:
// behind it or, at a loop end, the loop's start.
func (m *Machine) again(b *block) *block {
	pc, link := b.last+4, &b.next
	if b.loopEnd {
		if pc = m.loopNext(b.last); pc != b.last+4 {
			link = &b.back
		}
	}
	if *link != nil && (*link).pc == pc {
		return *link
	}
	to := m.block(pc, b.single())
	if to == nil {
		m.pc = pc
		return nil
	}
	*link = to
	return to
}

// single reports whether the block is in the table of single instructions.
func (b *block) single() bool { return b.record }

// rareEnd does the uop i at the end of b that is not worth a place in exec.
func (m *Machine) rareEnd(b *block, i int) {
	u := &b.uops[i]
	if u.code == opTrap {
		m.exception(b, i, uint32(u.c), u.imm)
		return
	}
	m.cycle += uint64(b.fall)
	m.instret += uint64(b.n)
	m.pc = b.last + 4
	switch u.code {
	case opMRet:
		m.pc = m.csr.leave()
		return
	case opFenceI:
		m.flush()
	case opLoopSet: // never ends a body itself
		m.loopSet(uint32(m.x[u.c]), m.pc, uint32(m.x[u.a]), uint32(m.x[u.b]))
		return
	default:
		panic(fmt.Sprintf("iss: uop %d is not one that ends a block", u.code))
	}
	if b.loopEnd {
		m.pc = m.loopNext(b.last)
	}
}

// leave stops in b after the instruction that uop i belongs to.
func (m *Machine) leave(b *block, i int) {
	k := uint32(b.owner[i]) + 1
	m.pc = b.pc + 4*k
	m.cycle += uint64(b.at[k])
	m.instret += uint64(k)
	b.lostInstrs += int64(b.n - k)
	b.lostCycles += int64(b.fall - b.at[k])
}

// exception traps the instruction that uop i of b belongs to.
func (m *Machine) exception(b *block, i int, cause, value uint32) {
	k := uint32(b.owner[i])
	pc := b.pc + 4*k
	cycles := b.at[k] + 1 + uint32(m.timing.Exception)
	if cause != causeIllegal { // which is known before the instruction waits for anything
		cycles += b.stall[k]
	}
	m.cycle += uint64(cycles)
	m.instret += uint64(k)
	b.lostInstrs += int64(b.n - k)
	b.lostCycles += int64(b.fall) - int64(cycles)
	m.traps++
	m.trapped = fmt.Sprintf(" after the exception %d at 0x%08x (mtval 0x%08x)", cause, pc, value)
	m.pc = m.csr.enter(pc, cause, value)
}
