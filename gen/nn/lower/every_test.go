package lower

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// maker builds graphs of one node with random scales and constants.
type maker struct{ *rand.Rand }

func (m maker) tensor(name string, shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: name, Shape: shape, Quant: &nn.Quant{Scale: []float32{0.02 + m.Float32()/10}, Zero: []int32{m.Int32N(200) - 100}}}
}

// like is a tensor with another one's scale.
func (m maker) like(t *nn.Tensor, name string, shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: name, Shape: shape, Type: t.Type, Quant: t.Quant}
}

// fixed is a tensor with the scale that some operators demand.
func (m maker) fixed(name string, scale float32, zero int32, shape ...int) *nn.Tensor {
	return &nn.Tensor{Name: name, Shape: shape, Quant: &nn.Quant{Scale: []float32{scale}, Zero: []int32{zero}}}
}

// weights are constant, with channels scales along axis, or one where that is 0.
func (m maker) weights(axis, channels int, shape ...int) *nn.Tensor {
	t := &nn.Tensor{Name: "w", Shape: shape, Quant: &nn.Quant{Axis: axis}, I8: make([]int8, nn.Elements(shape))}
	for i := range t.I8 {
		t.I8[i] = int8(m.IntN(255) - 127)
	}
	for range max(channels, 1) {
		t.Quant.Scale, t.Quant.Zero = append(t.Quant.Scale, 0.001+m.Float32()/200), append(t.Quant.Zero, 0)
	}
	return t
}

// steep makes the scales large, so that accumulators are shifted left.
func (m maker) steep(w *nn.Tensor) *nn.Tensor {
	for i := range w.Quant.Scale {
		w.Quant.Scale[i] *= 300
	}
	return w
}

// dead empties every other output channel, and makes its scale tiny; of gives the
// channel of a weight.
func (m maker) dead(w *nn.Tensor, of func(i int) int) *nn.Tensor {
	for i := range w.I8 {
		if c := of(i); c%2 == 0 {
			w.I8[i], w.Quant.Scale[c] = 0, 1e-9
		}
	}
	return w
}

// hugeBias is what converters give dead channels.
func (m maker) hugeBias(n int) *nn.Tensor {
	t := m.bias(n)
	for i := 0; i < n; i += 2 {
		t.I32[i] = 1<<30 - m.Int32N(1<<31-1)
	}
	return t
}

func (m maker) bias(n int) *nn.Tensor {
	t := &nn.Tensor{Name: "b", Shape: []int{n}, Type: nn.Int32, I32: make([]int32, n)}
	for i := range t.I32 {
		t.I32[i] = m.Int32N(4000) - 2000
	}
	return t
}

// reals are constants in float32.
func (m maker) reals(shape ...int) *nn.Tensor {
	t := &nn.Tensor{Name: "r", Shape: shape, Type: nn.Float32, F32: make([]float32, nn.Elements(shape))}
	for i := range t.F32 {
		t.F32[i] = float32(m.NormFloat64())
	}
	return t
}

// graph makes the inputs that are not constant those of the network.
func graph(name string, n *nn.Node) *nn.Graph {
	n.Name, n.Source = "layer", "layer"
	g := &nn.Graph{Name: name, File: name + ".tflite", Nodes: []*nn.Node{n}, Outputs: n.Out}
	seen := map[*nn.Tensor]bool{}
	for _, t := range n.In {
		if t != nil && !t.Const() && !seen[t] {
			seen[t] = true
			g.Inputs = append(g.Inputs, t)
		}
	}
	return g
}

func sized(kernel, stride, dilation, before, after int) nn.Window {
	two := func(n int) [2]int { return [2]int{n, n} }
	return nn.Window{Kernel: two(kernel), Stride: two(stride), Dilation: two(dilation), Before: two(before), After: two(after)}
}

