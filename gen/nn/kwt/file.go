package kwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"marvelgen/gen/nn"
)

// Keys of the weights in a file.
const (
	patchWeights   = "to_patch_embedding_1_weight_weights_layer"
	patchBias      = "to_patch_embedding_1_bias_weights_layer"
	classToken     = "cls_token_weights_layer"
	positions      = "pos_embedding_weights_layer"
	qkvWeights     = "transformer_layers_0_0_fn_to_qkv_weight_weights_attention"
	projectWeights = "transformer_layers_0_0_fn_to_out_0_weight_weights_attention"
	projectBias    = "transformer_layers_0_0_fn_to_out_0_bias_weights_attention"
	norm1Gain      = "transformer_layers_0_0_norm_weight_weights_postnorm"
	norm1Bias      = "transformer_layers_0_0_norm_bias_weights_postnorm"
	widenWeights   = "transformer_layers_0_1_fn_net_0_weight_weights_feedforward"
	widenBias      = "transformer_layers_0_1_fn_net_0_bias_weights_feedforward"
	narrowWeights  = "transformer_layers_0_1_fn_net_3_weight_weights_feedforward"
	narrowBias     = "transformer_layers_0_1_fn_net_3_bias_weights_feedforward"
	norm2Gain      = "transformer_layers_0_1_norm_weight_weights_postnorm"
	norm2Bias      = "transformer_layers_0_1_norm_bias_weights_postnorm"
	norm3Gain      = "mlp_head_0_weight_weights_layer"
	norm3Bias      = "mlp_head_0_bias_weights_layer"
	headWeights    = "mlp_head_1_weight_weights_layer"
	headBias       = "mlp_head_1_bias_weights_layer"
)

// IsGain reports whether the numbers of a key are the gains of a normalisation.
func IsGain(key string) bool { return key == norm1Gain || key == norm2Gain || key == norm3Gain }

// maxFile bounds a file, in bytes; KWT-Tiny's has 50,000.
const maxFile = 1 << 22

// calibrating is how many inputs a graph comes with: the file's own, and others near it.
const calibrating = 65

// numbers are those of an array; nil stands for a null, which is none.
type numbers []*float32

// file is what a file holds.
type file struct {
	Origin   string             `json:"origin"`
	Input    numbers            `json:"input"`
	Expected numbers            `json:"expected_logits"`
	Weights  map[string]numbers `json:"weights"`
}

// Import reads a file: JSON with an object "weights" of arrays, an array "input", and
// the two "expected_logits" of it, which may be absent. The graph is in float32; its
// samples are the input and seeded perturbations of it. Errors are *nn.Error.
func Import(name string, data []byte) (*nn.Graph, error) {
	bad := func(tensor, format string, args ...any) error {
		e := &nn.Error{File: name, Problem: fmt.Sprintf(format, args...)}
		if tensor != "" {
			e.Tensor = fmt.Sprintf("%q", nn.Printable(tensor))
		}
		return e
	}
	if len(data) > maxFile {
		return nil, bad("", "%d bytes; a file of KWT-Tiny's weights has at most %d", len(data), maxFile)
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, bad("", "line %d: no file of KWT-Tiny's weights: %v", 1+bytes.Count(data[:offset(err, d)], []byte("\n")), err)
	}
	left, problem := maps.Clone(f.Weights), error(nil)
	take := func(key string, from numbers, shape ...int) []float32 {
		out := make([]float32, nn.Elements(shape))
		if len(from) != len(out) && problem == nil {
			problem = bad(key, "%d numbers; KWT-Tiny has %d", len(from), len(out))
		}
		for i, v := range from[:min(len(from), len(out))] {
			if v != nil {
				out[i] = *v
			} else if problem == nil {
				problem = bad(key, "element %d is null", i)
			}
		}
		return out
	}
	g := Graph(stem(name), func(key string, shape ...int) []float32 {
		if _, ok := f.Weights[key]; !ok && problem == nil {
			problem = bad(key, `it is missing in "weights"`)
		}
		delete(left, key)
		return take(key, f.Weights[key], shape...)
	})
	g.File = name
	input := take("input", f.Input, patches, patch)
	if len(f.Expected) > 0 {
		take("expected_logits", f.Expected, classes)
	}
	if keys := slices.Sorted(maps.Keys(left)); len(keys) > 0 && problem == nil {
		problem = bad(keys[0], "KWT-Tiny has no such weights")
	}
	if problem != nil {
		return nil, problem
	}
	g.Samples = [][][]float32{{input}}
	for _, x := range Perturb(input, calibrating-1, 1) {
		g.Samples = append(g.Samples, [][]float32{x})
	}
	return g, g.Check()
}

// offset is where in a file an error lies.
func offset(err error, d *json.Decoder) int64 {
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		return e.Offset
	}
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		return e.Offset
	}
	return d.InputOffset()
}

// stem is the name of a network in a file; its characters may be any.
func stem(file string) string {
	base := file[strings.LastIndexAny(file, `/\`)+1:]
	if id := nn.Ident(strings.TrimSuffix(base, ".json")); id != "" {
		return id
	}
	return "kwt"
}

// deviations are the standard deviations of noise, in turn: up to a tenth of the largest
// coefficient, where a third of the inputs changes its class.
var deviations = []float64{1, 2, 5, 10}

// Perturb is n inputs with noise of a normal distribution.
func Perturb(input []float32, n int, seed uint64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 0x6b7774))
	all := make([][]float32, n)
	for i := range all {
		for _, v := range input {
			all[i] = append(all[i], v+float32(r.NormFloat64()*deviations[i%len(deviations)]))
		}
	}
	return all
}
