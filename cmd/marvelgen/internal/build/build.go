// Package build carries out `marvelgen build`: it emits every design, compiles
// the programs, verifies the RTL, synthesises it and reports.
package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"marvelgen/flows"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	"marvelgen/gen/pass"
	"marvelgen/specs"
	"marvelgen/verif/report"
)

// Stages of a build, in order; --until names the last one to carry out.
var Stages = []string{"emit", "compile", "verify", "synth", "report"}

// Options says what to build.
type Options struct {
	SpecFile string
	Out      string   // folder that gets a folder per spec
	Designs  []string // all if empty
	Until    string
	Jobs     int
	Version  string
	Progress Progress
	Strict   bool    // what is not proven fails
	Verify   *Verify // judge these things only, into a folder of their own; nil: build

	patch func(files []emit.File) // tests seed bugs in what is emitted
}

// Progress is told of the work as it goes.
type Progress interface {
	Start(total int)
	Working(design, step string, done, total int64) // within a long step
	Done(design, step, status string, seconds float64, cached bool)
	End()
}

// Build is one build under way.
type build struct {
	Options
	loaded   *gen.Loaded
	machines []*isa.Machine // selected
	out      *output
	cache    *cache
	report   *report.Report
	sources  map[string][]byte // shipped programs and those beside the spec
	networks []*specNetwork
	results  map[string]*designResult
}

// Run builds a checked spec and returns its report and the folder it is in. A
// failed check is in the report, not an error.
func Run(ctx context.Context, l *gen.Loaded, o Options) (*report.Report, string, error) {
	b := &build{Options: o, loaded: l, cache: &cache{dir: filepath.Join(o.Out, ".cache")}, results: map[string]*designResult{}}
	if err := b.selectDesigns(); err != nil {
		return nil, "", err
	}
	if err := flows.Missing(b.tools()...); err != nil {
		return nil, "", err
	}
	var err error
	if b.sources, err = programSources(l.Spec, filepath.Dir(o.SpecFile)); err != nil {
		return nil, "", err
	}
	if b.goals().programs {
		if b.networks, err = specNetworks(ctx, l.Spec, filepath.Dir(o.SpecFile)); err != nil {
			return nil, "", err
		}
	}
	name := l.Spec.Name
	if o.Verify != nil {
		name += ".verify"
	}
	if b.out, err = newOutput(o.Out, name); err != nil {
		return nil, "", err
	}
	if err := b.carryOut(ctx); err != nil {
		b.out.abandon()
		return nil, "", err
	}
	b.cache.prune(30 * 24 * time.Hour)
	return b.report, b.out.dir, b.out.commit()
}

// UsageError is a request that cannot be carried out as it was made.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

func (b *build) selectDesigns() error {
	var known []string
	for _, m := range b.loaded.Machines {
		known = append(known, m.Design.Name)
		if len(b.Designs) == 0 || slices.Contains(b.Designs, m.Design.Name) {
			b.machines = append(b.machines, m)
		}
	}
	for _, d := range b.Designs {
		if !slices.Contains(known, d) {
			return &UsageError{fmt.Sprintf("the spec has no design %q; it has %s", d, strings.Join(known, ", "))}
		}
	}
	if b.Jobs < 1 {
		return &UsageError{fmt.Sprintf("-j %d: at least one step must run at a time", b.Jobs)}
	}
	if b.Verify != nil {
		return b.Verify.check()
	}
	if !slices.Contains(Stages, b.Until) {
		return &UsageError{fmt.Sprintf("--until %q is none of %s", b.Until, strings.Join(Stages, ", "))}
	}
	return nil
}

// reaches reports whether the build goes as far as the stage.
func (b *build) reaches(stage string) bool {
	return slices.Index(Stages, b.Until) >= slices.Index(Stages, stage)
}

