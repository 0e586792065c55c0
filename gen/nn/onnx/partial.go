package onnx

import (
	"errors"
	"slices"

	"marvelgen/gen/nn"
)

// Operators of the file that the graph does not have: they stand in it until the
// subgraphs that they are part of have become one node each. Their numbers are beyond
// those of the graph's own.
const (
	opErf nn.Op = 200 + iota
	opSqrt
	opDiv // x, y broadcast
)

// partial is what errors say about one that is left over.
var partial = map[nn.Op]string{
	opErf:  "an error function is supported in GELU only, x*0.5*(1+erf(x/sqrt(2))) in any order",
	opSqrt: "a square root is supported " + inNorm,
	opDiv:  "division by what is no constant is supported " + inNorm,
}

const inNorm = "in layer normalisation only, (x-mean)/sqrt(mean((x-mean)^2)+epsilon) with means along one dimension that stays (keepdims=1)"

// piecewise is one of these operators, on each element.
func piecewise(kind nn.Op) func(*op) error {
	return func(o *op) error {
		x, err := o.compute(0)
		if err != nil {
			return err
		}
		return o.put(0, x.like(o.emit(kind, nn.Params{}, first(o.file.Output), x.t.Shape, x.t)))
	}
}

// reciprocal is 1/x.
func reciprocal(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	return o.put(0, o.inverse(x))
}

func (o *op) inverse(x *value) *value {
	return x.like(o.emit(opDiv, nn.Params{}, first(o.file.Output), x.t.Shape, scalar(1), x.t))
}

// pow raises to a constant power, by products and square roots.
func pow(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	e := o.in[1].c
	if e == nil || e.elements() != 1 || e.typ == typeBool {
		return o.bad(o.in[1].name, "the exponent must be one constant number")
	}
	if e, err = o.reals(e); err != nil {
		return err
	}
	name := first(o.file.Output)
	root := func() *value { return x.like(o.emit(opSqrt, nn.Params{}, name, x.t.Shape, x.t)) }
	times := func(t *nn.Tensor) *value { return x.like(o.emit(nn.Mul, nn.Params{}, name, x.t.Shape, t, x.t)) }
	y := x
	switch e.f[0] {
	case 1:
	case 2:
		y = times(x.t)
	case 3:
		y = times(times(x.t).t)
	case 0.5:
		y = root()
	case -0.5:
		y = o.inverse(root())
	case -1:
		y = o.inverse(x)
	default:
		return o.errorf("an exponent of %v; 1, 2, 3, and in layer normalisation 0.5, -0.5 and -1, are supported", e.f[0])
	}
	return o.put(0, y)
}

// left are errors about operators that are part of no subgraph that is known.
func (r *reader) left() error {
	var errs []error
	f := r.finder()
	for _, n := range r.graph.Nodes {
		why, ok := partial[n.Op]
		if !ok {
			continue
		}
		if slices.ContainsFunc(n.In, func(t *nn.Tensor) bool { return f.maker[t] != nil && f.maker[t].Op == nn.Dequantize }) ||
			slices.ContainsFunc(f.read[n.Out[0]], func(q *nn.Node) bool { return q != nil && q.Op == nn.Quantize }) {
			why += "; here it is quantised in the middle: quantise the network after such operators have been fused, or export them whole (operator set 20)"
		} else {
			why += "; what stands around it is not that"
		}
		errs = append(errs, &nn.Error{File: r.file, Node: n.Source, Tensor: label(n.Out[0].Name), Problem: why})
		if len(errs) == maxErrors {
			break
		}
	}
	return errors.Join(errs...)
}

// maxChain is how many nodes in a row that compute nothing are looked through; files
// that are no attack have one or two.
const maxChain = 64

// finder knows which nodes make and read tensors.
type finder struct {
	r     *reader
	read  map[*nn.Tensor][]*nn.Node
	maker map[*nn.Tensor]*nn.Node
}

func (r *reader) finder() *finder {
	f := &finder{r, r.readers(), map[*nn.Tensor]*nn.Node{}}
	for _, n := range r.graph.Nodes {
		for _, t := range n.Out {
			f.maker[t] = n
		}
	}
	return f
}

// is the node that makes a tensor, if it is of a kind and has no activation function;
// else nil.
func (f *finder) is(t *nn.Tensor, kind nn.Op) *nn.Node {
	if n := f.made(t); n != nil && n.Op == kind && n.Act == nn.NoAct {
		return n
	}
	return nil
}

// exact is a tensor before it was quantised and dequantised again, as quantisers do
// inside of subgraphs that they do not know. What is fused does not round there.
func (f *finder) exact(t *nn.Tensor) *nn.Tensor {
	for range maxChain {
		d := f.maker[t]
		if d == nil || d.Op != nn.Dequantize {
			return t
		}
		q := f.maker[d.In[0]]
		if q == nil || q.Op != nn.Quantize || q.In[0].Type != nn.Float32 {
			return t
		}
		t = q.In[0]
	}
	return t
}

// made is the node that makes a tensor, before quantisation.
func (f *finder) made(t *nn.Tensor) *nn.Node { return f.maker[f.exact(t)] }

// next is the node that alone reads a tensor, or what becomes of it by quantisation;
// else nil.
func (f *finder) next(t *nn.Tensor) *nn.Node {
	for range maxChain {
		if len(f.read[t]) != 1 || f.read[t][0] == nil {
			return nil
		}
		n := f.read[t][0]
		if n.Op != nn.Quantize && n.Op != nn.Dequantize {
			return n
		}
		t = n.Out[0]
	}
	return nil
}

// only is the node that makes a tensor for one reader.
func (f *finder) only(t *nn.Tensor) *nn.Node {
	if len(f.read[t]) == 1 && f.read[t][0] != nil {
		return f.maker[t]
	}
	return nil
}

// same reports whether two tensors hold the same real numbers, but for quantisation.
func (f *finder) same(a, b *nn.Tensor) bool {
	return f.r.origin(f.exact(a)) == f.r.origin(f.exact(b))
}

// numeric is what a node combines with one number, that number, and whether it does.
func numeric(n *nn.Node) (*nn.Tensor, float64, bool) {
	if n == nil || len(n.In) != 2 {
		return nil, 0, false
	}
	for i, c := range n.In {
		if v, ok := constantNumber(c); ok && !n.In[1-i].Const() {
			return n.In[1-i], v, true
		}
	}
	return nil, 0, false
}

// constantNumber is the one number of a constant.
func constantNumber(t *nn.Tensor) (float64, bool) {
	if t == nil || !t.Const() || t.Elements() != 1 {
		return 0, false
	}
	return float64(reals(t)[0]), true
}
