package golden

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// operator is one case of CMSIS-NN's unit tests: macros and arrays by name.
type operator struct {
	Define map[string]any
	Array  map[string]struct {
		Type string
		Data []int32
	}
}

// cases reads the vectors of others, which are no part of the project: from
// MARVELGEN_MODELS, or from the folder beside the project's root.
func cases(t *testing.T) map[string]operator {
	t.Helper()
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "models")
	}
	f, err := os.Open(filepath.Join(dir, "cmsis-nn", "cmsis_nn_testdata.json.gz"))
	if err != nil {
		t.Skipf("the CMSIS-NN vectors are not here (set MARVELGEN_MODELS): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]operator
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// number is a macro by the end of its name, or fallback.
func (o operator) number(name string, fallback int) int {
	for key, v := range o.Define {
		if n, ok := v.(float64); ok && strings.HasSuffix(key, "_"+name) {
			return int(n)
		}
	}
	return fallback
}

// array is the first of the named arrays that the case has.
func (o operator) array(names ...string) []int32 {
	for _, name := range names {
		for key, a := range o.Array {
			if strings.HasSuffix(key, "_"+name) {
				return a.Data
			}
		}
	}
	return nil
}

func bytesOf(values []int32) []int8 {
	out := make([]int8, len(values))
	for i, v := range values {
		out[i] = int8(v)
	}
	return out
}

// layer turns a case into our own description.
func (o operator) layer(depthwise bool) (Conv, Data) {
	n := o.number
	c := Conv{
		InH: n("INPUT_H", 1), InW: n("INPUT_W", 1), InC: n("IN_CH", 0),
		OutH: n("OUTPUT_H", 1), OutW: n("OUTPUT_W", 1), OutC: n("OUT_CH", 0),
		KernelH: n("FILTER_Y", 1), KernelW: n("FILTER_X", 1), StrideH: n("STRIDE_Y", 1), StrideW: n("STRIDE_X", 1),
		PadH: n("PAD_Y", 0), PadW: n("PAD_X", 0), DilationH: n("DILATION_Y", 1), DilationW: n("DILATION_X", 1),
		Depthwise: depthwise, InputOffset: int32(n("INPUT_OFFSET", 0)), OutputOffset: int32(n("OUTPUT_OFFSET", 0)),
		Min: int32(n("OUT_ACTIVATION_MIN", -128)), Max: int32(n("OUT_ACTIVATION_MAX", 127)),
	}
	d := Data{
		Input: bytesOf(o.array("input")), Weights: bytesOf(o.array("weights")), Bias: o.array("biases", "bias"),
		Multiplier: o.array("output_mult", "output_multiplier"), Shift: o.array("output_shift"),
		Expected: bytesOf(o.array("output_ref", "output")),
	}
	if d.Bias == nil {
		d.Bias = make([]int32, c.OutC)
	}
	return c, d
}

// run computes all batches of a case.
func run(c Conv, d Data) []int8 {
	var out []int8
	for size := c.InH * c.InW * c.InC; len(d.Input) >= size; d.Input = d.Input[size:] {
		out = append(out, c.Run(d)...)
	}
	return out
}

func TestAgainstCMSIS(t *testing.T) {
	all := cases(t)
	// Not depthwise_2: its channel multiplier is not a shape of ours.
	for _, c := range []struct {
		name      string
		depthwise bool
	}{
		{"basic", false}, {"kernel1x1", false}, {"kernel1x1_stride_x", false}, {"kernel1x1_stride_x_y", false},
		{"kernel1x1_stride_x_y_1", false}, {"kernel1x1_stride_x_y_2", false}, {"stride2pad1", false},
		{"conv_2", false}, {"conv_3", false}, {"conv_4", false}, {"conv_out_activation", false},
		{"conv_1_x_n_1", false}, {"conv_1_x_n_2", false}, {"conv_1_x_n_3", false}, {"conv_1_x_n_4", false}, {"conv_1_x_n_5", false},
		{"conv_2x2_dilation", false}, {"conv_2x3_dilation", false}, {"conv_3x2_dilation", false}, {"conv_dilation_golden", false},
		{"depthwise_kernel_3x3", true}, {"depthwise_kernel_3x3_null_bias", true},
		{"depthwise_sub_block", true}, {"depthwise_out_activation", true}, {"depthwise_null_bias_0", true},
		{"depthwise_x_stride", true}, {"fc_per_ch", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, ok := all[c.name]
			if !ok {
				t.Fatal("no such case in this set of vectors")
			}
			layer, d := o.layer(c.depthwise)
			if got := run(layer, d); !slices.Equal(got, d.Expected) {
				t.Errorf("differs: %d outputs of %d expected\n got %v\nwant %v", len(got), len(d.Expected), head(got), head(d.Expected))
			}
		})
	}
}

// A golden model whose rounding is off by one must fail on these vectors.
func TestCMSISCatchesSeededBug(t *testing.T) {
	o, ok := cases(t)["kernel1x1"]
	if !ok {
		t.Fatal("no such case")
	}
	layer, d := o.layer(false)
	d.Multiplier = slices.Clone(d.Multiplier)
	d.Multiplier[0] += 1 << 24
	if slices.Equal(run(layer, d), d.Expected) {
		t.Error("a wrong multiplier was not noticed")
	}
}

func head(v []int8) []int8 { return v[:min(len(v), 24)] }
