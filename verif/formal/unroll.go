package formal

import (
	"fmt"
	"sort"
	"strings"
)

// unrolling is a circuit over several clock cycles, as definitions without any
// state: registers of cycle t are defined by the values of cycle t-1, so equal
// computations become equal terms and a solver sees that they are. Only what is
// asked for is written.
type unrolling struct {
	m     *model
	bind  map[string]func(step int) string // input port to its term; absent: free in every cycle
	fixed map[string]func(step int) string // what is certain of an input, see known
	defs  []definedTerm
	names map[string]bool
	cuts  map[place]place // bits that have been replaced, see cut
	err   error           // a cell that is not understood

	products map[string]int // terms of products to their widths

	certain map[[2]int]string // memory of known
}

// definedTerm is one line of the script: a constant (expr "") or a definition.
type definedTerm struct{ name, sort, expr string }

func newUnrolling(m *model) *unrolling {
	return &unrolling{m: m, bind: map[string]func(int) string{}, fixed: map[string]func(int) string{}, cuts: map[place]place{},
		names: map[string]bool{}, products: map[string]int{}, certain: map[[2]int]string{}}
}

// held makes an input the same constant in all cycles.
func (u *unrolling) held(port string) {
	if k, ok := u.m.inputs[port]; ok {
		u.bind[port] = func(int) string { return u.constant("|"+port+"|", bitVector(u.m.values[k].width)) }
	}
}

// drive gives an input its term cycle by cycle; where that is "", and beyond the
// list, it is free.
func (u *unrolling) drive(port string, values ...string) {
	k := u.m.inputs[port]
	u.fixed[port] = func(step int) string {
		if step < len(values) && (values[step] == "#b0" || values[step] == "#b1") {
			return values[step][2:]
		}
		return ""
	}
	u.bind[port] = func(step int) string {
		if step < len(values) && values[step] != "" {
			return values[step]
		}
		return u.constant(fmt.Sprintf("|%s@%d|", port, step), bitVector(u.m.values[k].width))
	}
}

// fix says what is certain of an input in the first cycles, all of them if n < 0.
func (u *unrolling) fix(port, bits string, n int) {
	u.fixed[port] = func(step int) string {
		if n < 0 || step < n {
			return bits
		}
		return ""
	}
}

// constant declares a free constant once.
func (u *unrolling) constant(name, sort string) string {
	if !u.names[name] {
		u.names[name] = true
		u.defs = append(u.defs, definedTerm{name: name, sort: sort})
	}
	return name
}

// at is a named wire in a cycle.
func (u *unrolling) at(name string, step int) string {
	bits, ok := u.m.nets[name]
	if !ok {
		panic(fmt.Sprintf("formal: the circuit has no wire %q", name))
	}
	return u.word(bits, step)
}

// term is the name of a value in a cycle, defined when first asked for.
func (u *unrolling) term(k, step int) string {
	v := u.m.values[k]
	if v.input != "" {
		if f := u.bind[v.input]; f != nil {
			return f(step)
		}
		return u.constant(fmt.Sprintf("|%s@%d|", v.input, step), bitVector(v.width))
	}
	name := fmt.Sprintf("|%d@%d|", k, step)
	switch {
	case v.cell.Type != "$dff":
		return u.define(name, v.width, func() string { return u.expression(v.cell, v.width, step) })
	case step > 0:
		return u.define(name, v.width, func() string { return u.word(v.cell.in["D"], step-1) })
	}
	if n := u.m.names[k]; n != "" {
		name = "|" + n + "@0|"
	}
	return u.constant(name, bitVector(v.width))
}

// define writes a definition, behind those that it needs, when first asked for.
func (u *unrolling) define(name string, width int, expr func() string) string {
	if !u.names[name] {
		e := expr()
		u.names[name] = true
		u.defs = append(u.defs, definedTerm{name, bitVector(width), e})
	}
	return name
}

// anyProducts is the script with a constant of its own for each product. If it
// says unsat, so does the script itself, since equal products have equal terms;
// sums of products that differ in order alone are decided so in no time.
func (u *unrolling) anyProducts(script []byte) []byte {
	terms := keys(u.products)
	sort.SliceStable(terms, func(i, j int) bool { return len(terms[i]) > len(terms[j]) }) // one may hold another
	text, declared := string(script), ""
	for i, t := range terms {
		name := fmt.Sprintf("|product.%d|", i)
		text = strings.ReplaceAll(text, t, name)
		declared += fmt.Sprintf("(declare-fun %s () %s)\n", name, bitVector(u.products[t]))
	}
	const logic = "(set-logic QF_BV)\n"
	return []byte(strings.Replace(text, logic, logic+declared, 1))
}

// script is the question whether all assumptions can hold and the goal not.
func (u *unrolling) script(comment string, assume []string, goal string, equations, values bool) []byte {
	var b strings.Builder
	for _, l := range strings.Split(comment, "\n") {
		b.WriteString("; " + l + "\n")
	}
	b.WriteString("; unsat: it holds. sat: it does not, and the constants say when.\n")
	if values {
		b.WriteString("(set-option :produce-models true)\n")
	}
	b.WriteString("(set-logic QF_BV)\n")
	var free []string
	for _, d := range u.defs {
		switch {
		case d.expr == "":
			fmt.Fprintf(&b, "(declare-fun %s () %s)\n", d.name, d.sort)
			free = append(free, d.name)
		case equations:
			fmt.Fprintf(&b, "(declare-fun %s () %s)\n(assert (= %s %s))\n", d.name, d.sort, d.name, d.expr)
		default:
			fmt.Fprintf(&b, "(define-fun %s () %s %s)\n", d.name, d.sort, d.expr)
		}
	}
	for _, a := range assume {
		fmt.Fprintf(&b, "(assert %s)\n", a)
	}
	fmt.Fprintf(&b, "(assert (not %s))\n(check-sat)\n", goal)
	if values && len(free) > 0 {
		fmt.Fprintf(&b, "(get-value (%s))\n", strings.Join(free, " "))
	}
	b.WriteString("(exit)\n")
	return []byte(b.String())
}
