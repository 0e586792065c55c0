package gen_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"marvelgen/gen"
	"marvelgen/internal/bound"
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
	for _, pattern := range []string{"../specs/*.hcl", "spec/testdata/bad/*.hcl", "emit/testdata/*.hcl", "../verif/cosim/testdata/*.hcl", "../verif/iss/testdata/*.hcl"} {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			f.Fatalf("no file matches %s", pattern)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
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
			for _, m := range l.Machines[:min(2, len(l.Machines))] {
				if _, err := gen.Emit(m); err != nil {
					t.Errorf("accepted, but not emitted: %v", err)
				}
			}
		})
	})
}
