package zoo

import (
	"math"
	"math/rand/v2"

	"marvelgen/gen/nn"
)

// net builds a graph layer by layer, each on the result of the last.
type net struct {
	graph *nn.Graph
	last  *nn.Tensor
	drawn uint64 // constants so far; each has a generator of its own
}

func newNet(name string, input []int) *net {
	x := &nn.Tensor{Name: "input", Shape: input, Type: nn.Float32}
	return &net{graph: &nn.Graph{Name: name, File: name, Inputs: []*nn.Tensor{x}}, last: x}
}

// add appends a node that reads the last result and further inputs.
func (n *net) add(name string, op nn.Op, p nn.Params, shape []int, more ...*nn.Tensor) {
	y := &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32}
	n.graph.Nodes = append(n.graph.Nodes, &nn.Node{Name: name, Op: op, Params: p, In: append([]*nn.Tensor{n.last}, more...), Out: []*nn.Tensor{y}})
	n.last = y
}

// constant is uniform random numbers of a variance.
func (n *net) constant(name string, variance float64, shape ...int) *nn.Tensor {
	n.drawn++
	r := rand.NewPCG(seed, n.drawn)
	t := &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32, F32: make([]float32, nn.Elements(shape))}
	// Two numbers from each draw, of 2^32 steps from -reach to reach.
	step := float32(math.Sqrt(3*variance) / (1 << 31))
	for i := range t.F32 {
		if i%2 == 0 {
			u := r.Uint64()
			t.F32[i] = float32(int32(u)) * step
			if i+1 < len(t.F32) {
				t.F32[i+1] = float32(int32(u>>32)) * step
			}
		}
	}
	return t
}

// gain is by how much a layer raises the mean square: a rectifier halves it again.
func gain(act nn.Act) float64 {
	if act == nn.NoAct {
		return 1
	}
	return 2
}

// weights and biases of a layer of some inputs to each sum.
func (n *net) weights(name string, gain float64, inputs, outputs int, shape ...int) []*nn.Tensor {
	return []*nn.Tensor{n.constant(name+"/weights", gain/float64(inputs), shape...), n.constant(name+"/bias", 1e-3, outputs)}
}

// same is a square window whose output is as large as the input by the stride,
// rounded up; an odd element of padding lies behind.
func (n *net) same(kernel, stride int) (w nn.Window, height, width int) {
	var size [2]int
	for k := range 2 {
		in := n.last.Shape[1+k]
		size[k] = (in + stride - 1) / stride
		pad := max(0, (size[k]-1)*stride+kernel-in)
		w.Kernel[k], w.Stride[k], w.Dilation[k], w.Before[k], w.After[k] = kernel, stride, 1, pad/2, pad-pad/2
	}
	return w, size[0], size[1]
}

// conv is a convolution with padding.
func (n *net) conv(name string, channels, kernel, stride int, act nn.Act) {
	n.convGain(name, channels, kernel, stride, act, gain(act))
}

func (n *net) convGain(name string, channels, kernel, stride int, act nn.Act, gain float64) {
	in := n.last.Shape
	w, height, width := n.same(kernel, stride)
	n.add(name, nn.Conv, nn.Params{Window: w, Groups: 1, Act: act}, []int{in[0], height, width, channels},
		n.weights(name, gain, kernel*kernel*in[3], channels, channels, kernel, kernel, in[3])...)
}

// depthwise is a 3x3 convolution of each channel, with padding.
func (n *net) depthwise(name string, stride int, act nn.Act) {
	in := n.last.Shape
	w, height, width := n.same(3, stride)
	n.add(name, nn.Depthwise, nn.Params{Window: w, Multiplier: 1, Act: act}, []int{in[0], height, width, in[3]},
		n.weights(name, gain(act), 9, in[3], 1, 3, 3, in[3])...)
}

// maxPool halves height and width.
func (n *net) maxPool(name string) {
	in := n.last.Shape
	w := nn.Window{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}}
	n.add(name, nn.MaxPool, nn.Params{Window: w}, []int{in[0], in[1] / 2, in[2] / 2, in[3]})
}

// mean averages each channel.
func (n *net) mean() {
	n.add("mean", nn.Mean, nn.Params{Axes: []int{1, 2}}, []int{n.last.Shape[0], n.last.Shape[3]})
}

func (n *net) flatten() {
	n.add("flatten", nn.Reshape, nn.Params{}, []int{1, n.last.Elements()})
}

func (n *net) dense(name string, outputs int, act nn.Act, gain float64) {
	inputs := n.last.Shape[1]
	n.add(name, nn.FullyConnected, nn.Params{Act: act}, []int{1, outputs}, n.weights(name, gain, inputs, outputs, outputs, inputs)...)
}

// classify ends the network. The gain of the last layer makes up for what averages
// take away: some classes stand out, and int8 shows them.
func (n *net) classify(name string, classes int, gain float64) {
	n.dense(name, classes, nn.NoAct, gain)
	n.add("softmax", nn.Softmax, nn.Params{Axis: 1, Beta: 1}, n.last.Shape)
}
