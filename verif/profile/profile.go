// Package profile says what a program did, from how often its basic blocks ran:
// which instructions, which feed which, which constants they add, how its loops
// turn. These are the figures from which custom instructions are designed.
package profile

import (
	"cmp"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
)

// Program is the code that ran.
type Program struct {
	decoder *isa.Decoder
	symbols *iss.Symbols
	img     *iss.Image
	custom  map[*isa.Instruction]bool
	reads   map[*isa.Instruction]map[string]bool // register fields that the meaning uses
}

// NewProgram takes the instructions of the base ISA, those of the extension, and the
// program's image.
func NewProgram(base, custom []*isa.Instruction, img *iss.Image) *Program {
	p := &Program{decoder: isa.NewDecoder(slices.Concat(base, custom)), symbols: iss.NewSymbols(img.Symbols), img: img,
		custom: map[*isa.Instruction]bool{}, reads: map[*isa.Instruction]map[string]bool{}}
	for _, ins := range custom {
		p.custom[ins] = true
	}
	return p
}

// Instruction is the word at pc and what it is, nil for none.
func (p *Program) Instruction(pc uint32) (*isa.Instruction, uint32) {
	for _, s := range p.img.Segments {
		if at := uint64(pc - s.Addr); pc >= s.Addr && at+4 <= uint64(len(s.Data)) {
			b := s.Data[at:]
			w := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
			return p.decoder.Decode(w), w
		}
	}
	return nil, 0
}

// Text is the instruction at pc in assembly.
func (p *Program) Text(pc uint32) string {
	ins, w := p.Instruction(pc)
	return isa.DisassembleSym(ins, w, pc, p.symbols.Name)
}

// Function is the symbol that pc belongs to.
func (p *Program) Function(pc uint32) string { return p.symbols.Function(pc) }

// Totals are what some blocks did.
type Totals struct {
	Cycles       uint64 `json:"cycles"`
	Instructions uint64 `json:"instructions"`
	Loads        uint64 `json:"loads"`
	Stores       uint64 `json:"stores"`
	LoadBytes    uint64 `json:"load_bytes"`
	StoreBytes   uint64 `json:"store_bytes"`
	Custom       uint64 `json:"custom"` // instructions of the extension
}

// Add sums up.
func (t *Totals) Add(o Totals) {
	t.Cycles += o.Cycles
	t.Instructions += o.Instructions
	t.Loads += o.Loads
	t.Stores += o.Stores
	t.LoadBytes += o.LoadBytes
	t.StoreBytes += o.StoreBytes
	t.Custom += o.Custom
}

// each calls f for every instruction of every block, with how often it ran.
func (p *Program) each(blocks []iss.BlockCounts, f func(b *iss.BlockCounts, pc uint32, ins *isa.Instruction, word uint32)) {
	for i := range blocks {
		b := &blocks[i]
		for pc := b.Start; pc < b.End; pc += 4 {
			if ins, w := p.Instruction(pc); ins != nil {
				f(b, pc, ins, w)
			}
		}
	}
}

// Totals counts what blocks did.
func (p *Program) Totals(blocks []iss.BlockCounts) Totals {
	var t Totals
	for _, b := range blocks {
		t.Cycles += b.Cycles
		t.Instructions += b.Instructions
	}
	p.each(blocks, func(b *iss.BlockCounts, _ uint32, ins *isa.Instruction, _ uint32) {
		if p.custom[ins] {
			t.Custom += b.Executions
		}
		if ins.Load != nil {
			t.Loads += b.Executions
			t.LoadBytes += b.Executions * uint64(ins.Load.Size)
		}
		if ins.Store != nil {
			t.Stores += b.Executions
			t.StoreBytes += b.Executions * uint64(ins.Store.Size)
		}
	})
	return t
}

// Count is how often something ran.
type Count struct {
	What  string  `json:"what"`
	Count uint64  `json:"count"`
	Share float64 `json:"share"` // of all instructions
}

// counter ranks what it is told of.
type counter map[string]uint64

func (c counter) top(n int, all uint64) []Count {
	out := make([]Count, 0, len(c))
	for what, count := range c {
		out = append(out, Count{what, count, float64(count) / float64(max(all, 1))})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.What, b.What)) })
	return out[:min(n, len(out))]
}
