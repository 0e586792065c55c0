// Package flow emits the scripts of the synthesis tools.
package flow

import (
	"fmt"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// Synth is the data of flow/synth.ys.tmpl; the script runs in the flows/ folder.
type Synth struct {
	Header              []string
	Top                 string
	Named               bool // files name cells of the device
	Files               []string
	Args                string
	OutNetlist, OutStat string
}

// Vivado is the data of flow/vivado.tcl.tmpl.
type Vivado struct {
	Header      []string
	Part, Top   string
	Files       []string
	Constraints string
}

// Constraints is the data of flow/constraints.xdc.tmpl.
type Constraints struct {
	Header              []string
	ClockPort, PeriodNS string
}

// Emit writes the flows/ folder of a design: a Yosys script, and a Vivado script
// with constraints for each target.
func Emit(m *isa.Machine) ([]emit.File, error) {
	header := strings.Split(emit.NewHeader(m).Lines(""), "\n")
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	var out []emit.File
	var err error
	render := func(tmpl, name string, data any) {
		if err == nil {
			var b []byte
			b, err = emit.Render("flow/"+tmpl, data)
			out = append(out, emit.File{Path: "flows/" + name, Data: b})
		}
	}
	render("synth.ys.tmpl", "synth.ys", Synth{Header: header, Top: m.Name() + "_core", Named: rtl.NamesSlices(m), Files: inRTL(rtl.AreaFiles(m)),
		OutNetlist: "netlist.v", OutStat: "stat.json"})
	for _, t := range m.Spec.Targets {
		render("vivado.tcl.tmpl", "vivado_"+t.Name+".tcl", Vivado{Header: header, Part: t.Part, Top: m.Name() + "_top",
			Files: inRTL(rtl.Files(m)), Constraints: t.Name + ".xdc"})
		render("constraints.xdc.tmpl", t.Name+".xdc", Constraints{Header: header, ClockPort: "clk_i", PeriodNS: fmt.Sprintf("%.3f", 1000/t.ClockMHz)})
	}
	return out, err
}

// inRTL makes paths relative to the flows/ folder.
func inRTL(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, "../rtl/"+n)
	}
	return out
}
