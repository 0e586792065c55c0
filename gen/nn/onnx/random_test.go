package onnx

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marvelgen/gen/nn"
)

// walker builds a random network, and computes it beside in the file's order of
// dimensions, straight from what ONNX says of each operator.
type walker struct {
	n     *net
	t     *rapid.T
	name  string
	shape []int
	v     []float32
}

func (w *walker) pick(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(w.t, "n") }

// next makes a value of the shape, element by element of its index.
func (w *walker) next(name string, shape []int, f func(index []int) float64) {
	out := make([]float32, nn.Elements(shape))
	index := make([]int, len(shape))
	for i := range out {
		rest := i
		for k := len(shape) - 1; k >= 0; k-- {
			index[k], rest = rest%shape[k], rest/shape[k]
		}
		out[i] = float32(f(index))
	}
	w.name, w.shape, w.v = name, slices.Clone(shape), out
}

// at is an element of a value; dimensions of one element repeat, and missing ones
// in front are passed over.
func at(v []float32, shape, index []int) float64 {
	i := 0
	for k, d := range shape {
		j := index[len(index)-len(shape)+k]
		if d == 1 {
			j = 0
		}
		i = i*d + j
	}
	return float64(v[i])
}

// constant is a constant of the network, and its elements.
func (w *walker) constant(shape ...int) (string, []float32) {
	name := w.n.weights(shape...)
	return name, w.n.g.Initializer[len(w.n.g.Initializer)-1].FloatData
}

func with(index []int, k, v int) []int {
	out := slices.Clone(index)
	out[k] = v
	return out
}