// every is all operators, each in the forms that its kernel tells apart.
func every() []*nn.Graph {
	m := maker{rand.New(rand.NewPCG(4, 4))}
	var out []*nn.Graph
	add := func(op nn.Op, p nn.Params, in []*nn.Tensor, y ...*nn.Tensor) {
		out = append(out, graph(fmt.Sprintf("net%d", len(out)), &nn.Node{Op: op, In: in, Out: y, Params: p}))
	}
	in := func(t ...*nn.Tensor) []*nn.Tensor { return t }
	x := m.tensor("x", 2, 7, 6, 8)
	add(nn.Conv, nn.Params{Window: sized(3, 1, 1, 1, 1), Groups: 1, Act: nn.ReluAct}, in(x, m.weights(0, 10, 10, 3, 3, 8), m.bias(10)), m.tensor("y", 2, 7, 6, 10))
	add(nn.Conv, nn.Params{Window: sized(3, 2, 2, 2, 2), Groups: 2}, in(x, m.weights(0, 0, 6, 3, 3, 4)), m.tensor("y", 2, 4, 3, 6))
	add(nn.Conv, nn.Params{Window: sized(1, 2, 1, 0, 0), Groups: 1}, in(x, m.weights(0, 5, 5, 1, 1, 8), m.bias(5)), m.tensor("y", 2, 4, 3, 5))
	add(nn.Depthwise, nn.Params{Window: sized(3, 1, 1, 1, 1), Multiplier: 2}, in(x, m.weights(3, 16, 1, 3, 3, 16), m.bias(16)), m.tensor("y", 2, 7, 6, 16))
	add(nn.Depthwise, nn.Params{Window: sized(3, 2, 2, 1, 1), Multiplier: 1, Act: nn.Relu6Act}, in(x, m.weights(3, 8, 1, 3, 3, 8)), m.tensor("y", 2, 3, 2, 8))
	add(nn.Depthwise, nn.Params{Window: sized(2, 1, 1, 0, 0), Multiplier: 1}, in(x, m.weights(3, 8, 1, 2, 2, 8), m.bias(8)), m.tensor("y", 2, 6, 5, 8))
	add(nn.Depthwise, nn.Params{Window: sized(3, 1, 1, 1, 1), Multiplier: 1}, in(x, m.steep(m.weights(3, 8, 1, 3, 3, 8)), m.bias(8)), m.tensor("y", 2, 7, 6, 8))
	add(nn.Depthwise, nn.Params{Window: sized(3, 2, 1, 0, 1), Multiplier: 1}, in(x, m.dead(m.weights(3, 8, 1, 3, 3, 8), func(i int) int { return i % 8 }), m.hugeBias(8)), m.tensor("y", 2, 3, 3, 8))
	add(nn.Conv, nn.Params{Window: sized(3, 1, 1, 1, 1), Groups: 1}, in(x, m.steep(m.weights(0, 10, 10, 3, 3, 8)), m.bias(10)), m.tensor("y", 2, 7, 6, 10))
	add(nn.Conv, nn.Params{Window: sized(2, 2, 1, 0, 1), Groups: 1}, in(x, m.dead(m.weights(0, 9, 9, 2, 2, 8), func(i int) int { return i / 32 }), m.hugeBias(9)), m.tensor("y", 2, 4, 3, 9))
	add(nn.Conv, nn.Params{Window: sized(1, 1, 1, 0, 0), Groups: 2}, in(x, m.weights(0, 0, 8, 1, 1, 4), m.bias(8)), m.tensor("y", 2, 7, 6, 8))
	add(nn.TransposedConv, nn.Params{Window: sized(3, 2, 1, 1, 0)}, in(m.tensor("x", 1, 4, 4, 3), m.weights(0, 5, 5, 3, 3, 3), m.bias(5)), m.tensor("y", 1, 8, 8, 5))
	add(nn.FullyConnected, nn.Params{}, in(m.tensor("x", 3, 20), m.weights(0, 7, 7, 20), m.bias(7)), m.tensor("y", 3, 7))
	add(nn.FullyConnected, nn.Params{}, in(m.tensor("x", 7, 24), m.weights(0, 0, 9, 24), m.bias(9)), m.tensor("y", 7, 9))
	add(nn.FullyConnected, nn.Params{}, in(m.tensor("x", 2, 13), m.weights(0, 4, 4, 13)), m.tensor("y", 2, 4))
	add(nn.MatMul, nn.Params{}, in(m.tensor("a", 3, 7), m.tensor("b", 7, 5)), m.tensor("y", 3, 5))
	add(nn.MatMul, nn.Params{}, in(m.tensor("a", 2, 3, 4, 5), m.tensor("b", 2, 3, 5, 6)), m.tensor("y", 2, 3, 4, 6))
	add(nn.MatMul, nn.Params{TransposeB: true}, in(m.tensor("a", 4, 5), m.tensor("b", 6, 5)), m.tensor("y", 4, 6))
	add(nn.MatMul, nn.Params{TransposeB: true}, in(m.tensor("a", 27, 18), m.tensor("b", 27, 18)), m.tensor("y", 27, 27))
	add(nn.MatMul, nn.Params{}, in(m.tensor("a", 2, 1, 19), m.tensor("b", 2, 19, 8)), m.tensor("y", 2, 1, 8))
	add(nn.MatMul, nn.Params{}, in(m.tensor("a", 2, 3, 9), m.tensor("b", 2, 9, 3)), m.tensor("y", 2, 3, 3))
	add(nn.MatMul, nn.Params{TransposeB: true}, in(m.tensor("a", 1, 6), m.tensor("b", 1, 6)), m.tensor("y", 1, 1))
	add(nn.MatMul, nn.Params{}, in(m.tensor("a", 3, 9), m.tensor("b", 9, 6)), m.fixed("y", 1e-3, 3, 3, 6))
	add(nn.AveragePool, nn.Params{Window: sized(3, 2, 1, 1, 1)}, in(x), m.like(x, "y", 2, 4, 3, 8))
	add(nn.MaxPool, nn.Params{Window: sized(3, 2, 1, 1, 1), Act: nn.ReluAct}, in(x), m.like(x, "y", 2, 4, 3, 8))
	add(nn.Mean, nn.Params{Axes: []int{1, 2}, KeepDims: true}, in(x), m.tensor("y", 2, 1, 1, 8))
	add(nn.Mean, nn.Params{Axes: []int{0, 3}}, in(x), m.like(x, "y", 7, 6))
	add(nn.Add, nn.Params{Act: nn.ReluAct}, in(x, m.tensor("b", 2, 7, 6, 8)), m.tensor("y", 2, 7, 6, 8))
	add(nn.Add, nn.Params{}, in(m.tensor("a", 7, 1, 8), m.weights(0, 0, 2, 1, 6, 1)), m.tensor("y", 2, 7, 6, 8))
	add(nn.Sub, nn.Params{}, in(x, m.tensor("b", 8)), m.tensor("y", 2, 7, 6, 8))
	add(nn.Mul, nn.Params{}, in(x, m.tensor("b", 2, 1, 1, 8)), m.tensor("y", 2, 7, 6, 8))
	add(nn.Concat, nn.Params{Axis: 3}, in(x, m.like(x, "b", 2, 7, 6, 3)), m.like(x, "y", 2, 7, 6, 11))
	add(nn.Split, nn.Params{Axis: 2}, in(x), m.like(x, "y", 2, 7, 3, 8), m.like(x, "z", 2, 7, 3, 8))
	add(nn.Slice, nn.Params{Begin: []int{0, 5, 1, 2}, Step: []int{1, -2, 2, 3}}, in(x), m.like(x, "y", 2, 3, 2, 2))
	add(nn.Pad, nn.Params{Pads: [][2]int{{0, 1}, {2, 0}, {1, 1}, {0, 3}}}, in(x), m.like(x, "y", 3, 9, 8, 11))
	add(nn.Reshape, nn.Params{}, in(x), m.like(x, "y", 14, 48))
	add(nn.Transpose, nn.Params{Perm: []int{0, 3, 1, 2}}, in(x), m.like(x, "y", 2, 8, 7, 6))
	add(nn.Softmax, nn.Params{Axis: 1, Beta: 1}, in(m.tensor("x", 5, 11)), m.fixed("y", 1./256, -128, 5, 11))
	add(nn.Relu, nn.Params{Act: nn.Relu6Act}, in(x), m.tensor("y", 2, 7, 6, 8))
	add(nn.LeakyRelu, nn.Params{Alpha: 0.1}, in(x), m.tensor("y", 2, 7, 6, 8))
	add(nn.HardSwish, nn.Params{}, in(x), m.tensor("y", 2, 7, 6, 8))
	add(nn.Sigmoid, nn.Params{}, in(x), m.fixed("y", 1./256, -128, 2, 7, 6, 8))
	add(nn.Tanh, nn.Params{}, in(x), m.fixed("y", 1./128, 0, 2, 7, 6, 8))
	add(nn.Gelu, nn.Params{}, in(x), m.tensor("y", 2, 7, 6, 8))
	add(nn.Gelu, nn.Params{TanhForm: true}, in(x), m.tensor("y", 2, 7, 6, 8))
	add(nn.LayerNorm, nn.Params{Axis: 3, Epsilon: 1e-5}, in(x, m.reals(8), m.reals(8)), m.tensor("y", 2, 7, 6, 8))
	add(nn.LayerNorm, nn.Params{Axis: 1}, in(m.fixed("x", 0.01, 7, 9, 27), nil, m.reals(27)), m.tensor("y", 9, 27))
	add(nn.LayerNorm, nn.Params{Axis: 1, Epsilon: 0.5}, in(m.fixed("x", 1e-6, 7, 9, 29)), m.fixed("y", 1e-6, -7, 9, 29))
	add(nn.LayerNorm, nn.Params{Axis: 1, Epsilon: 1e5}, in(m.fixed("x", 1e-3, 7, 9, 30)), m.tensor("y", 9, 30))
	add(nn.LayerNorm, nn.Params{Axis: 0}, in(m.tensor("x", 8192), m.reals(8192)), m.tensor("y", 8192))
	add(nn.LayerNorm, nn.Params{Axis: 1}, in(m.tensor("x", 99, 2)), m.tensor("y", 99, 2))
	add(nn.LayerNorm, nn.Params{Axis: 1}, in(m.tensor("x", 99, 1)), m.tensor("y", 99, 1))
	table := m.weights(0, 0, 50, 3)
	indices := &nn.Tensor{Name: "i", Shape: []int{4, 5}, Type: nn.Int32}
	add(nn.Gather, nn.Params{}, in(table, indices), m.like(table, "y", 4, 5, 3))
	add(nn.Gather, nn.Params{}, in(m.reals(50, 3), indices), &nn.Tensor{Name: "y", Shape: []int{4, 5, 3}, Type: nn.Float32})
	add(nn.ResizeNearest, nn.Params{HalfPixel: true}, in(x), m.like(x, "y", 2, 11, 4, 8))
	u8 := m.tensor("x", 300)
	u8.Type, u8.Quant.Zero[0] = nn.UInt8, 128
	f32 := &nn.Tensor{Name: "f", Shape: []int{300}, Type: nn.Float32}
	add(nn.Quantize, nn.Params{}, in(u8), m.tensor("y", 300))
	add(nn.Quantize, nn.Params{}, in(f32), m.tensor("y", 300))
	add(nn.Dequantize, nn.Params{}, in(u8), f32)
	return out
}

