package cosim

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/trace"
)

// The memory of a vector program, as offsets in the RAM. The code is blocks with
// gaps between them; where vectors jump far, into a gap or a landing area, a
// single jump there leads back. The areas below and above the code are a JAL's
// reach away, and a block with its gap is not a power of two, so that the
// extreme offsets of branches find gaps, too.
const (
	handlerOff = 0x40
	lowOff     = 0x1000 // landing area
	codeOff    = 0x100000
	codeEnd    = 0x150000 // then the other landing area
	dataOff    = 0x260000 // operands
	dataEnd    = 0x2f0000
	scratchOff = 0x2f0000 // what vectors load and store
	scratchLen = 0x4000
	vectorsRAM = 0x300000

	blockWords = 896 // of code
	gapWords   = 256
	reach      = 1024 // words of operands that the pointer reaches
)

// slot is one word of code.
type slot struct {
	ins    *isa.Instruction
	vector bool // to be counted when it is executed for the first time
}

// expected is the golden record of one retired instruction.
type expected struct {
	trace.Record
	vector *kind // the vector that it is the first execution of, or nil
}

// program is a vector program in the making: memory before the run, and the
// golden machine that has executed it up to the cursor, apart from what is just
// being placed.
type program struct {
	rng    *rand.Rand
	g      *golden
	image  []byte
	code   []slot // by word of the RAM
	cursor uint32 // where the next instruction goes
	trail  []expected
	suite  *suite
	base   baseSet

	ptr, tmp   int // reserved registers: operand pointer, trap handler
	pool       []int
	data, next uint32 // address of the pointer's window, and of the next operand
	watch      int    // index of the record whose operands are wanted, or -1
	operands   string
}

// baseSet is the base instructions that programs are framed with.
type baseSet struct{ lui, addi, lw, sw, jal, jalr, csrrw, csrrs, mret *isa.Instruction }

func newBaseSet(list []*isa.Instruction) (b baseSet, err error) {
	d := isa.NewDecoder(list)
	for _, w := range []struct {
		ins  **isa.Instruction
		word uint32
	}{{&b.lui, 0x37}, {&b.addi, 0x13}, {&b.lw, 0x2003}, {&b.sw, 0x2023}, {&b.jal, 0x6f}, {&b.jalr, 0x67}, {&b.csrrw, 0x1073},
		{&b.csrrs, 0x2073}, {&b.mret, 0x30200073}} {
		if *w.ins = d.Decode(w.word); *w.ins == nil {
			return b, fmt.Errorf("the base ISA lacks the instruction of the word %08x, which vector programs need", w.word)
		}
	}
	return b, nil
}

// newProgram starts a program: pointer, trap handler, and the jump to the code.
func newProgram(s *suite, rng *rand.Rand) (*program, error) {
	p := &program{rng: rng, image: make([]byte, vectorsRAM), code: make([]slot, vectorsRAM/4), suite: s, base: s.base,
		watch: -1, data: iss.RAMBase + dataOff}
	mem := make([]byte, vectorsRAM)
	var err error
	if p.g, err = newGolden(s.machine, mem); err != nil {
		return nil, err
	}
	p.reserve(s.fixed)
	for a := uint32(scratchOff); a < scratchOff+scratchLen; a += 4 {
		p.poke(iss.RAMBase+a, p.value())
	}
	p.next = p.data
	p.cursor = iss.RAMBase
	p.setPointer()
	p.load(p.tmp, iss.RAMBase+handlerOff)
	p.emit(p.base.csrrw, "csr", 0x305, "rs1", p.tmp)
	p.load(p.tmp, iss.RAMBase+codeOff)
	p.emit(p.base.jalr, "rs1", p.tmp)
	p.cursor = iss.RAMBase + handlerOff
	p.handler()
	p.cursor = iss.RAMBase + codeOff
	return p, p.run()
}

// reserve picks the registers that vectors leave alone; they differ from program
// to program, so that all registers have their turn.
func (p *program) reserve(fixed map[int]bool) {
	var free []int
	for r := 1; r < 32; r++ {
		if !fixed[r] {
			free = append(free, r)
		}
	}
	p.rng.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	p.ptr, p.tmp = free[0], free[1]
	for r := 1; r < 32; r++ {
		if r != p.ptr && r != p.tmp {
			p.pool = append(p.pool, r)
		}
	}
}

// free is a random register of the pool.
func (p *program) free() int { return p.pool[p.rng.IntN(len(p.pool))] }

// handler skips the instruction that trapped; on its way it shows cause and pc.
func (p *program) handler() {
	p.emit(p.base.csrrs, "rd", p.tmp, "csr", 0x342)
	p.emit(p.base.csrrs, "rd", p.tmp, "csr", 0x341)
	p.emit(p.base.addi, "rd", p.tmp, "rs1", p.tmp, "imm", 4)
	p.emit(p.base.csrrw, "csr", 0x341, "rs1", p.tmp)
	p.emit(p.base.mret)
}

// encode is the word of a base instruction: names of fields and their values.
func encode(ins *isa.Instruction, fields ...any) uint32 {
	word := ins.Encoding.Match
	for i := 0; i < len(fields); i += 2 {
		v, ok := fields[i+1].(int)
		if !ok {
			v = int(fields[i+1].(int32))
		}
		var err error
		if word, err = ins.Encoding.Field(fields[i].(string)).Insert(word, int64(v)); err != nil {
			panic(fmt.Sprintf("cosim: %s: %v", ins.Name, err)) // a mistake of this package
		}
	}
	return word
}

