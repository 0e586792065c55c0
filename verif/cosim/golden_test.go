package cosim

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

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

func ldot(tb testing.TB) *isa.Machine {
	src, err := os.ReadFile("testdata/ldot.hcl")
	if err != nil {
		tb.Fatal(err)
	}
	return machines(tb, "ldot.hcl", src)["all"]
}

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
	for name, m := range marvel(t) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			counts, err := simulate(m, m, 300, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, ins := range m.All() {
				if counts[ins.Name] < 300 {
					t.Errorf("%s: %d vectors", ins.Name, counts[ins.Name])
				}
			}
			t.Log(time.Since(start))
		})
	}
}

func TestGoldenLdot(t *testing.T) {
	m := ldot(t)
	counts, err := simulate(m, m, 500, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(counts)
}

func odd(tb testing.TB) map[string]*isa.Machine {
	src, err := os.ReadFile("testdata/odd.hcl")
	if err != nil {
		tb.Fatal(err)
	}
	return machines(tb, "odd.hcl", src)
}

func TestGoldenOdd(t *testing.T) {
	for name, m := range odd(t) {
		if _, err := simulate(m, m, 500, 3); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
