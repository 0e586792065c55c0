package cosim

import (
	"os"
	"testing"
)

// TestLateState runs vectors of instructions whose state is chosen late.
func TestLateState(t *testing.T) {
	src, err := os.ReadFile("testdata/late.hcl")
	if err != nil {
		t.Fatal(err)
	}
	m := machines(t, "late.hcl", src)["all"]
	if _, err := simulate(m, m, 300, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := vectors(t, buildModel(t, m, nil), m, 300); err != nil {
		t.Fatal(err)
	}
}
