package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
)

// value is what a name of the file stands for: a constant, or a tensor at run time.
//
// A tensor's elements need not lie in the file's order, and they are not brought
// into it before somebody needs them there. The file's elements, in row-major order
// and read as the shape fine, are stored with the dimensions of fine permuted: that
// is t, whose dimension k is fine[perm[k]]. So a reshape of the file changes only
// shape, a transposition mostly only perm, and a convolution reads and makes
// fine = NCHW with perm = NHWC.
type value struct {
	name  string
	shape []int  // the file's
	c     *array // not nil: a constant, and nothing of the following

	t          *nn.Tensor
	fine, perm []int
	unsigned   bool // uint8 in the file, stored less 128
}

var nhwc = []int{0, 2, 3, 1}

// channelsLast is the order N, space, C of a tensor that the file has as N, C, space.
func channelsLast(rank int) []int {
	p := identity(rank)
	return append(append(p[:1:1], p[2:]...), 1)
}

func identity(rank int) []int {
	p := make([]int, rank)
	for k := range p {
		p[k] = k
	}
	return p
}

// refine cuts two shapes of as many elements into common factors, without ones. It
// fails if a dimension of one straddles those of the other, as in 4x6 and 6x4.
func refine(a, b []int) ([]int, bool) {
	var out []int
	x, y := 1, 1 // what is left of the dimensions at hand
	for {
		for x == 1 && len(a) > 0 {
			x, a = a[0], a[1:]
		}
		for y == 1 && len(b) > 0 {
			y, b = b[0], b[1:]
		}
		switch {
		case x == 1 && y == 1:
			return out, true
		case x%y == 0 && y > 1:
			out = append(out, y)
			x, y = x/y, 1
		case y%x == 0 && x > 1:
			out = append(out, x)
			x, y = 1, y/x
		default:
			return nil, false
		}
	}
}

// pieces are the factors of each dimension of a shape that factors refine: from
// and to in the list.
func pieces(shape, factors []int) [][2]int {
	out := make([][2]int, len(shape))
	at := 0
	for k, d := range shape {
		from := at
		for n := 1; n < d; at++ {
			n *= factors[at]
		}
		out[k] = [2]int{from, at}
	}
	return out
}

// spread is a permutation of a shape's dimensions as one of their factors.
func spread(shape, perm, factors []int) []int {
	parts := pieces(shape, factors)
	var out []int
	for _, p := range perm {
		for f := parts[p][0]; f < parts[p][1]; f++ {
			out = append(out, f)
		}
	}
	return out
}

// stored reports whether the tensor lies as fine permuted by perm already, but for
// dimensions of one element.
func (v *value) stored(fine, perm []int) bool {
	factors, ok := refine(v.fine, fine)
	return ok && slices.Equal(spread(v.fine, v.perm, factors), spread(fine, perm, factors))
}

// as is the tensor with its elements in a certain order, for which it inserts
// transpositions and reshapes where they are needed. fine has as many elements as
// the value's shape.
func (r *reader) as(v *value, fine, perm []int) *nn.Tensor {
	want := permute(fine, perm)
	if v.stored(fine, perm) {
		return r.reshape(v.t, want)
	}
	factors, ok := refine(v.fine, fine)
	if !ok {
		whole := r.reshape(r.as(v, v.fine, identity(len(v.fine))), fine) // in the file's order, where any shape can be read
		return r.as(&value{t: whole, fine: fine, perm: identity(len(fine))}, fine, perm)
	}
	if slices.Equal(v.fine, fine) { // no reshape is needed
		turn := make([]int, len(perm))
		for k, p := range perm {
			turn[k] = slices.Index(v.perm, p)
		}
		return r.transpose(v.t, turn)
	}
	from, to := spread(v.fine, v.perm, factors), spread(fine, perm, factors)
	// Factors that stay side by side move as one dimension.
	var parts, turn []int
	first := map[int]int{} // factor to the part that begins with it
	for i, f := range from {
		k := slices.Index(to, f)
		if i > 0 && k > 0 && to[k-1] == from[i-1] {
			parts[len(parts)-1] *= factors[f]
			continue
		}
		first[f] = len(parts)
		parts = append(parts, factors[f])
	}
	for _, f := range to {
		if p, ok := first[f]; ok {
			turn = append(turn, p)
		}
	}
	return r.reshape(r.transpose(r.reshape(v.t, parts), turn), want)
}

