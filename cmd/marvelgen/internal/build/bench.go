package build

import (
	"context"
	"os"
	"path/filepath"

	"marvelgen/gen"
	"marvelgen/gen/isa"
)

// Bench is one design in a scratch folder: software to compile programs with, and
// RTL to run them on.
type Bench struct {
	Machine *isa.Machine
	Dir     string // scratch, removed by Close
	SW      string // the folder of start-up code, runtime, linker script and headers

	b *build
	r *designResult
}

// NewBench emits a design of a spec, its last one if no name is given. Models are
// kept in cacheDir.
func NewBench(l *gen.Loaded, design, cacheDir string) (*Bench, error) {
	m, err := FindDesign(l, design)
	if err != nil {
		return nil, err
	}
	files, err := gen.Emit(m)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "marvelgen-run-")
	if err != nil {
		return nil, err
	}
	b := &build{loaded: l, cache: &cache{dir: cacheDir}, out: &output{staging: dir}}
	if err := b.out.write(m.Design.Name, files); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return &Bench{Machine: m, Dir: dir, SW: filepath.Join(dir, m.Design.Name, "sw"), b: b, r: &designResult{files: files}}, nil
}

// Model compiles the RTL for simulation, unless the cache has it, and returns the
// executable.
func (b *Bench) Model(ctx context.Context) (string, error) {
	_, err := b.b.buildModel(ctx, b.Machine, b.r)
	return b.r.model, err
}

// Close removes the scratch folder.
func (b *Bench) Close() { os.RemoveAll(b.Dir) }
