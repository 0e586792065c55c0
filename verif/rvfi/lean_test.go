package rvfi_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/verif/rvfi"
)

// TestWholeProduct looks from reset at an instruction that takes the core's whole
// product, in the design of cnn.hcl with room for four entries of weights. Products are
// stand-ins there: the unit's and the meaning's have to be the same ones.
func TestWholeProduct(t *testing.T) {
	flowtest.Need(t, "yosys", "cadical", "z3")
	src, err := os.ReadFile("../../specs/cnn.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []struct{ name, from, to string }{{"p[ab]", "count = 2048", "count = 4"}, {"pi", "bits = 11", "bits = 2"}} {
		r := regexp.MustCompile(`(?s)(state "` + state.name + `" \{.*?)` + state.from)
		if !r.Match(src) {
			t.Fatalf("no state %s with %s", state.name, state.from)
		}
		src = r.ReplaceAll(src, []byte("${1}"+state.to))
	}
	file := filepath.Join(t.TempDir(), "cnn.hcl")
	if err := os.WriteFile(file, src, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(filepath.Dir(file), "networks"), 0o755); err != nil {
		t.Fatal(err)
	}
	dir := emit(t, machine(t, file, "lean"))
	if r := run(t, rvfi.Options{Dir: dir, Checks: []string{"insn_pstep"}, Budget: 5 * time.Second, Bounded: true})[0]; r.Status == rvfi.Failed {
		t.Errorf("%s is %s %s", r.Name, r.String(), r.Detail)
	}
}
