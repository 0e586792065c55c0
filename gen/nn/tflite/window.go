package tflite

import (
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/tflite/schema"
)

// geometry is what the file says of a window; index 0 is the height.
type geometry struct {
	padding  schema.Padding
	kernel   [2]int
	stride   [2]int32
	dilation [2]int32
}

// resolve turns SAME and VALID into numbers, as TensorFlow Lite does: the output
// has the size of the input by the stride, rounded up, or that of the whole
// windows in it; what the last window lacks is padded, the odd element behind.
// in and out are the larger and the smaller side: for a transposed convolution the
// output is the larger.
func (o *op) resolve(g geometry, in, out *nn.Tensor) error {
	if len(in.Shape) != 4 || len(out.Shape) != 4 {
		return o.errorf("%v and %v: windows slide over four dimensions", in, out)
	}
	w := &o.node.Window
	for k := range 2 {
		stride, dilation := int(g.stride[k]), int(g.dilation[k])
		if stride < 1 || dilation < 1 || g.kernel[k] < 1 {
			return o.errorf("window of %v, stride %v, dilation %v: all are positive", g.kernel, g.stride, g.dilation)
		}
		reach := (g.kernel[k]-1)*dilation + 1
		size := 0
		switch g.padding {
		case schema.PaddingSAME:
			size = (in.Shape[1+k] + stride - 1) / stride
		case schema.PaddingVALID:
			size = (in.Shape[1+k] - reach + stride) / stride
		default:
			return o.errorf("padding %d is unknown", g.padding)
		}
		if size != out.Shape[1+k] {
			return o.errorf("%v and %v: a window of %v, stride %v, dilation %v, padding %s makes %d along dimension %d",
				in, out, g.kernel, g.stride, g.dilation, g.padding, size, 1+k)
		}
		pad := max(0, (size-1)*stride+reach-in.Shape[1+k])
		w.Kernel[k], w.Stride[k], w.Dilation[k] = g.kernel[k], stride, dilation
		w.Before[k], w.After[k] = pad/2, pad-pad/2
	}
	return nil
}

// filter reads the inputs and returns the height and width of the weights.
func (o *op) filter(x, weights, bias int) ([2]int, error) {
	if err := o.use(x, weights, bias); err != nil {
		return [2]int{}, err
	}
	s := o.node.In[1].Shape
	if len(s) != 4 || len(o.node.In[0].Shape) != 4 {
		return [2]int{}, o.bad(o.in[weights], "weights %v for an input %v: both have four dimensions", s, o.node.In[0].Shape)
	}
	return [2]int{s[1], s[2]}, nil
}

func conv(o *op) error {
	var f schema.Conv2DOptions
	if err := o.options(schema.BuiltinOptionsConv2DOptions, &f); err != nil {
		return err
	}
	if err := o.act(f.Activation()); err != nil {
		return err
	}
	k, err := o.filter(0, 1, 2)
	if err != nil {
		return err
	}
	x, w := o.node.In[0], o.node.In[1]
	if x.Shape[3]%w.Shape[3] != 0 || w.Shape[0]%(x.Shape[3]/w.Shape[3]) != 0 {
		return o.bad(o.in[1], "weights %v do not divide the input %v into groups", w.Shape, x.Shape)
	}
	o.node.Groups = x.Shape[3] / w.Shape[3]
	g := geometry{f.Padding(), k, [2]int32{f.StrideH(), f.StrideW()}, [2]int32{f.DilationH(), f.DilationW()}}
	return o.resolve(g, x, o.node.Out[0])
}

func depthwise(o *op) error {
	var f schema.DepthwiseConv2DOptions
	if err := o.options(schema.BuiltinOptionsDepthwiseConv2DOptions, &f); err != nil {
		return err
	}
	if err := o.act(f.Activation()); err != nil {
		return err
	}
	k, err := o.filter(0, 1, 2)
	if err != nil {
		return err
	}
	x, w := o.node.In[0], o.node.In[1]
	if w.Shape[3]%x.Shape[3] != 0 {
		return o.bad(o.in[1], "weights %v are not a multiple of the channels of the input %v", w.Shape, x.Shape)
	}
	o.node.Multiplier = w.Shape[3] / x.Shape[3]
	g := geometry{f.Padding(), k, [2]int32{f.StrideH(), f.StrideW()}, [2]int32{f.DilationH(), f.DilationW()}}
	return o.resolve(g, x, o.node.Out[0])
}

// transposedConv: the first input is the output's shape.
func transposedConv(o *op) error {
	var f schema.TransposeConvOptions
	if err := o.options(schema.BuiltinOptionsTransposeConvOptions, &f); err != nil {
		return err
	}
	if err := o.act(f.Activation()); err != nil {
		return err
	}
	k, err := o.filter(2, 1, 3)
	if err != nil {
		return err
	}
	g := geometry{f.Padding(), k, [2]int32{f.StrideH(), f.StrideW()}, [2]int32{1, 1}}
	return o.resolve(g, o.node.Out[0], o.node.In[0])
}

func pool(o *op) error {
	var f schema.Pool2DOptions
	if err := o.options(schema.BuiltinOptionsPool2DOptions, &f); err != nil {
		return err
	}
	if err := o.act(f.Activation()); err != nil {
		return err
	}
	if err := o.use(0); err != nil {
		return err
	}
	g := geometry{f.Padding(), [2]int{int(f.FilterH()), int(f.FilterW())}, [2]int32{f.StrideH(), f.StrideW()}, [2]int32{1, 1}}
	return o.resolve(g, o.node.In[0], o.node.Out[0])
}
