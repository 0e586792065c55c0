package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/yosys"
	"marvelgen/gen"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
	"marvelgen/verif/energy"
)

// EnergyOptions say which networks to estimate, and on which design.
type EnergyOptions struct {
	FrontOptions
	Design  string // beside the core alone; the last one if empty
	Longest uint64 // cycles of an inference that the RTL still runs
}

// energyMethod says how figures came about wherever they are printed.
const energyMethod = "switching activity of the mapped gates over windows of the program, from states of the RTL, " +
	"weighed by capacitance; 45 nm, by the published energy of a 32-bit multiplication; no leakage"

// joules is an estimate under way.
type joules struct {
	*family
	o         EnergyOptions
	designs   []*isa.Machine // the core alone, and the other
	gates     map[*isa.Machine]*energy.Netlist
	recorders map[*isa.Machine]string
	units     energy.Units
	results   []*energyNetwork
	report    *energy.Report
}

// energyNetwork is one network, and where its cycles go.
type energyNetwork struct {
	energy.Network
	spans map[*isa.Machine][]energy.Span
}

// MeasureEnergy estimates the dynamic energy of inferences on the core alone and on a
// design. That netlist and RTL differ, or RTL and simulator, is a *CheckError.
func MeasureEnergy(ctx context.Context, l *gen.Loaded, o EnergyOptions) (*energy.Report, error) {
	if err := flows.Missing(flows.StepCompile, flows.StepSynth, flows.StepVerify); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "marvelgen-energy-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	j, err := newJoules(l, o, dir)
	if err != nil {
		return nil, err
	}
	models, err := j.family.models()
	if err != nil {
		return nil, err
	}
	j.report.Missing = j.result.Missing
	o.Progress.Start(2*len(j.designs) + 1 + len(j.designs)*len(models))
	defer o.Progress.End()
	if err := j.prepare(ctx); err != nil {
		return nil, err
	}
	if err := j.networks(ctx, models); err != nil {
		return nil, err
	}
	return j.report, j.finish()
}

// newJoules emits the designs into a folder.
func newJoules(l *gen.Loaded, o EnergyOptions, dir string) (*joules, error) {
	f, err := newFamily(l, o.FrontOptions, dir)
	if err != nil {
		return nil, err
	}
	design, err := FindDesign(l, o.Design)
	if err != nil {
		return nil, err
	}
	if len(design.Exts) == 0 {
		return nil, &UsageError{design.Design.Name + " is the core alone: there is nothing to compare"}
	}
	return &joules{family: f, o: o, designs: []*isa.Machine{f.base, design}, gates: map[*isa.Machine]*energy.Netlist{}, recorders: map[*isa.Machine]string{},
		report: &energy.Report{Schema: energy.Schema, Tool: o.Version, Spec: l.Spec.Name, SHA256: l.Spec.SHA256, Compiler: f.result.Compiler, Synthesis: f.result.Synthesis,
			Method: energyMethod, Base: f.base.Design.Name, Design: design.Design.Name}}, nil
}

// prepare maps the cores to gates, makes their RTL ready to run, and calibrates.
func (j *joules) prepare(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(j.o.Jobs, 1))
	for _, m := range j.designs {
		g.Go(func() error {
			return j.step(m.Design.Name, "gates", func() (bool, error) {
				n, cached, err := j.netlist(ctx, m.Name()+"_core", j.coreFiles(m))
				if err != nil {
					return cached, err
				}
				j.mu.Lock()
				defer j.mu.Unlock()
				j.gates[m] = n
				return cached, nil
			})
		})
		g.Go(func() error {
			return j.step(m.Design.Name, "model", func() (bool, error) {
				exe, cached, err := j.recorder(ctx, m)
				j.mu.Lock()
				defer j.mu.Unlock()
				j.recorders[m] = exe
				return cached, err
			})
		})
	}
	g.Go(func() error {
		return j.step("", "calibration", func() (bool, error) {
			var circuits []*energy.Netlist
			all := true
			for _, o := range energy.Operations {
				n, cached, err := j.netlist(ctx, o.Module, map[string][]byte{o.Module + ".v": []byte(o.Verilog)})
				if err != nil {
					return cached, err
				}
				circuits, all = append(circuits, n), all && cached
			}
			j.units, j.report.Calibration = energy.Calibrate(circuits)
			return all, nil
		})
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for _, m := range j.designs {
		j.report.Gates = append(j.report.Gates, j.gates[m].Size(m.Design.Name))
	}
	return nil
}

// step reports what a step took.
func (j *joules) step(design, name string, work func() (cached bool, err error)) error {
	start := time.Now()
	cached, err := work()
	status := "passed"
	if err != nil {
		status = "failed"
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.o.Progress.Done(design, name, status, time.Since(start).Seconds(), cached)
	return err
}

// coreFiles is the Verilog of a core.
func (j *joules) coreFiles(m *isa.Machine) map[string][]byte {
	return verilog(j.files[m], rtl.CoreFiles(m))
}

// netlist maps Verilog to gates, unless the cache has them.
func (j *joules) netlist(ctx context.Context, top string, files map[string][]byte) (*energy.Netlist, bool, error) {
	names := flows.SortedKeys(files)
	script := energy.Script(top, names, "gates.json")
	e, err := j.cache.do(newKey("gates", toolVersion("yosys"), script).files(files).sum("gates"), func(dir string) error {
		if err := writeAll(dir, files); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "gates.ys"), []byte(script), 0o644); err != nil {
			return err
		}
		_, err := yosys.Run(ctx, yosys.Options{Dir: dir, Script: "gates.ys"})
		return check(ctx, err)
	})
	if err != nil {
		return nil, false, err
	}
	data, err := os.ReadFile(filepath.Join(e.Dir, "gates.json"))
	if err != nil {
		return nil, false, err
	}
	n, err := energy.Parse(data, top)
	return n, e.Cached, err
}

