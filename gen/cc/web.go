package cc

import (
	"math/bits"
	"slices"
)

// web is the values that one register carries from one place to others: all that
// must be renamed together if one is.
type web struct {
	number    int // in the order of the code
	reg       int
	pinned    bool   // the calling convention or code that is not understood says which register
	call      bool   // lives across a call
	conflicts []*web // some more than once
	joined    *web   // union-find
}

func (w *web) find() *web {
	for w.joined != nil {
		if w.joined.joined != nil {
			w.joined = w.joined.joined
		}
		w = w.joined
	}
	return w
}

func join(x, y *web) {
	if x, y = x.find(), y.find(); x != y {
		x.joined = y
	}
}

// webs is the webs of a function.
type webs struct {
	fn     *function
	states [][32]*web // what each register holds before each instruction, and at each block's end
	from   []int      // where those of a block begin, by its index
	made   [][]web    // many at once, with room for others
	count  int
	wanted regs // for others: nothing is moved there to make room
	tries  int
	moved  []movedWeb // so far
}

// websMade is how many webs are made at once.
const websMade = 256

// find finds the webs of a function, and which of them are alive at once, in the room of
// those of another.
func (ws *webs) find(fn *function) {
	*ws = webs{fn: fn, states: ws.states[:0], from: ws.from[:0], made: ws.made, moved: ws.moved[:0]}
	for _, b := range fn.blocks {
		ws.scan(b)
	}
	for _, b := range fn.blocks {
		for _, s := range b.succ {
			for r := 1; r < 32; r++ {
				if s.entry.has(r) {
					join(ws.exit(b)[r], ws.entry(s)[r])
				}
			}
		}
	}
	for _, b := range fn.blocks {
		ws.pin(b)
	}
	for _, b := range fn.blocks {
		ws.interfere(b)
	}
}

// before is what registers hold before the k-th instruction of a block, entry and exit are at
// its beginning and its end.
func (ws *webs) before(b *block, k int) *[32]*web { return &ws.states[ws.from[b.index]+k] }

func (ws *webs) entry(b *block) *[32]*web { return ws.before(b, 0) }

func (ws *webs) exit(b *block) *[32]*web { return ws.before(b, len(b.insns)) }

func (ws *webs) add(reg int) *web {
	if ws.count == websMade*len(ws.made) {
		ws.made = append(ws.made, make([]web, websMade))
	}
	w := &ws.made[ws.count/websMade][ws.count%websMade]
	ws.count++
	*w = web{number: ws.count, reg: reg, conflicts: w.conflicts[:0]}
	return w
}

// scan makes the webs of a block: one for every register at its beginning, one for
// every result.
func (ws *webs) scan(b *block) {
	ws.from = append(ws.from, len(ws.states))
	var cur [32]*web
	for r := 1; r < 32; r++ {
		cur[r] = ws.add(r)
	}
	for _, in := range b.insns {
		ws.states = append(ws.states, cur)
		before := cur
		for defs := in.defs(); defs != 0; defs &= defs - 1 {
			r := bits.TrailingZeros32(uint32(defs))
			cur[r] = ws.add(r)
		}
		if in.m == nil {
			continue
		}
		for _, f := range in.m.regReads {
			if r := in.fields.of(f).reg; r != 0 && in.writes(f) {
				join(before[r], cur[r])
			}
		}
	}
	ws.states = append(ws.states, cur)
}

// writes reports whether the register of the field is a result.
func (in *insn) writes(field string) bool {
	return slices.ContainsFunc(in.m.writes, func(w result) bool { return w.field == field })
}

// pin marks the webs whose register others know.
func (ws *webs) pin(b *block) {
	mark := func(set regs, at *[32]*web) {
		for ; set != 0; set &= set - 1 {
			at[bits.TrailingZeros32(uint32(set))].find().pinned = true
		}
	}
	if b.open {
		mark(allRegs, ws.entry(b))
	}
	if b.away {
		mark(allRegs, ws.exit(b))
	}
	mark(set("sp", "gp", "tp"), ws.entry(b))
	live := b.live
	for k := len(b.insns) - 1; k >= 0; k-- {
		in, before, after := b.insns[k], ws.before(b, k), ws.before(b, k+1)
		switch {
		case in.class == opaque:
			mark(allRegs, after)
			mark(allRegs, before)
		case in.m == nil:
			mark(in.reads|in.defs(), before)
			mark(in.defs(), after)
			if in.class == call {
				mark(live&^calleeSaved, after)
				for r := 1; r < 32; r++ {
					if live.has(r) {
						after[r].find().call = true
					}
				}
			}
		default: // fixed registers
			mark(in.m.fixedReads, before)
			for _, w := range in.m.writes {
				if w.field == "" {
					mark(bit(w.reg), after)
				}
			}
		}
		live = in.before(live)
	}
}

