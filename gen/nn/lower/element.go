package lower

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// pairs prints the walk of an operator with two inputs.
func (p *printer) pairs() (string, error) {
	y := p.n.Out[0].Shape
	return newWalk(y, spread(p.n.In[0].Shape, y), spread(p.n.In[1].Shape, y)).inner().c(".walk")
}

// add prints addition and subtraction.
func (p *printer) add() error {
	walk, err := p.pairs()
	if err != nil {
		return err
	}
	most := int64(1) << 28 // each input, of eight bits, is shifted left by 20 and at least halved
	for _, r := range p.In {
		if err := possible(r); err != nil {
			return err
		}
		if !narrowShift(r) {
			most = math.MaxInt32
		}
	}
	out, err := p.rescale(".out", p.Out, most)
	if err != nil {
		return err
	}
	sign := 1
	if p.n.Op == nn.Sub {
		sign = -1
	}
	fields := []string{walk}
	if once := addShares(p.Plan); once.right > 0 {
		fields = append(fields, fmt.Sprintf(".share = {%s, %s}, .right = %d, .up = %d", array(p, "first", "int32_t", once.tables[0][:]), array(p, "second", "int32_t", once.tables[1][:]), once.right, once.up))
	}
	fields = append(fields, fmt.Sprintf(".left = %d, .zero = %s, .multiplier = {%d, %d}, .shift = {%d, %d}, .sign = %d",
		p.LeftShift, list(p.InZero[:]), p.In[0].Multiplier, p.In[1].Multiplier, p.In[0].Shift, p.In[1].Shift, sign), out)
	p.call("add", p.params("add", "", fields...), p.in(0), p.in(1), p.y)
	return nil
}

func (p *printer) mul() error {
	walk, err := p.pairs()
	if err != nil {
		return err
	}
	out, err := p.rescale(".out", p.Out, 255*255)
	if err != nil {
		return err
	}
	p.call("mul", p.params("mul", "", walk, ".zero = "+list(p.InZero[:]), out), p.in(0), p.in(1), p.y)
	return nil
}

// mean prints the mean over some axes.
func (p *printer) mean() error {
	n, x := p.n, p.n.In[0].Shape
	reduced := make([]bool, len(x))
	for _, a := range n.Axes {
		reduced[(a+len(x))%len(x)] = true
	}
	steps := strides(x, 1)
	var outer, inner walk
	for i, d := range x {
		w := &outer
		if reduced[i] {
			w = &inner
		}
		w.shape, w.a, w.b = append(w.shape, d), append(w.a, steps[i]), append(w.b, 0)
	}
	// The second tensor is not walked; equal steps let dimensions join.
	outer.b, inner.b = outer.a, inner.a
	first, err := newWalk(outer.shape, outer.a, outer.b).c(".outer")
	if err != nil {
		return err
	}
	second, err := newWalk(inner.shape, inner.a, inner.b).inner().c(".inner")
	if err != nil {
		return err
	}
	table := "NULL"
	if p.Mean != nil {
		table = array(p, "steps", "int32_t", p.Mean[:])
	}
	p.call("mean", p.params("mean", "", first, second, fmt.Sprintf(".count = %d, .steps = %s", n.In[0].Elements()/n.Out[0].Elements(), table)), p.x, p.y)
	return nil
}

func (p *printer) softmax() error {
	x := p.n.In[0].Shape
	depth := x[len(x)-1]
	table := array(p, "table", "int32_t", p.Exp.Table[:])
	p.call("softmax", p.params("softmax", "", fmt.Sprintf(".rows = %d, .depth = %d", p.n.In[0].Elements()/depth, depth), ".exp = "+table), p.x, p.y)
	return nil
}

func (p *printer) layerNorm() error {
	m, depth := p.Norm, len(p.Norm.Gain)
	gain, bias := array(p, "gain", "int16_t", m.Gain), array(p, "bias", "int32_t", m.Bias)
	p.call("layer_norm", p.params("layer_norm", "", fmt.Sprintf(".rows = %d, .depth = %d, .point = %d, .shift = %d, .epsilon = %dull", p.n.In[0].Elements()/depth, depth, m.Point, m.Shift, m.Epsilon),
		fmt.Sprintf(".gain = %s, .bias = %s", gain, bias)), p.x, p.y)
	return nil
}

// gather prints rows copied from a table, of elements of any type.
func (p *printer) gather() error {
	table, rows := p.n.In[0], p.n.In[0].Shape[0]
	p.call("gather", p.params("gather", "", fmt.Sprintf(".count = %d, .rows = %d, .run = %d", p.n.In[1].Elements(), rows, table.Bytes()/rows)), p.x, p.in(1), p.y)
	return nil
}

// lookup prints functions of one byte.
func (p *printer) lookup() error {
	table := array(p, "table", "int8_t", p.Table[:])
	p.call("lookup", table, fmt.Sprint(p.n.Out[0].Elements()), p.x, p.y)
	return nil
}

func (p *printer) quantize() error {
	if p.n.In[0].Type != nn.Float32 {
		return p.lookup()
	}
	p.call("quantize", float(p.n.Out[0].Quant.Scale[0]), fmt.Sprint(p.OutZero), fmt.Sprint(p.Min), fmt.Sprint(p.Max), fmt.Sprint(p.n.Out[0].Elements()), p.x, p.y)
	return nil
}

func (p *printer) dequantize() error {
	unsigned := "0"
	if p.n.In[0].Type == nn.UInt8 {
		unsigned = "1"
	}
	p.call("dequantize", float(p.n.In[0].Quant.Scale[0]), fmt.Sprint(p.InZero[0]), unsigned, fmt.Sprint(p.n.Out[0].Elements()), p.x, p.y)
	return nil
}

// float prints the very number.
func float(f float32) string { return fmt.Sprintf("%xf", f) }
