package golden

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// largest is the most elements that a tensor may have: what a model file claims
// must not decide over our memory.
const largest = 1 << 30

// tensors checks counts, ranks and sizes, so that the rest may index freely.
func tensors(n *nn.Node, op operator) error {
	if len(n.In) < op.least || op.most > 0 && len(n.In) > op.most {
		return fmt.Errorf("%d inputs; it takes %d to %d", len(n.In), op.least, op.most)
	}
	if op.outs > 0 && len(n.Out) != op.outs || len(n.Out) == 0 {
		return fmt.Errorf("%d outputs", len(n.Out))
	}
	for i, t := range slices.Concat(n.In, n.Out) {
		if t == nil {
			if i == 2 && len(n.In) == 3 {
				continue // no bias
			}
			return fmt.Errorf("input or output %d is missing", i)
		}
		size := 1
		for _, d := range t.Shape {
			if d < 1 || d > largest/size {
				return fmt.Errorf("tensor %s has a dimension that is not positive, or too large", t)
			}
			size *= d
		}
		if t.Quant.PerChannel() && (t.Quant.Axis < 0 || t.Quant.Axis >= len(t.Shape) || len(t.Quant.Scale) != t.Shape[t.Quant.Axis]) {
			return fmt.Errorf("tensor %s has %d scales, which are not those of its axis %d", t, len(t.Quant.Scale), t.Quant.Axis)
		}
	}
	if len(n.In) == 3 && n.In[2] != nil && op.most == 3 {
		channels := n.Out[0].Shape
		if b := n.In[2]; len(channels) == 0 || b.Elements() != channels[len(channels)-1] || b.Type != nn.Int32 && b.Type != nn.Float32 {
			return fmt.Errorf("bias %s does not have one int32 for each channel of %s", b, n.Out[0])
		}
	}
	return nil
}

func mismatch(a, b *nn.Tensor) error {
	return fmt.Errorf("the shapes of %s and %s do not go together", a, b)
}

// windows checks the window of a convolution or pool against NHWC in- and output.
func windows(n *nn.Node) error {
	x, y, w := n.In[0], n.Out[0], n.Window
	if len(x.Shape) != 4 || len(y.Shape) != 4 || x.Shape[0] != y.Shape[0] {
		return mismatch(x, y)
	}
	for i := range 2 {
		if w.Kernel[i] < 1 || w.Stride[i] < 1 || w.Dilation[i] < 1 || w.Before[i] < 0 || w.After[i] < 0 ||
			max(w.Kernel[i], w.Stride[i], w.Dilation[i], w.Before[i], w.After[i]) > 1<<15 {
			return fmt.Errorf("the window %+v has sizes that are not possible", w)
		}
	}
	return nil
}

// outputSize checks what a sliding window leaves of the input.
func outputSize(n *nn.Node) error {
	if err := windows(n); err != nil {
		return err
	}
	w := n.Window
	for i := range 2 {
		room := n.In[0].Shape[1+i] + w.Before[i] + w.After[i] - (w.Kernel[i]-1)*w.Dilation[i] - 1
		if room < 0 || room/w.Stride[i]+1 != n.Out[0].Shape[1+i] {
			return fmt.Errorf("the window %+v on %s does not give %s", w, n.In[0], n.Out[0])
		}
	}
	return nil
}

// kernel checks weights whose middle dimensions are the window's.
func kernel(n *nn.Node) error {
	w := n.In[1]
	if len(w.Shape) != 4 || w.Shape[1] != n.Window.Kernel[0] || w.Shape[2] != n.Window.Kernel[1] {
		return fmt.Errorf("weights %s do not have the window's size %v", w, n.Window.Kernel)
	}
	return nil
}

func convShape(n *nn.Node) error {
	if err := outputSize(n); err != nil {
		return err
	}
	if err := kernel(n); err != nil {
		return err
	}
	x, w, y := n.In[0], n.In[1], n.Out[0]
	if n.Groups < 1 || w.Shape[3]*n.Groups != x.Shape[3] || w.Shape[0] != y.Shape[3] || w.Shape[0]%n.Groups != 0 {
		return fmt.Errorf("%d groups of weights %s do not lead from %s to %s", n.Groups, w, x, y)
	}
	return nil
}

func depthwiseShape(n *nn.Node) error {
	if err := outputSize(n); err != nil {
		return err
	}
	if err := kernel(n); err != nil {
		return err
	}
	x, w, y := n.In[0], n.In[1], n.Out[0]
	if w.Shape[0] != 1 || w.Shape[3] != y.Shape[3] || n.Multiplier < 1 || x.Shape[3]*n.Multiplier != y.Shape[3] {
		return fmt.Errorf("weights %s with multiplier %d do not lead from %s to %s", w, n.Multiplier, x, y)
	}
	return nil
}