// recorder compiles a core's RTL into a program that records windows.
func (j *joules) recorder(ctx context.Context, m *isa.Machine) (string, bool, error) {
	files := j.coreFiles(m)
	e, err := j.cache.do(newKey("recorder", toolVersion("verilator"), toolVersion("g++"), energy.Bench()).files(files).sum("recorder"), func(dir string) error {
		exe, err := energy.BuildRTL(ctx, dir, m.Name()+"_core", j.paths(m, rtl.CoreFiles(m)))
		if err != nil {
			return check(ctx, err)
		}
		if err := os.Rename(exe, filepath.Join(dir, "recorder")); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "obj"))
	})
	return filepath.Join(e.Dir, "recorder"), e.Cached, err
}

// networks estimates all that the RTL can run, and counts the cycles of the others.
func (j *joules) networks(ctx context.Context, models []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(j.o.Jobs, 1))
	j.results = make([]*energyNetwork, len(models))
	for i, file := range models {
		g.Go(func() error {
			n, err := j.load(ctx, file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			r := &energyNetwork{Network: energy.Network{Name: n.name, File: filepath.ToSlash(file), MACs: n.model.MACs(), RAM: n.model.C.RAM(), Measured: true}, spans: map[*isa.Machine][]energy.Span{}}
			j.results[i] = r
			for _, m := range j.designs {
				if err := j.step(m.Design.Name, n.name, func() (bool, error) { return false, j.inference(ctx, n, m, r) }); err != nil {
					return fmt.Errorf("%s on %s: %w", file, m.Design.Name, err)
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// inference runs one network on one design, on the simulator and, if it is short
// enough, on the RTL, whose windows the netlist then repeats.
func (j *joules) inference(ctx context.Context, n *frontNetwork, m *isa.Machine, r *energyNetwork) error {
	dir, err := os.MkdirTemp(j.out.staging, "run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	kernels, err := KernelsOf(m)
	if err != nil {
		return err
	}
	s, err := j.simulate(ctx, n, m, kernels, dir)
	if err != nil {
		return check(ctx, err)
	}
	if d := s.Difference(); d != "" {
		return &CheckError{Err: fmt.Errorf("%s", d)}
	}
	run := &r.Base
	if m != j.base {
		run = &r.Ext
	}
	run.Cycles = s.Cycles
	r.spans[m] = spansOf(n.model, s)
	if s.Cycles > j.o.Longest {
		r.Measured = false
		return nil
	}
	if !r.Measured {
		return nil // a comparison of a measurement with an estimate would say little
	}
	strata := energy.Strata(r.spans[m], s.Cycles)
	rec, counts, err := energy.Record(ctx, dir, j.recorders[m], j.gates[m], s.Image, n.model.RAM(), maxNetworkCycles, strata)
	if err != nil {
		return check(ctx, err)
	}
	if counts.Cycles != s.Cycles {
		return &CheckError{Err: fmt.Errorf("the inference takes %d cycles on the RTL, and %d on the simulator", counts.Cycles, s.Cycles)}
	}
	run.Fetches, run.Reads, run.Writes = counts.Fetches, counts.Reads, counts.Writes
	for _, st := range strata {
		c, cycles, err := rec.Measure(st, j.units)
		if err != nil {
			return &CheckError{Err: err}
		}
		run.Classes = append(run.Classes, c)
		run.Simulated += cycles
	}
	return ctx.Err()
}

// spansOf says which cycles of an inference belong to which operator. What comes
// between layers counts with the one before.
func spansOf(model *network.Model, s *network.Sample) []energy.Span {
	var out []energy.Span
	at := uint64(0)
	for i, node := range model.Graph.Nodes {
		if p := s.Layers[i]; p != nil {
			span := energy.Span{Class: node.Op.String(), Begin: at}
			for _, b := range p.Blocks {
				span.Cycles += b.Cycles
			}
			at += span.Cycles
			if span.Cycles > 0 {
				out = append(out, span)
			}
		}
	}
	return out
}

// finish estimates what was not measured and compares.
func (j *joules) finish() error {
	var measured []*energyNetwork
	for _, r := range j.results {
		if r.Measured {
			measured = append(measured, r)
		}
	}
	if len(measured) == 0 {
		return &UsageError{fmt.Sprintf("every network takes more than %d cycles, the limit of what the RTL runs: name a smaller one as well", j.o.Longest)}
	}
	for _, r := range j.results {
		if !r.Measured {
			for i, run := range []*energy.Run{&r.Base, &r.Ext} {
				var from []energy.Run
				for _, k := range measured {
					if i == 0 {
						from = append(from, k.Base)
					} else {
						from = append(from, k.Ext)
					}
				}
				*run = energy.ByClass(run.Cycles, r.spans[j.designs[i]], from)
			}
		}
		r.Finish()
		j.report.Networks = append(j.report.Networks, r.Network)
	}
	return nil
}
