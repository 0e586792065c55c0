package build

import (
	"os"
	"path/filepath"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

// TestProvenIsKept: what a solver has proven need not be proven again, and anything else is
// asked each time.
func TestProvenIsKept(t *testing.T) {
	flowtest.Steps(t, flows.StepFormal)
	const (
		proven = "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (distinct (bvadd x x) (bvshl x #x01)))\n(check-sat)\n"
		differ = "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (distinct (bvadd x x) (bvshl x #x02)))\n(check-sat)\n"
		broken = "(check-sat"
	)
	r := Rewriting{CacheDir: t.TempDir()}
	for script, want := range map[string]bool{proven: true, differ: false} {
		if got, err := r.equal(t.Context(), script); got != want || err != nil {
			t.Errorf("%s: %t, %v", script, got, err)
		}
	}
	if _, err := r.equal(t.Context(), broken); err == nil {
		t.Error("half a script is proven")
	}
	list, err := os.ReadDir(filepath.Join(r.CacheDir, "proven"))
	if err != nil || len(list) != 1 {
		t.Errorf("%d proofs are kept: %v", len(list), err)
	}
	t.Setenv("PATH", t.TempDir()) // no solver
	if got, err := r.equal(t.Context(), proven); !got || err != nil {
		t.Errorf("it is proven again: %t, %v", got, err)
	}
	for _, script := range []string{differ, proven + " "} {
		if got, err := r.equal(t.Context(), script); got || err == nil {
			t.Errorf("%s: without a solver: %t, %v", script, got, err)
		}
	}
}
