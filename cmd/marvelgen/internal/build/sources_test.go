package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/isa"
)

// TestProgramSources looks for sources beside the spec first, with the headers
// that stand by them.
func TestProgramSources(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "programs"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"programs/hello.c": "mine", "programs/patch.h": "mine", "own.c": "mine", "own.h": "mine", "unused.c": "mine"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := &isa.Spec{Programs: []*isa.Program{{Name: "p", Sources: []string{"programs/hello.c", "programs/sort.c", "own.c"}}}}
	got, err := programSources(s, dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, mine := range map[string]bool{"programs/hello.c": true, "programs/patch.h": true, "own.c": true, "own.h": true, "programs/sort.c": false, "programs/kernel.h": false} {
		if b, ok := got[name]; !ok || (string(b) == "mine") != mine {
			t.Errorf("%s: found %v, %.20q", name, ok, b)
		}
	}
	if _, ok := got["unused.c"]; ok {
		t.Error("a file that nobody named was read")
	}
	for name, source := range map[string]string{"missing": "gone.c", "folder": "programs"} {
		s.Programs[0].Sources = []string{source}
		if _, err := programSources(s, dir); err == nil || !strings.Contains(err.Error(), source) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOwnHeader compiles a program with a header of its own, and again after the
// header has changed: the cache must notice.
func TestOwnHeader(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	dir, out := t.TempDir(), t.TempDir()
	spec := writeSpec(t, dir)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("tiny.c", "#include \"own.h\"\nint main(void) { return OWN; }\n")
	var elfs [2]string
	for i, text := range []string{"#define OWN 1\n", "#define OWN 2\n"} {
		write("own.h", text)
		r, folder, _ := carryOutTiny(t, spec, Options{Out: out, Until: "compile"})
		if !r.Passed {
			t.Fatalf("%+v", r.Designs[0].Steps)
		}
		elfs[i] = hashes(t, folder)["one/sw/programs/tiny_plain.elf"]
	}
	if elfs[0] == "" || elfs[0] == elfs[1] {
		t.Errorf("programs %q", elfs)
	}
}
