package lower

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// copies adds a kernel call that moves a shape's elements between places, all in
// elements: first ones and distances between neighbours.
func (p *printer) copies(suffix string, shape []int, from, to int, a, b []int, x, y string) error {
	size := p.n.Out[0].Type.Size()
	w, run := newWalk(shape, a, b), size
	if last := len(w.shape) - 1; last >= 0 && w.a[last] == 1 && w.b[last] == 1 {
		run *= w.shape[last]
		w = walk{w.shape[:last], w.a[:last], w.b[:last]}
	}
	for i := range w.shape {
		w.a[i], w.b[i] = w.a[i]*size, w.b[i]*size
	}
	text, err := w.c(".walk")
	if err != nil {
		return err
	}
	p.call("copy", p.params("copy", suffix, text, fmt.Sprintf(".from = %d, .to = %d, .run = %d", from*size, to*size, run)), x, y)
	return nil
}

// along adds a copy for each part of a whole, which follow each other along Axis.
func (p *printer) along(whole *nn.Tensor, parts []*nn.Tensor, one func(i, at int, suffix string, whole, part []int) error) error {
	axis := p.n.Axis
	if axis < 0 {
		axis += len(whole.Shape)
	}
	steps, at := strides(whole.Shape, 1), 0
	for i, t := range parts {
		if err := one(i, at, fmt.Sprint(i), steps, strides(t.Shape, 1)); err != nil {
			return err
		}
		at += t.Shape[axis] * steps[axis]
	}
	return nil
}

func (p *printer) concat() error {
	return p.along(p.n.Out[0], p.n.In, func(i, at int, suffix string, whole, part []int) error {
		return p.copies(suffix, p.n.In[i].Shape, 0, at, part, whole, p.in(i), p.y)
	})
}

func (p *printer) split() error {
	return p.along(p.n.In[0], p.n.Out, func(i, at int, suffix string, whole, part []int) error {
		return p.copies(suffix, p.n.Out[i].Shape, at, 0, whole, part, p.x, p.out(i))
	})
}

func (p *printer) slice() error {
	steps, first := strides(p.n.In[0].Shape, 1), 0
	for i, s := range steps {
		first += p.n.Begin[i] * s
		steps[i] = s * p.n.Step[i]
	}
	return p.copies("", p.n.Out[0].Shape, first, 0, steps, strides(p.n.Out[0].Shape, 1), p.x, p.y)
}

func (p *printer) pad() error {
	y := p.n.Out[0]
	if y.Type.Size() > 1 && p.OutZero != 0 {
		return fmt.Errorf("padding %s with %d has no C form", y.Type, p.OutZero)
	}
	p.Body = append(p.Body, fmt.Sprintf("memset(%s, %d, %d);", p.y, p.OutZero, y.Bytes()))
	steps, first := strides(y.Shape, 1), 0
	for i, s := range steps {
		first += p.n.Pads[i][0] * s
	}
	return p.copies("", p.n.In[0].Shape, 0, first, strides(p.n.In[0].Shape, 1), steps, p.x, p.y)
}

func (p *printer) transpose() error {
	from := strides(p.n.In[0].Shape, 1)
	steps := make([]int, len(from))
	for i, d := range p.n.Perm {
		steps[i] = from[d]
	}
	return p.copies("", p.n.Out[0].Shape, 0, 0, steps, strides(p.n.Out[0].Shape, 1), p.x, p.y)
}

// reshape is nothing: the planner gives both one place. Of a constant it copies.
func (p *printer) reshape() error {
	if p.n.In[0].Const() {
		p.Body = append(p.Body, fmt.Sprintf("memcpy(%s, %s, %d);", p.y, p.x, p.n.Out[0].Bytes()))
		return nil
	}
	p.Function = ""
	p.Title += ": the same bytes"
	return nil
}

func (p *printer) resize() error {
	x, y := p.n.In[0], p.n.Out[0]
	var tables [2]string
	for i, suffix := range []string{"rows", "columns"} {
		all := make([]int32, y.Shape[1+i])
		for k := range all {
			all[k] = nearest(p.n, k, x.Shape[1+i], y.Shape[1+i])
		}
		tables[i] = array(p, suffix, "int32_t", all)
	}
	params := p.params("resize", "", fmt.Sprintf(".batch = %d, .in = %s, .out = %s, .run = %d", x.Shape[0], list(x.Shape[1:3]), list(y.Shape[1:3]), x.Shape[3]*x.Type.Size()),
		fmt.Sprintf(".row = %s, .column = %s", tables[0], tables[1]))
	p.call("resize", params, p.x, p.y)
	return nil
}

// nearest is the input row or column that an output one shows: float32, as the
// reference computes it.
func nearest(n *nn.Node, at, in, out int) int32 {
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
	return int32(max(min(int(math.Floor(position)), in-1), 0))
}
