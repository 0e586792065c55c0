package cc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestParallel: on several cores the outcome is what it is on one, remarks included.
func TestParallel(t *testing.T) {
	for _, set := range []string{"testdata/*.s", "testdata/computed/*.s"} {
		files, err := filepath.Glob(set)
		if err != nil || len(files) < 2 {
			t.Fatal("no testdata", err)
		}
		var all strings.Builder
		for i, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(strings.ReplaceAll(string(text), ".L", fmt.Sprintf(".L%dx", i))) // labels are of the whole file
		}
		m, equal := marvel(t, "v4"), solver(t)
		if strings.Contains(set, "computed") {
			m = rescale(t)
		}
		var texts, remarks [2]string
		for i, cores := range []int{1, 8} {
			before := runtime.GOMAXPROCS(cores)
			texts[i], remarks[i] = rewritten("all.s", []byte(all.String()), m, equal)
			runtime.GOMAXPROCS(before)
		}
		if texts[0] != texts[1] || remarks[0] != remarks[1] || !strings.Contains(remarks[0], "selected [passed]") {
			t.Errorf("%s: on 8 cores the outcome is not that on one", set)
		}
	}
}
