package iss

import (
	"cmp"
	"slices"
)

// Counts are how often something ran and what it took.
type Counts struct {
	Executions   uint64 `json:"executions"`
	Jumps        uint64 `json:"jumps"` // of them, how many ended in a taken branch or jump
	Instructions uint64 `json:"instructions"`
	Cycles       uint64 `json:"cycles"`
}

func (c Counts) plus(o Counts) Counts {
	return Counts{c.Executions + o.Executions, c.Jumps + o.Jumps, c.Instructions + o.Instructions, c.Cycles + o.Cycles}
}

func (c Counts) minus(o Counts) Counts {
	return Counts{c.Executions - o.Executions, c.Jumps - o.Jumps, c.Instructions - o.Instructions, c.Cycles - o.Cycles}
}

// span identifies a block's code.
type span struct{ pc, n uint32 }

// BlockCounts are those of one basic block: instructions from Start up to, not
// including, End, entered at Start only. Blocks that are entered in the middle
// overlap. A block with Start = End holds the cycles of interrupt entry.
type BlockCounts struct {
	Start uint32 `json:"start"`
	End   uint32 `json:"end"`
	Counts
}

// FuncCounts are those of one function: the sum of its blocks, with Executions
// counted at its first address.
type FuncCounts struct {
	Name string `json:"name"`
	Addr uint32 `json:"addr"`
	Counts
}

// Profile is where the cycles went, most cycles first.
type Profile struct {
	Functions []FuncCounts  `json:"functions"`
	Blocks    []BlockCounts `json:"blocks"`
}

func (m *Machine) counts(b *block) Counts {
	return Counts{
		Executions:   b.count,
		Jumps:        b.jumps,
		Instructions: uint64(int64(b.count*uint64(b.n)) - b.lostInstrs),
		Cycles:       uint64(int64((b.count-b.jumps)*uint64(b.fall)+b.jumps*uint64(b.taken)) - b.lostCycles),
	}
}

// Tally is the counts of all blocks at one moment; differences between two
// moments are the profile of what ran between.
type Tally map[span]Counts

// Tally counts what ran since reset.
func (m *Machine) Tally() Tally {
	m.native.settle()
	t := Tally{}
	for s, c := range m.past {
		t[s] = c
	}
	note := func(b *block) {
		if b.count > 0 {
			s := span{b.pc, b.n}
			t[s] = t[s].plus(m.counts(b))
		}
	}
	m.blocks.each(note)
	m.singles.each(note)
	return t
}

// Profile sums up what ran since reset.
func (m *Machine) Profile() Profile { return m.Between(nil, m.Tally()) }

// Between sums up what ran from one tally to a later one; from may be nil.
func (m *Machine) Between(from, to Tally) Profile {
	spans := Tally{}
	for s, c := range to {
		if c = c.minus(from[s]); c != (Counts{}) {
			spans[s] = c
		}
	}
	var p Profile
	funcs := map[uint32]*FuncCounts{}
	for s, c := range spans {
		p.Blocks = append(p.Blocks, BlockCounts{s.pc, s.pc + 4*s.n, c})
		name, addr := m.symbols.function(s.pc)
		f := funcs[addr]
		if f == nil {
			f = &FuncCounts{Name: name, Addr: addr}
			funcs[addr] = f
		}
		f.Instructions += c.Instructions
		f.Cycles += c.Cycles
		if s.pc == addr {
			f.Executions += c.Executions
		}
	}
	for _, f := range funcs {
		p.Functions = append(p.Functions, *f)
	}
	slices.SortFunc(p.Blocks, func(a, b BlockCounts) int {
		return cmp.Or(cmp.Compare(b.Cycles, a.Cycles), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	slices.SortFunc(p.Functions, func(a, b FuncCounts) int {
		return cmp.Or(cmp.Compare(b.Cycles, a.Cycles), cmp.Compare(a.Addr, b.Addr))
	})
	return p
}
