package stream

import "marvelgen/gen/isa"

// straight appends n instructions without jumps.
func (g *generator) straight(b *builder, n int) {
	for range n {
		g.plain(b)
	}
}

// piece appends a random piece and returns what it is.
func (g *generator) piece(b *builder) string {
	k := g.IntN(100)
	if len(g.all.loops) > 0 && g.IntN(12) == 0 {
		g.hardwareLoops(b)
		return "hardware loops"
	}
	switch {
	case k < 44:
		g.straight(b, 1+g.IntN(3))
		return "plain"
	case k < 47:
		g.through(b)
		return "address or count just computed"
	case k < 50:
		g.backward(b)
		return "backward branch"
	case k < 54:
		r := g.writable()
		g.li(b, r, g.value())
		g.note(r)
		g.plain(b)
		return "value"
	case k < 66:
		g.branch(b, 1+g.IntN(3))
		return "branch"
	case k < 72:
		g.counted(b)
		return "counted loop"
	case k < 77:
		g.jumps(b)
		return "jump"
	case k < 81:
		g.indirect(b)
		return "jump to a register"
	case k < 89:
		g.csr(b)
		return "CSR"
	case k < 91:
		g.returns(b)
		return "return"
	case k < 94:
		g.trap(b)
		return "trap"
	case k < 97 && !g.portable:
		g.timer(b)
		return "timer"
	case k < 98:
		g.patch(b)
		return "code that changes"
	}
	b.op(g.addi, "rd", g.pointer, "rs1", g.pointer, "imm", 4*(g.IntN(129)-64))
	g.straight(b, 4)
	b.op(g.lui, "rd", g.pointer, "imm", int64(Data))
	return "pointer"
}

// branch appends a forward branch over n instructions.
func (g *generator) branch(b *builder, n int) {
	at := g.branchTo(b, 0, 0)
	if g.IntN(16) == 0 {
		g.astray(&b.code[at].Ref)
	}
	g.straight(b, n)
	b.code[at].Ref.To = len(b.code)
}

// astray makes a jump go to a misaligned address, near or far: it traps if it is
// taken.
func (g *generator) astray(r *Ref) {
	r.Off = 2
	if g.IntN(4) > 0 {
		const room = 512 // for the distance that it had
		lo, hi := r.Field.Bounds()
		r.Off |= int(lo+room+g.Int64N(hi-lo-2*room)) &^ 3
	}
}

// branchTo appends some branch to an instruction of the piece.
func (g *generator) branchTo(b *builder, to, off int) int {
	s := g.all.branches[g.IntN(len(g.all.branches))]
	rs1, rs2 := g.source(), g.source()
	if g.IntN(6) == 0 {
		rs2 = rs1
	}
	return b.jump(s.Instruction, to, off, "rs1", rs1, "rs2", rs2)
}

// again appends a backward branch that is taken as often as the counter says, and
// not at all once it has come to 0. It counts first.
func (g *generator) again(b *builder, to int) int {
	b.op(g.addi, "rd", g.counter, "rs1", g.counter, "imm", -1)
	blt := g.all.byName["blt"]
	if blt == nil {
		blt = g.all.branches[0]
	}
	return b.jump(blt.Instruction, to, 0, "rs1", 0, "rs2", g.counter)
}

// counted appends a loop of branches.
func (g *generator) counted(b *builder) {
	b.op(g.addi, "rd", g.counter, "imm", 1+g.IntN(9))
	start := len(b.code)
	g.straight(b, 1+g.IntN(5))
	if g.IntN(3) == 0 {
		g.branch(b, 1+g.IntN(2))
	}
	g.again(b, start)
}

// jumps appends jumps over a few instructions, or there and back.
func (g *generator) jumps(b *builder) {
	if g.IntN(2) == 0 {
		rd := g.dest()
		at := b.jump(g.jal, 0, 0, "rd", rd)
		if g.IntN(8) == 0 {
			g.astray(&b.code[at].Ref)
		}
		g.straight(b, g.IntN(3))
		b.code[at].Ref.To = len(b.code)
		g.note(rd)
		return
	}
	first := b.jump(g.jal, 0, 0, "rd", g.dest())
	back := len(b.code)
	g.straight(b, g.IntN(2))
	out := b.jump(g.jal, 0, 0, "rd", g.dest())
	b.code[first].Ref.To = len(b.code)
	g.straight(b, g.IntN(2))
	rd := g.dest()
	b.jump(g.jal, back, 0, "rd", rd)
	b.code[out].Ref.To = len(b.code)
	g.note(rd)
}

