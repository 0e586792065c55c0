package quant

import (
	"math/rand/v2"

	"marvelgen/gen/nn"
)

// RandomSamples are n calibration inputs for a graph that comes without data:
// numbers of a normal distribution, mean 0 and variance 1, which is how networks
// want their inputs; for indices whole ones, of any row of the tables. The same seed
// gives the same numbers.
func RandomSamples(g *nn.Graph, n int, seed uint64) [][][]float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	samples := make([][][]float32, n)
	for i := range samples {
		for _, t := range g.Inputs {
			v := make([]float32, t.Elements())
			rows := 0
			for _, n := range tables(g, t) {
				rows = max(rows, n.In[0].Shape[0])
			}
			for k := range v {
				if rows > 0 {
					v[k] = float32(r.IntN(rows))
				} else {
					v[k] = float32(r.NormFloat64())
				}
			}
			samples[i] = append(samples[i], v)
		}
	}
	return samples
}
