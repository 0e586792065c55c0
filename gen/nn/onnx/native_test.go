package onnx

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/kwt"
	"marvelgen/gen/nn/lower"
	"marvelgen/gen/nn/onnx/schema"
	"marvelgen/gen/nn/quant"
)

// driver runs a network on one input in stdin.
const driver = `#include <stdio.h>
#include "%[1]s.h"
static unsigned char in[%[2]s_IN_BYTES], out[%[2]s_OUT_BYTES];
int main(void)
{
    if (fread(in, 1, sizeof in, stdin) != sizeof in || %[1]s_run((const void *)in, (void *)out))
        return 1;
    fwrite(out, 1, sizeof out, stdout);
    return 0;
}
`

// native compiles a network's C for the host and runs it.
func native(t *testing.T, g *nn.Graph, in []byte) []byte {
	t.Helper()
	c, err := lower.C(g)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range c.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "main.c"), fmt.Appendf(nil, driver, g.Name, strings.ToUpper(g.Name)), 0o666); err != nil {
		t.Fatal(err)
	}
	gcc := exec.CommandContext(t.Context(), "gcc", append([]string{"-std=c99", "-O0", "-Wall", "-Wextra", "-Werror", "-pedantic",
		"-fsanitize=undefined", "-fno-sanitize-recover", "-I.", "-o", "run", "main.c"}, c.Sources()...)...)
	gcc.Dir = dir
	if text, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, text)
	}
	run := exec.CommandContext(t.Context(), filepath.Join(dir, "run"))
	run.Stdin = bytes.NewReader(in)
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stepped is an input in the type and the scale that a quantised network takes.
func stepped(x *nn.Tensor, v []float32) (golden.Value, []byte) {
	out := golden.NewValue(x.Type, x.Elements())
	var b []byte
	for i, r := range v {
		if x.Type == nn.Int32 {
			out.I32[i] = int32(r)
			b = binary.LittleEndian.AppendUint32(b, uint32(out.I32[i]))
			continue
		}
		out.I8[i] = int8(min(max(math.RoundToEven(float64(r)/float64(x.Quant.Scale[0]))+float64(x.Quant.Zero[0]), -128), 127))
		b = append(b, byte(out.I8[i]))
	}
	return out, b
}

// inSteps runs a quantised network.
func inSteps(t *testing.T, g *nn.Graph, v []float32) ([]int8, []byte) {
	t.Helper()
	m, err := golden.New(g)
	if err != nil {
		t.Fatal(err)
	}
	x, b := stepped(g.Inputs[0], v)
	out, err := m.Run(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return out[0].I8, b
}

// TestTransformersInC quantises float networks by their inputs: the C equals the golden
// execution, and both are near what ONNX Runtime has in float32.
func TestTransformersInC(t *testing.T) {
	flowtest.Need(t, "gcc")
	for i, c := range transformers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newNet(c.opset)
			c.build(n)
			float, err := Import(fmt.Sprintf("net%d.onnx", i), n.bytes(t))
			if err != nil {
				t.Fatal(err)
			}
			in := c.inputs[0]
			if x := float.Inputs[0]; x.NCHW {
				in = turn(t, in, []int{x.Shape[0], x.Shape[3], x.Shape[1], x.Shape[2]}, false)
			}
			g, err := quant.Quantize(t.Context(), float, [][][]float32{{in}}, quant.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want, b := inSteps(t, g, in)
			got := native(t, g, b)
			if !slices.EqualFunc(got, want, func(a byte, b int8) bool { return int8(a) == b }) {
				t.Errorf("C has %v, golden %v", got, want)
			}
			y := g.Outputs[0]
			agree(t, "in int8", golden.Real(y, golden.Value{I8: want}), c.want, 0.06)
		})
	}
}

// TestQuantisedTransformersInC: the C of networks that came in int8 equals the golden
// execution. Their edges are real numbers, or tokens.
func TestQuantisedTransformersInC(t *testing.T) {
	flowtest.Need(t, "gcc")
	for i, c := range quantisedTransformers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newNet(c.opset)
			c.build(n)
			g, err := Import(fmt.Sprintf("net%d.onnx", i), n.bytes(t))
			if err != nil {
				t.Fatal(err)
			}
			m, err := golden.New(g)
			if err != nil {
				t.Fatal(err)
			}
			v := golden.NewValue(g.Inputs[0].Type, len(c.input))
			var in, want []byte
			for k, x := range c.input {
				if g.Inputs[0].Type == nn.Int32 {
					v.I32[k] = int32(x)
					in = binary.LittleEndian.AppendUint32(in, uint32(v.I32[k]))
				} else {
					v.F32[k] = x
					in = binary.LittleEndian.AppendUint32(in, math.Float32bits(x))
				}
			}
			out, err := m.Run(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range out[0].F32 {
				want = binary.LittleEndian.AppendUint32(want, math.Float32bits(x))
			}
			if got := native(t, g, in); !bytes.Equal(got, want) {
				t.Errorf("C has % x, golden % x", got, want)
			}
		})
	}
}

