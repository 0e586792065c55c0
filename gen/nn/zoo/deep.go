package zoo

import (
	"fmt"

	"marvelgen/gen/nn"
)

// resnet50 is He et al., "Deep Residual Learning for Image Recognition", 2015,
// table 1, with the strides in the 3x3 convolutions as implementations have them.
func resnet50(n *net, _ float64) {
	n.conv("conv1", 64, 7, 2, nn.ReluAct)
	n.pool("pool1", nn.MaxPool, 3, 2)
	for i, stage := range []struct{ channels, blocks int }{{64, 3}, {128, 4}, {256, 6}, {512, 3}} {
		for k := range stage.blocks {
			stride := 1
			if k == 0 && i > 0 {
				stride = 2
			}
			n.bottleneck(fmt.Sprintf("block%d_%d", i+1, k+1), stage.channels, stride)
		}
	}
	n.mean()
	n.classify("fc", 1000, 4)
}

// bottleneck narrows, filters, widens, and adds the input, whose channels a
// convolution widens where they are too few.
func (n *net) bottleneck(name string, channels, stride int) {
	x := n.last
	n.conv(name+"_narrow", channels, 1, 1, nn.ReluAct)
	n.conv(name+"_filter", channels, 3, stride, nn.ReluAct)
	n.convGain(name+"_widen", 4*channels, 1, 1, nn.NoAct, 0.2) // little: sums of blocks must not grow
	y := n.last
	if n.last = x; x.Shape[3] != 4*channels {
		n.conv(name+"_shortcut", 4*channels, 1, stride, nn.NoAct)
	}
	n.add(name+"_add", nn.Add, nn.Params{Act: nn.ReluAct}, y.Shape, y)
}

// densenet121 is Huang et al., "Densely Connected Convolutional Networks", 2017,
// table 1. A normalisation that lies before a rectifier folds into no convolution:
// it is a depthwise one of 1x1.
func densenet121(n *net, _ float64) {
	const growth = 32
	n.conv("conv1", 2*growth, 7, 2, nn.ReluAct)
	n.pool("pool1", nn.MaxPool, 3, 2)
	for i, layers := range []int{6, 12, 24, 16} {
		for k := range layers {
			x, name := n.last, fmt.Sprintf("dense%d_%d", i+1, k+1)
			n.norm(name + "_norm")
			n.conv(name+"_narrow", 4*growth, 1, 1, nn.ReluAct)
			n.conv(name+"_filter", growth, 3, 1, nn.NoAct)
			y := n.last
			n.last = x
			n.add(name+"_concat", nn.Concat, nn.Params{Axis: 3}, []int{1, x.Shape[1], x.Shape[2], x.Shape[3] + growth}, y)
		}
		name := fmt.Sprintf("transition%d", i+1)
		n.norm(name + "_norm")
		if i < 3 {
			n.conv(name+"_narrow", n.last.Shape[3]/2, 1, 1, nn.NoAct)
			n.pool(name+"_pool", nn.AveragePool, 2, 2)
		}
	}
	n.mean()
	n.classify("fc", 1000, 4)
}

// norm scales and shifts each channel, and rectifies.
func (n *net) norm(name string) {
	in := n.last.Shape
	w, _, _ := n.same(1, 1)
	n.add(name, nn.Depthwise, nn.Params{Window: w, Multiplier: 1, Act: nn.ReluAct}, in, n.weights(name, gain(nn.ReluAct), 1, in[3], 1, 1, 1, in[3])...)
}

// pool is a pool with padding where the window does not end with the input.
func (n *net) pool(name string, op nn.Op, kernel, stride int) {
	in := n.last.Shape
	w, height, width := n.same(kernel, stride)
	n.add(name, op, nn.Params{Window: w}, []int{in[0], height, width, in[3]})
}
