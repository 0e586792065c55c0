package golden

import (
	"math"

	"marvelgen/gen/nn"
)

// act applies an activation function.
func act(a nn.Act, x float64) float32 {
	switch a {
	case nn.ReluAct:
		x = max(x, 0)
	case nn.Relu6Act:
		x = min(max(x, 0), 6)
	case nn.ReluN1To1Act:
		x = min(max(x, -1), 1)
	}
	return float32(x)
}

func realBias(in []Value, c int) float64 {
	if len(in) < 3 || in[2].F32 == nil {
		return 0
	}
	return float64(in[2].F32[c])
}

// realDot is the sum of products, in four parts to keep the adder busy; w may be
// longer than x.
func realDot(x, w []float32) float64 {
	var a [4]float64
	w = w[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		p, q := x[i:i+4], w[i:i+4]
		a[0] += float64(p[0]) * float64(q[0])
		a[1] += float64(p[1]) * float64(q[1])
		a[2] += float64(p[2]) * float64(q[2])
		a[3] += float64(p[3]) * float64(q[3])
	}
	for ; i < len(x); i++ {
		a[0] += float64(x[i]) * float64(w[i])
	}
	return a[0] + a[1] + a[2] + a[3]
}

func realTransposed(n *nn.Node, in, out []Value) {
	xs, ys, w := n.In[0].Shape, n.Out[0].Shape, n.Window
	for i := range out[0].F32 {
		c, x, y, b := i%ys[3], i/ys[3]%ys[2], i/ys[3]/ys[2]%ys[1], i/ys[3]/ys[2]/ys[1]
		sum := realBias(in, c)
		for tap := range w.Kernel[0] * w.Kernel[1] {
			// The input whose window has this output at this tap, if there is one.
			iy, ix := y+w.Before[0]-tap/w.Kernel[1]*w.Dilation[0], x+w.Before[1]-tap%w.Kernel[1]*w.Dilation[1]
			if iy < 0 || ix < 0 || iy%w.Stride[0] != 0 || ix%w.Stride[1] != 0 || iy/w.Stride[0] >= xs[1] || ix/w.Stride[1] >= xs[2] {
				continue
			}
			at := ((b*xs[1]+iy/w.Stride[0])*xs[2] + ix/w.Stride[1]) * xs[3]
			sum += realDot(in[0].F32[at:at+xs[3]], in[1].F32[(c*w.Kernel[0]*w.Kernel[1]+tap)*xs[3]:])
		}
		out[0].F32[i] = act(n.Act, sum)
	}
}

func realFully(n *nn.Node, in, out []Value) {
	outs, depth := n.In[1].Shape[0], n.In[1].Shape[1]
	for i := range out[0].F32 {
		c := i % outs
		x := in[0].F32[i/outs*depth:][:depth]
		out[0].F32[i] = act(n.Act, realBias(in, c)+realDot(x, in[1].F32[c*depth:]))
	}
}

func realMatMul(n *nn.Node, in, out []Value) {
	matMul(n, func(i, a, b, depth, step int) {
		sum := 0.
		for k := range depth {
			sum += float64(in[0].F32[a+k]) * float64(in[1].F32[b+k*step])
		}
		out[0].F32[i] = float32(sum)
	})
}

func realAverage(n *nn.Node, in, out []Value) {
	xs := n.In[0].Shape
	pools(n, func(i, at, rows, columns int) {
		sum := 0.
		for r := range rows {
			for c := range columns {
				sum += float64(in[0].F32[at+(r*xs[2]+c)*xs[3]])
			}
		}
		out[0].F32[i] = act(n.Act, sum/float64(rows*columns))
	})
}

func realMax(n *nn.Node, in, out []Value) {
	xs := n.In[0].Shape
	pools(n, func(i, at, rows, columns int) {
		top := math.Inf(-1)
		for r := range rows {
			for c := range columns {
				top = max(top, float64(in[0].F32[at+(r*xs[2]+c)*xs[3]]))
			}
		}
		out[0].F32[i] = act(n.Act, top)
	})
}

func realMean(n *nn.Node, in, out []Value) {
	sums := make([]float64, len(out[0].F32))
	means(n, func(i, to int) { sums[to] += float64(in[0].F32[i]) })
	for i, s := range sums {
		out[0].F32[i] = float32(s / float64(reduced(n)))
	}
}

func realBinary(n *nn.Node, in, out []Value) {
	pairs(n, func(i, a, b int) {
		x, y := float64(in[0].F32[a]), float64(in[1].F32[b])
		switch n.Op {
		case nn.Add:
			x += y
		case nn.Sub:
			x -= y
		case nn.Mul:
			x *= y
		}
		out[0].F32[i] = act(n.Act, x)
	})
}

func realSoftmax(n *nn.Node, in, out []Value) {
	depth := n.In[0].Shape[len(n.In[0].Shape)-1]
	for from := 0; from < len(in[0].F32); from += depth {
		x, y := in[0].F32[from:from+depth], out[0].F32[from:]
		top, sum := math.Inf(-1), 0.
		for _, v := range x {
			top = max(top, float64(v))
		}
		for _, v := range x {
			sum += math.Exp((float64(v) - top) * float64(n.Beta))
		}
		for i, v := range x {
			y[i] = float32(math.Exp((float64(v)-top)*float64(n.Beta)) / sum)
		}
	}
}

func realUnary(n *nn.Node, in, out []Value) {
	for i, v := range in[0].F32 {
		x := float64(v)
		switch n.Op {
		case nn.Relu:
			x = float64(act(n.Act, x))
		case nn.LeakyRelu:
			if x < 0 {
				x *= float64(n.Alpha)
			}
		case nn.HardSwish:
			x *= min(max(x+3, 0), 6) / 6
		case nn.Sigmoid:
			x = 1 / (1 + math.Exp(-x))
		case nn.Tanh:
			x = math.Tanh(x)
		case nn.Gelu:
			x = gelu(x, n.TanhForm)
		}
		out[0].F32[i] = float32(x)
	}
}

func gelu(x float64, tanhForm bool) float64 {
	if tanhForm {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	return x / 2 * (1 + math.Erf(x/math.Sqrt2))
}

func realLayerNorm(n *nn.Node, in, out []Value) {
	depth := n.In[0].Shape[n.Axis]
	for from := 0; from < len(in[0].F32); from += depth {
		x, y := in[0].F32[from:from+depth], out[0].F32[from:]
		mean, variance := 0., 0.
		for _, v := range x {
			mean += float64(v) / float64(depth)
		}
		for _, v := range x {
			variance += (float64(v) - mean) * (float64(v) - mean) / float64(depth)
		}
		for i, v := range x {
			r := float64(v) - mean
			if r != 0 { // 0/0 counts as 0
				r /= math.Sqrt(variance + float64(n.Epsilon))
			}
			if len(in) > 1 && in[1].F32 != nil {
				r *= float64(in[1].F32[i])
			}
			if len(in) > 2 && in[2].F32 != nil {
				r += float64(in[2].F32[i])
			}
			y[i] = float32(r)
		}
	}
}
