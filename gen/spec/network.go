package spec

import (
	"path"
	"regexp"
	"slices"

	"marvelgen/gen/isa"
)

// What files networks and their inputs may be.
var (
	modelFiles = []string{".tflite", ".onnx"}
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
	if f.r.path(a.Expr.Range(), s) && !slices.Contains(extensions, path.Ext(s)) {
		f.r.errorf(a.Expr.Range(), "Unknown kind of file", "%q: %s is a file that ends in one of %s.", s, name, extensions)
	}
	return s
}