// kwtTiny is KWT-Tiny as an ONNX graph, with weights of a file.
func kwtTiny(n *net, weights map[string][]float32) {
	constant := func(key string, shape ...int) string {
		return n.constant(&schema.Tensor{Dims: dims(shape), DataType: typeFloat, FloatData: weights[key]})
	}
	const layers, attention, post, forward = "_weights_layer", "_weights_attention", "_weights_postnorm", "_weights_feedforward"
	layer := func(x, name, kind string, in, out int) string {
		return n.op("Add", []string{n.op("MatMul", []string{x, constant(name+"_weight"+kind, in, out)}), constant(name+"_bias"+kind, out)})
	}
	norm := func(x, name, kind string) string {
		return n.op("LayerNormalization", []string{x, constant(name+"_weight"+kind, 12), constant(name+"_bias"+kind, 12)})
	}
	x := layer(n.in(1, 26, 16), "to_patch_embedding_1", layers, 16, 12)
	x = n.op("Concat", []string{n.op("Expand", []string{constant("cls_token"+layers, 1, 1, 12), n.ints(1, -1+2, 1)}), x}, "axis", 1)
	x = n.op("Add", []string{x, constant("pos_embedding"+layers, 1, 27, 12)})
	parts := n.ops("Split", 3, []string{n.op("MatMul", []string{x, constant("transformer_layers_0_0_fn_to_qkv_weight"+attention, 12, 24)}), n.ints(8, 8, 8)}, "axis", -1)
	var qkv [3]string
	for i, p := range parts {
		qkv[i] = n.op("Transpose", []string{n.op("Reshape", []string{p, n.ints(1, 27, 1, 8)})}, "perm", []int{0, 2, 1, 3})
	}
	y := layer(n.attend("behind", "", qkv, sizes{tokens: 27, heads: 1, depth: 8}), "transformer_layers_0_0_fn_to_out_0", attention, 8, 12)
	x = n.op("Add", []string{norm(y, "transformer_layers_0_0_norm", post), x})
	y = layer(n.act("half last", layer(x, "transformer_layers_0_1_fn_net_0", forward, 12, 24)), "transformer_layers_0_1_fn_net_3", forward, 24, 12)
	x = n.op("Add", []string{norm(y, "transformer_layers_0_1_norm", post), x})
	layer(norm(n.pickFirst(x), "mlp_head_0", layers), "mlp_head_1", layers, 12, 2)
}

// TestKWTTiny compares the network's ONNX form with that which package kwt builds: the
// same nodes but for shapes, the same logits, and in int8 the same integers.
func TestKWTTiny(t *testing.T) {
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "models")
	}
	data, err := os.ReadFile(filepath.Join(dir, "kwt_tiny", "kwt_tiny.json"))
	if err != nil {
		t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
	}
	ours, err := kwt.Import("kwt_tiny.json", data)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Expected []float32            `json:"expected_logits"`
		Weights  map[string][]float32 `json:"weights"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	n := newNet(17)
	kwtTiny(n, file.Weights)
	g := mustImport(t, n)
	shapeless := func(g *nn.Graph) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(kindsOf(g)), func(k string) bool { return k == "reshape" }), " ")
	}
	if got, want := shapeless(g), shapeless(ours); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, sample := range ours.Samples[:8] {
		want, err := golden.Float(t.Context(), ours, nil, sample...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := golden.Float(t.Context(), g, nil, sample...)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "logits", got[0], want[0], 1e-5)
	}
	agree(t, "the file's logits", run(t, g, &array{shape: []int{1, 26, 16}, f: ours.Samples[0][0]})[0], file.Expected, 1e-5)
	var ints [2][]int8
	for i, float := range []*nn.Graph{ours, g} {
		q, err := quant.Quantize(t.Context(), float, ours.Samples, quant.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range ours.Samples[:8] {
			out, _ := inSteps(t, q, sample[0])
			ints[i] = append(ints[i], out...)
		}
	}
	if !slices.Equal(ints[0], ints[1]) {
		t.Errorf("in int8 %v, want %v", ints[1], ints[0])
	}
}
