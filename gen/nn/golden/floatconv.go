package golden

import (
	"runtime"
	"sync"

	"marvelgen/gen/nn"
)

// outputRows calls f for every row of a convolution's output, batch b and height
// oy, on all cores where that pays. room makes what f works in, one for each core.
// Rows depend on nothing but the inputs, so the order does not show.
func outputRows[T any](n *nn.Node, room func() T, f func(b, oy int, room T)) {
	height := n.Out[0].Shape[1]
	rows := n.Out[0].Shape[0] * height
	workers := min(runtime.GOMAXPROCS(0), rows)
	if n.MACs() < 1<<18 {
		workers = 1
	}
	var wait sync.WaitGroup
	for k := range workers {
		wait.Go(func() {
			own := room()
			for r := k; r < rows; r += workers {
				f(r/height, r%height, own)
			}
		})
	}
	wait.Wait()
}

// eachTap calls f for each tap of the window at an output that lies on the input: its
// number, and where the pixel starts.
func eachTap(n *nn.Node, b, oy, ox int, f func(tap, at int)) {
	xs, w := n.In[0].Shape, n.Window
	for k := range w.Kernel[0] * w.Kernel[1] {
		y := oy*w.Stride[0] - w.Before[0] + k/w.Kernel[1]*w.Dilation[0]
		x := ox*w.Stride[1] - w.Before[1] + k%w.Kernel[1]*w.Dilation[1]
		if y >= 0 && y < xs[1] && x >= 0 && x < xs[2] {
			f(k, ((b*xs[1]+y)*xs[2]+x)*xs[3])
		}
	}
}

// abreast is how many windows share one pass over the weights.
const abreast = 4

// realConv gathers windows, 0 in the padding, and multiplies several at a time, so
// that each weight is converted once for all of them.
func realConv(n *nn.Node, in, out []Value) {
	ys, each := n.Out[0].Shape, n.In[1].Shape[3]
	filter, perGroup := n.Window.Kernel[0]*n.Window.Kernel[1]*each, ys[3]/n.Groups
	room := func() *[abreast][]float64 {
		var r [abreast][]float64
		for i := range r {
			r[i] = make([]float64, filter)
		}
		return &r
	}
	outputRows(n, room, func(b, oy int, windows *[abreast][]float64) {
		for g := range n.Groups {
			for left := 0; left < ys[2]; left += abreast {
				some := min(abreast, ys[2]-left)
				for i := range some {
					clear(windows[i])
					eachTap(n, b, oy, left+i, func(tap, at int) {
						at += g * each
						to := windows[i][tap*each:][:each]
						for k, v := range in[0].F32[at : at+each] {
							to[k] = float64(v)
						}
					})
				}
				for c := g * perGroup; c < (g+1)*perGroup; c++ {
					sums := realDots(windows, in[1].F32[c*filter:][:filter])
					for i := range some {
						out[0].F32[((b*ys[1]+oy)*ys[2]+left+i)*ys[3]+c] = act(n.Act, realBias(in, c)+sums[i])
					}
				}
			}
		}
	})
}

// realDots are the sums of products with each window.
func realDots(x *[abreast][]float64, w []float32) [abreast]float64 {
	var a, b, c, d float64
	p, q, r, s := x[0][:len(w)], x[1][:len(w)], x[2][:len(w)], x[3][:len(w)]
	for i, v := range w {
		u := float64(v)
		a += p[i] * u
		b += q[i] * u
		c += r[i] * u
		d += s[i] * u
	}
	return [abreast]float64{a, b, c, d}
}

func realDepthwise(n *nn.Node, in, out []Value) {
	ys := n.Out[0].Shape
	outs := ys[3]
	outputRows(n, func() []float64 { return make([]float64, outs) }, func(b, oy int, sums []float64) {
		for ox := range ys[2] {
			for c := range sums {
				sums[c] = realBias(in, c)
			}
			eachTap(n, b, oy, ox, func(tap, at int) {
				x, w := in[0].F32[at:], in[1].F32[tap*outs:][:outs]
				for c, v := range w {
					sums[c] += float64(x[c/n.Multiplier]) * float64(v)
				}
			})
			for c, y := 0, out[0].F32[((b*ys[1]+oy)*ys[2]+ox)*outs:][:outs]; c < outs; c++ {
				y[c] = act(n.Act, sums[c])
			}
		}
	})
}
