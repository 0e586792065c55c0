package build

import (
	"context"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen/isa"
	"marvelgen/gen/nn/cost"
	"marvelgen/gen/nn/quant"
)

// layersOf counts what the cycles of a network's layers are made of.
func layersOf(m *network.Model) []cost.Layer {
	var out []cost.Layer
	for _, n := range m.Graph.Nodes {
		out = append(out, cost.LayerOf(n))
	}
	return out
}

// layerCycles is the cycles of each layer in a run.
func layerCycles(m *network.Model, s *network.Sample, design *isa.Machine) []uint64 {
	var out []uint64
	for _, l := range m.ProfileOf(s, design, nil, 0).Layers {
		out = append(out, l.Cycles)
	}
	return out
}

// calibrated are the designs that get a cost model: those with kernels of their own.
func (f *family) calibrated() []*isa.Machine {
	var out []*isa.Machine
	for _, m := range f.machines {
		if m != f.base && len(m.Design.Kernels) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// calibrate runs layers of many shapes on designs, samples for their cost models.
func (f *family) calibrate(ctx context.Context, designs []*isa.Machine) error {
	float := cost.Calibration()
	g, err := quant.Quantize(ctx, float, quant.RandomSamples(float, 1, f.o.Seed), quant.Options{})
	if err != nil {
		return err
	}
	n := &frontNetwork{name: g.Name, random: true}
	if n.model, err = network.New(g); err != nil {
		return err
	}
	inputs, err := network.RandomInputs(g, float, 1, f.o.Seed)
	if err != nil {
		return err
	}
	n.input = inputs[0]
	f.result.Calibration = layersOf(n.model)
	for _, m := range designs {
		run, err := f.run(ctx, n, m)
		if err != nil {
			return err
		}
		f.mu.Lock()
		for i := range f.result.Designs {
			if d := &f.result.Designs[i]; d.Name == m.Design.Name {
				d.Calibration = &run
			}
		}
		f.mu.Unlock()
	}
	return nil
}
