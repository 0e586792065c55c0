package golden

import "marvelgen/gen/nn"

// pools calls f for every output i with its channel's first element inside the
// window, and the window's size in elements there: rows and columns of the input.
func pools(n *nn.Node, f func(i, at, rows, columns int)) {
	xs, ys, w := n.In[0].Shape, n.Out[0].Shape, n.Window
	i := 0
	for b := range ys[0] {
		for oy := range ys[1] {
			top := oy*w.Stride[0] - w.Before[0]
			y0, y1 := taps(top, w.Kernel[0], 1, xs[1])
			for ox := range ys[2] {
				left := ox*w.Stride[1] - w.Before[1]
				x0, x1 := taps(left, w.Kernel[1], 1, xs[2])
				at := ((b*xs[1]+top+y0)*xs[2] + left + x0) * xs[3]
				for c := range ys[3] {
					f(i, at+c, y1-y0, x1-x0)
					i++
				}
			}
		}
	}
}

// runAverage divides by the elements that the window sees, halves away from zero.
func runAverage(p *Plan, in, out []Value) {
	x, xs := in[0].I8, p.Node.In[0].Shape
	pools(p.Node, func(i, at, rows, columns int) {
		sum, count := int32(0), int32(rows*columns)
		for r := range rows {
			for c := range columns {
				sum += int32(x[at+(r*xs[2]+c)*xs[3]])
			}
		}
		if sum > 0 {
			sum = (sum + count/2) / count
		} else {
			sum = (sum - count/2) / count
		}
		out[0].I8[i] = int8(min(max(sum, p.Min), p.Max))
	})
}

func runMax(p *Plan, in, out []Value) {
	x, xs := in[0].I8, p.Node.In[0].Shape
	pools(p.Node, func(i, at, rows, columns int) {
		top := int32(-128)
		for r := range rows {
			for c := range columns {
				top = max(top, int32(x[at+(r*xs[2]+c)*xs[3]]))
			}
		}
		out[0].I8[i] = int8(min(max(top, p.Min), p.Max))
	})
}

// means calls f for each element i of the input with the output it belongs to.
func means(n *nn.Node, f func(i, to int)) {
	set, _ := axes(n)
	shape := n.In[0].Shape
	strides := make([]int, len(shape))
	step := 1
	for d := len(shape) - 1; d >= 0; d-- {
		if !set[d] {
			strides[d] = step
			step *= shape[d]
		}
	}
	walk(shape, strides, 0, f)
}

// runMean has the reference's two ways: where nothing is rescaled, the plain sum
// is divided and truncated; else the division is in the multiplier.
func runMean(p *Plan, in, out []Value) {
	sums := make([]int32, len(out[0].I8))
	means(p.Node, func(i, to int) { sums[to] += int32(in[0].I8[i]) })
	count := int32(reduced(p.Node))
	for i, s := range sums {
		if p.Out == nil {
			out[0].I8[i] = int8(s / count)
		} else {
			out[0].I8[i] = p.finish(s-p.InZero[0]*count, 0)
		}
	}
}
