package cc

import (
	"errors"
	"fmt"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// shown reports whether a candidate's instruction is shown to compute its root, and
// notes so.
func (r *rewriter) shown(b *block, t *trace, c *candidate) bool {
	root := t.values[c.roots[0]][c.which[0]]
	operands := map[*norm.Value]*norm.Value{}
	for n, x := range c.p.list {
		operands[x] = c.bound[n]
	}
	instance := c.instance(r.norm, operands)
	if instance == root || r.shownFor(b, t, c, root, instance) {
		r.norm.Equate(instance, root)
		r.failed = failures{} // they depend on what is known to be equal
		return true
	}
	return false
}

// shownFor asks for more first, with operands that may be anything, whatever they are
// computed from, and with anything in place of an immediate and of that number where the
// code adds it or clamps for it: so what is asked is the same in other places, of values in
// an order that does not depend on what else there is. Operands within their ranges for which that
// is not so are taken for an answer.
func (r *rewriter) shownFor(b *block, t *trace, c *candidate, root, instance *norm.Value) bool {
	if r.asks == nil {
		r.asks = r.base.clone()
	} else {
		r.asks.Reset(r.base.Builder)
	}
	n := r.asks
	free := map[*norm.Value]*norm.Value{}
	general := map[*norm.Value]*norm.Value{}
	ranges := map[string][2]int64{}
	var immediate *norm.Value
	for i, x := range c.p.list {
		v := c.bound[i]
		k, _ := v.IsConst()
		general[x] = n.Const(k, v.Width)
		switch {
		case c.p.vars.of(x).register() && v != r.norm.Const(0, v.Width):
			if free[v] == nil {
				free[v] = n.Input(fmt.Sprintf("operand%d", len(free)), v.Width)
				ranges[free[v].Name] = [2]int64{-1 << 31, 1<<31 - 1}
				if lo, hi := v.Range(); lo != hi {
					ranges[free[v].Name] = [2]int64{lo, hi}
				}
			}
			general[x] = free[v]
		case !c.p.vars.of(x).register() && k != 0 && v.Width > 1:
			immediate = x
		}
	}
	if immediate != nil {
		v, field := c.bound[slices.Index(c.p.list, immediate)], c.p.vars.of(immediate).field
		constant := general[immediate]
		general[immediate] = n.Input("immediate", v.Width)
		added := &addend{is: immediateOf(field, v), value: n.Ext(general[immediate], 32, field.Signed)}
		added.low, added.high = bounds(&c.p.m.ins.Writes[0])
		q := &question{x: c.instance(n, general), y: r.replayed(n, t, c, free, added)}
		if q.x == q.y || r.likely(q, ranges) && r.equal(b, c, q) {
			return true
		}
		general[immediate] = constant
	}
	q, own := &question{x: c.instance(n, general), y: r.replayed(n, t, c, free, nil)}, &question{x: instance, y: root}
	if q.x == q.y {
		return true
	}
	if r.likely(q, ranges) {
		return r.equal(b, c, q) || r.equal(b, c, own)
	}
	// What is computed from something else besides may be right only as it is.
	apart := false
	walk(q.y, func(v *norm.Value) { apart = apart || v.Op == norm.Input && ranges[v.Name] == [2]int64{} })
	return apart && r.equal(b, c, own)
}

// immediateOf is the number that a field has for v.
func immediateOf(f *isa.Field, v *norm.Value) int64 {
	c, _ := v.IsConst()
	return immediate(f, c, v.Width)
}

// instance is what a candidate's instruction writes with these operands.
func (c *candidate) instance(b *builder, operands map[*norm.Value]*norm.Value) *norm.Value {
	return b.From(c.p.m.writes[0].value, func(n *bv.Node) *norm.Value { return operands[b.Input("?"+n.Name, n.Width)] })
}

// replayed is the candidate's root if values are something else, of n, from where they appear.
func (r *rewriter) replayed(n *builder, t *trace, c *candidate, other map[*norm.Value]*norm.Value, added *addend) *norm.Value {
	x, y := start(r.norm), start(n)
	y.addend, y.replays = added, true
	replace := func() {
		for reg, v := range x.regs {
			if o := other[v]; o != nil {
				y.regs[reg] = o
			}
		}
	}
	var values []*norm.Value
	for _, in := range t.insns[:c.roots[0]+1] {
		replace()
		x.run([]*insn{in})
		if in.m != nil {
			values, _ = y.step(in)
		}
	}
	return values[c.which[0]]
}

// maxQuestions is how many questions there are about one function. Layers of networks ask a
// few times; code of many values that happen to be equal, for each pair of them.
const maxQuestions = 100

// question is whether two values are equal.
type question struct {
	x, y   *norm.Value
	script string // see text
	err    error
}

// text is the question in the solver's language.
func (q *question) text() (string, error) {
	if q.script == "" && q.err == nil {
		q.script, q.err = norm.Script(q.x, q.y, norm.AnyProducts)
	}
	return q.script, q.err
}

// fewTrials refute most of what is not so, before it is put into words.
const fewTrials = 4

// likely reports whether no numbers are found for which the values differ. There are none
// where a solver has said already that they are equal.
func (r *rewriter) likely(q *question, ranges map[string][2]int64) bool {
	if differ(q.x, q.y, ranges, nil, fewTrials) {
		return false
	}
	script, err := q.text()
	return err == nil && r.answers.equal(script) || !differ(q.x, q.y, ranges, nil, 4*trials)
}

// equal reports whether two values are equal, by their normal forms or by the solver.
func (r *rewriter) equal(b *block, c *candidate, q *question) bool {
	if q.x == q.y {
		return true
	}
	script, err := q.text()
	if err != nil {
		return false
	}
	if !b.fn.asked[script] {
		if len(b.fn.asked) == maxQuestions {
			return false
		}
		b.fn.asked[script] = true
	}
	var equal bool
	r.waiting(func() { equal, err = r.ask(q, script) })
	if err != nil {
		remark := Remark{Line: r.lineOf(b), Function: b.fn.name, Missed: true, Text: fmt.Sprintf("%s not selected: %v", c.p.m.ins.Mnemonic, err)}
		if !slices.Contains(r.remarks, remark) {
			r.remarks = append(r.remarks, remark)
		}
	}
	return equal && err == nil
}

// ask gets the answer to a question. Numbers refute at once what is not so.
func (r *rewriter) ask(q *question, script string) (bool, error) {
	return r.answers.to(script, func() (bool, error) {
		if r.options.Equal == nil {
			return false, errors.New("its form differs, and there is no solver to show that it computes the same")
		}
		if near := constants(q.x, q.y); differ(q.x, q.y, nil, near, 4*trials+len(near)*trials/4) {
			return false, nil
		}
		return r.options.Equal(script)
	})
}
