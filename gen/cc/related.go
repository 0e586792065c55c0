package cc

import (
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// relation is what a register is at a block's beginning in terms of another one: so many
// times what that holds, plus what is known from elsewhere.
type relation struct {
	from    int // that one, which is related to none; 0 is none
	times   uint64
	plus    *norm.Value
	refuted int // how often: after mostRefuted do not look for another
}

// mostRefuted allows for what is known in terms of registers of which more is known later.
const mostRefuted = 3

// value is what the register holds if others hold these.
func (x relation) value(n *builder, regs *[32]*norm.Value) *norm.Value {
	return n.Add(x.plus, regs[x.from], x.times)
}

// together looks for registers of which nothing is known but that they change together:
// at each block's beginning they come with the same relation, or back with changes that
// keep it. It reports whether there are any that were not known to.
func (k known) together(n *builder, order []*block, ends []*machine, apart []*[32]relation, news *news) (found bool) {
	var moves [][32]move
	for _, b := range order {
		if b.open || !news.unrelated[b.id] {
			continue
		}
		news.unrelated[b.id] = false
		if apart[b.id] == nil {
			apart[b.id] = &[32]relation{}
		}
		at, from := &k[b.id].regs, b.ending(ends)
		moves = b.moves(from, moves)
		var free [32]bool
		for i := 1; i < 32; i++ {
			free[i] = at[i] == b.heldAt[i]
		}
		var base [32]bool // another is related to it
		for _, x := range apart[b.id] {
			base[x.from] = true
		}
		for i := 1; i < 32; i++ {
			if !free[i] || base[i] || apart[b.id][i].refuted >= mostRefuted {
				continue
			}
			var best relation
			for x := 1; x < 32; x++ {
				if !free[x] || x == i || apart[b.id][x].from > 0 {
					continue
				}
				if c := b.relation(n, from, moves, x, i); c.better(best) {
					best = c
				}
			}
			if best.from > 0 {
				best.refuted = apart[b.id][i].refuted
				apart[b.id][i] = best
				base[best.from] = true
				found = true
				news.give(b)
			}
		}
	}
	return found
}

// better reports whether x is a relation, and one that says more than y: distances say more
// than what is not a constant, and to a register that moves least others are related, too.
func (x relation) better(y relation) bool {
	if x.from == 0 || y.from == 0 {
		return x.from > 0
	}
	_, c := x.plus.IsConst()
	_, d := y.plus.IsConst()
	if c != d {
		return c
	}
	return max(int32(x.times), -int32(x.times)) > max(int32(y.times), -int32(y.times))
}

// move is by what a register that comes back has changed.
type move struct {
	by   uint64
	back bool   // it comes back, changed by a constant
	mark uint32 // see marked
}

// moves is the moves of all registers, by how a predecessor ends, in the room of others.
func (b *block) moves(ends []*machine, room [][32]move) [][32]move {
	out := sized(room, len(ends))
	for k, m := range ends {
		for i := 1; i < 32; i++ {
			v := m.regs[i]
			out[k][i].by, out[k][i].back = beyond(b.heldAt[i], v)
			out[k][i].mark = marked(v)
		}
	}
	return out
}

// beyond is y - x, if that is a constant and x is a name, or nil.
func beyond(x, y *norm.Value) (by uint64, ok bool) {
	if y.Op == norm.Sum {
		return y.Const, len(y.Terms) == 1 && y.Terms[0] == norm.Term{Coef: 1, Value: x}
	}
	return 0, x == y
}

// marked is a number for a value; that for a sum is made of those for its terms as the sum is
// of them. So it is quick to see that values are no such sums: their numbers are not.
func marked(v *norm.Value) uint32 {
	number := func(v *norm.Value) uint64 { return uint64(v.ID+1) * 0x9e3779b97f4a7c15 >> 32 }
	if v.Op != norm.Sum {
		return uint32(number(v))
	}
	sum := v.Const
	for _, t := range v.Terms {
		sum += t.Coef * number(t.Value)
	}
	return uint32(sum)
}

// relation is what register y is in terms of x when the block begins, as far as its
// predecessors have it, which end like this; from is 0 if they have none.
func (b *block) relation(n *builder, ends []*machine, moves [][32]move, x, y int) relation {
	out := relation{from: x, times: 1}
	var first *machine // that comes in
	var entry *[32]move
	moved := false
	for k, m := range ends {
		c, same := moves[k][x].by, moves[k][x].back
		d, back := moves[k][y].by, moves[k][y].back
		switch {
		case back:
		case first == nil:
			first, entry = m, &moves[k]
			continue
		default: // it comes in elsewhere, perhaps further on by a constant
			c, same = between(first.regs[x], m.regs[x])
			if d, back = between(first.regs[y], m.regs[y]); !back {
				continue
			}
		}
		step, by := int64(int32(d)), int64(int32(c))
		if !moved && by != 0 && step != 0 && step%by == 0 {
			out.times, moved = uint64(step/by)&bv.Mask(32), true
		}
		if !same || d != c*out.times&bv.Mask(32) {
			return relation{}
		}
	}
	if first == nil || x > y && (out.times == 1 || out.times == bv.Mask(32)) { // x may be related to y
		return relation{}
	}
	for k := range moves { // most that are no relation end here
		if m := &moves[k]; !m[y].back && m[y].mark-uint32(out.times)*m[x].mark != entry[y].mark-uint32(out.times)*entry[x].mark {
			return relation{}
		}
	}
	if out.plus = n.Add(first.regs[y], first.regs[x], -out.times); !b.outlasts(out.plus) {
		return relation{}
	}
	for k, m := range ends {
		if m != first && !moves[k][y].back && out.value(n, &m.regs) != m.regs[y] {
			return relation{}
		}
	}
	return out
}
