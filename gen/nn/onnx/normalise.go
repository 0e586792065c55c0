package onnx

import (
	"math"
	"slices"

	"marvelgen/gen/nn"
)

// batchNorm scales and shifts each channel.
func batchNorm(o *op) error {
	if err := o.only(1); err != nil {
		return err
	}
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	if len(x.shape) < 2 {
		return o.errorf("%v has no channels", x.shape)
	}
	if training, err := o.attrInt("training_mode", 0); err != nil || training != 0 {
		return o.errorf("training mode is not supported")
	}
	if spatial, err := o.attrInt("spatial", 1); err != nil || spatial != 1 {
		return o.errorf("statistics for each element (spatial 0) are not supported")
	}
	epsilon, err := o.attrFloat("epsilon", 1e-5)
	if err != nil {
		return err
	}
	n := x.shape[1]
	var p [4]*array // scale, shift, mean, variance
	for i := range p {
		v, err := o.real(1 + i)
		if err != nil {
			return err
		}
		if v.c == nil || v.c.elements() != n {
			return o.bad(v.name, "%v is no constant of %d elements", v.shape, n)
		}
		if p[i], err = o.reals(v.c); err != nil {
			return err
		}
	}
	shape := append([]int{n}, slices.Repeat([]int{1}, len(x.shape)-2)...)
	a, err := o.newArray(typeFloat, shape)
	if err != nil {
		return err
	}
	b, err := o.newArray(typeFloat, shape)
	if err != nil {
		return err
	}
	at := func(k, i int) float64 { return float64(p[k].f[p[k].at(i)]) }
	for i := range n {
		scale := at(0, i) / math.Sqrt(at(3, i)+float64(epsilon))
		a.f[i], b.f[i] = float32(scale), float32(at(1, i)-at(2, i)*scale)
	}
	y, err := o.binary(nn.Mul, x, &value{shape: shape, c: a})
	if err != nil {
		return err
	}
	if y, err = o.binary(nn.Add, y, &value{shape: shape, c: b}); err != nil {
		return err
	}
	return o.put(0, y)
}

// softmax runs along one axis, or before operator set 13 along all from one on.
func softmax(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	otherwise := -1
	if o.opset < 13 {
		otherwise = 1
	}
	a, err := o.attrInt("axis", otherwise)
	if err != nil {
		return err
	}
	rank := len(x.shape)
	if o.opset < 13 && a == rank { // each element for itself
		x = x.reshaped(append(slices.Clone(x.shape), 1))
		rank++
	}
	if a, err = axis(a, rank); err != nil {
		return err
	}
	p := nn.Params{Beta: 1}
	if o.opset < 13 && a != rank-1 {
		flat := []int{nn.Elements(x.shape[:a]), nn.Elements(x.shape[a:])}
		p.Axis = 1
		t := o.emit(nn.Softmax, p, first(o.file.Output), flat, o.as(x, flat, []int{0, 1}))
		return o.put(0, &value{shape: x.shape, t: t, fine: flat, perm: []int{0, 1}})
	}
	t, like := o.lastOne(x, a)
	p.Axis = len(t.Shape) - 1
	return o.put(0, like.like(o.emit(nn.Softmax, p, first(o.file.Output), t.Shape, t)).reshaped(o.in[0].shape))
}

// absorbNorm takes a scale and shift into the gain and bias of a layer normalisation.
func (r *reader) absorbNorm(p *nn.Node, a affine) bool {
	x := p.In[0]
	n := x.Shape[p.Axis]
	if r.charge(2*n) != nil {
		return false
	}
	name := p.Out[0].Name
	gain := &nn.Tensor{Name: name + "/gain", Shape: []int{n}, Type: nn.Float32, F32: make([]float32, n)}
	bias := &nn.Tensor{Name: name + "/bias", Shape: []int{n}, Type: nn.Float32, F32: make([]float32, n)}
	old := func(i, c int, otherwise float32) float32 {
		if i < len(p.In) && p.In[i] != nil {
			return p.In[i].F32[c]
		}
		return otherwise
	}
	for c := range n {
		scale, shift := pick(a.scale, c), pick(a.shift, c)
		gain.F32[c] = old(1, c, 1) * scale
		bias.F32[c] = old(2, c, 0)*scale + shift
	}
	p.In = []*nn.Tensor{x, gain, bias}
	return true
}
