// Package tb emits a design's Verilator testbench.
package tb

import (
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
)

// Emit writes the tb/ folder of a design. The template's fields are documented
// in it.
func Emit(m *isa.Machine) ([]emit.File, error) {
	b, err := emit.Render("tb/main.cpp.tmpl", struct {
		Header       []string
		Module, Name string
	}{strings.Split(emit.NewHeader(m).Lines("//"), "\n"), m.Name() + "_soc", m.Name()})
	if err != nil {
		return nil, err
	}
	return []emit.File{{Path: "tb/main.cpp", Data: b}}, nil
}
