package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"marvelgen/flows"
	"marvelgen/flows/gcc"
	"marvelgen/flows/verilator"
	"marvelgen/gen/emit"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/cover"
	"marvelgen/verif/formal"
	"marvelgen/verif/golden"
	"marvelgen/verif/iss"
	"marvelgen/verif/mutate"
	"marvelgen/verif/random"
	"marvelgen/verif/report"
	"marvelgen/verif/trace"
)

// maxCycles bounds a program, so that a wrong one ends.
const maxCycles = 2_000_000_000

// maxNetworkCycles bounds an inference.
const maxNetworkCycles = 1_000_000_000_000

// designResult gathers what the tasks of a design find.
type designResult struct {
	files    []emit.File
	mu       sync.Mutex
	vectors  map[string]int
	programs []*programResult
	networks []*networkResult
	area     *flows.Area
	model    string
	units    []formal.Unit
	core     []report.CoreProof
	random   *random.Result
	mutation *mutate.Result
	cover    *cover.Model
}

type programResult struct {
	program *isa.Program
	variant *isa.Variant
	elf     string
	run     report.Program
}

// tasks lists the steps of all designs, the long ones first.
func (b *build) tasks() []*task {
	g := b.goals()
	var models, long, rest []*task
	add := func(list *[]*task, design, name string, run func(context.Context, *task) (entry, error), needs ...*task) *task {
		t := &task{design: design, name: name, needs: needs}
		t.run = func(ctx context.Context) (entry, error) { return run(ctx, t) }
		*list = append(*list, t)
		return t
	}
	if g.synth {
		long = append(long, b.synthTasks()...)
	}
	if g.reference > 0 {
		add(&long, "", fmt.Sprintf("simulator against QEMU, %d instructions", g.reference), func(ctx context.Context, t *task) (entry, error) { return b.reference(ctx, g.reference, t) })
	}
	for _, m := range b.machines {
		r, name := b.results[m.Design.Name], m.Design.Name
		var model []*task
		if g.simulates(b) {
			model = append(model, add(&models, name, "model", func(ctx context.Context, _ *task) (entry, error) { return b.buildModel(ctx, m, r) }))
		}
		if g.lint {
			add(&models, name, "lint", func(ctx context.Context, _ *task) (entry, error) { return b.lint(ctx, m, r) })
		}
		if g.units && m.Socket.Present {
			add(&rest, name, "prove units", func(ctx context.Context, t *task) (entry, error) { return b.proveUnits(ctx, m, r, t) })
		}
		if g.core {
			add(&long, name, "prove core", func(ctx context.Context, t *task) (entry, error) { return b.proveCore(ctx, m, r, t) })
		}
		if g.vectors {
			add(&rest, name, "vectors", func(ctx context.Context, _ *task) (entry, error) { return b.vectors(ctx, m, r) }, model...)
		}
		if g.random > 0 {
			n := (g.random + int64(len(b.machines)) - 1) / int64(len(b.machines))
			add(&long, name, fmt.Sprintf("random programs, %d instructions", n), func(ctx context.Context, t *task) (entry, error) { return b.random(ctx, m, r, n, t) }, model...)
		}
		if g.mutants > 0 {
			add(&long, name, fmt.Sprintf("%d mutants", g.mutants), func(ctx context.Context, t *task) (entry, error) { return b.mutate(ctx, m, r, g.mutants, t) })
		}
		if g.programs {
			rest = append(rest, b.programTasks(m, r, model)...)
			rest = append(rest, b.networkTasks(m, r, model)...)
		}
	}
	return append(append(models, long...), rest...)
}

// programTasks compiles and runs the programs of one design.
func (b *build) programTasks(m *isa.Machine, r *designResult, model []*task) []*task {
	var out []*task
	for _, p := range b.loaded.Spec.Programs {
		for i := range p.Variants {
			v := &p.Variants[i]
			if !has(m, v.Needs) {
				continue
			}
			pr := &programResult{program: p, variant: v, run: report.Program{Name: p.Name, Variant: v.Name, Portable: v.Portable(),
				MACs: p.MACs, Compiler: p.Compiler + " " + p.Opt}}
			r.programs = append(r.programs, pr)
			compile := &task{design: m.Design.Name, name: "compile " + p.Name + " " + v.Name,
				run: func(ctx context.Context) (entry, error) { return b.compile(ctx, m, r, pr) }}
			out = append(out, compile)
			if len(model) > 0 {
				out = append(out, &task{design: m.Design.Name, name: "lockstep " + p.Name + " " + v.Name, needs: append([]*task{compile}, model...),
					run: func(ctx context.Context) (entry, error) { return b.lockstep(ctx, m, r, pr) }})
			}
		}
	}
	return out
}

func has(m *isa.Machine, needs []string) bool {
	for _, n := range needs {
		found := false
		for _, p := range m.Exts {
			found = found || p.Name == n
		}
		if !found {
			return false
		}
	}
	return true
}

