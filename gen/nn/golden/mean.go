package golden

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"marvelgen/gen/nn"
)

// Steps is a function from sums to int8 that does not fall: of each value from -127
// to 127, the first sum that gives it or more; math.MaxInt32 where none does.
type Steps [255]int32

// Apply is -128 and the number of steps up to the sum.
func (s *Steps) Apply(sum int32) int8 {
	return int8(sort.Search(len(s), func(i int) bool { return s[i] > sum }) - 128)
}

// prepareMean tabulates the reference, which rescales a mean in float32, so that no
// float is left. (Later editions of it have an integer way that rounds twice, off by
// one in a tenth of all cases; the vectors are of this one.)
func prepareMean(p *Plan) error {
	x, y := p.Node.In[0], p.Node.Out[0]
	if scale(x) == scale(y) && p.InZero[0] == p.OutZero {
		return nil
	}
	count := reduced(p.Node)
	if count >= 1<<23 {
		return fmt.Errorf("a mean of %d elements: the sum may not fit 32 bits", count)
	}
	ratio := scale(x) / scale(y)
	p.Mean = newSteps(count, func(sum int) int8 { return floatMean(sum, count, ratio, p.InZero[0], p.OutZero) })
	return nil
}

// floatMean is the reference: every step is rounded to float32.
func floatMean(sum, count int, ratio float32, inZero, outZero int32) int8 {
	bias := float32(-inZero) * ratio
	scaled := float32(float32(sum)/float32(count)) * ratio
	r := float32(math.Round(float64(float32(scaled) + bias)))
	return int8(min(max(r+float32(outZero), -128), 127))
}

// newSteps tabulates f, which does not fall, over all sums of count int8 values.
func newSteps(count int, f func(sum int) int8) *Steps {
	s := new(Steps)
	least, most := -128*count, 127*count
	for i := range s {
		first := least + sort.Search(most-least+1, func(k int) bool { return int(f(least+k)) >= i-127 })
		if s[i] = int32(first); first > most {
			s[i] = math.MaxInt32
		}
	}
	return s
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
