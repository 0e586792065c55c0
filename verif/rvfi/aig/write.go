package aig

import (
	"bufio"
	"fmt"
	"io"
)

// WriteCNF writes the question "can all roots be true" in DIMACS form. Variable v
// of the cone is variable v there.
func (c *Cone) WriteCNF(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16)
	clauses := 3*len(c.Ands) + len(c.Roots)
	for _, r := range c.Roots {
		if r.Var() == 0 {
			clauses-- // a constant: no clause, or the empty one
			if r == False {
				clauses++
			}
		}
	}
	fmt.Fprintf(b, "p cnf %d %d\n", len(c.Sources)+len(c.Ands), clauses)
	lit := func(l Lit) int {
		if l&1 != 0 {
			return -int(l.Var())
		}
		return int(l.Var())
	}
	for i, a := range c.Ands {
		v := len(c.Sources) + i + 1
		fmt.Fprintf(b, "%d %d 0\n%d %d 0\n%d %d %d 0\n", -v, lit(a[0]), -v, lit(a[1]), v, -lit(a[0]), -lit(a[1]))
	}
	for _, r := range c.Roots {
		switch {
		case r == False:
			fmt.Fprintln(b, "0")
		case r != True:
			fmt.Fprintf(b, "%d 0\n", lit(r))
		}
	}
	return b.Flush()
}

// WriteAIGER writes the conjunction of the roots as the one output of a
// combinational AIGER file.
func (c *Cone) WriteAIGER(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16)
	ands := c.Ands
	out := True
	for _, r := range c.Roots {
		switch {
		case out == True:
			out = r
		case r == False:
			out = False
		case r != True && out != False:
			ands = append(ands[:len(ands):len(ands)], [2]Lit{max(out, r), min(out, r)})
			out = Lit(2 * (len(c.Sources) + len(ands)))
		}
	}
	total := len(c.Sources) + len(ands)
	fmt.Fprintf(b, "aig %d %d 0 1 %d\n%d\n", total, len(c.Sources), len(ands), out)
	delta := func(x Lit) {
		for x >= 0x80 {
			_ = b.WriteByte(byte(x&0x7f | 0x80))
			x >>= 7
		}
		_ = b.WriteByte(byte(x))
	}
	for i, a := range ands {
		lhs := Lit(2 * (len(c.Sources) + i + 1))
		delta(lhs - a[0])
		delta(a[0] - a[1])
	}
	return b.Flush()
}

// State is the values of a graph's variables in one cycle.
type State struct {
	g    *Graph
	bits []bool
}

// Replay runs the graph for some cycles. given has the values of inputs, by cycle
// and variable, and of latches in cycle 0; what it lacks is 0, or the initial value.
func (g *Graph) Replay(cycles int, given map[Source]bool) []State {
	var out []State
	for t := range cycles {
		s := State{g, make([]bool, int(g.firstAnd())+len(g.Ands))}
		for v := uint32(1); v < g.firstLatch(); v++ {
			s.bits[v] = given[Source{Of: v, Cycle: t}]
		}
		for i, l := range g.Latches {
			v := g.firstLatch() + uint32(i)
			switch {
			case t > 0:
				s.bits[v] = out[t-1].Lit(l.Next)
			default:
				value, ok := given[Source{Of: v}]
				s.bits[v] = value || !ok && l.Init == One
			}
		}
		for i, a := range g.Ands {
			s.bits[g.firstAnd()+uint32(i)] = s.Lit(a[0]) && s.Lit(a[1])
		}
		out = append(out, s)
	}
	return out
}

// Lit is the value of a literal.
func (s State) Lit(l Lit) bool { return s.bits[l.Var()] != (l&1 != 0) }

// Word is the value of up to 64 bits of an output.
func (s State) Word(name string) uint64 {
	var x uint64
	for i, l := range s.g.Vector(name) {
		if i < 64 && s.Lit(l) {
			x |= 1 << i
		}
	}
	return x
}
