package cover

import (
	"fmt"
	"sort"

	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// loopItems are the corners of hardware loops; there are none if no instruction
// sets one up.
type loopItems struct {
	present bool
	counts  [2][4]int // by level: 0, 1, 2, more
	ends    [][2]int  // by class: goes back, falls out
	branch  [2]int    // at the end: taken forward, taken backward
	wrong   int       // a backward branch at the end that falls through, and goes back
	both    [4]int    // both levels end here: inner back; outer back; both out; outer only is active
	one     [2]int    // a body of one instruction, by level
	trap    int
	irq     int
	setup   int
	renewed int // set up while active
	left    int // by a jump, and active on
	nested  int
}

// loopState is a level as the records tell it.
type loopState struct{ start, end, count uint32 }

// newLoops adds the items of loops.
func (c *Model) newLoops() {
	l, g := &c.loop, c.loops
	least := int64(4)
	for _, ins := range c.machine.All() {
		if ins.Loop != nil {
			l.present = true
			least = min(least, ins.Loop.Count.Range.Min.Int64())
		}
	}
	if !l.present {
		return
	}
	levels := max(1, c.machine.Socket.Loops)
	for level := range levels {
		for i, n := range []string{"0", "1", "2", "more than 2"} {
			if l.counts[level][i] = none; int64(i) < least {
				continue // no instruction sets that up
			}
			l.counts[level][i] = g.add(fmt.Sprintf("level %d: count %s", level, n), "")
		}
		l.one[level] = g.add(fmt.Sprintf("level %d: a body of one instruction", level), "")
	}
	names := make([]string, len(c.classes))
	for name, n := range c.classes {
		names[n] = name
	}
	l.ends = make([][2]int, len(names))
	order := append([]string(nil), names...)
	sort.Strings(order)
	for _, name := range order {
		n := c.classes[name]
		switch name {
		case "jal", "jalr", "mret", "ecall, ebreak", "loop set-up": // they never fall through at an end
			l.ends[n] = [2]int{none, none}
		default:
			l.ends[n] = [2]int{g.add("end goes back: "+name, ""), g.add("end falls out: "+name, "")}
		}
	}
	l.branch = [2]int{g.add("end: branch taken forward", ""), g.add("end: branch taken backward", "")}
	l.wrong = g.add("end: backward branch falls through and the loop goes back", "")
	l.trap, l.irq = g.add("end: traps", ""), g.add("end: an interrupt instead", "")
	l.setup, l.renewed = g.add("end: a set-up instruction", ""), g.add("set up again while active", "")
	l.left = g.add("left by a jump while active", "")
	l.both, l.nested = [4]int{none, none, none, none}, none
	if levels > 1 {
		l.both = [4]int{g.add("both levels end here: inner goes back", ""), g.add("both levels end here: outer goes back", ""),
			g.add("both levels end here: both fall out", ""), g.add("both levels end here: the inner one was done", "")}
		l.nested = g.add("inner loop set up in the outer's body", "")
	}
}

// countLoops follows the loops along the records.
func (c *Model) countLoops(j Judge, s *step) {
	if !c.loop.present {
		return
	}
	l, g, r := &c.loop, c.loops, &s.rec
	loops := &c.at.loops
	trapped := r.Flags&trace.Trap != 0
	atEnd := [2]bool{loops[0].count > 0 && loops[0].end == r.PC, loops[1].count > 0 && loops[1].end == r.PC}
	ends := atEnd[0] || atEnd[1]
	// What an interrupt replaced is known by its address.
	if r.Flags&trace.Intr != 0 && c.at.last.ok {
		for i := range loops {
			if loops[i].count > 0 && loops[i].end == c.at.last.rec.NextPC {
				g.mark(l.irq, j)
			}
		}
	}
	if s.row != nil && s.row.Loop != nil && !trapped {
		if ends {
			g.mark(l.setup, j)
		}
		c.setUp(j, s)
		return
	}
	switch {
	case trapped:
		if ends {
			g.mark(l.trap, j)
		}
		return
	case s.row == nil:
		return
	}
	for i := range loops { // a jump out of an active body
		if lo := loops[i]; lo.count > 0 && r.PC >= lo.start && r.PC <= lo.end && (r.NextPC < lo.start || r.NextPC > lo.end+4) && !atEnd[i] {
			g.mark(l.left, j)
		}
	}
	if !ends {
		return
	}
	class := classNames(c)[s.row.class]
	if class == "branch" {
		imm := s.row.Encoding.Field("imm")
		if off := imm.Extract(r.Insn); off != 4 && r.NextPC == r.PC+uint32(off) && !c.wouldLoop(r.PC, r.NextPC) {
			g.mark(l.branch[boolInt(off <= 0)], j)
			return
		} else if off < 0 && r.NextPC != r.PC+4 {
			g.mark(l.wrong, j)
		}
	} else if class == "jal" || class == "jalr" || class == "mret" {
		g.mark(l.left, j)
		return
	}
	c.step(j, s, atEnd)
}

// wouldLoop reports whether falling through at pc goes to that address.
func (c *Model) wouldLoop(pc, to uint32) bool {
	for i := range c.at.loops {
		if l := &c.at.loops[i]; l.end == pc && l.count > 1 {
			return l.start == to
		}
	}
	return false
}

// step counts an end that fell through, as the core does: level 0 first.
func (c *Model) step(j Judge, s *step, atEnd [2]bool) {
	l, g, loops := &c.loop, c.loops, &c.at.loops
	ends := l.ends[s.row.class]
	for i := range loops {
		if atEnd[i] && loops[i].start == s.rec.PC {
			g.mark(l.one[i], j)
		}
	}
	same := loops[0].end == s.rec.PC && loops[1].end == s.rec.PC && loops[1].count > 0
	if same && !atEnd[0] {
		g.mark(l.both[3], j)
	}
	for i := range loops {
		if !atEnd[i] {
			continue
		}
		if loops[i].count--; loops[i].count > 0 {
			g.mark(ends[0], j)
			if same {
				g.mark(l.both[i], j)
			}
			return
		}
	}
	g.mark(ends[1], j)
	if same {
		g.mark(l.both[2], j)
	}
}

// setUp takes up what a set-up instruction says.
func (c *Model) setUp(j Judge, s *step) {
	l, g, loops := &c.loop, c.loops, &c.at.loops
	if s.row.state && c.unit.spent[j] > budget { // states are no longer followed, which may hold the count
		*loops = [2]loopState{}
		return
	}
	e := c.environment(s.row, &s.rec)
	level := int(sem.Eval(s.row.Loop.Level, e).Int64()) & 1
	count := low(sem.Eval(s.row.Loop.Count, e), 32)
	end := uint32(low(sem.Eval(s.row.Loop.End, e), 32)) &^ 3
	if loops[level].count > 0 {
		g.mark(l.renewed, j)
	}
	if level == 0 && loops[1].count > 0 && s.rec.PC >= loops[1].start && s.rec.PC <= loops[1].end {
		g.mark(l.nested, j)
	}
	loops[level] = loopState{s.rec.PC + 4, end, uint32(count)}
	g.mark(l.counts[level][min(count, 3)], j)
}

// classNames are the names of the classes by their numbers.
func classNames(c *Model) []string {
	if len(c.names) != len(c.classes) {
		c.names = make([]string, len(c.classes))
		for name, n := range c.classes {
			c.names[n] = name
		}
	}
	return c.names
}
