package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// setup is an instruction that sets up a zero-overhead loop.
type setup struct {
	m      *meaning
	level  *isa.Field // nil: its level is fixed
	fixed  int        // that
	count  *isa.Field // a register or an immediate
	bits   int        // of the count that it looks at
	offset *isa.Field // from the instruction to the last one of the body
}

// newSetup reads the meaning of a loop instruction: a level, a count that is a
// register or a number, and an end at a distance. Others are of no use here.
func newSetup(b *builder, l *bv.Lowerer, m *meaning) *setup {
	s := &setup{m: m}
	ins := m.ins
	field := func(v *norm.Value) *isa.Field {
		for v.Op == norm.Ext || v.Op == norm.Extract && v.Lo == 0 {
			v = v.Args[0]
		}
		if v.Op != norm.Input {
			return nil
		}
		return ins.Encoding.Field(v.Name)
	}
	env := func(n *bv.Node) *norm.Value { return b.Input(n.Name, n.Width) }
	level := b.From(l.Lower(ins.Loop.Level, 2), env)
	if c, ok := level.IsConst(); ok {
		s.fixed = int(c)
	} else if s.level = field(level); s.level == nil {
		return nil
	}
	count := b.From(l.Lower(ins.Loop.Count, 32), env)
	s.count = field(count)
	s.bits = 32
	if count.Op == norm.Ext {
		s.bits = count.Args[0].Width
	}
	end := b.From(l.Lower(ins.Loop.End, 32), env)
	rest := b.Sub(end, b.Input("pc", 32))
	s.offset = field(rest)
	if s.count == nil || s.offset == nil || len(m.writes) > 0 || m.load != nil || m.store != nil {
		return nil
	}
	if s.count.Kind == isa.Register {
		m.regReads = append(m.regReads, s.count.Name)
	}
	return s
}

// hwLoop is a loop of the program: its blocks, from the first to the one that jumps
// back to it.
type hwLoop struct {
	blocks  []*block // when it was found; see now
	head    *block
	latch   *block
	before  *block // falls into it
	level   int
	counter int // register that counts, by step
	step    int64
	bound   int  // register that it counts up to; 0 is x0
	leaves  bool // also elsewhere than at its end
	setup   *setup
}

// now is the loop's blocks, with those made since it was found.
func (l *hwLoop) now() []*block { return l.head.fn.blocks[l.head.index : l.latch.index+1] }

// body is what the hardware goes round: the loop without the branch at its end.
func (l *hwLoop) body() (list []*insn) {
	for _, b := range l.now()[:l.latch.index-l.head.index] {
		list = append(list, b.insns...)
	}
	return append(list, l.latch.body()...)
}

// loops makes counted loops of a function zero-overhead loops, inner ones first.
func (r *rewriter) loops(fn *function) {
	if len(r.setups) == 0 {
		return
	}
	defer fn.liveness()
	var found []*hwLoop
	for _, latch := range fn.blocks {
		last := latch.last()
		if last == nil || last.class != branch {
			continue
		}
		head := fn.labels[last.target]
		if head == nil || head.index > latch.index {
			continue
		}
		l, why := r.loop(fn, head, latch)
		if why != "" {
			r.remarks = append(r.remarks, Remark{Line: r.file.Lines[last.line].No, Function: fn.name, Missed: true, Text: "no zero-overhead loop: " + why})
			continue
		}
		found = append(found, l)
	}
	slices.SortStableFunc(found, func(x, y *hwLoop) int { return len(x.blocks) - len(y.blocks) })
	var done []*hwLoop
	for _, l := range found {
		for _, inner := range done {
			if slices.Contains(l.blocks, inner.latch) {
				l.level = max(l.level, inner.level+1)
			}
		}
		line := r.file.Lines[l.latch.last().line].No
		if why := r.convert(fn, l); why != "" {
			r.remarks = append(r.remarks, Remark{Line: line, Function: fn.name, Missed: true, Text: "no zero-overhead loop: " + why})
			continue
		}
		done = append(done, l)
	}
}

