package nn

import (
	"fmt"
	"math"
	"slices"
)

// misfit is the error of shapes that do not belong together.
func misfit(n *Node) error {
	text := ""
	for i, t := range n.In {
		if i > 0 {
			text += ", "
		}
		if t == nil {
			text += "-"
			continue
		}
		text += fmt.Sprint(t.Shape)
	}
	text += " to"
	for _, t := range n.Out {
		text += fmt.Sprint(" ", t.Shape)
	}
	return fmt.Errorf("shapes do not fit: %s of %.200s", n.Op, text)
}

// slides checks the window from a larger side to a smaller one.
func slides(n *Node, large, small *Tensor) error {
	if len(large.Shape) != 4 || len(small.Shape) != 4 || large.Shape[0] != small.Shape[0] {
		return misfit(n)
	}
	w := n.Window
	for k := range 2 {
		for _, v := range []int{w.Kernel[k], w.Stride[k], w.Dilation[k], w.Before[k] + 1, w.After[k] + 1} {
			if v < 1 || v > maxWindow {
				return fmt.Errorf("window %+v: kernel, stride and dilation are 1 to %d, padding below that", w, maxWindow)
			}
		}
		reach := (w.Kernel[k]-1)*w.Dilation[k] + 1
		room := large.Shape[1+k] + w.Before[k] + w.After[k] - reach
		if room < 0 || room/w.Stride[k]+1 != small.Shape[1+k] {
			return fmt.Errorf("window %+v does not lead from %v to %v", w, large.Shape, small.Shape)
		}
	}
	return nil
}

// biased checks the bias against the output channels.
func biased(n *Node, channels int) error {
	if b := n.bias(); b != nil && b.Elements() != channels {
		return fmt.Errorf("the bias %q has %d elements for %d channels", b.Name, b.Elements(), channels)
	}
	return nil
}

func convShapes(n *Node) error {
	x, w, y := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	if len(x) != 4 || len(w) != 4 || len(y) != 4 || n.Groups < 1 || w[3] > x[3] || x[3] != n.Groups*w[3] ||
		w[0]%n.Groups != 0 || y[3] != w[0] || w[1] != n.Window.Kernel[0] || w[2] != n.Window.Kernel[1] {
		return misfit(n)
	}
	if err := slides(n, n.In[0], n.Out[0]); err != nil {
		return err
	}
	return biased(n, w[0])
}

func depthwiseShapes(n *Node) error {
	x, w, y := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	if len(x) != 4 || len(w) != 4 || len(y) != 4 || w[0] != 1 || n.Multiplier < 1 || n.Multiplier > w[3] || w[3] != x[3]*n.Multiplier ||
		y[3] != w[3] || w[1] != n.Window.Kernel[0] || w[2] != n.Window.Kernel[1] {
		return misfit(n)
	}
	if err := slides(n, n.In[0], n.Out[0]); err != nil {
		return err
	}
	return biased(n, w[3])
}

func transposedShapes(n *Node) error {
	x, w, y := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	if len(x) != 4 || len(w) != 4 || len(y) != 4 || x[3] != w[3] || y[3] != w[0] || w[1] != n.Window.Kernel[0] || w[2] != n.Window.Kernel[1] {
		return misfit(n)
	}
	if err := slides(n, n.Out[0], n.In[0]); err != nil {
		return err
	}
	return biased(n, w[0])
}

func poolShapes(n *Node) error {
	if x, y := n.In[0].Shape, n.Out[0].Shape; len(x) != 4 || len(y) != 4 || x[3] != y[3] {
		return misfit(n)
	}
	for k := range 2 { // a window that sees padding only has no average
		if n.Window.Before[k] >= n.Window.Kernel[k] || n.Window.After[k] >= n.Window.Kernel[k] || n.Window.Dilation[k] != 1 {
			return fmt.Errorf("window %+v: a pool's padding is smaller than its kernel, and its dilation 1", n.Window)
		}
	}
	return slides(n, n.In[0], n.Out[0])
}

func fullyConnectedShapes(n *Node) error {
	x, w, y := n.In[0], n.In[1].Shape, n.Out[0]
	if len(w) != 2 || len(y.Shape) == 0 || y.Shape[len(y.Shape)-1] != w[0] || x.Elements()%w[1] != 0 || x.Elements()/w[1] != y.Elements()/w[0] {
		return misfit(n)
	}
	return biased(n, w[0])
}

func matMulShapes(n *Node) error {
	a, b, y := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	r := len(a)
	if r < 2 || len(b) != r || len(y) != r || !slices.Equal(a[:r-2], b[:r-2]) || !slices.Equal(a[:r-1], y[:r-1]) {
		return misfit(n)
	}
	depth, width := b[r-2], b[r-1]
	if n.TransposeB {
		depth, width = width, depth
	}
	if a[r-1] != depth || y[r-1] != width {
		return misfit(n)
	}
	return nil
}

func meanShapes(n *Node) error {
	x := n.In[0].Shape
	var want []int
	for k, d := range x {
		switch {
		case !slices.Contains(n.Axes, k):
			want = append(want, d)
		case n.KeepDims:
			want = append(want, 1)
		}
	}
	for i, a := range n.Axes {
		if a < 0 || a >= len(x) || i > 0 && a <= n.Axes[i-1] {
			return fmt.Errorf("axes %v of %v: they ascend, and lie within", n.Axes, x)
		}
	}
	if !slices.Equal(want, n.Out[0].Shape) {
		return misfit(n)
	}
	return nil
}

