package cosim

import "testing"

// TestSlices runs vectors of instructions that keep their state in DSP slices.
func TestSlices(t *testing.T) {
	m := testSpec(t, "slices.hcl")["all"]
	if _, err := simulate(m, m, 300, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := vectors(t, buildModel(t, m, nil), m, 300); err != nil {
		t.Fatal(err)
	}
}
