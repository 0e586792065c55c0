package golden

import (
	"fmt"
	"math"
	"slices"

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

// move copies one element between values of one type.
func move(to Value, i int, from Value, j int) {
	switch {
	case to.I8 != nil:
		to.I8[i] = from.I8[j]
	case to.F32 != nil:
		to.F32[i] = from.F32[j]
	case to.U8 != nil:
		to.U8[i] = from.U8[j]
	case to.I16 != nil:
		to.I16[i] = from.I16[j]
	case to.I32 != nil:
		to.I32[i] = from.I32[j]
	}
}

// axis is a node's Axis counted from the front, or an error.
func axis(n *nn.Node, rank int) (int, error) {
	a := n.Axis
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		return 0, fmt.Errorf("axis %d of a tensor with %d dimensions", n.Axis, rank)
	}
	return a, nil
}

// parts checks that the parts' shapes differ from the whole's along Axis only, and
// fill it.
func parts(n *nn.Node, whole *nn.Tensor, parts []*nn.Tensor) error {
	a, err := axis(n, len(whole.Shape))
	if err != nil {
		return err
	}
	sum := 0
	for _, t := range parts {
		if len(t.Shape) != len(whole.Shape) {
			return mismatch(whole, t)
		}
		sum += t.Shape[a]
		same := slices.Clone(t.Shape)
		same[a] = whole.Shape[a]
		if !slices.Equal(same, whole.Shape) {
			return mismatch(whole, t)
		}
	}
	if sum != whole.Shape[a] {
		return fmt.Errorf("the parts have %d along axis %d, %s has %d", sum, a, whole, whole.Shape[a])
	}
	return nil
}

func concatShape(n *nn.Node) error { return parts(n, n.Out[0], n.In) }
func splitShape(n *nn.Node) error  { return parts(n, n.In[0], n.Out) }

// along calls f for each element of every part with its place in the whole.
func along(n *nn.Node, whole *nn.Tensor, parts []*nn.Tensor, f func(part, i, at int)) {
	a, _ := axis(n, len(whole.Shape))
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

func sliceShape(n *nn.Node) error {
	x, y := n.In[0], n.Out[0]
	rank := len(x.Shape)
	if len(y.Shape) != rank || len(n.Begin) != rank || len(n.Step) != rank {
		return mismatch(x, y)
	}
	for i, d := range x.Shape {
		first := n.Begin[i]
		if max(n.Step[i], -n.Step[i]) > largest {
			return fmt.Errorf("step %d", n.Step[i])
		}
		last := first + (y.Shape[i]-1)*n.Step[i]
		if min(first, last) < 0 || max(first, last) >= d {
			return fmt.Errorf("elements %d to %d by %d of dimension %d of %s", first, last, n.Step[i], i, x)
		}
	}
	return nil
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

func padShape(n *nn.Node) error {
	x, y := n.In[0], n.Out[0]
	if len(n.Pads) != len(x.Shape) || len(y.Shape) != len(x.Shape) {
		return mismatch(x, y)
	}
	for i, d := range x.Shape {
		if n.Pads[i][0] < 0 || n.Pads[i][1] < 0 || d+n.Pads[i][0]+n.Pads[i][1] != y.Shape[i] {
			return fmt.Errorf("pads %v of %s do not give %s", n.Pads, x, y)
		}
	}
	return nil
}

func runPad(p *Plan, in, out []Value) {
	for i := range out[0].I8 {
		out[0].I8[i] = int8(p.OutZero)
	}
	for i := range out[0].U8 {
		out[0].U8[i] = uint8(p.OutZero)
	}
	for i := range out[0].I16 {
		out[0].I16[i] = int16(p.OutZero)
	}
	for i := range out[0].I32 {
		out[0].I32[i] = p.OutZero
	}
	steps, base := strides(p.Node.Out[0].Shape), 0
	for i, s := range steps {
		base += p.Node.Pads[i][0] * s
	}
	walk(p.Node.In[0].Shape, steps, base, func(i, at int) { move(out[0], at, in[0], i) })
}

func runReshape(_ *Plan, in, out []Value) {
	copy(out[0].I8, in[0].I8)
	copy(out[0].U8, in[0].U8)
	copy(out[0].I16, in[0].I16)
	copy(out[0].I32, in[0].I32)
	copy(out[0].F32, in[0].F32)
}

func transposeShape(n *nn.Node) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	if len(n.Perm) != len(x) || len(y) != len(x) {
		return mismatch(n.In[0], n.Out[0])
	}
	seen := make([]bool, len(x))
	for i, d := range n.Perm {
		if d < 0 || d >= len(x) || seen[d] || x[d] != y[i] {
			return fmt.Errorf("permutation %v of %s does not give %s", n.Perm, n.In[0], n.Out[0])
		}
		seen[d] = true
	}
	return nil
}

func runTranspose(p *Plan, in, out []Value) {
	from := strides(p.Node.In[0].Shape)
	steps := make([]int, len(from))
	for i, d := range p.Node.Perm {
		steps[i] = from[d]
	}
	walk(p.Node.Out[0].Shape, steps, 0, func(i, at int) { move(out[0], i, in[0], at) })
}

func resizeShape(n *nn.Node) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	if len(x) != 4 || len(y) != 4 || x[0] != y[0] || x[3] != y[3] {
		return mismatch(n.In[0], n.Out[0])
	}
	return nil
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
