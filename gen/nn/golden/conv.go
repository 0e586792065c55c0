package golden

// finish rescales an accumulator for an output channel and applies the range.
func (p *Plan) finish(acc int32, channel int) int8 {
	r := p.Out[0]
	if len(p.Out) > 1 {
		r = p.Out[channel]
	}
	return int8(min(max(r.Apply(acc)+p.OutZero, p.Min), p.Max))
}

// dot is the sum of (x-zero)*(w-wzero); w may be longer than x.
func dot(x, w []int8, zero, wzero int32) int32 {
	acc := int32(0)
	w = w[:len(x)]
	for i, v := range x {
		acc += (int32(v) - zero) * (int32(w[i]) - wzero)
	}
	return acc
}

// weighted is dot for weights whose zero point is 0.
func weighted(x, w []int8, zero int32) int32 {
	acc := int32(0)
	w = w[:len(x)]
	for i, v := range x {
		acc += (int32(v) - zero) * int32(w[i])
	}
	return acc
}

// weighted4 adds weighted of four rows of weights, `apart` elements apart, to acc:
// the elements of x are read once for the four.
func weighted4(acc *[4]int32, x, w []int8, apart int, zero int32) {
	a0, a1, a2, a3 := acc[0], acc[1], acc[2], acc[3]
	w0, w1, w2, w3 := w[:len(x)], w[apart:][:len(x)], w[2*apart:][:len(x)], w[3*apart:][:len(x)]
	for i, b := range x {
		v := int32(b) - zero
		a0 += v * int32(w0[i])
		a1 += v * int32(w1[i])
		a2 += v * int32(w2[i])
		a3 += v * int32(w3[i])
	}
	*acc = [4]int32{a0, a1, a2, a3}
}

// taps is which of a window's k taps, at distance dilation, lie inside n when the
// first one is at start: lo up to but without hi.
func taps(start, k, dilation, n int) (lo, hi int) {
	if start < 0 {
		lo = (-start + dilation - 1) / dilation
	}
	if start >= n {
		return 0, 0
	}
	return min(lo, k), min(k, (n-start+dilation-1)/dilation)
}

// bias is element c of what may be absent.
func bias(in []Value, c int) int32 {
	if len(in) < 3 || in[2].I32 == nil {
		return 0
	}
	return in[2].I32[c]
}

// runConv is a convolution, grouped or dilated if need be. Padding contributes
// nothing: it stands for the input's zero point.
func runConv(p *Plan, in, out []Value) {
	n := p.Node
	xs, ys, w := n.In[0].Shape, n.Out[0].Shape, n.Window
	height, width, channels := xs[1], xs[2], xs[3]
	each := channels / n.Groups // input channels of a group
	perGroup := ys[3] / n.Groups
	filter := w.Kernel[0] * w.Kernel[1] * each
	// Without groups and dilation, a row of the window is contiguous in both, and
	// output channels are done by fours.
	rows := n.Groups == 1 && w.Dilation[1] == 1
	x, weights, y, zero := in[0].I8, in[1].I8, out[0].I8, p.InZero[0]
	i := 0
	for b := range ys[0] {
		for oy := range ys[1] {
			top := oy*w.Stride[0] - w.Before[0]
			y0, y1 := taps(top, w.Kernel[0], w.Dilation[0], height)
			for ox := range ys[2] {
				left := ox*w.Stride[1] - w.Before[1]
				x0, x1 := taps(left, w.Kernel[1], w.Dilation[1], width)
				end := y1
				if x0 >= x1 {
					end = y0 // nothing but padding
				}
				row := func(ky int) int { return ((b*height+top+ky*w.Dilation[0])*width + left) * channels }
				c := 0
				for ; rows && c+4 <= ys[3]; c += 4 {
					acc := [4]int32{bias(in, c), bias(in, c+1), bias(in, c+2), bias(in, c+3)}
					for ky := y0; ky < end; ky++ {
						at, k := row(ky), c*filter+ky*w.Kernel[1]*each
						weighted4(&acc, x[at+x0*each:at+x1*each], weights[k+x0*each:], filter, zero)
					}
					for k, a := range acc {
						y[i+c+k] = p.finish(a, c+k)
					}
				}
				for ; c < ys[3]; c++ {
					acc := bias(in, c)
					first := c / perGroup * each
					for ky := y0; ky < end; ky++ {
						at, k := row(ky), c*filter+ky*w.Kernel[1]*each
						for kx := x0; kx < x1; kx++ {
							from := at + kx*w.Dilation[1]*channels + first
							acc += weighted(x[from:from+each], weights[k+kx*each:], zero)
						}
					}
					y[i+c] = p.finish(acc, c)
				}
				i += ys[3]
			}
		}
	}
}

