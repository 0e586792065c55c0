package onnx

import (
	"fmt"
	"slices"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/onnx/schema"
)

// inputs makes the network's inputs, as far as its outputs depend on them.
// Constants, which older files list too, are none.
func (r *reader) inputs(list []*schema.ValueInfo, ops []*op) error {
	spatial := channelInputs(ops)
	for i, in := range list {
		if r.packed[in.Name] != nil {
			continue
		}
		fail := func(err error) error {
			return &nn.Error{File: r.file, Tensor: fmt.Sprintf("%s, the network's input %d", label(in.Name), i), Problem: err.Error()}
		}
		if r.made[in.Name] {
			return fail(fmt.Errorf("it is made twice"))
		}
		r.made[in.Name] = true
		v, err := input(in, spatial[in.Name])
		if err != nil {
			return fail(err)
		}
		r.values[in.Name] = v
		r.graph.Inputs = append(r.graph.Inputs, v.t)
		if v.t.Type == nn.UInt8 { // inside there is int8 only
			r.source, r.hint = fmt.Sprintf("input %s", label(in.Name)), in.Name
			q := new(nn.Quant)
			r.raw[q] = v.t.Quant
			v.t, v.unsigned = r.requantize(v.t, nn.Int8, q), true
		}
	}
	return nil
}

// input is one of the network's inputs. Integers get their scale from the
// operator that reads them first.
func input(in *schema.ValueInfo, spatial bool) (*value, error) {
	typ := in.GetType().GetTensorType()
	if typ == nil {
		return nil, fmt.Errorf("it is no tensor")
	}
	t := &nn.Tensor{Name: nn.Printable(in.Name)}
	switch typ.ElemType {
	case typeFloat:
		t.Type = nn.Float32
	case typeInt8:
		t.Type, t.Quant = nn.Int8, new(nn.Quant)
	case typeUint8:
		t.Type, t.Quant = nn.UInt8, new(nn.Quant)
	case typeInt32, typeInt64:
		t.Type = nn.Int32
	default:
		return nil, fmt.Errorf("inputs of %s are not supported", typeName(typ.ElemType))
	}
	if typ.Shape == nil {
		return nil, fmt.Errorf("its shape is unknown; fix the shapes when exporting")
	}
	v := &value{name: in.Name, t: t}
	for k, d := range typ.Shape.Dim {
		n := d.GetDimValue()
		if _, known := d.Value.(*schema.Dimension_DimValue); k == 0 && (!known || n <= 0) {
			n = 1
		}
		if n < 1 || n > nn.MaxElements {
			return nil, fmt.Errorf("dimension %d is %d or has a name only (%q); fix the shapes when exporting", k, n, nn.Printable(d.GetDimParam()))
		}
		if v.shape = append(v.shape, int(n)); k >= nn.MaxRank {
			return nil, fmt.Errorf("it has more than %d dimensions", nn.MaxRank)
		}
	}
	if _, err := count(v.shape); err != nil {
		return nil, err
	}
	v.fine, v.perm = v.shape, identity(len(v.shape))
	if spatial && len(v.shape) > 2 {
		v.perm = channelsLast(len(v.shape))
		t.NCHW = true
	}
	t.Shape = permute(v.fine, v.perm)
	return v, nil
}

// channelInputs are the names that reach an operator which takes channels to be
// the second dimension, through others to which the order is all the same.
func channelInputs(ops []*op) map[string]bool {
	out := map[string]bool{}
	for i := len(ops) - 1; i >= 0; i-- { // so that what an operator feeds is known
		o := ops[i]
		var from []string
		switch o.kind.order {
		case byChannel:
			if len(o.file.Input) > 0 {
				from = o.file.Input[:1]
			}
		case anyOrder:
			if slices.ContainsFunc(o.file.Output, func(name string) bool { return out[name] }) {
				from = o.file.Input
			}
		}
		for _, name := range from {
			out[name] = true
		}
	}
	return out
}

// outputs makes the network's outputs: where the file has NCHW and the graph NHWC,
// the tensor says so.
func (r *reader) outputs(list []*schema.ValueInfo) error {
	for i, out := range list {
		fail := func(format string, args ...any) error {
			return &nn.Error{File: r.file, Tensor: fmt.Sprintf("%s, the network's output %d", label(out.Name), i), Problem: fmt.Sprintf(format, args...)}
		}
		v := r.values[out.Name]
		switch {
		case v == nil && r.packed[out.Name] == nil:
			return fail("no operator makes it")
		case v == nil || v.c != nil:
			return fail("it is a constant")
		}
		r.source, r.hint = fmt.Sprintf("output %s", label(out.Name)), out.Name
		t, turned := r.output(v)
		if v.unsigned {
			t = r.requantize(t, nn.UInt8, &nn.Quant{Scale: t.Quant.Scale, Zero: shifted(t.Quant.Zero, 128)})
		}
		if t.NCHW = turned; !slices.Contains(r.graph.Inputs, t) {
			t.Name = nn.Printable(out.Name)
		}
		r.graph.Outputs = append(r.graph.Outputs, t)
	}
	return nil
}

// output is a value as the network's output: as it lies if that is the file's order
// or NHWC, which the second result says; otherwise brought into the file's order. A
// tensor that is an input or another output already cannot be in two orders.
func (r *reader) output(v *value) (*nn.Tensor, bool) {
	plain := identity(len(v.shape))
	if len(v.shape) < 3 {
		return r.as(v, v.shape, plain), false
	}
	last := channelsLast(len(v.shape))
	choices := [][]int{plain, last}
	if slices.Equal(v.fine, v.shape) && slices.Equal(v.perm, last) || !v.stored(v.shape, plain) && v.stored(v.shape, last) {
		choices = [][]int{last, plain}
	}
	for _, perm := range choices {
		t, turned := r.as(v, v.shape, perm), !slices.IsSorted(perm)
		if v.unsigned || t.NCHW == turned || !slices.Contains(r.graph.Inputs, t) && !slices.Contains(r.graph.Outputs, t) {
			return t, turned
		}
	}
	t := r.as(v, v.shape, plain)
	return r.emit(nn.Reshape, nn.Params{}, t.Name, t.Shape, t), false
}