// indirect appends a jump through a register over a few instructions; its lowest
// bit must not count, the next makes it trap.
func (g *generator) indirect(b *builder) {
	r := g.scratch()
	base := b.op(g.auipc, "rd", r)
	for range g.IntN(2) {
		g.plainBut(b, r)
	}
	s := g.all.indirect[g.IntN(len(g.all.indirect))]
	off := g.IntN(2)
	if g.IntN(8) == 0 {
		off |= 2
	}
	rd := g.dest()
	at := b.op(s.Instruction, "rd", rd, "rs1", r)
	g.straight(b, g.IntN(3))
	b.code[at].Ref = Ref{Field: s.Encoding.Field("imm"), From: base, To: len(b.code), Off: off}
	g.note(rd)
}

// plainBut appends an instruction without an access that leaves a register alone.
func (g *generator) plainBut(b *builder, reg int) {
	for range 8 {
		recent, at := g.recent, g.at
		var one builder
		if s := g.all.plain[g.IntN(len(g.all.plain))]; g.IntN(8) == 0 {
			rd := g.dest()
			one.op(g.jal, "rd", rd, "imm", 4)
			g.note(rd)
		} else if s.access != nil || s.steers {
			continue
		} else {
			g.emit(&one, s)
		}
		written := false
		for i := range min(g.at-at, len(g.recent)) {
			written = written || g.recent[(g.at-1-i)&3] == reg
		}
		if !written {
			b.code = append(b.code, one.code...)
			return
		}
		g.recent, g.at = recent, at
	}
	b.op(g.addi)
}

// backward appends a backward branch or jump that is executed once.
func (g *generator) backward(b *builder) {
	r := g.scratch()
	base := b.op(g.auipc, "rd", r)
	first := b.jump(g.jal, 0, 0)
	back := len(b.code)
	for range g.IntN(3) {
		g.plainBut(b, r)
	}
	out := b.jump(g.jal, 0, 0)
	b.code[first].Ref.To = len(b.code)
	for range g.IntN(2) {
		g.plainBut(b, r)
	}
	if g.IntN(4) == 0 {
		at := b.op(g.jalr, "rd", g.dest(), "rs1", r)
		b.code[at].Ref = Ref{Field: g.jalr.Encoding.Field("imm"), From: base, To: back}
	} else {
		g.branchTo(b, back, 0)
	}
	b.code[out].Ref.To = len(b.code)
}

// CSRs by what a program may do with them.
var (
	csrWritable = []int{0x340, 0xb00, 0xb80, 0xb02, 0xb82, 0x343, 0x342, 0x301, 0x344}
	csrReadable = []int{0x300, 0x301, 0x304, 0x305, 0x340, 0x341, 0x342, 0x343, 0x344, 0xb00, 0xb02, 0xb80, 0xb82,
		0xc00, 0xc01, 0xc02, 0xc80, 0xc81, 0xc82, 0xf11, 0xf12, 0xf13, 0xf14}
	csrMissing  = []int{0x7c0, 0xf10, 0xc03, 0x310, 0x3a0, 0xfff}
	csrPortable = []int{0x340, 0x340, 0x341, 0x342, 0xf14, 0x305}
)

// csr appends an access to a CSR, or two in a row.
func (g *generator) csr(b *builder) {
	list := []*isa.Instruction{g.csrrw, g.csrrs, g.csrrc}
	for _, name := range []string{"csrrwi", "csrrsi", "csrrci"} {
		if s := g.all.byName[name]; s != nil {
			list = append(list, s.Instruction)
		}
	}
	number, write := csrReadable[g.IntN(len(csrReadable))], false
	switch k := g.IntN(8); {
	case g.portable && k < 4:
		number, write = 0x340, true
	case g.portable && k == 7:
		number = 0x7c0
	case g.portable:
		number = csrPortable[g.IntN(len(csrPortable))]
	case k < 4:
		number, write = csrWritable[g.IntN(len(csrWritable))], true
	case k == 4:
		number = csrMissing[g.IntN(len(csrMissing))]
		write = g.IntN(2) == 0
	case k == 5 && number>>10 == 3:
		write = true // to a read-only one: illegal
	}
	ins := list[1+g.IntN(2)]
	operand := 0
	if write {
		ins, operand = list[g.IntN(len(list))], g.source()
	}
	rd := g.dest()
	if number != 0x340 && g.all.accesses && rd != 0 {
		rd = g.h2 // no address may come to depend on when interrupts come
	}
	word := ins.Encoding.Match
	for i := range ins.Encoding.Fields {
		f := &ins.Encoding.Fields[i]
		switch f.Name {
		case "csr":
			word = insert(f, word, int64(number))
		case "rd":
			word = insert(f, word, int64(rd))
		default:
			if f.Kind == isa.Immediate && write {
				lo, hi := f.Bounds()
				operand = int(g.immediate(f, lo, hi))
			}
			word = insert(f, word, int64(operand))
		}
	}
	b.raw(word)
	if rd != g.h2 {
		g.note(rd)
	}
}

