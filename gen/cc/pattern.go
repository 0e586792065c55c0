package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// pattern is a custom instruction as something to look for: its results, and its
// access to memory, over variables for its operands.
type pattern struct {
	m        *meaning
	results  []*norm.Value // by write
	order    []int         // of the results: those first that most of the code is not like
	tied     []*norm.Value // by write: the variable of the result's own field, or nil
	addr     *norm.Value
	data     *norm.Value
	vars     assoc[*norm.Value, variable]
	list     []*norm.Value         // of vars, in order
	operands []variable            // the same
	load     *norm.Value           // the variable of the loaded word
	sums     map[*norm.Value]terms // see split
	apart    []bool                // by write: it has no variable in common with others, see separate
}

// variable is an operand of a pattern.
type variable struct {
	field *isa.Field // nil: the fixed register reg
	reg   int
	own   int // the write whose register field is, or -1
}

// register reports whether the operand is one, and not an immediate.
func (v variable) register() bool { return v.field == nil || v.field.Kind == isa.Register }

// newPattern prepares an instruction, or says why no code is like it.
func newPattern(b *builder, m *meaning) (*pattern, error) {
	switch {
	case m.opaque != "":
		return nil, fmt.Errorf("%s", m.opaque)
	case m.load != nil && m.store != nil:
		return nil, fmt.Errorf("it both loads and stores")
	}
	p := &pattern{m: m, load: b.Input("?load", 32)}
	problem := ""
	env := func(n *bv.Node) *norm.Value {
		switch n.Name {
		case "load":
			return b.Extract(p.load, 0, n.Width)
		case "pc":
			problem = "it depends on its own address"
		}
		v := b.Input("?"+n.Name, n.Width)
		if _, ok := p.vars.find(v); !ok {
			o := variable{field: m.ins.Encoding.Field(n.Name), own: -1}
			if o.field == nil {
				fmt.Sscanf(n.Name, "x%d", &o.reg)
			}
			p.vars.set(v, o)
			p.list = append(p.list, v)
		}
		return v
	}
	for _, w := range m.writes {
		p.results = append(p.results, b.From(w.value, env))
		p.order = append(p.order, len(p.order))
	}
	slices.SortStableFunc(p.order, func(x, y int) int { return depth(p.results[y]) - depth(p.results[x]) })
	for k, w := range m.writes {
		var own *norm.Value
		for i := range p.vars {
			v := &p.vars[i]
			if f := v.value.field; w.field != "" && f != nil && f.Name == w.field {
				own, v.value.own = v.key, k
			}
		}
		p.tied = append(p.tied, own)
	}
	for _, a := range []*access{m.load, m.store} {
		if a == nil {
			continue
		}
		p.addr = b.From(a.addr, env)
		if a.data != nil {
			p.data = b.From(a.data, env)
		}
	}
	for i := range p.vars {
		p.operands = append(p.operands, p.vars[i].value)
	}
	p.split()
	p.separate()
	if problem == "" && len(m.writes) == 0 && m.store == nil {
		problem = "it has no result"
	}
	if problem != "" {
		return nil, fmt.Errorf("%s", problem)
	}
	return p, nil
}

// depth is how many operations deep v is.
func depth(v *norm.Value) int {
	d := 0
	for _, a := range v.Args {
		d = max(d, 1+depth(a))
	}
	for _, t := range v.Terms {
		d = max(d, 1+depth(t.Value))
	}
	return d
}

// terms are those of a sum in a pattern.
type terms struct {
	hard []norm.Term // more than a variable
	soft []norm.Term
}

// split finds the terms of the pattern's sums.
func (p *pattern) split() {
	p.sums = map[*norm.Value]terms{}
	for _, v := range p.roots() {
		walk(v, func(v *norm.Value) {
			if v.Op != norm.Sum {
				return
			}
			var out terms
			for _, t := range v.Terms {
				if _, ok := p.vars.find(p.inner(t.Value)); ok {
					out.soft = append(out.soft, t)
				} else {
					out.hard = append(out.hard, t)
				}
			}
			p.sums[v] = out
		})
	}
}

// separate finds which results have no variable in common with what else the pattern is.
func (p *pattern) separate() {
	in := map[*norm.Value]int{} // how many
	each := func(v *norm.Value, f func(*norm.Value)) {
		walk(v, func(v *norm.Value) {
			if v.Op == norm.Input {
				f(v)
			}
		})
	}
	for _, v := range p.roots() {
		each(v, func(v *norm.Value) { in[v]++ })
	}
	for _, v := range p.results {
		apart := true
		each(v, func(v *norm.Value) { apart = apart && in[v] == 1 && v != p.load })
		p.apart = append(p.apart, apart)
	}
}

// roots are the pattern's results, its address and what it stores.
func (p *pattern) roots() []*norm.Value {
	return slices.DeleteFunc(append(slices.Clone(p.results), p.addr, p.data), func(v *norm.Value) bool { return v == nil })
}

// inner is the immediate variable in an extension, or v itself.
func (p *pattern) inner(v *norm.Value) *norm.Value {
	if v.Op == norm.Ext {
		if o, ok := p.vars.find(v.Args[0]); ok && !o.register() {
			return v.Args[0]
		}
	}
	return v
}
