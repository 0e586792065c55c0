package cc

import (
	"cmp"
	"slices"
)

// visits is about how often a block is entered while its function runs once: as often as the
// loops around it go round; unknown stands for each of which that is not known. It says what
// pays, and nothing else.
func (r *rewriter) visits(b *block, unknown int) int {
	n := 1
	for _, head := range b.fn.blocks {
		if loop := head.around(); head != b && slices.Contains(loop, b) {
			n *= cmp.Or(r.goesRound(head, loop), unknown)
		}
	}
	return n
}

// muchWork is how many rounds of its loops make a function busy.
const muchWork = 1 << 8

// busy reports whether a function goes round a loop often enough, whatever it does, that some
// instructions at its beginning and end are nothing to that.
func (r *rewriter) busy(fn *function) bool {
	for _, head := range fn.blocks {
		if loop := head.around(); loop != nil && !head.avoided() && r.visits(head, 1)*r.goesRound(head, loop) >= muchWork {
			return true
		}
	}
	return false
}

// avoided reports whether a function can return without a block, or goes on to where nobody
// sees.
func (b *block) avoided() bool {
	seen := map[*block]bool{b: true}
	list := []*block{b.fn.blocks[0]}
	for len(list) > 0 {
		x := list[len(list)-1]
		if list = list[:len(list)-1]; seen[x] {
			continue
		}
		if x.away || len(x.succ) == 0 {
			return true
		}
		seen[x] = true
		list = append(list, x.succ...)
	}
	return false
}

// around is the loop of which a block is the head: the blocks from which those are reached
// that jump back to it, and only through it.
func (b *block) around() (loop []*block) {
	for _, p := range b.pred {
		if p.index >= b.index {
			loop = append(loop, p)
		}
	}
	if len(loop) == 0 {
		return nil
	}
	seen := map[*block]bool{b: true}
	list := loop
	for loop = []*block{b}; len(list) > 0; {
		x := list[len(list)-1]
		if list = list[:len(list)-1]; !seen[x] {
			if x.open {
				return nil
			}
			seen[x] = true
			loop = append(loop, x)
			list = append(list[:len(list):len(list)], x.pred...)
		}
	}
	return loop
}

// goesRound is how often a loop goes round if one of the branches that leave it compares what
// differs by a constant when the loop begins, and by another constant less each time round;
// 0 if that is not known.
func (r *rewriter) goesRound(head *block, loop []*block) int {
	n, known := r.norm, head.fn.constants(r)
	var above, back *block
	for _, p := range head.pred {
		if slices.Contains(loop, p) {
			back = p
		} else {
			above = p
		}
	}
	if above == nil {
		return 0
	}
	first, last := r.approach(above), known.at(n, back)
	last.through(back)
	for _, b := range loop {
		in := b.last()
		if in == nil || in.class != branch || !slices.ContainsFunc(b.succ, func(s *block) bool { return !slices.Contains(loop, s) }) {
			continue
		}
		m := known.at(n, b)
		m.through(b)
		c, terms := n.Sub(n.located(m.regs[in.fields.of("rs2").reg]), n.located(m.regs[in.fields.of("rs1").reg])).Linear()
		apart, step := n.Const(c, 32), n.Const(0, 32)
		for _, t := range terms {
			v := t.Value
			if i := slices.Index(head.heldAt[:], v); i > 0 {
				v = first.regs[i]
				step = n.Add(step, n.Sub(last.regs[i], head.heldAt[i]), t.Coef)
			}
			apart = n.Add(apart, v, t.Coef)
		}
		d, ok := n.located(apart).IsConst()
		by, moves := step.IsConst()
		if from, by := int64(int32(d)), int64(int32(by)); ok && moves && by != 0 && -from/by >= 0 && -from/by < mostTurns {
			return int(-from/by) + 1
		}
	}
	return 0
}
