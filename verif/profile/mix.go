package profile

import (
	"cmp"
	"fmt"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/iss"
)

// Mix is the statistics that lead to extensions.
type Mix struct {
	Mnemonics  []Count `json:"mnemonics"`
	Feeds      []Count `json:"feeds"`      // an instruction and the next that uses its result, within a block
	Neighbours []Count `json:"neighbours"` // two instructions in a row
	Increments []Count `json:"increments"` // constants added to a register in place
	Offsets    []Count `json:"offsets"`    // constants added to the addresses of loads and stores
	Loops      []Loop  `json:"loops"`
}

// Loop is a loop that a backward branch closes.
type Loop struct {
	Function     string  `json:"function"`
	Start        uint32  `json:"start"`
	End          uint32  `json:"end"` // address of the branch
	Instructions int     `json:"instructions"`
	Entries      uint64  `json:"entries"`
	Trips        float64 `json:"trips"` // on average, of an entry
	Cycles       uint64  `json:"cycles"`
	Inner        bool    `json:"inner"` // no other loop lies inside
}

// Mix gathers the statistics of blocks; at most n of each kind.
func (p *Program) Mix(blocks []iss.BlockCounts, n int) Mix {
	mnemonics, feeds, neighbours, increments, offsets := counter{}, counter{}, counter{}, counter{}, counter{}
	all := uint64(0)
	var last *isa.Instruction
	var lastBlock *iss.BlockCounts
	var made map[uint32]string // register: mnemonic of what has written it last and nobody has read yet
	p.each(blocks, func(b *iss.BlockCounts, _ uint32, ins *isa.Instruction, w uint32) {
		if b != lastBlock {
			last, lastBlock, made = nil, b, map[uint32]string{}
		}
		all += b.Executions
		mnemonics[ins.Mnemonic] += b.Executions
		if last != nil {
			neighbours[last.Mnemonic+", "+ins.Mnemonic] += b.Executions
		}
		last = ins
		for _, r := range p.read(ins, w) {
			if from := made[r]; from != "" {
				feeds[from+" → "+ins.Mnemonic] += b.Executions
				delete(made, r)
			}
		}
		for _, r := range written(ins, w) {
			made[r] = ins.Mnemonic
		}
		imm := ins.Encoding.Field("imm")
		switch rd, rs1 := ins.Encoding.Field("rd"), ins.Encoding.Field("rs1"); {
		case imm == nil || rs1 == nil:
		case ins.Load != nil || ins.Store != nil:
			offsets[fmt.Sprint(imm.Extract(w))] += b.Executions
		case ins.Name == "addi" && rd != nil && rd.Extract(w) == rs1.Extract(w):
			increments[fmt.Sprint(imm.Extract(w))] += b.Executions
		}
	})
	return Mix{mnemonics.top(n, all), feeds.top(n, all), neighbours.top(n, all), increments.top(n, all), offsets.top(n, all), p.loops(blocks, n)}
}

// read lists the general registers, but x0, whose values an instruction uses.
func (p *Program) read(ins *isa.Instruction, w uint32) (regs []uint32) {
	uses := p.reads[ins]
	if uses == nil {
		uses = map[string]bool{}
		for i := range ins.Encoding.Fields {
			if f := &ins.Encoding.Fields[i]; f.Kind == isa.Register {
				uses[f.Name] = sem.Uses(f.Name, ins.Exprs()...)
			}
		}
		p.reads[ins] = uses
	}
	for i := range ins.Encoding.Fields {
		f := &ins.Encoding.Fields[i]
		if r := uint32(f.Extract(w)); uses[f.Name] && r != 0 && !slices.Contains(regs, r) {
			regs = append(regs, r)
		}
	}
	return regs
}

// written lists the general registers, but x0, that an instruction changes.
func written(ins *isa.Instruction, w uint32) (regs []uint32) {
	for i := range ins.Writes {
		switch d := &ins.Writes[i]; d.Kind {
		case isa.DestField:
			if r := uint32(ins.Encoding.Field(d.Name).Extract(w)); r != 0 {
				regs = append(regs, r)
			}
		case isa.DestFixed:
			regs = append(regs, uint32(d.Reg))
		}
	}
	return regs
}

// loops finds the loops that backward branches close. A branch may end several
// blocks, which were entered at different places.
func (p *Program) loops(blocks []iss.BlockCounts, n int) []Loop {
	type edge struct{ runs, taken uint64 }
	edges := map[uint32]*edge{}
	for i := range blocks {
		b := &blocks[i]
		if b.Start == b.End {
			continue
		}
		e := edges[b.End-4]
		if e == nil {
			e = new(edge)
			edges[b.End-4] = e
		}
		e.runs += b.Executions
		e.taken += b.Jumps
	}
	var out []Loop
	for pc, e := range edges {
		ins, w := p.Instruction(pc)
		if ins == nil || e.taken == 0 || len(p.read(ins, w)) == 0 || len(written(ins, w)) > 0 { // a jump or call closes none
			continue
		}
		offset := int64(0)
		for i := range ins.Encoding.Fields {
			if f := &ins.Encoding.Fields[i]; ins.PCRelative(f.Name) {
				offset = f.Extract(w)
			}
		}
		if offset >= 0 {
			continue
		}
		start := pc + uint32(offset)
		l := Loop{Function: p.Function(pc), Start: start, End: pc, Instructions: int(pc-start)/4 + 1, Entries: e.runs - e.taken}
		l.Trips = float64(e.runs) / float64(max(l.Entries, 1))
		for i := range blocks {
			if b := &blocks[i]; b.Start >= start && b.Start <= pc {
				l.Cycles += b.Cycles
			}
		}
		out = append(out, l)
	}
	for i := range out {
		out[i].Inner = !slices.ContainsFunc(out, func(o Loop) bool {
			return (o.Start != out[i].Start || o.End != out[i].End) && o.Start >= out[i].Start && o.End <= out[i].End
		})
	}
	slices.SortFunc(out, func(a, b Loop) int { return cmp.Or(cmp.Compare(b.Cycles, a.Cycles), cmp.Compare(a.End, b.End)) })
	return out[:min(n, len(out))]
}
