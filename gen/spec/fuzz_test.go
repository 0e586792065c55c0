package spec_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"marvelgen/gen/spec"
	"marvelgen/verif/bound"
)

// What reading one spec may cost, whatever is in it.
const (
	parseCPU   = 5 * time.Second
	parseBytes = 1 << 29 // allocated in total, not at once
)

func seeds(f *testing.F) {
	files, _ := filepath.Glob("testdata/seeds/*.hcl") // small ones: others are tested elsewhere
	if len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
}

// FuzzParse looks for panics, hangs and unbounded allocation of the reader, and
// that whatever it refuses it refuses with a place and a text.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		bound.Check(t, parseCPU, parseBytes, func() {
			s, problems := spec.Parse("fuzz.hcl", src)
			if s == nil && len(problems) == 0 {
				t.Fatal("neither a spec nor a problem")
			}
			for _, p := range problems {
				if p.Error() == "" {
					t.Error("a problem without a text")
				}
			}
			var out bytes.Buffer
			_ = spec.WriteProblems(&out, map[string][]byte{"fuzz.hcl": src}, problems, 80, false)
			if (out.Len() == 0) != (len(problems) == 0) {
				t.Errorf("%d problems are shown as %q", len(problems), out.String())
			}
		})
	})
}
