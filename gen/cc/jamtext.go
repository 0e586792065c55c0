package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
)

// guard is code that goes to the loop as it was if what is stored may lie among what inner
// loops load, in any of its turns: those are two intervals. It is nil if there are no
// registers for it.
func (j *jammed) guard(r *rewriter) (out []string) {
	name, slow := isa.RegNames, j.head.names[0]
	var ends regs
	for in := range j.turned {
		ends |= bit(in.fields.of("rs1").reg)
	}
	if j.rounds == 0 {
		ends |= bit(j.loop.counter) | bit(j.loop.bound)
	}
	begin := slices.DeleteFunc(needed(j.head.insns, ends, true), func(in *insn) bool { return in.m.store != nil })
	for _, in := range begin {
		if !in.pure() || in.defs()&j.head.entry != 0 {
			return nil
		}
		out = append(out, "\t"+in.base())
	}
	may := j.fn.writes
	if r.options.StandardCalls {
		may |= allRegs &^ calleeSaved
	}
	may &^= j.head.entry | written(begin) | ends | set("ra", "sp", "gp", "tp")
	var free []string
	for reg := 31; reg > 0; reg-- {
		if may.has(reg) {
			free = append(free, name[reg])
		}
	}
	if len(free) < 2 {
		return nil
	}
	t, u := free[0], free[1]
	j.flag = t
	far := false
	plus := func(reg string, c int64) {
		for n := 0; c != 0; n++ {
			by := min(max(c, -2048), 2047)
			out = append(out, text("addi", reg, reg, by))
			c -= by
			far = far || n == 3
		}
	}
	if j.rounds == 0 {
		out = append(out, text("sub", u, name[j.loop.bound], name[j.loop.counter]), text("addi", u, u, -1),
			text("li", t, mostRounds-1), text("bltu", t, u, slow))
	}
	holds := int64(0) // what has been computed into u
	for _, s := range j.to {
		c, terms := s.addr.Linear()
		if len(terms) == 0 || len(free) < 3 && len(terms) > 1 {
			return nil
		}
		at, to := int64(int32(c)), ""
		stored := int64(s.size) // bytes, in all turns
		for i, x := range terms {
			reg := number(x.Value)
			stored += int64(j.turns1()) * j.steps[reg]
			if i == 0 {
				to = name[reg]
				continue
			}
			out = append(out, text("add", free[2], to, name[reg]))
			to = free[2]
		}
		for _, in := range j.round {
			moved, ok := j.turned[in]
			if !ok {
				continue
			}
			base := in.fields.of("rs1").reg
			// Intervals of n and m bytes meet if the second begins less than n bytes behind the
			// first one's beginning, or the first less than m behind the second one's.
			from := in.fields.of("imm").imm + moved - at
			both := int64(j.turns1())*j.rows[base] + int64(in.m.load.size) - 1 + stored // but for the rounds behind the first
			if j.rounds > 0 {
				out = append(out, text("sub", t, to, name[base]))
				plus(t, stored-1-from)
				if both += j.bases[base] * int64(j.rounds-1); both != holds {
					out = append(out, text("li", u, both))
				}
			} else {
				out = append(out, text("sub", t, name[base], to))
				plus(u, both-holds)
				out = append(out, text("add", t, t, u))
				plus(t, from-stored)
			}
			holds = both
			out = append(out, text("bltu", t, u, slow))
		}
	}
	if far {
		return nil
	}
	return out
}

// turns1 is the number of turns but for the first.
func (n *nest) turns1() uint64 { return n.turns - 1 }

// room is the bytes that what registers cannot keep takes on the stack, and why there is no
// place for them.
func (j *jammed) room() (need int, why string) {
	if j.once {
		need = wordBytes * j.turns
	}
	for _, p := range j.lent() {
		need = max(need, int(p.slot)+2*wordBytes)
	}
	need = (need + frameStep - 1) / frameStep * frameStep
	if need <= j.fn.grown {
		return 0, ""
	}
	frame, err := j.fn.frameSize()
	switch {
	case err != nil:
		return 0, "no registers are free: " + err.Error()
	case frame == 0 || j.fn.grown > 0 || frame+need > 2047:
		return 0, "no registers are free, nor place on the stack"
	}
	for _, b := range j.fn.blocks {
		for _, in := range b.insns {
			if in.m != nil && in.uses().has(sp) && in.fields.of("imm").imm > int64(2047-need) {
				return 0, "its stack frame is too large"
			}
		}
	}
	return need, ""
}

// grow makes the stack frame larger: as in saveOnStack, new places lie above what it holds.
func (j *jammed) grow(r *rewriter, need int) {
	frame, _ := j.fn.frameSize()
	for _, b := range j.fn.blocks {
		for _, in := range b.insns {
			n, adjusts := in.adjustsSP()
			by := int64(need)
			switch {
			case adjusts && n < 0:
				by = -by
			case !adjusts && (in.m == nil || !in.uses().has(sp) || in.fields.of("imm").imm < int64(frame)):
				continue
			}
			e := slices.Clone(r.edited(in.line))
			e[len(e)-1] = in.enlarged(by).text
			r.edits[in.line] = e
		}
	}
	j.fn.grown = need
}

