package random

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"marvelgen/verif/cover"
	"marvelgen/verif/trace"
)

const (
	marvel  = "../../specs/marvel.hcl"
	testdir = "../cosim/testdata/"
)

// TestRun runs random programs on the cores without and with MARVEL's extension,
// and on the test extensions. With RANDOM_INSTRUCTIONS set it runs so many on every
// design there is, with every number of write ports.
func TestRun(t *testing.T) {
	n, _ := strconv.ParseInt(os.Getenv("RANDOM_INSTRUCTIONS"), 10, 64)
	for _, c := range []struct {
		file, design string
		ports        int
		always       bool
	}{
		{marvel, "v0", 0, false}, {marvel, "v1", 0, false}, {marvel, "v2", 1, false}, {marvel, "v2", 2, false}, {marvel, "v3", 1, false}, {marvel, "v3", 3, false},
		{marvel, "v4", 1, true}, {marvel, "v4", 2, false}, {marvel, "v4", 3, true}, {testdir + "ldot.hcl", "all", 0, true}, {testdir + "odd.hcl", "one", 0, false},
		{testdir + "odd.hcl", "two", 0, true}, {testdir + "odd.hcl", "three", 0, false}, {testdir + "wide.hcl", "all", 0, false}, {testdir + "late.hcl", "all", 0, false},
	} {
		if !c.always && n == 0 {
			continue
		}
		t.Run(filepath.Base(c.file)+" "+c.design+" "+strconv.Itoa(c.ports), func(t *testing.T) {
			m := machine(t, c.file, c.design, c.ports)
			o := Options{Machine: m, Model: buildModel(t, m, nil), Instructions: max(n, 150_000), Seed: 1000, Dir: t.TempDir(), Replay: "run"}
			c := cover.New(m)
			o.OnRecord = func(r *trace.Record) { c.Record(cover.Random, r) }
			start := time.Now()
			res, err := Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v, %.0f instructions/s", res, float64(res.Instructions)/time.Since(start).Seconds())
			covered, total := c.Summary().Covered()
			t.Logf("coverage: %d of %d", covered, total)
			if testing.Verbose() {
				t.Log(c.Summary().Markdown())
			}
			if 10*covered < 8*total {
				t.Errorf("only %d of %d items are covered", covered, total)
			}
			if res.Traps == 0 || res.Interrupts == 0 || res.Waits == 0 {
				t.Errorf("%+v", res)
			}
		})
	}
}
