package formal_test

import (
	"context"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/isa"
	"marvelgen/verif/formal"
)

// lean is the design of cnn.hcl that takes the core's whole product.
func lean(t *testing.T) *isa.Machine {
	t.Helper()
	for _, m := range load(t, "../../specs/cnn.hcl") {
		if m.Design.Name == "lean" {
			return m
		}
	}
	t.Fatal("no design lean")
	return nil
}

// TestProveLean proves the unit that takes the core's whole product, and finds bugs in it.
func TestProveLean(t *testing.T) {
	flowtest.Steps(t, flows.StepFormal)
	m := lean(t)
	for _, c := range []struct{ name, old, new string }{
		{"as emitted", "", ""},
		{"sum starts wrong", "w_first_q ? w_start_data[26:0] : ", "w_first_q ? w_start_data[53:27] : "},
		{"borrow lost", "w_pmac_s[35:17]", "{w_pmac_s[35:18], 1'b0}"},
		{"high word lost", "{w_high_i, w_product_i}", "{32'd0, w_product_i}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			hits := 0
			units, err := formal.Prove(context.Background(), emit(t, m, func(name, text string) string {
				if c.old == "" || !strings.HasPrefix(name, "rtl/") {
					return text
				}
				hits += strings.Count(text, c.old)
				return strings.ReplaceAll(text, c.old, c.new)
			}))
			if err != nil {
				t.Fatal(err)
			}
			if c.old != "" && hits != 1 {
				t.Fatalf("%q stands in the Verilog %d times", c.old, hits)
			}
			proven := true
			for _, u := range units {
				t.Logf("%-10s %-8s %2d proofs %6.2f s  %s", u.Name, u.Status, len(u.Proofs), u.Seconds, u.Engines)
				for _, p := range u.Proofs {
					if p.Status != formal.Proven {
						proven = false
						t.Logf("%s %s: %s", p.Name, p.Status, p.Says)
					}
				}
			}
			if proven != (c.old == "") {
				t.Errorf("all proven: %v", proven)
			}
		})
	}
}
