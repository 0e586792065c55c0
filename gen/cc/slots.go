package cc

import (
	"slices"

	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// slots are words of a stack frame, in the order of their addresses' numbers, with what was
// last stored in them.
type slots []slot

type slot struct {
	addr, data *norm.Value
}

// find is the place of the slot at an address, or where it would be.
func (s slots) find(addr *norm.Value) (int, bool) {
	return slices.BinarySearchFunc(s, addr, func(x slot, addr *norm.Value) int { return x.addr.ID - addr.ID })
}

// of is what the slot at an address holds, or nil.
func (s slots) of(addr *norm.Value) *norm.Value {
	if i, ok := s.find(addr); ok {
		return s[i].data
	}
	return nil
}

// wordBytes is how many bytes a slot has.
const wordBytes = 4

// frameAccesses lists the instructions that access memory at the stack pointer.
var frameAccesses = []string{"lb", "lbu", "lh", "lhu", "lw", "sb", "sh", "sw"}

// returnsTwice lists functions behind which memory may hold what was stored later.
var returnsTwice = []string{"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "vfork", "getcontext"}

// ownsFrame reports whether nothing but loads and stores at the stack pointer reaches the
// function's frame: its address goes nowhere, and the stack pointer moves by constants.
// Functions that it calls leave the frame alone but for arguments on the stack, which are
// theirs: so no compiler loads those again behind the call.
func (fn *function) ownsFrame(r *rewriter) bool {
	if !r.options.StandardCalls {
		return false
	}
	for _, b := range fn.blocks {
		for _, in := range b.insns {
			switch {
			case in.class == opaque, in.class == call && slices.Contains(returnsTwice, in.target):
				return false
			case in.m == nil, !(in.uses() | in.defs()).has(sp):
			case in.moves() == sp:
			case !slices.Contains(frameAccesses, in.m.ins.Name), in.fields.of("rs2").reg == sp, in.fields.of("rd").reg == sp:
				return false
			}
		}
	}
	return true
}

// mayKnow reports whether what an instruction loads may be known.
func (m *machine) mayKnow(in *insn) bool {
	return m.slots != nil && in.m.load.size == wordBytes && in.fields.of("rs1").reg == sp
}

// slot is what a load of a word at the stack pointer loads, or nil.
func (m *machine) slot(in *insn) *norm.Value {
	if !m.mayKnow(in) {
		return nil
	}
	return m.slots.of(m.b.Add(m.regs[sp], m.b.Const(uint64(in.fields.of("imm").imm), 32), 1))
}

// store notes what is stored at the stack pointer. Words that it overlaps, or may overlap,
// hold nothing known any longer.
func (m *machine) store(a accessed) {
	if m.lent {
		m.slots, m.lent = slices.Clone(m.slots), false
	}
	m.slots = slices.DeleteFunc(m.slots, func(x slot) bool {
		by, ok := between(x.addr, a.addr)
		return !ok || by < wordBytes || by > bv.Mask(32)+1-uint64(a.size)
	})
	if a.size == wordBytes {
		i, _ := m.slots.find(a.addr)
		m.slots = slices.Insert(m.slots, i, slot{a.addr, a.data})
	}
}

// meetSlots finds what slots hold at a block's beginning: what they hold at the end of each
// predecessor that has been executed, but for those that have been given up.
func (b *block) meetSlots(ends []*machine, emptied map[*norm.Value]bool) slots {
	var out slots
	for _, p := range b.pred {
		m := ends[p.id]
		switch {
		case m == nil:
		case out == nil:
			out = slices.DeleteFunc(slices.Clone(m.slots), func(x slot) bool { return emptied[x.addr] || !b.outlasts(x.addr) || !b.outlasts(x.data) })
		default:
			out = slices.DeleteFunc(out, func(x slot) bool { return m.slots.of(x.addr) != x.data })
		}
	}
	if out == nil || b.open {
		return slots{}
	}
	return out
}

// wrong lists the slots in which a predecessor leaves something else than what is taken to
// be known.
func (s slots) wrong(b *block, ends []*machine) (out []*norm.Value) {
	for _, x := range s {
		if slices.ContainsFunc(b.pred, func(p *block) bool { return ends[p.id] != nil && ends[p.id].slots.of(x.addr) != x.data }) {
			out = append(out, x.addr)
		}
	}
	return out
}
