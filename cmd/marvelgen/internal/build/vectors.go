package build

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/cover"
	"marvelgen/verif/trace"
)

// vectors runs corner and random vectors of every instruction on the RTL,
// judged by the golden evaluation.
func (b *build) vectors(ctx context.Context, m *isa.Machine, r *designResult) (entry, error) {
	v := b.loaded.Spec.Verify
	key := b.modelKey(r).add("vectors", selfHash(), b.loaded.Spec.SHA256, m.Design.Name, fmt.Sprint(v.Vectors, v.Seed)).sum("vectors")
	e, err := b.cache.do(key, func(dir string) error {
		seen := cover.New(m)
		run := cosim.Run{Model: r.model, Machine: m, Dir: dir, Limit: maxCycles,
			OnRecord: func(rec *trace.Record) error { seen.Record(cover.Vectors, rec); return nil }}
		counts, err := cosim.Vectors(ctx, &run, v.Vectors, v.Seed)
		if err != nil {
			return b.evidence(ctx, m, "vectors", run, err)
		}
		_ = os.Remove(filepath.Join(dir, "image.bin"))
		if err := os.WriteFile(filepath.Join(dir, "cover"), seen.Hits(), 0o644); err != nil {
			return err
		}
		j, err := json.Marshal(counts)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "counts.json"), j, 0o644)
	})
	if err != nil {
		return e, err
	}
	j, err := os.ReadFile(filepath.Join(e.Dir, "counts.json"))
	if err != nil {
		return e, err
	}
	if err := b.mergeCover(m, r, filepath.Join(e.Dir, "cover")); err != nil {
		return e, err
	}
	counts := map[string]int{}
	if err := json.Unmarshal(j, &counts); err != nil {
		return e, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.Copy(r.vectors, counts)
	return e, nil
}
