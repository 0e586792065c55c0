package tflite

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/quant"
	"marvelgen/gen/nn/tflite/schema"
	"marvelgen/gen/nn/zoo"
)

// differ is the first difference of two graphs: operators, parameters, shapes,
// types, scales, data and which tensors are one; names and sources of nodes do not
// count, nor what has no effect.
func differ(a, b *nn.Graph) string {
	if len(a.Nodes) != len(b.Nodes) {
		return fmt.Sprintf("%d and %d nodes", len(a.Nodes), len(b.Nodes))
	}
	twin := map[*nn.Tensor]*nn.Tensor{}
	same := func(where string, x, y []*nn.Tensor) string {
		// An absent bias is nil or not there.
		for len(x) > 1 && x[len(x)-1] == nil {
			x = x[:len(x)-1]
		}
		for len(y) > 1 && y[len(y)-1] == nil {
			y = y[:len(y)-1]
		}
		if len(x) != len(y) {
			return fmt.Sprintf("%s: %d and %d tensors", where, len(x), len(y))
		}
		for i := range x {
			if t, ok := twin[x[i]]; ok && t != y[i] {
				return fmt.Sprintf("%s: tensor %d is another one", where, i)
			}
			twin[x[i]] = y[i]
			p, q := *x[i], *y[i]
			p.Shape, q.Shape = append([]int{}, p.Shape...), append([]int{}, q.Shape...)
			if !reflect.DeepEqual(p, q) {
				return fmt.Sprintf("%s: tensor %d is %v and %v", where, i, x[i], y[i])
			}
		}
		return ""
	}
	if d := same("inputs", a.Inputs, b.Inputs); d != "" {
		return d
	}
	for i, n := range a.Nodes {
		m := b.Nodes[i]
		where := fmt.Sprintf("node %d, %s", i, n.Op)
		if p, q := effective(n), effective(m); n.Op != m.Op || !reflect.DeepEqual(p, q) {
			return fmt.Sprintf("%s: %+v and %s %+v", where, p, m.Op, q)
		}
		if d := same(where, n.In, m.In) + same(where, n.Out, m.Out); d != "" {
			return d
		}
	}
	return same("outputs", a.Outputs, b.Outputs)
}

// effective is the parameters of a node without those that its operator ignores.
func effective(n *nn.Node) nn.Params {
	p, all := nn.Params{}, n.Params
	switch n.Op {
	case nn.Conv, nn.Depthwise, nn.TransposedConv, nn.AveragePool, nn.MaxPool:
		p.Window, p.Act = all.Window, all.Act
		p.Window.After = [2]int{}
	case nn.FullyConnected, nn.Add, nn.Sub, nn.Mul, nn.Relu:
		p.Act = all.Act
	case nn.MatMul:
		p.TransposeB = all.TransposeB
	case nn.Mean:
		p.Axes, p.KeepDims = all.Axes, all.KeepDims
	case nn.Concat, nn.Split:
		p.Axis = all.Axis
	case nn.Slice:
		p.Begin, p.Step = all.Begin, slices.Clone(all.Step)
		for k, d := range n.Out[0].Shape {
			if d == 1 {
				p.Step[k] = 1
			}
		}
	case nn.Pad:
		p.Pads = all.Pads
	case nn.Transpose:
		p.Perm = all.Perm
	case nn.Softmax:
		p.Axis, p.Beta = all.Axis, all.Beta
	case nn.LeakyRelu:
		p.Alpha = all.Alpha
	case nn.ResizeNearest:
		p.AlignCorners, p.HalfPixel = all.AlignCorners, all.HalfPixel
	}
	if n.Op == nn.Conv {
		p.Groups = all.Groups
	}
	if n.Op == nn.Depthwise {
		p.Multiplier = all.Multiplier
	}
	return p
}

// roundTrip writes a graph, twice, and reads it.
func roundTrip(t *testing.T, g *nn.Graph) (*nn.Graph, []byte) {
	t.Helper()
	data, err := Write(g)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Write(g)
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("written again it differs, or %v", err)
	}
	back, err := Import(g.File, data)
	if err != nil {
		t.Fatal(err)
	}
	return back, data
}

func TestWriteModels(t *testing.T) {
	for _, c := range modelCases {
		t.Run(c.name, func(t *testing.T) {
			g := load(t, c.name)
			back, data := roundTrip(t, g)
			if d := differ(g, back); d != "" {
				t.Error(d)
			}
			for i, n := range g.Nodes {
				if n.Name != back.Nodes[i].Name {
					t.Errorf("node %s has become %s", n.Name, back.Nodes[i].Name)
				}
			}
			// Constants lie at multiples of 16 bytes.
			m := schema.GetRootAsModel(data, 0)
			for i := range m.BuffersLength() {
				var b schema.Buffer
				m.Buffers(&b, i)
				if d := b.DataBytes(); len(d) > 0 && (cap(data)-cap(d))%16 != 0 {
					t.Errorf("buffer %d lies at byte %d", i, cap(data)-cap(d))
				}
			}
		})
	}
}

