// Package spec reads HCL specs into the IR of package isa and prints problems
// the way compilers do. It is the only importer of HCL. The language itself is
// data: Language (blocks and attributes) and Functions.
package spec

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"marvelgen/gen/isa"
	"marvelgen/specs"
)

// MaxBytes bounds a spec file.
const MaxBytes = 1 << 20

// parser reads one spec.
type parser struct {
	r      *reader
	spec   *isa.Spec
	states map[string]*isa.State
	tables map[string]*isa.Table
	src    []byte
	steps  *int // of evaluation, those of the files it uses included
	uses   *uses
	taken  []*fields       // use blocks so far
	absent map[string]bool // instructions of files that cannot be used
	adopts []*isa.Unit     // units of instructions taken from other specs

	shipped bool // comes from specs.FS
}

// order is the order in which block types are read: what meanings refer to
// comes before instructions.
var order = []struct {
	block string
	read  func(*parser, *fields)
}{
	{"extension", (*parser).extension}, {"core", (*parser).core}, {"use", (*parser).use}, {"state", (*parser).state}, {"table", (*parser).table},
	{"instruction", (*parser).instruction}, {"unit", (*parser).unit}, {"design", (*parser).design},
	{"kernel", (*parser).kernel}, {"program", (*parser).program}, {"network", (*parser).network}, {"target", (*parser).target}, {"verify", (*parser).verify},
}

// Parse reads a spec, and the specs that it uses: files beside it, or shipped ones. On
// problems the spec is incomplete and must not be used.
func Parse(filename string, src []byte) (*isa.Spec, []isa.Problem) {
	return newParser(filename, &uses{parse: (*parser).parse, read: map[string]*parser{}}, new(int)).parse(src)
}

func newParser(filename string, u *uses, steps *int) *parser {
	return &parser{r: &reader{}, states: map[string]*isa.State{}, tables: map[string]*isa.Table{}, absent: map[string]bool{}, uses: u, steps: steps,
		spec: &isa.Spec{File: filename, Prefix: "mv", Core: isa.Core{RAMKiB: 64}, Verify: isa.Verify{Vectors: 10000, Seed: 1}}}
}

func (p *parser) parse(src []byte) (*isa.Spec, []isa.Problem) {
	filename := p.spec.File
	p.src = src
	if problems := checkBytes(filename, src); problems != nil {
		return nil, problems
	}
	file, problems := parseSyntax(filename, src)
	if len(problems) > 0 {
		return nil, problems
	}
	body := file.Body.(*hclsyntax.Body)
	top := p.r.block(body, &Block{Blocks: Language}, "", body.SrcRange)
	for _, o := range order {
		for _, f := range top.blocks[o.block] {
			o.read(p, f)
		}
	}
	if len(top.blocks["extension"]) == 0 && len(p.r.problems) == 0 {
		p.r.problems = append(p.r.problems, isa.Problem{Pos: startOf(filename), Summary: "Missing block", Detail: `A spec begins with extension "name" { … }.`})
	}
	p.adopt()
	p.references()
	p.spec.SHA256 = p.hash(src)
	SortProblems(filename, p.r.problems)
	return p.spec, p.r.problems
}

// SortProblems orders problems by their place: those of the spec, then those of files
// that it uses.
func SortProblems(filename string, list []isa.Problem) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Pos, list[j].Pos
		if a.File != b.File {
			return a.File == filename || b.File != filename && a.File < b.File
		}
		return a.Byte < b.Byte
	})
}

func startOf(filename string) isa.Pos {
	return isa.Pos{File: filename, Line: 1, Col: 1, EndLine: 1, EndCol: 1}
}