func runDepthwise(p *Plan, in, out []Value) {
	n := p.Node
	xs, ys, w := n.In[0].Shape, n.Out[0].Shape, n.Window
	height, width, channels, outs := xs[1], xs[2], xs[3], ys[3]
	x, weights, y, zero := in[0].I8, in[1].I8, out[0].I8, p.InZero[0]
	acc := make([]int32, outs)
	for b := range ys[0] {
		for oy := range ys[1] {
			top := oy*w.Stride[0] - w.Before[0]
			y0, y1 := taps(top, w.Kernel[0], w.Dilation[0], height)
			for ox := range ys[2] {
				left := ox*w.Stride[1] - w.Before[1]
				x0, x1 := taps(left, w.Kernel[1], w.Dilation[1], width)
				for c := range acc {
					acc[c] = bias(in, c)
				}
				for ky := y0; ky < y1; ky++ {
					for kx := x0; kx < x1; kx++ {
						at := ((b*height+top+ky*w.Dilation[0])*width + left + kx*w.Dilation[1]) * channels
						k := (ky*w.Kernel[1] + kx) * outs
						for c := range channels {
							v := int32(x[at+c]) - zero
							for m := c * n.Multiplier; m < (c+1)*n.Multiplier; m++ {
								acc[m] += v * int32(weights[k+m])
							}
						}
					}
				}
				for c, a := range acc {
					y[((b*ys[1]+oy)*ys[2]+ox)*outs+c] = p.finish(a, c)
				}
			}
		}
	}
}

// runTransposed scatters every input over the outputs that it touches.
func runTransposed(p *Plan, in, out []Value) {
	n := p.Node
	xs, ys, w := n.In[0].Shape, n.Out[0].Shape, n.Window
	channels, outs := xs[3], ys[3]
	x, weights, zero := in[0].I8, in[1].I8, p.InZero[0]
	acc := make([]int32, len(out[0].I8))
	i := 0
	for b := range xs[0] {
		for iy := range xs[1] {
			top := iy*w.Stride[0] - w.Before[0]
			y0, y1 := taps(top, w.Kernel[0], w.Dilation[0], ys[1])
			for ix := range xs[2] {
				left := ix*w.Stride[1] - w.Before[1]
				x0, x1 := taps(left, w.Kernel[1], w.Dilation[1], ys[2])
				pixel := x[i : i+channels]
				i += channels
				for ky := y0; ky < y1; ky++ {
					for kx := x0; kx < x1; kx++ {
						at := ((b*ys[1]+top+ky*w.Dilation[0])*ys[2] + left + kx*w.Dilation[1]) * outs
						for c := range outs {
							acc[at+c] += weighted(pixel, weights[((c*w.Kernel[0]+ky)*w.Kernel[1]+kx)*channels:], zero)
						}
					}
				}
			}
		}
	}
	for i, a := range acc {
		out[0].I8[i] = p.finish(a+bias(in, i%outs), i%outs)
	}
}

func runFully(p *Plan, in, out []Value) {
	ws := p.Node.In[1].Shape
	outs, depth := ws[0], ws[1]
	for i := range out[0].I8 {
		c := i % outs
		x, w := in[0].I8[i/outs*depth:][:depth], in[1].I8[c*depth:]
		out[0].I8[i] = p.finish(dot(x, w, p.InZero[0], p.InZero[1])+bias(in, c), c)
	}
}

func runMatMul(p *Plan, in, out []Value) {
	matMul(p.Node, func(i, a, b, depth, step int) {
		acc := int32(0)
		for k := range depth {
			acc += (int32(in[0].I8[a+k]) - p.InZero[0]) * (int32(in[1].I8[b+k*step]) - p.InZero[1])
		}
		out[0].I8[i] = p.finish(acc, 0)
	})
}
