package profile

import (
	"cmp"
	"slices"

	"marvelgen/verif/iss"
)

// LineCounts is what one line of C took.
type LineCounts struct {
	File         string  `json:"file"` // "": code of which no line is known
	Line         int     `json:"line"`
	Function     string  `json:"function"`   // that holds most of its cycles: the line may be inlined into others
	Executions   uint64  `json:"executions"` // of the instruction of it that ran most often
	Instructions uint64  `json:"instructions"`
	Cycles       uint64  `json:"cycles"`
	Share        float64 `json:"share"` // of all cycles
	Text         string  `json:"text,omitempty"`
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// ByLine shares the cycles of blocks among the lines of their instructions, most
// cycles first. An instruction takes what the timing says of it; what a block took
// besides, as a branch that was foreseen wrongly, is its last instruction's.
func (p *Program) ByLine(blocks []iss.BlockCounts, t iss.Timing, lines *Lines) []LineCounts {
	per := p.perInstruction(blocks, t)
	sums := map[place]*LineCounts{}
	functions := map[place]map[string]uint64{}
	all := uint64(0)
	for pc, c := range per {
		file, line := lines.Place(pc)
		at := place{file, line}
		s := sums[at]
		if s == nil {
			s = &LineCounts{File: file, Line: line}
			sums[at], functions[at] = s, map[string]uint64{}
		}
		s.Executions = max(s.Executions, c.Executions)
		s.Instructions += c.Instructions
		s.Cycles += c.Cycles
		all += c.Cycles
		functions[at][p.Function(pc)] += c.Cycles
	}
	out := make([]LineCounts, 0, len(sums))
	for at, s := range sums {
		most := uint64(0)
		for name, cycles := range functions[at] {
			if cycles > most || cycles == most && (s.Function == "" || name < s.Function) {
				s.Function, most = name, cycles
			}
		}
		s.Share = float64(s.Cycles) / float64(max(all, 1))
		s.Text, _ = lines.Text(at.file, at.line)
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b LineCounts) int {
		return cmp.Or(cmp.Compare(b.Cycles, a.Cycles), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// perInstruction is the counts of each address.
func (p *Program) perInstruction(blocks []iss.BlockCounts, t iss.Timing) map[uint32]iss.Counts {
	out := map[uint32]iss.Counts{}
	add := func(pc uint32, executions, instructions, cycles uint64) {
		c := out[pc]
		c.Executions += executions
		c.Instructions += instructions
		c.Cycles += cycles
		out[pc] = c
	}
	for _, b := range blocks {
		cycles, instructions := b.Cycles, b.Instructions
		// The last instruction comes last and gets what is left. A block that was left
		// in its middle, by an exception, has less than its instructions would take.
		for pc := b.Start; pc+4 < b.End; pc += 4 {
			cost := uint64(1)
			if ins, _ := p.Instruction(pc); ins != nil {
				cost += uint64(t.Extra[ins.Name] + t.Surplus[ins.Name])
			}
			n, c := min(b.Executions, instructions), min(b.Executions*cost, cycles)
			add(pc, b.Executions, n, c)
			instructions -= n
			cycles -= c
		}
		add(max(b.Start, b.End-4), b.Executions, instructions, cycles)
	}
	return out
}
