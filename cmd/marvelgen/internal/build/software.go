package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
)

// Software is a folder with a design's start-up code, runtime, linker scripts and
// headers. It stays in cacheDir: dependency files and debug information name it.
func Software(m *isa.Machine, cacheDir string) (string, error) {
	files, err := sw.Emit(m)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n%s", f.Path, len(f.Data), f.Data)
	}
	e, err := (&cache{dir: cacheDir}).do("sw-"+hex.EncodeToString(h.Sum(nil))[:32], func(dir string) error {
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), f.Data, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	return e.Dir, err
}
