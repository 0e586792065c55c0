package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/verif/report"
)

// quiet is a Progress that says nothing and counts.
type quiet struct{ done, cached int }

func (q *quiet) Start(int)                       {}
func (q *quiet) Working(_, _ string, _, _ int64) {}

func (q *quiet) Done(_, _, _ string, _ float64, cached bool) {
	q.done++
	if cached {
		q.cached++
	}
}
func (q *quiet) End() {}

// needAll skips the test where the build's tools are missing.
func needAll(t *testing.T) {
	t.Helper()
	flowtest.Steps(t, flows.StepCompile, flows.StepVerify, flows.StepSynth)
}

// writeSpec puts the tiny spec into a folder, with changes: pairs of old and new text.
func writeSpec(t *testing.T, dir string, changes ...string) string {
	t.Helper()
	for _, name := range []string{"tiny.hcl", "tiny.c"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "tiny.hcl" {
			b = []byte(replaceAll(t, string(b), changes...))
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "tiny.hcl")
}

// carryOutTiny builds a spec file and returns the report, the output and how
// many steps were cached.
func carryOutTiny(t *testing.T, spec string, o Options) (*report.Report, string, *quiet) {
	t.Helper()
	q := &quiet{}
	o.SpecFile, o.Jobs, o.Version, o.Progress = spec, 2, "test", q
	r, dir, err := Run(t.Context(), load(t, spec), o)
	if err != nil {
		t.Fatal(err)
	}
	return r, dir, q
}

func load(t *testing.T, spec string) *gen.Loaded {
	t.Helper()
	src, err := os.ReadFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(spec, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l
}

// hashes are the hashes of all files below dir by path.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		sum := sha256.Sum256(b)
		out[rel] = hex.EncodeToString(sum[:])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// jsonTree reads a file as an untyped tree, as a script would.
func jsonTree(t *testing.T, path string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// command builds the marvelgen command.
func command(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "marvelgen")
	if out, err := exec.Command("go", "build", "-o", exe, "../..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}
