package network_test

import (
	"debug/elf"
	"math/rand/v2"
	"strings"
	"testing"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/quant"
)

// matmul adds a product of two activations.
func (l *layersOf) matmul(transposed bool, batches []int, rows, depth, columns int) {
	shape := func(r, c int) []int { return append(append([]int{}, batches...), r, c) }
	b := l.tensor(false, shape(depth, columns)...)
	if transposed {
		b = l.tensor(false, shape(columns, depth)...)
	}
	l.add(nn.MatMul, nn.Params{TransposeB: transposed}, shape(rows, columns), []*nn.Tensor{l.tensor(false, shape(rows, depth)...), b})
}

func (l *layersOf) rows(rows, depth, outs int) {
	l.add(nn.FullyConnected, nn.Params{}, []int{rows, outs}, []*nn.Tensor{l.tensor(false, rows, depth), l.tensor(true, outs, depth), l.tensor(true, outs)})
}

func (l *layersOf) norm(rows, depth int) {
	l.add(nn.LayerNorm, nn.Params{Axis: 1, Epsilon: 1e-5}, []int{rows, depth}, []*nn.Tensor{l.tensor(false, rows, depth), l.tensor(true, depth), l.tensor(true, depth)})
}

// TestKernelsOfTransformer runs layers of many shapes with the kernels of transformer.hcl.
func TestKernelsOfTransformer(t *testing.T) {
	for _, design := range []string{"tiny", "full"} {
		t.Run(design, func(t *testing.T) { kernelsOfTransformer(t, design) })
	}
}

func kernelsOfTransformer(t *testing.T, design string) {
	flowtest.Steps(t, flows.StepCompile)
	l := &layersOf{&nn.Graph{Name: "layers", File: "layers"}, rand.New(rand.NewPCG(1, 2))}
	for _, depth := range []int{4, 8, 12, 128, 256} {
		l.norm(9, depth)
		l.norm(70, depth)
	}
	for _, n := range []int{300, 304, 5000, 20000, 303} {
		l.add(nn.Tanh, nn.Params{}, []int{n}, []*nn.Tensor{l.tensor(false, n)})
	}
	for _, depth := range []int{1, 3, 4, 8, 12, 16, 24, 27, 36, 40, 64, 67, 128} {
		l.rows(9, depth, 12)
		l.rows(1+depth%7, depth, 5)
		l.matmul(false, nil, 7, depth, 8)
		l.matmul(true, nil, 7, depth, 8)
		l.matmul(false, []int{2}, 6, depth, 5)
		l.matmul(true, []int{2, 3}, 3, depth, 9)
	}
	l.rows(300, 70, 6) // in parts
	l.rows(2, 1024, 4) // long
	l.matmul(true, nil, 300, 99, 4)
	for _, depth := range []int{1, 2, 5, 8, 27, 128, 256} {
		l.add(nn.Softmax, nn.Params{Axis: 1, Beta: 1}, []int{6, depth}, []*nn.Tensor{l.tensor(false, 6, depth)})
		l.add(nn.Softmax, nn.Params{Axis: 1, Beta: 9}, []int{6, depth}, []*nn.Tensor{l.tensor(false, 6, depth)})
	}
	fast := len(l.Nodes) // the rest falls back
	l.rows(2, 16, 3)
	l.matmul(false, nil, 3, 7, 2)
	l.norm(3, 7)
	l.add(nn.Softmax, nn.Params{Axis: 1, Beta: 1}, []int{2, 300}, []*nn.Tensor{l.tensor(false, 2, 300)})
	l.add(nn.Tanh, nn.Params{}, []int{299}, []*nn.Tensor{l.tensor(false, 299)})
	reals := quant.RandomSamples(l.Graph, 1, 3)
	g, err := quant.Quantize(t.Context(), l.Graph, reals, quant.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range g.Nodes { // ours are 0; others' need not be
		if n.Op == nn.MatMul && i%3 > 0 {
			n.In[1].Quant.Zero[0] = int32(i*37%255 - 127)
		}
	}
	m, in, ref := withInput(t, g, l.Graph)
	b, header := designOf(t, "transformer.hcl", design)
	s, _ := onCoreWith(t, b, m, in, ref, "", header)
	if !s.Equal() {
		t.Errorf("differs: %s", s.Difference())
	}
	portable := map[string]bool{"three_rows": true, "one_row": true, "two_by_four": true, "slope_of": true, "nn_matmul": true, "nn_softmax": true, "nn_lookup": true, "nn_layer_norm": true}
	for i, p := range m.ProfileOf(s, b.Machine, nil, 0).Layers {
		left := i >= fast
		if design == "tiny" { // takes all tables, and rows of any other length, but neither norms nor zero points
			n := g.Nodes[i]
			left = left && n.Op != nn.Tanh || n.Op == nn.LayerNorm || n.Op == nn.MatMul && n.In[1].Quant.Zero[0] != 0
		}
		if portable[p.Kernel] != left {
			t.Errorf("%s, %d multiplications, runs on %s %v", p.Name, p.MACs, p.Kernel, p.Notes)
		}
	}
}

// TestTransformersOnDesigns runs whole networks with each design's kernels, within the
// cycles that they are to take and, for the small one, the memory.
func TestTransformersOnDesigns(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	for _, c := range []struct {
		model, design string
		cycles        uint64
		bytes         uint64 // of code and data, beside a stack of 2 KiB
	}{
		{"zoo:kwt", "tiny", 101_000, 62 << 10},
		{"zoo:kwt", "full", 65_000, 62 << 10},
		{"zoo:bert_tiny", "tiny", 6_000_000, 0},
		{"zoo:bert_tiny", "full", 3_250_000, 0},
	} {
		t.Run(c.model+" "+c.design, func(t *testing.T) {
			m, in, ref := imported(t, c.model)
			b, header := designOf(t, "transformer.hcl", c.design)
			s, _ := onCoreWith(t, b, m, in, ref, "", header)
			if !s.Equal() || s.Cycles > c.cycles {
				t.Errorf("%d cycles, at most %d wanted; %s", s.Cycles, c.cycles, s.Difference())
			}
			if c.bytes == 0 {
				return
			}
			dir := t.TempDir()
			if err := m.Write(dir, b.Machine); err != nil {
				t.Fatal(err)
			}
			file, err := m.CompileCore(t.Context(), dir, network.CompileOptions{SW: b.SW, Kernels: header})
			if err != nil {
				t.Fatal(err)
			}
			e, err := elf.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			var size uint64
			for _, x := range e.Sections {
				if x.Flags&elf.SHF_ALLOC != 0 && !strings.Contains(x.Name, "stack") {
					size += x.Size
				}
			}
			t.Logf("%d cycles, %d bytes", s.Cycles, size)
			if size > c.bytes {
				t.Errorf("%d bytes of code and data, at most %d wanted", size, c.bytes)
			}
		})
	}
}
