package spec

import (
	"path"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"marvelgen/gen/isa"
)

// What files networks and their inputs may be.
var (
	modelFiles = []string{".tflite", ".onnx", ".json"}
	inputFiles = []string{".bin", ".npy", ".png", ".jpg", ".pgm"}
)

// zooRE is the name of a network that package zoo builds.
var zooRE = regexp.MustCompile(`^zoo:[a-z0-9_.]{1,40}$`)

func (p *parser) network(f *fields) {
	n := &isa.Network{Name: f.name, Pos: posOf(f.rng), Summary: f.text("summary"), Samples: int(f.number("samples", 1, 1, 1_000_000)),
		RTL: f.word("on", "rtl", "rtl", "iss") == "rtl", Compiler: f.word("compiler", "clang", "clang", "gcc"), Opt: "-O3"}
	f.opt(&n.Opt)
	if a := f.attrs["model"]; a != nil && zooRE.MatchString(f.text("model")) {
		n.Model = f.text("model")
	} else {
		n.Model = f.file("model", modelFiles)
	}
	n.Input = f.file("input", inputFiles)
	p.spec.Networks = append(p.spec.Networks, n)
}

// file reads a path that ends in one of the extensions; "" if there is none.
func (f *fields) file(name string, extensions []string) string {
	a := f.attrs[name]
	if a == nil {
		return ""
	}
	s := f.text(name)
	f.r.kind(a.Expr.Range(), name, s, extensions)
	return s
}

// kind checks that s is a path that ends in one of the extensions.
func (r *reader) kind(rng hcl.Range, name, s string, extensions []string) bool {
	if !r.path(rng, s) {
		return false
	}
	if !slices.Contains(extensions, path.Ext(s)) {
		r.errorf(rng, "Unknown kind of file", "%q: %s is a file that ends in one of %s.", s, name, extensions)
		return false
	}
	return true
}

// headers reads a path, or a list of them, all different.
func (f *fields) headers(name string) []isa.Header {
	a := f.attrs[name]
	if a == nil {
		return nil
	}
	list := []hclsyntax.Expression{a.Expr}
	if tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr); ok {
		if list = tuple.Exprs; len(list) == 0 {
			f.r.errorf(a.Expr.Range(), "No file", "%s names no file; name some, or leave it out.", capital(name))
		}
	}
	var out []isa.Header
	for _, e := range list {
		v, diags := e.Value(nil)
		if diags.HasErrors() || v.Type() != cty.String || v.IsNull() {
			f.r.errorf(e.Range(), "Wrong type", "%s must be a %s.", name, f.typeOf(name))
			continue
		}
		h := isa.Header{Path: v.AsString(), Pos: posOf(e.Range())}
		switch {
		case !f.r.kind(e.Range(), name, h.Path, []string{".h"}):
		case slices.ContainsFunc(out, func(o isa.Header) bool { return o.Path == h.Path }):
			f.r.errorf(e.Range(), "Named twice", "%q stands in the list already.", h.Path)
		default:
			out = append(out, h)
		}
	}
	return out
}