// loop looks at the loop that latch closes, and says what keeps it from being a
// zero-overhead loop.
func (r *rewriter) loop(fn *function, head, latch *block) (*hwLoop, string) {
	if fn.quiet != "" {
		return nil, fn.quiet
	}
	if head.index == 0 {
		return nil, "the function begins with it"
	}
	l := &hwLoop{head: head, latch: latch, before: fn.blocks[head.index-1]}
	list := []*block{latch}
	seen := map[*block]bool{head: true}
	for len(list) > 0 {
		b := list[len(list)-1]
		list = list[:len(list)-1]
		if seen[b] {
			continue
		}
		if b.open || len(b.pred) == 0 {
			return nil, "it can be entered in its middle"
		}
		seen[b] = true
		list = append(list, b.pred...)
	}
	for _, b := range fn.blocks {
		if seen[b] {
			l.blocks = append(l.blocks, b)
		}
	}
	switch {
	case head.open || !l.before.fall || seen[l.before]:
		return nil, "it is not entered from above"
	case l.before.last() != nil && l.before.last().target == latch.last().target:
		return nil, "it is entered by a branch"
	case len(head.pred) != 2 || !slices.Contains(head.pred, l.before):
		return nil, "it is entered from several places"
	case latch.index-head.index+1 != len(l.blocks):
		return nil, "its code does not lie in one piece"
	case latch.hw || len(latch.body()) == 0:
		return nil, "nothing stands before its last branch"
	}
	var written regs
	for i, b := range l.blocks {
		l.leaves = l.leaves || b != latch && slices.ContainsFunc(b.succ, func(s *block) bool { return !seen[s] })
		if b.padded && i > 0 {
			return nil, "its code is aligned"
		}
		for _, in := range b.insns {
			switch in.class {
			case call:
				return nil, "it calls a function"
			case opaque:
				return nil, "it holds code that is not understood"
			}
			if in.relaxes() {
				return nil, "the linker may shorten it, which makes an address"
			}
			written |= in.defs()
		}
	}
	if why := r.counter(l, written); why != "" {
		return nil, why
	}
	return l, ""
}

// relaxes reports whether the linker may remove the instruction, or a part of it.
func (in *insn) relaxes() bool {
	return in.m != nil && (in.m.upper || in.name == "la" || in.name == "lla") && in.fields.of("imm").sym != ""
}

// counter finds the register by which a loop counts: it changes by one constant on
// each way round, and the loop goes on as long as it is not equal to something that
// does not change.
func (r *rewriter) counter(l *hwLoop, written regs) string {
	var elsewhere regs
	for _, b := range l.blocks {
		if b != l.latch {
			for _, in := range b.insns {
				elsewhere |= in.defs()
			}
		}
	}
	x, m := start(r.norm), start(r.norm)
	taken := m.run(l.latch.insns)
	for i := 1; i < 32; i++ {
		d, ok := r.norm.Sub(m.regs[i], x.regs[i]).IsConst()
		step := int64(int32(d))
		if !ok || step == 0 || elsewhere.has(i) {
			continue
		}
		for y := 0; y < 32; y++ {
			if !written.has(y) && taken == r.norm.Not(r.norm.Zero(r.norm.Sub(m.regs[i], x.regs[y]))) {
				l.counter, l.step, l.bound = i, step, y
				return ""
			}
		}
	}
	return "it does not count up to a fixed number"
}

// setupCycles is what an instruction takes that sets a loop up.
const setupCycles = 2

// tooLarge is why a thrifty function has no zero-overhead loop.
const tooLarge = "code would become larger"

// convert puts the set-up before a loop. A constant count takes the place of the
// branch at the end, and so does one that is known not to be too great. Otherwise the branch stays, so that the count need only be
// no greater than what is left: its low bits are, and when the loop has run so
// often the branch decides whether to go on without. Then the set-up has to pay if the
// loop goes round a few times only.
func (r *rewriter) convert(fn *function, l *hwLoop) string {
	m := r.approach(l.before)
	n := l.trips(r.norm, m)
	if n == nil {
		return fmt.Sprintf("it counts by %d, which is no power of two", l.step)
	}
	bytes := 0
	for _, b := range l.blocks {
		bytes += size(b.insns)
	}
	c, ok := n.IsConst()
	if l.leaves && !(ok && c >= usualTrips) { // where it finds what it looks for
		return "it may leave after a few times round"
	}
	if ok && c > 0 && r.exact(l, m, c) {
		return r.constant(fn, l, c, bytes)
	}
	if fn.limit >= sparing {
		return tooLarge
	}
	return r.reckoned(fn, l, m, n, bytes)
}

// exact reports whether the loop is executed exactly c times: its counter, which
// starts as it does in m, then is at its bound.
func (r *rewriter) exact(l *hwLoop, m *machine, c uint64) bool {
	end := r.norm.Scale(m.regs[l.counter], 1, uint64(l.step)*c)
	return end == m.regs[l.bound]
}

