// Package golden holds int8 kernels written by hand, in the plainest way, to
// judge what the generated core computes.
//
// Layouts are TensorFlow Lite's: activations height x width x channel (NHWC),
// weights output channel x height x width x input channel, depthwise weights
// height x width x channel. Accumulators are int32 and wrap. Nothing here
// shares code with the meaning of instructions (gen/sem).
package golden

// Conv describes a convolution, or a fully connected layer as one of 1x1.
type Conv struct {
	InH, InW, InC        int
	OutH, OutW, OutC     int
	KernelH, KernelW     int
	StrideH, StrideW     int
	PadH, PadW           int // rows above, columns to the left
	DilationH, DilationW int
	Depthwise            bool  // each input channel has its own filter; OutC = InC
	InputOffset          int32 // added to each input, i.e. minus its zero point
	OutputOffset         int32
	Min, Max             int32 // clamp of the output
}

// Data is everything a kernel reads, and what it must write.
type Data struct {
	Input      []int8
	Weights    []int8
	Bias       []int32 // per output channel
	Multiplier []int32 // per output channel, 2^30 .. 2^31-1
	Shift      []int32 // per output channel; negative shifts right
	Expected   []int8
}

// MACs counts multiply-accumulates; those that meet padding are counted too,
// as is usual when cycles per MAC are quoted.
func (c Conv) MACs() int {
	return c.OutH * c.OutW * c.WeightCount()
}

// WeightCount is the number of weights.
func (c Conv) WeightCount() int {
	if c.Depthwise {
		return c.KernelH * c.KernelW * c.OutC
	}
	return c.OutC * c.KernelH * c.KernelW * c.InC
}

// Run computes the layer's output from d; d.Expected is not looked at.
func (c Conv) Run(d Data) []int8 {
	out := make([]int8, 0, c.OutH*c.OutW*c.OutC)
	for y := range c.OutH {
		for x := range c.OutW {
			for o := range c.OutC {
				acc := d.Bias[o] + c.accumulate(d, y, x, o)
				v := Requantise(acc, d.Multiplier[o], d.Shift[o]) + c.OutputOffset
				out = append(out, int8(min(max(v, c.Min), c.Max)))
			}
		}
	}
	return out
}

// accumulate sums the products of one output. Padding contributes nothing.
func (c Conv) accumulate(d Data, y, x, o int) int32 {
	var acc int32
	for ky := range c.KernelH {
		for kx := range c.KernelW {
			iy := y*c.StrideH + ky*c.DilationH - c.PadH
			ix := x*c.StrideW + kx*c.DilationW - c.PadW
			if iy < 0 || iy >= c.InH || ix < 0 || ix >= c.InW {
				continue
			}
			pixel := (iy*c.InW + ix) * c.InC
			if c.Depthwise {
				acc += c.product(d, pixel+o, (ky*c.KernelW+kx)*c.OutC+o)
				continue
			}
			for i := range c.InC {
				acc += c.product(d, pixel+i, ((o*c.KernelH+ky)*c.KernelW+kx)*c.InC+i)
			}
		}
	}
	return acc
}

func (c Conv) product(d Data, input, weight int) int32 {
	return (int32(d.Input[input]) + c.InputOffset) * int32(d.Weights[weight])
}
