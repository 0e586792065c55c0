package samples

import (
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// stored is the shape that files for the tensor have.
func stored(t *nn.Tensor) []int { return t.Shape }

// inside turns a value from the order of the model file into that of the graph.
func inside(_ *nn.Tensor, v golden.Value) golden.Value { return v }

// outside is the opposite of inside.
func outside(_ *nn.Tensor, v golden.Value) golden.Value { return v }
