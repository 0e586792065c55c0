package lower

import (
	"math/rand/v2"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// TestChannels feeds each channel the inputs that make its accumulator largest and
// smallest: none goes beyond the bound, some reach it. Constant channels keep their
// outputs.
func TestChannels(t *testing.T) {
	const outs, depth = 12, 20
	m := maker{rand.New(rand.NewPCG(7, 7))}
	reached := 0
	for range 50 {
		of := func(i int) int { return i / depth }
		n := &nn.Node{Op: nn.FullyConnected, Out: []*nn.Tensor{m.tensor("y", 1, outs)},
			In: []*nn.Tensor{m.tensor("x", 1, depth), m.dead(m.weights(0, outs, outs, depth), of), m.hugeBias(outs)}}
		p, err := golden.Prepare(n)
		if err != nil {
			t.Fatal(err)
		}
		c := (&printer{Plan: p, n: n}).channels(outs, of)
		for i := range outs {
			low, high, b := int64(0), int64(0), int64(n.In[2].I32[i])
			for _, w := range n.In[1].I8[i*depth:][:depth] {
				a, b := int64(w)*int64(-128-p.InZero[0]), int64(w)*int64(127-p.InZero[0])
				low, high = low+min(a, b), high+max(a, b)
			}
			if i%2 == 0 {
				clamp := func(r golden.Rescale, x int32) int32 { return min(max(r.Apply(x)+p.OutZero, p.Min), p.Max) }
				if got, want := clamp(c.scales[i], c.bias[i]), clamp(p.Out[i], int32(b)); got != want || c.most[i] > 1000 {
					t.Fatalf("a constant channel is %d up to %d, want %d", got, c.most[i], want)
				}
				continue
			}
			largest := max(high+b, -low-b)
			if largest > c.most[i] {
				t.Fatalf("an accumulator reaches %d, beyond %d", largest, c.most[i])
			}
			if largest > c.most[i]*3/4 {
				reached++
			}
		}
	}
	if reached == 0 {
		t.Error("no accumulator comes near its bound")
	}
}