// returns appends an MRET to an instruction behind it, interrupts as before.
func (g *generator) returns(b *builder) {
	r := g.scratch()
	if g.IRQ {
		b.op(g.addi, "rd", r, "imm", 8)
		b.op(g.csrrc, "csr", 0x300, "rs1", r)
		b.op(g.addi, "rd", r, "imm", 128)
		b.op(g.csrrs, "csr", 0x300, "rs1", r)
	}
	if g.portable { // where there are other modes, it must stay in this one
		g.li(b, r, 3<<11)
		b.op(g.csrrs, "csr", 0x300, "rs1", r)
	}
	base := b.op(g.auipc, "rd", r)
	at := b.op(g.addi, "rd", r, "rs1", r)
	b.op(g.csrrw, "csr", 0x341, "rs1", r)
	b.op(g.mret)
	g.straight(b, g.IntN(3))
	b.code[at].Ref = Ref{Field: g.addi.Encoding.Field("imm"), From: base, To: len(b.code)}
}

// trap appends something that traps, or that only looks as if it might.
func (g *generator) trap(b *builder) {
	switch g.IntN(3) {
	case 0:
		w := g.Uint32() &^ 3 // a compressed instruction
		if g.portable {      // of which the trap value may be 16 bits; or custom-0
			w = [...]uint32{w & 0xffff, w&^0x7f | 0x0b}[g.IntN(2)]
		}
		b.raw(w)
		return
	case 1: // a word next to an instruction
		for range 20 {
			s := g.all.all[g.IntN(len(g.all.all))]
			w := s.Encoding.Match ^ 1<<(7+g.IntN(25))
			if g.known(w) || g.portable {
				continue
			}
			b.raw(w)
			return
		}
	}
	var list []*shape
	for _, s := range g.all.all {
		if s.Trap != nil || s.System != "" && s.System != "mret" && !(g.portable && s.System == "wfi") {
			list = append(list, s)
		}
	}
	if len(list) > 0 {
		b.raw(list[g.IntN(len(list))].Encoding.Match)
	}
}

// known reports whether the word is some instruction of the machine.
func (g *generator) known(w uint32) bool {
	for _, s := range g.all.all {
		if s.Encoding.Matches(w) {
			return true
		}
	}
	return false
}

// timer appends an interrupt that comes soon, or a look at the timer.
func (g *generator) timer(b *builder) {
	r, v := g.scratch(), g.scratch()
	for v == r {
		v = g.scratch()
	}
	g.li(b, r, mtimeHigh)
	if g.all.accesses {
		v = g.h2
	}
	if !g.IRQ {
		b.op(g.lw, "rd", v, "rs1", r, "imm", -8+4*g.IntN(2))
		return
	}
	v = g.h2
	b.op(g.lw, "rd", v, "rs1", r, "imm", -8)
	b.op(g.addi, "rd", v, "rs1", v, "imm", g.IntN(32))
	b.op(g.lui, "rd", r, "imm", mtimecmp&^0xfff)
	b.op(g.addi, "rd", r, "rs1", r, "imm", mtimecmp&0xfff)
	b.op(g.sw, "rs1", r, "rs2", v)
}

// patch appends code that writes an instruction ahead of itself.
func (g *generator) patch(b *builder) {
	fence := g.all.byName["fence_i"]
	if fence == nil || g.IntN(4) > 0 {
		g.plain(b)
		return
	}
	r, v := g.scratch(), g.scratch()
	for v == r {
		v = g.scratch()
	}
	var next builder
	g.emit(&next, g.all.byName["addi"])
	base := b.op(g.auipc, "rd", r)
	g.li(b, v, next.code[0].Word)
	store := b.op(g.sw, "rs1", r, "rs2", v)
	b.raw(fence.Encoding.Match)
	at := b.op(g.addi)
	imm := g.sw.Encoding.Field("imm")
	b.code[store].Ref = Ref{Field: imm, From: base, To: at}
}
