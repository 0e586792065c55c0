package build

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCache does equal work once, keeps nothing of failed work and what is whole.
func TestCache(t *testing.T) {
	c := &cache{dir: filepath.Join(t.TempDir(), "cache")}
	var runs atomic.Int32
	work := func(dir string) error {
		runs.Add(1)
		time.Sleep(10 * time.Millisecond)
		return os.WriteFile(filepath.Join(dir, "result"), []byte("42"), 0o644)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			e, err := c.do("key", work)
			if b, rerr := os.ReadFile(filepath.Join(e.Dir, "result")); err != nil || rerr != nil || string(b) != "42" {
				t.Errorf("%q, %v, %v", b, err, rerr)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n != 1 {
		t.Errorf("the work was done %d times", n)
	}
	boom := errors.New("boom")
	if _, err := c.do("bad", func(dir string) error { _ = work(dir); return boom }); !errors.Is(err, boom) {
		t.Error(err)
	}
	if e, err := c.do("bad", work); err != nil || e.Cached {
		t.Errorf("failed work was kept: %+v, %v", e, err)
	}
	// Half an entry, as no build of ours leaves it, is made anew.
	if err := os.Remove(filepath.Join(c.dir, "key", "meta.json")); err != nil {
		t.Fatal(err)
	}
	if e, err := c.do("key", work); err != nil || e.Cached {
		t.Errorf("half an entry was taken: %+v, %v", e, err)
	}
}

// TestPrune removes old entries and the remains of killed builds.
func TestPrune(t *testing.T) {
	c := &cache{dir: t.TempDir()}
	ages := map[string]time.Duration{"elf-new": 0, "elf-old": 40 * 24 * time.Hour, "tmp-new": time.Hour, "tmp-old": 25 * time.Hour}
	for name, age := range ages {
		dir := filepath.Join(c.dir, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	c.prune(30 * 24 * time.Hour)
	for name := range ages {
		_, err := os.Stat(filepath.Join(c.dir, name))
		if want := name == "elf-new" || name == "tmp-new"; (err == nil) != want {
			t.Errorf("%s: still there %v, want %v", name, err == nil, want)
		}
	}
}

// TestKeys tells inputs apart that differ, and only those.
func TestKeys(t *testing.T) {
	base := func() *keyer {
		return newKey("model", "verilator 5").files(map[string][]byte{"a": []byte("1\n// x spec sha256 aa\n2\n")})
	}
	key := base().sum("model")
	if base().sum("model") != key {
		t.Error("equal inputs have different keys")
	}
	if newKey("model", "verilator 5").files(map[string][]byte{"a": []byte("1\n// x spec sha256 bb\n2\n")}).sum("model") != key {
		t.Error("the hash of the spec in a header changes the key")
	}
	for name, k := range map[string]*keyer{
		"tool":    newKey("model", "verilator 6").files(map[string][]byte{"a": []byte("1\n// x spec sha256 aa\n2\n")}),
		"content": newKey("model", "verilator 5").files(map[string][]byte{"a": []byte("1\n// x spec sha256 aa\n3\n")}),
		"name":    newKey("model", "verilator 5").files(map[string][]byte{"b": []byte("1\n// x spec sha256 aa\n2\n")}),
		"split":   newKey("model", "verilator ", "5").files(map[string][]byte{"a": []byte("1\n// x spec sha256 aa\n2\n")}),
		"more":    base().add("waves"),
	} {
		if k.sum("model") == key {
			t.Errorf("another %s does not change the key", name)
		}
	}
}
