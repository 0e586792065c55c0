package stream

import (
	"marvelgen/gen/isa"
)

// Options says what program to make.
type Options struct {
	Machine *isa.Machine
	Seed    uint64
	Length  int  // instructions to write; many more are executed
	IRQ     bool // interrupts are enabled, and the timer raises some

	// Portable keeps to what any RISC-V core with the memory map of QEMU's "virt"
	// does alike: base instructions, aligned accesses, no counters, no devices.
	Portable bool
}

// generator writes one program.
type generator struct {
	random
	Options
	all      *table
	portable bool
	fixed    []int
	pieces   []Piece

	// Registers of the program's own: the data's address, a loop counter, and two
	// of the trap handler.
	pointer, counter, h1, h2 int
	recent                   [4]int // registers written last
	at                       int

	lui, addi, auipc, jal, jalr, lw, sw, csrrw, csrrs, csrrc, mret *isa.Instruction
}

// New makes a program. The same options give the same program. A machine whose
// base instructions are not RV32I, or that has an instruction which no program can
// use, is an error.
func New(o Options) (*Program, error) {
	if o.Portable {
		o.Machine, o.IRQ = &isa.Machine{Spec: o.Machine.Spec, Design: o.Machine.Design, Base: o.Machine.Base}, false
	}
	t, err := newTable(o.Machine)
	if err != nil {
		return nil, err
	}
	g := &generator{random: newRand(o.Seed, 7), Options: o, all: t, fixed: t.fixed, portable: o.Portable}
	for name, ins := range map[string]**isa.Instruction{"lui": &g.lui, "addi": &g.addi, "auipc": &g.auipc, "jal": &g.jal, "jalr": &g.jalr,
		"lw": &g.lw, "sw": &g.sw, "csrrw": &g.csrrw, "csrrs": &g.csrrs, "csrrc": &g.csrrc, "mret": &g.mret} {
		*ins = t.byName[name].Instruction
	}
	g.reserve()
	g.start()
	for n := 0; n < o.Length; {
		b := new(builder)
		kind := g.piece(b)
		g.pieces = append(g.pieces, Piece{Kind: kind, Code: b.code})
		n += len(b.code)
	}
	g.finish()
	return &Program{Seed: o.Seed, Pieces: g.pieces, Values: o.Seed}, nil
}

// reserve chooses the program's own registers among those that no instruction
// names itself.
func (g *generator) reserve() {
	taken := map[int]bool{0: true}
	for _, r := range g.fixed {
		taken[r] = true
	}
	pick := func(r int) int {
		for taken[r] {
			r = (r + 31) % 32
		}
		taken[r] = true
		return r
	}
	g.pointer, g.counter, g.h1, g.h2 = pick(2), pick(3), pick(30), pick(31)
}

// The devices of the simulated system.
const (
	exitBase  = 0x10000000 // +4 exit, +12 acknowledge
	mtimecmp  = 0x02004000
	mtimeHigh = 0x0200c000 // mtime is at -8
)

// add appends a piece made by f.
func (g *generator) add(kind string, keep bool, f func(b *builder)) {
	b := new(builder)
	f(b)
	g.pieces = append(g.pieces, Piece{kind, keep, b.code})
}

// li loads a constant in two instructions.
func (g *generator) li(b *builder, reg int, v uint32) {
	b.op(g.lui, "rd", reg, "imm", int64((v+0x800)&^0xfff))
	b.op(g.addi, "rd", reg, "rs1", reg, "imm", int64(int32(v<<20)>>20))
}

// start writes the trap handler, which skips what trapped and rearms the timer,
// and gives every register a value.
func (g *generator) start() {
	g.add("trap handler", false, g.handler)
	g.add("address of the data", false, func(b *builder) { b.op(g.lui, "rd", g.pointer, "imm", int64(Data)) })
	for r := 1; r < 32; r++ {
		if r != g.pointer {
			v := g.value()
			if r == g.counter {
				v = 0 // loops end when it does
			}
			g.add("register", false, func(b *builder) { g.li(b, r, v) })
		}
	}
	for _, csr := range []int{0x340, 0x341, 0x342, 0x343} { // mscratch, mepc, mcause, mtval
		g.add("CSR", false, func(b *builder) { b.op(g.csrrw, "csr", csr, "rs1", 0) })
	}
	if g.IRQ {
		g.add("interrupts", false, func(b *builder) {
			g.li(b, g.h2, mtimecmp)
			b.op(g.sw, "rs1", g.h2, "imm", 4)
			b.op(g.addi, "rd", g.h1, "imm", -1)
			b.op(g.csrrw, "csr", 0x304, "rs1", g.h1)
			b.op(g.addi, "rd", g.h1, "imm", 8)
			b.op(g.csrrs, "csr", 0x300, "rs1", g.h1)
		})
	}
}

func (g *generator) handler(b *builder) {
	blt := g.all.byName["blt"]
	b.op(g.auipc, "rd", g.h1)
	b.op(g.addi, "rd", g.h1, "rs1", g.h1)
	b.op(g.csrrw, "csr", 0x305, "rs1", g.h1) // mtvec
	over := b.op(g.jal)
	b.code[1].Ref = Ref{Field: g.addi.Encoding.Field("imm"), From: 0, To: 4}
	b.op(g.csrrs, "rd", g.h1, "csr", 0x342) // mcause: below 0 for an interrupt
	interrupt := -1
	if blt != nil && g.IRQ {
		interrupt = b.op(blt.Instruction, "rs1", g.h1, "rs2", 0)
	}
	if !g.portable { // after a misaligned jump QEMU has the jump there, not its target
		b.op(g.csrrs, "rd", g.h2, "csr", 0x343) // mtval, which nobody sees otherwise
	}
	b.op(g.csrrs, "rd", g.h1, "csr", 0x341) // mepc
	b.op(g.addi, "rd", g.h1, "rs1", g.h1, "imm", 4)
	b.op(g.csrrw, "csr", 0x341, "rs1", g.h1)
	b.op(g.mret)
	if interrupt >= 0 {
		b.code[interrupt].Ref = Ref{Field: blt.Encoding.Field("imm"), From: interrupt, To: len(b.code)}
		g.li(b, g.h2, mtimeHigh)
		b.op(g.lw, "rd", g.h1, "rs1", g.h2, "imm", -8)
		b.op(g.addi, "rd", g.h1, "rs1", g.h1, "imm", 100+g.IntN(400))
		g.li(b, g.h2, mtimecmp)
		b.op(g.sw, "rs1", g.h2, "rs2", g.h1)
		g.li(b, g.h2, exitBase)
		b.op(g.sw, "rs1", g.h2, "imm", 12)
		b.op(g.csrrs, "rd", g.h2, "csr", 0x344) // mip
		b.op(g.mret)
	}
	b.code[over].Ref = Ref{Field: g.jal.Encoding.Field("imm"), From: over, To: len(b.code)}
}

// finish ends the program: by the exit store, and by a jump to itself where that
// is none.
func (g *generator) finish() {
	g.add("end", true, func(b *builder) {
		r := g.scratch() // the handler leaves it alone
		g.li(b, r, exitBase)
		b.op(g.sw, "rs1", r, "imm", 4)
		for range 8 {
			b.jump(g.jal, len(b.code), 0)
		}
	})
}
