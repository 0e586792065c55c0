package network

import (
	"context"
	"math"

	"marvelgen/gen/nn/golden"
)

// FloatError is what quantisation has changed in one sample's outputs.
type FloatError struct {
	Largest  float64 `json:"largest"`  // absolute, over all elements
	Steps    float64 `json:"steps"`    // the same, in units of its output's scale
	SameTop  bool    `json:"same_top"` // the largest element of each output is the same one
	Observed float64 `json:"range"`    // the float outputs' largest magnitude
}

// CompareFloat runs a sample through the float network and compares the outputs.
func (m *Model) CompareFloat(ctx context.Context, inputs []golden.Value, output []byte) (*FloatError, error) {
	var real [][]float32
	for i, t := range m.Graph.Inputs {
		real = append(real, golden.Real(t, inputs[i]))
	}
	want, err := golden.Float(ctx, m.Float, nil, real...)
	if err != nil {
		return nil, err
	}
	got, err := m.Values(output)
	if err != nil {
		return nil, err
	}
	e := &FloatError{SameTop: true}
	for i, t := range m.Graph.Outputs {
		have, scale := golden.Real(t, got[i]), 1.
		if t.Quant != nil {
			scale = float64(t.Quant.Scale[0])
		}
		for k, w := range want[i] {
			d := math.Abs(float64(w) - float64(have[k]))
			e.Largest, e.Steps, e.Observed = max(e.Largest, d), max(e.Steps, d/scale), max(e.Observed, math.Abs(float64(w)))
		}
		e.SameTop = e.SameTop && have[Top(want[i])] == have[Top(have)]
	}
	return e, nil
}

// Top is the index of the largest element.
func Top(v []float32) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}
