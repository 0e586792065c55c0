package onnx

import (
	"fmt"

	"marvelgen/gen/nn"
)

// plane is an activation as N, channels, height, width: a sequence has height 1.
// flat says that it is one.
func (o *op) plane(v *value) (shape []int, flat bool, err error) {
	switch s := v.shape; len(s) {
	case 4:
		return s, false, nil
	case 3:
		return []int{s[0], s[1], 1, s[2]}, true, nil
	default:
		return nil, false, fmt.Errorf("%s of %d dimensions is not supported; 3 and 4 are", o.title(), len(v.shape))
	}
}

// planar names the result of an operator on planes, which lies in NHWC.
func (o *op) planar(t *nn.Tensor, flat, unsigned bool) error {
	s := t.Shape
	v := &value{t: t, fine: []int{s[0], s[3], s[1], s[2]}, perm: nhwc, unsigned: unsigned && t.Type == nn.Int8}
	if v.shape = v.fine; flat {
		v.shape = []int{s[0], s[3], s[2]}
	}
	return o.put(0, v)
}

// geometry is what the file says of a window; index 0 is the height.
type geometry struct {
	kernel, stride, dilation, before, after [2]int
	auto                                    string // NOTSET, VALID, SAME_UPPER or SAME_LOWER
	ceil                                    bool
}

func (o *op) geometry(flat bool, kernel [2]int) (geometry, error) {
	g := geometry{kernel: kernel, stride: [2]int{1, 1}, dilation: [2]int{1, 1}, auto: o.attrString("auto_pad", "NOTSET")}
	n := 2
	if flat {
		n = 1
	}
	var pads [2 * 2]int
	for _, a := range []struct {
		name  string
		n     int
		to    func(i, v int)
		least int
	}{
		{"kernel_shape", n, func(i, v int) { g.kernel[2-n+i] = v }, 1},
		{"strides", n, func(i, v int) { g.stride[2-n+i] = v }, 1},
		{"dilations", n, func(i, v int) { g.dilation[2-n+i] = v }, 1},
		{"pads", 2 * n, func(i, v int) { pads[i] = v }, 0},
	} {
		list, err := o.attrInts(a.name)
		if err != nil {
			return g, err
		}
		if list != nil && len(list) != a.n {
			return g, fmt.Errorf("attribute %s is %v; %d numbers are needed", a.name, list, a.n)
		}
		for i, v := range list {
			if v < a.least || v > 1<<16 {
				return g, fmt.Errorf("attribute %s is %v; each is %d to %d", a.name, list, a.least, 1<<16)
			}
			a.to(i, v)
		}
	}
	for i := range n {
		g.before[2-n+i], g.after[2-n+i] = pads[i], pads[n+i]
	}
	if g.kernel[0] < 1 || g.kernel[1] < 1 {
		return g, fmt.Errorf("its kernel_shape is missing")
	}
	ceil, err := o.attrInt("ceil_mode", 0)
	g.ceil = ceil != 0
	return g, err
}

// window resolves padding and rounding for an input of in (height, width), and
// returns the output's size. The padding behind becomes what the last window
// reaches over the input; it is 0 where the window stops before the end.
func (g geometry) window(in [2]int) (nn.Window, [2]int, error) {
	w := nn.Window{Kernel: g.kernel, Stride: g.stride, Dilation: g.dilation}
	var out [2]int
	for k := range 2 {
		reach := (g.kernel[k]-1)*g.dilation[k] + 1
		before, after := g.before[k], g.after[k]
		switch g.auto {
		case "NOTSET":
		case "VALID":
			before, after = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			n := (in[k] + g.stride[k] - 1) / g.stride[k]
			pad := max(0, (n-1)*g.stride[k]+reach-in[k])
			before, after = pad/2, pad-pad/2
			if g.auto == "SAME_LOWER" {
				before, after = after, before
			}
		default:
			return w, out, fmt.Errorf("auto_pad is %q", g.auto)
		}
		room := in[k] + before + after - reach
		if room < 0 {
			return w, out, fmt.Errorf("a window of %d does not fit %d elements, %d of them padding", reach, in[k]+before+after, before+after)
		}
		n := room/g.stride[k] + 1
		if g.ceil && room%g.stride[k] != 0 && n*g.stride[k] < in[k]+before { // the last one starts on the input or before
			n++
		}
		out[k] = n
		w.Before[k], w.After[k] = before, max(0, (n-1)*g.stride[k]+reach-in[k]-before)
	}
	return w, out, nil
}

