package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/norm"
)

// Functions that keep registers on the stack spend up to 26 instructions on that. Where code
// may hardly grow, but would be faster if it did, two routines of the file do it instead for
// functions that work for long, as libgcc's do for -msave-restore: t0 is where they return
// to, and t2 points above the registers, which lie as compilers put them,
//
//	s0 at -4(t2), s1 at -8(t2), …, s11 at -48(t2)
//
// The routines begin with s11; who saves less enters later. The stack pointer is none of their
// business, so that nothing below it is ever in use.

// savedRegs lists what the routines save, s0 to s11, and fewestSaved is how many a function
// must save for them to be called.
var savedRegs = []int{8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27}

const fewestSaved = 5

// savesTop is the register that points above them.
const savesTop = 7

// spent are the registers that a call of a routine changes: an assembler's call t0 is two
// instructions by t1 where the linker does not make one of them.
var spent = set("t0", "t1", "t2")

// savedAt is where a register lies from there on.
func savedAt(k int) int64 { return -wordBytes * int64(k+1) }

// sharing is code in a block that a routine takes the place of: loads or stores of the first
// of these registers.
type sharing struct {
	b    *block
	at   int   // of the instruction before which the routine is called
	top  int64 // from the stack pointer: what t2 becomes
	gone []*insn
	load bool
}

// count is of how many registers.
func (s *sharing) count() int { return len(s.gone) }

// callBytes is what a call of a routine takes: the linker makes one instruction of the two.
const callBytes = 4

// shares finds what routines could do for a function: save registers in its first block, and
// bring them back wherever it returns. It is empty if they could not do all of that.
func (fn *function) shares() (list []*sharing) {
	for i, b := range fn.blocks {
		if i > 0 && (b.last() == nil || b.last().class != leave) {
			continue
		}
		for _, load := range []bool{false, true} {
			if s := b.shares(load); s != nil {
				list = append(list, s)
			} else if load == (i > 0) {
				return nil
			}
		}
	}
	for _, s := range list {
		if len(list) < 2 || s.count() != list[0].count() || s.top != list[0].top || list[0].load {
			return nil
		}
	}
	return list
}

// saved is by how many bytes the function is smaller.
func (fn *function) saved() (bytes int) {
	for _, s := range fn.shares() {
		bytes += size(s.gone) - wordBytes - callBytes
	}
	return bytes
}

// shares finds loads, or stores, of registers in a block for which a routine can stand, where
// the first of them is: until the last, nobody uses the registers, moves the stack pointer, or
// stores but to other places on the stack.
func (b *block) shares(load bool) *sharing {
	s := &sharing{b: b, load: load}
	var regs regs
	for k := range b.insns {
		in := b.insns[k]
		if load { // the last of each register
			in = b.insns[len(b.insns)-1-k]
		}
		if reg, ok := in.keeps(load); ok && !regs.has(reg) {
			regs |= bit(reg)
			s.gone = append(s.gone, in)
		}
	}
	if load {
		slices.Reverse(s.gone)
	}
	if s.count() < fewestSaved {
		return nil
	}
	s.top = s.offset(savedRegs[0]) - savedAt(0)
	for k, reg := range savedRegs[:s.count()] {
		if !regs.has(reg) || s.offset(reg) != s.top+savedAt(k) {
			return nil
		}
	}
	s.at = slices.Index(b.insns, s.gone[0])
	waiting := regs // for their loads or stores
	for k, in := range b.insns[:slices.Index(b.insns, s.gone[len(s.gone)-1])] {
		if slices.Contains(s.gone, in) {
			reg, _ := in.keeps(load)
			waiting &^= bit(reg)
			continue
		}
		among := k >= s.at
		switch {
		case in.m == nil || in.m.custom, among && in.defs().has(sp), !load && in.defs()&waiting != 0, load && among && (in.uses()|in.defs())&regs != 0:
			return nil
		case among && in.m.store != nil && (in.fields.of("rs1").reg != sp || in.fields.of("imm").sym != "" || in.fields.of("imm").imm+wordBytes > s.top+savedAt(s.count()-1) && in.fields.of("imm").imm < s.top):
			return nil
		}
	}
	live := b.live
	for k := len(b.insns) - 1; k >= s.at; k-- {
		live = b.insns[k].before(live)
	}
	if s.top > 2047 || live&spent != 0 {
		return nil
	}
	return s
}

// keeps reports whether the instruction stores, or loads, a register that routines save, at
// the stack pointer.
func (in *insn) keeps(load bool) (reg int, ok bool) {
	mnemonic, field := "sw", "rs2"
	if load {
		mnemonic, field = "lw", "rd"
	}
	if in.m == nil || in.m.ins.Name != mnemonic || in.fields.of("rs1").reg != sp || in.fields.of("imm").sym != "" {
		return 0, false
	}
	reg = in.fields.of(field).reg
	return reg, slices.Contains(savedRegs, reg)
}

// offset is where the stores or loads have a register.
func (s *sharing) offset(reg int) int64 {
	for _, in := range s.gone {
		if x, _ := in.keeps(s.load); x == reg {
			return in.fields.of("imm").imm
		}
	}
	return -1
}

