package build

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"time"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/gen"
	"marvelgen/gen/isa"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/samples"
	"marvelgen/verif/iss"
)

// NetworkOptions say what to run, on what and where.
type NetworkOptions struct {
	Model     string
	Inputs    []string // one file for each input of the network; none: seeded random elements
	Expect    string   // file of outputs to compare with; may be empty
	Pixels    samples.Options
	Calibrate string // file of inputs for a float network to be quantised by; may be empty
	Float     bool   // compare with the float network too
	Samples   int    // at most so many; 0: all that the files have
	Seed      uint64
	On        string
	Design    string
	Compiler  string
	Opt       string
	Plain     bool   // plain loops in place of the design's kernels
	Rewrite   bool   // the design's instructions are selected in what the compiler makes
	Grow      string // by how much that may become larger; see GrowthBy
	Debug     bool
	Limit     uint64
	CacheDir  string
	Progress  Progress
	OnELF     func(file string) error // is given the program for the core; may be nil
}

// NetworkResult is what came of it.
type NetworkResult struct {
	Model    *network.Model
	On       string
	Design   string
	Machine  *isa.Machine
	Compiler string
	Samples  []*network.Sample
	Picture  *image.Gray // of the first input, if it is one
	Random   bool        // the inputs are
}

// Passed reports whether every sample is as it has to be.
func (o *NetworkResult) Passed() bool {
	for _, s := range o.Samples {
		if !s.Equal() {
			return false
		}
	}
	return true
}