func conv(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	shape, flat, err := o.plane(x)
	if err != nil {
		return err
	}
	w, err := o.filter(flat)
	if err != nil {
		return err
	}
	groups, err := o.attrInt("group", 1)
	if err != nil {
		return err
	}
	if groups < 1 || groups > shape[1] || shape[1] != groups*w[1] || w[0]%groups != 0 {
		return o.bad(o.in[1].name, "weights %v for %d channels in %d groups", o.in[1].shape, shape[1], groups)
	}
	g, err := o.geometry(flat, [2]int{w[2], w[3]})
	if err != nil {
		return err
	}
	if g.kernel != [2]int{w[2], w[3]} {
		return o.errorf("kernel_shape %v and weights %v", g.kernel, o.in[1].shape)
	}
	p := nn.Params{}
	var size [2]int
	if p.Window, size, err = g.window([2]int{shape[2], shape[3]}); err != nil {
		return err
	}
	kind, perm := nn.Conv, nhwc // OIHW to OHWI
	if p.Groups = groups; groups > 1 && groups == shape[1] {
		kind, perm = nn.Depthwise, []int{1, 2, 3, 0}
		p.Groups, p.Multiplier = 0, w[0]/groups
	}
	weights, err := o.lay(o.in[1], o.filterGroups(w), perm, permute(w, perm))
	if err != nil {
		return err
	}
	bias, err := o.bias(2, w[0])
	if err != nil {
		return err
	}
	t := o.as(x, shape, nhwc)
	return o.planar(o.emit(kind, p, first(o.file.Output), []int{shape[0], size[0], size[1], w[0]}, t, weights, bias), flat, false)
}

// filter checks the weights of a convolution and returns their shape with four
// dimensions.
func (o *op) filter(flat bool) ([]int, error) {
	v, err := o.real(1)
	if err != nil {
		return nil, err
	}
	want := 4
	if flat {
		want = 3
	}
	if v.c == nil || len(v.shape) != want {
		return nil, o.bad(v.name, "weights of %d dimensions, or not constant; a constant of %d is needed", len(v.shape), want)
	}
	if n, err := count(v.shape); err != nil || n == 0 {
		return nil, o.bad(v.name, "shape %v", v.shape)
	}
	s := v.shape
	if flat {
		s = []int{s[0], s[1], 1, s[2]}
	}
	return s, nil
}

// filterGroups are weights of four dimensions as the file's dimensions.
func (o *op) filterGroups(w []int) [][]int {
	g := whole(w)
	if len(o.in[1].shape) == 3 {
		return [][]int{g[0], g[1], {1, w[3]}}
	}
	return g
}

// bias is an optional input of one number for each channel; nil if it is absent.
func (o *op) bias(i, channels int) (*nn.Tensor, error) {
	if !o.has(i) {
		return nil, nil
	}
	v, err := o.real(i)
	if err != nil {
		return nil, err
	}
	if v.c == nil || v.c.elements() != channels {
		return nil, o.bad(v.name, "the bias %v is no constant of %d elements", v.shape, channels)
	}
	return o.vector(v, channels)
}

// vector makes a tensor of one dimension of a constant with that many elements.
func (o *op) vector(v *value, n int) (*nn.Tensor, error) {
	t, err := o.lay(v, whole(v.shape), identity(len(v.shape)), []int{n})
	if err == nil && t.Quant.PerChannel() && len(t.Quant.Scale) != n {
		return nil, o.bad(v.name, "it has %d scales for %d elements", len(t.Quant.Scale), n)
	}
	if err == nil && t.Quant.PerChannel() && t.Quant.Axis != 0 {
		t.Quant = &nn.Quant{Scale: t.Quant.Scale, Zero: t.Quant.Zero}
	}
	return t, err
}

