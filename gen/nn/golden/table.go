package golden

import (
	"fmt"
	"math"

	"marvelgen/gen/nn"
)

// tabulate fills a table with a function of the integer x, the input's byte as the
// type of the input reads it.
func (p *Plan) tabulate(f func(x int32) int8) error {
	p.Table = new([256]int8)
	for i := range p.Table {
		x := int32(int8(i))
		if p.Node.In[0].Type == nn.UInt8 {
			x = int32(i)
		}
		p.Table[i] = f(x)
	}
	return nil
}

func prepareRelu(p *Plan) error {
	r := NewRescale(float64(scale(p.Node.In[0])) / float64(scale(p.Node.Out[0])))
	return p.tabulate(func(x int32) int8 {
		return int8(min(max(p.OutZero+r.Apply(x-p.InZero[0]), p.Min), p.Max))
	})
}

// prepareLeaky computes both multipliers in float32, as the reference does.
func prepareLeaky(p *Plan) error {
	in, out := scale(p.Node.In[0]), scale(p.Node.Out[0])
	below := NewRescale(float64(float32(in*p.Node.Alpha) / out))
	above := NewRescale(float64(in / out))
	return p.tabulate(func(x int32) int8 {
		x -= p.InZero[0]
		if x >= 0 {
			return clamp8(p.OutZero + above.Apply(x))
		}
		return clamp8(p.OutZero + below.Apply(x))
	})
}

// prepareHardSwish is x*relu6(x+3)/6 in 16-bit fixed point.
func prepareHardSwish(p *Plan) error {
	const reluish = float32(3) / 32768
	hires := float32(1) / 128 * scale(p.Node.In[0])
	output := NewRescale(float64(hires / scale(p.Node.Out[0])))
	relu := NewRescale(float64(hires / reluish))
	if output.Shift > 0 {
		return fmt.Errorf("the scale of output %s is too small beside the input's: at least a 128th of it", p.Node.Out[0])
	}
	return p.tabulate(func(x int32) int8 {
		wide := int16(x-p.InZero[0]) * (1 << 7)
		unshifted := highMul16(wide, to16(output.Multiplier))
		// The gate: x from [-3, 3] to [-1, 1], saturated only by the last shift.
		gate := wide
		if relu.Shift > 0 {
			gate = saturatingShift16(gate, relu.Shift-1)
		}
		gate = highMul16(gate, to16(relu.Multiplier))
		if relu.Shift > 0 {
			gate = saturatingShift16(gate, 1)
		}
		if relu.Shift < 0 {
			gate = roundingShift16(gate, -relu.Shift)
		}
		gate = int16((int32(gate) + 1<<15) >> 1)
		product := int16(int32(gate) * int32(unshifted) / (1 << 15)) // this one truncates
		return clamp8(int32(roundingShift16(product, -output.Shift)) + p.OutZero)
	})
}

// squash is sigmoid and tanh: the input goes to Q4, what lies beyond saturates.
func (p *Plan) squash(f func(q4 int32) int32) error {
	fraction, shift := math.Frexp(float64(scale(p.Node.In[0])) * (1 << 27))
	r := Rescale{int32(min(math.Round(fraction*(1<<31)), math.MaxInt32)), int32(shift)}
	if shift < -31 || shift > 31 {
		return fmt.Errorf("the scale of input %s is out of this operator's range", p.Node.In[0])
	}
	radius := int32(min(math.Floor(math.Ldexp(15*(1<<27), -shift)), math.MaxInt32))
	return p.tabulate(func(x int32) int8 {
		x -= p.InZero[0]
		switch {
		case x <= -radius:
			return -128
		case x >= radius:
			return 127
		}
		return clamp8(f(r.Apply(x)))
	})
}

func prepareSigmoid(p *Plan) error {
	return p.squash(func(q4 int32) int32 { return roundingShift(logistic(q4), 23) - 128 })
}

func prepareTanh(p *Plan) error {
	return p.squash(func(q4 int32) int32 { return roundingShift(tanh(q4), 24) })
}

// prepareGelu rounds the real function, halves away from zero.
func prepareGelu(p *Plan) error {
	in, out := float64(scale(p.Node.In[0])), float64(scale(p.Node.Out[0]))
	return p.tabulate(func(x int32) int8 {
		y := math.Round(gelu(in*float64(x-p.InZero[0]), p.Node.TanhForm) / out)
		return int8(min(max(y+float64(p.OutZero), -128), 127))
	})
}

func prepareQuantize(p *Plan) error {
	x, y := p.Node.In[0], p.Node.Out[0]
	if y.Type == nn.UInt8 {
		p.Min, p.Max = 0, 255
	}
	if x.Type == nn.Float32 {
		return nil
	}
	r := NewRescale(float64(scale(x)) / float64(scale(y)))
	// Of uint8 outputs the table has the byte.
	return p.tabulate(func(v int32) int8 { return int8(min(max(p.OutZero+r.Apply(v-p.InZero[0]), p.Min), p.Max)) })
}

// runTable looks every element up.
func runTable(p *Plan, in, out []Value) {
	y := out[0].I8
	for i, x := range in[0].I8 {
		y[i] = p.Table[uint8(x)]
	}
}

func runQuantize(p *Plan, in, out []Value) {
	set := func(i int, v int32) {
		if out[0].U8 != nil {
			out[0].U8[i] = uint8(v)
		} else {
			out[0].I8[i] = int8(v)
		}
	}
	for i, x := range in[0].I8 {
		set(i, int32(p.Table[uint8(x)]))
	}
	for i, x := range in[0].U8 {
		set(i, int32(p.Table[x]))
	}
	for i, x := range in[0].F32 {
		r := math.Round(float64(x / scale(p.Node.Out[0])))
		if math.IsNaN(r) {
			r = 0
		}
		set(i, int32(min(max(r+float64(p.OutZero), float64(p.Min)), float64(p.Max))))
	}
}

func runDequantize(p *Plan, in, out []Value) { copy(out[0].F32, Real(p.Node.In[0], in[0])) }
