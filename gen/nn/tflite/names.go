package tflite

import (
	"path"
	"strings"

	"marvelgen/gen/nn"
)

// cores is what the name of a layer ends in, in the tensors that the TensorFlow
// converter leaves: "model/conv2d_1/Conv2D".
var cores = map[nn.Op][]string{
	nn.Conv: {"Conv2D", "convolution"}, nn.Depthwise: {"depthwise"}, nn.TransposedConv: {"conv2d_transpose"},
	nn.FullyConnected: {"MatMul"},
}

// layerName is an identifier for a node: the name of the layer in the training
// framework where the tensors still show it, or the operator's kind. Fused layers
// leave several names in one tensor, separated by semicolons.
func layerName(n *nn.Node) string {
	var all []string
	if len(n.In) > 1 && n.In[1] != nil && n.In[1].Const() {
		all = strings.Split(n.In[1].Name, ";")
	}
	out := strings.Split(n.Out[0].Name, ";")
	all = append(all, out...)
	for _, name := range all {
		for _, core := range cores[n.Op] {
			if path.Base(name) == core {
				return trim(name, n.Op)
			}
		}
	}
	return trim(out[0], n.Op)
}

// trim takes the model's name and the kernel's off: "model/conv2d_1/Conv2D" is
// conv2d_1.
func trim(name string, op nn.Op) string {
	parts := strings.Split(name, "/")
	if len(parts) > 1 {
		parts = parts[:len(parts)-1]
	}
	if len(parts) > 1 {
		parts = parts[1:]
	}
	id := nn.Ident(strings.Join(parts, "_"))
	if id == "" || strings.HasPrefix(id, "Identity") || strings.Contains(id, "PartitionedCall") {
		return op.String()
	}
	return id
}
