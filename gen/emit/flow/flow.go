// Package flow emits the scripts of the synthesis tools.
package flow

import (
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// Synth is the data of flow/synth.ys.tmpl; the script runs in the flows/ folder.
type Synth struct {
	Header              []string
	Top                 string
	Files               []string
	Args                string
	OutNetlist, OutStat string
}

// Emit writes the flows/ folder of a design.
func Emit(m *isa.Machine) ([]emit.File, error) {
	header := strings.Split(emit.NewHeader(m).Lines(""), "\n")
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	s := Synth{Header: header, Top: m.Name() + "_core", OutNetlist: "netlist.v", OutStat: "stat.json"}
	for _, f := range rtl.CoreFiles(m) {
		s.Files = append(s.Files, "../rtl/"+f)
	}
	b, err := emit.Render("flow/synth.ys.tmpl", s)
	if err != nil {
		return nil, err
	}
	return []emit.File{{Path: "flows/synth.ys", Data: b}}, nil
}