// TestEveryOperator compares the C of each operator with the golden execution, on
// random elements.
func TestEveryOperator(t *testing.T) {
	flowtest.Need(t, "gcc")
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	var main strings.Builder
	var stdin, want bytes.Buffer
	sources := []string{"main.c", "nn_kernels.c"}
	graphs := every()
	ends := make([]int, len(graphs)) // of each one's outputs
	seen := map[nn.Op]bool{}
	for i, g := range graphs {
		seen[g.Nodes[0].Op] = true
		net, err := C(g)
		if err != nil {
			t.Fatal(g.Nodes[0].Op, err)
		}
		for _, f := range net.Files {
			if err := os.WriteFile(filepath.Join(dir, f.Path), f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		sources = append(sources, g.Name+".c")
		fmt.Fprintf(&main, "    { static int8_t in[%[2]d], out[%[3]d]; if (fread(in, 1, %[2]d, stdin) != %[2]d || %[1]s_run(in, out)) return 1; fwrite(out, 1, %[3]d, stdout); }\n",
			g.Name, net.Memory.InputBytes, net.Memory.OutputBytes)
		reference(t, g, r, &stdin, &want)
		ends[i] = want.Len()
	}
	for op := range nn.Dequantize + 1 {
		if !seen[op] {
			t.Errorf("no case for %s", op)
		}
	}
	text := "#include <stdio.h>\n"
	for _, g := range graphs {
		text += "#include \"" + g.Name + ".h\"\n"
	}
	text += "int main(void)\n{\n" + main.String() + "    return 0;\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.c"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	gcc := exec.CommandContext(t.Context(), "gcc", append([]string{"-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsanitize=undefined,address", "-fno-sanitize-recover", "-o", "run"}, sources...)...)
	gcc.Dir = dir
	if b, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, b)
	}
	run := exec.CommandContext(t.Context(), filepath.Join(dir, "run"))
	run.Stdin = &stdin
	var complaint bytes.Buffer
	run.Stderr = &complaint
	got, err := run.Output()
	if err != nil {
		t.Errorf("%v\n%s", err, complaint.Bytes())
	}
	from := 0
	for i, g := range graphs {
		part := got[min(from, len(got)):min(ends[i], len(got))]
		if w := want.Bytes()[from:ends[i]]; !bytes.Equal(part, w) {
			t.Errorf("%s %s: first difference at byte %d of %d", g.Name, g.Nodes[0].Op, differ(part, w), len(w))
		}
		from = ends[i]
	}
}

// reference executes a graph on random inputs; both go to the buffers.
func reference(t *testing.T, g *nn.Graph, r *rand.Rand, in, out *bytes.Buffer) {
	m, err := golden.New(g)
	if err != nil {
		t.Fatal(err)
	}
	var values []golden.Value
	for _, x := range g.Inputs {
		v := golden.NewValue(x.Type, x.Elements())
		for i := range v.I8 {
			v.I8[i] = int8(r.Uint32())
		}
		for i := range v.U8 {
			v.U8[i] = uint8(r.Uint32())
		}
		for i := range v.I32 {
			v.I32[i] = r.Int32N(70) - 10
		}
		for i := range v.F32 {
			v.F32[i] = float32(r.NormFloat64() * 5)
		}
		values = append(values, v)
		in.Write(v.Bytes())
	}
	results, err := m.Run(context.Background(), values...)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range results {
		out.Write(v.Bytes())
	}
}