// constant makes the loop one of c times, without a branch. If that is more than can be
// counted, it goes round without the branch as often as can be.
func (r *rewriter) constant(fn *function, l *hwLoop, c uint64, bytes int) string {
	if c <= setupCycles { // each branch takes one, and so does the last wrong prediction
		return fmt.Sprintf("%d times round are too few", c)
	}
	code, most := r.counted(fn, l, c)
	if most == 0 {
		return fmt.Sprintf("no instruction sets up a loop of %d times", c)
	}
	if !fitsOffset(l.setup, bytes) {
		return "it is too long"
	}
	if fn.limit >= sparing && (most < c || len(code) > 1) {
		return tooLarge
	}
	l.install(r, code)
	if most == c {
		l.uncounted(fn)
	}
	return ""
}

// uncounted removes the branch at the end, and what only it needs.
func (l *hwLoop) uncounted(fn *function) {
	l.latch.insns = slices.Clone(l.latch.body())
	l.latch.hw = true
	fn.liveness()
	l.sweep()
	fn.liveness()
}

// sweep removes the instruction that counts, if nobody else reads the counter, in the
// loop or behind it; another has to be left in the last block.
func (l *hwLoop) sweep() {
	step := -1
	for _, b := range l.now() {
		for _, s := range b.succ {
			if !slices.Contains(l.now(), s) && s.entry.has(l.counter) {
				return
			}
		}
		for k, in := range b.insns {
			switch {
			case b == l.latch && in.m != nil && in.m.ins.Name == "addi" && in.defs() == bit(l.counter) && in.uses() == bit(l.counter):
				step = k
			case in.uses().has(l.counter):
				return
			}
		}
	}
	if step >= 0 && len(l.latch.insns) > 1 {
		l.latch.insns = slices.Delete(slices.Clone(l.latch.insns), step, step+1)
	}
}

// approach is the state behind a block.
func (r *rewriter) approach(before *block) *machine {
	m := r.enter(before)
	m.through(before)
	for i, v := range m.regs {
		m.regs[i] = r.norm.located(v)
	}
	m.prefix = "then."
	return m
}

// enter is the state before a block: after those that lead to it one after the other, as
// far as there is only one way, with what is known there. Registers that nobody reads
// there may hold counts of other loops since that was found out.
func (r *rewriter) enter(b *block) *machine {
	var path []*block
	first := b
	for len(path) < 16 && !first.open && len(first.pred) == 1 && first.pred[0] != b && !slices.Contains(path, first.pred[0]) {
		first = first.pred[0]
		path = append(path, first)
	}
	m := b.fn.constants(r).at(r.norm, first)
	for i := 1; i < 32; i++ {
		if !first.entry.has(i) {
			m.regs[i] = r.norm.Input(fmt.Sprintf("unread.x%d", i), 32)
		}
	}
	for _, b := range slices.Backward(path) {
		m.through(b)
	}
	return m
}

// scratch is a register that may be overwritten where live is live, and that the
// function may change: -1 if there is none.
func (r *rewriter) scratch(fn *function, live regs) int {
	for _, t := range []int{31, 30, 29, 28, 7, 6, 5, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 1} {
		if !live.has(t) && (fn.writes.has(t) || r.options.StandardCalls && !calleeSaved.has(t)) {
			return t
		}
	}
	return -1
}

// setUp is the set-up of a loop; where the loop ends is filled in when all is done.
func (l *hwLoop) setUp(s *setup, count operand) *insn {
	l.setup = s
	in := &insn{line: -1, class: begin, m: s.m, size: 4, loop: l, fields: fields{{s.count.Name, count}, {s.offset.Name, operand{}}}}
	if s.level != nil {
		in.fields.set(s.level.Name, operand{imm: int64(l.level)})
	}
	in.text = in.print()
	return in
}

// install puts code before the loop's first block.
func (l *hwLoop) install(r *rewriter, code []*insn) {
	b := l.head.approach()
	b.insns = append(b.insns, code...)
	l.latch.ends = true
	l.head.fn.liveness() // of the register that has the count
	r.remarks = append(r.remarks, Remark{Line: r.lineOf(l.head), Function: l.head.fn.name, Text: fmt.Sprintf("zero-overhead loop of level %d", l.level)})
}
