package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rule says what the packages below a folder may not import, and why.
type rule struct {
	below  string   // folder, "" for all
	except string   // a folder inside that is free to
	forbid []string // prefixes of import paths
	why    string
	tests  bool // holds for test files too
}

var rules = []rule{
	{below: "gen/sem", forbid: []string{"marvelgen/gen/isa", "marvelgen/gen/spec", "marvelgen/gen/pass", "marvelgen/gen/emit", "marvelgen/templates", "marvelgen/specs", "marvelgen/rtl", "marvelgen/verif", "marvelgen/flows", "github.com/"}, why: "sem knows the standard library and itself"},
	{below: "gen/isa", forbid: []string{"marvelgen/gen/spec", "marvelgen/gen/pass", "marvelgen/gen/emit", "marvelgen/templates", "marvelgen/verif", "marvelgen/flows", "github.com/"}, why: "isa knows sem only"},
	{below: "gen", forbid: []string{"marvelgen/verif", "marvelgen/flows"}, why: "the generator knows neither its judges nor the tools"},
	{below: "verif", forbid: []string{"marvelgen/gen/emit"}, why: "the judge shares no emission code"},
	{below: "verif/golden", forbid: []string{"marvelgen/gen"}, why: "golden models are written by hand", tests: true},
	{below: "", except: "gen/spec", forbid: []string{"github.com/hashicorp/hcl", "github.com/zclconf/go-cty"}, why: "gen/spec is the only importer of HCL", tests: true},
	{below: "", except: "gen/emit", forbid: []string{"github.com/Masterminds/sprig"}, why: "gen/emit is the only importer of sprig", tests: true},
	{below: "", except: "gen/nn/tflite", forbid: []string{"github.com/google/flatbuffers"}, why: "gen/nn/tflite is the only importer of FlatBuffers", tests: true},
	{below: "", except: "gen/nn/onnx", forbid: []string{"google.golang.org/protobuf", "github.com/golang/protobuf"}, why: "gen/nn/onnx is the only importer of Protocol Buffers", tests: true},
	{below: "", except: "verif/iss", forbid: []string{"github.com/tetratelabs/wazero"}, why: "verif/iss is the only importer of wazero", tests: true},
	{below: "", except: "cmd/marvelgen/internal/front", forbid: []string{"gonum.org/"}, why: "cmd/marvelgen/internal/front is the only importer of gonum", tests: true},
	{below: "gen/nn/samples", forbid: []string{"marvelgen/gen/nn/onnx", "marvelgen/gen/nn/tflite"}, why: "samples knows no format of models; who reads such files gives it a decoder"},
	{below: "", except: "cmd", forbid: []string{"github.com/spf13/cobra", "marvelgen/cmd"}, why: "cmd is the only importer of cobra", tests: true},
}

// broken lists the rules that a file at dir importing path breaks.
func broken(dir, path string, test bool) []string {
	var out []string
	for _, r := range rules {
		if !within(dir, r.below) || r.except != "" && within(dir, r.except) || test && !r.tests {
			continue
		}
		for _, f := range r.forbid {
			if strings.HasPrefix(path, f) {
				out = append(out, r.why)
			}
		}
	}
	return out
}

func within(dir, below string) bool {
	return below == "" || dir == below || strings.HasPrefix(dir, below+"/")
}

// TestImportRules holds every file to the house's import rules.
func TestImportRules(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		rel, err := filepath.Rel("../..", path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, i := range f.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			for _, why := range broken(filepath.ToSlash(filepath.Dir(rel)), name, strings.HasSuffix(path, "_test.go")) {
				t.Errorf("%s imports %s: %s", rel, name, why)
			}
		}
		return nil
	})
	if err != nil || files < 50 {
		t.Fatalf("%d files, %v", files, err)
	}
}

// TestImportRulesBite seeds imports that each rule must refuse.
func TestImportRulesBite(t *testing.T) {
	for _, c := range []struct {
		dir, path string
		bad       bool
	}{
		{"gen/sem/bv", "marvelgen/gen/sem", false},
		{"gen/sem", "marvelgen/gen/isa", true},
		{"gen/isa", "github.com/hashicorp/hcl/v2", true},
		{"gen/emit/rtl", "marvelgen/flows/yosys", true},
		{"gen/emit/rtl", "github.com/Masterminds/sprig/v3", false},
		{"verif/cosim", "marvelgen/gen/emit/rtl", true},
		{"verif/golden", "marvelgen/gen/sem", true},
		{"flows", "github.com/spf13/cobra", true},
		{"gen/nn/quant", "google.golang.org/protobuf/proto", true},
		{"gen/nn/onnx/schema", "google.golang.org/protobuf/proto", false},
		{"verif/cosim", "github.com/tetratelabs/wazero", true},
		{"verif/iss", "github.com/tetratelabs/wazero/api", false},
		{"verif/report", "gonum.org/v1/plot", true},
		{"cmd/marvelgen/internal/front", "gonum.org/v1/plot", false},
		{"gen/nn/samples", "marvelgen/gen/nn/onnx", true},
		{"gen/nn/quant", "marvelgen/gen/nn/onnx", false},
		{"cmd/marvelgen", "github.com/spf13/cobra", false},
	} {
		if got := len(broken(c.dir, c.path, false)) > 0; got != c.bad {
			t.Errorf("%s importing %s: refused %v, want %v", c.dir, c.path, got, c.bad)
		}
	}
}
