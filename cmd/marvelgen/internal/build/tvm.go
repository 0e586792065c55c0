package build

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows/tvm"
	"marvelgen/gen"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/nn/samples"
)

// TVMOptions say what to run: C that TVM emitted, on what samples, and what has to come
// out.
type TVMOptions struct {
	ProgramOptions
	Module    string   // folder or archive
	Inputs    []string // one file for each input; none: seeded random bytes
	Samples   int      // at most so many; 0: all that the files have
	Seed      uint64
	Pixels    samples.Options
	Model     string // the same network for our importer; may be empty
	Expect    string // file of outputs; may be empty
	Tolerance int    // by how much elements of bytes may differ
}

// TVMResult is what came of it.
type TVMResult struct {
	ProgramResult
	Module      *tvm.Module
	Samples     [][][]byte // by sample and output
	Comparisons []TVMComparison
	Random      bool // the inputs are
}

// TVMComparison is the outputs against others.
type TVMComparison struct {
	With      string `json:"with"`
	Elements  int    `json:"elements"`
	Different int    `json:"different"`
	Most      int    `json:"most"` // by which one differs
	Tolerance int    `json:"tolerance"`
	Passed    bool   `json:"passed"`
}

// RunTVM compiles what TVM emitted, unchanged, and runs it on every sample.
func RunTVM(ctx context.Context, l *gen.Loaded, o TVMOptions) (*TVMResult, error) {
	dir, err := os.MkdirTemp("", "marvelgen-tvm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	m, err := tvm.Read(o.Module, dir)
	if err != nil {
		return nil, &UsageError{Message: err.Error()}
	}
	out := &TVMResult{Module: m}
	inputs, want, err := out.samples(ctx, o)
	if err != nil {
		return nil, err
	}
	p, err := m.Write(dir, inputs)
	if err != nil {
		return nil, &UsageError{Message: err.Error()}
	}
	var console bytes.Buffer
	po := o.ProgramOptions
	po.Sources, po.Includes, po.Defines, po.Flags = p.Sources, p.Includes, p.Defines, p.Flags
	po.RAM, po.LibC, po.Stdout = min(sw.RAMFor(p.Data), sw.MaxRAM), true, &console
	if out.ProgramResult, err = RunProgram(ctx, l, po); err != nil {
		return nil, err
	}
	n := len(inputs[0]) / m.Inputs[0].Size
	if out.Samples, err = m.Results(console.Bytes(), n); err != nil {
		return nil, &CheckError{Err: fmt.Errorf("%s: %w", o.Module, err)}
	}
	if want != nil {
		out.compare(o.Model, want, o.Tolerance)
	}
	if o.Expect != "" {
		all, err := os.ReadFile(o.Expect)
		if err != nil {
			return nil, err
		}
		if want, err = out.split(all); err != nil {
			return nil, &UsageError{Message: fmt.Sprintf("%s: %v", o.Expect, err)}
		}
		out.compare(o.Expect, want, o.Tolerance)
	}
	return out, nil
}

// Passed reports whether the outputs are what they were compared with.
func (r *TVMResult) Passed() bool {
	for _, c := range r.Comparisons {
		if !c.Passed {
			return false
		}
	}
	return true
}

// samples reads the inputs: bytes of all samples, by input. With a model of the same
// network they may be whatever that takes, and its outputs come along.
func (r *TVMResult) samples(ctx context.Context, o TVMOptions) (inputs [][]byte, want [][][]byte, err error) {
	if o.Model != "" {
		return r.fromModel(ctx, o)
	}
	if r.Random = len(o.Inputs) == 0; r.Random {
		rng := rand.New(rand.NewPCG(o.Seed, 0x7476))
		for _, t := range r.Module.Inputs {
			b := make([]byte, t.Size*max(o.Samples, 1))
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			inputs = append(inputs, b)
		}
		return inputs, nil, nil
	}
	for i, file := range o.Inputs {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		if i < len(r.Module.Inputs) && o.Samples > 0 {
			b = b[:min(len(b), o.Samples*r.Module.Inputs[i].Size)]
		}
		inputs = append(inputs, b)
	}
	return inputs, nil, nil
}

// fromModel reads the samples as our importer's network takes them, and executes it.
func (r *TVMResult) fromModel(ctx context.Context, o TVMOptions) (inputs [][]byte, want [][][]byte, err error) {
	g, float, err := network.Import(ctx, o.Model, network.Calibration{Seed: o.Seed})
	if err != nil {
		return nil, nil, err
	}
	if float != nil {
		return nil, nil, &UsageError{Message: o.Model + ": the network is in floats; its quantised form would not be TVM's"}
	}
	model, err := network.New(g)
	if err != nil {
		return nil, nil, err
	}
	n := NetworkResult{Model: model}
	list, err := n.inputs(NetworkOptions{Inputs: o.Inputs, Samples: o.Samples, Seed: o.Seed, Pixels: o.Pixels}, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Random = n.Random
	inputs = make([][]byte, len(g.Inputs))
	for _, sample := range list {
		for i, v := range sample {
			inputs[i] = append(inputs[i], v.Bytes()...)
		}
		outputs, err := model.Golden.Run(ctx, sample...)
		if err != nil {
			return nil, nil, err
		}
		var one [][]byte
		for _, v := range outputs {
			one = append(one, v.Bytes())
		}
		want = append(want, one)
	}
	for i, t := range r.Module.Outputs {
		if len(want[0]) != len(r.Module.Outputs) || len(want[0][i]) != t.Size {
			return nil, nil, &UsageError{Message: fmt.Sprintf("%s is another network than %s: its outputs have other sizes", o.Model, o.Module)}
		}
	}
	return inputs, want, nil
}

// split takes the outputs of all samples apart.
func (r *TVMResult) split(all []byte) ([][][]byte, error) {
	var out [][][]byte
	size := 0
	for _, t := range r.Module.Outputs {
		size += t.Size
	}
	if len(all) < size*len(r.Samples) {
		return nil, fmt.Errorf("%d bytes; %d samples of %d bytes are needed", len(all), len(r.Samples), size)
	}
	for range r.Samples {
		var one [][]byte
		for _, t := range r.Module.Outputs {
			one = append(one, all[:t.Size])
			all = all[t.Size:]
		}
		out = append(out, one)
	}
	return out, nil
}

// compare counts elements that differ: bytes by how much, others byte for byte.
func (r *TVMResult) compare(with string, want [][][]byte, tolerance int) {
	c := TVMComparison{With: with, Tolerance: tolerance}
	for s := range r.Samples {
		for i, t := range r.Module.Outputs {
			for k, got := range r.Samples[s][i] {
				c.Elements++
				w := want[s][i][k]
				if got == w {
					continue
				}
				d := int(int8(got)) - int(int8(w))
				if t.Type == "uint8" {
					d = int(got) - int(w)
				} else if t.Type != "" && t.Type != "int8" {
					d = 1 << 8 // no byte of a larger element may differ
				}
				c.Different++
				c.Most = max(c.Most, d, -d)
			}
		}
	}
	c.Passed = c.Most <= tolerance
	r.Comparisons = append(r.Comparisons, c)
}

// Values are the elements of an output as numbers, if it holds bytes.
func (r *TVMResult) Values(sample, output int) []int {
	var out []int
	for _, b := range r.Samples[sample][output] {
		switch r.Module.Outputs[output].Type {
		case "", "int8":
			out = append(out, int(int8(b)))
		default:
			out = append(out, int(b))
		}
	}
	return out
}
