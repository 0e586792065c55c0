package build

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"marvelgen/gen/emit"
	"marvelgen/verif/bound"
	"marvelgen/verif/report"
)

func replaceAll(t *testing.T, text string, changes ...string) string {
	t.Helper()
	for i := 0; i+1 < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("there is no %q", changes[i])
		}
		text = strings.ReplaceAll(text, changes[i], changes[i+1])
	}
	return text
}

// TestBuild carries out whole builds of a tiny spec. They share one cache, so
// that the model is compiled once.
func TestBuild(t *testing.T) {
	needAll(t)
	out := t.TempDir()
	spec := writeSpec(t, t.TempDir())
	r, dir, _ := carryOutTiny(t, spec, Options{Out: out, Until: "report"})
	if !r.Passed {
		t.Fatalf("not passed: %+v", r)
	}
	first := hashes(t, dir)

	t.Run("report", func(t *testing.T) { checkReport(t, dir) })
	t.Run("manifest", func(t *testing.T) {
		list := jsonTree(t, filepath.Join(dir, "one", "manifest.json"))
		files := list["files"].(map[string]any)
		for name, want := range files {
			if got := first["one/"+name]; got != want {
				t.Errorf("%s has hash %s, the manifest says %v", name, got, want)
			}
		}
		for _, want := range []string{"rtl/tiny_one_core.v", "sw/riscv_tiny.h", "tb/main.cpp", "flows/synth.ys", "doc/addx.md"} {
			if files[want] == nil {
				t.Errorf("the manifest does not list %s", want)
			}
		}
	})
	t.Run("again", func(t *testing.T) {
		start := bound.CPU()
		_, _, q := carryOutTiny(t, spec, Options{Out: out, Until: "report"})
		if took := bound.CPU() - start; took > 2*time.Second {
			t.Errorf("a build with nothing changed took %s of processor time", took)
		}
		if q.done == 0 || q.done != q.cached {
			t.Errorf("%d of %d steps were cached", q.cached, q.done)
		}
		second := hashes(t, dir)
		for name, want := range first {
			if second[name] != want && !strings.HasPrefix(name, "report/") { // which says what was cached
				t.Errorf("%s differs", name)
			}
		}
		if len(second) != len(first) {
			t.Errorf("%d files, want %d", len(second), len(first))
		}
	})
	t.Run("elsewhere", func(t *testing.T) { checkElsewhere(t, out, spec, first) })
	t.Run("status", func(t *testing.T) { checkStatus(t, out) })
	t.Run("broken program", func(t *testing.T) {
		dir := t.TempDir()
		spec := writeSpec(t, dir)
		if err := os.WriteFile(filepath.Join(dir, "tiny.c"), []byte("int main(void) { return x; }\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		r, _, _ := carryOutTiny(t, spec, Options{Out: out, Until: "verify"})
		steps := map[string]report.Step{}
		for _, s := range r.Designs[0].Steps {
			steps[s.Name] = s
		}
		if s := steps["compile tiny plain"]; r.Passed || s.Status != "failed" || !strings.Contains(s.Error, "tiny.c:1:") {
			t.Errorf("passed %v, compilation %+v", r.Passed, s)
		}
		if s := steps["lockstep tiny plain"]; s.Status != "skipped" {
			t.Errorf("a program that does not compile: %+v", s)
		}
		for _, p := range r.Designs[0].Programs {
			if p.Name != "tiny" || p.Variant == "" || p.Passed {
				t.Errorf("the report has the program as %+v", p)
			}
		}
	})
}

// checkReport holds report.json to the layout that the README documents.
func checkReport(t *testing.T, dir string) {
	v := jsonTree(t, filepath.Join(dir, "report", "report.json"))
	keys := func(v any) []string { return slices.Sorted(maps.Keys(v.(map[string]any))) }
	has := func(where string, v any, names string) {
		for _, n := range strings.Fields(names) {
			if v.(map[string]any)[n] == nil {
				t.Errorf("%s has no %q, only %v", where, n, keys(v))
			}
		}
	}
	has("the report", v, "schema tool spec tools steps base_area designs passed")
	if v["schema"] != "marvelgen-report/1" || v["tool"] != "test" || v["passed"] != true {
		t.Errorf("schema %v, tool %v, passed %v", v["schema"], v["tool"], v["passed"])
	}
	has("spec", v["spec"], "name file sha256")
	designs := v["designs"].([]any)
	if len(designs) != 1 {
		t.Fatalf("%d designs", len(designs))
	}
	d := designs[0].(map[string]any)
	has("a design", d, "name instructions steps vectors programs area overhead speedup")
	has("area", d["area"], "lut ff lutram dsp bram carry")
	has("overhead", d["overhead"], "lut_percent ff_percent")
	var steps []string
	for _, s := range d["steps"].([]any) {
		has("a step", s, "name status seconds cached")
		steps = append(steps, s.(map[string]any)["name"].(string))
	}
	want := []string{"model", "lint", "synth", "prove units", "vectors", "compile tiny plain", "lockstep tiny plain", "compile tiny custom", "lockstep tiny custom"}
	if !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
	if n := d["vectors"].(map[string]any)["addx"]; n != 50.0 {
		t.Errorf("%v vectors of addx, want 50", n)
	}
	programs := d["programs"].([]any)
	if len(programs) != 2 {
		t.Fatalf("%d programs", len(programs))
	}
	for _, p := range programs {
		has("a program", p, "name variant cycles instructions macs passed lockstep")
		if m := p.(map[string]any); m["passed"] != true || m["lockstep"] != true || m["cycles"].(float64) < 32 || m["macs"] != 32.0 {
			t.Errorf("program %v", m)
		}
	}
	md, err := os.ReadFile(filepath.Join(dir, "report", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# tiny: passed", "| one |", "| lockstep tiny custom | passed |", "| tiny | custom |", "addx"} {
		if !strings.Contains(string(md), want) {
			t.Errorf("report.md has no %q:\n%s", want, md)
		}
	}
}

// checkElsewhere builds into a second folder, compiling the programs anew: the
// bytes must not depend on the place.
func checkElsewhere(t *testing.T, out, spec string, first map[string]string) {
	other := t.TempDir()
	if err := linkTree(filepath.Join(out, ".cache"), filepath.Join(other, ".cache")); err != nil {
		t.Fatal(err)
	}
	elfs, _ := filepath.Glob(filepath.Join(other, ".cache", "elf-*"))
	if len(elfs) != 2 {
		t.Fatalf("%d cached programs", len(elfs))
	}
	for _, e := range elfs {
		if err := os.RemoveAll(e); err != nil {
			t.Fatal(err)
		}
	}
	_, dir, q := carryOutTiny(t, spec, Options{Out: other, Until: "report"})
	if q.done-q.cached < 2 {
		t.Errorf("%d of %d steps were cached; the programs should not be", q.cached, q.done)
	}
	got := hashes(t, dir)
	for name, h := range first {
		if !strings.HasPrefix(name, "report/") && got[name] != h {
			t.Errorf("%s differs", name)
		}
	}
	if len(got) != len(first) {
		t.Errorf("%d files, want %d", len(got), len(first))
	}
}

// checkStatus builds a program that returns 7, by the command: exit code 1, and
// the report says which check failed.
func checkStatus(t *testing.T, out string) {
	spec := writeSpec(t, t.TempDir(), `defines = ["CUSTOM"]`, `defines = ["CUSTOM", "STATUS=7"]`)
	text, err := exec.Command(command(t), "build", spec, "-o", out).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("%v, want exit code 1\n%s", err, text)
	}
	if !strings.Contains(string(text), "tiny custom on one ended with exit code 7") {
		t.Errorf("the command says:\n%s", text)
	}
	v := jsonTree(t, filepath.Join(out, "tiny", "report", "report.json"))
	d := v["designs"].([]any)[0].(map[string]any)
	failed := 0
	for _, s := range d["steps"].([]any) {
		if m := s.(map[string]any); m["status"] == "failed" {
			failed++
			if m["name"] != "lockstep tiny custom" || !strings.Contains(m["error"].(string), "exit code 7") {
				t.Errorf("step %v", m)
			}
		}
	}
	p := d["programs"].([]any)[1].(map[string]any)
	if v["passed"] != false || failed != 1 || p["passed"] != false || p["lockstep"] != true || p["exit_code"] != 7.0 {
		t.Errorf("passed %v, %d steps failed, program %v", v["passed"], failed, p)
	}
}

// TestSeededBug makes the Verilog of the instruction wrong: vectors and lockstep
// fail, with both traces, disassembled, and a waveform.
func TestSeededBug(t *testing.T) {
	needAll(t)
	out := t.TempDir()
	patched := 0
	patch := func(files []emit.File) {
		for i, f := range files {
			if f.Path == "rtl/tiny_one_addx.v" {
				wrong := strings.Replace(string(f.Data), "32'd1", "32'd3", 1)
				if wrong != string(f.Data) {
					files[i].Data = []byte(wrong)
					patched++
				}
			}
		}
	}
	r, dir, _ := carryOutTiny(t, writeSpec(t, t.TempDir()), Options{Out: out, Until: "verify", patch: patch})
	if patched != 1 {
		t.Fatalf("patched %d files", patched)
	}
	status := map[string]string{}
	for _, s := range r.Designs[0].Steps {
		status[s.Name] = s.Status
		if s.Status == "failed" && !strings.Contains(s.Error, "mv.addx") {
			t.Errorf("%s does not show the instruction: %s", s.Name, s.Error)
		}
	}
	want := map[string]string{"model": "passed", "lint": "passed", "prove units": "failed", "vectors": "failed", "compile tiny plain": "passed", "lockstep tiny plain": "passed",
		"compile tiny custom": "passed", "lockstep tiny custom": "failed"}
	if r.Passed || !maps.Equal(status, want) {
		t.Errorf("passed %v, steps %v", r.Passed, status)
	}
	text, err := os.ReadFile(filepath.Join(dir, "one", "verify", "tiny_custom.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"RTL and simulator differ in rd", "sim ", "mv.addx"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, name := range []string{"tiny_custom", "vectors"} {
		vcd, err := os.ReadFile(filepath.Join(dir, "one", "verify", name+".vcd"))
		if err != nil || !strings.Contains(string(vcd[:min(len(vcd), 4096)]), "$timescale") || strings.Count(string(vcd), "\n#") < 50 {
			t.Errorf("the waveform %s has %d bytes, %v", name, len(vcd), err)
		}
	}
}

// TestTwoBuilds lets only one build of a spec write to a folder at a time.
func TestTwoBuilds(t *testing.T) {
	root := t.TempDir()
	first, err := newOutput(root, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newOutput(root, "tiny"); err == nil || !strings.Contains(err.Error(), "another build") {
		t.Errorf("a second build: %v", err)
	}
	other, err := newOutput(root, "other")
	if err != nil {
		t.Fatal(err)
	}
	other.abandon()
	for i := range 3 { // there is nothing, a folder of ours, a folder of ours
		if err := first.write("one", []emit.File{{Path: "manifest.json", Data: []byte{byte(i)}}}); err != nil {
			t.Fatal(err)
		}
		if err := first.commit(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(root, "tiny", "one", "manifest.json")); err != nil || got[0] != byte(i) {
			t.Errorf("output %d: %v, %v", i, got, err)
		}
		if first, err = newOutput(root, "tiny"); err != nil {
			t.Fatal(err)
		}
	}
	first.abandon()
	if list, _ := filepath.Glob(filepath.Join(root, ".*.tmp-*")); len(list) > 0 {
		t.Errorf("left behind: %v", list)
	}
}

// TestRefused wants a request that cannot be carried out refused before
// anything is written.
func TestRefused(t *testing.T) {
	spec := writeSpec(t, t.TempDir())
	foreign := t.TempDir()
	if err := os.MkdirAll(filepath.Join(foreign, "tiny", "precious"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := t.TempDir()
	if err := os.WriteFile(filepath.Join(file, "tiny"), []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"design", Options{Out: empty, Until: "emit", Jobs: 1, Designs: []string{"two"}}, `no design "two"; it has one`},
		{"stage", Options{Out: empty, Until: "lunch", Jobs: 1}, "none of emit, compile"},
		{"no jobs", Options{Out: empty, Until: "emit"}, "-j 0"},
		{"folder of others", Options{Out: foreign, Until: "emit", Jobs: 1}, "not made by marvelgen"},
		{"file of others", Options{Out: file, Until: "emit", Jobs: 1}, "not made by marvelgen"},
	} {
		before := hashes(t, c.o.Out)
		c.o.SpecFile, c.o.Progress = spec, &quiet{}
		_, _, err := Run(context.Background(), load(t, spec), c.o)
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if after := hashes(t, c.o.Out); !maps.Equal(before, after) {
			t.Errorf("%s: files appeared: %v", c.name, after)
		}
	}
}

// TestNetworks builds a spec with networks: every layer equal on the RTL, done once,
// and a model that is not there or does not fit is said with its place in the spec.
func TestNetworks(t *testing.T) {
	needAll(t)
	dir := t.TempDir()
	file := writeSpec(t, dir)
	spec, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, append(spec[:len(spec):len(spec)], text...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	with("network \"digits\" {\n  model   = \"zoo:lenet5\"\n  samples = 2\n}\n")
	o := Options{Out: filepath.Join(dir, "build"), Until: "verify"}
	first, out, _ := carryOutTiny(t, file, o)
	n := first.Designs[0].Networks
	if !first.Passed || len(n) != 1 || !n[0].Equal || n[0].Samples != 2 || n[0].MACs != 416520 || n[0].Records < 2*n[0].Instructions || n[0].CyclesPerMAC < 1 {
		t.Fatalf("passed %v, %+v", first.Passed, n)
	}
	sum := uint64(0)
	for _, l := range n[0].Layers {
		sum += l.Cycles
	}
	if sum == 0 || sum > n[0].Cycles*2 {
		t.Errorf("the layers take %d cycles, an inference %d", sum, n[0].Cycles)
	}
	for _, name := range []string{"digits.c", "digits.h", "nn_kernels.c", "network.elf"} {
		if _, err := os.Stat(filepath.Join(out, "one", "sw", "networks", "digits", name)); err != nil {
			t.Error(err)
		}
	}
	second, _, q := carryOutTiny(t, file, o)
	if again := second.Designs[0].Networks; q.cached != q.done || again[0].Cycles != n[0].Cycles || !again[0].Equal {
		t.Errorf("%d of %d steps from the cache; %+v", q.cached, q.done, again)
	}
	for text, want := range map[string]string{
		"network \"n\" {\n  model = \"none.tflite\"\n}\n":                          `network "n": none.tflite is neither beside the spec nor shipped`,
		"network \"n\" {\n  model = \"tiny.onnx\"\n}\n":                            `tiny.onnx: `,
		"network \"n\" {\n  model = \"zoo:lenet\"\n}\n":                            `no network is called "lenet"`,
		"network \"n\" {\n  model = \"zoo:lenet5\"\n  input = \"tiny.bin\"\n}\n":   `3 bytes; the network's input`,
		"network \"n\" {\n  model = \"zoo:lenet5\"\n  input = \"absent.npy\"\n}\n": `absent.npy is neither`,
	} {
		for _, name := range []string{"tiny.onnx", "tiny.bin"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("abc"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		with(text)
		o.SpecFile, o.Jobs, o.Version, o.Progress = file, 1, "test", &quiet{}
		if _, _, err := Run(t.Context(), load(t, file), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
