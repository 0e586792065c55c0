package golden

import (
	"math"

	"marvelgen/gen/nn"
)

// walk calls f for every index of a shape in order: its number, and the position
// that strides and base give it elsewhere.
func walk(shape, strides []int, base int, f func(i, at int)) {
	if len(shape) == 0 {
		f(0, base)
		return
	}
	last := len(shape) - 1
	index := make([]int, last)
	for i, at := 0, base; ; {
		for k := range shape[last] {
			f(i, at+k*strides[last])
			i++
		}
		d := last - 1
		for ; d >= 0; d-- {
			index[d]++
			at += strides[d]
			if index[d] < shape[d] {
				break
			}
			at -= index[d] * strides[d]
			index[d] = 0
		}
		if d < 0 {
			return
		}
	}
}

// strides are the distances between neighbours along each dimension.
func strides(shape []int) []int {
	out := make([]int, len(shape))
	step := 1
	for d := len(shape) - 1; d >= 0; d-- {
		out[d] = step
		step *= shape[d]
	}
	return out
}

// move copies one element between values of one type, int8 or float32.
func move(to Value, i int, from Value, j int) {
	if to.I8 != nil {
		to.I8[i] = from.I8[j]
	} else {
		to.F32[i] = from.F32[j]
	}
}

// along calls f for each element of every part with its place in the whole.
func along(n *nn.Node, whole *nn.Tensor, parts []*nn.Tensor, f func(part, i, at int)) {
	a := n.Axis
	steps, base := strides(whole.Shape), 0
	for k, t := range parts {
		walk(t.Shape, steps, base, func(i, at int) { f(k, i, at) })
		base += t.Shape[a] * steps[a]
	}
}

func runConcat(p *Plan, in, out []Value) {
	along(p.Node, p.Node.Out[0], p.Node.In, func(part, i, at int) { move(out[0], at, in[part], i) })
}

func runSplit(p *Plan, in, out []Value) {
	along(p.Node, p.Node.In[0], p.Node.Out, func(part, i, at int) { move(out[part], i, in[0], at) })
}

func runSlice(p *Plan, in, out []Value) {
	n := p.Node
	steps, base := strides(n.In[0].Shape), 0
	for i, s := range steps {
		base += n.Begin[i] * s
		steps[i] = s * n.Step[i]
	}
	walk(n.Out[0].Shape, steps, base, func(i, at int) { move(out[0], i, in[0], at) })
}

func runPad(p *Plan, in, out []Value) {
	for i := range out[0].I8 {
		out[0].I8[i] = int8(p.OutZero)
	}
	steps, base := strides(p.Node.Out[0].Shape), 0
	for i, s := range steps {
		base += p.Node.Pads[i][0] * s
	}
	walk(p.Node.In[0].Shape, steps, base, func(i, at int) { move(out[0], at, in[0], i) })
}

func runReshape(_ *Plan, in, out []Value) {
	copy(out[0].I8, in[0].I8)
	copy(out[0].F32, in[0].F32)
}

func runTranspose(p *Plan, in, out []Value) {
	from := strides(p.Node.In[0].Shape)
	steps := make([]int, len(from))
	for i, d := range p.Node.Perm {
		steps[i] = from[d]
	}
	walk(p.Node.Out[0].Shape, steps, 0, func(i, at int) { move(out[0], i, in[0], at) })
}

// nearest is the input row or column that an output one shows, in float32.
func nearest(n *nn.Node, at, in, out int) int {
	ratio := float32(in) / float32(out)
	if n.AlignCorners && out > 1 {
		ratio = float32(in-1) / float32(out-1)
	}
	x := float32(at)
	if n.HalfPixel {
		x += 0.5
	}
	position := float64(x * ratio)
	if n.AlignCorners {
		position = math.Round(position)
	}
	return max(min(int(math.Floor(position)), in-1), 0)
}

func runResize(p *Plan, in, out []Value) {
	n := p.Node
	xs, ys := n.In[0].Shape, n.Out[0].Shape
	i := 0
	for b := range ys[0] {
		for oy := range ys[1] {
			iy := nearest(n, oy, xs[1], ys[1])
			for ox := range ys[2] {
				at := ((b*xs[1]+iy)*xs[2] + nearest(n, ox, xs[2], ys[2])) * xs[3]
				for c := range ys[3] {
					move(out[0], i, in[0], at+c)
					i++
				}
			}
		}
	}
}
