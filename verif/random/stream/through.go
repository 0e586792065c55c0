package stream

// through appends an instruction whose address or count another has just computed:
// by the ALU, from memory, from a product, a quotient, a CSR or as a link address. Random
// values would do as operands of any other instruction, but not of these.
func (g *generator) through(b *builder) {
	r, q, t := g.scratch(), g.scratch(), g.scratch()
	for r == q || q == t || r == t {
		r, q, t = g.scratch(), g.scratch(), g.scratch()
	}
	switch g.IntN(4) {
	case 0:
		g.throughJump(b, r, q, t)
	case 1:
		if l := g.countedBy(); l != nil {
			v := g.Int64N(maxCount)
			for low32(l.Loop.Count, env{l.count.Name: v}) > maxCount && v > 0 {
				v--
			}
			b.op(g.addi, "rd", q, "imm", v)
			g.compute(b, r, q, t)
			level := g.IntN(2)
			if !l.can(level) {
				level = 1 - level
			}
			ref := g.setUpBy(b, l, level, r, v)
			b.code[ref].Ref.To = g.body(b, l)
			return
		}
		fallthrough
	case 2: // a load, perhaps of code, through a link address
		if g.IntN(3) == 0 {
			g.link(b, r, t)
			g.between(b, r)
			g.access(b, r, false)
			return
		}
		fallthrough
	default:
		b.op(g.addi, "rd", q, "rs1", g.pointer, "imm", 4*(g.IntN(near/2)-near/4))
		g.compute(b, r, q, t)
		g.access(b, r, g.IntN(2) == 0)
	}
}

// countedBy draws a loop set-up with its count in a register; nil if there is none.
func (g *generator) countedBy() *loopShape {
	var list []*loopShape
	for _, l := range g.all.loops {
		if l.countsByRegister() {
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[g.IntN(len(list))]
}

// between appends nothing, or an instruction that leaves the register alone.
func (g *generator) between(b *builder, r int) {
	if g.IntN(2) == 0 {
		g.plainBut(b, r)
	}
}

// compute moves q to r by some unit; t is free.
func (g *generator) compute(b *builder, r, q, t int) {
	mul, div := g.all.byName["mul"], g.all.byName["divu"]
	k := g.IntN(5)
	switch {
	case k == 1:
		b.op(g.sw, "rs1", g.pointer, "rs2", q)
		b.op(g.lw, "rd", r, "rs1", g.pointer)
	case k == 2 && mul != nil:
		b.op(g.addi, "rd", t, "imm", 1)
		b.op(mul.Instruction, "rd", r, "rs1", q, "rs2", t)
	case k == 3 && div != nil:
		b.op(g.addi, "rd", t, "imm", 1)
		b.op(div.Instruction, "rd", r, "rs1", q, "rs2", t)
	case k == 4:
		b.op(g.csrrw, "csr", 0x340, "rs1", q)
		b.op(g.csrrs, "csr", 0x340, "rd", r)
	default:
		b.op(g.addi, "rd", r, "rs1", q)
	}
	g.between(b, r)
}

// link puts the address of an instruction of the piece into r by a jump.
func (g *generator) link(b *builder, r, t int) {
	if g.IntN(2) == 0 {
		b.jump(g.jal, len(b.code)+1, 0, "rd", r)
		return
	}
	b.op(g.auipc, "rd", t)
	b.op(g.jalr, "rd", r, "rs1", t, "imm", 8)
}

// access loads or stores near r.
func (g *generator) access(b *builder, r int, store bool) {
	var list []*shape
	for _, s := range g.all.plain {
		if !s.ext && (store && s.Store != nil || !store && s.Load != nil) {
			list = append(list, s)
		}
	}
	s := list[g.IntN(len(list))]
	if store {
		b.op(s.Instruction, "rs1", r, "rs2", g.source())
		return
	}
	rd := g.dest()
	b.op(s.Instruction, "rd", rd, "rs1", r)
	g.note(rd)
}

// throughJump appends a jump to an address that was just computed.
func (g *generator) throughJump(b *builder, r, q, t int) {
	from := 0
	switch g.IntN(3) {
	case 0:
		g.link(b, r, t)
		from = len(b.code)
		g.between(b, r)
	case 1:
		from = b.op(g.auipc, "rd", q)
		g.compute(b, r, q, t)
	default: // the whole address
		from = b.op(g.auipc, "rd", q)
		ref := b.op(g.addi, "rd", q, "rs1", q)
		g.compute(b, r, q, t)
		b.op(g.jalr, "rd", g.dest(), "rs1", r)
		g.straight(b, g.IntN(3))
		b.code[ref].Ref = Ref{Field: g.addi.Encoding.Field("imm"), From: from, To: len(b.code)}
		return
	}
	at := b.op(g.jalr, "rd", g.dest(), "rs1", r)
	g.straight(b, g.IntN(3))
	b.code[at].Ref = Ref{Field: g.jalr.Encoding.Field("imm"), From: from, To: len(b.code)}
}
