package zoo

import (
	"fmt"

	"marvelgen/gen/nn"
)

// lenet5 is LeCun et al., "Gradient-Based Learning Applied to Document Recognition",
// 1998, with rectifiers, maximum pools and full connections between maps.
func lenet5(n *net, _ float64) {
	n.conv("conv1", 6, 5, 1, nn.ReluAct)
	n.maxPool("pool1")
	in := n.last.Shape
	valid := nn.Window{Kernel: [2]int{5, 5}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	n.add("conv2", nn.Conv, nn.Params{Window: valid, Groups: 1, Act: nn.ReluAct}, []int{1, in[1] - 4, in[2] - 4, 16},
		n.weights("conv2", gain(nn.ReluAct), 25*in[3], 16, 16, 5, 5, in[3])...)
	n.maxPool("pool2")
	n.flatten()
	n.dense("fc1", 120, nn.ReluAct, 2)
	n.dense("fc2", 84, nn.ReluAct, 2)
	n.classify("fc3", 10, 1)
}

// mobilenetV1 is Howard et al., "MobileNets", 2017, table 1.
func mobilenetV1(n *net, width float64) {
	channels := func(c int) int { return max(1, int(float64(c)*width)) }
	n.conv("conv1", channels(32), 3, 2, nn.Relu6Act)
	for i, b := range []struct{ channels, stride int }{
		{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1},
	} {
		n.depthwise(fmt.Sprintf("depthwise%d", i+1), b.stride, nn.Relu6Act)
		n.conv(fmt.Sprintf("pointwise%d", i+1), channels(b.channels), 1, 1, nn.Relu6Act)
	}
	n.mean()
	n.classify("fc", 1000, 100)
}

// mobilenetV2 is Sandler et al., "MobileNetV2", 2018, table 2.
func mobilenetV2(n *net, _ float64) {
	n.conv("conv1", 32, 3, 2, nn.Relu6Act)
	block := 0
	for _, b := range []struct{ expand, channels, repeat, stride int }{
		{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
	} {
		for i := range b.repeat {
			block++
			stride := 1
			if i == 0 {
				stride = b.stride
			}
			n.invertedResidual(fmt.Sprintf("block%d", block), b.expand, b.channels, stride)
		}
	}
	n.conv("conv2", 1280, 1, 1, nn.Relu6Act)
	n.mean()
	n.classify("fc", 1000, 16)
}

// invertedResidual widens, filters each channel, and narrows without activation;
// where shapes allow, the input is added.
func (n *net) invertedResidual(name string, expand, channels, stride int) {
	x := n.last
	if expand > 1 {
		n.conv(name+"_expand", expand*x.Shape[3], 1, 1, nn.Relu6Act)
	}
	n.depthwise(name+"_depthwise", stride, nn.Relu6Act)
	n.conv(name+"_project", channels, 1, 1, nn.NoAct)
	if stride == 1 && channels == x.Shape[3] {
		n.add(name+"_add", nn.Add, nn.Params{}, n.last.Shape, x)
	}
}

// vgg16 is Simonyan and Zisserman, "Very Deep Convolutional Networks", 2014,
// configuration D.
func vgg16(n *net, _ float64) {
	for i, stage := range []struct{ channels, layers int }{{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}} {
		for k := range stage.layers {
			n.conv(fmt.Sprintf("conv%d_%d", i+1, k+1), stage.channels, 3, 1, nn.ReluAct)
		}
		n.maxPool(fmt.Sprintf("pool%d", i+1))
	}
	n.flatten()
	n.dense("fc6", 4096, nn.ReluAct, 2)
	n.dense("fc7", 4096, nn.ReluAct, 2)
	n.classify("fc8", 1000, 9)
}
