package main

import (
	"math"
	"math/rand/v2"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/zoo"
)

// The layers of LeNet-5, as zoo.Build makes it: images NHWC, weights OHWI and OI.
const (
	classes = 10
	kernel  = 5
	padded  = side + kernel - 1 // the first convolution keeps the size
	maps1   = 6
	pool1   = side / 2 // height and width of the first pool's result
	maps2   = 16
	pool2   = (pool1 - kernel + 1) / 2
	flat    = pool2 * pool2 * maps2
	dense1  = 120
	dense2  = 84
)

// params are the weights and biases of the layers in order, or their gradient.
type params struct {
	all  []float32
	w, b [5][]float32
}

// fans are inputs and outputs of each sum's layer.
var fans = [5][2]int{{kernel * kernel, maps1}, {kernel * kernel * maps1, maps2}, {flat, dense1}, {dense1, dense2}, {dense2, classes}}

func newParams() *params {
	size := 0
	for _, f := range fans {
		size += (f[0] + 1) * f[1]
	}
	p := &params{all: make([]float32, size)}
	rest := p.all
	for i, f := range fans {
		p.w[i], rest = rest[:f[0]*f[1]], rest[f[0]*f[1]:]
		p.b[i], rest = rest[:f[1]], rest[f[1]:]
	}
	return p
}

// initialise draws weights of the variance 2/inputs; biases are 0.
func (p *params) initialise(r *rand.Rand) {
	for i, w := range p.w {
		reach := math.Sqrt(6 / float64(fans[i][0]))
		for k := range w {
			w[k] = float32((2*r.Float64() - 1) * reach)
		}
	}
}

// graph is the network in float32.
func (p *params) graph() (*nn.Graph, error) {
	g, err := zoo.Build("lenet5")
	if err != nil {
		return nil, err
	}
	layer := 0
	for _, n := range g.Nodes {
		if len(n.In) == 3 {
			copy(n.In[1].F32, p.w[layer])
			copy(n.In[2].F32, p.b[layer])
			layer++
		}
	}
	return g, nil
}

// state is what a forward pass leaves for the backward one.
type state struct {
	image  [padded * padded]float32
	pooled [2][]float32 // the first: pool1 x pool1 x maps1; the second is flat
	from   [2][]int     // where each one's maximum starts in the input of its convolution
	dense  [3][]float32 // the last are the logits
	change [3][]float32 // gradients of pooled and the first two of dense, see backward
}

func newState() *state {
	s := &state{}
	for i, n := range []int{pool1 * pool1 * maps1, flat} {
		s.pooled[i], s.from[i] = make([]float32, n), make([]int, n)
	}
	for i, n := range []int{dense1, dense2, classes} {
		s.dense[i] = make([]float32, n)
	}
	s.change = [3][]float32{make([]float32, pool1*pool1*maps1), make([]float32, flat), make([]float32, dense1)}
	return s
}

// place copies an image, moved down and to the right, into the padding.
func (s *state) place(d *digit, down, right int) {
	clear(s.image[:])
	const margin = (kernel - 1) / 2
	for y := range side {
		for x := range side {
			ty, tx := y+down+margin, x+right+margin
			if ty >= 0 && ty < padded && tx >= 0 && tx < padded {
				s.image[ty*padded+tx] = float32(d.pixels[y*side+x]) / 255
			}
		}
	}
}

// dot is a sum of products.
func dot(x, w []float32) float32 {
	var a, b, c, d float32
	w = w[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		p, q := x[i:i+4], w[i:i+4]
		a += p[0] * q[0]
		b += p[1] * q[1]
		c += p[2] * q[2]
		d += p[3] * q[3]
	}
	for ; i < len(x); i++ {
		a += x[i] * w[i]
	}
	return a + b + c + d
}

// axpy adds x, scaled, to y.
func axpy(y []float32, by float32, x []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += by * v
	}
}

