package lower

import (
	"fmt"
	"strings"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/plan"
)

// model is what the templates of <name>.h and <name>.c are filled with.
type model struct {
	Header                        []string
	Name                          string
	Inputs, Outputs               []string
	InBytes, OutBytes, ArenaBytes int
	SumBytes                      int
	WeightBytes                   int // of <name>_weights.bin; 0 where there is none
	Layers                        []*layer
	Steps                         []string
	Float                         bool // it includes nn_float.h

	net   *Network
	graph *nn.Graph
	file  *file
}

// layer is a function of the C, or nothing where Function is "".
type layer struct {
	Title      string
	Constants  []constant
	Function   string
	Parameters string
	Body       []string

	node  *nn.Node
	ins   []*nn.Tensor // arguments, in the order of the parameters; outputs follow
	bytes int          // of its arrays
}

// constant is a read-only array or structure.
type constant struct {
	Declare string
	Rows    []string
}

// add appends a layer and the step that calls it.
func (m *model) add(number int, l *layer) {
	if l.Function == "" {
		m.Steps = append(m.Steps, "// "+l.Title)
		return
	}
	m.Layers = append(m.Layers, l)
	var args []string
	for _, t := range l.ins {
		args = append(args, m.where(t))
	}
	for _, t := range l.node.Out {
		args = append(args, m.where(t))
	}
	if at, ok := m.net.Memory.Scratch[l.node]; ok {
		args = append(args, fmt.Sprintf("arena + %d", at))
	}
	m.Steps = append(m.Steps, fmt.Sprintf("%s(%s);", l.Function, strings.Join(args, ", ")))
	for _, t := range l.node.Out {
		m.Steps = append(m.Steps, fmt.Sprintf("NN_TRACE(%d, %s, %d);", number, m.where(t), t.Bytes()))
	}
}

// where is the address of a tensor in C.
func (m *model) where(t *nn.Tensor) string {
	s := m.net.Memory.At[t]
	base := map[plan.Area]string{plan.Input: "in", plan.Output: "out", plan.Arena: "arena"}[s.Area]
	if s.Offset == 0 {
		return base
	}
	return fmt.Sprintf("%s + %d", base, s.Offset)
}

// finish fills what depends on the whole network.
func (m *model) finish() error {
	p := m.net.Memory
	for _, c := range p.Copies {
		if c.Tensor.Const() {
			return &nn.Error{File: m.graph.File, Tensor: c.Tensor.Name, Problem: "an output of the network that is constant has no C form"}
		}
		m.Steps = append(m.Steps, fmt.Sprintf("memcpy(out + %d, %s, %d);", c.Offset, m.where(c.Tensor), c.Tensor.Bytes()))
	}
	m.InBytes, m.OutBytes, m.ArenaBytes, m.SumBytes = p.InputBytes, p.OutputBytes, p.Arena, p.Sum
	if m.file != nil {
		m.WeightBytes = len(m.file.data)
	}
	m.net.Constants = m.WeightBytes
	for _, l := range m.Layers {
		m.net.Constants += l.bytes
	}
	m.Inputs, m.Outputs = edges(m.graph.Inputs), edges(m.graph.Outputs)
	return nil
}

// edges describes tensors that lie one after another.
func edges(tensors []*nn.Tensor) []string {
	var out []string
	at := 0
	for _, t := range tensors {
		line := fmt.Sprintf("%d: %q, %s%v", at, t.Name, t.Type, t.Shape)
		if t.Quant != nil && !t.Quant.PerChannel() {
			line += fmt.Sprintf(", real = %v * (integer - %d)", t.Quant.Scale[0], t.Quant.Zero[0])
		}
		out = append(out, line)
		at += t.Bytes()
	}
	return out
}
