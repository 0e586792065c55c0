package cosim

import "testing"

// TestOddVectors runs the corner cases of the socket on one, two and three write
// ports.
func TestOddVectors(t *testing.T) {
	for name, m := range odd(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := vectors(t, buildModel(t, m, nil), m, 300); err != nil {
				t.Fatal(err)
			}
		})
	}
}