// emit places a framing instruction at the cursor.
func (p *program) emit(ins *isa.Instruction, fields ...any) {
	p.place(slot{ins: ins}, encode(ins, fields...))
}

// place puts one word of code at the cursor.
func (p *program) place(s slot, word uint32) {
	p.placeAt(p.cursor, s, word)
	p.cursor += 4
}

func (p *program) placeAt(addr uint32, s slot, word uint32) {
	p.code[(addr-iss.RAMBase)/4] = s
	p.poke(addr, word)
}

// poke sets memory before the run.
func (p *program) poke(addr, v uint32) {
	binary.LittleEndian.PutUint32(p.image[addr-iss.RAMBase:], v)
	binary.LittleEndian.PutUint32(p.g.mem[addr-iss.RAMBase:], v)
}

// setPointer points the pointer to the middle of its window.
func (p *program) setPointer() {
	to := p.data + reach*4/2
	p.emit(p.base.lui, "rd", p.ptr, "imm", int((to+0x800)&^0xfff))
	p.emit(p.base.addi, "rd", p.ptr, "rs1", p.ptr, "imm", int32(to<<20)>>20)
}

// load emits a load of a register from a new operand.
func (p *program) load(reg int, v uint32) {
	p.poke(p.next, v)
	p.emit(p.base.lw, "rd", reg, "rs1", p.ptr, "imm", int(int32(p.next-p.data))-reach*4/2)
	p.next += 4
}

// full reports whether a further vector may find no room.
func (p *program) full() bool {
	return p.cursor-iss.RAMBase > codeEnd-4*(blockWords+gapWords) || p.next-iss.RAMBase > dataEnd-4*reach
}

// prepare makes room for a vector of up to so many words and operands in one
// piece, and executes what that takes.
func (p *program) prepare(words int) error {
	const period = 4 * (blockWords + gapWords)
	start := iss.RAMBase + codeOff + (p.cursor-iss.RAMBase-codeOff)/period*period
	if p.cursor+4*uint32(words+3) > start+4*blockWords {
		p.emit(p.base.jal, "imm", int(start+period-p.cursor))
		p.cursor = start + period
	}
	if p.next+4*uint32(words) > p.data+4*reach {
		p.data += 4 * reach
		p.next = p.data
		p.setPointer()
	}
	return p.run()
}

// landing reports whether addr is a free word where the code never comes by
// itself.
func (p *program) landing(addr uint32) bool {
	off := addr - iss.RAMBase
	switch {
	case addr&3 != 0 || off >= dataOff || p.code[off/4].ins != nil:
		return false
	case off >= codeOff && off < codeEnd:
		return (off-codeOff)/4%(blockWords+gapWords) >= blockWords
	}
	return off >= lowOff
}

// dead reports whether the golden machine will never fall through at addr again.
func (p *program) dead(addr uint32) bool {
	off := addr&^3 - iss.RAMBase
	switch {
	case off >= vectorsRAM:
		return true
	case off < lowOff:
		return false // the trap handler
	case off >= codeOff && off < codeEnd:
		return addr < p.cursor || (off-codeOff)/4%(blockWords+gapWords) >= blockWords
	}
	return true
}

// maxSteps bounds what one vector executes.
const maxSteps = 4000

// run lets the golden machine execute up to the cursor.
func (p *program) run() error {
	for n := 0; p.g.pc != p.cursor; n++ {
		off := p.g.pc - iss.RAMBase
		if n == maxSteps || off >= vectorsRAM || p.code[off/4].ins == nil {
			return fmt.Errorf("execution does not come back: it is at 0x%08x after %d instructions", p.g.pc, n)
		}
		s := &p.code[off/4]
		word := binary.LittleEndian.Uint32(p.g.mem[off:])
		if len(p.trail) == p.watch {
			p.operands = p.describe(s.ins, word)
		}
		e := expected{}
		if s.vector {
			s.vector = false
			e.vector = p.suite.byIns[s.ins]
		}
		if s.ins == p.base.lw && word>>15&31 == uint32(p.ptr) {
			e.Record = p.g.fastLoad(word)
		} else {
			e.Record = p.g.step(s.ins, word)
		}
		p.trail = append(p.trail, e)
	}
	return nil
}

// fastLoad executes a LW that is known to be aligned, as most of a program is:
// what it does needs no judge but the sum of everything else.
func (g *golden) fastLoad(word uint32) trace.Record {
	rd, addr := word>>7&31, g.x[word>>15&31]+uint32(int32(word)>>20)
	r := trace.Record{PC: g.pc, Insn: word, Rs1RData: g.x[word>>15&31], Rs2RData: g.x[word>>20&31],
		MemAddr: addr, RMask: 15, MemRData: g.busWord(addr)}
	if rd != 0 {
		g.x[rd] = r.MemRData
		r.Rd, r.RdWData = uint8(rd), r.MemRData
	}
	g.pc = g.fallThrough()
	r.NextPC = g.pc
	return r
}

// finish ends the program with exit code 0.
func (p *program) finish() error {
	if err := p.prepare(8); err != nil {
		return err
	}
	p.load(p.tmp, 0x10000004)
	p.emit(p.base.sw, "rs1", p.tmp)
	return p.run()
}

// program is what runs: the memory before the run, up to its last used byte.
func (p *program) asImage() *iss.Image {
	return &iss.Image{Entry: iss.RAMBase, Segments: []iss.Segment{{Addr: iss.RAMBase, Data: p.image[:scratchOff+scratchLen]}}}
}
