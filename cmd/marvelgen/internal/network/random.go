package network

import (
	"math/rand/v2"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/quant"
	"marvelgen/gen/nn/samples"
)

// RandomInputs are n samples of elements over the whole range of integers, and from
// -1 to 1 of float inputs. A network that was quantised gets such numbers as it was
// calibrated by, unless others were given: float is what it was. One that came with
// samples gets those, again and again if there are too few.
func RandomInputs(g, float *nn.Graph, n int, seed uint64) ([][]golden.Value, error) {
	if float != nil {
		return normalInputs(g, float, n, seed+1) // not those of the calibration
	}
	rng := rand.New(rand.NewPCG(seed, 0x6e6e))
	all := make([][]golden.Value, n)
	for i := range all {
		for _, t := range g.Inputs {
			v := golden.NewValue(t.Type, t.Elements())
			for k := range v.I8 {
				v.I8[k] = int8(rng.Uint32())
			}
			for k := range v.U8 {
				v.U8[k] = uint8(rng.Uint32())
			}
			for k := range v.I32 {
				v.I32[k] = rng.Int32()
			}
			for k := range v.F32 {
				v.F32[k] = 2*rng.Float32() - 1
			}
			all[i] = append(all[i], v)
		}
	}
	return all, nil
}

func normalInputs(g, float *nn.Graph, n int, seed uint64) ([][]golden.Value, error) {
	given := quant.RandomSamples(float, n, seed)
	for i := range given {
		if len(float.Samples) > 0 {
			given[i] = float.Samples[i%len(float.Samples)]
		}
	}
	var all [][]golden.Value
	for _, sample := range given {
		one, err := Quantised(g, sample)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// Quantised is real numbers as the types of a network's inputs.
func Quantised(g *nn.Graph, sample [][]float32) ([]golden.Value, error) {
	var out []golden.Value
	for i, t := range g.Inputs {
		real := make([]float64, len(sample[i]))
		for k, x := range sample[i] {
			real[k] = float64(x)
		}
		v, err := samples.Quantise(t, real)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
