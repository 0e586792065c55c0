package cosim

import (
	"context"
	"io"
	"os"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/isa"
	"marvelgen/specs"
	"marvelgen/verif/trace"
)

// machines loads a spec and returns its designs by name.
func machines(tb testing.TB, name string, src []byte) map[string]*isa.Machine {
	tb.Helper()
	l, problems, err := gen.Load(name, src)
	if err != nil || len(problems) > 0 {
		tb.Fatal(err, problems)
	}
	out := map[string]*isa.Machine{}
	for _, m := range l.Machines {
		out[m.Design.Name] = m
	}
	return out
}

func marvel(tb testing.TB) map[string]*isa.Machine {
	src, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		tb.Fatal(err)
	}
	return machines(tb, "marvel.hcl", src)
}

// testSpec loads a spec of testdata.
func testSpec(tb testing.TB, name string) map[string]*isa.Machine {
	src, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return machines(tb, name, src)
}

func ldot(tb testing.TB) *isa.Machine               { return testSpec(tb, "ldot.hcl")["all"] }
func wide(tb testing.TB) *isa.Machine               { return testSpec(tb, "wide.hcl")["all"] }
func odd(tb testing.TB, design string) *isa.Machine { return testSpec(tb, "odd.hcl")[design] }

// simulate runs the suite's programs on the simulator of sim, judged by the golden
// evaluation of m.
func simulate(m, sim *isa.Machine, n int, seed uint64) (map[string]int, error) {
	s, err := newSuite(m, n, seed)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for job := range s.programs(context.Background()) {
		if job.err != nil {
			return nil, job.err
		}
		j := &judge{p: job.p, counts: counts, describe: func(i int) string { return s.operands(job.number, job.from, i) }}
		iss, err := Simulator(sim, vectorsRAM, io.Discard, 0)
		if err != nil {
			return nil, err
		}
		if err := iss.Load(job.p.asImage()); err != nil {
			return nil, err
		}
		for !iss.Done() {
			var r trace.Record
			if err := iss.Step(&r); err != nil {
				return nil, err
			}
			if err := j.record(&r); err != nil {
				return nil, err
			}
		}
	}
	return counts, nil
}

// TestGoldenAgainstSimulator holds two readings of the same specs against each
// other, without any tool.
func TestGoldenAgainstSimulator(t *testing.T) {
	for name, m := range map[string]*isa.Machine{"base": marvel(t)["v0"], "marvel": marvel(t)["v4"], "ldot": ldot(t), "odd": odd(t, "three"), "wide": wide(t)} {
		t.Run(name, func(t *testing.T) {
			counts, err := simulate(m, m, 300, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, ins := range m.All() {
				if counts[ins.Name] < 300 {
					t.Errorf("%s: %d vectors", ins.Name, counts[ins.Name])
				}
			}
		})
	}
}