// toolVersion is the version of an external tool, part of the key of its work.
// Each tool is asked once: a build has hundreds of keys.
func toolVersion(name string) string {
	once, _ := toolVersions.LoadOrStore(name, sync.OnceValue(func() string {
		t, ok := flows.ByName(name)
		if !ok {
			return name
		}
		f, err := t.Find()
		if err != nil {
			return name
		}
		return name + " " + f.Version
	}))
	return once.(func() string)()
}

var toolVersions sync.Map // name to func() string

// paths turns file names of a design into paths in the staging folder.
func (b *build) paths(m *isa.Machine, names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, b.out.path(m.Design.Name, "rtl", n))
	}
	return out
}

// lint holds the emitted Verilog against Verilator's warnings.
func (b *build) lint(ctx context.Context, m *isa.Machine, r *designResult) (entry, error) {
	key := newKey("lint", toolVersion("verilator")).files(sub(r.files, "rtl/")).sum("lint")
	return b.cache.do(key, func(string) error {
		for _, top := range []struct {
			name    string
			defines []string
		}{{m.Name() + "_top", nil}, {m.Name() + "_soc", []string{"RISCV_FORMAL"}}} {
			err := verilator.LintWith(ctx, verilator.Options{Files: b.paths(m, rtl.Files(m)), Top: top.name, Defines: top.defines})
			if err != nil {
				return check(ctx, err)
			}
		}
		return nil
	})
}

// check makes an error a failed check, unless the build is being stopped.
func check(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &CheckError{Err: err}
}

func (b *build) modelKey(r *designResult) *keyer {
	return newKey("model", toolVersion("verilator"), toolVersion("g++")).files(sub(r.files, "rtl/")).files(sub(r.files, "tb/"))
}

// buildModel compiles the design for simulation.
func (b *build) buildModel(ctx context.Context, m *isa.Machine, r *designResult) (entry, error) {
	e, err := b.cache.do(b.modelKey(r).sum("model"), func(dir string) error {
		exe, err := b.verilate(ctx, m, filepath.Join(dir, "obj"), false)
		if err != nil {
			return check(ctx, err)
		}
		if err := os.Rename(exe, filepath.Join(dir, "model")); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "obj"))
	})
	r.model = filepath.Join(e.Dir, "model")
	return e, err
}

func (b *build) verilate(ctx context.Context, m *isa.Machine, dir string, waves bool) (string, error) {
	return verilator.Build(ctx, verilator.Options{Dir: dir, Top: m.Name() + "_soc", Files: b.paths(m, rtl.Files(m)),
		CPP: []string{b.out.path(m.Design.Name, "tb", "main.cpp")}, Defines: []string{"RISCV_FORMAL"}, Trace: waves, Jobs: 1})
}

// compile builds one variant of a program for the design.
func (b *build) compile(ctx context.Context, m *isa.Machine, r *designResult, pr *programResult) (entry, error) {
	p, v := pr.program, pr.variant
	files := map[string][]byte{}
	for n, src := range b.sources {
		files[n] = src
	}
	if p.Golden != "" {
		k, ok := golden.KernelByName(p.Golden)
		if !ok {
			return entry{}, fmt.Errorf("%s: there is no golden model %q", p.Pos, p.Golden)
		}
		var data bytes.Buffer
		if err := golden.WriteHeader(&data, k, b.loaded.Spec.Verify.Seed); err != nil {
			return entry{}, err
		}
		files["data.h"] = data.Bytes()
	}
	swFiles := sub(r.files, "sw/")
	if v.Portable() { // the same for every design: compile it once
		for _, name := range append([]string{m.Spec.Name}, m.Spec.Uses...) {
			delete(swFiles, "sw/riscv_"+name+".h")
		}
	}
	key := newKey("elf", toolVersion("clang"), toolVersion("riscv-gcc"), p.Compiler, p.Opt, fmt.Sprint(p.LibC), strings.Join(p.Sources, " "), strings.Join(v.Defines, " ")).files(files)
	for n, src := range swFiles {
		swFiles[n] = withoutDesign(src)
	}
	e, err := b.cache.do(key.files(swFiles).sum("elf"), func(dir string) error {
		for n, src := range files {
			path := filepath.Join(dir, "src", n)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, src, 0o644); err != nil {
				return err
			}
		}
		return b.compileIn(ctx, m, dir, p, v)
	})
	pr.elf = filepath.Join(e.Dir, "program.elf")
	if err == nil {
		err = b.keepProgram(m, pr, e.Dir)
	}
	return e, err
}

// withoutDesign drops the header lines that differ between designs.
func withoutDesign(b []byte) []byte {
	var out []byte
	for i, line := range bytes.SplitAfter(b, []byte("\n")) {
		if i < 8 && (bytes.Contains(line, []byte("spec sha256")) || bytes.Contains(line, []byte("Generated by marvelgen"))) {
			continue
		}
		out = append(out, line...)
	}
	return out
}

