package cc

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// binding gives variables their values while a pattern is matched.
type binding struct {
	b      *builder
	p      *pattern
	values assoc[*norm.Value, *norm.Value]
	access int // number of the access that the pattern's is, or -1
	trace  *trace
	at     int // instruction before which the pattern is tried
}

// bind gives the variable x a value, and goes on; it is undone if that fails.
func (m *binding) bind(x, v *norm.Value, next func() bool) bool {
	if old, ok := m.values.find(x); ok {
		return old == v && next()
	}
	o := m.p.vars.of(x)
	if !o.register() {
		c, ok := v.IsConst()
		if !ok || !fits(o.field, c, v.Width) {
			return false
		}
	}
	m.values.set(x, v)
	if next() {
		return true
	}
	m.values = m.values[:len(m.values)-1]
	return false
}

// fits reports whether a field can be made to stand for the w bits c.
func fits(f *isa.Field, c uint64, w int) bool {
	n := immediate(f, c, w)
	lo, hi := f.Bounds()
	return n >= lo && n <= hi && n&(1<<f.Shift-1) == 0
}

// immediate is the number whose low w bits are c, signed as the field is.
func immediate(f *isa.Field, c uint64, w int) int64 {
	if f.Signed {
		return bv.Sext(c, w)
	}
	return int64(c & bv.Mask(w))
}

// match finds values for the variables of p such that it is v, and goes on with next.
func (m *binding) match(p, v *norm.Value, next func() bool) bool {
	if p.Width != v.Width {
		return false
	}
	if p.Op == norm.Input && p != m.p.load {
		return m.bind(p, v, next)
	}
	if p == m.p.load {
		return m.bindLoad(v, next)
	}
	if p == v && p.Op == norm.Sum && len(p.Terms) == 0 {
		return next()
	}
	if p.Op == norm.Sum {
		return m.sum(p, v, next)
	}
	if p.Op == norm.Extract || p.Op == norm.Ext {
		if m.view(p, v, next) {
			return true
		}
	}
	if p.Op != v.Op || p.Signed != v.Signed || p.Lo != v.Lo || p.Name != v.Name || len(p.Args) != len(v.Args) {
		return false
	}
	if len(p.Args) == 2 && commutes(p.Op) {
		return m.pair(p, v, 0, 1, next) || m.pair(p, v, 1, 0, next)
	}
	return m.args(p, v, 0, next)
}

func commutes(op norm.Op) bool {
	return op == norm.Mul || op == norm.And || op == norm.Or || op == norm.Xor
}

func (m *binding) pair(p, v *norm.Value, i, k int, next func() bool) bool {
	return m.possible(p.Args[0], v.Args[i]) && m.possible(p.Args[1], v.Args[k]) && m.match(p.Args[0], v.Args[i], func() bool { return m.match(p.Args[1], v.Args[k], next) })
}

func (m *binding) args(p, v *norm.Value, i int, next func() bool) bool {
	if i == len(p.Args) {
		return len(p.Args) > 0 && next()
	}
	return m.match(p.Args[i], v.Args[i], func() bool { return m.args(p, v, i+1, next) })
}

// view matches a part of a variable, or a variable seen as a number of another
// width, with a value that may be a whole register's: the register is one that
// is held and has this part.
func (m *binding) view(p, v *norm.Value, next func() bool) bool {
	x := p.Args[0]
	if p.Op == norm.Ext {
		// Where v is known to lie in the narrower range, v is its own extension.
		if lo, hi := v.Range(); x.Width < 64 && v.Op != norm.Ext && ranges(p.Signed, x.Width, lo, hi) {
			return m.match(x, m.b.Extract(v, 0, x.Width), next)
		}
		return false
	}
	if o, ok := m.p.vars.find(x); !ok || !o.register() {
		return false
	}
	if old, ok := m.values.find(x); ok {
		return m.b.Extract(old, p.Lo, p.Width) == v && next()
	}
	for _, h := range m.trace.holds(m.at) {
		if m.b.Extract(h, p.Lo, p.Width) == v && m.bind(x, h, next) {
			return true
		}
	}
	return false
}

func ranges(signed bool, w int, lo, hi int64) bool {
	if signed {
		return lo >= -1<<(w-1) && hi < 1<<(w-1)
	}
	return lo >= 0 && hi <= int64(bv.Mask(w))
}

