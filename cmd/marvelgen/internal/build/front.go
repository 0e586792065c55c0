package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"marvelgen/cmd/marvelgen/internal/front"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/gcc"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	"marvelgen/gen/nn/golden"
	"marvelgen/verif/iss"
	"marvelgen/verif/report"
)

// FrontOptions say which networks to run on the designs of a spec.
type FrontOptions struct {
	Models   []string // those that are not there are left out
	Compiler string
	Opt      string
	Seed     uint64 // of random inputs, where there is no net.in.bin beside net.tflite
	Jobs     int
	CacheDir string
	Version  string
	Progress Progress
}

// family is a measurement under way.
type family struct {
	*build
	o      FrontOptions
	base   *isa.Machine
	files  map[*isa.Machine][]emit.File
	mu     sync.Mutex // of progress and areas
	areas  map[*isa.Machine]flows.Area
	result *front.Front
}

// MeasureFront runs every network on every design and on the core alone, and
// synthesises them. A run whose layers differ from the golden execution is in the
// result, not an error.
func MeasureFront(ctx context.Context, l *gen.Loaded, o FrontOptions) (*front.Front, error) {
	if err := flows.Missing(flows.StepCompile, flows.StepSynth); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "marvelgen-front-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f, err := newFamily(l, o, dir)
	if err != nil {
		return nil, err
	}
	if err := f.measure(ctx); err != nil {
		return nil, err
	}
	for i := range f.result.Designs {
		d := &f.result.Designs[i]
		m, err := FindDesign(l, d.Name)
		if err != nil {
			return nil, err
		}
		d.Area = f.areas[m]
	}
	f.result.BaseArea = f.areas[f.base]
	f.result.Finish()
	return f.result, nil
}

// newFamily emits all designs of a spec into a folder.
func newFamily(l *gen.Loaded, o FrontOptions, dir string) (*family, error) {
	f := &family{o: o, files: map[*isa.Machine][]emit.File{}, areas: map[*isa.Machine]flows.Area{}}
	f.build = &build{Options: Options{Progress: o.Progress, Version: o.Version}, loaded: l, machines: l.Machines, cache: &cache{dir: o.CacheDir},
		out: &output{staging: dir}, report: &report.Report{}, results: map[string]*designResult{}}
	return f, f.prepare()
}

// prepare emits all designs, and the core alone if it is none of them.
func (f *family) prepare() error {
	if err := f.emit(); err != nil {
		return err
	}
	for _, m := range f.machines {
		f.files[m] = f.results[m.Design.Name].files
	}
	base, files, err := f.build.base()
	if err != nil {
		return err
	}
	if f.files[base] == nil {
		if err := f.out.write(base.Design.Name, files); err != nil {
			return err
		}
	}
	f.base, f.files[base] = base, files
	s := f.loaded.Spec
	f.result = &front.Front{Schema: front.Schema, Tool: f.Version, Spec: s.Name, SHA256: s.SHA256, Compiler: toolVersion(f.compiler()) + " " + f.o.Opt,
		Synthesis: toolVersion("yosys"), Base: base.Design.Name}
	for _, m := range f.machines {
		if m != base {
			f.result.Designs = append(f.result.Designs, front.Design{Name: m.Design.Name, Summary: m.Design.Summary})
		}
	}
	if len(f.result.Designs) == 0 {
		return &UsageError{s.File + " has no design beside the core alone: there is nothing to compare"}
	}
	return nil
}

// compiler is the name that tool versions go by.
func (f *family) compiler() string {
	if f.o.Compiler == gcc.GCC {
		return "riscv-gcc"
	}
	return f.o.Compiler
}

// models are those that are there; the others are noted.
func (f *family) models() ([]string, error) {
	var models []string
	for _, name := range f.o.Models {
		if _, err := os.Stat(name); err != nil && !strings.Contains(name, ":") {
			f.result.Missing = append(f.result.Missing, name)
			continue
		}
		models = append(models, name)
	}
	if len(models) == 0 {
		return nil, &UsageError{"none of the models is there: " + strings.Join(f.result.Missing, ", ")}
	}
	return models, nil
}

