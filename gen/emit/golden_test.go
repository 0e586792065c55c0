package emit_test

import (
	"bytes"
	"flag"
	"os"
	"path"
	"path/filepath"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/emit/rtl"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden are the emitted files that are compared with testdata/golden, word for
// word: what depends on the spec. Changes show up in review.
var golden = []string{
	"rtl/kinds_all_decode.v", "rtl/kinds_all__ext.v", "rtl/kinds_all_ext.v", "rtl/kinds_all_arith.v", "rtl/kinds_all_memory.v",
	"rtl/kinds_all_slow.v", "rtl/kinds_all_repeat.v", "rtl/kinds_all_steps.v", "rtl/kinds_all.f",
	"sw/riscv_kinds.h", "doc/ldacc.md",
}

func TestGolden(t *testing.T) {
	byPath := map[string]emit.File{}
	for _, f := range files(t, last(t, kinds)) {
		byPath[f.Path] = f
	}
	for _, name := range golden {
		got, ok := byPath[name]
		if !ok {
			t.Errorf("%s is not emitted", name)
			continue
		}
		file := filepath.Join("testdata", "golden", path.Base(name))
		if *update {
			save(t, file, string(got.Data))
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Data, want) {
			t.Errorf("%s differs in line %d (-update rewrites it)\n got: %s\nwant: %s", name, firstLine(got.Data, want),
				lineAt(got.Data, firstLine(got.Data, want)), lineAt(want, firstLine(got.Data, want)))
		}
	}
}

// firstLine is the number of the first line in which two texts differ.
func firstLine(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return 1 + bytes.Count(a[:n], []byte("\n"))
}

func lineAt(text []byte, n int) []byte {
	lines := bytes.Split(text, []byte("\n"))
	return lines[min(n, len(lines))-1]
}

// TestDeterministic emits twice from two readings of the spec: maps inside must
// not show.
func TestDeterministic(t *testing.T) {
	for _, file := range []string{kinds, marvel} {
		again := machines(t, file)
		for i, m := range machines(t, file) {
			first, second := files(t, m), files(t, again[i])
			seen := map[string]bool{}
			for k, f := range first {
				if second[k].Path != f.Path || !bytes.Equal(second[k].Data, f.Data) {
					t.Errorf("%s %s: %s differs from run to run", file, m.Design.Name, f.Path)
				}
				if seen[f.Path] {
					t.Errorf("%s %s: %s is emitted twice", file, m.Design.Name, f.Path)
				}
				seen[f.Path] = true
			}
		}
	}
}

// TestNames gives units and state the names of the design's own modules and
// signals; nothing may be emitted twice, and the Verilog must hold together.
func TestNames(t *testing.T) {
	flowtest.Need(t, "verilator")
	src, err := os.ReadFile(kinds)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"core", "ext", "decode", "soc", "top", "repeat", "unused", "wire", "x_is_avg", "d_instr_i"} {
		text := bytes.ReplaceAll(src, []byte(`"repeat"`), []byte(`"again"`))
		text = bytes.ReplaceAll(text, []byte(`"ext"`), []byte(`"`+name+`"`))
		l, problems, err := gen.Load("names.hcl", text)
		if err != nil || len(problems) > 0 {
			t.Fatal(name, err, problems)
		}
		m := l.Machines[0]
		seen := map[string]bool{}
		for _, f := range files(t, m) {
			if seen[f.Path] {
				t.Errorf("instruction %q: %s is emitted twice", name, f.Path)
			}
			seen[f.Path] = true
		}
		o := verilator.Options{Files: verilog(folder(t, m), rtl.Files(m)), Top: m.Name() + "_soc"}
		if err := verilator.LintWith(t.Context(), o); err != nil {
			t.Errorf("instruction %q: %v", name, err)
		}
	}
}
