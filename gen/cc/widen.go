package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/cc/asm"
)

// rounds is how many bytes a word holds.
const rounds = 4

// most is how many words of each load one round of a wide loop may load.
const most = 8

// reach is how large a function may become, in bytes, so that a branch reaches all of it:
// none grows in the assembler's hands, in the body of a zero-overhead loop.
const reach = 4000

// wide is a loop over bytes that becomes one over words, four rounds at once, or several
// times four:
//
//		or	t, p, q             the guard: addresses that are not both those of words,
//		andi	t, t, 3             and fewer than four rounds, go to the loop as it was
//		bne	t, zero, narrow
//		sub	t, bound, c         these where it is not known to go round a multiple
//		andi	t, t, -4            of four times
//		beq	t, zero, narrow
//		add	limit, c, t
//	wide:	lw	t, 0(p)
//		lw	v, 0(q)
//		…                           four rounds, with bytes of the words
//		addi	p, p, 4
//		addi	q, q, 4
//		bne	c, limit, wide
//		bne	c, bound, narrow    where the rest goes, if there can be one
//	exit:
//
// The loop as it was lies behind the function's last instruction. The words hold what its
// loads load, and nothing else: no byte is read that it does not read.
//
// Instructions are selected before it is inserted: until then bytes lie in registers that
// somebody else holds, which nothing may use any longer then.
type wide struct {
	fn      *function
	b       *block
	loop    *hwLoop // what counts
	count   uint64  // how often it goes round, a multiple of four; 0: not known
	steps   [32]int64
	loads   []*insn
	offset  [2]int64 // of the loads, from what their pointers are when a round begins
	written regs     // by a round
	words   [2]int   // registers that get the words
	bytes   [32]int  // registers in place of those that hold something within a round only
	limit   int      // register up to which the wide loop counts
	times   int      // words of each load in one round of the wide loop
	number  int      // of its labels
	room    int      // by how many bytes the function may grow
	code    []*insn  // of the wide loop, or nil
	remarks []Remark
}

// widens widens loops where an instruction of the design makes that pay. It changes the
// lines of the file, before anything else is done.
func (r *rewriter) widens(f *asm.File, limits []thrift) (remarks []Remark) {
	fns := r.whole(f)
	telling, number := r.tellsVolatile(f), 0
	found := make([][]*wide, len(fns))
	by := make([]*rewriter, len(fns))
	r.parallel(len(fns), func(i int) {
		if fns[i].tail() < 0 || limits[i] != anySize || r.ctx.Err() != nil || !slices.ContainsFunc(fns[i].blocks, (*block).entersAlone) {
			return
		}
		by[i] = r.alone()
		for _, b := range fns[i].blocks {
			if w := by[i].wide(fns[i], b); w != nil {
				found[i] = append(found[i], w)
			}
		}
	})
	for _, w := range slices.Concat(found...) {
		number = unused(f, "wide", number)
		w.number = number
	}
	r.parallel(len(fns), func(i int) {
		room := reach - fns[i].size()
		for _, w := range found[i] {
			w.room = room
			by[i].widened(w, telling)
			if w.code != nil {
				room -= w.added(w.code)
			}
		}
	})
	edits := map[int][]asm.Line{}
	for i, fn := range fns {
		for _, w := range found[i] {
			if w.code != nil {
				w.install(r, edits, w.code, fn.tail())
			}
			remarks = append(remarks, w.remarks...)
		}
	}
	splice(f, edits)
	r.putBack(fns)
	return remarks
}

// widened finds the code of a wide loop, if there is any, and what there is to say of it.
func (r *rewriter) widened(w *wide, telling bool) {
	r.remarks = nil
	code, why := r.widen(w)
	if code != nil && !telling {
		code, why = nil, untold
	}
	at := Remark{Line: r.file.Lines[w.b.last().line].No, Function: w.fn.name}
	switch w.code, w.remarks = code, r.remarks; {
	case why != "":
		at.Missed, at.Text = true, "not widened: "+why
		w.remarks = []Remark{at}
	case code != nil:
		at.Text = fmt.Sprintf("%d rounds at a time", rounds*w.times)
		w.remarks = append(w.remarks, at)
	}
}

