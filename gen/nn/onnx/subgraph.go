package onnx

import (
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// subgraphs makes one node of what exporters write as several: layer normalisation
// and GELU. What is left of them is an error.
func (r *reader) subgraphs() error {
	f := r.finder()
	for _, n := range r.graph.Nodes {
		switch {
		case n.Op == opDiv || n.Op == nn.Mul && n.Act == nn.NoAct:
			f.layerNorm(n)
		case n.Op == nn.Add && n.Act == nn.NoAct:
			f.scaledNorm(n)
		case n.Op == opErf || n.Op == nn.Tanh:
			f.gelu(n)
		}
	}
	r.drop()
	return r.left()
}

// layerNorm makes a node layer normalisation if it is (x-mean) / sqrt(variance+epsilon).
// Gain and bias behind it are taken in with other scales and shifts of channels.
func (f *finder) layerNorm(n *nn.Node) {
	for i, t := range n.In {
		divisor := n.In[1-i]
		if n.Op == nn.Mul { // by the reciprocal
			divisor = f.inverted(divisor)
		} else if i == 1 {
			return
		}
		variance, epsilon, ok := f.root(divisor)
		if !ok {
			continue
		}
		x := f.centred(t)
		if x == nil || !f.variance(variance, x) || !slices.Equal(x.Shape, n.Out[0].Shape) {
			continue
		}
		n.Op, n.In = nn.LayerNorm, []*nn.Tensor{x}
		n.Params = nn.Params{Axis: len(x.Shape) - 1, Epsilon: epsilon}
		f.gained(n)
		return
	}
}

// scaledNorm makes a node layer normalisation if it is x*s + (bias - mean*s) with
// s = gain/sqrt(variance+epsilon), as TensorFlow writes it.
func (f *finder) scaledNorm(n *nn.Node) {
	for i := range 2 {
		left, shift := f.is(n.In[i], nn.Mul), f.is(n.In[1-i], nn.Sub)
		if left == nil || shift == nil || !shift.In[0].Const() {
			continue
		}
		right := f.is(shift.In[1], nn.Mul)
		if right == nil {
			continue
		}
		for j := range 4 {
			x, s, mean, t := left.In[j&1], left.In[1-j&1], right.In[j>>1], right.In[1-j>>1]
			if !f.same(s, t) || !f.equal(f.meant(mean, x), x) || !slices.Equal(x.Shape, n.Out[0].Shape) {
				continue
			}
			gain := scalar(1)
			if m := f.is(s, nn.Mul); m != nil && m.In[0].Const() != m.In[1].Const() {
				if gain, s = m.In[0], m.In[1]; !gain.Const() {
					gain, s = s, gain
				}
			}
			variance, epsilon, ok := f.root(f.inverted(s))
			a := affine{x: x, scale: reals(gain), shift: reals(shift.In[0])}
			if dim := x.Shape[len(x.Shape)-1]; !ok || !f.variance(variance, x) || !channelwise(gain, dim) || !channelwise(shift.In[0], dim) {
				continue
			}
			norm := &nn.Node{In: []*nn.Tensor{x}, Out: n.Out, Params: nn.Params{Axis: len(x.Shape) - 1, Epsilon: epsilon}}
			if f.r.absorbNorm(norm, a) {
				n.Op, n.In, n.Params = nn.LayerNorm, norm.In, norm.Params
			}
			return
		}
	}
}

// inverted is what a tensor is one divided by; nil if it is no such.
func (f *finder) inverted(t *nn.Tensor) *nn.Tensor {
	n := f.is(t, opDiv)
	if n == nil {
		return nil
	}
	if one, ok := constantNumber(n.In[0]); !ok || one != 1 {
		return nil
	}
	return n.In[1]
}

// root is the variance and epsilon that a tensor is the square root of the sum of.
func (f *finder) root(t *nn.Tensor) (variance *nn.Tensor, epsilon float32, ok bool) {
	if t == nil {
		return nil, 0, false
	}
	s := f.is(t, opSqrt)
	if s == nil {
		return nil, 0, false
	}
	v, e, ok := numeric(f.is(s.In[0], nn.Add))
	if !ok {
		v, e = s.In[0], 0
	}
	return v, float32(e), e >= 0 && e <= math.MaxFloat32
}

// gained takes gain and bias behind a layer normalisation into it: the last node of
// them becomes the normalisation.
func (f *finder) gained(n *nn.Node) {
	for {
		m := f.next(n.Out[0])
		if m == nil {
			return
		}
		a, ok := affineOf(m)
		if !ok || !f.same(a.x, n.Out[0]) || !f.r.absorbNorm(n, a) {
			return
		}
		m.Op, m.In, m.Params = n.Op, n.In, n.Params
		n = m
	}
}

// variance reports whether a tensor is the variance of x: the mean of squares of what
// is centred, or the mean of squares less the square of the mean.
func (f *finder) variance(t, x *nn.Tensor) bool {
	if s := f.is(t, nn.Sub); s != nil {
		square, mean := f.is(f.meant(s.In[0], x), nn.Mul), f.is(s.In[1], nn.Mul)
		return square != nil && mean != nil && f.equal(square.In[0], x) && f.equal(square.In[1], x) &&
			f.equal(f.meant(mean.In[0], x), x) && f.equal(f.meant(mean.In[1], x), x)
	}
	square := f.is(f.meant(t, x), nn.Mul)
	return square != nil && f.equal(f.centred(square.In[0]), x) && f.equal(f.centred(square.In[1]), x)
}

// meant is what a tensor is the mean of along the last dimension, if that is as long as
// x's; else nil.
func (f *finder) meant(t, x *nn.Tensor) *nn.Tensor {
	m, end := f.is(t, nn.Mean), len(x.Shape)-1
	if m == nil || end < 0 || !m.KeepDims || len(m.Axes) != 1 || m.Axes[0] != len(m.In[0].Shape)-1 || m.In[0].Shape[m.Axes[0]] != x.Shape[end] {
		return nil
	}
	return f.bare(m.In[0])
}

// centred is x if the tensor is, in whatever shape, x less its mean; else nil.
func (f *finder) centred(t *nn.Tensor) *nn.Tensor {
	s := f.is(f.bare(t), nn.Sub)
	if s == nil || !f.equal(f.meant(s.In[1], s.In[0]), s.In[0]) {
		return nil
	}
	return s.In[0]
}

// equal reports whether two tensors hold the same elements in the same order; nil
// holds none.
func (f *finder) equal(a, b *nn.Tensor) bool {
	return a != nil && b != nil && f.same(f.bare(a), f.bare(b))
}

// bare is the tensor before reshapes.
func (f *finder) bare(t *nn.Tensor) *nn.Tensor {
	for range maxChain {
		n := f.is(t, nn.Reshape)
		if n == nil {
			break
		}
		t = n.In[0]
	}
	return t
}

// polynomial has the coefficient of x^i * g^j at [i][j].
type polynomial [4][2]float64

// The polynomials that a GELU consists of: the argument of its function g, and the
// whole.
var (
	root2Pi  = math.Sqrt(2 / math.Pi)
	erfOf    = polynomial{1: {1 / math.Sqrt2}}
	tanhOf   = polynomial{1: {root2Pi}, 3: {root2Pi * 0.044715}}
	geluFrom = polynomial{1: {0.5, 0.5}}
)

// near allows for the digits that exporters write constants with.
func (p polynomial) near(q polynomial) bool {
	for i := range p {
		for j := range p[i] {
			if !(math.Abs(p[i][j]-q[i][j]) <= 1e-4*math.Abs(q[i][j])) {
				return false
			}
		}
	}
	return true
}

// expansion is tensors as polynomials.
type expansion struct {
	*finder
	x, g *nn.Tensor
	left int // nodes that may still be visited
}

// of is a tensor as a polynomial of x and g.
func (e *expansion) of(t *nn.Tensor) (p polynomial, ok bool) {
	if v, ok := constantNumber(t); ok {
		p[0][0] = v
		return p, true
	}
	if e.same(t, e.x) {
		p[1][0] = 1
		return p, true
	}
	if e.g != nil && e.same(t, e.g) {
		p[0][1] = 1
		return p, true
	}
	n := e.made(t)
	if e.left--; n == nil || e.left < 0 || n.Act != nn.NoAct || n.Op != nn.Add && n.Op != nn.Sub && n.Op != nn.Mul {
		return p, false
	}
	a, ok := e.of(n.In[0])
	if !ok {
		return p, false
	}
	b, ok := e.of(n.In[1])
	if !ok {
		return p, false
	}
	if n.Op == nn.Mul {
		return a.times(b)
	}
	for i := range p {
		for j := range p[i] {
			if p[i][j] = a[i][j] + b[i][j]; n.Op == nn.Sub {
				p[i][j] = a[i][j] - b[i][j]
			}
		}
	}
	return p, true
}

// times is a product; it fails if that is of a higher degree.
func (p polynomial) times(q polynomial) (out polynomial, ok bool) {
	for i := range p {
		for j := range p[i] {
			for k := range q {
				for l := range q[k] {
					c := p[i][j] * q[k][l]
					if c == 0 {
						continue
					}
					if i+k >= len(out) || j+l >= len(out[0]) {
						return out, false
					}
					out[i+k][j+l] += c
				}
			}
		}
	}
	return out, true
}

// Bounds of what is looked at around one function.
const (
	maxVisits     = 32
	maxCandidates = 12
	maxBehind     = 4
)

// gelu finds the GELU around an error function or a hyperbolic tangent, and makes its
// last node that.
func (f *finder) gelu(g *nn.Node) {
	want := erfOf
	if g.Op == nn.Tanh {
		want = tanhOf
	}
	for _, x := range f.before(g.In[0]) {
		e := &expansion{f, x, nil, maxVisits}
		if p, ok := e.of(g.In[0]); !ok || !p.near(want) {
			continue
		}
		t := g.Out[0]
		for range maxBehind {
			n := f.next(t)
			if n == nil {
				return
			}
			e := &expansion{f, x, g.Out[0], maxVisits}
			if p, ok := e.of(n.Out[0]); ok && p.near(geluFrom) && slices.Equal(x.Shape, n.Out[0].Shape) {
				n.Op, n.In, n.Params = nn.Gelu, []*nn.Tensor{x}, nn.Params{TanhForm: g.Op == nn.Tanh}
				return
			}
			t = n.Out[0]
		}
	}
}

// before are the tensors that one is computed from by sums and products, the nearest
// first.
func (f *finder) before(t *nn.Tensor) []*nn.Tensor {
	list := []*nn.Tensor{t}
	for i := 0; i < len(list) && len(list) < maxCandidates; i++ {
		n := f.made(list[i])
		if n == nil || n.Op != nn.Add && n.Op != nn.Sub && n.Op != nn.Mul {
			continue
		}
		for _, x := range n.In {
			if !x.Const() && !slices.Contains(list, x) {
				list = append(list, x)
			}
		}
	}
	return list
}
