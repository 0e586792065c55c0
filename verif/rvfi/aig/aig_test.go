package aig

import (
	"bytes"
	"strings"
	"testing"
)

// build makes a small graph by hand: q counts while the input is 1.
func build() *Graph {
	// variables: 1 enable, 2 and 3 the latches, 4.. ands
	en, q0, q1 := Lit(2), Lit(4), Lit(6)
	g := &Graph{Inputs: 1, Names: map[string]int{"full": 0, "q[0]": 1, "q[1]": 2}}
	and := func(a, b Lit) Lit {
		g.Ands = append(g.Ands, [2]Lit{max(a, b), min(a, b)})
		return Lit(2 * (3 + len(g.Ands)))
	}
	carry := and(en, q0)
	x0 := and(and(en, q0).Not(), and(en.Not(), q0.Not()).Not())
	x1 := and(and(carry, q1).Not(), and(carry.Not(), q1.Not()).Not())
	full := and(q0, q1)
	g.Latches = []Latch{{Next: x0}, {Next: x1}}
	g.Outputs = []Lit{full, q0, q1}
	return g
}

// TestReplay counts.
func TestReplay(t *testing.T) {
	g := build()
	given := map[Source]bool{}
	for c := range 4 {
		given[Source{Of: 1, Cycle: c}] = c != 1 // no count in cycle 1
	}
	var got []uint64
	for _, s := range g.Replay(5, given) {
		got = append(got, s.Word("q"))
	}
	for i, want := range []uint64{0, 1, 1, 2, 3} {
		if got[i] != want {
			t.Fatalf("cycle %d: q is %d, want %d", i, got[i], want)
		}
	}
}

// TestUnroll compares the unrolled circuit with the replay for all inputs.
func TestUnroll(t *testing.T) {
	g := build()
	const cycles = 4
	u := Unroll(g, false)
	root := u.Lit(g.Outputs[0], cycles-1)
	cone := u.Cone(root)
	for word := range 1 << cycles {
		given := map[Source]bool{}
		for c := range cycles {
			given[Source{Of: 1, Cycle: c}] = word>>c&1 != 0
		}
		value := make([]bool, len(cone.Sources)+len(cone.Ands)+1)
		for _, s := range cone.Sources {
			value[s.Var] = given[Source{Of: s.Of, Cycle: s.Cycle}]
		}
		at := func(l Lit) bool { return value[l.Var()] != (l&1 != 0) }
		for i, a := range cone.Ands {
			value[len(cone.Sources)+1+i] = at(a[0]) && at(a[1])
		}
		if want := g.Replay(cycles, given)[cycles-1].Lit(g.Outputs[0]); at(cone.Roots[0]) != want {
			t.Fatalf("inputs %04b: %t, want %t", word, at(cone.Roots[0]), want)
		}
	}
	if free := Unroll(g, true); len(free.Cone(free.Lit(g.Outputs[0], 0)).Sources) != 2 {
		t.Error("from any state the latches of cycle 0 are not free")
	}
}

// TestWrite looks at the forms that solvers read.
func TestWrite(t *testing.T) {
	g := build()
	u := Unroll(g, true)
	c := u.Cone(u.Lit(g.Outputs[0], 0))
	var cnf, file bytes.Buffer
	if err := c.WriteCNF(&cnf); err != nil {
		t.Fatal(err)
	}
	if want := "p cnf 3 4\n-3 2 0\n-3 1 0\n3 -2 -1 0\n3 0\n"; cnf.String() != want {
		t.Errorf("CNF is %q, want %q", cnf.String(), want)
	}
	if err := c.WriteAIGER(&file); err != nil {
		t.Fatal(err)
	}
	back, err := Read(&file)
	if err != nil || back.Inputs != 2 || len(back.Ands) != 1 || len(back.Outputs) != 1 {
		t.Errorf("read back %+v, %v", back, err)
	}
}

// TestReadBad wants bad files refused, whatever is wrong.
func TestReadBad(t *testing.T) {
	for _, s := range []string{"", "aag 0 0 0 0 0\n", "aig 1 1\n", "aig 99999999999 0 0 0 0\n", "aig 3 1 0 0 1\n", "aig 1 0 1 0 0\n9\n",
		"aig 1 0 0 0 1\n\x01", "aig 1 0 0 0 1\n\x09\x01", "aig 0 0 0 1 0\n7\n", "aig 0 0 0 0 0 1\n", "aig 1 0 1 0 0\n0 5\n", "aig 6 1 2 1 3\n7\n13\n12\n"} {
		if _, err := Read(strings.NewReader(s)); err == nil {
			t.Errorf("%q is read", s)
		}
	}
}