func (w *walker) step() {
	rank := len(w.shape)
	x, v, shape, in := w.name, w.v, w.shape, []string{w.name}
	k := w.pick(0, rank-1)
	switch w.pick(0, 15) {
	case 0:
		perm := rapid.Permutation(identity(rank)).Draw(w.t, "perm")
		w.next(w.n.op("Transpose", in, "perm", perm), permute(shape, perm), func(i []int) float64 {
			j := make([]int, rank)
			for a, p := range perm {
				j[p] = i[a]
			}
			return at(v, shape, j)
		})
	case 1:
		to, rest := []int{}, nn.Elements(shape)
		for len(to) < 4 && rest > 1 {
			d := w.pick(1, rest)
			for rest%d != 0 {
				d--
			}
			to, rest = append(to, d), rest/d
		}
		to = append(to, rest)
		w.name, w.shape = w.n.op("Reshape", append(in, w.n.ints(dims(to)...))), to
	case 2:
		w.next(w.n.op("Relu", in), shape, func(i []int) float64 { return max(0, at(v, shape, i)) })
	case 3:
		side := slices.Clone(shape[w.pick(0, rank):])
		for a := range side {
			if rapid.Bool().Draw(w.t, "one") {
				side[a] = 1
			}
		}
		c, cv := w.constant(side...)
		if rapid.Bool().Draw(w.t, "add") {
			w.next(w.n.op("Add", append(in, c)), shape, func(i []int) float64 { return at(v, shape, i) + at(cv, side, i) })
		} else {
			w.next(w.n.op("Mul", []string{c, x}), shape, func(i []int) float64 { return at(v, shape, i) * at(cv, side, i) })
		}
	case 4:
		c, cv := w.constant(shape[rank-1], 3)
		w.next(w.n.op("MatMul", append(in, c)), with(shape, rank-1, 3), func(i []int) float64 {
			sum := 0.
			for d := range shape[rank-1] {
				sum += at(v, shape, with(i, rank-1, d)) * at(cv, []int{shape[rank-1], 3}, []int{d, i[rank-1]})
			}
			return sum / 4
		})
		w.next(w.n.op("Mul", []string{w.name, w.n.number(0.25)}), w.shape, func(i []int) float64 { return at(w.v, w.shape, i) })
	case 5:
		mean := func(i []int) float64 {
			sum := 0.
			for d := range shape[k] {
				sum += at(v, shape, with(i, k, d))
			}
			return sum / float64(shape[k])
		}
		w.next(w.n.op("ReduceMean", in, "axes", []int{k}), with(shape, k, 1), mean)
		m, mv, ms := w.name, w.v, w.shape // and broadcast it
		w.next(w.n.op("Sub", []string{m, x}), shape, func(i []int) float64 { return at(mv, ms, i) - at(v, shape, i) })
	case 6:
		w.next(w.n.op("Concat", []string{x, x}, "axis", k), with(shape, k, 2*shape[k]), func(i []int) float64 { return at(v, shape, with(i, k, i[k]%shape[k])) })
	case 7:
		from := w.pick(0, shape[k]-1)
		name := w.n.op("Slice", append(in, w.n.ints(int64(from)), w.n.ints(-1<<62), w.n.ints(int64(k)), w.n.ints(-1)))
		w.next(name, with(shape, k, from+1), func(i []int) float64 { return at(v, shape, with(i, k, from-i[k])) })
	case 8:
		w.next(w.n.op("Softmax", in, "axis", k), shape, func(i []int) float64 {
			sum := 0.
			for d := range shape[k] {
				sum += math.Exp(at(v, shape, with(i, k, d)) - at(v, shape, i))
			}
			return 1 / sum
		})
	case 9:
		pads := make([]int64, 2*rank)
		pads[k], pads[rank+k] = 1, 2
		w.next(w.n.op("Pad", append(in, w.n.ints(pads...))), with(shape, k, shape[k]+3), func(i []int) float64 {
			if i[k] < 1 || i[k] > shape[k] {
				return 0
			}
			return at(v, shape, with(i, k, i[k]-1))
		})
	case 10:
		if rank > 1 {
			var p [4][]float32
			for a := range p {
				_, p[a] = w.constant(shape[1])
				in = append(in, w.n.g.Initializer[len(w.n.g.Initializer)-1].Name)
			}
			for a := range p[3] {
				p[3][a] = float32(math.Abs(float64(p[3][a])))
			}
			w.next(w.n.op("BatchNormalization", in), shape, func(i []int) float64 {
				c := i[1]
				return (at(v, shape, i)-float64(p[2][c]))/math.Sqrt(float64(p[3][c])+1e-5)*float64(p[0][c]) + float64(p[1][c])
			})
		}
	case 11:
		if rank == 4 {
			s := []int{2, shape[1], 3, 3}
			c, cv := w.constant(s...)
			w.next(w.n.op("Conv", append(in, c), "pads", []int{1, 1, 1, 1}), with(shape, 1, 2), func(i []int) float64 {
				return taps(i, 3, 1, shape, 0, func(sum float64, j []int, ky, kx int) float64 {
					for d := range shape[1] {
						sum += at(v, shape, with(j, 1, d)) * at(cv, s, []int{i[1], d, ky, kx})
					}
					return sum
				})
			})
		}
	case 13:
		w.layerNorm(k)
	case 14:
		forms := append(slices.Clone(geluForms), "operator", "tanh operator")
		form := forms[w.pick(0, len(forms)-1)]
		w.next(w.n.act(form, x), shape, func(i []int) float64 {
			x := at(v, shape, i)
			if strings.HasPrefix(form, "tanh") {
				return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
			}
			return x / 2 * (1 + math.Erf(x/math.Sqrt2))
		})
	case 15:
		if rank > 1 {
			w.layerNorm(rank - 1) // scores of any size would make a rounding a difference
			w.attention()
		}
	case 12:
		if rank == 4 && shape[2] > 1 && shape[3] > 1 {
			to := []int{shape[0], shape[1], shape[2] - 1, shape[3] - 1}
			w.next(w.n.op("MaxPool", in, "kernel_shape", []int{2, 2}), to, func(i []int) float64 {
				return taps(i, 2, 0, shape, math.Inf(-1), func(top float64, j []int, _, _ int) float64 { return max(top, at(v, shape, j)) })
			})
		}
	}
}

// layerNorm appends layer normalisation from an axis on, or in parts along it.
func (w *walker) layerNorm(k int) {
	const epsilon = 0.25
	v, shape, rank := w.v, w.shape, len(w.shape)
	parts, side := rapid.Bool().Draw(w.t, "parts"), shape[k:]
	if parts {
		side = append([]int{shape[k]}, slices.Repeat([]int{1}, rank-1-k)...)
	}
	gain, g := w.constant(side...)
	name := ""
	if parts {
		mean := w.n.op("ReduceMean", []string{w.name}, "axes", []int{k})
		d := w.n.op("Sub", []string{w.name, mean})
		s := w.n.op("ReduceMean", []string{w.n.op("Pow", []string{d, w.n.number(2)})}, "axes", []int{k})
		s = w.n.op("Sqrt", []string{w.n.op("Add", []string{s, w.n.number(epsilon)})})
		if k == rank-1 && rapid.Bool().Draw(w.t, "shifted") {
			s = w.n.op("Mul", []string{w.n.op("Reciprocal", []string{s}), gain})
			mean := w.n.op("Mul", []string{s, mean})
			name = w.n.op("Add", []string{w.n.op("Sub", []string{w.n.number(0), mean}), w.n.op("Mul", []string{w.name, s})})
		} else {
			name = w.n.op("Mul", []string{gain, w.n.op("Div", []string{d, s})})
		}
	} else {
		name = w.n.op("LayerNormalization", []string{w.name, gain}, "axis", k, "epsilon", float32(epsilon))
	}
	inner := nn.Elements(side)
	w.next(name, shape, func(i []int) float64 {
		mean, square, row := 0., 0., slices.Clone(i)
		each := func(f func(x float64)) {
			for e := range inner {
				for d, rest := rank-1, e; d >= k; d-- {
					if side[d-k] > 1 {
						row[d], rest = rest%shape[d], rest/shape[d]
					}
				}
				f(at(v, shape, row))
			}
		}
		each(func(x float64) { mean += x / float64(inner) })
		each(func(x float64) { square += (x - mean) * (x - mean) / float64(inner) })
		return (at(v, shape, i) - mean) / math.Sqrt(square+epsilon) * at(g, side, i)
	})
}

