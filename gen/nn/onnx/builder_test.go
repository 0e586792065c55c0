package onnx

import (
	"fmt"
	"strings"

	"marvelgen/gen/nn"
)

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