// tail is the line of the function's last instruction, if nothing falls through behind it
// and all of its code is understood; else -1.
func (fn *function) tail() int {
	end := -1
	for _, b := range fn.blocks {
		for _, in := range b.insns {
			if in.class == opaque {
				return -1
			}
			end = -1
			if in.class == jump || in.class == leave {
				end = in.line
			}
		}
	}
	return end
}

// unused is the next number of a kind of label that the file does not have.
func unused(f *asm.File, kind string, number int) int {
	for number++; f.HasLabel(label(kind, number)); {
		number++
	}
	return number
}

// wide looks at a loop, and is nil if it is none that could be widened: one block, two
// loads of signed bytes from pointers that are moved on by one, and pointers and the counter
// used for nothing else.
func (r *rewriter) wide(fn *function, b *block) *wide {
	if !b.entersAlone() || b.last() == nil || b.last().class != branch {
		return nil
	}
	w := &wide{fn: fn, b: b, loop: &hwLoop{blocks: []*block{b}, head: b, latch: b, before: fn.blocks[b.index-1]}}
	if holdAssembly(r.file.Lines[max(fn.from, b.line, 0) : b.last().line+1]) {
		return nil
	}
	var twice regs
	for _, in := range b.body() {
		if in.class != plain || in.m.custom || in.m.store != nil {
			return nil
		}
		twice |= w.written & in.defs()
		w.written |= in.defs()
	}
	for k, in := range b.body() {
		if reg := in.moves(); reg > 0 && !twice.has(reg) {
			w.steps[reg] = in.fields.of("imm").imm
		}
		if in.m.load != nil {
			base := in.fields.of("rs1").reg
			if in.m.ins.Name != "lb" || in.fields.of("imm").sym != "" || len(w.loads) == 2 {
				return nil
			}
			offset := in.fields.of("imm").imm
			if slices.ContainsFunc(b.insns[:k], func(x *insn) bool { return x.moves() == base }) {
				offset++
			}
			w.offset[len(w.loads)] = offset
			w.loads = append(w.loads, in)
		}
	}
	if len(w.loads) != 2 || r.counter(w.loop, w.written) != "" || w.steps[w.loop.counter] == 0 {
		return nil
	}
	for i, in := range w.loads {
		if w.steps[in.fields.of("rs1").reg] != 1 || w.offset[i] < -2048 || w.offset[i] > 2047-rounds*most || w.offset[i]%rounds != 0 {
			return nil // with other offsets, a pointer would have to begin within a word
		}
	}
	for _, in := range b.body() {
		for reg := 1; reg < 32; reg++ {
			if w.steps[reg] != 0 && in.uses().has(reg) && in.m.load == nil && in.moves() != reg {
				return nil
			}
		}
	}
	m := r.approach(w.loop.before)
	n := w.loop.trips(r.norm, m)
	if n == nil {
		return nil
	}
	c, constant := n.IsConst()
	if constant && c > 0 {
		if c%rounds == 0 && r.exact(w.loop, m, c) {
			w.count = c
		} else if c < 2*rounds {
			return nil
		}
	}
	if step := w.loop.step; w.count == 0 && step != 1 && step != -1 || step < -2048/(rounds*most) || step > 2047/(rounds*most) {
		return nil
	}
	return w
}

// moves is the register to which the instruction adds a number, or 0.
func (in *insn) moves() int {
	rd, rs1 := in.fields.of("rd").reg, in.fields.of("rs1").reg
	if in.m == nil || in.m.ins.Name != "addi" || rd != rs1 || in.fields.of("imm").sym != "" {
		return 0
	}
	return rd
}

