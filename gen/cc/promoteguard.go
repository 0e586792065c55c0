package cc

import (
	"cmp"
	"math/bits"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/norm"
)

// span is bytes that a loop accesses the first time round; later they move by a constant.
type span struct {
	first  *norm.Value // address, by the registers before the loop
	bytes  int64
	stride int64
}

// meeting is words that stay in registers, and what must not meet them.
type meeting struct {
	words, other span
	apart        *norm.Value // the distance from the first of that to the words
}

// betweenWords is how far words lie apart that are compared together: what is in between counts.
const betweenWords = 64

// mostSpan is how far the guard lets what a loop accesses reach, so that no sum overflows.
const mostSpan = 1 << 30

// span is what an access of so many bytes comes to, if its address moves by a constant.
func (p *promoted) span(n *builder, addr *norm.Value, size int64) (s span, ok bool) {
	_, terms := addr.Linear()
	step := n.Const(0, 32)
	for _, t := range terms {
		reg := number(t.Value)
		if reg == 0 {
			return s, false
		}
		step = n.Add(step, p.steps[reg], t.Coef)
	}
	stride, ok := p.constant(n, step)
	return span{p.before(n, addr), size, stride}, ok
}

// among adds the span to a list: to one of which it is a neighbour, if there is one, no further
// than what lies between.
func (s span) among(n *builder, list []span, between int64) []span {
	for i, x := range list {
		d, ok := n.Sub(s.first, x.first).IsConst()
		from := int64(int32(d))
		if !ok || s.stride != x.stride || from > x.bytes+between || -from > s.bytes+between {
			continue
		}
		if from < 0 {
			list[i] = span{s.first, max(s.bytes, x.bytes-from), s.stride}
		} else {
			list[i].bytes = max(x.bytes, from+s.bytes)
		}
		return list
	}
	return append(list, s)
}

// compare finds what the guard has to compare: each group of words with what is loaded, and
// with groups that lie elsewhere. What is known to lie apart is not compared.
func (p *promoted) compare(r *rewriter, others []span) string {
	n := r.norm
	var groups []span
	for i, w := range p.words {
		for _, x := range p.words[:i] {
			if d, ok := n.Sub(w.addr, x.addr).IsConst(); ok && int32(d) > -wordBytes && int32(d) < wordBytes {
				return "it stores to words that overlap"
			}
		}
		groups = span{p.before(n, w.addr), wordBytes, 0}.among(n, groups, betweenWords)
	}
	for i, g := range groups {
		for _, x := range slices.Concat(others, groups[:i]) {
			c := meeting{g, x, n.Sub(g.first, x.first)}
			apart, known := n.Sub(p.now(n, g.first), p.now(n, x.first)).IsConst()
			if !known || p.rounds == 0 && x.stride != 0 {
				p.pairs = append(p.pairs, c)
			} else if ahead, limit := p.interval(c); int64(uint32(int64(apart)+ahead)) < limit {
				return "it loads what it stores, or may"
			}
		}
	}
	return p.registers(r)
}

// interval says when words and what is accessed in a known number of rounds meet: if the
// distance from the first of that to the words, and so much ahead, is less than a limit. (Words
// of n bytes meet m bytes if they begin less than n before them, or less than m behind.)
func (p *promoted) interval(c meeting) (ahead, limit int64) {
	g, x := c.words, c.other
	moved := x.stride * (max(p.rounds, 1) - 1)
	return g.bytes - 1 - min(moved, 0), x.bytes + max(moved, -moved) + g.bytes - 1
}

