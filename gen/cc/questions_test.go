package cc_test

import (
	"os"
	"strings"
	"testing"
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

// questions is how often a solver is asked about a text.
func questions(t *testing.T, text string) (n int) {
	t.Helper()
	equal := solver(t)
	rewritten("text.s", []byte(text), rescale(t), func(script string) (bool, error) {
		n++
		return equal(script)
	})
	return n
}
