// Package golden executes a quantised network in Go, bit for bit as the
// TensorFlow Lite Micro reference kernels do, and beside it in floating point.
//
// Prepare derives what a kernel needs of a node — multipliers, shifts, activation
// ranges, tables — from the model's scales as the reference does, down to which
// products are of float32 and which of float64. The lowering to C uses the same
// plans, so the two cannot drift apart.
package golden

import (
	"context"
	"errors"
	"fmt"

	"marvelgen/gen/nn"
)

// Value is the elements of a tensor in row-major order: the field of its type.
type Value struct {
	I8  []int8
	U8  []uint8
	I16 []int16
	I32 []int32
	F32 []float32
}

// NewValue makes room for n elements; types that no activation has give nothing.
func NewValue(t nn.DType, n int) Value {
	switch t {
	case nn.Int8:
		return Value{I8: make([]int8, n)}
	case nn.UInt8:
		return Value{U8: make([]uint8, n)}
	case nn.Int32:
		return Value{I32: make([]int32, n)}
	case nn.Float32:
		return Value{F32: make([]float32, n)}
	}
	return Value{}
}

// Len is the number of elements.
func (v Value) Len() int { return len(v.I8) + len(v.U8) + len(v.I16) + len(v.I32) + len(v.F32) }

// constant is the data of a tensor that has some.
func constant(t *nn.Tensor) Value { return Value{t.I8, t.U8, t.I16, t.I32, t.F32} }

// Machine is a network that is ready to run.
type Machine struct {
	Graph *nn.Graph
	Plans []*Plan // one for each node, in order

	// Trace, if set, is told every output of every node as it is computed; the
	// value must not be kept.
	Trace func(n *nn.Node, t *nn.Tensor, v Value)
}

// New checks a graph and prepares every node. The error names the first one that
// cannot be executed.
func New(g *nn.Graph) (*Machine, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	m := &Machine{Graph: g}
	for _, n := range g.Nodes {
		p, err := Prepare(n)
		if err != nil {
			if e := (*nn.Error)(nil); errors.As(err, &e) {
				e.File = g.File
			}
			return nil, err
		}
		m.Plans = append(m.Plans, p)
	}
	return m, nil
}

// Run executes the network once: one value for each of the graph's inputs, of its
// type and number of elements; one for each output comes back.
func (m *Machine) Run(ctx context.Context, inputs ...Value) ([]Value, error) {
	live, err := bind(m.Graph, inputs, func(t *nn.Tensor) nn.DType { return t.Type })
	if err != nil {
		return nil, err
	}
	for _, p := range m.Plans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in := make([]Value, len(p.Node.In))
		for i, t := range p.Node.In {
			in[i] = live.get(t, constant)
		}
		out := make([]Value, len(p.Node.Out))
		for i, t := range p.Node.Out {
			out[i] = NewValue(t.Type, t.Elements())
			live[t] = out[i]
		}
		p.Run(in, out)
		if m.Trace != nil {
			for i, t := range p.Node.Out {
				m.Trace(p.Node, t, out[i])
			}
		}
	}
	return live.outputs(m.Graph), nil
}

// values are the tensors computed so far.
type values map[*nn.Tensor]Value

func bind(g *nn.Graph, inputs []Value, dtype func(*nn.Tensor) nn.DType) (values, error) {
	if len(inputs) != len(g.Inputs) {
		return nil, fmt.Errorf("%s: %d inputs given, the network has %d", g.File, len(inputs), len(g.Inputs))
	}
	live := values{}
	for i, t := range g.Inputs {
		want := NewValue(dtype(t), t.Elements())
		v := inputs[i]
		if len(v.I8) != len(want.I8) || len(v.U8) != len(want.U8) || len(v.I32) != len(want.I32) || len(v.F32) != len(want.F32) {
			return nil, fmt.Errorf("%s: input %s wants %d elements of %s, got %d elements, or of another type", g.File, t, want.Len(), dtype(t), v.Len())
		}
		live[t] = v
	}
	return live, nil
}

// get is a tensor that the graph's order has filled, or a constant; the check of
// the graph holds that it is one of them.
func (live values) get(t *nn.Tensor, constant func(*nn.Tensor) Value) Value {
	switch v, ok := live[t]; {
	case ok:
		return v
	case t == nil:
		return Value{}
	}
	return constant(t)
}

func (live values) outputs(g *nn.Graph) []Value {
	out := make([]Value, len(g.Outputs))
	for i, t := range g.Outputs {
		out[i] = live[t]
	}
	return out
}