// interfere notes which webs are alive together: whatever is alive behind an
// instruction is so together with its results.
func (ws *webs) interfere(b *block) {
	live := b.live
	for k := len(b.insns) - 1; k >= 0; k-- {
		in, after := b.insns[k], ws.before(b, k+1)
		for defs := in.defs(); defs != 0; defs &= defs - 1 {
			w := after[bits.TrailingZeros32(uint32(defs))].find()
			for set := live | in.defs(); set != 0; set &= set - 1 {
				conflict(w, after[bits.TrailingZeros32(uint32(set))].find())
			}
		}
		live = in.before(live)
	}
}

func conflict(x, y *web) {
	if x != y {
		if n := len(x.conflicts); n > 0 && x.conflicts[n-1] == y {
			return // as at the instruction before
		}
		x.conflicts, y.conflicts = append(x.conflicts, y), append(y.conflicts, x)
	}
}

// move gives web w the register to. What lives there at the same time gets w's
// register or, if it cannot have that, any other, from which others may have to go in
// turn, so many times. It reports whether that was possible, and changes nothing if it
// was not.
func (ws *webs) move(w *web, to, depth int) bool {
	w = w.find()
	if ws.swap(w, to) {
		return true
	}
	from := len(ws.moved)
	for depth > 0 && !w.pinned && (!w.call || calleeSaved.has(to)) {
		there := ws.at(w, to)
		if !ws.evict(w, to, there, depth-1) {
			break
		}
		if w.reg == to || len(ws.at(w, to)) == 0 && ws.swap(w, to) {
			return true
		}
	}
	ws.undo(from)
	return false
}

// at is the webs that live at the same time as w, in that register, in order.
func (ws *webs) at(w *web, reg int) (there []*web) {
	for _, v := range w.conflicts {
		if v.reg == reg {
			there = append(there, v)
		}
	}
	slices.SortFunc(there, func(x, y *web) int { return x.number - y.number })
	return slices.Compact(there)
}

// maxTries is how many moves of webs are tried for one instruction.
const maxTries = 2000

// evict moves the first of those that live at the same time as w out of a register that
// w is to have, to whichever other can be had. Then w has it, or there are fewer.
func (ws *webs) evict(w *web, reg int, there []*web, depth int) bool {
	if len(there) == 0 || there[0].pinned {
		return false
	}
	v, from := there[0], len(ws.moved)
	for d := range depth + 1 { // near solutions first
		for q := 1; q < 32; q++ {
			if q == reg || ws.wanted.has(q) || !ws.fn.writes.has(q) || v.call && !calleeSaved.has(q) {
				continue
			}
			if ws.tries++; ws.tries > maxTries {
				return false
			}
			w.pinned = true // it stays where it is meanwhile
			ok := ws.move(v, q, d)
			w.pinned = false
			if ok && (ws.swap(w, reg) || len(ws.at(w, reg)) < len(there)) {
				return true
			}
			ws.undo(from)
		}
	}
	return false
}

// swap gives web w the register to, what lives there at the same time w's register,
// and so on until all is consistent (a Kempe chain of the interference graph).
func (ws *webs) swap(w *web, to int) bool {
	from := w.reg
	if from == to {
		return true
	}
	chain := []*web{w}
	seen := map[*web]bool{w: true}
	for i := 0; i < len(chain); i++ {
		v := chain[i]
		next := from + to - v.reg
		if v.pinned || v.call && !calleeSaved.has(next) {
			return false
		}
		for _, c := range v.conflicts {
			if c.reg == next && !seen[c] {
				seen[c] = true
				chain = append(chain, c)
			}
		}
	}
	for _, v := range chain {
		ws.moved = append(ws.moved, movedWeb{v, v.reg})
		v.reg = from + to - v.reg
	}
	return true
}

// movedWeb is a web and the register that it had.
type movedWeb struct {
	w   *web
	reg int
}

// undo takes all moves back but the first n.
func (ws *webs) undo(n int) {
	for len(ws.moved) > n {
		last := ws.moved[len(ws.moved)-1]
		last.w.reg = last.reg
		ws.moved = ws.moved[:len(ws.moved)-1]
	}
}

// apply renames the registers of the function's instructions to those of their webs.
func (ws *webs) apply() {
	for _, b := range ws.fn.blocks {
		b.insns = slices.Clone(b.insns) // others may hold the list as it is
		for k, in := range b.insns {
			if in.m == nil {
				continue
			}
			b.insns[k] = in.renamed(func(field string, reg int) int {
				if in.writes(field) {
					return ws.before(b, k+1)[reg].find().reg
				}
				return ws.before(b, k)[reg].find().reg
			})
		}
	}
}