// saves has routines save registers from now on if otherwise some nests would be left alone,
// or code has become larger than it may.
func (r *rewriter) saves(p *jams, b *budget) {
	want := 0
	for _, j := range p.possible() {
		want += j.bytes()
	}
	relaxed := !slices.ContainsFunc(r.file.Lines, func(l asm.Line) bool { return l.Kind == asm.Directive && l.Name == ".option" && l.Arg(0) == "norelax" })
	if want <= b.bytes && !b.short || r.routines != "" || !relaxed || !r.options.StandardCalls { // else callers may know that t0, t1 and t2 are left alone
		return
	}
	by := make([]int, len(p.fns)) // what each saves, if it works for long
	r.parallel(len(p.fns), func(i int) {
		if n := p.fns[i].saved(); n > 0 && p.by[i].busy(p.fns[i]) {
			by[i] = n
		}
	})
	saved := 0
	r.shared = map[string]bool{}
	for i, n := range by {
		if n > 0 {
			r.shared[p.fns[i].name] = true
			saved += n
		}
	}
	if saved <= routineBytes {
		return
	}
	b.bytes += saved - routineBytes
	r.routines = "mv_saves"
	for n := 2; r.file.HasLabel(r.routines); n++ {
		r.routines = fmt.Sprintf("mv_saves%d", n)
	}
}

// share has the routines save a function's registers.
func (r *rewriter) share(fn *function) {
	fn.liveness()
	list := fn.shares()
	for _, s := range list {
		if err := s.right(r, r.callCode(s)); err != nil {
			r.remarks = append(r.remarks, Remark{Line: r.file.Lines[s.gone[0].line].No, Function: fn.name, Missed: true, Text: "registers not saved by " + r.routines + ": " + err.Error()})
			return
		}
	}
	if len(list) == 0 {
		return
	}
	for _, s := range list {
		line := s.gone[0].line
		top := r.callCode(s)[0]
		to := &insn{line: line, size: callBytes, class: call, reads: callReads, text: text("call", "t0", r.routine(s.load, s.count()))}
		top.line = line
		var code []*insn
		for k, in := range s.b.insns {
			if k == s.at {
				code = append(code, top, to)
			}
			if !slices.Contains(s.gone, in) {
				code = append(code, in)
			}
		}
		s.b.insns = code
	}
	r.remarks = append(r.remarks, Remark{Line: r.file.Lines[list[0].gone[0].line].No, Function: fn.name, Text: "registers saved by " + r.routines})
}

// routine is the name of one of the routines, for so many registers.
func (r *rewriter) routine(load bool, count int) string {
	name := r.routines
	if load {
		name += ".restore"
	}
	if count < len(savedRegs) {
		name += "." + isa.RegNames[savedRegs[count-1]]
	}
	return name
}

// callCode is what a call comes to: t2 is set, and a routine executed.
func (r *rewriter) callCode(s *sharing) []*insn {
	top := r.make("addi", fields{{"rd", operand{reg: savesTop}}, {"rs1", operand{reg: sp}}, {"imm", operand{imm: s.top}}})
	return append([]*insn{top}, r.routineCode(s.load)[len(savedRegs)-s.count():]...)
}

// routineCode is a routine's loads or stores, those of s11 first.
func (r *rewriter) routineCode(load bool) (out []*insn) {
	mnemonic, field := "sw", "rs2"
	if load {
		mnemonic, field = "lw", "rd"
	}
	for k, reg := range slices.Backward(savedRegs) {
		out = append(out, r.make(mnemonic, fields{{field, operand{reg: reg}}, {"rs1", operand{reg: savesTop}}, {"imm", operand{imm: savedAt(k)}}}))
	}
	return out
}

// right checks that code does what the loads or stores do, but for t2.
func (s *sharing) right(r *rewriter, code []*insn) error {
	n := r.norm
	run := func(list []*insn) (regs [32]*norm.Value, stores []accessed) {
		m := start(n)
		for _, in := range list {
			m.loaded = func(_, width int) *norm.Value {
				at := n.Scale(m.regs[in.fields.of("rs1").reg], 1, uint64(in.fields.of("imm").imm))
				return n.Extract(n.Element("memory", 32, at), 0, width)
			}
			m.step(in)
		}
		for _, a := range m.accesses {
			if a.store {
				stores = append(stores, a)
			}
		}
		return m.regs, stores
	}
	x, before := run(s.gone)
	y, after := run(code)
	for reg := 1; reg < 32; reg++ {
		if reg != savesTop && x[reg] != y[reg] {
			return fmt.Errorf("x%d: %s became %s", reg, x[reg], y[reg])
		}
	}
	for _, a := range before {
		if !slices.Contains(after, a) {
			return fmt.Errorf("%s is not stored", a.data)
		}
	}
	if len(before) != len(after) {
		return fmt.Errorf("%d stores became %d", len(before), len(after))
	}
	return nil
}

// routineLines is the routines' text.
func (r *rewriter) routineLines() (out []string) {
	out = append(out, "\t.text", "\t.align\t2")
	for _, load := range []bool{false, true} {
		all := r.routine(load, len(savedRegs))
		out = append(out, fmt.Sprintf("\t.type\t%s, @function", all), all+":", "\t.cfi_startproc", "\t.cfi_return_column 5")
		for k, in := range r.routineCode(load) {
			if count := len(savedRegs) - k; count >= fewestSaved && k > 0 {
				out = append(out, r.routine(load, count)+":")
			}
			out = append(out, in.text)
		}
		out = append(out, text("jr", "t0"), "\t.cfi_endproc", fmt.Sprintf("\t.size\t%[1]s, .-%[1]s", all))
	}
	return out
}

// routineBytes is how large the routines are.
var routineBytes = 2 * wordBytes * (len(savedRegs) + 1)
