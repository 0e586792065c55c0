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
		out[0].I8[i] = int8(min(max(divide(sum, count), p.Min), p.Max))
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

// divide is sum/count rounded to nearest, halves away from zero.
func divide(sum, count int32) int32 {
	if sum > 0 {
		return (sum + count/2) / count
	}
	return (sum - count/2) / count
}
