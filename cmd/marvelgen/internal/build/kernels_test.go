package build

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
