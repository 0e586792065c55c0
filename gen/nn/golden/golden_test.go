package golden

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"marvelgen/gen/nn"
)

// Which products of scales are of float32 and which of float64 decides the last bits
// of multipliers; these scales tell them apart.
func TestPrepareUsesThePrecisionOfTheReference(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	differ := map[string]int{}
	for range 200 {
		a, b, y := 0.01+r.Float32(), 0.01+r.Float32(), 0.01+r.Float32()
		x := q("x", a, 0, 1, 1, 1, 2)
		wide, narrow := NewRescale(float64(a)*float64(b)/float64(y)), NewRescale(float64(a*b)/float64(y))
		if wide != narrow {
			differ["product"]++
		}
		w := func(shape ...int) *nn.Tensor {
			w := q("w", b, 0, shape...)
			w.I8 = make([]int8, w.Elements())
			return w
		}
		one := nn.Window{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
		twice, twice64 := 2*max(a, b), 2*max(float64(a), float64(b))
		sub := NewRescale(float64(twice / (1 << 20 * y)))
		add := NewRescale(twice64 / (1 << 20 * float64(y)))
		if add != sub {
			differ["sum"]++
		}
		for _, c := range []struct {
			g    *nn.Graph
			want Rescale
		}{
			{single(nn.Conv, nn.Params{Window: one, Groups: 1}, []*nn.Tensor{x, w(3, 1, 1, 2)}, []*nn.Tensor{q("y", y, 0, 1, 1, 1, 3)}), wide},
			{single(nn.FullyConnected, nn.Params{}, []*nn.Tensor{x, w(3, 2)}, []*nn.Tensor{q("y", y, 0, 1, 3)}), narrow},
			{single(nn.MatMul, nn.Params{}, []*nn.Tensor{q("x", a, 0, 1, 2), q("z", b, 0, 2, 1)}, []*nn.Tensor{q("y", y, 0, 1, 1)}), narrow},
			{single(nn.Mul, nn.Params{}, []*nn.Tensor{x, q("z", b, 0, 2)}, []*nn.Tensor{q("y", y, 0, 1, 1, 1, 2)}), wide},
			{single(nn.Add, nn.Params{}, []*nn.Tensor{x, q("z", b, 0, 2)}, []*nn.Tensor{q("y", y, 0, 1, 1, 1, 2)}), add},
			{single(nn.Sub, nn.Params{}, []*nn.Tensor{x, q("z", b, 0, 2)}, []*nn.Tensor{q("y", y, 0, 1, 1, 1, 2)}), sub},
		} {
			m, err := New(c.g)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Plans[0].Out[0]; got != c.want {
				t.Fatalf("%s with scales %v, %v, %v: %+v, want %+v", c.g.Nodes[0].Op, a, b, y, got, c.want)
			}
		}
	}
	if differ["product"] < 50 || differ["sum"] < 50 {
		t.Errorf("the scales tell the precisions apart in %v of 200 cases only", differ)
	}
}

func TestActivationRange(t *testing.T) {
	for _, c := range []struct {
		act      nn.Act
		scale    float32
		zero     int32
		min, max int32
	}{
		{nn.NoAct, 0.1, 5, -128, 127},
		{nn.ReluAct, 0.1, 5, 5, 127},
		{nn.ReluAct, 0.1, -128, -128, 127},
		{nn.Relu6Act, 0.1, 5, 5, 65},
		{nn.Relu6Act, 6. / 255, -128, -128, 127},
		{nn.Relu6Act, 0.8, 0, 0, 8}, // 7.5 rounds away from zero
		{nn.ReluN1To1Act, 0.1, 5, -5, 15},
		{nn.Relu6Act, 1e-12, 0, 0, 127},
	} {
		p := &Plan{Node: single(nn.MaxPool, nn.Params{Act: c.act}, nil, []*nn.Tensor{q("y", c.scale, c.zero, 1)}).Nodes[0], OutZero: c.zero, Min: -128, Max: 127}
		p.activation()
		if p.Min != c.min || p.Max != c.max {
			t.Errorf("activation %d of scale %v and zero point %d: %d to %d, want %d to %d", c.act, c.scale, c.zero, p.Min, p.Max, c.min, c.max)
		}
	}
}

// Trace sees every output in order, and the last one is the result; a cancelled run stops.
func TestTraceAndCancel(t *testing.T) {
	g, in, _ := network(t, "kws_dscnn")
	m, err := New(g)
	if err != nil {
		t.Fatal(err)
	}
	x, err := FromBytes(g.Inputs[0].Type, in[:g.Inputs[0].Bytes()])
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var last []int8
	m.Trace = func(n *nn.Node, _ *nn.Tensor, v Value) {
		names = append(names, n.Name)
		last = slices.Clone(v.I8)
	}
	out, err := m.Run(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(g.Nodes) || names[0] != g.Nodes[0].Name || !slices.Equal(last, out[0].I8) {
		t.Errorf("traced %v, ending in %v; the result is %v", names, last, out[0].I8)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Run(ctx, x); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
	if _, err := Float(ctx, g, nil, Real(g.Inputs[0], x)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled float run gives %v", err)
	}
}

// Beyond a network's edge everything is float32.
func TestFloatEdge(t *testing.T) {
	x, mid := q("x", 0.1, 5, 1, 3), &nn.Tensor{Name: "mid", Shape: []int{1, 3}, Type: nn.Float32}
	padded := &nn.Tensor{Name: "padded", Shape: []int{1, 4}, Type: nn.Float32}
	y := &nn.Tensor{Name: "y", Shape: []int{1, 4}, Type: nn.Float32}
	g := &nn.Graph{Name: "g", File: "test", Inputs: []*nn.Tensor{x}, Outputs: []*nn.Tensor{y}, Nodes: []*nn.Node{
		{Name: "a", Op: nn.Dequantize, In: []*nn.Tensor{x}, Out: []*nn.Tensor{mid}},
		{Name: "b", Op: nn.Pad, In: []*nn.Tensor{mid}, Out: []*nn.Tensor{padded}, Params: nn.Params{Pads: [][2]int{{0, 0}, {1, 0}}}},
		{Name: "c", Op: nn.Softmax, In: []*nn.Tensor{padded}, Out: []*nn.Tensor{y}, Params: nn.Params{Axis: 1, Beta: 1}},
	}}
	m, err := New(g)
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.Run(t.Context(), Value{I8: []int8{5, 15, -5}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := FromBytes(nn.Float32, out[0].Bytes())
	if err != nil {
		t.Fatal(err)
	}
	sum := float32(0)
	for _, v := range back.F32 {
		sum += v
	}
	if len(back.F32) != 4 || sum < 0.999 || sum > 1.001 || back.F32[0] != back.F32[1] || back.F32[2] <= back.F32[1] || back.F32[3] >= back.F32[1] {
		t.Errorf("the softmax of 0, 0, 1, -1 is %v", back.F32)
	}
}

// The quantised networks and the real ones they approximate choose the same class.
func TestFloatAgrees(t *testing.T) {
	for name, least := range map[string]int{"kws_dscnn": 9, "mnist_cnn": 9} {
		g, in, want := network(t, name)
		size, classes, agree := g.Inputs[0].Bytes(), g.Outputs[0].Elements(), 0
		for i := range 10 {
			x, err := FromBytes(g.Inputs[0].Type, in[i*size:][:size])
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			out, err := Float(t.Context(), g, func(*nn.Tensor, []float32) { seen++ }, Real(g.Inputs[0], x))
			if err != nil {
				t.Fatal(err)
			}
			if seen < len(g.Nodes) {
				t.Errorf("%s: observed %d tensors of %d nodes", name, seen, len(g.Nodes))
			}
			y, err := FromBytes(g.Outputs[0].Type, want[i*classes:][:classes])
			if err != nil {
				t.Fatal(err)
			}
			if top(out[0]) == top(Real(g.Outputs[0], y)) {
				agree++
			}
		}
		if agree < least {
			t.Errorf("%s: %d of 10 classes agree", name, agree)
		}
	}
}

// top is the index of the largest element.
func top(v []float32) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}

func BenchmarkConv(b *testing.B) {
	r := rand.New(rand.NewPCG(15, 16))
	w := weights(r, 0, 32, 3, 3, 32)
	x := q("x", 0.05, 3, 1, 16, 16, 32)
	same := nn.Window{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, After: [2]int{1, 1}}
	g := single(nn.Conv, nn.Params{Window: same, Groups: 1}, []*nn.Tensor{x, w}, []*nn.Tensor{q("y", 0.1, -5, 1, 16, 16, 32)})
	m, err := New(g)
	if err != nil {
		b.Fatal(err)
	}
	in := random(r, x)
	real := Real(x, in)
	for name, run := range map[string]func() error{
		"int8":  func() error { _, err := m.Run(b.Context(), in); return err },
		"float": func() error { _, err := Float(b.Context(), g, nil, real); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(g.Nodes[0].MACs())*float64(b.N)/b.Elapsed().Seconds()/1e6, "MMAC/s")
		})
	}
}
