package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"marvelgen/cmd/marvelgen/internal/compare"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/gen"
	"marvelgen/gen/isa"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/kwt"
	"marvelgen/gen/nn/quant"
	"marvelgen/verif/iss"
	"marvelgen/verif/report"
)

// Beyond these, what only small networks are worth is left out: soft float, whose
// cycles are a hundred for each multiplication, and perturbed inputs.
const (
	maxSoftFloat = 5_000_000 // multiplications
	maxPerturbed = 1_000_000
)

// shownOutputs is how many outputs a row keeps.
const shownOutputs = 2

// Perturbed is how many inputs near the network's own agreement is counted on.
const Perturbed = 1000

// comparison is a measurement under way.
type comparison struct {
	*family
	out *compare.Comparison
	dir string
}

// Compare runs networks in soft float and in integers on the core alone and, by its
// own arithmetic, on every design, and synthesises all of them.
func Compare(ctx context.Context, l *gen.Loaded, o FrontOptions) (*compare.Comparison, error) {
	if err := flows.Missing(flows.StepCompile, flows.StepHost, flows.StepSynth); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "marvelgen-compare-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f, err := newFamily(l, o, filepath.Join(dir, "designs"))
	if err != nil {
		return nil, err
	}
	c := &comparison{family: f, dir: dir, out: &compare.Comparison{Schema: compare.Schema, Tool: o.Version, Spec: l.Spec.Name, SHA256: l.Spec.SHA256,
		Compiler: f.result.Compiler, Synthesis: f.result.Synthesis}}
	models, err := f.models()
	if err != nil {
		return nil, err
	}
	c.out.Missing = f.result.Missing
	c.Progress.Start(len(c.designs()) + len(models)*(len(c.designs())+1))
	defer c.Progress.End()
	if err := c.synthesise(ctx); err != nil {
		return nil, err
	}
	for i, name := range models {
		if err := c.network(ctx, name, filepath.Join(dir, fmt.Sprint(i))); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	c.accuracy()
	c.out.Finish()
	return c.out, nil
}

// designs is all of them, the core alone first.
func (c *comparison) designs() []*isa.Machine {
	out := []*isa.Machine{c.base}
	for _, m := range c.machines {
		if m != c.base {
			out = append(out, m)
		}
	}
	return out
}

func (c *comparison) synthesise(ctx context.Context) error {
	designs := c.designs()
	var tasks []*task
	for _, m := range designs {
		tasks = append(tasks, &task{design: m.Design.Name, name: "synth", run: func(ctx context.Context) (entry, error) {
			a, e, err := c.synth(ctx, m, c.files[m])
			if err == nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.areas[m] = *a
			}
			return e, err
		}})
	}
	if err := schedule(ctx, tasks, max(c.o.Jobs, 1), func(t *task) {
		c.Progress.Done(t.design, t.name, t.status, t.took.Seconds(), t.entry.Cached)
	}); err != nil {
		return err
	}
	for _, t := range tasks {
		if t.err != nil {
			return t.err
		}
	}
	return nil
}

// subject is one network in both arithmetics, with its inputs as real numbers: its own
// first, then perturbed ones.
type subject struct {
	integer, real *network.Model
	inputs        [][]float32
	want          [][]float32 // the float network's outputs
}

// network measures all rows of one network.
func (c *comparison) network(ctx context.Context, file, dir string) error {
	s, err := c.subject(ctx, file)
	if err != nil {
		return err
	}
	n := compare.Network{Name: s.integer.Graph.Name, File: filepath.ToSlash(file), MACs: s.integer.MACs(), Perturbed: len(s.inputs) - 1, Outputs: first(s.want[0])}
	for _, node := range s.integer.Float.Nodes {
		if kind := node.Op.String(); !slices.Contains(n.Kinds, kind) {
			n.Kinds = append(n.Kinds, kind)
		}
	}
	n.Kinds = append(n.Kinds, "other")
	type way struct {
		m    *isa.Machine
		real bool
	}
	ways := []way{{c.base, true}, {c.base, false}}
	for _, m := range c.designs()[1:] {
		ways = append(ways, way{m, m.Design.Real})
	}
	for i, w := range ways {
		if w.real && n.MACs > maxSoftFloat {
			c.Progress.Done(w.m.Design.Name, n.Name, "skipped", 0, false)
			continue
		}
		row, err := c.row(ctx, s, &n, w.m, w.real, filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			return err
		}
		n.Rows = append(n.Rows, *row)
	}
	c.out.Networks = append(c.out.Networks, n)
	return nil
}

