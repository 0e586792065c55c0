package cc

import "testing"

// TestUnrolled writes rounds out.
func TestUnrolled(t *testing.T) {
	r := seededRewriter(t)
	for _, c := range []struct {
		list   string
		rounds int
		behind string
		size   int
	}{
		{"lb a0, 0(t5); addi t5, t5, 144; lb a1, 0(t3); addi t3, t3, 144; mul a0, a0, a1; add a5, a5, a0", 3, "a5", 12},
		{"lb a0, 0(t5); addi t5, t5, 144; lb a1, 0(t3); addi t3, t3, 144; mul a0, a0, a1; add a5, a5, a0", 3, "t3", 13},
		{"lb a0, 0(t5); addi t5, t5, 1024; mul a5, a5, a0", 3, "a5", 8},  // as far as distances reach
		{"lb a0, 4(t5); addi t5, t5, -2048; mul a5, a5, a0", 3, "a5", 8}, // and the other way
		{"lb a0, 0(t5); addi t5, t5, 1; mul a5, a5, t5", 2, "a5", 6},     // read otherwise
		{"lb t5, 0(t5); addi t5, t5, 4; mul a5, a5, t5", 2, "a5", 6},     // overwritten
		{"sb a5, 0(t5); addi t5, t5, 1; mul a5, a5, a0", 3, "a5", 6},     // stored
		{"addi a0, a0, 3; sw a0, 0(a0); mul a5, a5, a0", 2, "a5", 6},     // itself
		{"addi a0, a0, 1; addi a0, a0, 1; mul a5, a5, a1", 2, "a0", 3},   // twice
		{"addi a0, a0, 1; li a0, 7; mul a5, a5, a0; addi a0, a0, 1", 2, "a0", 5},
	} {
		list := seededList(t, r, c.list)
		behind := set(c.behind, "a5")
		code := r.unrolled(list, c.rounds, behind)
		if err := r.rounds(list, code, c.rounds, behind); err != nil || len(code) != c.size {
			for _, in := range code {
				t.Log(in.text)
			}
			t.Errorf("%q: %d instructions, want %d: %v", c.list, len(code), c.size, err)
		}
	}
	if r.unrolled(seededList(t, r, "mv.mac a0, a1, a2"), 2, 0) != nil {
		t.Error("an instruction of the design is written out")
	}
}

// TestRoundsBite feeds the check of rounds that are written out with wrong ones.
func TestRoundsBite(t *testing.T) {
	r := seededRewriter(t)
	list := seededList(t, r, "lb a0, 0(t5); addi t5, t5, 2; mul a0, a0, a1; add a5, a5, a0")
	for name, wrong := range map[string]string{
		"":                       "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 2(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 4",
		"a round":                "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 4",
		"another distance":       "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 1(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 4",
		"the other order":        "lb a0, 2(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 4",
		"a pointer left behind":  "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 2(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 2",
		"a product less":         "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 2(t5); add a5, a5, a0; addi t5, t5, 4",
		"three rounds":           "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 2(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 4(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 6",
		"a byte without a sign":  "lbu a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 2(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 4",
		"another register loses": "lb a0, 0(t5); mul a0, a0, a1; add a5, a5, a0; lb a0, 2(t5); mul a0, a0, a1; add a5, a5, a0; addi t5, t5, 4; li a1, 0",
	} {
		if err := r.rounds(list, seededList(t, r, wrong), 2, set("a5", "t5", "a1")); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