func (b *build) compileIn(ctx context.Context, m *isa.Machine, dir string, p *isa.Program, v *isa.Variant) error {
	swDir := b.out.path(m.Design.Name, "sw")
	o := gcc.Options{Compiler: p.Compiler, Opt: p.Opt, Warn: true, Libc: p.LibC, Defines: v.Defines, LinkScript: filepath.Join(swDir, "link.ld"),
		Includes: []string{swDir, filepath.Join(dir, "src"), filepath.Join(dir, "src", "programs")}, Out: filepath.Join(dir, "program.elf"),
		Sources: []string{filepath.Join(swDir, "crt0.S"), filepath.Join(swDir, "runtime.c")}}
	for _, s := range p.Sources {
		o.Sources = append(o.Sources, filepath.Join(dir, "src", s))
	}
	err := gcc.Build(ctx, o)
	var failed *gcc.CompileError
	if errors.As(err, &failed) { // name the user's files, not the copies of them
		failed.Output = strings.ReplaceAll(failed.Output, filepath.Join(dir, "src")+string(filepath.Separator), "")
	}
	return check(ctx, err)
}

// keepProgram copies the ELF, its sources and its data into the output.
func (b *build) keepProgram(m *isa.Machine, pr *programResult, dir string) error {
	to := b.out.path(m.Design.Name, "sw", "programs")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	name := pr.program.Name + "_" + pr.variant.Name
	if err := copyFile(filepath.Join(dir, "program.elf"), filepath.Join(to, name+".elf")); err != nil {
		return err
	}
	if data := filepath.Join(dir, "src", "data.h"); pr.program.Golden != "" {
		return copyFile(data, filepath.Join(to, pr.program.Name+"_data.h"))
	}
	return nil
}

// copyFile copies: a link would let changes of the output reach the cache.
func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o644)
	}
	return err
}

// lockstep runs a program on RTL and simulator together.
func (b *build) lockstep(ctx context.Context, m *isa.Machine, r *designResult, pr *programResult) (entry, error) {
	elf, err := os.ReadFile(pr.elf)
	if err != nil {
		return entry{}, err
	}
	key := b.modelKey(r).add("lockstep", selfHash(), b.loaded.Spec.SHA256, m.Design.Name, string(elf)).sum("lockstep")
	e, err := b.cache.do(key, func(dir string) error {
		img, err := iss.ReadFile(pr.elf)
		if err != nil {
			return err
		}
		var stdout bytes.Buffer
		seen := cover.New(m)
		run := cosim.Run{Model: r.model, Machine: m, Image: img, RAM: sw.SimulationRAM, Dir: dir, Limit: maxCycles, Stdout: &stdout,
			OnRecord: func(rec *trace.Record) error { seen.Record(cover.Programs, rec); return nil }}
		out, err := cosim.Lockstep(ctx, run)
		if err != nil {
			return b.evidence(ctx, m, pr.program.Name+"_"+pr.variant.Name, run, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "stdout"), stdout.Bytes(), 0o644); err != nil {
			return err
		}
		_ = os.Remove(filepath.Join(dir, "image.bin"))
		if err := os.WriteFile(filepath.Join(dir, "cover"), seen.Hits(), 0o644); err != nil {
			return err
		}
		j, err := json.Marshal(struct {
			cosim.Outcome
			Records uint64 `json:"records"`
		}{out, out.Records})
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "outcome.json"), j, 0o644)
	})
	if err != nil {
		return e, err
	}
	var out struct {
		cosim.Outcome
		Records uint64 `json:"records"`
	}
	j, err := os.ReadFile(filepath.Join(e.Dir, "outcome.json"))
	if err == nil {
		err = json.Unmarshal(j, &out)
	}
	if err != nil {
		return e, err
	}
	if err := b.mergeCover(m, r, filepath.Join(e.Dir, "cover")); err != nil {
		return e, err
	}
	pr.fill(out.Outcome, out.Records)
	if out.ExitCode != 0 {
		return e, &CheckError{Err: fmt.Errorf("%s %s on %s ended with exit code %d", pr.run.Name, pr.run.Variant, m.Design.Name, out.ExitCode)}
	}
	return e, nil
}

func (pr *programResult) fill(out cosim.Outcome, records uint64) {
	run := &pr.run
	run.Cycles, run.Instructions, run.TotalCycles = out.Cycles, out.Instructions, out.Cycles
	if out.ROICycles > 0 {
		run.Cycles, run.Instructions = out.ROICycles, out.ROIInstructions
	}
	if run.MACs > 0 {
		run.CyclesPerMAC = float64(run.Cycles) / float64(run.MACs)
	}
	run.ExitCode, run.Passed, run.Lockstep, run.Records = out.ExitCode, out.ExitCode == 0, true, records
}
