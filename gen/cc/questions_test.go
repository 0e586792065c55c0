package cc_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/isa"
)

// TestQuestions bounds what a solver is asked, which takes longer than all else: nothing of
// candidates that would be no gain or that numbers refute.
func TestQuestions(t *testing.T) {
	for file, most := range map[string]int{"clang": 10, "clang_apart": 10, "gcc": 4, "lenet5": 2} {
		text, err := os.ReadFile("testdata/computed/" + file + ".s")
		if err != nil {
			t.Fatal(err)
		}
		if n := questions(t, string(text)); n == 0 || n > most {
			t.Errorf("%s: %d questions, not up to %d", file, n, most)
		}
	}
}

// TestQuestionsOnce: most of what is asked of code that only adds another zero point, and
// clamps for it, is known already.
func TestQuestionsOnce(t *testing.T) {
	text, err := os.ReadFile("testdata/computed/clang.s")
	if err != nil {
		t.Fatal(err)
	}
	_, f, _ := strings.Cut(string(text), "\t.type\tper_tensor,@function\n")
	f, _, _ = strings.Cut(f, "\t.section")
	f = "\t.text\n\t.type\tper_tensor,@function\n" + f
	other := strings.NewReplacer("per_tensor", "other", ".LBB1", ".LBB9", ".Lfunc_end1", ".Lfunc_end9", "132", "130", "-123", "-125", "a5, a5, -5", "a5, a5, -3").Replace(f)
	once := questions(t, f)
	if n := questions(t, f+other); n > once+1 {
		t.Errorf("%d questions, and %d of two zero points", once, n)
	}
}

// TestAskedOftenEnough rewrites functions of many values that are equal without looking so:
// the least of each two of them is either, and a solver would be asked about all.
func TestAskedOftenEnough(t *testing.T) {
	kinds, err := os.ReadFile("testdata/kinds.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load("kinds.hcl", append(kinds, "\ndesign \"least\" {\n  instructions = [\"clip\"]\n}\n"...))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	least := l.Machines[slices.IndexFunc(l.Machines, func(m *isa.Machine) bool { return m.Design.Name == "least" })]
	const most = 100 // questions about one function
	function := func(name string) string {
		var s strings.Builder
		fmt.Fprintf(&s, "\t.text\n\t.type\t%s, @function\n%[1]s:\n", name)
		for i := range 20 {
			fmt.Fprintf(&s, "\tand\ta3,a1,a0\n\txor\ta0,a2,a3\n\tsw\ta0,%d(a4)\n", 4*i)
		}
		fmt.Fprintf(&s, "\tret\n\t.size\t%s, .-%[1]s\n", name)
		return s.String()
	}
	var asked atomic.Int64
	agree := func(string) (bool, error) { asked.Add(1); return true, nil }
	rewritten("equal.s", []byte(function("f")), least, agree)
	if asked.Load() != most {
		t.Errorf("a solver is asked %d times, not %d", asked.Load(), most)
	}
	asked.Store(0)
	rewritten("equal.s", []byte(function("f")+strings.ReplaceAll(function("g"), "xor", "or")), least, agree)
	if n := asked.Load(); n <= most || n > 2*most {
		t.Errorf("a solver is asked %d times of two functions", n)
	}
}

// questions is how often a solver is asked about a text.
func questions(t *testing.T, text string) int {
	t.Helper()
	var n atomic.Int64
	equal := solver(t)
	rewritten("text.s", []byte(text), rescale(t), func(script string) (bool, error) {
		n.Add(1)
		return equal(script)
	})
	return int(n.Load())
}
