package build

import (
	"context"
	"fmt"
	"path/filepath"

	"marvelgen/gen/isa"
	"marvelgen/verif/formal"
	"marvelgen/verif/mutate"
)

// mutate damages the design in many places and counts what the judges find.
func (b *build) mutate(ctx context.Context, m *isa.Machine, r *designResult, n int, t *task) (entry, error) {
	key := b.modelKey(r).add("mutate", selfHash(), b.loaded.Spec.SHA256, m.Design.Name, fmt.Sprint(n, b.Verify.Seed)).files(sub(r.files, "formal/")).sum("mutate")
	e, err := b.cache.do(key, func(dir string) error {
		scratch, err := filepath.Abs(filepath.Join(dir, "run")) // tools run in folders of their own
		if err != nil {
			return err
		}
		judges, err := mutate.DefaultJudges(ctx, m, scratch)
		if err != nil {
			return err
		}
		if m.Socket.Present {
			judges = append(judges, unitProofs{b, m})
		}
		explained, err := mutate.Explained()
		if err != nil {
			return err
		}
		files := sub(r.files, "rtl/")
		for name, text := range sub(r.files, "tb/") {
			files[name] = text
		}
		res, err := mutate.Run(ctx, mutate.Options{Machine: m, Files: files, Mutants: n, Seed: b.Verify.Seed, Jobs: b.Jobs, Dir: scratch,
			Judges: judges, Explanations: explained, Progress: b.working(t)})
		if err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "mutation.json"), res)
	})
	if err != nil {
		return e, err
	}
	r.mutation = &mutate.Result{}
	if err := readJSON(filepath.Join(e.Dir, "mutation.json"), r.mutation); err != nil {
		return e, err
	}
	return e, check(ctx, r.mutation.Check())
}

// unitProofs is the judge that proves each unit against its meaning.
type unitProofs struct {
	b *build
	m *isa.Machine
}

func (unitProofs) Name() string { return "unit proofs" }

func (j unitProofs) Judge(ctx context.Context, s *mutate.Subject) (string, error) {
	dir := filepath.Join(s.Dir, "rtl")
	if _, err := s.WriteRTL(dir); err != nil {
		return "", err
	}
	list := j.m.Name() + ".f"
	if err := copyFile(j.b.out.path(j.m.Design.Name, "rtl", list), filepath.Join(dir, list)); err != nil {
		return "", err
	}
	units, err := formal.Prove(ctx, formal.Options{Machine: j.m, RTL: dir, Formal: j.b.out.path(j.m.Design.Name, "formal"),
		Dir: filepath.Join(s.Dir, "proofs"), Jobs: 1, Decide: true})
	if err != nil {
		return "", err
	}
	for _, u := range units {
		for _, p := range u.Proofs {
			if p.Status == formal.Failed {
				return p.Name + " does not hold: " + p.Says, nil
			}
		}
	}
	return "", nil
}
