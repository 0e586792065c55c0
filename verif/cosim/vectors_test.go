package cosim

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
	"marvelgen/gen"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
	"marvelgen/verif/cover"
	"marvelgen/verif/trace"
)

// buildModel emits a design, lets the caller damage its Verilog, and builds the
// simulation. patch is called with each file and returns what is built instead.
func buildModel(t *testing.T, m *isa.Machine, patch func(name, text string) string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a Verilator model")
	}
	flowtest.Need(t, "verilator", "g++", "make")
	files, err := gen.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data := f.Data
		if name, ok := strings.CutPrefix(f.Path, "rtl/"); ok && patch != nil {
			data = []byte(patch(name, string(data)))
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := verilator.Options{Dir: filepath.Join(dir, "obj"), Top: m.Name() + "_soc", CPP: []string{filepath.Join(dir, "tb", "main.cpp")},
		Defines: []string{"RISCV_FORMAL"}, Jobs: 2}
	for _, name := range rtl.Files(m) {
		o.Files = append(o.Files, filepath.Join(dir, "rtl", name))
	}
	exe, err := verilator.Build(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func vectors(t *testing.T, exe string, m *isa.Machine, n int) (map[string]int, error) {
	t.Helper()
	r := Run{Model: exe, Machine: m, Dir: t.TempDir(), Limit: 100_000_000}
	start := time.Now()
	counts, err := Vectors(context.Background(), &r, n, 1)
	t.Logf("%d vectors of each of %d instructions in %v", n, len(m.All()), time.Since(start))
	return counts, err
}

// TestVectors runs vectors of the base core, of MARVEL's extension, and of the
// corner cases of the socket with one and two write ports.
func TestVectors(t *testing.T) {
	for name, m := range map[string]*isa.Machine{"base": marvel(t)["v0"], "marvel": marvel(t)["v4"], "odd1": odd(t, "one"), "odd2": odd(t, "two"), "wide": wide(t)} {
		t.Run(name, func(t *testing.T) {
			c := cover.New(m)
			r := Run{Model: buildModel(t, m, nil), Machine: m, Dir: t.TempDir(), Limit: 100_000_000,
				OnRecord: func(r *trace.Record) error { c.Record(cover.Vectors, r); return nil }}
			counts, err := Vectors(context.Background(), &r, 300, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range c.Summary().Groups {
				for _, u := range g.Uncovered { // what other judges leave to the vectors
					if strings.HasSuffix(u.Why, "vectors have this") {
						t.Errorf("%s: not covered", u.Item)
					}
				}
			}
			for _, ins := range m.All() {
				if counts[ins.Name] < 300 {
					t.Errorf("%s: %d vectors", ins.Name, counts[ins.Name])
				}
			}
		})
	}
}
