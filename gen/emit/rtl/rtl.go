// Package rtl emits a design's Verilog: the decoder, one module per unit, the
// glue behind the core's socket, and the modules that join them with the core.
package rtl

import (
	"io/fs"
	"slices"
	"sort"
	"strings"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
	core "marvelgen/rtl"
)

// Soc is the data of rtl/soc.v.tmpl and rtl/top.v.tmpl.
type Soc struct {
	Header  emit.Header
	Module  string
	Name    string // prefix of the design's modules
	Socket  isa.Socket
	Results int
	RAMKiB  int
	RVFI    []Output
	Views   []Output // for proofs
}

// rvfi is the trace port of the core: the RISC-V Formal Interface, and its
// natural extension to a third operand and further results.
var rvfi = func() []Output {
	var out []Output
	for _, p := range []struct {
		width int
		names string
	}{{1, "valid"}, {64, "order"}, {32, "insn"}, {1, "trap halt intr"}, {2, "mode ixl"}, {5, "rs1_addr rs2_addr rs3_addr"},
		{32, "rs1_rdata rs2_rdata rs3_rdata"}, {5, "rd_addr rd2_addr rd3_addr"}, {32, "rd_wdata rd2_wdata rd3_wdata pc_rdata pc_wdata mem_addr"},
		{4, "mem_rmask mem_wmask"}, {32, "mem_rdata mem_wdata"}} {
		for _, n := range strings.Fields(p.names) {
			out = append(out, Output{Name: "rvfi_" + n, Width: p.width})
		}
	}
	return out
}()

// RVFI lists the trace port's signals.
func RVFI() []Output { return rvfi }

// Files lists the Verilog of a design, in the order of its file list.
func Files(m *isa.Machine) []string {
	names := library(m)
	if m.Socket.Present {
		for _, u := range m.Units {
			names = append(names, unitModule(m, u)+".v")
		}
		names = append(names, m.Name()+"_decode.v", m.Name()+"_ext.v")
	}
	return append(names, m.Name()+"_core.v", m.Name()+"_soc.v", m.Name()+"_top.v")
}

// library lists the hand-written modules that the design is made of.
func library(m *isa.Machine) []string {
	names, _ := fs.Glob(core.FS, "*.v")
	sort.Strings(names)
	needs := sliceFiles(m)
	return slices.DeleteFunc(names, func(n string) bool {
		return n == ramFile && !hasRAM(m) || n == romFile && !hasROM(m) || (n == dotFile || n == scaleFile) && !slices.Contains(needs, n)
	})
}

// unitModule is the module of a unit. A unit may be called like one of the
// design's own modules; no name in a spec holds two underscores side by side.
func unitModule(m *isa.Machine, u *isa.PlacedUnit) string {
	switch u.Name {
	case "decode", "ext", "core", "soc", "top":
		return m.Name() + "__" + u.Name
	}
	return m.Name() + "_" + u.Name
}

// ultrascale is the folder with those library modules of the same names that
// name the DSP slices of UltraScale devices.
const ultrascale = "ultrascale/"

// NamesSlices reports whether some of AreaFiles do.
func NamesSlices(m *isa.Machine) bool { return len(sliceFiles(m)) > 0 }

// AreaFiles are CoreFiles where synthesis for UltraScale devices is to take the
// slices that are named rather than to find them.
func AreaFiles(m *isa.Machine) []string {
	needs := sliceFiles(m)
	out := CoreFiles(m)
	for i, n := range out {
		if slices.Contains(needs, n) {
			out[i] = ultrascale + n
		}
	}
	return out
}

// CoreFiles lists the Verilog of a design's core with its extension alone: no
// memories, bus or timer. Area is measured on it.
func CoreFiles(m *isa.Machine) []string {
	var out []string
	for _, f := range Files(m) {
		switch f {
		case "mv32_bus.v", "mv32_timer.v", "mv32_ram.v", m.Name() + "_soc.v", m.Name() + "_top.v":
		default:
			out = append(out, f)
		}
	}
	return out
}

// Emit writes the rtl/ folder of a design.
func Emit(m *isa.Machine) ([]emit.File, error) {
	var out []emit.File
	var err error
	render := func(tmpl, name string, data any) {
		if err != nil {
			return
		}
		var b []byte
		if b, err = emit.Render("rtl/"+tmpl, data); err == nil {
			out = append(out, emit.File{Path: "rtl/" + name, Data: b})
		}
	}
	var views []Output
	if m.Socket.Present {
		var units []*Unit
		var paths []*datapath
		for _, pu := range m.Units {
			u, d := buildUnit(m, pu)
			units, paths = append(units, u), append(paths, d)
			render("unit.v.tmpl", u.Module+".v", u)
		}
		render("decode.v.tmpl", m.Name()+"_decode.v", buildDecode(m))
		views = extViews(units)
		render("ext.v.tmpl", m.Name()+"_ext.v", buildExt(m, units, paths))
	}
	soc := Soc{Header: emit.NewHeader(m), Module: m.Name() + "_soc", Name: m.Name(), Socket: m.Socket,
		Results: max(1, m.Socket.Results), RAMKiB: m.Spec.Core.RAMKiB, RVFI: rvfi, Views: views}
	render("core.v.tmpl", m.Name()+"_core.v", soc)
	render("soc.v.tmpl", m.Name()+"_soc.v", soc)
	render("top.v.tmpl", m.Name()+"_top.v", soc)
	if err != nil {
		return nil, err
	}
	files := library(m)
	for _, n := range sliceFiles(m) {
		files = append(files, ultrascale+n)
	}
	for _, n := range files {
		b, err := core.FS.ReadFile(n)
		if err != nil {
			return nil, err
		}
		out = append(out, emit.File{Path: "rtl/" + n, Data: b})
	}
	out = append(out, emit.File{Path: "rtl/" + m.Name() + ".f", Data: []byte(strings.Join(Files(m), "\n") + "\n")})
	return out, nil
}
