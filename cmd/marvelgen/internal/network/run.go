package network

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"marvelgen/gen/isa"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
	"marvelgen/verif/layers"
)

// Where a network runs.
const (
	OnHost = "host" // compiled for the machine we run on
	OnISS  = "iss"  // the simulator, whose cycles are the RTL's
	OnRTL  = "rtl"  // the Verilog, in lockstep with the simulator
)

// Mismatch is a difference from the golden execution.
type Mismatch = layers.Mismatch

// Sample is the outcome of one inference.
type Sample struct {
	Output          []byte // all of the network's outputs, one after another
	Cycles          uint64 // of the inference alone; 0 on the host
	Instructions    uint64
	Seconds         float64
	Lockstep        uint64         // instructions compared with the simulator's, on the RTL
	Mismatch        *Mismatch      // the first difference from the golden execution
	OutputsMismatch *Mismatch      // a difference in the network's outputs
	Unexpected      error          // how the outputs differ from those of a file
	Layers          []*iss.Profile // by layer, if asked for
	Image           *iss.Image     // what ran, input included
	Float           *FloatError    // against the network before it was quantised, if asked for
}

// Equal reports whether everything was as the golden execution has it, and as expected.
func (s *Sample) Equal() bool {
	return s.Mismatch == nil && s.OutputsMismatch == nil && s.Unexpected == nil
}

// Difference is the first one in words, or "".
func (s *Sample) Difference() string {
	switch {
	case s.Mismatch != nil:
		return s.Mismatch.Error()
	case s.OutputsMismatch != nil:
		return s.OutputsMismatch.Error()
	case s.Unexpected != nil:
		return s.Unexpected.Error()
	}
	return ""
}

// Core is a design to run on.
type Core struct {
	Machine *isa.Machine
	Model   string // the Verilator executable; "" runs on the simulator alone
	Dir     string // for scratch files
	Limit   uint64 // cycles

	Progress func(layer, of int) // before each layer; may be nil
}

// RunCore runs one sample of a program on a design, and judges every layer. That a
// result differs is in the sample; that RTL and simulator part is an error.
func (m *Model) RunCore(ctx context.Context, c Core, img *iss.Image, input []byte, ref *Reference) (*Sample, error) {
	img, err := withInput(img, input)
	if err != nil {
		return nil, err
	}
	var console bytes.Buffer
	s := &Sample{Image: img}
	w := &layers.Watch{Layers: ref.Layers}
	start := time.Now()
	if c.Progress != nil {
		w.Progress = func(i int) { c.Progress(i, len(w.Layers)) }
	}
	attach := func(sim *iss.Machine) error { return w.Attach(sim, m.Graph.Name+"_run", overSymbol) }
	exit := uint32(0)
	if c.Model == "" {
		sim, err := cosim.Simulator(c.Machine, m.RAM(), &console, c.Limit)
		if err != nil {
			return nil, err
		}
		if err := sim.Load(img); err != nil {
			return nil, err
		}
		if err := attach(sim); err != nil {
			return nil, err
		}
		r, err := sim.RunContext(ctx)
		if err != nil {
			return nil, err
		}
		exit, s.Cycles, s.Instructions = r.ExitCode, r.ROICycles, r.ROIInstructions
	} else {
		out, err := cosim.Lockstep(ctx, cosim.Run{Model: c.Model, Machine: c.Machine, Image: img, RAM: m.RAM(), Dir: c.Dir, Limit: c.Limit, Stdout: &console, Attach: attach})
		if err != nil {
			return nil, err
		}
		exit, s.Cycles, s.Instructions, s.Lockstep = out.ExitCode, out.ROICycles, out.ROIInstructions, out.Records
	}
	s.Seconds, s.Layers, s.Mismatch, s.Output = time.Since(start).Seconds(), w.Profiles, w.Mismatch, console.Bytes()
	if w.Err() != nil {
		return nil, w.Err()
	}
	if exit != 0 {
		return nil, fmt.Errorf("the network ended with exit code %d after %d cycles: %q", exit, s.Cycles, tail(console.Bytes()))
	}
	if ref.Outputs != nil {
		s.OutputsMismatch = m.outputs(ref, s.Output)
	}
	return s, nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-200):] }

// outputs compares all outputs of the network.
func (m *Model) outputs(ref *Reference, got []byte) *Mismatch {
	for i, t := range m.Graph.Outputs {
		want := ref.Outputs[i].Bytes()
		have := got[:min(len(want), len(got))]
		got = got[len(have):]
		if d := compareOutput("output", t, want, have); d != nil {
			return d
		}
	}
	if len(got) > 0 {
		return &Mismatch{Layer: "output", Tensor: "the program's output", Element: m.C.Memory.OutputBytes, Count: len(got)}
	}
	return nil
}

func compareOutput(what string, t *nn.Tensor, want, got []byte) *Mismatch {
	return layers.Compare(&layers.Layer{Name: what}, &layers.Tensor{Name: t.Name, Element: t.Type.Size(), Want: want}, got)
}

// Input is the bytes that the program wants for one sample.
func Input(inputs []golden.Value) []byte {
	var all []byte
	for _, v := range inputs {
		all = append(all, v.Bytes()...)
	}
	return all
}

// Values cuts the bytes of the network's outputs into tensors.
func (m *Model) Values(output []byte) ([]golden.Value, error) {
	var out []golden.Value
	for _, t := range m.Graph.Outputs {
		if len(output) < t.Bytes() {
			return nil, io.ErrUnexpectedEOF
		}
		v, err := golden.FromBytes(t.Type, output[:t.Bytes()])
		if err != nil {
			return nil, err
		}
		out, output = append(out, v), output[t.Bytes():]
	}
	return out, nil
}