// RunNetwork imports a model, runs it on every sample, and judges all that it computes.
func RunNetwork(ctx context.Context, l *gen.Loaded, o NetworkOptions) (*NetworkResult, error) {
	need := []string{flows.StepCompile}
	switch o.On {
	case network.OnHost:
		need = []string{flows.StepHost}
	case network.OnISS:
	case network.OnRTL:
		need = append(need, flows.StepVerify)
	default:
		return nil, &UsageError{Message: fmt.Sprintf("--on %q: want host, iss or rtl", o.On)}
	}
	if err := flows.Missing(need...); err != nil {
		return nil, err
	}
	g, float, err := network.Import(ctx, o.Model, network.Calibration{File: o.Calibrate, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	m, err := network.New(g)
	if err != nil {
		return nil, err
	}
	if o.Float {
		if m.Float = float; float == nil {
			return nil, &UsageError{fmt.Sprintf("%s: --float compares with the network before it was quantised, but it came quantised", o.Model)}
		}
	}
	out := &NetworkResult{Model: m, On: o.On, Compiler: "gcc -O2"}
	inputs, err := out.inputs(o, float)
	if err != nil {
		return nil, err
	}
	var expect []network.Expected
	if o.Expect != "" {
		if expect, err = m.ReadExpected(o.Expect, len(inputs)); err != nil {
			return nil, &UsageError{Message: err.Error()}
		}
	}
	bench, err := NewBench(l, o.Design, o.CacheDir)
	if err != nil {
		return nil, err
	}
	defer bench.Close()
	run, err := out.prepare(ctx, bench, o)
	if err != nil {
		return nil, err
	}
	o.Progress.Start(len(inputs))
	defer o.Progress.End()
	for i, in := range inputs {
		step := fmt.Sprintf("sample %d", i+1)
		ref, err := m.Judge(ctx, in...)
		if err != nil {
			return nil, err
		}
		start := time.Now()
		s, err := run(network.Input(in), ref, func(layer, of int) { o.Progress.Working(out.Design, step, int64(layer), int64(of)) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
		if i < len(expect) && s.OutputsMismatch == nil {
			s.Unexpected = m.Unexpected(expect[i], s.Output)
		}
		if m.Float != nil {
			if s.Float, err = m.CompareFloat(ctx, in, s.Output); err != nil {
				return nil, err
			}
		}
		out.Samples = append(out.Samples, s)
		status := "passed"
		if !s.Equal() {
			status = "failed"
		}
		o.Progress.Done(out.Design, step, status, time.Since(start).Seconds(), false)
	}
	return out, nil
}

// runner runs one sample.
type runner func(input []byte, ref *network.Reference, progress func(layer, of int)) (*network.Sample, error)

// prepare compiles the network for where it is to run.
func (out *NetworkResult) prepare(ctx context.Context, bench *Bench, o NetworkOptions) (runner, error) {
	dir := filepath.Join(bench.Dir, "network")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	kernels, err := KernelsOf(bench.Machine)
	if o.Plain {
		kernels, err = PlainKernels()
	}
	if err != nil {
		return nil, err
	}
	compile := network.CompileOptions{SW: bench.SW, Kernels: kernels, Compiler: o.Compiler, Opt: o.Opt, Debug: o.Debug}
	if o.Rewrite {
		growth, err := GrowthBy(o.Grow, o.Opt)
		if err != nil {
			return nil, err
		}
		compile.Rewrite = Rewriting{Machine: bench.Machine, StandardCalls: true, Growth: growth, CacheDir: o.CacheDir}.Rewrite
	}
	if o.On == network.OnHost {
		h, err := out.Model.NewHost(ctx, dir, compile)
		return func(input []byte, ref *network.Reference, _ func(layer, of int)) (*network.Sample, error) {
			return h.Run(ctx, input, ref)
		}, err
	}
	out.Design, out.Machine, out.Compiler = bench.Machine.Design.Name, bench.Machine, o.Compiler+" "+o.Opt
	if err := out.Model.Write(dir, bench.Machine); err != nil {
		return nil, err
	}
	elf, err := out.Model.CompileCore(ctx, dir, compile)
	if err != nil {
		return nil, err
	}
	if o.OnELF != nil {
		if err := o.OnELF(elf); err != nil {
			return nil, err
		}
	}
	img, err := iss.ReadFile(elf)
	if err != nil {
		return nil, err
	}
	c := network.Core{Machine: bench.Machine, Dir: dir, Limit: o.Limit}
	if o.On == network.OnRTL {
		if c.Model, err = bench.Model(ctx); err != nil {
			return nil, err
		}
	}
	return func(input []byte, ref *network.Reference, progress func(layer, of int)) (*network.Sample, error) {
		c.Progress = progress
		s, err := out.Model.RunCore(ctx, c, img, input, ref)
		if err != nil {
			return nil, check(ctx, err)
		}
		return s, nil
	}, nil
}

// InputBeside is the file of inputs beside a model, net.in.bin beside net.tflite, if
// there is one.
func InputBeside(model string) []string {
	in := strings.TrimSuffix(model, filepath.Ext(model)) + ".in.bin"
	if _, err := os.Stat(in); err != nil {
		return nil
	}
	return []string{in}
}

// inputs reads the samples, one value for each input of the network.
func (out *NetworkResult) inputs(o NetworkOptions, float *nn.Graph) ([][]golden.Value, error) {
	g := out.Model.Graph
	if len(o.Inputs) == 0 {
		out.Random = float == nil || len(float.Samples) == 0
		return network.RandomInputs(g, float, max(o.Samples, 1), o.Seed)
	}
	if len(o.Inputs) != len(g.Inputs) {
		var want []string
		for _, t := range g.Inputs {
			want = append(want, t.String())
		}
		return nil, &UsageError{Message: fmt.Sprintf("%s has %d inputs (%s); %d were given with --input", g.File, len(want), want, len(o.Inputs))}
	}
	var all [][]golden.Value
	for i, file := range o.Inputs {
		s, err := network.ReadSamples(file, g.Inputs[i], o.Pixels)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out.Picture = s.Picture
			all = make([][]golden.Value, len(s.Values))
		}
		if len(s.Values) != len(all) {
			return nil, &UsageError{Message: fmt.Sprintf("%s has %d samples, %s %d", o.Inputs[0], len(all), file, len(s.Values))}
		}
		for k, v := range s.Values {
			all[k] = append(all[k], v)
		}
	}
	if o.Samples > 0 {
		all = all[:min(o.Samples, len(all))]
	}
	return all, nil
}