func (c *comparison) subject(ctx context.Context, file string) (*subject, error) {
	g, float, err := network.Import(ctx, file, network.Calibration{Seed: c.o.Seed})
	if err != nil {
		return nil, err
	}
	if float == nil {
		return nil, &UsageError{file + " is quantised already: there is no float network to compare with"}
	}
	if len(float.Inputs) != 1 {
		return nil, &UsageError{file + " has several inputs"}
	}
	s := &subject{}
	if s.integer, err = network.New(g); err != nil {
		return nil, err
	}
	s.integer.Float = float
	given := quant.RandomSamples(float, 1, c.o.Seed+1)[0][0]
	if len(float.Samples) > 0 {
		given = float.Samples[0][0]
	}
	s.inputs = [][]float32{given}
	if s.integer.MACs() <= maxPerturbed {
		s.inputs = append(s.inputs, kwt.Perturb(given, Perturbed, c.o.Seed+1)...) // not those of the calibration
	}
	for _, x := range s.inputs {
		y, err := golden.Float(ctx, float, nil, x)
		if err != nil {
			return nil, err
		}
		s.want = append(s.want, y[0])
	}
	if s.integer.MACs() <= maxSoftFloat {
		s.real, err = network.NewReal(float)
	}
	return s, err
}

// row measures one way to run a network.
func (c *comparison) row(ctx context.Context, s *subject, n *compare.Network, m *isa.Machine, real bool, dir string) (*compare.Row, error) {
	row := &compare.Row{Arithmetic: "integer", Design: m.Design.Name, Area: c.areas[m], Overhead: report.NewOverhead(c.areas[m], c.areas[c.base])}
	model := s.integer
	if real {
		row.Arithmetic, model = "soft float", s.real
		if m != c.base {
			row.Arithmetic = "float, fixed"
		}
	}
	kernels, err := KernelsOf(m)
	if err != nil {
		return nil, err
	}
	o := network.CompileOptions{SW: c.family.out.path(m.Design.Name, "sw"), Kernels: kernels, Compiler: c.o.Compiler, Opt: c.o.Opt}
	core, host := filepath.Join(dir, "core"), filepath.Join(dir, "host")
	for _, d := range []string{core, host} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	if err := model.Write(core, m); err != nil {
		return nil, err
	}
	file, err := model.CompileCore(ctx, core, o)
	if err != nil {
		return nil, err
	}
	if row.Code, row.RAM, err = sizes(file); err != nil {
		return nil, err
	}
	var outputs [][]float32
	var input []byte
	ref := model.Unjudged()
	if real {
		if outputs, err = c.onHost(ctx, s, host, o); err != nil {
			return nil, err
		}
		input = network.Input([]golden.Value{{F32: s.inputs[0]}})
	} else {
		var in []golden.Value
		if outputs, in, err = integers(ctx, s); err != nil {
			return nil, err
		}
		if ref, err = model.Judge(ctx, in...); err != nil {
			return nil, err
		}
		input = network.Input(in)
	}
	img, err := iss.ReadFile(file)
	if err != nil {
		return nil, err
	}
	run, err := model.RunCore(ctx, network.Core{Machine: m, Dir: core, Limit: maxNetworkCycles}, img, input, ref)
	if err != nil {
		return nil, check(ctx, err)
	}
	row.Cycles, row.Difference = run.Cycles, run.Difference()
	row.ByKind = byKind(n.Kinds, model, layerCycles(model, run, m), run.Cycles)
	if real {
		onCore := network.Floats(run.Output)
		if d := largest(onCore, outputs[0]); d > hostTolerance(m == c.base) {
			row.Difference = fmt.Sprintf("outputs on the core are %g from those of the same C on the host", d)
		}
		outputs[0] = onCore
	}
	row.Outputs, row.Error = first(outputs[0]), largest(outputs[0], s.want[0])
	for i, y := range outputs[1:] {
		if want := s.want[i+1]; margin(want) > compare.Margin {
			row.Counted++
			if network.Top(y) == network.Top(want) {
				row.Same++
			}
		}
	}
	c.Progress.Done(m.Design.Name, n.Name, map[bool]string{true: "passed", false: "failed"}[row.Difference == ""], run.Seconds, false)
	return row, nil
}

// hostTolerance is how far outputs may be from those of the same C on the host: not at
// all where nothing but arithmetic is called, a little where the C libraries differ.
func hostTolerance(library bool) float64 {
	if library {
		return 1e-4
	}
	return 0
}

// onHost runs the C of a float network, instructions emulated, on all inputs.
func (c *comparison) onHost(ctx context.Context, s *subject, dir string, o network.CompileOptions) ([][]float32, error) {
	h, err := s.real.NewHost(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, x := range s.inputs {
		all = append(all, network.Input([]golden.Value{{F32: x}})...)
	}
	out, err := h.All(ctx, all)
	if err != nil {
		return nil, err
	}
	y := network.Floats(out)
	if len(y) != len(s.inputs)*len(s.want[0]) {
		return nil, fmt.Errorf("the network on the host gave %d numbers for %d inputs", len(y), len(s.inputs))
	}
	return slices.Collect(slices.Chunk(y, len(s.want[0]))), nil
}

// integers runs the golden execution on all inputs; in is the first as integers.
func integers(ctx context.Context, s *subject) (outputs [][]float32, in []golden.Value, err error) {
	g := s.integer.Graph
	for _, x := range s.inputs {
		v, err := network.Quantised(g, [][]float32{x})
		if err != nil {
			return nil, nil, err
		}
		if in == nil {
			in = v
		}
		y, err := s.integer.Golden.Run(ctx, v...)
		if err != nil {
			return nil, nil, err
		}
		outputs = append(outputs, golden.Real(g.Outputs[0], y[0]))
	}
	return outputs, in, nil
}
