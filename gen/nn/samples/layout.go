package samples

import (
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// channelsFirst reports whether files for the tensor have channels before pixels,
// which the graph has last.
func channelsFirst(t *nn.Tensor) bool { return t.NCHW && len(t.Shape) >= 3 }

// stored is the shape that files for the tensor have.
func stored(t *nn.Tensor) []int {
	if !channelsFirst(t) {
		return t.Shape
	}
	n := len(t.Shape)
	return append([]int{t.Shape[0], t.Shape[n-1]}, t.Shape[1:n-1]...)
}

// inside turns a value from the order of the model file into that of the graph.
func inside(t *nn.Tensor, v golden.Value) golden.Value { return turn(t, v, false) }

// Outside is a value of the graph in the order of the model file.
func Outside(t *nn.Tensor, v golden.Value) golden.Value { return turn(t, v, true) }

func turn(t *nn.Tensor, v golden.Value, out bool) golden.Value {
	if !channelsFirst(t) {
		return v
	}
	channels := t.Shape[len(t.Shape)-1]
	pixels := t.Elements() / t.Shape[0] / channels
	from, size := v.Bytes(), t.Type.Size()
	turned := make([]byte, len(from))
	for b := range t.Shape[0] {
		for p := range pixels {
			for c := range channels {
				first, last := (b*channels+c)*pixels+p, (b*pixels+p)*channels+c
				if out {
					first, last = last, first
				}
				copy(turned[last*size:][:size], from[first*size:])
			}
		}
	}
	v, _ = golden.FromBytes(t.Type, turned) // whole elements of a type that it has written
	return v
}
