package golden

import (
	"fmt"
	"math"
	"math/bits"
)

// Norm is a layer normalisation of rows of n int8 elements, in integers. With z for
// (x - mean)/sqrt(variance + epsilon), whose zero point cancels, and |z| < sqrt(n):
//
//	sum = S x, squares = S x*x
//	W = 4096*n*squares - (64*sum)^2 + Epsilon   (64*n)^2 times the variance and epsilon; 1 where that is 0
//	m = floor(W/4^h), 2^14 <= m < 2^16          the one h there is, from -7 to 23
//	R = Rsqrt(m)                                2^24/sqrt(m) within 7.5e-5 of it, below 2^17
//	A = floor(n*R / 2^(h+7-Point))              what one step of x adds to z, in units of 2^-(Point+11)
//	C = floor(sum*R / 2^(h+7-Point)) - 2^10     likewise the mean; 2^10 rounds t
//	t = (A*x - C) >> 11                         z in units of 2^-Point, 16 bits with the sign
//	y = clamp8((t*Gain[i] + Bias[i]) >> Shift)  Gain of 16 bits, Bias below 2^30 with a half and the zero point of y
//
// All but W and sum*R are of 32 bits; A and C may wrap, their difference A*x - C is
// one of 27 bits. With g for gain[i] in steps of y, the real result is missed by no
// more of these steps than
//
//	1/2 + (1.4e-4*|z| + 0.6/2^Point)*|g| + |z|*2^(Point-Shift-1) + 2^(-Shift-1)
//
// where the first term is the last shift's, then come those of R and W's rounding, of
// t's and A's, of Gain's and of Bias'. With 128 elements, a gain of 32 steps and biases
// within the range of y that is 0.53 at z = 4.
type Norm struct {
	Point   int32 // bits behind the point of t: 15 less half the bits of n, rounded up
	Shift   int32 // 1 to 30
	Epsilon uint64
	Gain    []int16
	Bias    []int32
}

// MaxEpsilon bounds Norm's: W has 64 bits.
const MaxEpsilon = 1 << 61

// maxNorm is the most elements that a row may have: t has 16 bits up to here.
const maxNorm = 1 << 13

// RsqrtTable is 1/sqrt in 96 pieces of 512 each: entry i has the value at 512*(32+i)
// above bit 12, and what is to be taken off up to the next one below. A 2^14th less
// than the true values halves the error of chords.
var RsqrtTable = rsqrtTable()

func rsqrtTable() (t [96]uint32) {
	at := func(i int) uint32 {
		return uint32(math.Round((1<<24 - 1<<10) / math.Sqrt(float64(512*(32+i)))))
	}
	for i := range t {
		t[i] = at(i)<<12 | (at(i) - at(i+1))
	}
	return t
}

// Rsqrt is 2^24/sqrt(m) for m from 2^14 to below 2^16.
func Rsqrt(m uint32) uint32 {
	e := RsqrtTable[m>>9-32]
	return e>>12 - e&0xfff*(m&511)>>9
}

// NormPoint is Norm.Point for rows of n elements.
func NormPoint(n int) int32 { return 15 - int32(bits.Len(uint(n-1))+1)/2 }

// prepareLayerNorm finds the finest units in which all gains have 16 bits and all
// biases stay below 2^30.
func prepareLayerNorm(p *Plan) error {
	n := p.Node
	depth := n.In[0].Shape[n.Axis]
	if depth > maxNorm {
		return fmt.Errorf("rows of %d elements; %d at most", depth, maxNorm)
	}
	in, out := float64(scale(n.In[0])), float64(scale(n.Out[0]))
	gain, bias := make([]float64, depth), make([]float64, depth)
	for i := range depth {
		gain[i], bias[i] = 1/out, float64(p.OutZero)+0.5
		if len(n.In) > 1 && n.In[1] != nil {
			gain[i] = float64(n.In[1].F32[i]) / out
		}
		if len(n.In) > 2 && n.In[2] != nil {
			bias[i] += float64(n.In[2].F32[i]) / out
		}
	}
	m := &Norm{
		Point: NormPoint(depth),
		Gain:  make([]int16, depth), Bias: make([]int32, depth),
	}
	epsilon := 4096 * float64(depth) * float64(depth) * float64(n.Epsilon) / in / in
	if epsilon > MaxEpsilon {
		return fmt.Errorf("epsilon %v is too large beside the scale of input %s", n.Epsilon, n.In[0])
	}
	m.Epsilon = uint64(math.Round(epsilon))
	for m.Shift = 30; m.Shift > 0 && !m.fill(gain, bias); m.Shift-- {
	}
	if m.Shift == 0 {
		return fmt.Errorf("gains or biases are too large beside the scale of output %s, or not finite", n.Out[0])
	}
	p.Norm = m
	return nil
}

// fill sets gains and biases, given in steps of the output; false where one does not fit.
func (m *Norm) fill(gain, bias []float64) bool {
	for i := range gain {
		g, b := math.Round(math.Ldexp(gain[i], int(m.Shift-m.Point))), math.Round(math.Ldexp(bias[i], int(m.Shift)))
		if !(math.Abs(g) <= math.MaxInt16 && math.Abs(b) < 1<<30) {
			return false
		}
		m.Gain[i], m.Bias[i] = int16(g), int32(b)
	}
	return true
}

func runLayerNorm(p *Plan, in, out []Value) {
	depth := len(p.Norm.Gain)
	for x, y := in[0].I8, out[0].I8; len(x) > 0; x, y = x[depth:], y[depth:] {
		p.Norm.row(x[:depth], y[:depth])
	}
}

func (m *Norm) row(x, y []int8) {
	var sum, squares int64
	for _, v := range x {
		sum += int64(v)
		squares += int64(v) * int64(v)
	}
	n := int64(len(x))
	a, c := m.slope(n, sum, uint64(4096*n*squares-4096*sum*sum)+m.Epsilon)
	for i, v := range x {
		t := (a*int32(v) - c) >> 11
		y[i] = clamp8((t*int32(m.Gain[i]) + m.Bias[i]) >> m.Shift)
	}
}

// slope is A and C of a row whose W is w.
func (m *Norm) slope(n, sum int64, w uint64) (a, c int32) {
	w = max(w, 1)
	h := (bits.Len64(w)+1)/2 - 8
	mantissa := w >> max(2*h, 0) << max(-2*h, 0)
	r := int64(Rsqrt(uint32(mantissa)))
	right := int32(h) + 7 - m.Point
	if right >= 0 {
		return int32(n * r >> right), int32(sum*r>>right) - 1<<10
	}
	return int32(n * r << -right), int32(sum*r<<-right) - 1<<10
}