// carryOut does the work in the staging folder.
func (b *build) carryOut(ctx context.Context) error {
	start := time.Now()
	s := b.loaded.Spec
	b.report = &report.Report{Schema: report.Schema, Tool: b.Version, Spec: report.Spec{Name: s.Name, File: filepath.Base(s.File), SHA256: s.SHA256}}
	b.report.Steps = append(b.report.Steps, report.Step{Name: fmt.Sprintf("examples (%d)", b.loaded.Examples), Status: "passed"})
	if err := b.emit(); err != nil {
		return err
	}
	b.report.Steps = append(b.report.Steps, report.Step{Name: "emit", Status: "passed", Seconds: time.Since(start).Seconds()})
	if b.Verify != nil || b.reaches("compile") {
		tasks := b.tasks()
		b.Progress.Start(len(tasks))
		err := schedule(ctx, tasks, b.Jobs, func(t *task) {
			b.Progress.Done(t.design, t.name, t.status, t.took.Seconds(), t.entry.Cached)
		})
		b.Progress.End()
		if err != nil {
			return err
		}
		b.collect(tasks)
	} else {
		b.collect(nil)
	}
	b.report.Finish()
	if b.Verify == nil && !b.reaches("report") {
		return nil
	}
	return b.writeReport()
}

// working tells of the progress within a task.
func (b *build) working(t *task) func(done, total int64, what string) {
	return func(done, total int64, _ string) { b.Progress.Working(t.design, t.name, done, total) }
}

// emit writes every selected design into the staging folder.
func (b *build) emit() error {
	selected := map[string]bool{}
	for _, m := range b.machines {
		selected[m.Design.Name] = true
	}
	if err := b.out.carry(selected, b.loaded.Spec.Designs); err != nil {
		return err
	}
	for _, m := range b.machines {
		files, err := gen.Emit(m)
		if err != nil {
			return err
		}
		if b.patch != nil {
			b.patch(files)
		}
		list, err := manifest(m, b.Version, files)
		if err != nil {
			return err
		}
		if err := b.out.write(m.Design.Name, append(files, list)); err != nil {
			return err
		}
		b.results[m.Design.Name] = &designResult{files: files, vectors: map[string]int{}}
	}
	return nil
}

// base is the core alone, which areas are compared with: the first design if it
// has no instructions, or one made for the purpose.
func (b *build) base() (*isa.Machine, []emit.File, error) {
	first := b.loaded.Machines[0]
	if len(first.Exts) > 0 {
		first, _ = pass.Resolve(b.loaded.Spec, &isa.Design{Name: "base"}, first.Base)
	}
	if r := b.results[first.Design.Name]; r != nil {
		return first, r.files, nil
	}
	files, err := gen.Emit(first)
	return first, files, err
}

func (b *build) writeReport() error {
	j, err := b.report.JSON()
	if err != nil {
		return err
	}
	x, err := b.report.JUnit()
	if err != nil {
		return err
	}
	return b.out.write("report", []emit.File{{Path: "report.json", Data: j}, {Path: "report.md", Data: []byte(b.report.Markdown())}, {Path: "junit.xml", Data: x}})
}

// programSources reads all that programs may include: their sources and the headers beside
// those, in the folder of the spec, and what is shipped for the rest.
func programSources(s *isa.Spec, dir string) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := fs.WalkDir(specs.FS, "programs", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out[path], err = specs.FS.ReadFile(path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, p := range s.Programs {
		for _, src := range p.Sources {
			b, err := readSource(filepath.Join(dir, src))
			switch {
			case err == nil:
				out[src] = b
			case out[src] != nil && errors.Is(err, fs.ErrNotExist):
				continue // shipped
			default:
				return nil, &UsageError{fmt.Sprintf("%s: program %q needs %s, which is neither beside the spec nor shipped: %v", p.Pos, p.Name, src, err)}
			}
			headers, _ := filepath.Glob(filepath.Join(dir, filepath.Dir(src), "*.h"))
			for _, h := range headers {
				if b, err := readSource(h); err == nil {
					out[filepath.Join(filepath.Dir(src), filepath.Base(h))] = b
				}
			}
		}
	}
	return out, nil
}

// maxSource bounds a source file.
const maxSource = 16 << 20

func readSource(name string) ([]byte, error) {
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular() || st.Size() > maxSource:
		return nil, fmt.Errorf("%s is no file of at most %d bytes", name, maxSource)
	}
	return os.ReadFile(name)
}
