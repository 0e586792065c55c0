package build

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
	"marvelgen/specs"
)

// KernelsOf reads the headers of a design's kernels in their order, each beside the spec
// or shipped; none if the design has no kernels.
func KernelsOf(m *isa.Machine) ([]emit.File, error) {
	dir := filepath.Dir(m.Spec.File)
	var out []emit.File
	for _, h := range m.Design.Kernels {
		data, err := readSource(filepath.Join(dir, h.Path))
		if errors.Is(err, fs.ErrNotExist) {
			data, err = specs.FS.ReadFile(h.Path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, isa.Problem{Pos: h.Pos, Summary: "No such file",
				Detail: fmt.Sprintf("%s, of the kernels of design %s, is neither beside the spec nor shipped.%s", h.Path, m.Design.Name, spec.Suggest(h.Path, headersNear(dir, h.Path)))}
		}
		if err != nil {
			return nil, isa.Problem{Pos: h.Pos, Summary: "Unreadable file", Detail: fmt.Sprintf("The kernels of design %s: %v.", m.Design.Name, err)}
		}
		out = append(out, emit.File{Path: h.Path, Data: data})
	}
	return out, nil
}

// PlainKernels are loops as code generators print them, for a compiler to do its best.
func PlainKernels() ([]emit.File, error) {
	const name = "networks/plain.h"
	data, err := specs.FS.ReadFile(name)
	return []emit.File{{Path: name, Data: data}}, err
}

// headersNear are the headers in the folder of the spec that a name leads to, and those
// that are shipped.
func headersNear(dir, name string) []string {
	var out []string
	beside, _ := filepath.Glob(filepath.Join(dir, path.Dir(name), "*.h"))
	for _, h := range beside {
		out = append(out, path.Join(path.Dir(name), filepath.Base(h)))
	}
	_ = fs.WalkDir(specs.FS, "networks", func(p string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(p, ".h") {
			out = append(out, p)
		}
		return err
	})
	return out
}

// kernels adds the headers of a design's kernels, and their number: nothing that is
// added behind them can be taken for one.
func (k *keyer) kernels(files []emit.File) *keyer {
	k.add(fmt.Sprint(len(files)))
	for _, f := range files {
		k.add(f.Path, string(f.Data))
	}
	return k
}
