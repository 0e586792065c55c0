package onnx

import (
	"math"

	"marvelgen/gen/nn"
)

// clip limits to a range: that of an activation function, or one that scaling makes
// the range of relu6.
func clip(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	limits := [2]float32{-math.MaxFloat32, math.MaxFloat32}
	for i, name := range []string{"min", "max"} {
		if limits[i], err = o.attrFloat(name, limits[i]); err != nil {
			return err
		}
		if !o.has(1 + i) {
			continue
		}
		v, err := o.real(1 + i)
		if err != nil {
			return err
		}
		if v.c == nil || v.c.elements() != 1 {
			return o.bad(v.name, "the limit must be one constant number")
		}
		c, err := o.reals(v.c)
		if err != nil {
			return err
		}
		limits[i] = c.f[0]
	}
	if o.saturates(limits[0], limits[1]) {
		return o.put(0, x)
	}
	return o.put(0, x.like(o.clamp(x.t, limits[0], limits[1])))
}

// saturates reports whether the result only goes where it becomes integers whose
// range is within the limits, so that limiting it is no operation of its own. The
// graph in real numbers, which knows no ranges, then does not limit either.
func (o *op) saturates(lo, hi float32) bool {
	name := first(o.file.Output)
	list := o.readBy[name]
	if len(list) == 0 || len(list) != o.uses[name] { // it is the network's output, too
		return false
	}
	for _, n := range list {
		if n.OpType != "QuantizeLinear" || len(n.Input) < 3 || n.Input[0] != name {
			return false
		}
		scale, err := o.lookup(n.Input[1])
		zero, err2 := o.lookup(n.Input[2])
		if err != nil || err2 != nil || scale == nil || zero == nil || scale.c == nil || zero.c == nil || scale.c.typ != typeFloat || scale.c.elements() != 1 ||
			zero.c.elements() != 1 || zero.c.typ != typeInt8 && zero.c.typ != typeUint8 {
			return false
		}
		from, to := int64(-128), int64(127)
		if zero.c.typ == typeUint8 {
			from, to = 0, 255
		}
		s, z := float64(scale.c.f[0]), zero.c.integer(0)
		if s*float64(from-z) < float64(lo)-s/2 || s*float64(to-z) > float64(hi)+s/2 {
			return false
		}
	}
	return true
}

func (o *op) clamp(t *nn.Tensor, lo, hi float32) *nn.Tensor {
	name := first(o.file.Output)
	unary := func(kind nn.Op, act nn.Act, in ...*nn.Tensor) {
		t = o.emit(kind, nn.Params{Act: act}, name, t.Shape, append([]*nn.Tensor{t}, in...)...)
	}
	const far = math.MaxFloat32
	switch {
	case lo == 0 && hi >= far:
		unary(nn.Relu, nn.ReluAct)
	case lo == 0 && hi == 6:
		unary(nn.Relu, nn.Relu6Act)
	case lo == -1 && hi == 1:
		unary(nn.Relu, nn.ReluN1To1Act)
	case lo <= -far && hi >= far:
	case lo >= hi: // all become hi
		unary(nn.Mul, nn.NoAct, scalar(0))
		unary(nn.Add, nn.NoAct, scalar(hi))
	case hi >= far: // relu(x-lo) + lo
		unary(nn.Add, nn.NoAct, scalar(-lo))
		unary(nn.Relu, nn.ReluAct)
		unary(nn.Add, nn.NoAct, scalar(lo))
	case lo <= -far: // hi - relu(hi-x)
		unary(nn.Mul, nn.NoAct, scalar(-1))
		unary(nn.Add, nn.NoAct, scalar(hi))
		unary(nn.Relu, nn.ReluAct)
		unary(nn.Mul, nn.NoAct, scalar(-1))
		unary(nn.Add, nn.NoAct, scalar(hi))
	default:
		unary(nn.Add, nn.NoAct, scalar(-lo))
		unary(nn.Mul, nn.NoAct, scalar(6/(hi-lo)))
		unary(nn.Relu, nn.Relu6Act)
		unary(nn.Mul, nn.NoAct, scalar((hi-lo)/6))
		unary(nn.Add, nn.NoAct, scalar(lo))
	}
	return t
}

// hardSigmoid is clip(alpha*x+beta, 0, 1).
func hardSigmoid(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	alpha, err := o.attrFloat("alpha", 0.2)
	if err != nil {
		return err
	}
	beta, err := o.attrFloat("beta", 0.5)
	if err != nil {
		return err
	}
	t := o.emit(nn.Mul, nn.Params{}, x.t.Name+"/alpha", x.t.Shape, x.t, scalar(alpha))
	t = o.emit(nn.Add, nn.Params{}, x.t.Name+"/beta", t.Shape, t, scalar(beta))
	y := t
	if !o.saturates(0, 1) {
		y = o.clamp(t, 0, 1)
	}
	if math.Abs(float64(alpha)-1./6) < 1e-6 && beta == 0.5 {
		o.hard[y] = x.t
	}
	return o.put(0, x.like(y))
}
