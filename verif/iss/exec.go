package iss

import (
	"math/bits"

	"marvelgen/gen/sem/bv"
)

// exec runs block b and then its successors, as long as they end by the
// deadline. On return m.pc, m.cycle and m.instret stand after what was run.
//
// This is the simulator's inner loop: everything a uop needs is in the slot
// file or in a local variable, and calls are left to what is rare.
func (m *Machine) exec(b *block) { m.execFrom(b, 0) }

// execFrom is exec that begins at uop i of b: where translated code has left it.
func (m *Machine) execFrom(b *block, from int) {
	x := m.x
	words, halves, bytes := m.ram.w, m.ram.h, m.ram.b
	cyc, ins, deadline := m.cycle, m.instret, m.deadline
	for {
		b.count++
		uops := b.uops
		for i := from; ; i++ {
			u := &uops[i]
			switch u.code {
			case opMove:
				x[u.d] = x[u.a]
			case opConst:
				x[u.d] = uint64(u.imm) | uint64(u.a)<<32 | uint64(u.b)<<48
			case opAdd32:
				x[u.d] = uint64(uint32(x[u.a]) + uint32(x[u.b]))
			case opSub32:
				x[u.d] = uint64(uint32(x[u.a]) - uint32(x[u.b]))
			case opMul32:
				x[u.d] = uint64(uint32(x[u.a]) * uint32(x[u.b]))
			case opMulAdd32:
				p := uint32(x[u.a]) * uint32(x[u.b])
				x[u.imm&(slotCount-1)] = uint64(p)
				x[u.d] = uint64(uint32(x[u.c]) + p)
				i++
			case opAdd64:
				x[u.d] = x[u.a] + x[u.b]
			case opSub64:
				x[u.d] = x[u.a] - x[u.b]
			case opMul64:
				x[u.d] = x[u.a] * x[u.b]
			case opAnd:
				x[u.d] = x[u.a] & x[u.b]
			case opOr:
				x[u.d] = x[u.a] | x[u.b]
			case opXor:
				x[u.d] = x[u.a] ^ x[u.b]
			case opShl32:
				x[u.d] = uint64(uint32(x[u.a]) << (x[u.b] & 31))
			case opShr32:
				x[u.d] = uint64(uint32(x[u.a]) >> (x[u.b] & 31))
			case opSar32:
				x[u.d] = uint64(uint32(int32(x[u.a]) >> (x[u.b] & 31)))
			case opShl64:
				x[u.d] = x[u.a] << x[u.b]
			case opShr64:
				x[u.d] = x[u.a] >> x[u.b]
			case opSar64:
				x[u.d] = uint64(int64(x[u.a]) >> x[u.b])
			case opEq:
				x[u.d] = bit(x[u.a] == x[u.b])
			case opLtU:
				x[u.d] = bit(x[u.a] < x[u.b])
			case opLtS32:
				x[u.d] = bit(int32(x[u.a]) < int32(x[u.b]))
			case opLtS64:
				x[u.d] = bit(int64(x[u.a]) < int64(x[u.b]))
			case opMux:
				v := x[u.c]
				if x[u.a] != 0 {
					v = x[u.b]
				}
				x[u.d] = v
			case opExtract:
				x[u.d] = x[u.a] >> (u.b & 63) & (^uint64(0) >> ((64 - u.c) & 63))
			case opSext:
				s := (64 - u.b) & 63
				x[u.d] = uint64(int64(x[u.a]<<s)>>s) & (^uint64(0) >> ((64 - u.c) & 63))
			case opSext8:
				x[u.d] = uint64(uint32(int8(x[u.a])))
			case opSext16:
				x[u.d] = uint64(uint32(int16(x[u.a])))
			case opSext32:
				x[u.d] = uint64(int32(x[u.a]))
			case opQuoU32, opQuoS32, opRemU32, opRemS32:
				x[u.d] = divide(u.code, uint32(x[u.a]), uint32(x[u.b]))
			case opApply:
				x[u.d] = bv.Apply(m.nodes[u.imm], x[u.a], x[u.b])
			case opTable:
				x[u.d] = element(m.contents[u.imm], x[u.a])
			case opRead:
				x[u.d] = element(m.arrays[u.imm], x[u.a])
			case opWrite:
				if array := m.arrays[u.imm]; x[u.c] != 0 && x[u.a] < uint64(len(array)) {
					array[x[u.a]] = x[u.b]
				}

			case opLW:
				off := uint32(x[u.a]) + u.imm
				if k := bits.RotateLeft32(off, -2); k < uint32(len(words)) {
					x[u.d] = uint64(words[k])
					continue
				}
				m.cycle, m.instret = cyc, ins
				if !m.loadSlow(b, i, u.code, off) {
					return
				}
			case opLH:
				off := uint32(x[u.a]) + u.imm
				if k := bits.RotateLeft32(off, -1); k < uint32(len(halves)) {
					x[u.d] = uint64(uint32(int16(halves[k])))
					continue
				}
				m.cycle, m.instret = cyc, ins
				if !m.loadSlow(b, i, u.code, off) {
					return
				}
			case opLHU:
				off := uint32(x[u.a]) + u.imm
				if k := bits.RotateLeft32(off, -1); k < uint32(len(halves)) {
					x[u.d] = uint64(halves[k])
					continue
				}
				m.cycle, m.instret = cyc, ins
				if !m.loadSlow(b, i, u.code, off) {
					return
				}
			case opLB:
				off := uint32(x[u.a]) + u.imm
				if off < uint32(len(bytes)) {
					x[u.d] = uint64(uint32(int8(bytes[off])))
					continue
				}
				m.cycle, m.instret = cyc, ins
				if !m.loadSlow(b, i, u.code, off) {
					return
				}
			case opLBU:
				off := uint32(x[u.a]) + u.imm
				if off < uint32(len(bytes)) {
					x[u.d] = uint64(bytes[off])
					continue
				}
				m.cycle, m.instret = cyc, ins
				if !m.loadSlow(b, i, u.code, off) {
					return
				}
			case opSW:
				off := uint32(x[u.a]) + u.imm
				if k := bits.RotateLeft32(off, -2); k < uint32(len(words)) {
					words[k] = uint32(x[u.b])
					continue
				}
				m.cycle, m.instret = cyc, ins
				if m.storeSlow(b, i, 4, off) {
					return
				}
				deadline = 0
			case opSH:
				off := uint32(x[u.a]) + u.imm
				if k := bits.RotateLeft32(off, -1); k < uint32(len(halves)) {
					halves[k] = uint16(x[u.b])
					continue
				}
				m.cycle, m.instret = cyc, ins
				if m.storeSlow(b, i, 2, off) {
					return
				}
				deadline = 0
			case opSB:
				off := uint32(x[u.a]) + u.imm
				if off < uint32(len(bytes)) {
					bytes[off] = uint8(x[u.b])
					continue
				}
				m.cycle, m.instret = cyc, ins
				if m.storeSlow(b, i, 1, off) {
					return
				}
				deadline = 0
			case opLoad:
				m.cycle, m.instret = cyc, ins
				if !m.loadSlow(b, i, opcode(u.c), uint32(x[u.a])+u.imm) {
					return
				}
			case opStore:
				m.cycle, m.instret = cyc, ins
				if m.storeSlow(b, i, uint32(u.c), uint32(x[u.a])+u.imm) {
					return
				}

			case opCheckPC:
				if x[u.a]&3 != 0 {
					m.cycle, m.instret = cyc, ins
					m.exception(b, i, causeFetch, uint32(x[u.a]))
					return
				}
			case opCheckStore:
				if addr := uint32(x[u.a]) + u.imm + RAMBase; addr&uint32(u.c-1) != 0 {
					m.cycle, m.instret = cyc, ins
					m.exception(b, i, causeStore, addr)
					return
				}
			case opTrapIf:
				if x[u.a] != 0 {
					m.cycle, m.instret = cyc, ins
					m.exception(b, i, uint32(u.c), u.imm)
					return
				}
			case opCSRRead:
				m.cycle, m.instret = cyc, ins
				if !m.csrRead(b, i) {
					return
				}
			case opCSRWrite:
				if x[u.b] != 0 {
					m.cycle, m.instret = cyc, ins
					m.csrWrite(b, u.imm, uint32(x[u.a]))
				}
				deadline = 0 // an interrupt may have become enabled

			case opEnd:
				goto fall
			case opBeq:
				if x[u.a] == x[u.b] {
					goto taken
				}
				goto fall
			case opBne:
				if x[u.a] != x[u.b] {
					goto taken
				}
				goto fall
			case opBltU:
				if x[u.a] < x[u.b] {
					goto taken
				}
				goto fall
			case opBgeU:
				if x[u.a] >= x[u.b] {
					goto taken
				}
				goto fall
			case opBltS:
				if int32(x[u.a]) < int32(x[u.b]) {
					goto taken
				}
				goto fall
			case opBgeS:
				if int32(x[u.a]) >= int32(x[u.b]) {
					goto taken
				}
				goto fall
			case opJump:
				goto taken
			case opJumpTo:
				to := uint32(x[u.a])
				if b.jump != nil && b.jump.pc == to {
					goto taken
				}
				m.cycle, m.instret = cyc, ins
				if !m.linkJump(b, to) {
					return
				}
				goto taken
			default: // opTrap, opMRet, opFenceI, opLoopSet
				m.cycle, m.instret = cyc, ins
				m.rareEnd(b, i)
				return
			}
		}
	taken:
		from = 0
		if b.jump == nil {
			m.cycle, m.instret = cyc, ins
			if !m.linkTaken(b) {
				return
			}
		}
		b.jumps++
		cyc += uint64(b.taken)
		ins += uint64(b.n)
		b = b.jump
		if cyc+uint64(b.longest) > deadline {
			m.pc, m.cycle, m.instret = b.pc, cyc, ins
			return
		}
		continue
	fall:
		from = 0
		cyc += uint64(b.fall)
		ins += uint64(b.n)
		if l := &m.loops[0]; b.back != nil && l.count > 1 && l.end == b.last && l.start == b.back.pc {
			l.count-- // the inner loop goes round, as loopNext says
			b = b.back
		} else if b.next == nil || b.loopEnd {
			m.cycle, m.instret = cyc, ins
			if b = m.again(b); b == nil {
				return
			}
		} else {
			b = b.next
		}
		if cyc+uint64(b.longest) > deadline {
			m.pc, m.cycle, m.instret = b.pc, cyc, ins
			return
		}
	}
}

func bit(c bool) uint64 {
	if c {
		return 1
	}
	return 0
}

// element is entry i; an index out of range belongs to a choice not taken.
func element(list []uint64, i uint64) uint64 {
	if i < uint64(len(list)) {
		return list[i]
	}
	return 0
}

func divide(code opcode, a, b uint32) uint64 {
	switch {
	case b == 0 && (code == opQuoU32 || code == opQuoS32):
		return 1<<32 - 1
	case b == 0:
		return uint64(a)
	case code == opQuoU32:
		return uint64(a / b)
	case code == opRemU32:
		return uint64(a % b)
	case code == opQuoS32:
		return uint64(uint32(int64(int32(a)) / int64(int32(b))))
	}
	return uint64(uint32(int64(int32(a)) % int64(int32(b))))
}
