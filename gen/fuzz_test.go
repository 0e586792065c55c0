package gen_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"marvelgen/gen"
	"marvelgen/verif/bound"
)

// What one spec may cost, whatever is in it.
const (
	loadCPU   = 8 * time.Second
	loadBytes = 1 << 30 // allocated in total, not at once
)

// FuzzLoad runs the whole front end: parsing, meanings, examples, encodings,
// designs; and all emitters on what is accepted. It looks for panics, hangs and
// allocations without bound.
func FuzzLoad(f *testing.F) {
	seeds := fuzzSeeds(f)
	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		f.Add(seeds[name])
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		bound.Check(t, loadCPU, loadBytes, func() {
			l, problems, err := gen.Load("fuzz.hcl", src)
			switch {
			case err != nil:
				t.Fatal(err) // of the base ISA, not of the input
			case len(problems) > 0:
				for _, p := range problems {
					if p.Error() == "" {
						t.Error("a problem without a text")
					}
				}
				return
			}
			for _, m := range l.Machines[:1] {
				if _, err := gen.Emit(m); err != nil {
					t.Errorf("accepted, but not emitted: %v", err)
				}
			}
		})
	})
}

// TestFuzzSeeds wants the seeds to be whole specs: refused ones lead nowhere.
func TestFuzzSeeds(t *testing.T) {
	for name, src := range fuzzSeeds(t) {
		_, problems, err := gen.Load(name, src)
		if err != nil {
			t.Fatal(err)
		}
		if bad := filepath.Base(name) == "bad.hcl"; bad != (len(problems) > 0) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// fuzzSeeds have each block and each group of functions of the language once.
// They are small, for a fuzzer's sake: the shipped specs are tested elsewhere.
func fuzzSeeds(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, _ := filepath.Glob("spec/testdata/seeds/*.hcl")
	out := map[string][]byte{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out[file] = src
	}
	if len(out) < 11 {
		tb.Fatalf("%d seeds", len(out))
	}
	return out
}