func transposedShape(n *nn.Node) error {
	if err := windows(n); err != nil {
		return err
	}
	if err := kernel(n); err != nil {
		return err
	}
	x, w, y := n.In[0], n.In[1], n.Out[0]
	if n.Window.Dilation != [2]int{1, 1} || w.Shape[0] != y.Shape[3] || w.Shape[3] != x.Shape[3] {
		return fmt.Errorf("weights %s, dilated by %v, do not lead from %s to %s", w, n.Window.Dilation, x, y)
	}
	return nil
}

func fullyShape(n *nn.Node) error {
	x, w, y := n.In[0], n.In[1], n.Out[0]
	if len(w.Shape) != 2 || len(y.Shape) == 0 || y.Shape[len(y.Shape)-1] != w.Shape[0] ||
		x.Elements()%w.Shape[1] != 0 || x.Elements()/w.Shape[1]*w.Shape[0] != y.Elements() {
		return fmt.Errorf("weights %s do not lead from %s to %s", w, x, y)
	}
	return nil
}

func matMulShape(n *nn.Node) error {
	a, b, y := n.In[0], n.In[1], n.Out[0]
	ra, rb, ry := len(a.Shape), len(b.Shape), len(y.Shape)
	if ra < 2 || rb < 2 || ry < 2 {
		return mismatch(a, b)
	}
	inner, columns := b.Shape[rb-2], b.Shape[rb-1]
	if n.TransposeB {
		inner, columns = columns, inner
	}
	if a.Shape[ra-1] != inner || a.Shape[ra-2] != y.Shape[ry-2] || columns != y.Shape[ry-1] {
		return fmt.Errorf("%s times %s is not %s", a, b, y)
	}
	return broadcasts(y.Shape[:ry-2], y, a.Shape[:ra-2], b.Shape[:rb-2])
}

func broadcastShape(n *nn.Node) error {
	return broadcasts(n.Out[0].Shape, n.Out[0], n.In[0].Shape, n.In[1].Shape)
}

// broadcasts checks that a and b spread to exactly the shape of out.
func broadcasts(out []int, t *nn.Tensor, a, b []int) error {
	if max(len(a), len(b)) > len(out) {
		return fmt.Errorf("shapes %v and %v have more dimensions than %s", a, b, t)
	}
	for i := range out {
		da, db := dim(a, len(out), i), dim(b, len(out), i)
		if da != db && da != 1 && db != 1 || max(da, db) != out[i] {
			return fmt.Errorf("shapes %v and %v do not spread to %s", a, b, t)
		}
	}
	return nil
}

// dim is dimension i of a shape that is filled with ones in front to a rank.
func dim(shape []int, rank, i int) int {
	if i -= rank - len(shape); i < 0 {
		return 1
	}
	return shape[i]
}

func poolShape(n *nn.Node) error {
	if err := outputSize(n); err != nil {
		return err
	}
	if n.Window.Dilation != [2]int{1, 1} {
		return fmt.Errorf("dilation %v; of a pool it must be 1", n.Window.Dilation)
	}
	if n.In[0].Shape[3] != n.Out[0].Shape[3] {
		return mismatch(n.In[0], n.Out[0])
	}
	for i := range 2 {
		if max(n.Window.Before[i], n.Window.After[i]) >= n.Window.Kernel[i] {
			return fmt.Errorf("the window %+v may see nothing but padding", n.Window)
		}
	}
	return nil
}

// axes are those of a mean as a set, negative ones counted from the end.
func axes(n *nn.Node) ([]bool, error) {
	set := make([]bool, len(n.In[0].Shape))
	for _, a := range n.Axes {
		if a < 0 {
			a += len(set)
		}
		if a < 0 || a >= len(set) {
			return nil, fmt.Errorf("axes %v are not all of %s", n.Axes, n.In[0])
		}
		set[a] = true
	}
	return set, nil
}

// reduced is the number of elements that a mean sums for each output.
func reduced(n *nn.Node) int { return n.In[0].Elements() / n.Out[0].Elements() }

func meanShape(n *nn.Node) error {
	set, err := axes(n)
	if err != nil {
		return err
	}
	kept := 1
	for i, d := range n.In[0].Shape {
		if !set[i] {
			kept *= d
		}
	}
	if kept != n.Out[0].Elements() {
		return fmt.Errorf("the mean of %s over axes %v is not %s", n.In[0], n.Axes, n.Out[0])
	}
	return nil
}

func sameElements(n *nn.Node) error {
	if n.In[0].Elements() != n.Out[0].Elements() {
		return mismatch(n.In[0], n.Out[0])
	}
	return nil
}

func softmaxShape(n *nn.Node) error {
	rank := len(n.In[0].Shape)
	if rank == 0 || n.Axis != rank-1 && n.Axis != -1 {
		return fmt.Errorf("axis %d; it must be the last of %s", n.Axis, n.In[0])
	}
	return sameElements(n)
}
