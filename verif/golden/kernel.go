package golden

import "math/rand/v2"

// Kernel is one of the workloads that the designs are measured with.
type Kernel struct {
	Name    string // also the name of the C file in specs/programs
	Summary string
	Conv    Conv
	// Accumulators stay below 2^AccBits in magnitude whatever the data.
	AccBits int
	// Right shifts are drawn from ShiftMin, ShiftMin+1, so that most outputs
	// neither vanish nor saturate.
	ShiftMin int
}

// Kernels lists the workloads in the order reports show them.
func Kernels() []Kernel {
	return []Kernel{
		{
			Name: "conv1x1", Summary: "1x1 convolution 64 to 64 channels on 8x8",
			Conv: conv(8, 8, 64, 64, 1, 0), AccBits: 21, ShiftMin: 9,
		},
		{
			Name: "conv3x3", Summary: "3x3 convolution 16 to 16 channels on 16x16, padding 1",
			Conv: conv(16, 16, 16, 16, 3, 1), AccBits: 22, ShiftMin: 10,
		},
		{
			Name: "depthwise", Summary: "depthwise 3x3 convolution of 32 channels on 16x16, padding 1",
			Conv: depthwise(conv(16, 16, 32, 32, 3, 1)), AccBits: 18, ShiftMin: 8,
		},
		{
			Name: "fc", Summary: "fully connected layer 256 to 128",
			Conv: conv(1, 1, 256, 128, 1, 0), AccBits: 23, ShiftMin: 10,
		},
	}
}

// KernelByName finds a workload.
func KernelByName(name string) (Kernel, bool) {
	for _, k := range Kernels() {
		if k.Name == name {
			return k, true
		}
	}
	return Kernel{}, false
}

// conv is a square convolution of stride 1 with the same padding all round.
func conv(h, w, inC, outC, kernel, pad int) Conv {
	return Conv{
		InH: h, InW: w, InC: inC, OutH: h + 2*pad - kernel + 1, OutW: w + 2*pad - kernel + 1, OutC: outC,
		KernelH: kernel, KernelW: kernel, StrideH: 1, StrideW: 1, PadH: pad, PadW: pad, DilationH: 1, DilationW: 1,
		OutputOffset: -5, Min: -128, Max: 127,
	}
}

func depthwise(c Conv) Conv {
	c.Depthwise = true
	return c
}

// biasLimit bounds the biases that Generate draws.
const biasLimit = 1 << 14

// Generate draws the kernel's data from a seed and computes the expected
// output. The same seed gives the same data on every machine.
func (k Kernel) Generate(seed uint64) Data {
	r := rand.New(rand.NewPCG(seed, uint64(len(k.Name))<<32|uint64(k.Conv.MACs())))
	d := Data{
		Input:   make([]int8, k.Conv.InH*k.Conv.InW*k.Conv.InC),
		Weights: make([]int8, k.Conv.WeightCount()),
	}
	for i := range d.Input {
		d.Input[i] = int8(r.IntN(256) - 128)
	}
	for i := range d.Weights {
		d.Weights[i] = int8(r.IntN(255) - 127)
	}
	for o := range k.Conv.OutC {
		multiplier := int32(1<<30 + r.IntN(1<<30))
		switch o { // the ends of the range, where rounding is special
		case 0:
			multiplier = 1 << 30
		case 1:
			multiplier = 1<<31 - 1
		}
		d.Bias = append(d.Bias, int32(r.IntN(2*biasLimit+1)-biasLimit))
		d.Multiplier = append(d.Multiplier, multiplier)
		d.Shift = append(d.Shift, -int32(k.ShiftMin+r.IntN(2)))
	}
	d.Expected = k.Conv.Run(d)
	return d
}
