package build

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/emit"
	"marvelgen/verif/formal"
)

// TestVerify judges the tiny spec by everything that is quick, beside the output
// of a build, and again from the cache.
func TestVerify(t *testing.T) {
	needAll(t)
	flowtest.Steps(t, flows.StepFormal, flows.StepReference)
	spec, out := writeSpec(t, t.TempDir()), t.TempDir()
	v := &Verify{Vectors: true, Programs: true, Units: true, Random: 3000, Reference: 3000, Seed: 5}
	r, dir, _ := carryOutTiny(t, spec, Options{Out: out, Verify: v, Strict: true})
	if !r.Passed || dir != filepath.Join(out, "tiny.verify") {
		t.Fatalf("passed %v in %s: %+v", r.Passed, dir, r.Steps)
	}
	d := r.Designs[0]
	if d.Random == nil || d.Random.Instructions < 3000 || r.Reference == nil || r.Reference.Instructions < 3000 {
		t.Errorf("random %+v, reference %+v", d.Random, r.Reference)
	}
	for _, u := range d.Units {
		if u.Status != formal.Proven || u.Engines != "cvc5, z3" {
			t.Errorf("unit %s is %s by %s", u.Name, u.Status, u.Engines)
		}
	}
	for _, g := range d.Coverage.Groups {
		if g.Name == "instructions" && (g.Covered != g.Total || g.By["vectors"] != g.Total || g.By["proofs"] != 1) {
			t.Errorf("coverage of instructions: %+v", g)
		}
	}
	// The result is decided without asking what the product is.
	if _, err := os.Stat(filepath.Join(dir, "one", "formal", "proofs", "addx.result.products.smt2")); err != nil {
		t.Error("the question is not kept:", err)
	}
	checkJUnit(t, dir, 0)
	r, _, q := carryOutTiny(t, spec, Options{Out: out, Verify: v, Strict: true})
	if !r.Passed || q.cached != q.done || r.Designs[0].Coverage == nil || len(r.Designs[0].Units) == 0 {
		t.Errorf("the second time %d of %d steps came from the cache", q.cached, q.done)
	}
}

// checkJUnit reads the XML as a CI system would, and counts failures.
func checkJUnit(t *testing.T, dir string, failures int) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "report", "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var x struct {
		Suites []struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b, &x); err != nil {
		t.Fatal(err)
	}
	cases, failed := 0, 0
	for _, s := range x.Suites {
		for _, c := range s.Cases {
			cases++
			if c.Failure != nil {
				failed++
			}
		}
	}
	if cases < 10 || (failed > 0) != (failures > 0) || failed < failures {
		t.Errorf("%d cases, %d failed, want %d", cases, failed, failures)
	}
}

// TestVerifyNotices makes the instruction's Verilog wrong: proofs and random
// programs both say so, each with what it takes to see why.
func TestVerifyNotices(t *testing.T) {
	needAll(t)
	flowtest.Steps(t, flows.StepFormal)
	patch := func(files []emit.File) {
		for i, f := range files {
			if f.Path == "rtl/tiny_one_addx.v" {
				files[i].Data = []byte(strings.Replace(string(f.Data), "32'd1", "32'd3", 1))
			}
		}
	}
	r, dir, _ := carryOutTiny(t, writeSpec(t, t.TempDir()), Options{Out: t.TempDir(), Verify: &Verify{Units: true, Random: 3000, Seed: 1}, patch: patch})
	failed := 0
	for _, s := range r.Designs[0].Steps {
		if s.Status == "failed" {
			failed++
			if !strings.Contains(s.Error, "mv.addx") {
				t.Errorf("%s does not show the instruction: %s", s.Name, s.Error)
			}
		}
	}
	if r.Passed || failed != 2 {
		t.Errorf("passed %v, %d steps failed, want proofs and random programs", r.Passed, failed)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "one", "verify", "random.S")); err != nil || !strings.Contains(string(b), "mv.addx") {
		t.Errorf("the short program: %v\n%s", err, b)
	}
	checkJUnit(t, dir, 2)
}

// TestStrict: what is not proven passes, and says so, unless all proofs are asked for.
func TestStrict(t *testing.T) {
	flowtest.Steps(t, flows.StepFormal)
	spec := filepath.Join("..", "..", "..", "..", "verif", "cosim", "testdata", "wide.hcl")
	for _, strict := range []bool{false, true} {
		r, _, _ := carryOutTiny(t, spec, Options{Out: t.TempDir(), Verify: &Verify{Units: true}, Strict: strict})
		if r.Passed == strict || len(r.Designs[0].Open()) == 0 {
			t.Errorf("strict %v: passed %v, open %q", strict, r.Passed, r.Designs[0].Open())
		}
	}
}
