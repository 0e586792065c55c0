package emit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
)

// The specs that the tests emit: one of each kind of instruction, and the
// shipped one.
const (
	kinds  = "testdata/kinds.hcl"
	marvel = "../../specs/marvel.hcl"
)

// everySpec is those and the specs that the judges are tested with.
func everySpec(t *testing.T) []string {
	t.Helper()
	more, err := filepath.Glob("../../verif/cosim/testdata/*.hcl")
	if err != nil || len(more) == 0 {
		t.Fatal("no further specs", err)
	}
	return append([]string{kinds, marvel}, more...)
}

// machines are the designs of a spec file.
func machines(t *testing.T, file string) []*isa.Machine {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l.Machines
}

// last is the last design of a spec file, the one with most instructions.
func last(t *testing.T, file string) *isa.Machine {
	t.Helper()
	all := machines(t, file)
	return all[len(all)-1]
}

// files emits a design.
func files(t *testing.T, m *isa.Machine) []emit.File {
	t.Helper()
	out, err := gen.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// folder emits a design into a folder of its own.
func folder(t *testing.T, m *isa.Machine) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files(t, m) {
		save(t, filepath.Join(dir, f.Path), string(f.Data))
	}
	return dir
}

func save(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit replaces text in a file, which must be there.
func edit(t *testing.T, path, old, new string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	save(t, path, strings.Replace(string(b), old, new, 1))
}
