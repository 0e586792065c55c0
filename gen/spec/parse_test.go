package spec_test

import (
	"fmt"
	"slices"
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

// TestKernels reads the headers of designs: none, one, and several in their order, each
// with its place.
func TestKernels(t *testing.T) {
	s, problems := spec.Parse("k.hcl", []byte(`extension "k" {}
design "none" {
  instructions = []
}
design "one" {
  instructions = []
  kernels      = "own.h"
}
design "two" {
  instructions = []
  kernels      = ["own/unit.h",
    "own/add.h"]
}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, d := range s.Designs {
		for _, h := range d.Kernels {
			got = append(got, fmt.Sprintf("%s %s %s", d.Name, h.Path, h.Pos))
		}
	}
	if want := []string{"one own.h k.hcl:7:18", "two own/unit.h k.hcl:11:19", "two own/add.h k.hcl:12:5"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
