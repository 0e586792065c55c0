package tflite

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	flatbuffers "github.com/google/flatbuffers/go"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// net is a model under construction.
type net struct {
	m *schema.ModelT
	s *schema.SubGraphT
}

func newNet() *net {
	s := &schema.SubGraphT{Name: "main"}
	return &net{&schema.ModelT{Version: 3, Subgraphs: []*schema.SubGraphT{s}, Buffers: []*schema.BufferT{{}}}, s}
}

// add appends a tensor and returns its index. Without scales it is not quantised.
func (n *net) add(typ schema.TensorType, shape []int32, data []byte, zero int64, scales ...float32) int32 {
	t := &schema.TensorT{Name: fmt.Sprintf("t%d", len(n.s.Tensors)), Type: typ, Shape: shape}
	if data != nil {
		t.Buffer = uint32(len(n.m.Buffers))
		n.m.Buffers = append(n.m.Buffers, &schema.BufferT{Data: data})
	}
	if len(scales) > 0 {
		t.Quantization = &schema.QuantizationT{Scale: scales}
		for range scales {
			t.Quantization.ZeroPoint = append(t.Quantization.ZeroPoint, zero)
		}
	}
	n.s.Tensors = append(n.s.Tensors, t)
	return int32(len(n.s.Tensors) - 1)
}

// act is an int8 activation.
func (n *net) act(shape ...int32) int32 { return n.add(schema.TensorTypeINT8, shape, nil, 1, 0.5) }

// result is an int8 activation of a range that is its operator's.
func (n *net) result(zero int64, scale float32, shape ...int32) int32 {
	return n.add(schema.TensorTypeINT8, shape, nil, zero, scale)
}

// weights counts up from 1.
func (n *net) weights(shape ...int32) int32 {
	data := make([]byte, elements(shape))
	for i := range data {
		data[i] = byte(i + 1)
	}
	return n.add(schema.TensorTypeINT8, shape, data, 0, 0.25)
}

// ints is a constant of int32.
func (n *net) ints(v ...int32) int32 {
	data := []byte{}
	for _, x := range v {
		data = binary.LittleEndian.AppendUint32(data, uint32(x))
	}
	return n.add(schema.TensorTypeINT32, []int32{int32(len(v))}, data, 0)
}

func elements(shape []int32) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

// op appends an operator; options may be nil.
func (n *net) op(code schema.BuiltinOperator, options *schema.BuiltinOptionsT, out []int32, in ...int32) {
	n.m.OperatorCodes = append(n.m.OperatorCodes, &schema.OperatorCodeT{BuiltinCode: code, Version: 1})
	n.s.Operators = append(n.s.Operators, &schema.OperatorT{OpcodeIndex: uint32(len(n.m.OperatorCodes) - 1), Inputs: in, Outputs: out, Options: options})
}

// bytes is the file. Activations that no operator makes are the network's inputs,
// those that none reads its outputs, unless the test has said which.
func (n *net) bytes() []byte {
	made, read := map[int32]bool{}, map[int32]bool{}
	for _, o := range n.s.Operators {
		for _, t := range o.Outputs {
			made[t] = true
		}
		for _, t := range o.Inputs {
			read[t] = true
		}
	}
	ins, outs := n.s.Inputs == nil, n.s.Outputs == nil
	for i, t := range n.s.Tensors {
		k := int32(i)
		if ins && t.Buffer == 0 && !made[k] {
			n.s.Inputs = append(n.s.Inputs, k)
		}
		if outs && made[k] && !read[k] {
			n.s.Outputs = append(n.s.Outputs, k)
		}
	}
	b := flatbuffers.NewBuilder(1024)
	b.FinishWithFileIdentifier(n.m.Pack(b), []byte("TFL3"))
	return b.FinishedBytes()
}

func options(t schema.BuiltinOptions, v any) *schema.BuiltinOptionsT {
	return &schema.BuiltinOptionsT{Type: t, Value: v}
}

// render prints a graph for comparison: a line for each node, parameters only
// where they are not their zero value.
func render(g *nn.Graph) string {
	var b strings.Builder
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "%s %s", n.Name, n.Op)
		for _, t := range n.In {
			if t == nil {
				b.WriteString(" -")
				continue
			}
			fmt.Fprintf(&b, " %v", t.Shape)
		}
		b.WriteString(" ->")
		for _, t := range n.Out {
			fmt.Fprintf(&b, " %v", t.Shape)
		}
		param := func(name string, v any, zero bool) {
			if !zero {
				fmt.Fprintf(&b, " %s=%v", name, v)
			}
		}
		p := n.Params
		w := p.Window
		param("kernel", w.Kernel, w == nn.Window{})
		param("stride", w.Stride, w == nn.Window{})
		param("dilation", w.Dilation, w == nn.Window{})
		param("before", w.Before, w == nn.Window{})
		param("after", w.After, w == nn.Window{})
		param("groups", p.Groups, p.Groups == 0)
		param("multiplier", p.Multiplier, p.Multiplier == 0)
		param("act", p.Act, p.Act == nn.NoAct)
		param("axis", p.Axis, p.Axis == 0)
		param("axes", p.Axes, p.Axes == nil)
		param("keep", p.KeepDims, !p.KeepDims)
		param("perm", p.Perm, p.Perm == nil)
		param("begin", p.Begin, p.Begin == nil)
		param("step", p.Step, p.Step == nil)
		param("pads", p.Pads, p.Pads == nil)
		param("beta", p.Beta, p.Beta == 0)
		param("alpha", p.Alpha, p.Alpha == 0)
		param("corners", p.AlignCorners, !p.AlignCorners)
		param("half", p.HalfPixel, !p.HalfPixel)
		param("transpose", p.TransposeB, !p.TransposeB)
		b.WriteString("\n")
	}
	return b.String()
}

func mustImport(t *testing.T, n *net) *nn.Graph {
	t.Helper()
	g, err := Import("dir/a net.tflite", n.bytes())
	if err != nil {
		t.Fatal(err)
	}
	return g
}
