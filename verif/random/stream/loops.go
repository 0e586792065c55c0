package stream

// hardwareLoops appends zero-overhead loops: one, two in each other, or two that
// end at the same instruction, with something awkward at the end.
func (g *generator) hardwareLoops(b *builder) {
	if g.IntN(4) == 0 { // for a backward branch within
		b.op(g.addi, "rd", g.counter, "imm", g.IntN(6))
	}
	switch outer, inner := g.loopOf(1), g.loopOf(0); {
	case outer != nil && inner != nil && g.IntN(2) == 0:
		g.nest(b, outer, inner)
	case outer != nil && (inner == nil || g.IntN(4) == 0):
		g.single(b, outer, 1)
	case inner != nil:
		g.single(b, inner, 0)
	}
}

// loopOf draws an instruction that sets up a loop of the level; nil if none does.
func (g *generator) loopOf(level int) *loopShape {
	var list []*loopShape
	for _, l := range g.all.loops {
		if l.can(level) {
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[g.IntN(len(list))]
}

func (g *generator) single(b *builder, l *loopShape, level int) {
	ref := g.setUp(b, l, level)
	b.code[ref].Ref.To = g.body(b, l)
}

// nest appends a loop of level 1 with one of level 0 in it.
func (g *generator) nest(b *builder, outer, inner *loopShape) {
	out := g.setUp(b, outer, 1)
	g.straight(b, g.IntN(3))
	in := g.setUp(b, inner, 0)
	end := g.body(b, inner)
	b.code[in].Ref.To = end
	if g.IntN(2) == 0 { // both end here
		b.code[out].Ref.To = end
		return
	}
	b.code[out].Ref.To = g.body(b, inner)
}

// body appends the body of a loop, and returns the index of its last instruction.
func (g *generator) body(b *builder, l *loopShape) int {
	start := len(b.code)
	g.straight(b, [...]int{0, 0, 1, 1, 2, 3, 5}[g.IntN(7)])
	skip := -1
	if g.IntN(4) == 0 { // a branch to the last instruction (and what it needs), or behind it
		skip = g.branchTo(b, 0, 0)
		g.straight(b, g.IntN(2))
	}
	entry := len(b.code)
	last := g.last(b, l, start)
	if skip >= 0 {
		b.code[skip].Ref.To = [...]int{entry, last + 1}[g.IntN(2)]
	}
	return last
}

// last appends the last instruction of a body, and returns its index.
func (g *generator) last(b *builder, l *loopShape, start int) int {
	behind := func(at int) int { // a jump out of the loop
		g.straight(b, g.IntN(3))
		b.code[at].Ref.To = len(b.code)
		return at
	}
	switch k := g.IntN(24); {
	case k < 3: // forward, taken or not
		off := 0
		if g.IntN(8) == 0 {
			off = 2
		}
		return behind(g.branchTo(b, 0, off))
	case k < 5: // backward, taken until the counter has run out
		return g.again(b, start+g.IntN(len(b.code)-start+1))
	case k == 5: // backward, and never taken
		bne := g.all.byName["bne"]
		if bne == nil {
			break
		}
		r := g.source()
		return b.jump(bne.Instruction, start, 0, "rs1", r, "rs2", r)
	case k == 6:
		return behind(b.jump(g.jal, 0, 0, "rd", g.dest()))
	case k == 7:
		r := g.scratch()
		base := b.op(g.auipc, "rd", r)
		at := b.op(g.jalr, "rd", g.dest(), "rs1", r)
		g.straight(b, g.IntN(2))
		b.code[at].Ref = Ref{Field: g.jalr.Encoding.Field("imm"), From: base, To: len(b.code)}
		return at
	case k == 8:
		g.trap(b)
	case k == 9:
		g.csr(b)
	case k == 10: // setting up a loop is never the end of one
		level := g.IntN(2)
		if !l.can(level) {
			level = 1 - level
		}
		ref := g.setUp(b, l, level)
		at := len(b.code) - 1
		g.straight(b, 1+g.IntN(3))
		b.code[ref].Ref.To = len(b.code) - 1
		return at
	case k == 11: // several cycles in X
		if s := g.all.byName["div"]; s != nil {
			g.emit(b, s)
		} else {
			g.plain(b)
		}
	case k < 16 && len(g.all.custom) > 0:
		g.emit(b, g.all.custom[g.IntN(len(g.all.custom))])
	default:
		g.plain(b)
	}
	if len(b.code) == start {
		g.plain(b)
	}
	return len(b.code) - 1
}
