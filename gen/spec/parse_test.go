package spec_test

import (
	"testing"

	"marvelgen/gen/spec"
	"marvelgen/specs"
)

// TestShipped reads every shipped spec without a problem.
func TestShipped(t *testing.T) {
	base, err := spec.Base()
	if err != nil {
		t.Fatal(err)
	}
	if len(base) != 40+8+6+3 {
		t.Errorf("the base ISA has %d instructions", len(base))
	}
	src, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		t.Fatal(err)
	}
	s, problems := spec.Parse("marvel.hcl", src)
	for _, p := range problems {
		t.Error(p)
	}
	for _, i := range s.Exts {
		t.Logf("%-9s %s", i.Name, i.Encoding.Pattern())
	}
}
