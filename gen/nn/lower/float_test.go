package lower

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/zoo"
)

// mixed has every operator with a form in float32, and those that carry elements.
func mixed(r *rand.Rand) *nn.Graph {
	tensor := func(name string, shape ...int) *nn.Tensor {
		return &nn.Tensor{Name: name, Shape: shape, Type: nn.Float32}
	}
	constant := func(name string, shape ...int) *nn.Tensor {
		t := tensor(name, shape...)
		for range nn.Elements(shape) {
			t.F32 = append(t.F32, float32(r.NormFloat64()))
		}
		return t
	}
	g := &nn.Graph{Name: "mixed"}
	x := tensor("x", 2, 5, 7)
	g.Inputs = []*nn.Tensor{x}
	add := func(name string, op nn.Op, p nn.Params, shape []int, in ...*nn.Tensor) *nn.Tensor {
		y := tensor(name, shape...)
		g.Nodes = append(g.Nodes, &nn.Node{Name: name, Op: op, Params: p, In: in, Out: []*nn.Tensor{y}})
		return y
	}
	x = add("bare", nn.FullyConnected, nn.Params{}, []int{2, 5, 7}, x, constant("w", 7, 7))
	x = add("short", nn.Add, nn.Params{}, x.Shape, constant("s", 7), x)
	x = add("rows", nn.Add, nn.Params{}, x.Shape, x, constant("rows", 1, 5, 7))
	s := add("scores", nn.MatMul, nn.Params{TransposeB: true}, []int{2, 5, 5}, x, x)
	s = add("parts", nn.Softmax, nn.Params{Axis: 2, Beta: 0.25}, s.Shape, s)
	y := add("context", nn.MatMul, nn.Params{}, []int{2, 5, 7}, s, x)
	y = add("norm", nn.LayerNorm, nn.Params{Axis: 2, Epsilon: 1e-5}, y.Shape, y, constant("g", 7), constant("b", 7))
	y = add("erf", nn.Gelu, nn.Params{}, y.Shape, y)
	x = add("tanh", nn.Gelu, nn.Params{TanhForm: true}, x.Shape, x)
	x = add("both", nn.Concat, nn.Params{Axis: 1}, []int{2, 10, 7}, x, y)
	x = add("turned", nn.Transpose, nn.Params{Perm: []int{0, 2, 1}}, []int{2, 7, 10}, x)
	x = add("part", nn.Slice, nn.Params{Begin: []int{0, 1, 2}, Step: []int{1, 2, 1}}, []int{2, 3, 8}, x)
	x = add("flat", nn.Reshape, nn.Params{}, []int{2, 24}, x)
	x = add("last", nn.FullyConnected, nn.Params{}, []int{2, 3}, x, constant("lw", 3, 24), constant("lb", 3))
	g.Outputs = []*nn.Tensor{x}
	return g
}

func floatBytes(v []float32) []byte {
	var out []byte
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// away is the largest difference of outputs from the golden execution in floating point.
func away(t *testing.T, g *nn.Graph, net *Network, flags ...string) float64 {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var in []float32
	for range nn.Elements(g.Inputs[0].Shape) {
		in = append(in, float32(r.NormFloat64()))
	}
	want, err := golden.Float(t.Context(), g, nil, in)
	if err != nil {
		t.Fatal(err)
	}
	got := host(t, net, g.Name, floatBytes(in), append(flags, "-lm")...)
	if len(got) != 4*len(want[0]) {
		t.Fatalf("%d bytes for %d numbers", len(got), len(want[0]))
	}
	worst := 0.
	for i, w := range want[0] {
		d := math.Abs(float64(math.Float32frombits(binary.LittleEndian.Uint32(got[4*i:]))) - float64(w))
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		worst = max(worst, d)
	}
	return worst
}

// TestFloat holds the C of float networks to the golden execution; undefined behaviour
// stops the program. A kernel with a bug is found.
func TestFloat(t *testing.T) {
	graphs := map[string]*nn.Graph{"mixed": mixed(rand.New(rand.NewPCG(1, 2)))}
	for _, name := range []string{"kwt", "bert_tiny"} {
		g, err := zoo.Build(name)
		if err != nil {
			t.Fatal(err)
		}
		graphs[name] = g
	}
	for name, g := range graphs {
		t.Run(name, func(t *testing.T) {
			net, err := Float(g)
			if err != nil {
				t.Fatal(err)
			}
			if d := away(t, g, net, "-fsanitize=undefined,address", "-fno-sanitize-recover"); d > 1e-4 {
				t.Errorf("%g away", d)
			}
			for i, f := range net.Files {
				if f.Path == "nn_float.c" {
					net.Files[i].Data = []byte(strings.Replace(string(f.Data), "sum / (float)depth", "sum / (float)(depth + 1)", 1))
				}
			}
			if d := away(t, g, net); d < 1e-3 {
				t.Errorf("a wrong mean is %g away", d)
			}
		})
	}
}

// TestFloatRefuses: what has no form in float32 is an error that names it.
func TestFloatRefuses(t *testing.T) {
	build := func(change func(g *nn.Graph)) error {
		g := mixed(rand.New(rand.NewPCG(1, 2)))
		change(g)
		_, err := Float(g)
		return err
	}
	for want, change := range map[string]func(g *nn.Graph){
		"":                     func(*nn.Graph) {},
		"activation relu":      func(g *nn.Graph) { g.Nodes[0].Act = nn.ReluAct },
		"activation relu6":     func(g *nn.Graph) { g.Nodes[1].Act = nn.Relu6Act },
		"quantise the network": func(g *nn.Graph) { g.Nodes[7].Op = nn.Tanh },
		"as the kernels are":   func(g *nn.Graph) { g.Name = "nn_float" },
		"gelu has 2 inputs":    func(g *nn.Graph) { g.Nodes[7].In = append(g.Nodes[7].In, g.Inputs[0]) },
	} {
		err := build(change)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