// frame is a place on the stack.
func (j *jammed) frame(slot int64) string { return fmt.Sprintf("%d(sp)", j.distance(slot)) }

// distance is how far from the stack pointer a place lies.
func (j *jammed) distance(slot int64) int64 {
	frame, _ := j.fn.frameSize()
	return int64(frame) + slot
}

// text is the loop of several turns at once: after the guard, the head and the inner loop
// of all of them, each turn in full but for what it shares.
func (j *jammed) text(r *rewriter) (out []string) {
	name, head := isa.RegNames, label("jam", j.number)
	out = append(append(out, j.check...), j.keeps()...)
	out = append(append(out, head+":"), r.lines(j.head, j.head.insns)...)
	out = append(out, j.inners(r)...)
	for _, p := range j.sums {
		if p.lent {
			out = append(out, text("sw", name[p.reg], j.frame(p.slot)))
		}
	}
	out = append(append(out, j.restores()...), j.leaves(r)...)
	var near, far []*block
	for _, b := range j.blocks {
		switch {
		case b == j.head || b == j.inner:
		case b.index > j.inner.index && b.index <= j.latch.index:
			near = append(near, b)
		default:
			far = append(far, b)
		}
	}
	for k := range j.turns {
		if k > 0 {
			out = append(append(out, fmt.Sprintf("%s.%d:", head, k)), r.lines(j.head, j.again())...)
			p := j.sums[k-1]
			from := name[p.reg]
			if p.lent {
				from = name[j.temp]
				out = append(out, text("lw", from, j.frame(p.slot)))
			}
			out = append(append(out, j.adds(from)...), j.leaves(r)...)
		}
		for i, b := range near {
			next := j.place(k, j.head)
			if i+1 < len(near) {
				next = j.place(k, near[i+1])
			} else if k+1 == j.turns && len(far) > 0 {
				next = j.place(0, far[0])
			}
			out = append(out, j.copy(r, k, b, next)...)
		}
	}
	for k := range j.turns {
		for _, b := range far {
			out = append(out, j.copy(r, k, b, "")...)
		}
	}
	return out
}

// keeps puts what lent registers hold on the stack.
func (j *jammed) keeps() (out []string) {
	for _, p := range j.lent() {
		if p.number == nil {
			out = append(out, text("sw", isa.RegNames[p.reg], j.frame(p.slot+wordBytes)))
		}
	}
	return out
}

// restores brings it back.
func (j *jammed) restores() (out []string) {
	for _, p := range j.lent() {
		if p.number != nil {
			out = append(out, p.number.text)
		} else {
			out = append(out, text("lw", isa.RegNames[p.reg], j.frame(p.slot+wordBytes)))
		}
	}
	return out
}

// inners is the inner loop of all turns.
func (j *jammed) inners(r *rewriter) (out []string) {
	name, inner := isa.RegNames, label("jam", j.number)+".inner"
	if j.rounds == 0 {
		r.few[inner] = true
	}
	for _, p := range j.sums {
		out = append(out, text("li", name[p.reg], 0))
	}
	for k, p := range j.far {
		out = append(out, text("li", name[p.reg], int64(k+1)*j.rows[j.base]), text("add", name[p.reg], name[p.reg], name[j.base]))
	}
	out = append(out, inner+":")
	for _, in := range j.code {
		x := in
		if in.class == branch {
			x = in.with("imm", operand{sym: inner})
		}
		out = append(out, "\t"+x.base())
	}
	return out
}

// place is the label to which the k-th turn goes for a block.
func (j *jammed) place(k int, b *block) string {
	head := label("jam", j.number)
	switch {
	case b == j.head && k+1 < j.turns:
		return fmt.Sprintf("%s.%d", head, k+1)
	case b == j.head:
		return head
	case slices.Contains(j.blocks, b):
		return fmt.Sprintf("%s.%d.%d", head, k, b.index)
	case len(b.names) == 0:
		return head + ".exit"
	}
	return b.names[0]
}

// copy is a block in the k-th turn, in front of a label. Only the last turn may be the
// last of all.
func (j *jammed) copy(r *rewriter, k int, b *block, next string) (out []string) {
	out = append([]string{j.place(k, b) + ":"}, r.lines(b, b.body())...)
	to := j.fn.next(b)
	switch l := b.last(); {
	case b == j.exit && k+1 < j.turns:
		for _, s := range b.succ {
			if s != j.leave {
				to = s
			}
		}
	case l != nil && l.class == branch:
		out = append(out, "\t"+l.with("imm", operand{sym: j.place(k, j.fn.labels[l.target])}).base())
	case l != nil && l.class == jump:
		to = j.fn.labels[l.target]
	}
	if at := j.place(k, to); at != next {
		out = append(out, text("j", at))
	}
	return out
}

// lines is instructions of a block as the file has them, with what debuggers are told.
func (r *rewriter) lines(b *block, list []*insn) (out []string) {
	i := b.line
	for _, in := range list {
		if i < 0 {
			i = in.line
		}
		for loc := ""; i <= in.line; i++ {
			if at := location(&r.file.Lines[i]); at != "" {
				loc = at
			}
			if i == in.line && loc != "" {
				out = append(out, loc)
			}
		}
		e := r.edited(in.line)
		out = append(out, e[len(e)-1])
	}
	return out
}