// checkBytes refuses what is no spec before any parser sees it.
func checkBytes(filename string, src []byte) []isa.Problem {
	refuse := func(summary, format string, args ...any) []isa.Problem {
		return []isa.Problem{{Pos: startOf(filename), Summary: summary, Detail: fmt.Sprintf(format, args...)}}
	}
	switch {
	case len(src) > MaxBytes:
		return refuse("Spec too large", "A spec has at most %d bytes.", MaxBytes)
	case !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0:
		return refuse("Not a text file", "A spec is UTF-8 text in HCL syntax.")
	case tooDeep(src):
		return refuse("Nested too deeply", "Brackets nest deeper than %d.", maxNesting)
	}
	return nil
}

// parseSyntax is HCL's own parser with its diagnostics as problems.
func parseSyntax(filename string, src []byte) (*hcl.File, []isa.Problem) {
	file, diags := hclsyntax.ParseConfig(src, filename, hcl.InitialPos)
	r := &reader{}
	for _, d := range diags {
		rng := hcl.Range{Filename: filename, Start: hcl.InitialPos, End: hcl.InitialPos}
		if d.Subject != nil {
			rng = *d.Subject
		}
		r.errorf(rng, d.Summary, "%s", d.Detail)
	}
	return file, r.problems
}

const maxNesting = 120

// tooDeep protects the recursive parser from hostile nesting.
func tooDeep(src []byte) bool {
	depth := 0
	for _, c := range src {
		switch c {
		case '{', '[', '(':
			if depth++; depth > maxNesting {
				return true
			}
		case '}', ']', ')':
			depth = max(0, depth-1)
		}
	}
	// Prefix operators and conditionals nest without brackets.
	return bytes.Contains(src, bytes.Repeat([]byte("!"), maxNesting)) || bytes.Contains(src, bytes.Repeat([]byte("-"), 8*maxNesting)) ||
		bytes.Count(src, []byte("?")) > 5000
}

// ReadFile reads a spec from disk: at most MaxBytes, and only regular files.
func ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil {
		return nil, err
	} else if st.IsDir() {
		return nil, fmt.Errorf("%s is a directory; give the .hcl file", name)
	} else if st.Size() > MaxBytes {
		return nil, fmt.Errorf("%s has %d bytes; a spec has at most %d", name, st.Size(), MaxBytes)
	}
	src, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return src, nil
}

// Base is the base ISA: RV32I, M and Zicsr, in the order of the manual.
func Base() ([]*isa.Instruction, error) {
	var all []*isa.Instruction
	for _, name := range []string{"isa/rv32i.hcl", "isa/rv32m.hcl", "isa/zicsr.hcl"} {
		src, err := specs.FS.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, problems := Parse(path.Join("specs", name), src)
		if len(problems) > 0 {
			return nil, problems[0]
		}
		all = append(all, s.Exts...)
	}
	return all, nil
}

// CheckSyntax reports what keeps a file from being HCL at all.
func CheckSyntax(filename string, src []byte) []isa.Problem {
	if p := checkBytes(filename, src); p != nil {
		return p
	}
	_, problems := parseSyntax(filename, src)
	return problems
}

// Format is the canonical layout of a spec, as marvelgen fmt writes it.
func Format(src []byte) []byte { return hclwrite.Format(src) }

// WriteProblems prints problems with their excerpts, colourless and at the given
// width (0: unlimited).
func WriteProblems(w io.Writer, files map[string][]byte, problems []isa.Problem, width uint, color bool) error {
	hf := map[string]*hcl.File{}
	for name, src := range files {
		hf[name] = &hcl.File{Bytes: src}
	}
	var diags hcl.Diagnostics
	for _, p := range problems {
		rng := hcl.Range{Filename: p.Pos.File, Start: hcl.Pos{Line: p.Pos.Line, Column: p.Pos.Col, Byte: p.Pos.Byte},
			End: hcl.Pos{Line: p.Pos.EndLine, Column: p.Pos.EndCol, Byte: p.Pos.EndByte}}
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: p.Summary, Detail: p.Detail, Subject: &rng})
	}
	return hcl.NewDiagnosticTextWriter(w, hf, width, color).WriteDiagnostics(diags)
}
