package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

// TestUseInABuild takes the instruction from another spec: a header of that spec's name
// leads to the user's, and what a change of the other file reaches is built again.
func TestUseInABuild(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	dir := t.TempDir()
	whole, err := os.ReadFile(filepath.Join("testdata", "tiny.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	from, to := strings.Index(string(whole), "instruction \"addx\""), strings.Index(string(whole), "design \"one\"")
	instruction := string(whole[from:to])
	spec := writeSpec(t, dir, instruction, "use \"other.hcl\" {\n  instructions = [\"addx\"]\n}\n\n")
	hashes := map[string]bool{}
	for i, text := range []string{instruction, "# A comment.\n" + instruction, strings.Replace(instruction, "Sum and one more", "Sum and 1", 1)} {
		if err := os.WriteFile(filepath.Join(dir, "other.hcl"), []byte("extension \"other\" {\n}\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, out, q := carryOutTiny(t, spec, Options{Out: filepath.Join(dir, "build"), Until: "compile"})
		// A program that has no instruction is compiled once; one that has, again where its header changes.
		if want := []int{0, q.done, q.done - 1}[i]; !r.Passed || q.done != 2 || q.cached != want {
			t.Errorf("build %d: passed %v, %d of %d steps from the cache, want %d", i, r.Passed, q.cached, q.done, want)
		}
		hashes[r.Spec.SHA256] = true
		header, err := os.ReadFile(filepath.Join(out, "one", "sw", "riscv_other.h"))
		if err != nil || !strings.Contains(string(header), "#include \"riscv_tiny.h\"\n") {
			t.Errorf("%v, %s", err, header)
		}
		manifest, err := os.ReadFile(filepath.Join(out, "one", "manifest.json"))
		if err != nil || !strings.Contains(string(manifest), r.Spec.SHA256) || !strings.Contains(string(manifest), "riscv_other.h") {
			t.Errorf("%v, %s", err, manifest)
		}
	}
	if len(hashes) != 3 {
		t.Errorf("three texts have %d hashes", len(hashes))
	}
}