func broadcastShapes(n *Node) error {
	y := n.Out[0].Shape
	largest := make([]int, len(y))
	for _, t := range n.In {
		pad := len(y) - len(t.Shape)
		if pad < 0 {
			return misfit(n)
		}
		for k, d := range t.Shape {
			if d != 1 && d != y[pad+k] {
				return misfit(n)
			}
			largest[pad+k] = max(largest[pad+k], d)
		}
	}
	for k, d := range y {
		if max(1, largest[k]) != d {
			return misfit(n)
		}
	}
	return nil
}

// along checks that parts side by side along the axis make the whole.
func along(n *Node, whole *Tensor, parts []*Tensor) error {
	sum := 0
	if n.Axis < 0 || n.Axis >= len(whole.Shape) {
		return fmt.Errorf("axis %d of %v", n.Axis, whole.Shape)
	}
	for _, p := range parts {
		if p == nil || len(p.Shape) != len(whole.Shape) {
			return misfit(n)
		}
		for k, d := range p.Shape {
			if k != n.Axis && d != whole.Shape[k] {
				return misfit(n)
			}
		}
		sum += p.Shape[n.Axis]
	}
	if sum != whole.Shape[n.Axis] {
		return misfit(n)
	}
	return nil
}

func concatShapes(n *Node) error { return along(n, n.Out[0], n.In) }
func splitShapes(n *Node) error  { return along(n, n.In[0], n.Out) }

func sliceShapes(n *Node) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	if len(y) != len(x) || len(n.Begin) != len(x) || len(n.Step) != len(x) {
		return misfit(n)
	}
	for k, d := range x {
		first, step := n.Begin[k], n.Step[k]
		if step == 0 || step < -MaxElements && y[k] > 1 || step > MaxElements && y[k] > 1 {
			return fmt.Errorf("step %d along dimension %d", step, k)
		}
		last := first
		if y[k] > 1 {
			last += (y[k] - 1) * step
		}
		if first < 0 || first >= d || last < 0 || last >= d {
			return fmt.Errorf("from %d, %d elements by %d, does not fit dimension %d of %v", first, y[k], step, k, x)
		}
	}
	return nil
}

func padShapes(n *Node) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	if len(y) != len(x) || len(n.Pads) != len(x) {
		return misfit(n)
	}
	for k, p := range n.Pads {
		if p[0] < 0 || p[1] < 0 || p[0] > MaxElements || p[1] > MaxElements || x[k]+p[0]+p[1] != y[k] {
			return fmt.Errorf("padding %v does not lead from %v to %v", n.Pads, x, y)
		}
	}
	return nil
}

func reshapeShapes(n *Node) error {
	if n.In[0].Elements() != n.Out[0].Elements() {
		return misfit(n)
	}
	return nil
}

func transposeShapes(n *Node) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	seen := make([]bool, len(x))
	if len(y) != len(x) || len(n.Perm) != len(x) {
		return misfit(n)
	}
	for k, p := range n.Perm {
		if p < 0 || p >= len(x) || seen[p] || x[p] != y[k] {
			return fmt.Errorf("permutation %v does not lead from %v to %v", n.Perm, x, y)
		}
		seen[p] = true
	}
	return nil
}

func equalShapes(n *Node) error {
	if !slices.Equal(n.In[0].Shape, n.Out[0].Shape) {
		return misfit(n)
	}
	return nil
}

func softmaxShapes(n *Node) error {
	if len(n.In[0].Shape) == 0 || n.Axis != len(n.In[0].Shape)-1 {
		return fmt.Errorf("axis %d of %v: softmax runs along the last one", n.Axis, n.In[0].Shape)
	}
	if b := float64(n.Beta); !(b > 0) || math.IsInf(b, 0) {
		return fmt.Errorf("beta is %v; it is positive", n.Beta)
	}
	return equalShapes(n)
}

func layerNormShapes(n *Node) error {
	shape := n.In[0].Shape
	if len(shape) == 0 || n.Axis != len(shape)-1 {
		return fmt.Errorf("axis %d of %v: %s runs along the last one", n.Axis, shape, n.Op)
	}
	for _, t := range n.In[1:] {
		if t != nil && (len(t.Shape) != 1 || t.Shape[0] != shape[n.Axis]) {
			return fmt.Errorf("%q is %v; %d elements needed, one for each along axis %d of %v", t.Name, t.Shape, shape[n.Axis], n.Axis, shape)
		}
	}
	if e := float64(n.Epsilon); !(e >= 0) || math.IsInf(e, 0) {
		return fmt.Errorf("epsilon is %v; it is nought or positive", n.Epsilon)
	}
	return equalShapes(&Node{Op: n.Op, In: n.In[:1], Out: n.Out})
}

func gatherShapes(n *Node) error {
	table, indices, y := n.In[0].Shape, n.In[1].Shape, n.Out[0].Shape
	if len(table) == 0 || !slices.Equal(y, slices.Concat(indices, table[1:])) {
		return fmt.Errorf("rows of %v by indices %v make %v, not %v", table, indices, slices.Concat(indices, table[min(1, len(table)):]), y)
	}
	return nil
}

func reluShapes(n *Node) error {
	if n.Act == NoAct {
		return fmt.Errorf("relu without an activation")
	}
	return equalShapes(n)
}

func leakyShapes(n *Node) error {
	if a := float64(n.Alpha); math.IsNaN(a) || math.IsInf(a, 0) {
		return fmt.Errorf("alpha is %v", n.Alpha)
	}
	return equalShapes(n)
}

func resizeShapes(n *Node) error {
	x, y := n.In[0].Shape, n.Out[0].Shape
	if len(x) != 4 || len(y) != 4 || x[0] != y[0] || x[3] != y[3] {
		return misfit(n)
	}
	if n.AlignCorners && n.HalfPixel {
		return fmt.Errorf("align corners and half pixel centres exclude each other")
	}
	return nil
}
