// Package aig holds and-inverter graphs: reads them from AIGER files, unrolls
// them over cycles into questions for SAT solvers, and replays the answers.
//
// A literal is twice a variable, plus 1 if inverted. Variable 0 is false.
package aig

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Lit is a literal.
type Lit uint32

// Constants.
const (
	False Lit = 0
	True  Lit = 1
)

// Not is the inverted literal.
func (l Lit) Not() Lit { return l ^ 1 }

// Var is the literal's variable.
func (l Lit) Var() uint32 { return uint32(l) >> 1 }

// Init is what a latch starts with.
type Init uint8

// Initial values.
const (
	Zero Init = iota
	One
	Free // arbitrary
)

// Latch is a flip-flop.
type Latch struct {
	Next Lit
	Init Init
}

// Graph is a circuit. Variables are numbered: inputs from 1, then latches, then
// ands, each of which uses lower numbers only.
type Graph struct {
	Inputs      int
	Latches     []Latch
	Ands        [][2]Lit
	Outputs     []Lit
	Constraints []Lit          // hold in every cycle
	Names       map[string]int // of outputs; bits of vectors are name[0] …
}

// firstLatch and firstAnd are variables.
func (g *Graph) firstLatch() uint32 { return uint32(g.Inputs) + 1 }
func (g *Graph) firstAnd() uint32   { return uint32(g.Inputs+len(g.Latches)) + 1 }

// maxVars bounds what a file may declare, before anything is allocated.
const maxVars = 1 << 24

// Read parses a binary AIGER file, version 1.9 with constraints and symbols.
func Read(r io.Reader) (*Graph, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	line, err := b.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("aiger: no header: %w", err)
	}
	head := strings.Fields(line)
	if len(head) < 6 || head[0] != "aig" {
		return nil, fmt.Errorf("aiger: header %q is not that of a binary file", strings.TrimSpace(line))
	}
	var n [9]int
	for i, f := range head[1:] {
		if i >= len(n) {
			return nil, fmt.Errorf("aiger: header %q is too long", strings.TrimSpace(line))
		}
		if n[i], err = strconv.Atoi(f); err != nil || n[i] < 0 || n[i] > maxVars {
			return nil, fmt.Errorf("aiger: bad number %q in the header", f)
		}
	}
	g := &Graph{Inputs: n[1], Names: map[string]int{}}
	latches, outputs, ands, bad, constraints := n[2], n[3], n[4], n[5], n[6]
	if n[0] != n[1]+latches+ands || bad != 0 || n[7] != 0 || n[8] != 0 {
		return nil, fmt.Errorf("aiger: header %q: only inputs, latches, outputs, ands and constraints are understood", strings.TrimSpace(line))
	}
	limit := Lit(2*n[0] + 1)
	number := func(s string) (Lit, error) {
		v, err := strconv.ParseUint(s, 10, 32)
		if err != nil || Lit(v) > limit {
			return 0, fmt.Errorf("aiger: bad literal %q", s)
		}
		return Lit(v), nil
	}
	one := func(dst *[]Lit) error {
		line, err := b.ReadString('\n')
		if err != nil {
			return fmt.Errorf("aiger: cut short: %w", err)
		}
		l, err := number(strings.TrimSpace(line))
		*dst = append(*dst, l)
		return err
	}
	for i := range latches {
		line, err := b.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("aiger: cut short: %w", err)
		}
		f := strings.Fields(line)
		if len(f) < 1 || len(f) > 2 {
			return nil, fmt.Errorf("aiger: bad latch %q", strings.TrimSpace(line))
		}
		l := Latch{}
		if l.Next, err = number(f[0]); err != nil {
			return nil, err
		}
		if len(f) == 2 {
			switch {
			case f[1] == "1":
				l.Init = One
			case f[1] != "0":
				if v, err := number(f[1]); err != nil || v != Lit(2*(n[1]+i+1)) {
					return nil, fmt.Errorf("aiger: bad initial value %q", f[1])
				}
				l.Init = Free
			}
		}
		g.Latches = append(g.Latches, l)
	}
	for range outputs {
		if err := one(&g.Outputs); err != nil {
			return nil, err
		}
	}
	for range constraints {
		if err := one(&g.Constraints); err != nil {
			return nil, err
		}
	}
	delta := func() (Lit, error) {
		var x Lit
		for shift := 0; shift < 32; shift += 7 {
			c, err := b.ReadByte()
			if err != nil {
				return 0, fmt.Errorf("aiger: cut short: %w", err)
			}
			x |= Lit(c&0x7f) << shift
			if c&0x80 == 0 {
				return x, nil
			}
		}
		return 0, fmt.Errorf("aiger: bad and gate")
	}
	for i := range ands {
		lhs := Lit(2 * (n[1] + latches + i + 1))
		d0, err := delta()
		if err != nil {
			return nil, err
		}
		d1, err := delta()
		if err != nil {
			return nil, err
		}
		if d0 == 0 || d0 > lhs || d1 > lhs-d0 {
			return nil, fmt.Errorf("aiger: and gate %d uses a later one", lhs)
		}
		g.Ands = append(g.Ands, [2]Lit{lhs - d0, lhs - d0 - d1})
	}
	return g, g.symbols(b)
}

// symbols reads the names of outputs up to the comment.
func (g *Graph) symbols(b *bufio.Reader) error {
	for {
		line, err := b.ReadString('\n')
		if err == io.EOF || strings.HasPrefix(line, "c") {
			return nil
		}
		if err != nil {
			return err
		}
		key, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || !strings.HasPrefix(key, "o") {
			continue
		}
		i, err := strconv.Atoi(key[1:])
		if err != nil || i < 0 || i >= len(g.Outputs) {
			return fmt.Errorf("aiger: bad symbol %q", strings.TrimSpace(line))
		}
		g.Names[name] = i
	}
}

// Output is the literal of an output of one bit.
func (g *Graph) Output(name string) (Lit, bool) {
	i, ok := g.Names[name]
	if !ok {
		return 0, false
	}
	return g.Outputs[i], true
}

// Vector is the literals of an output, lowest bit first.
func (g *Graph) Vector(name string) []Lit {
	if l, ok := g.Output(name); ok {
		return []Lit{l}
	}
	var out []Lit
	for i := 0; ; i++ {
		l, ok := g.Output(fmt.Sprintf("%s[%d]", name, i))
		if !ok {
			return out
		}
		out = append(out, l)
	}
}
