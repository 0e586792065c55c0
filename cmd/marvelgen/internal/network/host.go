package network

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"marvelgen/flows"
	"marvelgen/verif/layers"
)

// Host is the network compiled for the machine we run on.
type Host struct {
	m        *Model
	dir, exe string
}

// NewHost compiles the network in dir, with the headers and kernels of the options.
func (m *Model) NewHost(ctx context.Context, dir string, o CompileOptions) (*Host, error) {
	exe, err := m.compileHost(ctx, dir, o)
	return &Host{m, dir, exe}, err
}

// Run runs one sample and judges every layer.
func (h *Host) Run(ctx context.Context, input []byte, ref *Reference) (*Sample, error) {
	outputs, traces := filepath.Join(h.dir, "outputs.bin"), filepath.Join(h.dir, "trace.bin")
	start := time.Now()
	if _, err := flows.Run(ctx, flows.Cmd{Path: h.exe, Args: []string{outputs, traces}, Stdin: bytes.NewReader(input)}); err != nil {
		return nil, err
	}
	s := &Sample{Seconds: time.Since(start).Seconds()}
	var err error
	if s.Output, err = os.ReadFile(outputs); err != nil {
		return nil, err
	}
	if s.Mismatch, err = judgeTrace(traces, ref); err != nil {
		return nil, err
	}
	s.OutputsMismatch = h.m.outputs(ref, s.Output)
	return s, nil
}

// All runs many samples, one after another, and returns all outputs; no layer is judged.
func (h *Host) All(ctx context.Context, inputs []byte) ([]byte, error) {
	outputs := filepath.Join(h.dir, "outputs.bin")
	if _, err := flows.Run(ctx, flows.Cmd{Path: h.exe, Args: []string{outputs, os.DevNull}, Stdin: bytes.NewReader(inputs)}); err != nil {
		return nil, err
	}
	return os.ReadFile(outputs)
}

// judgeTrace compares the layers' results, which a program has left in a file.
func judgeTrace(file string, ref *Reference) (*layers.Mismatch, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	next, last := 0, int32(-1) // the output of the layer that comes
	for {
		var head struct{ Layer, Bytes int32 }
		if err := binary.Read(r, binary.LittleEndian, &head); err == io.EOF {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		if next++; head.Layer != last {
			next, last = 0, head.Layer
		}
		if head.Layer < 0 || int(head.Layer) >= len(ref.Layers) || next >= len(ref.Layers[head.Layer].Outputs) {
			return nil, fmt.Errorf("the program speaks of output %d of layer %d, which the network does not have", next, head.Layer)
		}
		l := &ref.Layers[head.Layer]
		t := &l.Outputs[next]
		if int(head.Bytes) != len(t.Want) {
			return nil, fmt.Errorf("layer %s: %d bytes of %q, want %d", l.Name, head.Bytes, t.Name, len(t.Want))
		}
		got := make([]byte, head.Bytes)
		if _, err := io.ReadFull(r, got); err != nil {
			return nil, err
		}
		if m := layers.Compare(l, t, got); m != nil {
			return m, nil
		}
	}
}
