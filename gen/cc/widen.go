package cc

import (
	"fmt"
	"slices"
	"strings"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/norm"
)

// rounds is how many bytes a word holds.
const rounds = 4

// reach is how large a function may become, in bytes, so that a branch reaches all of it:
// none grows in the assembler's hands, in the body of a zero-overhead loop.
const reach = 4000

// wide is a loop over bytes that becomes one over words, four rounds at once:
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
type wide struct {
	fn     *function
	b      *block
	loop   *hwLoop // what counts
	known  bool    // it goes round a multiple of four times
	steps  [32]int64
	loads  []*insn
	offset [2]int64 // of the loads, from what their pointers are when a round begins
	words  [2]int   // registers that get the words
	limit  int      // register up to which the wide loop counts
	number int      // of its labels
}

// widens widens loops where an instruction of the design makes that pay. It changes the
// lines of the file, before anything else is done.
func (r *rewriter) widens(f *asm.File) (remarks []Remark) {
	r.edits = map[int][]string{}
	fns := r.functions(f)
	r.results(f, fns)
	number := 0
	for _, fn := range fns {
		end := fn.tail()
		if end < 0 || fn.limit == asCompiled || r.ctx.Err() != nil {
			continue
		}
		for _, b := range fn.blocks {
			w := r.wide(fn, b)
			if w == nil {
				continue
			}
			for number++; r.labelled(f, number); number++ {
			}
			w.number = number
			why, pays := r.widen(w, end)
			if pays {
				remarks = append(remarks, Remark{Line: f.Lines[b.last().line].No, Function: fn.name, Missed: why != "", Text: "four rounds at a time" + why})
			}
		}
	}
	if len(r.edits) > 0 {
		f.Lines = r.lines(f)
	}
	return remarks
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

// labelled reports whether the file has a label of this number.
func (r *rewriter) labelled(f *asm.File, number int) bool {
	return slices.ContainsFunc(f.Lines, func(l asm.Line) bool { return l.Kind == asm.Label && l.Name == label("wide", number) })
}

func label(kind string, number int) string { return fmt.Sprintf(".Lmv%s%d", kind, number) }

// wide looks at a loop, and is nil if it is none that could be widened: one block, two
// loads of bytes from pointers that are moved on by one, and pointers and the counter
// used for nothing else.
func (r *rewriter) wide(fn *function, b *block) *wide {
	if !b.entersAlone() || b.last() == nil || b.last().class != branch {
		return nil
	}
	w := &wide{fn: fn, b: b, loop: &hwLoop{blocks: []*block{b}, head: b, latch: b, before: fn.blocks[b.index-1]}}
	var written, twice regs
	for _, in := range b.body() {
		if in.class != plain || in.m.custom || in.m.store != nil {
			return nil
		}
		twice |= written & in.defs()
		written |= in.defs()
	}
	for k, in := range b.body() {
		if reg := in.moves(); reg > 0 && !twice.has(reg) {
			w.steps[reg] = in.fields["imm"].imm
		}
		if in.m.load != nil {
			base := in.fields["rs1"].reg
			if in.m.load.size != 1 || in.fields["imm"].sym != "" || len(w.loads) == 2 {
				return nil
			}
			offset := in.fields["imm"].imm
			if slices.ContainsFunc(b.insns[:k], func(x *insn) bool { return x.moves() == base }) {
				offset++
			}
			w.offset[len(w.loads)] = offset
			w.loads = append(w.loads, in)
		}
	}
	if len(w.loads) != 2 || r.counter(w.loop, written) != "" || w.steps[w.loop.counter] == 0 {
		return nil
	}
	for i, in := range w.loads {
		if w.steps[in.fields["rs1"].reg] != 1 || w.offset[i] < -2048 || w.offset[i] > 2047 {
			return nil
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
	w.known = constant && c > 0
	switch step := w.loop.step; {
	case w.known && (c%rounds != 0 || !r.exact(w.loop, m, c)):
		return nil // rows of such a length do not lie at whole words, but for the first
	case !w.known && step != 1 && step != -1, step < -2048/rounds, step > 2047/rounds:
		return nil
	}
	return w
}

// moves is the register to which the instruction adds a number, or 0.
func (in *insn) moves() int {
	rd, rs1 := in.fields["rd"].reg, in.fields["rs1"].reg
	if in.m == nil || in.m.ins.Name != "addi" || rd != rs1 || in.fields["imm"].sym != "" {
		return 0
	}
	return rd
}

// widen widens a loop if that pays; why is what keeps it from doing so where it would.
func (r *rewriter) widen(w *wide, end int) (why string, pays bool) {
	free := w.b.live
	for _, in := range w.b.insns {
		free |= in.uses() | in.defs()
	}
	for _, reg := range []*int{&w.words[0], &w.words[1], &w.limit} {
		if *reg = w.loop.bound; reg == &w.limit && w.known {
			break
		}
		if *reg = r.scratch(w.fn, free); *reg < 0 {
			return "", false
		}
		free |= bit(*reg)
	}
	body := w.body()
	code := r.read(w.b.last().line, body)
	if 4*r.cycles(w, code) > 3*rounds*r.cycles(w, w.b.insns) {
		return "", false
	}
	if err := r.fourRounds(w, code); err != nil {
		return fmt.Sprintf(" could not be shown to do the same: %v", err), true
	}
	guard := w.guard()
	total := 4 * (len(guard) + len(body) + 4)
	for _, b := range w.fn.blocks {
		total += size(b.insns)
	}
	if total > reach {
		return " would make the function too large", true
	}
	w.install(r, guard, body, end)
	return "", true
}

// read makes instructions of their text, as if they stood in this line.
func (r *rewriter) read(line int, texts []string) (out []*insn) {
	for _, t := range texts {
		out = append(out, r.decode(&asm.Read("", []byte(t)).Lines[0], line))
	}
	return out
}

// cycles is what one round takes when instructions have been selected.
func (r *rewriter) cycles(w *wide, code []*insn) (n int) {
	remarks := r.remarks
	b := &block{fn: w.fn, insns: code, line: w.b.line, live: w.b.live | bit(w.limit)}
	r.selects(b)
	r.remarks = remarks
	for _, in := range b.insns {
		n += in.m.cost
	}
	return n
}

// text is an instruction with registers and numbers as operands.
func text(mnemonic string, operands ...any) string {
	var out []string
	for _, o := range operands {
		out = append(out, fmt.Sprint(o))
	}
	return "\t" + mnemonic + "\t" + strings.Join(out, ", ")
}

// guard is what decides whether the wide loop is entered.
func (w *wide) guard() (out []string) {
	name, narrow := isa.RegNames, label("narrow", w.number)
	var at [2]string
	for i, in := range w.loads {
		at[i] = name[in.fields["rs1"].reg]
		if w.offset[i]%rounds != 0 {
			out = append(out, text("addi", name[w.words[i]], at[i], w.offset[i]))
			at[i] = name[w.words[i]]
		}
	}
	t := name[w.words[0]]
	out = append(out, text("or", t, at[0], at[1]), text("andi", t, t, rounds-1), text("bne", t, "zero", narrow))
	if w.known {
		return out
	}
	c, bound, limit := name[w.loop.counter], name[w.loop.bound], name[w.limit]
	from, to, move := c, bound, "add"
	if w.loop.step < 0 {
		from, to, move = bound, c, "sub"
	}
	return append(out, text("sub", t, to, from), text("andi", t, t, -rounds), text("beq", t, "zero", narrow), text(move, limit, c, t))
}

// body is four rounds of the loop, and the branch.
func (w *wide) body() (out []string) {
	name := isa.RegNames
	for i, in := range w.loads {
		out = append(out, text("lw", name[w.words[i]], fmt.Sprintf("%d(%s)", w.offset[i], name[in.fields["rs1"].reg])))
	}
	var moves []string
	for k := range rounds {
		for _, in := range w.b.body() {
			switch i, reg := slices.Index(w.loads, in), in.moves(); {
			case i >= 0:
				out = append(out, w.byte(i, k)...)
			case reg == 0 || w.steps[reg] == 0:
				out = append(out, "\t"+in.base())
			case k == 0:
				moves = append(moves, text("addi", name[reg], name[reg], rounds*w.steps[reg]))
			}
		}
	}
	return append(append(out, moves...), text("bne", name[w.loop.counter], name[w.limit], label("wide", w.number)))
}

// byte is code that gives a load's register what it loads in the k-th round.
func (w *wide) byte(i, k int) (out []string) {
	rd, from := isa.RegNames[w.loads[i].fields["rd"].reg], isa.RegNames[w.words[i]]
	if up := 8 * (rounds - 1 - k); up > 0 {
		out = append(out, text("slli", rd, from, up))
		from = rd
	}
	shift := "srai"
	if w.loads[i].m.ins.Name == "lbu" {
		shift = "srli"
	}
	return append(out, text(shift, rd, from, 8*(rounds-1)))
}

// fourRounds checks that the wide loop's code does what four rounds of the loop do, if
// its loads load words of which theirs load the bytes, and that those lie where they look
// for them. Until then the loop would not have ended: the rounds that are left are a
// multiple of four.
func (r *rewriter) fourRounds(w *wide, code []*insn) error {
	n := r.norm
	words := []*norm.Value{n.Input("word0", 32), n.Input("word1", 32)}
	x, y := start(n), start(n)
	x.loaded = func(access, width int) *norm.Value { return n.Extract(words[access%2], 8*(access/2), width) }
	y.loaded = func(access, width int) *norm.Value { return n.Extract(words[access%2], 0, width) }
	y.regs[w.limit] = x.regs[w.loop.bound]
	var taken *norm.Value
	for range rounds {
		taken = x.run(w.b.insns)
	}
	if got := y.run(code); got != taken {
		return fmt.Errorf("branch: %s became %s", taken, got)
	}
	if len(x.accesses) != 2*rounds || len(y.accesses) != 2 {
		return fmt.Errorf("%d memory accesses became %d", len(x.accesses), len(y.accesses))
	}
	for i, a := range x.accesses {
		wide := y.accesses[i%2]
		if a.store || a.size != 1 || wide.store || wide.size != rounds || a.addr != n.Scale(wide.addr, 1, uint64(i/2)) {
			return fmt.Errorf("access %d: %+v is not one of the bytes of %+v", i, a, wide)
		}
	}
	for reg := 1; reg < 32; reg++ {
		if w.b.live.has(reg) && x.regs[reg] != y.regs[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, x.regs[reg], y.regs[reg])
		}
	}
	return nil
}

// install puts the wide loop in the place of the loop, and that behind the last line of
// the function's code.
func (w *wide) install(r *rewriter, guard, body []string, end int) {
	narrow := []string{label("narrow", w.number) + ":"}
	if len(r.setups) > 0 {
		narrow = append(narrow, "\tnop") // so that something falls into it, and can set it up
	}
	for i := w.b.first; i <= w.b.line; i++ {
		if l := r.file.Lines[i]; l.Kind == asm.Label && slices.Contains(w.b.names, l.Name) {
			r.edits[i] = []string{}
			narrow = append(narrow, l.Name+":")
		}
	}
	for _, in := range w.b.read {
		r.edits[in.line] = []string{}
		narrow = append(narrow, r.file.Lines[in.line].Text)
	}
	exit := label("exit", w.number)
	code := slices.Concat(guard, []string{label("wide", w.number) + ":"}, body)
	if !w.known {
		code = append(code, text("bne", isa.RegNames[w.loop.counter], isa.RegNames[w.loop.bound], label("narrow", w.number)))
	}
	r.edits[w.b.read[0].line] = append(code, exit+":")
	r.edits[end] = slices.Concat(r.edited(end), narrow, []string{text("j", exit)})
}