// measure carries out all runs and syntheses, the networks in the order given.
func (f *family) measure(ctx context.Context) error {
	models, err := f.models()
	if err != nil {
		return err
	}
	calibrated := f.calibrated()
	f.Progress.Start((len(models)+1)*len(f.files) + len(calibrated))
	defer f.Progress.End()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(f.o.Jobs, 1))
	for _, name := range models {
		g.Go(func() error {
			if err := f.network(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	if len(calibrated) > 0 {
		g.Go(func() error { return f.calibrate(ctx, calibrated) })
	}
	for m, files := range f.files {
		g.Go(func() error {
			start := time.Now()
			a, e, err := f.synth(ctx, m, files)
			if err != nil {
				return err
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.areas[m] = *a
			f.Progress.Done(m.Design.Name, "synth", "passed", time.Since(start).Seconds(), e.Cached)
			return nil
		})
	}
	return g.Wait()
}

// frontNetwork is a network with one input, judged when it is first run.
type frontNetwork struct {
	name   string
	model  *network.Model
	random bool
	input  []golden.Value
	ref    *network.Reference
}

// load reads a network and chooses its input.
func (f *family) load(ctx context.Context, file string) (*frontNetwork, error) {
	g, float, err := network.Import(ctx, file, network.Calibration{Seed: f.o.Seed})
	if err != nil {
		return nil, err
	}
	n := &frontNetwork{name: g.Name}
	if n.model, err = network.New(g); err != nil {
		return nil, err
	}
	o := NetworkOptions{Samples: 1, Seed: f.o.Seed}
	if len(g.Inputs) == 1 {
		o.Inputs = InputBeside(file)
	}
	r := &NetworkResult{Model: n.model}
	all, err := r.inputs(o, float)
	if err != nil {
		return nil, err
	}
	n.random, n.input = r.Random, all[0]
	return n, nil
}

// network runs one network on the core alone and on every design.
func (f *family) network(ctx context.Context, file string) error {
	n, err := f.load(ctx, file)
	if err != nil {
		return err
	}
	one := front.Network{Name: n.name, File: filepath.ToSlash(file), MACs: n.model.MACs(), RandomInput: n.random, Layers: layersOf(n.model)}
	if one.Base, err = f.run(ctx, n, f.base); err != nil {
		return err
	}
	runs := map[string]front.Run{}
	for _, m := range f.machines {
		if m == f.base {
			continue
		}
		if runs[m.Design.Name], err = f.run(ctx, n, m); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.result.Networks = append(f.result.Networks, one)
	for i := range f.result.Designs {
		d := &f.result.Designs[i]
		d.Runs = append(d.Runs, runs[d.Name])
	}
	return nil
}

// run is one inference on one design, from the cache if nothing that it depends on
// has changed.
func (f *family) run(ctx context.Context, n *frontNetwork, m *isa.Machine) (front.Run, error) {
	run := front.Run{Network: n.name}
	kernels, err := KernelsOf(m)
	if err != nil {
		return run, err
	}
	key := newKey("front", selfHash(), toolVersion("clang"), toolVersion("riscv-gcc"), f.o.Compiler, f.o.Opt, string(network.Input(n.input))).kernels(kernels)
	for _, file := range n.model.C.Files {
		key.add(file.Path, string(file.Data))
	}
	in := map[string][]byte{}
	for _, file := range f.files[m] {
		in[file.Path] = file.Data
	}
	start := time.Now()
	e, err := f.cache.do(key.files(in).sum("front"), func(dir string) error {
		s, err := f.simulate(ctx, n, m, kernels, filepath.Join(dir, "run"))
		if err != nil {
			return check(ctx, err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "run")); err != nil {
			return err
		}
		if d := s.Difference(); d != "" {
			return &CheckError{Err: errors.New(d)}
		}
		j, err := json.Marshal(front.Run{Network: n.name, Cycles: s.Cycles, Layers: layerCycles(n.model, s, m)})
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "run.json"), j, 0o644)
	})
	status := "passed"
	var failed *CheckError
	switch {
	case errors.As(err, &failed):
		run.Difference, status, err = failed.Error(), "failed", nil
	case err == nil:
		var j []byte
		if j, err = os.ReadFile(filepath.Join(e.Dir, "run.json")); err == nil {
			err = json.Unmarshal(j, &run)
		}
	}
	run.Network = n.name // equal graphs of two names share an entry
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Progress.Done(m.Design.Name, n.name, status, time.Since(start).Seconds(), e.Cached)
	return run, err
}

// simulate compiles a network for a design and runs it in dir.
func (f *family) simulate(ctx context.Context, n *frontNetwork, m *isa.Machine, kernels []emit.File, dir string) (*network.Sample, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := n.model.Write(dir, m); err != nil {
		return nil, err
	}
	elf, err := n.model.CompileCore(ctx, dir, network.CompileOptions{SW: f.out.path(m.Design.Name, "sw"), Kernels: kernels, Compiler: f.o.Compiler, Opt: f.o.Opt})
	if err != nil {
		return nil, err
	}
	img, err := iss.ReadFile(elf)
	if err != nil {
		return nil, err
	}
	if n.ref == nil {
		if n.ref, err = n.model.Judge(ctx, n.input...); err != nil {
			return nil, err
		}
	}
	c := network.Core{Machine: m, Dir: dir, Limit: maxNetworkCycles, Progress: func(layer, of int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.Progress.Working(m.Design.Name, n.name, int64(layer), int64(of))
	}}
	return n.model.RunCore(ctx, c, img, network.Input(n.input), n.ref)
}
