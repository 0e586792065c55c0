package network_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/nn"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/spec"
	"marvelgen/verif/iss"
	judged "marvelgen/verif/profile"
)

const base = `extension "base" {}
design "core" {
  instructions = []
}
`

// lenet is a small network and one input of it.
func lenet(t *testing.T) (*network.Model, []golden.Value, *network.Reference) {
	t.Helper()
	return imported(t, "zoo:lenet5")
}

// imported is a network that comes in floats, and one input of it.
func imported(t *testing.T, file string) (*network.Model, []golden.Value, *network.Reference) {
	t.Helper()
	g, float, err := network.Import(t.Context(), file, network.Calibration{Seed: 1})
	if err != nil || float == nil {
		t.Fatal(err)
	}
	return withInput(t, g, float)
}

// withInput is a quantised network and one input of it.
func withInput(t *testing.T, g, float *nn.Graph) (*network.Model, []golden.Value, *network.Reference) {
	t.Helper()
	m, err := network.New(g)
	if err != nil {
		t.Fatal(err)
	}
	in, err := network.RandomInputs(g, float, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := m.Judge(t.Context(), in[0]...)
	if err != nil {
		t.Fatal(err)
	}
	return m, in[0], ref
}

func bench(t *testing.T) *build.Bench {
	t.Helper()
	l, problems, err := gen.Load("base.hcl", []byte(base))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	b, err := build.NewBench(l, "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// onCore compiles and runs a network on the simulator, or on the RTL.
func onCore(t *testing.T, b *build.Bench, m *network.Model, in []golden.Value, ref *network.Reference, model string) (*network.Sample, *judged.Lines) {
	t.Helper()
	return onCoreWith(t, b, m, in, ref, model, nil)
}

// onCoreWith does so with kernels of the design.
func onCoreWith(t *testing.T, b *build.Bench, m *network.Model, in []golden.Value, ref *network.Reference, model string, kernels []emit.File) (*network.Sample, *judged.Lines) {
	t.Helper()
	dir := t.TempDir()
	if err := m.Write(dir, b.Machine); err != nil {
		t.Fatal(err)
	}
	elf, err := m.CompileCore(t.Context(), dir, network.CompileOptions{SW: b.SW, Kernels: kernels, Debug: true})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := judged.ReadLines(elf)
	if err != nil {
		t.Fatal(err)
	}
	img, err := iss.ReadFile(elf)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.RunCore(t.Context(), network.Core{Machine: b.Machine, Model: model, Dir: dir, Limit: 1e9}, img, network.Input(in), ref)
	if err != nil {
		t.Fatal(err)
	}
	return s, lines
}

// TestEverywhere runs one network on host, simulator and RTL: all equal to the
// golden execution, and the two latter in equal time, layer by layer.
func TestEverywhere(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile, flows.StepVerify, flows.StepHost)
	m, in, ref := lenet(t)
	b := bench(t)
	h, err := m.NewHost(t.Context(), t.TempDir(), network.CompileOptions{SW: b.SW})
	if err != nil {
		t.Fatal(err)
	}
	host, err := h.Run(t.Context(), network.Input(in), ref)
	if err != nil {
		t.Fatal(err)
	}
	model, err := b.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sim, lines := onCore(t, b, m, in, ref, "")
	rtl, _ := onCore(t, b, m, in, ref, model)
	for name, s := range map[string]*network.Sample{"host": host, "simulator": sim, "rtl": rtl} {
		if !s.Equal() || !bytes.Equal(s.Output, ref.Outputs[0].Bytes()) {
			t.Errorf("%s: %s", name, s.Difference())
		}
	}
	if sim.Cycles != rtl.Cycles || sim.Instructions != rtl.Instructions || sim.Cycles == 0 || rtl.Lockstep < rtl.Instructions {
		t.Errorf("simulator %d cycles, RTL %d; %d instructions, %d in lockstep", sim.Cycles, rtl.Cycles, rtl.Instructions, rtl.Lockstep)
	}
	p, q := m.ProfileOf(sim, b.Machine, lines, 5), m.ProfileOf(rtl, b.Machine, nil, 5)
	sum := uint64(0)
	for i, l := range p.Layers {
		if sum += l.Cycles; l.Cycles != q.Layers[i].Cycles || l.Loads != q.Layers[i].Loads {
			t.Errorf("layer %s: %+v on the simulator, %+v on the RTL", l.Name, l, q.Layers[i])
		}
		if (l.Cycles == 0) != (l.Operator == "reshape") {
			t.Errorf("layer %s takes %d cycles", l.Name, l.Cycles)
		}
	}
	if sum != p.Cycles || p.Cycles > sim.Cycles || sim.Cycles-p.Cycles > 100 {
		t.Errorf("the layers take %d cycles, in sum %d, the inference %d", sum, p.Cycles, sim.Cycles)
	}
	if len(p.Blocks) != 5 || p.Blocks[0].File != "nn_kernels.c" || p.Blocks[0].Line == 0 || len(p.Blocks[0].Code) == 0 {
		t.Errorf("hot blocks: %+v", p.Blocks)
	}
	export(t, p)
}

// export reads the profile's exports with what they are made for.
func export(t *testing.T, p *network.Profile) {
	t.Helper()
	var b bytes.Buffer
	if err := p.WritePprof(&b); err != nil {
		t.Fatal(err)
	}
	read, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	cycles := int64(0)
	for _, s := range read.Sample {
		cycles += s.Value[0]
	}
	if uint64(cycles) != p.Cycles {
		t.Errorf("pprof has %d cycles, the profile %d", cycles, p.Cycles)
	}
	_, problems := spec.Parse("kernels.hcl", []byte(base+p.Kernels()))
	if len(problems) > 0 || !strings.Contains(p.Kernels(), `kernel "conv"`) {
		t.Errorf("%v\n%s", problems, p.Kernels())
	}
}

// TestMismatch seeds wrong numbers and wrong arithmetic into the C: the first layer
// that is wrong is named, on host and core.
func TestMismatch(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile, flows.StepHost)
	b := bench(t)
	for _, tt := range []struct {
		file, from, to string
		layer          string // that is named; "": none
		host           string // the same, where it is another on the host
	}{
		{"lenet5.c", "conv2_bias[16] = {\n    ", "conv2_bias[16] = {\n    9000000 + ", "conv2", ""},
		{"lenet5.c", "NN_MAX_POOL(&pool1_params, in, out);", "NN_MAX_POOL(&pool1_params, in, out); out[7] ^= 1;", "pool1", ""},
		{"lenet5.c", ".out = {1, 1}", ".out = {1, 1}", "", ""},                                // as it was
		{"lenet5.c", "    return 0;", "    out[3] ^= 4;\n    return 0;", "softmax", "output"}, // the host looks before, the core when it is over
	} {
		m, in, ref := lenet(t)
		for i := range m.C.Files {
			if f := &m.C.Files[i]; f.Path == tt.file {
				if !strings.Contains(string(f.Data), tt.from) && tt.layer != "" {
					t.Fatalf("no %q in %s", tt.from, f.Path)
				}
				f.Data = []byte(strings.Replace(string(f.Data), tt.from, tt.to, 1))
			}
		}
		s, _ := onCore(t, b, m, in, ref, "")
		h, err := m.NewHost(t.Context(), t.TempDir(), network.CompileOptions{SW: b.SW})
		if err != nil {
			t.Fatal(err)
		}
		host, err := h.Run(t.Context(), network.Input(in), ref)
		if err != nil {
			t.Fatal(err)
		}
		if tt.host == "" {
			tt.host = tt.layer
		}
		for want, got := range map[*string]*network.Sample{&tt.layer: s, &tt.host: host} {
			if *want == "" && got.Equal() {
				continue
			}
			if !strings.HasPrefix(got.Difference(), "layer "+*want+":") {
				t.Errorf("%q: %q, want layer %q", tt.to, got.Difference(), *want)
			}
		}
	}
}

// TestImportErrors says what is wrong with a name or a file.
func TestImportErrors(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.onnx")
	if err := os.WriteFile(bad, []byte("no model"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"zoo:alexnet": "no network is called", bad: "bad.onnx", dir + ".tflite": "no such file", dir: "no regular file",
	} {
		if _, _, err := network.Import(context.Background(), name, network.Calibration{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// TestKernelsInSeveralFiles compiles a network with headers of equal names in several
// folders, named like the network's own, that include each other.
func TestKernelsInSeveralFiles(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	b := bench(t)
	m, in, ref := lenet(t)
	kernels := []emit.File{
		{Path: m.Graph.Name + ".h", Data: []byte("#define LESS 1\n")},
		{Path: "own/" + m.Graph.Name + ".h", Data: []byte("#ifndef MORE\n#define MORE (1 - LESS)\n#endif\n")},
		{Path: "own/fc.h", Data: []byte("#include \"" + m.Graph.Name + `.h"
#define NN_FULLY_CONNECTED fc
static __attribute__((unused)) void fc(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    nn_fully_connected(p, x, w, bias, y, scratch);
    y[0] ^= MORE;
}
`)},
	}
	if s, _ := onCoreWith(t, b, m, in, ref, "", kernels); !s.Equal() {
		t.Error(s.Difference())
	}
	kernels[0].Data = []byte("#define LESS 0\n")
	if s, _ := onCoreWith(t, b, m, in, ref, "", kernels); !strings.Contains(s.Difference(), "fc1") {
		t.Errorf("wrong kernels: %q", s.Difference())
	}
	dir := t.TempDir()
	if err := m.Write(dir, b.Machine); err != nil {
		t.Fatal(err)
	}
	_, err := m.CompileCore(t.Context(), dir, network.CompileOptions{SW: b.SW, Kernels: []emit.File{kernels[0], kernels[2]}})
	if err == nil || !strings.Contains(err.Error(), "must be named in kernels") || !strings.Contains(err.Error(), "own/fc.h:6") || strings.Contains(err.Error(), "defect") {
		t.Error(err)
	}
}
