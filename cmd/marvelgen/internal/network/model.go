// Package network runs trained networks: on the host, on the simulator and on the
// RTL, judged layer by layer by the golden execution.
package network

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/kwt"
	"marvelgen/gen/nn/lower"
	"marvelgen/gen/nn/onnx"
	"marvelgen/gen/nn/plan"
	"marvelgen/gen/nn/quant"
	"marvelgen/gen/nn/samples"
	"marvelgen/gen/nn/tflite"
	"marvelgen/gen/nn/zoo"
	"marvelgen/verif/layers"
)

// maxModel bounds a model file, in bytes.
const maxModel = 1 << 30

// Model is a network that is ready to run.
type Model struct {
	Graph  *nn.Graph
	Float  *nn.Graph // what Graph was quantised from; nil: it came so
	Golden *golden.Machine
	C      *lower.Network
}

// zooPrefix begins the names of networks that package zoo builds.
const zooPrefix = "zoo:"

// kwtExt ends the names of files that package kwt reads.
const kwtExt = ".json"

// IsModel reports whether a name is that of a network: a file, or one of ours.
func IsModel(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".tflite" || ext == ".onnx" || ext == kwtExt || strings.HasPrefix(name, zooPrefix)
}

// Kinds says in words what IsModel takes.
const Kinds = "a network is a .tflite, .onnx or .json file (of KWT-Tiny's weights), or zoo:NAME"

// Calibration says how to quantise a float network.
type Calibration struct {
	File string // real numbers for its input, as ReadSamples takes them; "": the network's own, or random ones
	Seed uint64
}

// Import reads a model; one in floats is quantised. float is that one as it was, or
// nil.
func Import(ctx context.Context, name string, c Calibration) (g, float *nn.Graph, err error) {
	if g, err = read(name); err != nil {
		return nil, nil, err
	}
	nn.FoldPads(g)
	if !isFloat(g) {
		return g, nil, nil
	}
	inputs := g.Samples
	if len(inputs) == 0 {
		inputs = quant.RandomSamples(g, 1, c.Seed)
	}
	if c.File != "" {
		if len(g.Inputs) != 1 {
			return nil, nil, fmt.Errorf("%s: %d inputs; a file for calibration can be given for one", name, len(g.Inputs))
		}
		s, err := ReadSamples(c.File, g.Inputs[0], samples.Options{})
		if err != nil {
			return nil, nil, err
		}
		inputs = nil
		for _, v := range s.Values {
			inputs = append(inputs, [][]float32{v.F32})
		}
	}
	q, err := quant.Quantize(ctx, g, inputs, quant.Options{CorrectBiases: c.File != "" || len(g.Samples) > 0})
	return q, g, err
}

// read reads a file, or builds a network of ours.
func read(name string) (*nn.Graph, error) {
	if z, ok := strings.CutPrefix(name, zooPrefix); ok {
		g, err := zoo.Build(z)
		if err != nil {
			return nil, err
		}
		g.File = name
		return g, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxModel {
		return nil, fmt.Errorf("%s: no regular file of at most %d bytes", name, maxModel)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".onnx":
		return onnx.Import(name, data)
	case kwtExt:
		return kwt.Import(name, data)
	}
	return tflite.Import(name, data)
}

// isFloat reports whether a graph is not quantised: no operator makes integers.
func isFloat(g *nn.Graph) bool {
	for _, n := range g.Nodes {
		for _, t := range n.Out {
			if t.Type != nn.Float32 {
				return false
			}
		}
	}
	return true
}

// New prepares a quantised graph.
func New(g *nn.Graph) (*Model, error) {
	m := &Model{Graph: g}
	var err error
	if m.Golden, err = golden.New(g); err == nil {
		m.C, err = lower.C(g)
	}
	return m, err
}

// MACs is the multiplications of the whole network.
func (m *Model) MACs() int64 {
	sum := int64(0)
	for _, n := range m.Graph.Nodes {
		sum += n.MACs()
	}
	return sum
}

// ConstantBytes is the size of all constants of the graph.
func (m *Model) ConstantBytes() int64 {
	sum, seen := int64(0), map[*nn.Tensor]bool{}
	for _, n := range m.Graph.Nodes {
		for _, t := range n.In {
			if t != nil && t.Const() && !seen[t] {
				seen[t] = true
				sum += int64(t.Bytes())
			}
		}
	}
	return sum
}

// Reference is what the golden execution makes of one sample: the network's outputs,
// and the layers with the results that they must have.
type Reference struct {
	Outputs []golden.Value
	Layers  []layers.Layer
}

// Judge executes one sample in Go.
func (m *Model) Judge(ctx context.Context, inputs ...golden.Value) (*Reference, error) {
	r := &Reference{Layers: m.layers()}
	number := map[*nn.Tensor]*layers.Tensor{}
	for i, n := range m.Graph.Nodes {
		for k, t := range n.Out {
			number[t] = &r.Layers[i].Outputs[k]
		}
	}
	m.Golden.Trace = func(_ *nn.Node, t *nn.Tensor, v golden.Value) { number[t].Want = v.Bytes() }
	defer func() { m.Golden.Trace = nil }()
	var err error
	r.Outputs, err = m.Golden.Run(ctx, inputs...)
	return r, err
}

// layers says where each layer's code and results are in the program.
func (m *Model) layers() []layers.Layer {
	symbols := map[plan.Area]string{plan.Input: inSymbol, plan.Output: outSymbol, plan.Arena: arenaSymbol}
	var out []layers.Layer
	for _, l := range m.C.Layers {
		one := layers.Layer{Name: l.Node.Name, Function: l.Function}
		for _, t := range l.Node.Out {
			at := m.C.Memory.At[t]
			one.Outputs = append(one.Outputs, layers.Tensor{Name: t.Name, Symbol: symbols[at.Area], Offset: at.Offset, Element: t.Type.Size()})
		}
		out = append(out, one)
	}
	return out
}

// WriteFiles puts files into a folder, and makes those that they are in.
func WriteFiles(dir string, files []emit.File) error {
	for _, f := range files {
		path := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
