package iss

import (
	"fmt"
	"math"
	"slices"
)

// block is a straight run of compiled instructions.
type block struct {
	pc      uint32
	insn    uint32    // the first word
	first   *template // its meaning; nil if it is illegal
	n       uint32    // instructions
	uops    []uop
	owner   []uint16 // number of the instruction that a uop belongs to
	at      []uint32 // cycles before an instruction, beyond those of the block's start
	stall   []uint32 // further cycles of an instruction in X
	surplus uint32   // and of the first instruction in W
	last    uint32   // pc of the last instruction
	loopEnd bool     // some loop ends here
	record  bool     // a single instruction that records its memory access
	reach   func()   // called before the first instruction: see OnReach

	fall, taken uint32 // cycles of the whole block either way
	longest     uint32 // of both; beyond every deadline where runs have to stop
	target      uint32 // of the branch or direct jump at the end

	// Successors, once known: falling through, jumping, and going round a loop.
	next, jump, back *block

	region *region // translated code that begins here
	cold   bool    // not worth translating

	// Counts. Whole runs are counted by executions; what a trap or a device
	// store cut short is corrected by lost.
	count, jumps           uint64
	lostInstrs, lostCycles int64
}

// stopHere is longer than every time to a deadline.
const stopHere = math.MaxUint32

// maxBlock bounds the instructions of a block.
const maxBlock = 64

// blockTable finds blocks by pc.
type blockTable struct{ pages []*blockPage }

type blockPage [1024]*block

func (t *blockTable) at(off uint32) **block {
	page := off >> 12
	for uint32(len(t.pages)) <= page {
		t.pages = append(t.pages, nil)
	}
	if t.pages[page] == nil {
		t.pages[page] = new(blockPage)
	}
	return &t.pages[page][off>>2&1023]
}

// get is the block at an offset, or nil.
func (t *blockTable) get(off uint32) *block {
	page := off >> 12
	if off&3 != 0 || page >= uint32(len(t.pages)) || t.pages[page] == nil {
		return nil
	}
	return t.pages[page][off>>2&1023]
}

func (t *blockTable) each(f func(*block)) {
	for _, p := range t.pages {
		if p == nil {
			continue
		}
		for _, b := range p {
			if b != nil {
				f(b)
			}
		}
	}
}

// block returns the block at pc, made if need be; nil with m.err set if there
// is no code. Single blocks hold one instruction.
func (m *Machine) block(pc uint32, single bool) *block {
	off := pc - RAMBase
	if word(off) >= uint32(len(m.ram.w)) {
		m.err = fmt.Errorf("the program jumps to 0x%08x, which is not in RAM%s", pc, m.trapped)
		return nil
	}
	table, limit := &m.blocks, maxBlock
	if single {
		table, limit = &m.singles, 1
	}
	slot := table.at(off)
	if *slot == nil {
		b, err := m.build(pc, limit, single)
		if err != nil {
			m.err = err
			return nil
		}
		*slot = b
	}
	return *slot
}

// build compiles up to limit instructions from pc.
func (m *Machine) build(pc uint32, limit int, record bool) (*block, error) {
	b := &block{pc: pc, record: record, reach: m.reach[pc]}
	for {
		if b.n > 0 && m.reach[pc] != nil { // the next block begins with a call
			b.close(ending{})
			return b, nil
		}
		if word(pc-RAMBase) >= uint32(len(m.ram.w)) { // runs into the end of RAM: fetching there is the error
			b.close(ending{})
			return b, nil
		}
		insn := m.ram.w[word(pc-RAMBase)]
		if b.n == 0 {
			b.insn = insn
		}
		e := ending{ends: true, penalty: m.timing.Exception}
		extra, surplus := 0, 0
		if ins := m.decoder.Decode(insn); ins == nil {
			b.uops = append(b.uops, uop{code: opTrap, c: causeIllegal, imm: insn})
		} else {
			t := m.templates[ins]
			if b.n == 0 {
				b.first = t
			}
			var err error
			if b.uops, e, err = m.compile(t, insn, pc, record, b.uops); err != nil {
				return nil, fmt.Errorf("0x%08x: %s: %w", pc, ins.Name, err)
			}
			extra, surplus = t.extra, t.surplus
			b.loopEnd = m.ends[pc] && t.ins.Loop == nil
		}
		if b.n == 0 {
			b.surplus = uint32(surplus)
		}
		b.add(pc, extra, surplus)
		if e.ends || b.loopEnd || int(b.n) >= limit {
			b.close(e)
			return b, nil
		}
		pc += 4
	}
}

// add accounts for an instruction whose uops have been appended.
func (b *block) add(pc uint32, extra, surplus int) {
	for len(b.owner) < len(b.uops) {
		b.owner = append(b.owner, uint16(b.n))
	}
	b.at = append(b.at, b.fall)
	b.stall = append(b.stall, uint32(extra))
	b.fall += 1 + uint32(extra+surplus)
	b.last = pc
	b.n++
}

// fuse makes one step of a product and the sum that takes it, the two instructions
// that most of a network's are; the sum's own uop stays where it is, but is skipped.
// A jump goes to the beginning of a block, so it is never reached.
func (b *block) fuse() {
	for i := 0; i+1 < len(b.uops); i++ {
		u, v := &b.uops[i], &b.uops[i+1]
		if u.code != opMul32 || v.code != opAdd32 || v.a != u.d && v.b != u.d {
			continue
		}
		other := v.b
		if v.a != u.d {
			other = v.a
		}
		*u = uop{code: opMulAdd32, d: v.d, a: u.a, b: u.b, c: other, imm: uint32(u.d)}
		i++
	}
}

// split is the uops with none fused.
func (b *block) split() []uop {
	list := slices.Clone(b.uops)
	for i, u := range list {
		if u.code == opMulAdd32 {
			list[i] = uop{code: opMul32, d: uint16(u.imm), a: u.a, b: u.b}
		}
	}
	return list
}

// close finishes the block: e is how its last instruction ends it.
func (b *block) close(e ending) {
	b.fuse()
	b.target = e.target
	b.taken = b.fall + uint32(e.taken)
	b.fall += uint32(e.penalty)
	if !e.branch {
		b.taken = b.fall
	}
	b.longest = max(b.taken, b.fall)
	if b.reach != nil && !b.record {
		b.longest = stopHere // and arrive calls
	}
	if !e.ends {
		b.uops = append(b.uops, uop{code: opEnd})
		b.owner = append(b.owner, uint16(max(b.n, 1)-1))
	}
}

// flush throws away all compiled code but keeps its counts.
func (m *Machine) flush() {
	m.native.drop()
	keep := func(b *block) {
		if c := m.counts(b); c.Executions > 0 {
			s := span{b.pc, b.n}
			m.past[s] = m.past[s].plus(c)
		}
	}
	m.blocks.each(keep)
	m.singles.each(keep)
	m.blocks, m.singles = blockTable{}, blockTable{}
	m.nodes = nil
}
