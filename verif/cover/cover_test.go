package cover

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
	"marvelgen/verif/random/stream"
	"marvelgen/verif/trace"
)

// machine loads a design of a spec.
func machine(tb testing.TB, file, design string) *isa.Machine {
	tb.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, problems)
	}
	for _, m := range l.Machines {
		if m.Design.Name == design {
			return m
		}
	}
	tb.Fatal(design)
	return nil
}

// simulate feeds a model with random programs as the simulator executes them.
func simulate(tb testing.TB, m *isa.Machine, c *Model, seeds, length int) {
	tb.Helper()
	for seed := range uint64(seeds) {
		p, err := stream.New(stream.Options{Machine: m, Seed: seed, Length: length, IRQ: seed%2 == 1})
		if err != nil {
			tb.Fatal(err)
		}
		image, err := p.Image()
		if err != nil {
			tb.Fatal(err)
		}
		cfg := iss.ForDesign(m)
		cfg.RAMSize = stream.RAM
		sim, err := iss.New(cfg)
		if err != nil {
			tb.Fatal(err)
		}
		if err := sim.Load(&iss.Image{Entry: stream.Base, Segments: []iss.Segment{{Addr: stream.Base, Data: image}}}); err != nil {
			tb.Fatal(err)
		}
		var r trace.Record
		for !sim.Done() {
			if err := sim.Step(&r); err != nil {
				tb.Fatal(err)
			}
			c.Record(Random, &r)
		}
	}
}

// TestRandomCovers wants nearly everything covered by some random programs.
func TestRandomCovers(t *testing.T) {
	m := machine(t, "../../specs/marvel.hcl", "v4")
	c := New(m)
	simulate(t, m, c, 24, 20000)
	s := c.Summary()
	t.Logf("\n%s", s.Markdown())
	for _, g := range s.Groups {
		for _, u := range g.Uncovered {
			if u.Why == "" {
				t.Logf("%s: %s", g.Name, u.Item)
			}
		}
	}
	b, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(b), `"by_judge"`) {
		t.Errorf("%s %v", b, err)
	}
}

// BenchmarkRecord is the price of a record.
func BenchmarkRecord(b *testing.B) {
	m := machine(b, "../../specs/marvel.hcl", "v4")
	c := New(m)
	simulate(b, m, c, 1, 2000)
	r := c.at.last.rec
	for b.Loop() {
		r.Cycle++
		c.Record(Random, &r)
	}
}
