package main

import (
	"context"
	"errors"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// right is how many digits the float network recognises.
func (p *params) right(digits []digit) int {
	s, n := newState(), 0
	for i := range digits {
		s.place(&digits[i], 0, 0)
		p.forward(s)
		if largest(s.dense[2]) == int(digits[i].label) {
			n++
		}
	}
	return n
}

// accuracy is how many digits the int8 network recognises, by golden execution.
func accuracy(ctx context.Context, g *nn.Graph, digits []digit, workers int) (int, error) {
	m, err := golden.New(g)
	if err != nil {
		return 0, err
	}
	counts, errs := make([]int, workers), make([]error, workers)
	parallel(workers, workers, func(k int) {
		for i := k; i < len(digits) && errs[k] == nil; i += workers {
			var scores []int8
			if scores, errs[k] = classify(ctx, m, &digits[i]); errs[k] == nil && largest(scores) == int(digits[i].label) {
				counts[k]++
			}
		}
	})
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum, errors.Join(errs...)
}

// classify runs the int8 network on one image: a pixel is a step of its input.
func classify(ctx context.Context, m *golden.Machine, d *digit) ([]int8, error) {
	x := make([]int8, len(d.pixels))
	for i, v := range d.pixels {
		x[i] = int8(int(v) - 128)
	}
	out, err := m.Run(ctx, golden.Value{I8: x})
	if err != nil {
		return nil, err
	}
	return out[0].I8, nil
}

// largest is the index of the first largest element.
func largest[T int8 | float32](v []T) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}
