package cc

import (
	"slices"

	"marvelgen/gen/sem/norm"
)

// window is how far apart, in instructions, the results of one instruction may be.
const window = 48

// search looks for the ways in which a pattern's results are results of a block.
type search struct {
	binding
	c       candidate
	relaxed bool
	alone   [][]matched // by write: see matches
	f       func(*candidate) bool
}

// matched is one way in which a result of a pattern, by itself, is one of the block.
type matched struct {
	root, which int
	values      assoc[*norm.Value, *norm.Value]
}

// candidates calls f for every way in which p's results are results of the block, until it
// returns true; what it is called with changes afterwards.
func (r *rewriter) candidates(t *trace, p *pattern, relaxed bool, f func(*candidate) bool) {
	r.search.begin(r.norm, t, p, relaxed, f)
	r.search.run()
}

// begin makes s a search, in the room that it has.
func (s *search) begin(b *builder, t *trace, p *pattern, relaxed bool, f func(*candidate) bool) {
	n, c := len(p.results), &s.c
	*s = search{binding: binding{b: b, p: p, access: -1, trace: t, values: s.values[:0]}, relaxed: relaxed, f: f, alone: sized(s.alone, n),
		c: candidate{p: p, bound: sized(c.bound, len(p.list)), roots: sized(c.roots, n), which: sized(c.which, n)}}
	for k := range c.roots {
		c.roots[k] = -1
	}
}

func (s *search) run() {
	t, p := s.trace, s.p
	if p.m.store == nil {
		s.result(0)
		return
	}
	for i, in := range t.insns { // a store first finds its store
		a := t.access[i]
		if a < 0 || !t.accesses[a].store || in.m.custom || t.accesses[a].size != p.m.store.size {
			continue
		}
		s.access, s.at = a, i
		ended := s.match(p.addr, t.accesses[a].addr, func() bool {
			return s.match(p.data, t.accesses[a].data, func() bool { return s.result(0) })
		})
		if ended {
			return
		}
		s.access = -1
	}
}

// result finds the n-th result to be looked for, and those behind it. It is false to look
// for others.
func (s *search) result(n int) bool {
	c := &s.c
	if n == len(s.p.results) {
		for k, x := range s.p.list {
			c.bound[k] = s.values.of(x)
		}
		c.held = s.access
		return s.f(c)
	}
	k, from, to := s.p.order[n], 0, len(s.trace.values)
	if n > 0 {
		first := c.roots[s.p.order[0]]
		from, to = max(from, first-window), min(to, first+window+1)
	}
	if n > 0 && s.p.apart[k] {
		for _, x := range s.matches(k) {
			if x.root < from || x.root >= to || c.takes(x.root, x.which) {
				continue
			}
			c.roots[k], c.which[k] = x.root, x.which
			known := len(s.values)
			s.values = append(s.values, x.values...)
			ended := s.result(n + 1)
			s.values = s.values[:known]
			c.roots[k] = -1
			if ended {
				return true
			}
		}
		return false
	}
	return s.each(k, from, to, func() bool { return s.result(n + 1) })
}

// each calls next for every way in which the result is one of these instructions', until it
// returns true, and reports whether it did.
func (s *search) each(k, from, to int, next func() bool) bool {
	c, t, w := &s.c, s.trace, s.p.m.writes[k]
	for i := from; i < to; i++ {
		for which, v := range t.values[i] {
			d := t.dests[i][which]
			if d == 0 || c.takes(i, which) || !s.relaxed && w.field == "" && d != w.reg {
				continue
			}
			c.roots[k], c.which[k] = i, which
			s.at = i
			ended := s.match(s.p.results[k], v, func() bool {
				// A field that is read as well has to have been in its result's register.
				if x, ok := s.values.find(s.p.tied[k]); ok && (!s.relaxed || len(s.p.results) > 1) && !t.was(d, x) {
					return false
				}
				return next()
			})
			c.roots[k] = -1
			if ended {
				return true
			}
		}
	}
	return false
}

// matches lists how a result that has no variable in common with others is one of the block,
// whatever those are.
func (s *search) matches(k int) []matched {
	if s.alone[k] == nil {
		var one search
		one.begin(s.b, s.trace, s.p, s.relaxed, nil)
		s.alone[k] = []matched{}
		one.each(k, 0, len(s.trace.values), func() bool {
			s.alone[k] = append(s.alone[k], matched{one.c.roots[k], one.c.which[k], slices.Clone(one.values)})
			return false
		})
	}
	return s.alone[k]
}