// Every operator that is read is written: networks of one operator each, read,
// written and read again.
func TestWriteOperators(t *testing.T) {
	seen := map[nn.Op]bool{}
	for _, c := range operatorCases {
		t.Run(c.name, func(t *testing.T) {
			n := newNet()
			c.build(n)
			g := mustImport(t, n)
			back, _ := roundTrip(t, g)
			if d := differ(g, back); d != "" {
				t.Error(d)
			}
			for _, n := range g.Nodes {
				seen[n.Op] = true
			}
		})
	}
	for op := nn.Conv; op <= nn.Dequantize; op++ {
		if unwritten := op == nn.Gelu || op == nn.LayerNorm || op == nn.Gather; seen[op] == unwritten {
			t.Errorf("%s was written: %v", op, seen[op])
		}
	}
}

// A quantised network of ours computes the same after a round trip.
func TestWriteQuantised(t *testing.T) {
	float, err := zoo.Build("mobilenetv1_0.25_32")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []quant.Options{{}, {FloatInputs: true, FloatOutputs: true}} {
		samples := quant.RandomSamples(float, 1, 2)
		g, err := quant.Quantize(t.Context(), float, samples, o)
		if err != nil {
			t.Fatal(err)
		}
		back, _ := roundTrip(t, g)
		if d := differ(g, back); d != "" {
			t.Error(d)
		}
		for _, bug := range []func(g *nn.Graph){
			func(g *nn.Graph) { g.Nodes[3].In[1].I8[5]++ },
			func(g *nn.Graph) { g.Nodes[3].In[1].Quant.Scale[1] *= 2 },
			func(g *nn.Graph) { g.Nodes[3].Window.Before[0]++ },
			func(g *nn.Graph) { g.Nodes[3].Act = nn.ReluN1To1Act },
			func(g *nn.Graph) { x := *g.Nodes[3].In[0]; g.Nodes[3].In[0] = &x },
		} {
			bad, _ := roundTrip(t, g)
			if bug(bad); differ(g, bad) == "" {
				t.Error("a difference was not noticed")
			}
		}
	}
}

// Padding that is neither SAME nor VALID becomes a node of its own, and computes the
// same; where there is no such node, it is an error.
func TestWritePadding(t *testing.T) {
	w := nn.Window{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}, After: [2]int{1, 1}}
	x := &nn.Tensor{Name: "x", Shape: []int{1, 6, 6, 2}, Type: nn.Int8, Quant: &nn.Quant{Scale: []float32{0.5}, Zero: []int32{3}}}
	k := &nn.Tensor{Name: "w", Shape: []int{1, 3, 3, 2}, Type: nn.Int8, Quant: &nn.Quant{Scale: []float32{0.25}, Zero: []int32{0}}, I8: make([]int8, 18)}
	y := &nn.Tensor{Name: "y", Shape: []int{1, 3, 3, 2}, Type: nn.Int8, Quant: x.Quant}
	for i := range k.I8 {
		k.I8[i] = int8(i*37 - 100)
	}
	n := &nn.Node{Name: "n", Op: nn.Depthwise, Params: nn.Params{Window: w, Multiplier: 1}, In: []*nn.Tensor{x, k}, Out: []*nn.Tensor{y}}
	g := &nn.Graph{Name: "g", File: "f.onnx", Nodes: []*nn.Node{n}, Inputs: []*nn.Tensor{x}, Outputs: []*nn.Tensor{y}}
	back, _ := roundTrip(t, g)
	if got := render(back); !strings.Contains(got, "pad [1 6 6 2] -> [1 8 8 2] pads=[[0 0] [1 1] [1 1] [0 0]]") {
		t.Errorf("written as\n%s", got)
	}
	var outs [2][]int8
	for i, g := range []*nn.Graph{g, back} {
		m, err := golden.New(g)
		if err != nil {
			t.Fatal(err)
		}
		v := golden.NewValue(nn.Int8, 72)
		for i := range v.I8 {
			v.I8[i] = int8(i * 53)
		}
		out, err := m.Run(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		outs[i] = out[0].I8
	}
	if !slices.Equal(outs[0], outs[1]) {
		t.Errorf("%v has become %v", outs[0], outs[1])
	}
	n.Op, n.In = nn.MaxPool, n.In[:1]
	if _, err := Write(g); err == nil || !errors.As(err, new(*nn.Error)) || !strings.Contains(err.Error(), `f.onnx: operator max_pool "n": tensor "y": the format cannot say`) {
		t.Errorf("a pool with such padding: %v", err)
	}
	y.Shape = []int{1}
	if _, err := Write(g); err == nil || !strings.Contains(err.Error(), "max_pool") {
		t.Errorf("a graph that does not fit: %v", err)
	}
}
