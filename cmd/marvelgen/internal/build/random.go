package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"marvelgen/flows"
	"marvelgen/gen/isa"
	"marvelgen/verif/cover"
	"marvelgen/verif/random"
	"marvelgen/verif/trace"
)

// random runs random programs on the design's RTL in lockstep with the simulator.
func (b *build) random(ctx context.Context, m *isa.Machine, r *designResult, n int64, t *task) (entry, error) {
	key := b.modelKey(r).add("random", selfHash(), b.loaded.Spec.SHA256, m.Design.Name, fmt.Sprint(n, b.Verify.Seed)).sum("random")
	e, err := b.cache.do(key, func(dir string) error {
		scratch, err := os.MkdirTemp(dir, "run-")
		if err != nil {
			return err
		}
		seen := cover.New(m)
		res, err := random.Run(ctx, random.Options{Machine: m, Model: r.model, Instructions: n, Seed: b.Verify.Seed, Dir: scratch,
			Replay:   fmt.Sprintf("marvelgen verify %s --design %s", b.SpecFile, m.Design.Name),
			OnRecord: func(rec *trace.Record) { seen.Record(cover.Random, rec) }, Progress: b.working(t)})
		if err != nil {
			return b.keepFailure(m, err)
		}
		if err := os.RemoveAll(scratch); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "cover"), seen.Hits(), 0o644); err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "random.json"), res)
	})
	if err != nil {
		return e, err
	}
	var res random.Result
	if err := readJSON(filepath.Join(e.Dir, "random.json"), &res); err != nil {
		return e, err
	}
	r.random = &res
	return e, b.mergeCover(m, r, filepath.Join(e.Dir, "cover"))
}

// keepFailure turns a program on which RTL and simulator part into a failed check,
// its listing kept in the design's verify/ folder.
func (b *build) keepFailure(m *isa.Machine, err error) error {
	var f *random.Failure
	if !errors.As(err, &f) {
		return err
	}
	name := "reference.S"
	if m != nil {
		name = filepath.Join(m.Design.Name, "verify", "random.S")
	}
	path := b.out.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(f.Listing), 0o644); err != nil {
		return err
	}
	return &CheckError{Err: err, Files: []string{filepath.ToSlash(name)}}
}

// reference runs the base instructions of random programs on the simulator and on QEMU.
func (b *build) reference(ctx context.Context, n int64, t *task) (entry, error) {
	m, _, err := b.base()
	if err != nil {
		return entry{}, err
	}
	key := newKey("reference", selfHash(), toolVersion("qemu"), fmt.Sprint(n, b.Verify.Seed)).sum("reference")
	e, err := b.cache.do(key, func(dir string) error {
		qemu, err := flows.MustFind("qemu")
		if err != nil {
			return err
		}
		scratch, err := os.MkdirTemp(dir, "run-")
		if err != nil {
			return err
		}
		res, err := random.AgainstQEMU(ctx, random.Options{Machine: m, QEMU: qemu, Instructions: n, Seed: b.Verify.Seed, Dir: scratch, Progress: b.working(t),
			Replay: "marvelgen verify " + b.SpecFile})
		if err != nil {
			return b.keepFailure(nil, err)
		}
		if err := os.RemoveAll(scratch); err != nil {
			return err
		}
		return writeJSON(filepath.Join(dir, "reference.json"), res)
	})
	if err != nil {
		return e, err
	}
	b.report.Reference = &random.Result{}
	return e, readJSON(filepath.Join(e.Dir, "reference.json"), b.report.Reference)
}

// mergeCover adds what a step has covered to the design's coverage.
func (b *build) mergeCover(m *isa.Machine, r *designResult, file string) error {
	hits, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cover == nil {
		r.cover = cover.New(m)
	}
	return r.cover.Add(hits)
}
