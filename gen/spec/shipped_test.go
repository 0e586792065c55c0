package spec_test

import (
	"testing"

	"marvelgen/gen/pass"
	"marvelgen/gen/spec"
)

// TestEveryBaseInstructionHasAnExample: the base ISA is judged by examples from
// the manual, each of which holds.
func TestEveryBaseInstructionHasAnExample(t *testing.T) {
	base, err := spec.Base()
	if err != nil {
		t.Fatal(err)
	}
	for _, ins := range base {
		if len(ins.Examples) == 0 {
			t.Errorf("%s has no example", ins.Name)
		}
	}
	s, _ := spec.Parse("empty.hcl", []byte("extension \"empty\" {\n}\n"))
	ran, problems := pass.CheckExamples(base, s)
	for _, p := range problems {
		t.Error(p)
	}
	if ran < len(base) {
		t.Errorf("%d examples ran for %d instructions", ran, len(base))
	}
}
