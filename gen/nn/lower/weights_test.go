package lower

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
)

// large is a network of two fully connected layers and a sum with a constant,
// with 2*inner*outer bytes of weights or a little more.
func large(inner, outer int) *nn.Graph {
	m := maker{rand.New(rand.NewPCG(5, 5))}
	x, h, y, z := m.tensor("x", 1, outer), m.tensor("h", 1, inner), m.tensor("y", 1, outer), m.tensor("z", 1, outer)
	h.Quant.Scale[0], y.Quant.Scale[0] = 2, 2
	node := func(name string, op nn.Op, y *nn.Tensor, in ...*nn.Tensor) *nn.Node {
		return &nn.Node{Name: name, Source: name, Op: op, In: in, Out: []*nn.Tensor{y}}
	}
	return &nn.Graph{Name: "large", File: "large.tflite", Inputs: []*nn.Tensor{x}, Outputs: []*nn.Tensor{z}, Nodes: []*nn.Node{
		node("first", nn.FullyConnected, h, x, m.weights(0, inner, inner, outer), m.bias(inner)),
		node("second", nn.FullyConnected, y, h, m.weights(0, 0, outer, inner)),
		node("third", nn.Add, z, y, m.weights(0, 0, 1, outer)),
	}}
}

// TestLarge runs a network whose weights lie in a file of their own, on the host and,
// with the RAM that it needs, on the core.
func TestLarge(t *testing.T) {
	flowtest.Need(t, "gcc", "clang-19", "riscv64-unknown-elf-ld")
	g := large(2000, 5000)
	net, err := C(g)
	if err != nil {
		t.Fatal(err)
	}
	text := 0
	for _, f := range net.Files {
		if strings.HasSuffix(f.Path, ".bin") {
			if len(f.Data) < 20e6 || len(f.Data)%16 != 0 {
				t.Errorf("%s has %d bytes", f.Path, len(f.Data))
			}
			continue
		}
		text += len(f.Data)
	}
	if text > 300e3 {
		t.Errorf("%d bytes of text", text)
	}
	if got := strings.Join(net.Sources(), " "); got != "large.c large_weights.S nn_kernels.c" {
		t.Errorf("sources: %s", got)
	}
	m, err := golden.New(g)
	if err != nil {
		t.Fatal(err)
	}
	in := golden.NewValue(nn.Int8, 5000)
	r := rand.New(rand.NewPCG(1, 5))
	for i := range in.I8 {
		in.I8[i] = int8(r.Uint32())
	}
	out, err := m.Run(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := out[0].Bytes()
	if got := host(t, net, "large", in.Bytes()); !bytes.Equal(got, want) {
		t.Errorf("host: first difference at %d", differ(got, want))
	}
	for _, compiler := range []string{gcc.Clang, gcc.GCC} {
		got, _, r := simulate(t, design(t), net, "large", compiler, in.Bytes())
		if !bytes.Equal(got, want) {
			t.Errorf("%s: first difference at %d", compiler, differ(got, want))
		}
		t.Logf("%s: %d cycles", compiler, r.ROICycles)
	}
}

// TestThreshold: up to MaxArrays, constants are arrays.
func TestThreshold(t *testing.T) {
	for outer, files := range map[int]int{1023: 4, 1024: 6} {
		net, err := C(large(512, outer)) // 1024*outer bytes of weights and 1024 of the sum's
		if err != nil {
			t.Fatal(err)
		}
		if len(net.Files) != files {
			t.Errorf("%d files for %d bytes of constants", len(net.Files), net.Constants)
		}
	}
}
