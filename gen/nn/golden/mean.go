package golden

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"marvelgen/gen/nn"
)

// Affine is (x*Multiplier + Offset) >> Shift, in 64 bits, clamped to int8.
type Affine struct {
	Multiplier, Offset int64
	Shift              int32
}

// Apply computes it.
func (a *Affine) Apply(x int32) int8 {
	return int8(min(max((int64(x)*a.Multiplier+a.Offset)>>a.Shift, -128), 127))
}

// prepareMean derives the integer function that equals the reference's, which
// rescales a mean in float32. (Later editions of it have an integer way that rounds
// twice, off by one in a tenth of all cases; the vectors are of this one.)
func prepareMean(p *Plan) error {
	if err := p.zeros(); err != nil {
		return err
	}
	x, y := p.Node.In[0], p.Node.Out[0]
	if scale(x) == scale(y) && p.InZero[0] == p.OutZero {
		return nil
	}
	count := reduced(p.Node)
	if count >= 1<<23 {
		return fmt.Errorf("a mean of %d elements: the sum may not fit 32 bits", count)
	}
	ratio := scale(x) / scale(y)
	p.Mean = fit(count, ratio, func(sum int) int8 { return floatMean(sum, count, ratio, p.InZero[0], p.OutZero) })
	if p.Mean == nil {
		return fmt.Errorf("no integer function equals the mean from scale %v to %v", scale(x), scale(y))
	}
	return nil
}

// floatMean is the reference: every step is rounded to float32.
func floatMean(sum, count int, ratio float32, inZero, outZero int32) int8 {
	bias := float32(-inZero) * ratio
	scaled := float32(float32(sum)/float32(count)) * ratio
	r := float32(math.Round(float64(float32(scaled) + bias)))
	return int8(min(max(r+float32(outZero), -128), 127))
}

// fit finds the affine function that equals f, which does not fall, at all sums of
// count int8 values. Every step of f bounds the offset from both sides; where float32
// bent f so that no offset is left, a slightly different slope has one. It gives nil
// if none is found.
func fit(count int, ratio float32, f func(sum int) int8) *Affine {
	least, most := -128*count, 127*count
	var steps [256]int // of value v, the first sum that gives v-128 or more
	for v := range steps {
		steps[v] = least + sort.Search(most-least+1, func(i int) bool { return int(f(least+i)) >= v-128 })
	}
	slope := float64(ratio) / float64(count)
	fraction, exponent := math.Frexp(slope)
	if exponent > 8 {
		return nil
	}
	// The product with a sum of 31 bits at most stays below 2^61.
	shift := min(30-exponent, 52)
	base := int64(math.Ldexp(fraction, exponent+shift))
	for try := range int64(1 << 10) {
		a := Affine{Multiplier: base + (try+1)/2*(1-2*(try&1)), Shift: int32(shift)}
		low, high := int64(math.MinInt64), int64(math.MaxInt64)
		for v := 1; v < 256; v++ {
			edge := int64(v-128) << shift
			if steps[v] <= most {
				low = max(low, edge-int64(steps[v])*a.Multiplier)
			}
			if steps[v] > least {
				high = min(high, edge-1-int64(steps[v]-1)*a.Multiplier)
			}
		}
		if low <= high {
			a.Offset = max(low, min(high, low/2+high/2))
			return &a
		}
	}
	return nil
}

// means calls f for each element i of the input with the output it belongs to.
func means(n *nn.Node, f func(i, to int)) {
	shape := n.In[0].Shape
	strides := make([]int, len(shape))
	step := 1
	for d := len(shape) - 1; d >= 0; d-- {
		if !slices.Contains(n.Axes, d) {
			strides[d] = step
			step *= shape[d]
		}
	}
	walk(shape, strides, 0, f)
}

// runMean sums and divides.
func runMean(p *Plan, in, out []Value) {
	sums := make([]int32, len(out[0].I8))
	means(p.Node, func(i, to int) { sums[to] += int32(in[0].I8[i]) })
	count := int32(reduced(p.Node))
	for i, s := range sums {
		if p.Mean != nil {
			out[0].I8[i] = p.Mean.Apply(s)
		} else {
			out[0].I8[i] = int8(s / count)
		}
	}
}

// reduced is the number of elements that a mean sums for each output.
func reduced(n *nn.Node) int { return n.In[0].Elements() / n.Out[0].Elements() }
