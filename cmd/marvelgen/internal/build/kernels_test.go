package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	"marvelgen/specs"
)

// TestKernelsOf reads headers in their order, those beside the spec before shipped ones.
func TestKernelsOf(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"own.h": "// own\n", "networks/cnn/add.h": "// mine\n"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	of := func(list string) ([]emit.File, error) {
		return KernelsOf(load(t, writeSpec(t, dir, `instructions = ["addx"]`, `instructions = ["addx"]`+"\n  kernels = "+list)).Machines[0])
	}
	got, err := of(`["own.h", "networks/cnn/unit.h", "networks/cnn/add.h"]`)
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := specs.FS.ReadFile("networks/cnn/unit.h")
	if err != nil {
		t.Fatal(err)
	}
	want := []emit.File{{Path: "own.h", Data: []byte("// own\n")}, {Path: "networks/cnn/unit.h", Data: shipped}, {Path: "networks/cnn/add.h", Data: []byte("// mine\n")}}
	if len(got) != len(want) {
		t.Fatalf("%d files", len(got))
	}
	for i, w := range want {
		if got[i].Path != w.Path || string(got[i].Data) != string(w.Data) {
			t.Errorf("file %d is %s: %.40q", i, got[i].Path, got[i].Data)
		}
	}
	for list, want := range map[string]string{
		`["own.h", "owm.h"]`:      `owm.h, of the kernels of design one, is neither beside the spec nor shipped. Did you mean "own.h"?`,
		`"networks/cnn/planse.h"`: `Did you mean "networks/cnn/planes.h"?`,
		`["networks/cnn.h"]`:      `networks/cnn.h, of`, // a folder that is not called so
		`["far/away.h"]`:          `shipped.`,
	} {
		_, err := of(list)
		var p isa.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Detail, want) || p.Pos.Line == 0 || p.Pos.EndByte <= p.Pos.Byte {
			t.Errorf("%s: %v", list, err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.h"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := of(`"folder.h"`); err == nil || !strings.Contains(err.Error(), "is no file of at most") {
		t.Error(err)
	}
}

// ownNames are names of a design's own, or of instructions.
var ownNames = regexp.MustCompile(`(?i)\b(cnn|lean|wide|mv)[_.]`)

// TestCommonKernels holds headers that designs share to naming none of them.
func TestCommonKernels(t *testing.T) {
	if got := ownNames.FindAllString("mv_pput cnn.hcl LEAN_PART common_least memcpy(to, l->wide)", -1); len(got) != 3 {
		t.Fatalf("finds %q", got)
	}
	files, err := fs.Glob(specs.FS, "networks/common/*.h")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := specs.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, own := range ownNames.FindAllString(string(text), -1) {
			t.Errorf("%s has a name with %s", name, own)
		}
	}
}

// TestKeyOfKernels changes what may change about headers: the key must, too.
func TestKeyOfKernels(t *testing.T) {
	seen := map[string]int{}
	for i, k := range []*keyer{
		newKey("x").kernels(nil),
		newKey("x").kernels(nil).add("a.h", "1"),
		newKey("x").kernels([]emit.File{{Path: "a.h", Data: []byte("1")}}),
		newKey("x").kernels([]emit.File{{Path: "a.h", Data: []byte("1")}, {Path: "b.h", Data: []byte("2")}}),
		newKey("x").kernels([]emit.File{{Path: "b.h", Data: []byte("2")}, {Path: "a.h", Data: []byte("1")}}),
		newKey("x").kernels([]emit.File{{Path: "a.h", Data: []byte("1")}, {Path: "b.h", Data: []byte("3")}}),
		newKey("x").kernels([]emit.File{{Path: "a.h", Data: []byte("1")}, {Path: "c.h", Data: []byte("2")}}),
	} {
		sum := k.sum("x")
		if j, ok := seen[sum]; ok {
			t.Errorf("keys %d and %d are equal", j, i)
		}
		seen[sum] = i
	}
}

// TestKernelsInABuild finds the headers beside the network's C, where a user takes both
// from, and builds again what a changed one is part of.
func TestKernelsInABuild(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	dir := t.TempDir()
	spec := writeSpec(t, dir, `instructions = ["addx"]`, `instructions = ["addx"]`+"\n  kernels = [\"own.h\", \"own/add.h\"]",
		"verify {", "network \"digits\" {\n  model = \"zoo:lenet5\"\n}\n\nverify {")
	put := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("own.h", "#define SUM nn_add\n")
	o := Options{Out: filepath.Join(dir, "build"), Until: "compile"}
	for i, text := range []string{"#define NN_ADD SUM\n", "#define NN_ADD SUM // again\n", "#define NN_ADD SUM // again\n"} {
		put("own/add.h", text)
		r, out, q := carryOutTiny(t, spec, o)
		if want := []int{0, q.done - 1, q.done}[i]; !r.Passed || q.cached != want {
			t.Errorf("build %d: passed %v, %d of %d steps from the cache, want %d", i, r.Passed, q.cached, q.done, want)
		}
		beside := filepath.Join(out, "one", "sw", "networks", "digits")
		for name, want := range map[string]string{"nn_design.h": "#include \"kernels/own.h\"\n#include \"kernels/own/add.h\"\n", "kernels/own.h": "SUM", "kernels/own/add.h": text} {
			if got, err := os.ReadFile(filepath.Join(beside, name)); err != nil || !strings.Contains(string(got), want) {
				t.Errorf("build %d: %s is %q, %v", i, name, got, err)
			}
		}
	}
	if err := os.Remove(filepath.Join(dir, "own", "add.h")); err != nil {
		t.Fatal(err)
	}
	o.SpecFile, o.Jobs, o.Version, o.Progress = spec, 1, "test", &quiet{}
	var p isa.Problem
	if _, _, err := Run(t.Context(), load(t, spec), o); !errors.As(err, &p) || !strings.HasPrefix(p.Detail, "own/add.h, of") {
		t.Error(err)
	}
}
