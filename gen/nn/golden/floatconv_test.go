package golden

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"marvelgen/gen/nn"
)

// Convolutions large enough for several cores: the definition's sums, and the same
// bits on one core.
func TestFloatConvolutions(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	floats := func(name string, constant bool, shape ...int) *nn.Tensor {
		x := &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32}
		if constant {
			for range x.Elements() {
				x.F32 = append(x.F32, float32(r.NormFloat64()))
			}
		}
		return x
	}
	w := nn.Window{Kernel: [2]int{3, 2}, Stride: [2]int{1, 2}, Dilation: [2]int{2, 1}, Before: [2]int{2, 1}, After: [2]int{1, 0}}
	x := floats("x", false, 2, 23, 20, 24)
	for _, c := range []struct {
		op   nn.Op
		p    nn.Params
		w, y *nn.Tensor
		bias *nn.Tensor
	}{
		{nn.Conv, nn.Params{Window: w, Groups: 2, Act: nn.ReluAct}, floats("w", true, 22, 3, 2, 12), floats("y", false, 2, 22, 10, 22), floats("b", true, 22)},
		{nn.Conv, nn.Params{Window: w, Groups: 1}, floats("w", true, 9, 3, 2, 24), floats("y", false, 2, 22, 10, 9), nil},
		{nn.Depthwise, nn.Params{Window: w, Multiplier: 5}, floats("w", true, 1, 3, 2, 120), floats("y", false, 2, 22, 10, 120), floats("b", true, 120)},
	} {
		g := single(c.op, c.p, []*nn.Tensor{x, c.w, c.bias}, []*nn.Tensor{c.y})
		if g.Nodes[0].MACs() < 1<<18 {
			t.Fatalf("%d MACs run on one core anyway", g.Nodes[0].MACs())
		}
		in := make([]float32, x.Elements())
		for i := range in {
			in[i] = float32(r.NormFloat64())
		}
		got, err := Float(t.Context(), g, nil, in)
		if err != nil {
			t.Fatal(err)
		}
		before := runtime.GOMAXPROCS(1)
		again, err := Float(t.Context(), g, nil, in)
		runtime.GOMAXPROCS(before)
		if err != nil || !slices.Equal(got[0], again[0]) {
			t.Errorf("%s differs on one core, or %v", c.op, err)
		}
		ys, ws := c.y.Shape, c.w.Shape
		for i, v := range got[0] {
			o, ox, oy, b := i%ys[3], i/ys[3]%ys[2], i/ys[3]/ys[2]%ys[1], i/ys[3]/ys[2]/ys[1]
			sum := 0.
			if c.bias != nil {
				sum = float64(c.bias.F32[o])
			}
			each, first := 1, o/max(c.p.Multiplier, 1)
			if c.op == nn.Conv {
				each = ws[3]
				first = o / (ys[3] / c.p.Groups) * each
			}
			for ky := range ws[1] {
				for kx := range ws[2] {
					for k := range each {
						iy, ix := oy*w.Stride[0]-w.Before[0]+ky*w.Dilation[0], ox*w.Stride[1]-w.Before[1]+kx*w.Dilation[1]
						if iy < 0 || ix < 0 || iy >= x.Shape[1] || ix >= x.Shape[2] {
							continue
						}
						weight := c.w.F32[((o*ws[1]+ky)*ws[2]+kx)*each+k]
						if c.op == nn.Depthwise {
							weight = c.w.F32[(ky*ws[2]+kx)*ws[3]+o]
						}
						sum += float64(weight) * float64(in[((b*x.Shape[1]+iy)*x.Shape[2]+ix)*x.Shape[3]+first+k])
					}
				}
			}
			if want := act(c.p.Act, sum); math.Abs(float64(v-want)) > 1e-5*(1+math.Abs(sum)) {
				t.Fatalf("%s: element %d is %v, want %v", c.op, i, v, want)
			}
		}
	}
}