// registers finds those for the guard, and whether there is code for it.
func (p *promoted) registers(r *rewriter) string {
	if len(p.pairs) == 0 {
		return ""
	}
	taken := p.b.entry
	for i := range p.free {
		if i == len(p.free)-1 && p.rounds > 0 {
			break // it is for rounds that are not known
		}
		if p.free[i] = r.scratch(p.b.fn, taken); p.free[i] < 0 {
			return "no registers are free to compare addresses"
		}
		taken |= bit(p.free[i])
	}
	if p.rounds == 0 && (p.step > 2048 || p.step&(p.step-1) != 0 || !differs(p.left)) {
		return "how often it goes round is not known"
	}
	for _, c := range p.pairs {
		moves := max(c.other.stride, -c.other.stride)
		switch {
		case !differs(c.apart):
			return "it would take long to compare addresses"
		case p.rounds > 0 && (p.rounds > mostSpan || moves*p.rounds > mostSpan):
			return "it goes round too often"
		case p.rounds > 0:
		case c.other.bytes+c.words.bytes > 2047:
			return "it loads too much each time round"
		case moves > 0 && (moves&(moves-1) != 0 || moves > p.step<<8):
			return "how often it goes round is not known"
		}
	}
	return ""
}

// differs reports whether a value is a sum and difference of registers.
func differs(v *norm.Value) bool {
	_, terms := v.Linear()
	return !slices.ContainsFunc(terms, func(t norm.Term) bool { return number(t.Value) == 0 || t.Coef != 1 && t.Coef != 1<<32-1 })
}

// mostMoved is how far the counter may go where how often the loop goes round is not known.
const mostMoved = 1 << 20

// guard is code that goes to the loop as it was if words meet what else the loop accesses, or
// if it goes round too often to know.
func (p *promoted) guard() (out []string) {
	name, slow := isa.RegNames, p.slow()
	if len(p.pairs) == 0 {
		return nil
	}
	t, u, moved := name[p.free[0]], name[p.free[1]], name[p.free[2]]
	if p.rounds == 0 {
		out, _ = difference(moved, u, p.left, 0)
		if p.step > 1 {
			out = append(out, text("andi", t, moved, p.step-1), text("bne", t, "zero", slow))
		}
		out = append(out, text("li", u, mostMoved), text("bltu", u, moved, slow))
	}
	holds := int64(0) // what u holds, if that is a number
	for _, c := range p.pairs {
		ahead, limit := p.interval(c)
		sum, both := difference(t, u, c.apart, ahead)
		if out = append(out, sum...); both {
			holds = 0
		}
		if p.rounds > 0 || c.other.stride == 0 {
			if holds != limit {
				out = append(out, text("li", u, limit))
			}
			holds = limit
		} else {
			holds = 0
			by, down := bits.TrailingZeros64(uint64(max(c.other.stride, -c.other.stride))), bits.TrailingZeros64(uint64(p.step))
			from := moved
			if by > down {
				out = append(out, text("slli", u, moved, by-down))
				from = u
			} else if by < down {
				out = append(out, text("srli", u, moved, down-by))
				from = u
			}
			if c.other.stride < 0 {
				out = append(out, text("add", t, t, from))
			}
			out = append(out, text("addi", u, from, limit))
		}
		out = append(out, text("bltu", t, u, slow))
	}
	return out
}

// slow is the label of the loop as it was.
func (p *promoted) slow() string { return label("slow", p.number) }

// difference is code that makes t a sum of registers and so much more, and whether it needs
// u, too.
func difference(t, u string, v *norm.Value, more int64) (out []string, both bool) {
	name := isa.RegNames
	k, terms := v.Linear()
	slices.SortStableFunc(terms, func(x, y norm.Term) int { return cmp.Compare(x.Coef, y.Coef) }) // what is subtracted comes last
	at := "zero"
	for i, x := range terms {
		switch reg := name[number(x.Value)]; {
		case i == 0 && x.Coef == 1:
			at = reg
			continue
		case x.Coef == 1:
			out = append(out, text("add", t, at, reg))
		default:
			out = append(out, text("sub", t, at, reg))
		}
		at = t
	}
	switch c := int64(int32(int64(k) + more)); {
	case len(terms) == 0:
		out = append(out, text("li", t, c))
	case c < -2048 || c > 2047:
		out, both = append(out, text("li", u, c), text("add", t, at, u)), true
	case c != 0 || at != t:
		out = append(out, text("addi", t, at, c))
	}
	return out, both
}
