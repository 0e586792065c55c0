package kwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/quant"
)

// tiny reads the file of KWT-Tiny's weights, which is no part of the project.
func tiny(t *testing.T) (*nn.Graph, file) {
	t.Helper()
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "models")
	}
	data, err := os.ReadFile(filepath.Join(dir, "kwt_tiny", "kwt_tiny.json"))
	if err != nil {
		t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
	}
	g, err := Import("kwt_tiny.json", data)
	if err != nil {
		t.Fatal(err)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return g, f
}

func logits(t *testing.T, g *nn.Graph, x []float32) []float32 {
	t.Helper()
	out, err := golden.Float(t.Context(), g, nil, x)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// away is the largest difference of two lists.
func away(a, b []float32) (d float64) {
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

func TestLogits(t *testing.T) {
	g, f := tiny(t)
	var want []float32
	for _, v := range f.Expected {
		want = append(want, *v)
	}
	got := logits(t, g, g.Samples[0][0])
	if d := away(got, want); d > 1e-4 {
		t.Errorf("%v; the file has %v", got, want)
	} else {
		t.Logf("off by %.2g", d)
	}
	// Seeded: the scores are not divided.
	for _, n := range g.Nodes {
		if n.Op == nn.Softmax {
			n.Beta = 1
		}
	}
	if d := away(logits(t, g, g.Samples[0][0]), want); d < 1e-4 {
		t.Error("undivided scores are not noticed")
	}
}

// accuracy is how far the integer logits are from the float ones of the file's own
// input, and the share of perturbed inputs whose float margin exceeds 0.2 that get the
// same class.
func accuracy(t *testing.T, g, q *nn.Graph, perturbed int) (off, share float64) {
	t.Helper()
	m, err := golden.New(q)
	if err != nil {
		t.Fatal(err)
	}
	x, y := q.Inputs[0], q.Outputs[0]
	integer := func(real []float32) []float32 {
		v := golden.NewValue(nn.Int8, len(real))
		for i, r := range real {
			v.I8[i] = int8(min(max(math.RoundToEven(float64(r)/float64(x.Quant.Scale[0]))+float64(x.Quant.Zero[0]), -128), 127))
		}
		out, err := m.Run(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		return golden.Real(y, out[0])
	}
	own := g.Samples[0][0]
	off = away(logits(t, g, own), integer(own))
	same, clear := 0, 0
	for _, p := range Perturb(own, perturbed, 99) { // not those of the calibration
		want, got := logits(t, g, p), integer(p)
		if math.Abs(float64(want[0]-want[1])) <= 0.2 {
			continue
		}
		clear++
		if (want[0] > want[1]) == (got[0] > got[1]) {
			same++
		}
	}
	t.Logf("logits off by %.4f; %d of %d perturbations with a clear margin have the same class", off, same, clear)
	if clear < perturbed/2 {
		t.Errorf("only %d of %d margins are clear", clear, perturbed)
	}
	return off, float64(same) / float64(clear)
}

func TestIntegerLogits(t *testing.T) {
	g, _ := tiny(t)
	for _, correct := range []bool{false, true} {
		q, err := quant.Quantize(t.Context(), g, g.Samples, quant.Options{CorrectBiases: correct})
		if err != nil {
			t.Fatal(err)
		}
		if off, share := accuracy(t, g, q, 1000); off > 0.15 || share < 0.99 {
			t.Errorf("logits off by %v, %.2f %% of the classes", off, 100*share)
		}
		// Seeded: gains of the wrong sign and size; the network does not mind their order.
		for _, n := range q.Nodes {
			if n.Op == nn.LayerNorm {
				gains := *n.In[1] // the float graph has the same
				gains.F32 = slices.Clone(gains.F32)
				for i := range gains.F32 {
					gains.F32[i] /= -2
				}
				n.In[1] = &gains
			}
		}
		if off, share := accuracy(t, g, q, 200); off < 0.15 && share > 0.99 {
			t.Error("wrong gains are not noticed")
		}
	}
}

// made is a file with seeded weights.
func made() map[string]any {
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(r.NormFloat64())
		}
		return out
	}
	weights := map[string]any{}
	Graph("g", func(key string, shape ...int) []float32 {
		v := draw(nn.Elements(shape))
		weights[key] = v
		return v
	})
	return map[string]any{"origin": "seeded", "input": draw(416), "expected_logits": draw(2), "weights": weights}
}

func encode(t testing.TB, v any) []byte {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestImport(t *testing.T) {
	g, err := Import("dir/my kwt.json", encode(t, made()))
	if err != nil {
		t.Fatal(err)
	}
	params, macs := 0, int64(0)
	for _, n := range g.Nodes {
		macs += n.MACs()
		for _, x := range n.In {
			if x.Const() {
				params += x.Elements()
			}
		}
	}
	if params != 1646 || macs != 42600 || g.Name != "my_kwt" || g.File != "dir/my kwt.json" || len(g.Samples) != calibrating {
		t.Errorf("%d parameters, %d MACs, %s of %s, %d samples", params, macs, g.Name, g.File, len(g.Samples))
	}
	f := made()
	delete(f, "expected_logits")
	if g, err = Import(".json", encode(t, f)); err != nil || g.Name != "kwt" {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	weights := func(f map[string]any) map[string]any { return f["weights"].(map[string]any) }
	for name, c := range map[string]struct {
		damage func(f map[string]any)
		want   string
	}{
		"short":     {func(f map[string]any) { weights(f)[headBias] = []float32{1} }, `k.json: tensor "mlp_head_1_bias_weights_layer": 1 numbers; KWT-Tiny has 2`},
		"long":      {func(f map[string]any) { f["input"] = make([]float32, 417) }, `tensor "input": 417 numbers; KWT-Tiny has 416`},
		"no input":  {func(f map[string]any) { delete(f, "input") }, `tensor "input": 0 numbers`},
		"logits":    {func(f map[string]any) { f["expected_logits"] = []float32{1} }, `tensor "expected_logits": 1 numbers`},
		"missing":   {func(f map[string]any) { delete(weights(f), classToken) }, `tensor "cls_token_weights_layer": it is missing`},
		"unknown":   {func(f map[string]any) { weights(f)["more"] = []float32{1} }, `tensor "more": KWT-Tiny has no such weights`},
		"null":      {func(f map[string]any) { weights(f)[headBias] = []any{1, nil} }, `element 1 is null`},
		"text":      {func(f map[string]any) { weights(f)[headBias] = "many" }, `line `},
		"NaN":       {func(f map[string]any) { weights(f)[headBias] = []any{json.RawMessage("1e39"), 1} }, `line `},
		"other":     {func(f map[string]any) { f["layers"] = 3 }, `unknown field "layers"`},
		"no weight": {func(f map[string]any) { delete(f, "weights") }, `it is missing in "weights"`},
	} {
		f := made()
		c.damage(f)
		wrong(t, name, encode(t, f), c.want)
	}
	good := encode(t, made())
	wrong(t, "cut", good[:2000], "line ")
	wrong(t, "a letter", bytes.Replace(good, []byte(`"input"`), []byte(`input`), 1), "line ")
	wrong(t, "bare NaN", bytes.Replace(good, []byte(`"input": [`), []byte(`"input": [NaN,`), 1), "line ")
	wrong(t, "empty", nil, "line 1: ")
	wrong(t, "large", make([]byte, maxFile+1), "bytes")
	if line := 1 + bytes.Count(good[:bytes.Index(good, []byte(`"origin"`))], []byte("\n")); line > 1 {
		wrong(t, "the line", bytes.Replace(good, []byte(`"origin": "seeded"`), []byte(`"origin": 3`), 1), fmt.Sprintf("line %d: ", line))
	}
}

func wrong(t *testing.T, name string, data []byte, want string) {
	t.Helper()
	_, err := Import("k.json", data)
	var located *nn.Error
	if !errors.As(err, &located) || located.File != "k.json" || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %s", name, err, want)
	}
}

// FuzzImport: whatever a file holds, it is refused by a located error or it is a network
// that runs.
func FuzzImport(f *testing.F) {
	f.Add(encode(f, made()))
	f.Add([]byte(`{"weights": {"a": [1, null]}, "input": [], "expected_logits": null}`))
	f.Add([]byte(`{"weights": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := Import("f.json", data)
		if err != nil {
			if located := (*nn.Error)(nil); !errors.As(err, &located) || located.File != "f.json" {
				t.Fatalf("not located: %v", err)
			}
			return
		}
		logits(t, g, g.Samples[0][0])
	})
}
