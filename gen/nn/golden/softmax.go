package golden

import (
	"fmt"
	"math"
)

func prepareSoftmax(p *Plan) error {
	x := p.Node.In[0]
	r := NewRescale(min(float64(p.Node.Beta)*float64(scale(x))*(1<<26), 1<<31-1))
	if r.Multiplier <= 0 || r.Shift < 0 {
		return fmt.Errorf("the scale %v of input %s with beta %v is out of this operator's range", scale(x), x, p.Node.Beta)
	}
	radius := math.Floor(math.Ldexp(31*(1<<26), -int(r.Shift)))
	p.Exp = NewExp(r, -int32(min(radius, math.MaxInt32)))
	return nil
}

// NewExp tabulates exponentials.
func NewExp(scale Rescale, diffMin int32) *Exp {
	e := &Exp{Scale: scale, DiffMin: diffMin}
	for i := range e.Table {
		if diff := -int32(i); diff >= diffMin {
			e.Table[i] = exp(highMul(diff<<scale.Shift, scale.Multiplier), 5)
		}
	}
	return e
}

func runSoftmax(p *Plan, in, out []Value) {
	shape := p.Node.In[0].Shape
	depth := shape[len(shape)-1]
	for x, y := in[0].I8, out[0].I8; len(x) > 0; x, y = x[depth:], y[depth:] {
		p.Exp.row(x[:depth], y[:depth])
	}
}

func (e *Exp) row(x, y []int8) {
	top := int32(-128)
	for _, v := range x {
		top = max(top, int32(v))
	}
	sum := int32(0)
	for _, v := range x {
		sum += roundingShift(e.Table[top-int32(v)], 12)
	}
	inverse, over := reciprocal(sum, 12)
	for i, v := range x {
		y[i] = clamp8(roundingShift(highMul(inverse, e.Table[top-int32(v)]), int32(over)+23) - 128)
	}
}
