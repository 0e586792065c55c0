package network

import (
	"encoding/binary"
	"math"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/lower"
)

// NewReal prepares a float graph to run in float32. Nothing is bit-exact there: its
// layers are timed and not judged, and the outputs are the caller's to compare.
func NewReal(g *nn.Graph) (*Model, error) {
	c, err := lower.Float(g)
	if err != nil {
		return nil, err
	}
	return &Model{Graph: g, Float: g, C: c}, nil
}

// Unjudged is a reference that knows the layers, and nothing of their results.
func (m *Model) Unjudged() *Reference { return &Reference{Layers: m.layers()} }

// Floats are the bytes of float32 numbers as such.
func Floats(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}
