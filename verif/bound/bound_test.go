package bound

import (
	"testing"
	"time"
)

// count counts failures.
type count struct{ failed int }

func (c *count) Helper()               {}
func (c *count) Errorf(string, ...any) { c.failed++ }

var sink []byte

// TestCheck wants sleep to be free, work and memory to be noticed.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func()
		want int
	}{
		{"sleep", func() { time.Sleep(60 * time.Millisecond) }, 0},
		{"work", func() {
			for start := CPU(); CPU()-start < 60*time.Millisecond; {
			}
		}, 1},
		{"memory", func() { sink = make([]byte, 2<<20) }, 1},
	} {
		var got count
		Check(&got, 50*time.Millisecond, 1<<20, c.f)
		if got.failed != c.want {
			t.Errorf("%s: %d failures, want %d", c.name, got.failed, c.want)
		}
	}
}
