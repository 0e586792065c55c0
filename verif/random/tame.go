package random

import (
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/random/stream"
	"marvelgen/verif/trace"
)

// rounds bounds how often a program is looked through.
const rounds = 40

// tame takes out of a program what accesses memory that is not data: custom
// instructions may find their addresses in private state, which only executing
// them tells. Where one would go astray it becomes an addi of x0; that may change
// what it did before, so the program is executed until there is none.
func tame(m *isa.Machine, p *stream.Program) error {
	if !m.Socket.Mem {
		return nil
	}
	var nop uint32
	for _, ins := range m.Base {
		if ins.Name == "addi" {
			nop = ins.Encoding.Match
		}
	}
	custom := map[*isa.Instruction]bool{}
	for _, e := range m.Exts {
		custom[e.Instruction] = true
	}
	decoder := isa.NewDecoder(m.All())
	for range rounds {
		changed, err := tameOnce(m, p, nop, func(word uint32) bool { return custom[decoder.Decode(word)] })
		if err != nil || !changed {
			return err
		}
	}
	return fmt.Errorf("random program with seed %d: accesses go astray in ever new ways", p.Seed)
}

func tameOnce(m *isa.Machine, p *stream.Program, nop uint32, custom func(uint32) bool) (changed bool, err error) {
	image, err := p.Image()
	if err != nil {
		return false, err
	}
	sim, err := simulator(m, image, limitCycles)
	if err != nil {
		return false, err
	}
	words, _ := p.Words()
	var rec trace.Record
	for !sim.Done() {
		pc := sim.PC()
		if k := int(pc-stream.Base) / 4; k < len(words) && custom(words[k]) {
			if addr, size, _, ok := sim.NextAccess(); ok && !inData(addr, size) {
				piece, inst, _ := p.Find(pc)
				p.Pieces[piece].Code[inst] = stream.Inst{Word: nop}
				words[k] = nop
				sim.Patch(pc, nop)
				changed = true
			}
		}
		if err := sim.Step(&rec); err != nil {
			return false, fmt.Errorf("random program with seed %d: %w", p.Seed, err)
		}
	}
	return changed, nil
}

func inData(addr uint32, size int) bool {
	return addr-stream.DataLow < 2*(stream.Data-stream.DataLow)-uint32(size)
}

// simulator is a simulator of the machine with an image in its memory.
func simulator(m *isa.Machine, image []byte, limit uint64) (*iss.Machine, error) {
	cfg := iss.ForDesign(m)
	cfg.RAMSize, cfg.MaxCycles = stream.RAM, limit
	sim, err := iss.New(cfg)
	if err != nil {
		return nil, err
	}
	return sim, sim.Load(&iss.Image{Entry: stream.Base, Segments: []iss.Segment{{Addr: stream.Base, Data: image}}})
}
