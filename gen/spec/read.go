package spec

import (
	"fmt"
	"math/big"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"marvelgen/gen/isa"
)

// fields is the checked content of one block.
type fields struct {
	r      *reader
	def    *Block
	name   string // the label
	rng    hcl.Range
	attrs  map[string]*hclsyntax.Attribute
	blocks map[string][]*fields
	free   []*hclsyntax.Attribute // in source order
}

// reader collects problems while a spec is read.
type reader struct {
	problems []isa.Problem
	tooLarge bool // said once; nothing is evaluated any more
}

func (r *reader) errorf(rng hcl.Range, summary, format string, args ...any) {
	if len(r.problems) < 100 { // enough for any reader; a hostile file may hold millions
		r.problems = append(r.problems, isa.Problem{Pos: posOf(rng), Summary: summary, Detail: fmt.Sprintf(format, args...)})
	}
}

func posOf(r hcl.Range) isa.Pos {
	return isa.Pos{File: r.Filename, Line: r.Start.Line, Col: r.Start.Column, Byte: r.Start.Byte,
		EndLine: r.End.Line, EndCol: r.End.Column, EndByte: r.End.Byte}
}

// block checks a block's body against its definition.
func (r *reader) block(body *hclsyntax.Body, def *Block, name string, rng hcl.Range) *fields {
	f := &fields{r: r, def: def, name: name, rng: rng, attrs: map[string]*hclsyntax.Attribute{}, blocks: map[string][]*fields{}}
	known := map[string]bool{}
	var names []string
	for _, a := range def.Attrs {
		known[a.Name] = true
		names = append(names, a.Name)
	}
	attrs := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, a := range body.Attributes {
		attrs = append(attrs, a)
	}
	sort.Slice(attrs, func(i, j int) bool { return attrs[i].SrcRange.Start.Byte < attrs[j].SrcRange.Start.Byte })
	for _, a := range attrs {
		switch {
		case known[a.Name]:
			f.attrs[a.Name] = a
		case def.Free != "":
			f.free = append(f.free, a)
		default:
			r.errorf(a.NameRange, "Unknown attribute", "%s has no attribute %q.%s", capital(def.title()), a.Name, suggest(a.Name, unset(names, f.attrs)))
		}
	}
	for _, a := range def.Attrs {
		if a.Required && f.attrs[a.Name] == nil {
			r.errorf(rng, "Missing attribute", "%s needs %q: %s.", capital(def.title()), a.Name, a.Doc)
		}
	}
	r.children(f, body.Blocks, def)
	return f
}

func (r *reader) children(f *fields, blocks hclsyntax.Blocks, def *Block) {
	var names []string
	for _, d := range def.Blocks {
		names = append(names, d.Name)
	}
	for _, b := range blocks {
		d := findBlock(def.Blocks, b.Type)
		if d == nil {
			r.errorf(b.TypeRange, "Unknown block", "%s has no block %q.%s", capital(def.title()), b.Type, suggest(b.Type, names))
			continue
		}
		label, ok := r.label(b, d)
		if !ok {
			continue
		}
		if d.Single && len(f.blocks[d.Name]) > 0 {
			r.errorf(b.DefRange(), "Second "+d.Name, "%s may hold only one %s block; the first is at line %d.", capital(def.title()), d.Name, f.blocks[d.Name][0].rng.Start.Line)
			continue
		}
		f.blocks[d.Name] = append(f.blocks[d.Name], r.block(b.Body, d, label, b.DefRange()))
	}
}

// label checks that the block has the label its definition wants, an identifier.
func (r *reader) label(b *hclsyntax.Block, d *Block) (string, bool) {
	want := 0
	if d.Label != "" {
		want = 1
	}
	if len(b.Labels) != want {
		hint := d.Name + " { … }"
		if want == 1 {
			hint = fmt.Sprintf("%s %q { … }", d.Name, d.Label)
		}
		r.errorf(b.DefRange(), "Wrong labels", "Write %s.", hint)
		return "", false
	}
	if want == 0 {
		return "", true
	}
	// A block with a bad name is read all the same, for its other problems.
	switch d {
	case instructionBlock: // always printed with a prefix, so "and" is fine
		r.reference(b.LabelRanges[0], b.Labels[0])
	case useBlock:
		return b.Labels[0], r.kind(b.LabelRanges[0], "use", b.Labels[0], []string{".hcl"})
	default:
		r.identifier(b.LabelRanges[0], b.Labels[0])
	}
	return b.Labels[0], true
}