// reshape gives a tensor another shape.
func (r *reader) reshape(t *nn.Tensor, shape []int) *nn.Tensor {
	if slices.Equal(t.Shape, shape) {
		return t
	}
	return r.move(&nn.Node{Op: nn.Reshape}, t, shape)
}

func (r *reader) transpose(t *nn.Tensor, perm []int) *nn.Tensor {
	return r.move(&nn.Node{Op: nn.Transpose, Params: nn.Params{Perm: perm}}, t, permute(t.Shape, perm))
}

// move appends a node that moves elements, or returns the result of an equal one.
func (r *reader) move(n *nn.Node, t *nn.Tensor, shape []int) *nn.Tensor {
	key := fmt.Sprintf("%p %v %v", t, shape, n.Perm)
	if y := r.moved[key]; y != nil {
		return y
	}
	y := &nn.Tensor{Name: t.Name, Shape: shape, Type: t.Type, Quant: t.Quant}
	n.In, n.Out, n.Source = []*nn.Tensor{t}, []*nn.Tensor{y}, r.source
	n.Name = r.hint + "_" + n.Op.String()
	r.graph.Nodes = append(r.graph.Nodes, n)
	r.moved[key] = y
	return y
}

// dims is the tensor with one dimension for each of the file's, and how those are
// permuted: as it lies where that is possible.
func (r *reader) dims(v *value) (*nn.Tensor, []int) {
	if slices.Equal(v.fine, v.shape) {
		return v.t, v.perm
	}
	choices := [][]int{identity(len(v.shape))}
	if len(v.shape) > 2 {
		choices = append(choices, channelsLast(len(v.shape)))
	}
	for _, p := range choices {
		if v.stored(v.shape, p) {
			return r.as(v, v.shape, p), p
		}
	}
	if p := v.order(); p != nil {
		return r.as(v, v.shape, p), p
	}
	return r.as(v, v.shape, choices[0]), choices[0]
}

// order is the permutation of the file's dimensions in which the tensor lies, those
// of one element first; nil if the parts of a dimension are torn apart.
func (v *value) order() []int {
	factors, ok := refine(v.fine, v.shape)
	if !ok {
		return nil
	}
	parts := pieces(v.shape, factors)
	perm := []int{}
	for k, p := range parts {
		if p[0] == p[1] {
			perm = append(perm, k)
		}
	}
	flat := spread(v.fine, v.perm, factors)
	for at := 0; at < len(flat); {
		k := slices.IndexFunc(parts, func(p [2]int) bool { return p[0] == flat[at] && p[1] > p[0] })
		if k < 0 {
			return nil
		}
		for f := parts[k][0]; f < parts[k][1]; f++ {
			if flat[at] != f {
				return nil
			}
			at++
		}
		perm = append(perm, k)
	}
	return perm
}

// reshaped is the same value in another shape of the file.
func (v *value) reshaped(shape []int) *value {
	w := *v
	w.shape = shape
	return &w
}

// transposed is the value with the file's dimensions permuted, which moves nothing.
func (r *reader) transposed(v *value, perm []int) *value {
	t, p := r.dims(v)
	w := &value{shape: permute(v.shape, perm), t: t, unsigned: v.unsigned}
	w.fine = w.shape
	for _, d := range p {
		w.perm = append(w.perm, slices.Index(perm, d))
	}
	return w
}