// attention appends that of the value to itself, by the last two dimensions.
func (w *walker) attention() {
	v, shape, rank := w.v, w.shape, len(w.shape)
	t, d := rank-2, rank-1
	turned := identity(rank)
	turned[t], turned[d] = d, t
	x, k, scale := w.name, w.n.op("Transpose", []string{w.name}, "perm", turned), w.n.number(0.25)
	y := ""
	switch w.pick(0, 2) {
	case 0:
		y = w.n.op("MatMul", []string{w.n.op("Mul", []string{x, scale}), k})
	case 1:
		y = w.n.op("Mul", []string{w.n.op("MatMul", []string{x, k}), scale})
	case 2:
		y = w.n.op("com.microsoft.FusedMatMul", []string{x, x}, "transB", 1, "alpha", float32(0.25))
	}
	w.next(w.n.op("MatMul", []string{w.n.op("Softmax", []string{y}, "axis", -1), x}), shape, func(i []int) float64 {
		sum, all := 0., 0.
		for j := range shape[t] {
			s := 0.
			for e := range shape[d] {
				s += at(v, shape, with(i, d, e)) * at(v, shape, with(with(i, t, j), d, e))
			}
			s = math.Exp(s / 4)
			all += s
			sum += s * at(v, shape, with(i, t, j))
		}
		return sum / all
	})
}

// taps folds f over the window at an index.
func taps(i []int, kernel, pad int, shape []int, from float64, f func(v float64, j []int, ky, kx int) float64) float64 {
	for ky := range kernel {
		for kx := range kernel {
			y, x := i[2]+ky-pad, i[3]+kx-pad
			if y >= 0 && y < shape[2] && x >= 0 && x < shape[3] {
				from = f(from, []int{i[0], i[1], y, x}, ky, kx)
			}
		}
	}
	return from
}

// TestRandomNetworks checks that elements are where they belong whatever follows
// whatever: every operator is fed with every order that others leave.
func TestRandomNetworks(t *testing.T) {
	check := func(rt *rapid.T) {
		w := &walker{n: newNet(13), t: rt}
		shape := rapid.SliceOfN(rapid.IntRange(1, 4), 1, 4).Draw(rt, "shape")
		w.next(w.n.in(shape...), shape, func(i []int) float64 { return float64(rapid.IntRange(-8, 8).Draw(rt, "x")) / 4 })
		x := &array{typ: typeFloat, shape: shape, f: w.v}
		w.next(w.n.op("LeakyRelu", []string{w.name}, "alpha", float32(1)), shape, func(i []int) float64 { return at(w.v, shape, i) })
		type result struct {
			name string
			v    []float32
		}
		var all []result
		for range w.pick(1, 8) {
			if w.step(); nn.Elements(w.shape) > 1<<12 {
				break
			}
			all = append(all, result{w.name, w.v})
		}
		if len(all) == 0 {
			return
		}
		outs := []result{all[len(all)-1]}
		if other := all[w.pick(0, len(all)-1)]; other.name != outs[0].name {
			outs = append(outs, other)
		}
		for _, o := range outs {
			w.n.g.Output = append(w.n.g.Output, info(o.name, typeFloat))
		}
		g, err := Import("random.onnx", w.n.bytes(t))
		if err != nil {
			rt.Fatal(err)
		}
		for i, got := range run(t, g, x) {
			top := 1e-3
			for _, v := range outs[i].v {
				top = max(top, math.Abs(float64(v)))
			}
			if len(got) != len(outs[i].v) {
				rt.Fatalf("output %d: %d elements, want %d", i, len(got), len(outs[i].v))
			}
			for k, v := range got {
				if d := math.Abs(float64(v) - float64(outs[i].v[k])); !(d < 1e-4*top) {
					rt.Fatalf("output %d, element %d: %v, want %v of at most %v\n%s", i, k, v, outs[i].v[k], top, render(g))
				}
			}
		}
	}
	for range 10 { // each is a hundred networks
		rapid.Check(t, check)
	}
}
