package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

// cache keeps the products of steps by the hash of everything they depend on.
// An entry appears by rename when it is whole, so a build that is killed leaves
// no half of one.
type cache struct {
	dir   string
	locks sync.Map // key to *sync.Mutex: equal work of two tasks is done once
}

// entryMeta is stored with each entry.
type entryMeta struct {
	Seconds float64 `json:"seconds"`
}

// entry is the folder of a finished step.
type entry struct {
	Dir     string
	Cached  bool
	Seconds float64
}

// do returns the entry for key, making it with work if it is not there. work
// gets an empty folder to fill.
func (c *cache) do(key string, work func(dir string) error) (entry, error) {
	lock, _ := c.locks.LoadOrStore(key, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	dir := filepath.Join(c.dir, key)
	if b, err := os.ReadFile(filepath.Join(dir, "meta.json")); err == nil {
		var m entryMeta
		if json.Unmarshal(b, &m) == nil {
			return entry{dir, true, m.Seconds}, nil
		}
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return entry{}, err
	}
	tmp, err := os.MkdirTemp(c.dir, "tmp-")
	if err != nil {
		return entry{}, err
	}
	defer os.RemoveAll(tmp)
	start := time.Now()
	if err := work(tmp); err != nil {
		return entry{}, err
	}
	m := entryMeta{Seconds: time.Since(start).Seconds()}
	b, err := json.Marshal(m)
	if err != nil {
		return entry{}, err
	}
	if err := os.WriteFile(filepath.Join(tmp, "meta.json"), b, 0o644); err != nil {
		return entry{}, err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return entry{}, err
	}
	if _, err := os.Stat(filepath.Join(dir, "meta.json")); err != nil {
		_ = os.RemoveAll(dir) // an entry of another version
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return entry{}, err
	}
	return entry{dir, false, m.Seconds}, nil
}

// prune removes the remains of killed builds and the entries that have not been
// touched for a long time, so that the cache does not grow for ever.
func (c *cache) prune(keep time.Duration) {
	list, _ := os.ReadDir(c.dir)
	for _, e := range list {
		info, err := e.Info()
		limit := keep
		if strings.HasPrefix(e.Name(), "tmp-") {
			limit = min(keep, 24*time.Hour) // no step takes as long
		}
		if err == nil && time.Since(info.ModTime()) > limit {
			_ = os.RemoveAll(filepath.Join(c.dir, e.Name()))
		}
	}
}

// keyer hashes the inputs of a step.
type keyer struct {
	b bytes.Buffer
}

func newKey(step string, parts ...string) *keyer {
	k := &keyer{}
	return k.add(append([]string{step}, parts...)...)
}

// add adds texts.
func (k *keyer) add(parts ...string) *keyer {
	for _, p := range parts {
		fmt.Fprintf(&k.b, "%d:%s\n", len(p), p)
	}
	return k
}

// files adds contents in the order of their names. Header lines that only name
// the spec's hash do not count, so that an edit elsewhere in the spec does not
// invalidate what it left alone.
func (k *keyer) files(files map[string][]byte) *keyer {
	var names []string
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		k.add(n, string(withoutHash(files[n])))
	}
	return k
}

func withoutHash(b []byte) []byte {
	var out []byte
	for i, line := range bytes.SplitAfter(b, []byte("\n")) {
		if i < 8 && bytes.Contains(line, []byte("spec sha256")) {
			continue
		}
		out = append(out, line...)
	}
	return out
}

// sum is the key: the step's name for people, the hash for uniqueness.
func (k *keyer) sum(step string) string {
	h := sha256.Sum256(k.b.Bytes())
	return step + "-" + hex.EncodeToString(h[:12])
}

// selfHash is the hash of the running executable: what the simulator, the
// golden evaluation and the checks are.
var selfHash = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "unknown"
	}
	return hex.EncodeToString(h.Sum(nil))
})