func (b *Block) title() string {
	if b.Name == "" {
		return "a spec"
	}
	article := "a"
	if strings.ContainsRune("aeiou", rune(b.Name[0])) && b.Name != "unit" {
		article = "an"
	}
	return article + " " + b.Name + " block"
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func findBlock(defs []*Block, name string) *Block {
	for _, d := range defs {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// constant evaluates an attribute without variables, as cty.
func (f *fields) constant(name string, t cty.Type) (cty.Value, hcl.Range, bool) {
	a := f.attrs[name]
	if a == nil {
		return cty.NilVal, f.rng, false
	}
	rng := a.Expr.Range()
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() {
		f.r.errorf(rng, "Not a constant", "%s must be a constant. %s", name, diags[0].Detail)
		return cty.NilVal, rng, false
	}
	out, err := convert.Convert(v, t)
	if err != nil || out.IsNull() || !out.IsWhollyKnown() {
		f.r.errorf(rng, "Wrong type", "%s must be a %s, not %s.", name, f.typeOf(name), v.Type().FriendlyName())
		return cty.NilVal, rng, false
	}
	return out, rng, true
}

func (f *fields) typeOf(name string) string {
	for _, a := range f.def.Attrs {
		if a.Name == name {
			return a.Type
		}
	}
	return "value"
}

// text is a one-line text attribute, safe inside any comment we emit.
func (f *fields) text(name string) string {
	v, rng, ok := f.constant(name, cty.String)
	if !ok {
		return ""
	}
	s := v.AsString()
	f.r.checkText(rng, s)
	return s
}

// word is a text attribute that must be one of the choices.
func (f *fields) word(name, def string, choices ...string) string {
	v, rng, ok := f.constant(name, cty.String)
	if !ok {
		return def
	}
	s := v.AsString()
	for _, c := range choices {
		if s == c {
			return s
		}
	}
	f.r.errorf(rng, "Unknown "+name, "%q is none of %s.%s", s, strings.Join(choices, ", "), suggest(s, choices))
	return def
}

// number is a whole-number attribute within lo..hi.
func (f *fields) number(name string, def, lo, hi int64) int64 {
	v, rng, ok := f.constant(name, cty.Number)
	if !ok {
		return def
	}
	n, acc := v.AsBigFloat().Int64()
	if acc != big.Exact || n < lo || n > hi {
		f.r.errorf(rng, "Number out of range", "%s must be a whole number from %d to %d.", name, lo, hi)
		return def
	}
	return n
}

// real is a number attribute within lo..hi.
func (f *fields) real(name string, def, lo, hi float64) float64 {
	v, rng, ok := f.constant(name, cty.Number)
	if !ok {
		return def
	}
	n, _ := v.AsBigFloat().Float64()
	if n < lo || n > hi {
		f.r.errorf(rng, "Number out of range", "%s must be from %g to %g.", name, lo, hi)
		return def
	}
	return n
}

func (f *fields) boolean(name string) bool {
	v, _, ok := f.constant(name, cty.Bool)
	return ok && v.True()
}

// names is a list of strings, each checked by check.
func (f *fields) names(name string, check func(hcl.Range, string) bool) []string {
	a := f.attrs[name]
	if a == nil {
		return nil
	}
	tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		f.r.errorf(a.Expr.Range(), "Wrong type", "%s must be a %s.", name, f.typeOf(name))
		return nil
	}
	var out []string
	for _, e := range tuple.Exprs {
		v, diags := e.Value(nil)
		if diags.HasErrors() || v.Type() != cty.String || v.IsNull() {
			f.r.errorf(e.Range(), "Wrong type", "%s must be a %s.", name, f.typeOf(name))
			continue
		}
		if s := v.AsString(); check(e.Range(), s) {
			out = append(out, s)
		}
	}
	return out
}