func convTranspose(o *op) error {
	x, err := o.compute(0)
	if err != nil {
		return err
	}
	shape, flat, err := o.plane(x)
	if err != nil {
		return err
	}
	w, err := o.filter(flat) // input channels, output channels, height, width
	if err != nil {
		return err
	}
	groups, err := o.attrInt("group", 1)
	if err != nil {
		return err
	}
	if groups != 1 || w[0] != shape[1] {
		return o.bad(o.in[1].name, "weights %v for %d channels in %d groups; only one group is supported", o.in[1].shape, shape[1], groups)
	}
	g, err := o.geometry(flat, [2]int{w[2], w[3]})
	if err != nil {
		return err
	}
	if g.kernel != [2]int{w[2], w[3]} {
		return o.errorf("kernel_shape %v and weights %v", g.kernel, o.in[1].shape)
	}
	size, err := o.grown(&g, [2]int{shape[2], shape[3]}, flat)
	if err != nil {
		return err
	}
	p := nn.Params{Window: nn.Window{Kernel: g.kernel, Stride: g.stride, Dilation: g.dilation, Before: g.before, After: g.after}}
	perm := []int{1, 2, 3, 0}
	weights, err := o.lay(o.in[1], o.filterGroups(w), perm, permute(w, perm))
	if err != nil {
		return err
	}
	bias, err := o.bias(2, w[1])
	if err != nil {
		return err
	}
	t := o.as(x, shape, nhwc)
	return o.planar(o.emit(nn.TransposedConv, p, first(o.file.Output), []int{shape[0], size[0], size[1], w[1]}, t, weights, bias), flat, false)
}

// grown is the size of a transposed convolution's output, and sets the padding
// that it follows from, or that follows from it.
func (o *op) grown(g *geometry, in [2]int, flat bool) ([2]int, error) {
	var out, extra, want [2]int
	for _, a := range []struct {
		name string
		to   *[2]int
	}{{"output_padding", &extra}, {"output_shape", &want}} {
		list, err := o.attrInts(a.name)
		if err != nil {
			return out, err
		}
		if flat && len(list) == 1 {
			list = []int{a.to[0], list[0]}
			if a.to == &want {
				list[0] = 1
			}
		}
		if len(list) > 2 { // batch and channels may stand before
			list = list[len(list)-2:]
		}
		if list != nil && len(list) != 2 {
			return out, fmt.Errorf("attribute %s is %v", a.name, list)
		}
		copy(a.to[:], list)
	}
	for k := range 2 {
		full := (in[k]-1)*g.stride[k] + (g.kernel[k]-1)*g.dilation[k] + 1 + extra[k]
		same := g.auto == "SAME_UPPER" || g.auto == "SAME_LOWER"
		switch {
		case want[k] > 0 || same:
			size := want[k]
			if size == 0 {
				size = in[k] * g.stride[k]
			}
			total := max(0, full-size) // what is larger than full ends in zeros
			full = size + total
			g.before[k], g.after[k] = total-total/2, total/2
			if g.auto == "SAME_UPPER" {
				g.before[k], g.after[k] = total/2, total-total/2
			}
		case g.auto == "VALID":
			g.before[k], g.after[k] = 0, 0
		}
		out[k] = full - g.before[k] - g.after[k]
		if out[k] < 1 || out[k] > nn.MaxElements || g.before[k] < 0 || g.after[k] < 0 {
			return out, fmt.Errorf("it makes %d elements of %d, with padding %d and %d: not supported", out[k], in[k], g.before[k], g.after[k])
		}
		if extra[k] < 0 || extra[k] >= g.stride[k] {
			return out, fmt.Errorf("output_padding %v; it is less than the stride", extra)
		}
	}
	return out, nil
}
