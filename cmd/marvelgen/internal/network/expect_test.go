package network_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/quant"
	"marvelgen/gen/nn/samples"
	"marvelgen/gen/nn/zoo"
)

// save puts contents into a file of a folder of its own.
func save(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// edges quantises LeNet-5 with an output of int8 or float32, and runs it.
func edges(t *testing.T, float bool) (*network.Model, golden.Value) {
	t.Helper()
	g, err := zoo.Build("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	q, err := quant.Quantize(t.Context(), g, quant.RandomSamples(g, 1, 1), quant.Options{FloatOutputs: float})
	if err != nil {
		t.Fatal(err)
	}
	m, err := network.New(q)
	if err != nil {
		t.Fatal(err)
	}
	in, err := network.RandomInputs(q, g, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := m.Judge(t.Context(), in[0]...)
	if err != nil {
		t.Fatal(err)
	}
	return m, ref.Outputs[0]
}

// TestUnexpected changes one element of what is expected: real numbers may be a step of
// the output away, or 1e-4 of the largest, and no more; elements and bytes not at all.
func TestUnexpected(t *testing.T) {
	const at = 3
	for _, tt := range []struct {
		name  string
		float bool // the output
		file  string
		own   bool    // the file holds elements as the network has them
		by    float64 // in steps; of a float output, in parts of the largest element
		bad   bool
	}{
		{"equal", false, "y.npy", false, 0, false},
		{"within a step", false, "y.npy", false, 0.99, false},
		{"a step below", false, "y.npy", false, -1, false},
		{"beyond a step", false, "y.npy", false, 1.01, true},
		{"beyond a step below", false, "y.npy", false, -1.01, true},
		{"no number", false, "y.npy", false, math.NaN(), true},
		{"infinite", false, "y.npy", false, math.Inf(1), true},
		{"equal elements", false, "y.npy", true, 0, false},
		{"another element", false, "y.npy", true, 1, true},
		{"equal bytes", false, "y.bin", true, 0, false},
		{"another byte", false, "y.bin", true, 1, true},
		{"equal floats", true, "y.npy", false, 0, false},
		{"close floats", true, "y.npy", false, 0.9e-4, false},
		{"floats", true, "y.npy", false, -1.1e-4, true},
		{"infinite floats", true, "y.npy", false, math.Inf(-1), true},
		{"no float", true, "y.npy", false, math.NaN(), true},
		{"bytes of floats", true, "y.bin", true, 1e-7, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, out := edges(t, tt.float)
			y := *m.Graph.Outputs[0]
			got := out.Bytes()
			want := golden.Value{I8: slices.Clone(out.I8), F32: golden.Real(&y, out)}
			unit := float64(slices.Max(want.F32))
			if !tt.float {
				unit = float64(y.Quant.Scale[0])
			}
			want.F32[at] += float32(tt.by * unit)
			if tt.own && !tt.float {
				want.I8[at] += int8(tt.by)
				want.F32 = nil
			} else {
				y.Type, want.I8 = nn.Float32, nil
			}
			data := want.Bytes()
			if tt.file == "y.npy" {
				data = samples.WriteNpy(&y, []golden.Value{want})
			}
			e, err := m.ReadExpected(save(t, tt.file, data), 1)
			if err != nil || len(e) != 1 {
				t.Fatal(e, err)
			}
			err = m.Unexpected(e[0], got)
			if (err != nil) != tt.bad {
				t.Errorf("%v", err)
			}
			if tt.bad && !strings.Contains(err.Error(), "expected output: element 3 ") {
				t.Errorf("%q does not say where", err)
			}
			s := network.Sample{Unexpected: err}
			if s.Equal() == tt.bad || tt.bad && s.Difference() != err.Error() {
				t.Errorf("the sample is equal: %v, %q", s.Equal(), s.Difference())
			}
		})
	}
}

func TestReadExpectedErrors(t *testing.T) {
	m, out := edges(t, false)
	y := m.Graph.Outputs[0]
	two := *m
	two.Graph = &nn.Graph{Outputs: []*nn.Tensor{y, y}}
	one := samples.WriteNpy(y, []golden.Value{out})
	for _, tt := range []struct {
		m    *network.Model
		file string
		data []byte
		n    int
		want string
	}{
		{m, "y.npy", one, 2, "has 1 samples, 2 are needed"},
		{m, "y.npy", one[:len(one)-1], 1, "y.npy: damaged"},
		{&two, "y.npy", one, 1, "2 outputs, an array holds one"},
		{m, "y.pb", []byte("hello, world"), 1, "y.pb: damaged, or no ONNX tensor"},
		{m, "y.bin", out.Bytes()[1:], 1, "has 9 bytes; 1 samples of 10 bytes are needed"},
		{m, "y.bin", out.Bytes(), 2, "has 10 bytes; 2 samples of 10 bytes are needed"},
	} {
		if _, err := tt.m.ReadExpected(save(t, tt.file, tt.data), tt.n); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.file, err, tt.want)
		}
	}
	for _, name := range []string{"none.bin", "none.pb"} {
		if _, err := m.ReadExpected(filepath.Join(t.TempDir(), name), 1); err == nil || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMnistAsExpected runs another's float model as a user does who has ONNX's test data:
// quantised by its input, it gives the output within one quantisation step, and
// quantised by random numbers it does not.
func TestMnistAsExpected(t *testing.T) {
	dir := os.Getenv("MARVELGEN_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "models")
	}
	set := filepath.Join(dir, "onnx", "mnist_test_data_set_0")
	input := filepath.Join(set, "input_0.pb")
	if _, err := os.Stat(input); err != nil {
		t.Skipf("the models are not here (set MARVELGEN_MODELS): %v", err)
	}
	for file, within := range map[string]bool{input: true, "": false} {
		g, _, err := network.Import(t.Context(), filepath.Join(dir, "onnx", "mnist.onnx"), network.Calibration{File: file, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		m, err := network.New(g)
		if err != nil {
			t.Fatal(err)
		}
		in, err := network.ReadSamples(input, g.Inputs[0], samples.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := m.ReadExpected(filepath.Join(set, "output_0.pb"), 1)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := m.Judge(t.Context(), in.Values[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Unexpected(want[0], ref.Outputs[0].Bytes()); (err == nil) != within {
			t.Errorf("calibrated by %q: %v", file, err)
		}
	}
}
