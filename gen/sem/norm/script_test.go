package norm_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/smt"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
	"pgregory.net/rapid"
)

func ask(t interface{ Fatal(...any) }, path, script string) smt.Answer {
	if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	a, err := smt.Solve(context.Background(), smt.Solvers[0], path, 20*time.Second)
	if err != nil {
		t.Fatal(err, "\n", script)
	}
	return a.Answer
}

// TestScriptComputes has the solver compute random expressions of numbers: it comes to
// what Eval comes to, and to nothing else.
func TestScriptComputes(t *testing.T) {
	flowtest.Need(t, "z3")
	path := filepath.Join(t.TempDir(), "script.smt2")
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		if asked > 150 {
			return
		}
		n := bv.NewLowerer().Lower(expr(t, sem.NewBuilder()), rapid.IntRange(1, 64).Draw(t, "width"))
		b := norm.NewBuilder()
		v := b.From(n, inputs(b))
		e, given := env{}, b.Const(1, 1)
		for _, o := range operands {
			w := o.r.Width()
			e[o.name] = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, ^uint64(0), 1 << (w - 1)})).Draw(t, o.name) & bv.Mask(w)
			given = b.Logic(norm.And, given, b.Zero(b.Sub(b.Input(o.name, w), b.Const(e[o.name], w))))
		}
		want := norm.Eval(v, e)
		for flip, answer := range map[uint64]smt.Answer{0: smt.Unsat, 1: smt.Sat} {
			is := b.Const(want^flip, v.Width)
			x := b.Mux(given, v, is)
			if x == is {
				continue
			}
			script, err := norm.Script(x, is, norm.ExactProducts)
			if err != nil {
				return // it reads a state, or divides
			}
			asked++
			if a := ask(t, path, script); a != answer {
				t.Fatalf("%s\nwith %v is %#x: %s\n%s", v, e, want^flip, a, script)
			}
		}
	})
	if asked < 20 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// TestScriptsOfProducts lists what is equal whatever products are, and what is not.
func TestScriptsOfProducts(t *testing.T) {
	flowtest.Need(t, "z3")
	path := filepath.Join(t.TempDir(), "script.smt2")
	b := norm.NewBuilder()
	x, y := b.Input("x", 32), b.Input("y", 32)
	wide := func(signed bool) *norm.Value { return b.Mul(b.Ext(x, 64, signed), b.Ext(y, 64, signed)) }
	both := func(high *norm.Value) *norm.Value { // from both words
		return b.Add(b.Scale(b.Ext(high, 64, false), 1<<32, 0), b.Ext(b.Mul(x, y), 64, false), 1)
	}
	for _, c := range []struct {
		name string
		p, q *norm.Value
		want smt.Answer
	}{
		{"words joined", both(b.Extract(wide(true), 32, 32)), wide(true), smt.Unsat},
		{"of other signs", both(b.Extract(wide(false), 32, 32)), wide(true), smt.Sat},
		{"a word short", both(b.Extract(wide(true), 31, 32)), wide(true), smt.Sat},
		{"operands that are no words", b.Extract(b.Mul(b.Ext(x, 63, true), b.Ext(y, 63, true)), 31, 32), b.Extract(b.Extract(wide(true), 0, 63), 31, 32), smt.Unsat},
		{"another factor", b.Mul(x, x), b.Mul(x, y), smt.Sat},
	} {
		if c.p == c.q {
			if c.want == smt.Sat {
				t.Errorf("%s: one form", c.name)
			}
			continue
		}
		script, err := norm.Script(c.p, c.q, norm.AnyProducts)
		if err != nil {
			t.Fatal(err)
		}
		if a := ask(t, path, script); a != c.want {
			t.Errorf("%s: %s\n%s", c.name, a, script)
		}
	}
}

// TestScriptNamesOperandsByOrder: questions about other registers are the same text.
func TestScriptNamesOperandsByOrder(t *testing.T) {
	b := norm.NewBuilder()
	of := func(x, y string) string {
		p := b.Logic(norm.Or, b.Input(x, 32), b.Input(y, 32))
		q := b.Add(b.Input(x, 32), b.Input(y, 32), 1)
		s, err := norm.Script(p, q, norm.AnyProducts)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if x, y := of("a", "b"), of("c", "d"); x != y {
		t.Errorf("%s\nand %s", x, y)
	}
}

// TestEquate: what has been shown equal is given in place of it.
func TestEquate(t *testing.T) {
	l, b := bv.NewLowerer(), norm.NewBuilder()
	n := l.Op2(bv.Or, 32, l.Input("x", 32), l.Input("y", 32))
	x := b.From(n, inputs(b))
	other := b.Input("z", 32)
	b.Equate(x, other)
	if v := b.From(n, inputs(b)); v != other {
		t.Errorf("%s", v)
	}
}
