package formal_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	emitformal "marvelgen/gen/emit/formal"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
	"marvelgen/verif/formal"
)

// load reads a spec's machines.
func load(t *testing.T, file string) []*isa.Machine {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l.Machines
}

// emit writes a design and says how to prove it. change may alter a file.
func emit(t *testing.T, m *isa.Machine, change func(name, text string) string) formal.Options {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("KEEP"); keep != "" {
		dir = filepath.Join(keep, m.Name())
	}
	files, err := rtl.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	more, err := emitformal.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, more...)
	for _, f := range files {
		path := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := string(f.Data)
		if change != nil {
			text = change(f.Path, text)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return formal.Options{Machine: m, RTL: filepath.Join(dir, "rtl"), Formal: filepath.Join(dir, "formal"), Dir: filepath.Join(dir, "proofs"),
		Limit: 8 * time.Second, Confirm: 4 * time.Second}
}

// TestProve proves every unit of every shipped spec's largest design, and of the
// test extensions, which have everything that a unit can have.
func TestProve(t *testing.T) {
	flowtest.Steps(t, flows.StepFormal)
	for _, file := range []string{"../../specs/marvel.hcl", "../cosim/testdata/ldot.hcl", "../cosim/testdata/odd.hcl", "../cosim/testdata/late.hcl"} {
		machines := load(t, file)
		m := machines[len(machines)-1]
		t.Run(m.Name(), func(t *testing.T) {
			units, err := formal.Prove(context.Background(), emit(t, m, nil))
			if err != nil {
				t.Fatal(err)
			}
			if len(units) < len(m.Units)+2 {
				t.Errorf("%d units, want %d, the decoder and the socket", len(units), len(m.Units))
			}
			for _, u := range units {
				t.Logf("%-10s %-8s %2d proofs %6.2f s  %s", u.Name, u.Status, len(u.Proofs), u.Seconds, u.Engines)
				for _, p := range u.Proofs {
					if p.Status != formal.Proven {
						t.Errorf("%s %s: %s\n%s", p.Name, p.Status, p.Says, p.Detail)
					} else if p.Seconds > 2 || p.Confirmed == "" && p.Engine != "by form" {
						t.Logf("    %-20s %s %.2f s, confirmed by %q", p.Name, p.Engine, p.Seconds, p.Confirmed)
					}
				}
			}
		})
	}
}
