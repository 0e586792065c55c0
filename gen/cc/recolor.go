package cc

import (
	"fmt"
	"slices"
)

// recolors renames registers where that lets an instruction be selected: an
// instruction with fixed registers, or one whose result goes where an operand was.
func (r *rewriter) recolors(fn *function) {
	for _, b := range fn.blocks {
		if !b.loop || slices.ContainsFunc(b.names, func(name string) bool { return r.cold[name] }) {
			continue
		}
		for range 8 { // each round selects at least one instruction
			c := r.best(b, true, nil)
			if c == nil || !r.recolor(fn, b, c) {
				break
			}
		}
	}
}

// recolor meets a candidate's wishes for registers, if it can, and selects what fits
// then. If nothing does, the function stays as it was.
func (r *rewriter) recolor(fn *function, b *block, c *candidate) bool {
	saved, bytes := fn.save(), fn.size()
	adopted := r.adopt(fn, c)
	ready := fn.save()
	remarks := len(r.remarks)
	// What saves registers must pay against the compiler's own.
	rounds := 1
	if b.loop {
		rounds = usualTrips
	}
	if saves := (fn.size() - bytes) / 4; saves > 0 && (c.gain == 0 || saves > rounds*(cycles(b.read)-cycles(b.insns)+c.gain)) {
		fn.restore(saved)
		r.missed(b, c, fmt.Errorf("to save registers takes %d instructions", saves))
		return false
	}
	if !r.rename(fn, b, c) || !r.selects(b) {
		fn.restore(ready)
		if r.shuffle(fn, b, c) {
			return true
		}
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

// version is a function as it is at one time.
type version struct {
	code   [][]*insn // by block
	writes regs
	grown  int
}

func (fn *function) save() version { return version{fn.code(), fn.writes, fn.grown} }

func (fn *function) restore(v version) {
	for i, b := range fn.blocks {
		b.insns = v.code[i]
	}
	fn.writes, fn.grown = v.writes, v.grown
	fn.liveness()
}

// code is the instructions of all blocks.
func (fn *function) code() (out [][]*insn) {
	for _, b := range fn.blocks {
		out = append(out, b.insns)
	}
	return out
}

// evictions is how far moving one web may drive others from their registers.
const evictions = 2

// rename moves the webs of the wishes, and checks that every block does what it did.
func (r *rewriter) rename(fn *function, b *block, c *candidate) bool {
	ws := &r.webs
	ws.find(fn)
	for _, w := range c.wants {
		ws.wanted |= bit(w.to)
	}
	for _, w := range c.wants {
		k := slices.Index(b.insns, w.def) // -1: at the beginning, or saving registers has changed it
		if k < 0 && w.def != nil {
			return false
		}
		x := ws.before(b, k+1)[w.from]
		if x == nil || !ws.move(x, w.to, evictions) {
			return false
		}
		x.find().pinned = true
	}
	forms := map[*block]form{}
	before := fn.code()
	for _, b := range fn.blocks {
		forms[b] = form{entry: places(ws.entry(b)), exit: places(ws.exit(b))}
	}
	ws.apply()
	for i, b := range fn.blocks {
		f := forms[b]
		f.insns = b.insns
		alike := slices.Equal(b.insns, before[i]) && fixed(f.entry, b.entry) && fixed(f.exit, b.live)
		if !alike && same(r.norm, before[i], f, b.entry, b.live) != nil {
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
	return r.make("addi", fields{{"rd", operand{reg: to}}, {"rs1", operand{reg: from}}, {"imm", operand{}}})
}
