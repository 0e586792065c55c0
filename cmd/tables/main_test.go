package main

import (
	"os"
	"path/filepath"
	"testing"

	"marvelgen/gen"
)

// TestTables: what is written is a valid spec, whose instructions keep to their error
// bounds, with a design and a header for each form.
func TestTables(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "tables.hcl")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if len(l.Machines) != len(forms)+1 {
		t.Errorf("%d designs for %d forms and the core alone", len(l.Machines), len(forms))
	}
	for _, f := range forms {
		if _, err := os.Stat(filepath.Join(dir, "t"+f.Name()+".h")); err != nil {
			t.Error(err)
		}
	}
}
