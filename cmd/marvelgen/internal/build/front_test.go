package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/cmd/marvelgen/internal/front"
	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

// measureTiny measures a spec file on a small network.
func measureTiny(t *testing.T, spec, cache string, models ...string) (*front.Front, *quiet) {
	t.Helper()
	q := &quiet{}
	f, err := MeasureFront(t.Context(), load(t, spec), FrontOptions{Models: models, Compiler: "clang", Opt: "-O3", Seed: 1, Jobs: 2, CacheDir: cache, Version: "test", Progress: q})
	if err != nil {
		t.Fatal(err)
	}
	return f, q
}

// TestMeasureFront measures a design that is the core in all but area, then one whose
// kernels compute something else, which must not count.
func TestMeasureFront(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile, flows.StepSynth)
	dir, cache := t.TempDir(), t.TempDir()
	spec := writeSpec(t, dir)
	absent := filepath.Join(dir, "absent.tflite")
	f, q := measureTiny(t, spec, cache, "zoo:lenet5", absent)
	if q.done != 4 || q.cached != 0 || len(f.Missing) != 1 || f.Missing[0] != absent {
		t.Errorf("%d steps, %d cached, missing %v", q.done, q.cached, f.Missing)
	}
	d := f.Designs[0]
	if len(f.Designs) != 1 || d.Geomean != 1 || d.Worst == nil || f.Networks[0].Base.Cycles < 1_000_000 || len(f.Failures()) != 0 {
		t.Errorf("portable C on %s: %+v, base %+v", d.Name, d, f.Networks)
	}
	if d.Area.LUT <= f.BaseArea.LUT || f.Base != "base" || !strings.HasPrefix(f.Synthesis, "yosys 0") {
		t.Errorf("area %v, of %s %v, by %s", d.Area, f.Base, f.BaseArea, f.Synthesis)
	}

	if d.Calibration != nil || d.Cost != nil {
		t.Errorf("without kernels: calibration %+v, cost model %+v", d.Calibration, d.Cost)
	}

	// Two headers; the second one is right first, then wrong: a run of before must not stand.
	header := "#define NN_FULLY_CONNECTED wrong\nstatic __attribute__((unused)) void wrong(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)\n" +
		"{\n    nn_fully_connected(p, x, w, bias, y, scratch);\n    y[0] ^= 1;\n}\n"
	spec = writeSpec(t, dir, `instructions = ["addx"]`, `instructions = ["addx"]`+"\n  kernels = [\"first.h\", \"wrong.h\"]")
	for name, text := range map[string]string{"first.h": "#define LESS 0\n", "wrong.h": strings.Replace(header, "y[0] ^= 1", "y[0] ^= LESS", 1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if f, q = measureTiny(t, spec, cache, "zoo:lenet5"); len(f.Failures()) != 0 || q.cached != 3 {
		t.Errorf("right kernels: %q, %d steps cached", f.Failures(), q.cached)
	}
	checkCost(t, f)
	if _, q = measureTiny(t, spec, cache, "zoo:lenet5"); q.cached != 5 {
		t.Errorf("the same again: %d steps cached", q.cached)
	}
	if err := os.WriteFile(filepath.Join(dir, "wrong.h"), []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	f, q = measureTiny(t, spec, cache, "zoo:lenet5")
	if bad := f.Failures(); len(bad) != 2 || !strings.HasPrefix(bad[0], "lenet5 on one: ") || !strings.HasPrefix(bad[1], "calibration on one: ") || !strings.Contains(bad[0], "fc1") || f.Designs[0].Geomean != 0 || f.Designs[0].Cost != nil {
		t.Errorf("wrong kernels: %q, mean %v, %+v", bad, f.Designs[0].Geomean, f.Designs[0].Cost)
	}
	if q.cached != 3 {
		t.Errorf("%d steps cached; want the run on the core alone and two syntheses", q.cached)
	}
	if _, err := MeasureFront(t.Context(), load(t, spec), FrontOptions{Models: []string{absent}, Progress: q}); err == nil || !strings.Contains(err.Error(), "none of the models is there") {
		t.Error(err)
	}
}

// checkCost wants a model that was fitted to all layers of a network and of the
// calibration; how good it is says nothing, since its terms are those of other kernels.
func checkCost(t *testing.T, f *front.Front) {
	t.Helper()
	d, n := f.Designs[0], f.Networks[0]
	if d.Cost == nil || d.Calibration == nil || len(d.Calibration.Layers) != len(f.Calibration) || len(d.Runs[0].Layers) != len(n.Layers) {
		t.Fatalf("calibration %+v, runs %+v, cost model %+v", d.Calibration, d.Runs, d.Cost)
	}
	sum := uint64(0)
	for _, cycles := range d.Runs[0].Layers {
		sum += cycles
	}
	if e := d.Cost.Networks[0]; e.Measured != d.Runs[0].Cycles || sum > e.Measured+100 || sum+100 < e.Measured {
		t.Errorf("%+v: the layers take %d cycles together, the run %d", e, sum, d.Runs[0].Cycles)
	}
}