// widen is the code of the wide loop, nil if there is none that pays; why is what keeps a
// loop as it is where it would.
func (r *rewriter) widen(w *wide) (code []*insn, why string) {
	borrowed, ok := r.borrow(w)
	if !ok {
		return nil, ""
	}
	old, _ := r.trial(w, w.b.insns, w.b.live)
	best, times := 3*most*r.cycles(old), 0 // by 32 rounds; three of four is what pays
	line, live := w.b.last().line, (w.b.live|bit(w.limit))&^borrowed
	word, ofWord := r.trial(w, r.read(line, w.word()), live)
	for _, n := range []int{1, 2, 4, most} {
		if n > 1 && (w.count == 0 || w.count%uint64(rounds*n) != 0) {
			break
		}
		w.times = n
		list, remarks := w.repeated(word), slices.Repeat(ofWord, n)
		if n == 1 { // an instruction may move a pointer, too
			list = r.read(line, append(w.word(), w.end()...))
			list, remarks = r.trial(w, list, live)
		} else if list == nil {
			break
		} else {
			list = append(list, r.read(line, w.end())...)
		}
		if slices.ContainsFunc(list, func(in *insn) bool { return in.m == nil }) {
			return nil, ""
		}
		if c := r.cycles(list) * most / n; c < best {
			code, r.remarks, best, times = list, remarks, c, n
		}
	}
	if w.times = times; times == 0 {
		return nil, ""
	}
	if w.added(code) > w.room {
		return nil, "the function would become too large"
	}
	for _, in := range code {
		if in.defs()&^(w.written|bit(w.words[0])) != 0 {
			return nil, "no register is free for what it loads"
		}
	}
	if err := r.fourRounds(w, code); err != nil {
		return nil, fmt.Sprintf("it could not be shown to do the same: %v", err)
	}
	return code, ""
}

// borrow finds registers for what the wide loop holds. Those that it borrows are not free.
func (r *rewriter) borrow(w *wide) (borrowed regs, ok bool) {
	var taken regs
	for _, in := range w.b.insns {
		taken |= in.uses() | in.defs()
	}
	free := func() int { return r.scratch(w.fn, taken|w.b.live) }
	if w.limit = w.loop.bound; w.count == 0 {
		if w.limit = free(); w.limit < 0 {
			return 0, false
		}
		taken |= bit(w.limit)
	}
	within := w.written &^ w.b.live // a round only
	w.words = [2]int{w.loads[0].fields.of("rd").reg, w.loads[1].fields.of("rd").reg}
	if !within.has(w.words[0]) {
		w.words[0], w.words[1] = w.words[1], 0
	}
	if !within.has(w.words[0]) {
		if w.words[0] = free(); w.words[0] < 0 {
			return 0, false
		}
		taken |= bit(w.words[0])
	}
	lend := func() int {
		for reg := 31; reg > 4; reg-- { // none that the calling convention reserves
			if !taken.has(reg) {
				taken |= bit(reg)
				borrowed |= bit(reg)
				return reg
			}
		}
		ok = false
		return 0
	}
	ok = true
	if w.words[1] == w.words[0] || !within.has(w.words[1]) {
		w.words[1] = lend()
	}
	w.bytes = *identity
	for reg := 1; reg < 32; reg++ {
		if within.has(reg) && w.steps[reg] == 0 {
			w.bytes[reg] = lend()
		}
	}
	return borrowed, ok
}

// read makes instructions of their text, as if they stood in this line.
func (r *rewriter) read(line int, texts []string) (out []*insn) {
	for _, t := range texts {
		out = append(out, r.decode(&asm.Read("", []byte(t)).Lines[0], line))
	}
	return out
}

// trial is code with instructions selected, and the remarks about that.
func (r *rewriter) trial(w *wide, code []*insn, live regs) ([]*insn, []Remark) {
	r.remarks = nil
	b := &block{fn: w.fn, insns: code, line: w.b.line, live: live}
	r.selects(b)
	remarks := r.remarks
	r.remarks = nil
	return b.insns, remarks
}

// cycles is what one round of a loop takes; its branch takes none in a zero-overhead loop.
func (r *rewriter) cycles(code []*insn) (n int) {
	for _, in := range code {
		if in.class != branch || len(r.setups) == 0 {
			n += in.m.cost
		}
	}
	return n
}
