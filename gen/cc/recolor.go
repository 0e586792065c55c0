package cc

import (
	"fmt"
	"slices"
)

// recolors renames registers where that lets an instruction be selected: an
// instruction with fixed registers, or one whose result goes where an operand was.
func (r *rewriter) recolors(fn *function) {
	for _, b := range fn.blocks {
		if !b.loop {
			continue
		}
		for range 8 { // each round selects at least one instruction
			c := r.best(b, true)
			if c == nil || !r.recolor(fn, b, c) {
				break
			}
		}
	}
}

// recolor meets a candidate's wishes for registers, if it can, and selects what fits
// then. If nothing does, the function stays as it was.
func (r *rewriter) recolor(fn *function, b *block, c *candidate) bool {
	saved := fn.save()
	adopted := r.adopt(fn, c)
	remarks := len(r.remarks)
	if !r.rename(fn, b, c) || !r.selects(b) {
		fn.restore(saved)
		r.remarks = r.remarks[:remarks]
		if adopted != nil {
			r.missed(b, c, adopted)
		}
		return false
	}
	fn.liveness()
	return true
}

// save notes the instructions of all blocks.
func (fn *function) save() [][]*insn {
	var out [][]*insn
	for _, b := range fn.blocks {
		out = append(out, b.insns)
	}
	return out
}

func (fn *function) restore(saved [][]*insn) {
	for i, b := range fn.blocks {
		b.insns = saved[i]
	}
	fn.liveness()
}

// rename moves the webs of the wishes, and checks that every block does what it did.
func (r *rewriter) rename(fn *function, b *block, c *candidate) bool {
	ws := newWebs(fn)
	for _, w := range c.wants {
		var x *web
		if w.def != nil {
			x = ws.defs[w.def][w.from]
		} else {
			x = ws.entry[b][w.from]
		}
		if x == nil || !ws.move(x, w.to) {
			return false
		}
	}
	forms := map[*block]form{}
	before := fn.save()
	for _, b := range fn.blocks {
		forms[b] = form{entry: places(ws.entry[b]), exit: places(ws.exit[b])}
	}
	ws.apply()
	for i, b := range fn.blocks {
		f := forms[b]
		f.insns = b.insns
		if err := same(r.norm, before[i], f, b.entry, b.live); err != nil {
			return false
		}
		if b.open && !fixed(f.entry, b.entry) || b.away && !fixed(f.exit, b.live) {
			return false
		}
		for _, s := range b.succ {
			for reg := 1; reg < 32; reg++ {
				if s.entry.has(reg) && forms[s].entry[reg] != f.exit[reg] {
					return false
				}
			}
		}
		// What a call, a return or unknown code reads is where it was.
		if l := b.last(); l != nil && l.m == nil && !fixed(f.exit, l.reads) {
			return false
		}
	}
	fn.liveness()
	return true
}

// places is which register each web has got.
func places(at *[32]*web) *[32]int {
	var out [32]int
	for r := 1; r < 32; r++ {
		out[r] = at[r].find().reg
	}
	return &out
}

func fixed(at *[32]int, set regs) bool {
	for r := 1; r < 32; r++ {
		if set.has(r) && at[r] != r {
			return false
		}
	}
	return true
}

// missed notes what kept an instruction with fixed registers from being selected.
func (r *rewriter) missed(b *block, c *candidate, err error) {
	r.remarks = append(r.remarks, Remark{Line: r.lineOf(b), Function: b.fn.name, Missed: true, Text: fmt.Sprintf("%s not selected: %v", c.p.m.ins.Mnemonic, err)})
}

func (r *rewriter) lineOf(b *block) int {
	if len(b.read) > 0 {
		return r.file.Lines[b.read[0].line].No
	}
	return r.file.Lines[max(b.line, 0)].No
}

// adopt saves the registers that a candidate wants, and that the function leaves
// alone so far, in registers that nobody uses: at its beginning, and back before it
// returns. Only a function that calls no other can, and only if its callers expect no
// more of it than the calling convention says.
func (r *rewriter) adopt(fn *function, c *candidate) error {
	var wanted []int
	for _, w := range c.wants {
		if calleeSaved.has(w.to) && !fn.writes.has(w.to) && !slices.Contains(wanted, w.to) {
			wanted = append(wanted, w.to)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if !r.options.StandardCalls {
		return fmt.Errorf("%s would have to be saved, and callers may know which registers this function changes", names(wanted))
	}
	used := fn.writes
	for _, b := range fn.blocks {
		for _, in := range b.insns {
			used |= in.uses()
			if in.class == call || in.class == opaque || in.class == leave && in.reads != returnReads {
				return fmt.Errorf("%s would have to be saved on the stack: the function calls others", names(wanted))
			}
		}
	}
	if fn.blocks[0].pred != nil {
		return fmt.Errorf("the function begins with a loop")
	}
	var free []int
	for _, t := range []int{31, 30, 29, 28, 7, 6, 5, 17, 16, 15, 14, 13, 12} { // t6 … t0, a7 … a2
		if !used.has(t) && !fn.blocks[0].entry.has(t) {
			free = append(free, t)
		}
	}
	if len(free) < len(wanted) {
		return fmt.Errorf("no registers are free to save %s in", names(wanted))
	}
	for i, s := range wanted {
		first := fn.blocks[0]
		first.insns = slices.Insert(slices.Clone(first.insns), 0, r.move(free[i], s))
		for _, b := range fn.blocks {
			if l := b.last(); l != nil && l.class == leave {
				b.insns = slices.Insert(slices.Clone(b.insns), len(b.insns)-1, r.move(s, free[i]))
			}
		}
		fn.writes |= bit(s) | bit(free[i])
	}
	fn.liveness()
	return nil
}

func names(list []int) string {
	s := ""
	for i, r := range list {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("x%d", r)
	}
	return s
}

// move is mv to, from.
func (r *rewriter) move(to, from int) *insn {
	return r.make("addi", map[string]operand{"rd": {reg: to}, "rs1": {reg: from}, "imm": {}})
}
