package main

import (
	"strings"
	"testing"

	"marvelgen/flows/gcc"
)

// TestCsmithSlower runs random programs that once took longer when they were rewritten.
func TestCsmithSlower(t *testing.T) {
	b := newCsmithBench(t, shippedDesigns(t))
	for _, c := range []struct {
		seed uint64
		way  csmithWay
	}{
		{1067127, csmithWay{gcc.Clang, "-O1"}}, // loops of a few rounds, which were not counted
	} {
		o, err := b.program(c.seed, c.way)
		if err != nil || o.skipped {
			t.Errorf("csmith --seed %d, %s: it does not run: %v", c.seed, c.way, err)
		}
		for _, f := range o.failed {
			t.Error(f)
		}
	}
}

// TestCsmithSlowerBites rewrites for instructions that take as long as one, and runs on a
// design where they take longer: the comparison of cycles notices each.
func TestCsmithSlowerBites(t *testing.T) {
	spec := string(shippedSpec(t, "marvel.hcl"))
	right := csmithMachine(t, []byte(spec), "v4", 3)
	b := newCsmithBench(t, []csmithDesign{{"right", right, right}})
	for _, unit := range []string{"mac", "hwloop"} {
		t.Run(unit, func(t *testing.T) {
			at := "unit \"" + unit + "\" {\n"
			if strings.Count(spec, at) != 1 {
				t.Fatalf("%q is not once in the spec", at)
			}
			slow := csmithMachine(t, []byte(strings.Replace(spec, at, at+"  latency = 64\n", 1)), "v4", 3)
			b.designs = []csmithDesign{{"slow " + unit, right, slow}}
			for i := range uint64(40) {
				o, err := b.program(1+i, csmithWays[i%uint64(len(csmithWays))])
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range o.failed {
					if !strings.Contains(f, "cycles became") {
						t.Error(f)
					}
					t.Logf("after %d programs: %s", i+1, f)
					return
				}
			}
			t.Error("not noticed")
		})
	}
}