// convPool convolves an image of width x width x channels without padding, takes
// the maxima of 2x2 and cuts off what is below 0.
func (s *state) convPool(layer int, image []float32, width, channels int, w, b []float32) {
	row := kernel * channels // of a window: contiguous in the image
	var window [kernel * kernel * maps1]float32
	maps, size := len(b), (width-kernel+1)/2
	top := s.pooled[layer]
	for i := range size * size * 4 {
		cell, corner := i/4, i%4
		y, x := cell/size*2+corner/2, cell%size*2+corner%2
		at := (y*width + x) * channels
		for k := range kernel {
			copy(window[k*row:], image[at+k*width*channels:][:row])
		}
		for c := range maps {
			v := b[c] + dot(window[:kernel*row], w[c*kernel*row:])
			if to := cell*maps + c; corner == 0 || v > top[to] {
				top[to], s.from[layer][to] = v, at
			}
		}
	}
	for i, v := range top {
		top[i] = max(v, 0)
	}
}

// forward computes the logits of the image in place.
func (p *params) forward(s *state) {
	s.convPool(0, s.image[:], padded, 1, p.w[0], p.b[0])
	s.convPool(1, s.pooled[0], pool1, maps1, p.w[1], p.b[1])
	x := s.pooled[1]
	for i, y := range s.dense {
		for o := range y {
			y[o] = p.b[2+i][o] + dot(x, p.w[2+i][o*len(x):])
			if i < 2 {
				y[o] = max(y[o], 0)
			}
		}
		x = y
	}
}

// softmax is the probabilities of the classes.
func (s *state) softmax() [classes]float64 {
	var out [classes]float64
	top, sum := s.dense[2][0], 0.
	for _, v := range s.dense[2] {
		top = max(top, v)
	}
	for i, v := range s.dense[2] {
		out[i] = math.Exp(float64(v - top))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// crossEntropy is the loss for a label.
func (s *state) crossEntropy(label int) float64 { return -math.Log(s.softmax()[label]) }

// backward adds the gradient of the cross entropy for a label to g.
func (p *params) backward(s *state, label int, g *params) {
	var change [classes]float32
	for i, v := range s.softmax() {
		change[i] = float32(v)
	}
	change[label]--
	var second [dense2]float32
	p.backDense(4, s.dense[1], change[:], second[:], g)
	p.backDense(3, s.dense[0], second[:], s.change[2], g)
	p.backDense(2, s.pooled[1], s.change[2], s.change[1], g)
	p.backConv(s, 1, s.pooled[0], pool1, maps1, s.change[1], s.change[0], g)
	p.backConv(s, 0, s.image[:], padded, 1, s.change[0], nil, g)
}

// backDense goes from the gradient dy of a layer's sums to dx, that of its input x,
// which came out of a rectifier: where it gave 0, there is none.
func (p *params) backDense(layer int, x, dy, dx []float32, g *params) {
	clear(dx)
	for o, d := range dy {
		if d != 0 {
			g.b[layer][o] += d
			axpy(g.w[layer][o*len(x):][:len(x)], d, x)
			axpy(dx, d, p.w[layer][o*len(x):][:len(x)])
		}
	}
	for i, v := range x {
		if v == 0 {
			dx[i] = 0
		}
	}
}

// backConv is the same for convPool; only maxima pass anything on.
func (p *params) backConv(s *state, layer int, x []float32, width, channels int, dy, dx []float32, g *params) {
	clear(dx)
	row, maps := kernel*channels, len(g.b[layer])
	for i, d := range dy {
		if d == 0 {
			continue
		}
		c, at := i%maps, s.from[layer][i]
		g.b[layer][c] += d
		for k := range kernel {
			w, from := (c*kernel+k)*row, at+k*width*channels
			axpy(g.w[layer][w:][:row], d, x[from:][:row])
			if dx != nil {
				axpy(dx[from:], d, p.w[layer][w:][:row])
			}
		}
	}
	for i := range dx {
		if x[i] == 0 {
			dx[i] = 0
		}
	}
}
