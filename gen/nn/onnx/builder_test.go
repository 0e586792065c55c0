package onnx

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// net is a model under construction.
type net struct {
	m *schema.Model
	g *schema.Graph
	n int // names given
}

func newNet(opset int64) *net {
	g := &schema.Graph{}
	return &net{m: &schema.Model{IrVersion: 8, Graph: g, OpsetImport: []*schema.OperatorSet{{Version: opset}, {Domain: microsoft, Version: 1}}}, g: g}
}

func (n *net) name(prefix string) string {
	n.n++
	return fmt.Sprintf("%s%d", prefix, n.n)
}

func info(name string, typ int32, shape ...int) *schema.ValueInfo {
	s := &schema.Shape{}
	for _, d := range shape {
		s.Dim = append(s.Dim, &schema.Dimension{Value: &schema.Dimension_DimValue{DimValue: int64(d)}})
	}
	return &schema.ValueInfo{Name: name, Type: &schema.Type{TensorType: &schema.TensorType{ElemType: typ, Shape: s}}}
}

// in is an input of float32.
func (n *net) in(shape ...int) string { return n.typed(typeFloat, shape...) }

func (n *net) typed(typ int32, shape ...int) string {
	v := info(n.name("x"), typ, shape...)
	n.g.Input = append(n.g.Input, v)
	return v.Name
}

func dims(shape []int) []int64 {
	out := make([]int64, len(shape))
	for i, d := range shape {
		out[i] = int64(d)
	}
	return out
}

func (n *net) constant(t *schema.Tensor) string {
	t.Name = n.name("c")
	n.g.Initializer = append(n.g.Initializer, t)
	return t.Name
}

// weights count up from 1 in eighths, with both signs.
func (n *net) weights(shape ...int) string {
	t := &schema.Tensor{Dims: dims(shape), DataType: typeFloat}
	for i := range nn.Elements(shape) {
		v := float32(i%16+1) / 8
		if i%3 == 1 {
			v = -v
		}
		t.FloatData = append(t.FloatData, v)
	}
	return n.constant(t)
}

func (n *net) reals(v ...float32) string {
	return n.constant(&schema.Tensor{Dims: []int64{int64(len(v))}, DataType: typeFloat, FloatData: v})
}

func (n *net) number(v float32) string {
	return n.constant(&schema.Tensor{DataType: typeFloat, FloatData: []float32{v}})
}

func (n *net) ints(v ...int64) string {
	return n.constant(&schema.Tensor{Dims: []int64{int64(len(v))}, DataType: typeInt64, Int64Data: v})
}

// bytes8 is a constant of int8 or uint8.
func (n *net) bytes8(typ int32, shape []int, v ...int32) string {
	return n.constant(&schema.Tensor{Dims: dims(shape), DataType: typ, Int32Data: v})
}

// zero is a zero point.
func (n *net) zero(typ, v int32) string { return n.bytes8(typ, nil, v) }

// op appends an operator and returns its output; attributes are int, float32,
// string, []int or a tensor, each after its name.
func (n *net) op(kind string, in []string, attrs ...any) string {
	return n.ops(kind, 1, in, attrs...)[0]
}

func (n *net) ops(kind string, outs int, in []string, attrs ...any) []string {
	node := &schema.Node{OpType: kind, Input: in}
	if at := strings.LastIndex(kind, "."); at >= 0 {
		node.Domain, node.OpType = kind[:at], kind[at+1:]
	}
	for range outs {
		node.Output = append(node.Output, n.name("y"))
	}
	for i := 0; i < len(attrs); i += 2 {
		a := &schema.Attribute{Name: attrs[i].(string)}
		switch v := attrs[i+1].(type) {
		case int:
			a.Type, a.I = 2, int64(v)
		case float32:
			a.Type, a.F = 1, v
		case string:
			a.Type, a.S = 3, []byte(v)
		case *schema.Tensor:
			a.Type, a.T = 4, v
		case []float32:
			a.Type, a.Floats = 6, v
		case []int:
			a.Type, a.Ints = 7, dims(v)
		}
		node.Attribute = append(node.Attribute, a)
	}
	n.g.Node = append(n.g.Node, node)
	return node.Output
}

// quantised appends QuantizeLinear and DequantizeLinear.
func (n *net) quantised(x string, typ, zero int32, scale float32) string {
	s, z := n.number(scale), n.zero(typ, zero)
	return n.op("DequantizeLinear", []string{n.op("QuantizeLinear", []string{x, s, z}), s, z})
}

// bytes is the file. What no operator reads is the network's output, unless the
// test has said which.
func (n *net) bytes(t testing.TB) []byte {
	t.Helper()
	if n.g.Output == nil {
		read := map[string]bool{}
		for _, o := range n.g.Node {
			for _, name := range o.Input {
				read[name] = true
			}
		}
		for _, o := range n.g.Node {
			for _, name := range o.Output {
				if !read[name] && name != "" {
					n.g.Output = append(n.g.Output, info(name, typeFloat))
				}
			}
		}
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(n.m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustImport(t testing.TB, n *net) *nn.Graph {
	t.Helper()
	g, err := Import("dir/a net.onnx", n.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	return g
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
		param("epsilon", p.Epsilon, p.Epsilon == 0)
		param("tanh", p.TanhForm, !p.TanhForm)
		b.WriteString("\n")
	}
	return b.String()
}

// i32 is a constant of int32, as biases are.
func i32(v ...int32) *schema.Tensor {
	return &schema.Tensor{Dims: []int64{int64(len(v))}, DataType: typeInt32, Int32Data: v}
}