// sum matches a linear combination: first the terms that are more than a variable,
// then known variables; one unknown variable takes the rest, others are tried
// with what registers hold.
func (m *binding) sum(p, v *norm.Value, next func() bool) bool {
	of := m.p.sums[p]
	return m.hard(of.hard, of.soft, m.b.Scale(v, 1, -p.Const), make([]int, 0, len(of.hard)), next)
}

// hard matches terms with some of rest's, besides those that others have taken.
func (m *binding) hard(hard, soft []norm.Term, rest *norm.Value, taken []int, next func() bool) bool {
	if len(hard) == 0 {
		return m.soft(soft, 0, m.b.Without(rest, taken), next)
	}
	_, terms := rest.Linear()
	for i, t := range terms {
		if t.Coef != hard[0].Coef || slices.Contains(taken, i) || !m.possible(hard[0].Value, t.Value) {
			continue
		}
		if m.match(hard[0].Value, t.Value, func() bool { return m.hard(hard[1:], soft, rest, append(taken, i), next) }) {
			return true
		}
	}
	return false
}

// soft matches those of the terms that are not done, by place, with the rest.
func (m *binding) soft(soft []norm.Term, done uint, rest *norm.Value, next func() bool) bool {
	left := len(soft) - bits.OnesCount(done)
	if left == 0 {
		return rest == m.b.Const(0, rest.Width) && next()
	}
	// Variables with values first, then registers, then immediates.
	best, rank := 0, 3
	immediates := 0
	for i, t := range soft {
		if done>>i&1 != 0 {
			continue
		}
		x := m.p.inner(t.Value)
		r := 1
		if _, ok := m.values.find(x); ok {
			r = 0
		} else if !m.p.vars.of(x).register() {
			r = 2
		}
		if x != t.Value {
			immediates++
		}
		if r < rank {
			best, rank = i, r
		}
	}
	t := soft[best]
	x := m.p.inner(t.Value)
	try := func(value *norm.Value) bool {
		seen := value
		if x != t.Value {
			seen = m.b.Ext(value, t.Value.Width, t.Value.Signed)
		}
		return m.bind(x, value, func() bool { return m.soft(soft, done|1<<best, m.b.Add(rest, seen, -t.Coef), next) })
	}
	switch {
	case rank == 0:
		return try(m.values.of(x))
	case left == 1 && t.Coef == 1 && x == t.Value:
		return try(rest)
	case rank == 2:
		return m.softImmediate(t, x, rest, try)
	}
	// If only an immediate is left besides, the register's value is the rest but for
	// a constant.
	near := left == 2 && t.Coef == 1 && immediates == 1
	for _, h := range m.trace.holds(m.at) {
		if near && !apartByConstant(h, rest) {
			continue
		}
		if try(h) {
			return true
		}
	}
	return false
}

// apartByConstant reports whether two values differ by a constant.
func apartByConstant(x, y *norm.Value) bool {
	_, terms := x.Linear()
	_, others := y.Linear()
	return slices.Equal(terms, others)
}

// softImmediate takes the constant part of the rest as an immediate's value.
func (m *binding) softImmediate(t norm.Term, x, rest *norm.Value, try func(*norm.Value) bool) bool {
	c, _ := rest.Linear()
	switch minus := bv.Mask(rest.Width); {
	case t.Coef == minus:
		c = -c
	case c%t.Coef != 0:
		return false
	default:
		c /= t.Coef
	}
	return try(m.b.Const(c, x.Width))
}

// loadOf is the number of the access that loads the word v, or -1.
func loadOf(v *norm.Value) int {
	if v.Op == norm.Input {
		if number, ok := strings.CutPrefix(v.Name, "load"); ok {
			if n, err := strconv.Atoi(number); err == nil {
				return n
			}
		}
	}
	return -1
}

// bindLoad makes the pattern's access the one whose word v is.
func (m *binding) bindLoad(v *norm.Value, next func() bool) bool {
	n := loadOf(v)
	if n < 0 {
		return false
	}
	if m.access >= 0 {
		return m.access == n && next()
	}
	a := m.trace.accesses[n]
	if a.store || a.size != m.p.m.load.size {
		return false
	}
	m.access = n
	if m.match(m.p.addr, a.addr, next) {
		return true
	}
	m.access = -1
	return false
}
