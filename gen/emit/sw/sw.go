// Package sw emits a design's software: the header with one intrinsic per
// instruction, start-up code, linker script and a small runtime.
package sw

import (
	"fmt"

	"marvelgen/gen/emit"
	"marvelgen/gen/isa"
)

// SimulationRAM is the RAM, in bytes, that programs are linked for: that of the
// simulated system. For the FPGA top link with sw/fpga.ld, for programs with much
// data with LinkScript.
const SimulationRAM = 4 << 20

// MaxRAM is the address space that the core's bus gives to RAM (rtl/mv32_bus.v).
const MaxRAM = 256 << 20

// RAMFor is the RAM, in bytes, of a simulated system for programs with so many bytes
// of data: SimulationRAM if that has a mebibyte left for code, stack and heap, else
// as many whole mebibytes as leave one.
func RAMFor(data int) int {
	const spare = 1 << 20
	return max(SimulationRAM, (data+2*spare-1)/spare*spare)
}

// runtime is the data of the files that depend on nothing but the memory map
// (rtl/README.md, "Memory map").
type runtime struct {
	Header                                                  []string
	RAMOrigin, RAMSize, StackSize                           string
	ConsoleAddr, ExitAddr, ROIAddr, MtimecmpAddr, MtimeAddr string
}

// newRuntime fills in what is the same for all designs.
func newRuntime(m *isa.Machine) runtime {
	return runtime{Header: headerLines(m), RAMOrigin: "0x80000000", RAMSize: fmt.Sprintf("0x%x", SimulationRAM), StackSize: "0x2000",
		ConsoleAddr: "0x10000000", ExitAddr: "0x10000004", ROIAddr: "0x10000008", MtimecmpAddr: "0x02004000", MtimeAddr: "0x0200bff8"}
}

// LinkScript is sw/link.ld for a RAM of so many bytes; more than MaxRAM is an error.
func LinkScript(m *isa.Machine, ram int) (emit.File, error) {
	if ram > MaxRAM {
		return emit.File{}, fmt.Errorf("the program needs %d bytes of RAM; the core has at most %d", ram, MaxRAM)
	}
	rt := newRuntime(m)
	rt.RAMSize = fmt.Sprintf("0x%x", ram)
	b, err := emit.Render("sw/link.ld.tmpl", rt)
	return emit.File{Path: "sw/link.ld", Data: b}, err
}

// Emit writes the sw/ folder of a design.
func Emit(m *isa.Machine) ([]emit.File, error) {
	var out []emit.File
	var err error
	render := func(tmpl, name string, data any) {
		if err == nil {
			var b []byte
			b, err = emit.Render("sw/"+tmpl, data)
			out = append(out, emit.File{Path: "sw/" + name, Data: b})
		}
	}
	rt := newRuntime(m)
	render("riscv.h.tmpl", "riscv_"+m.Spec.Name+".h", buildHeader(m))
	for _, name := range m.Spec.Uses {
		render("used.h.tmpl", "riscv_"+name+".h", struct {
			runtime
			Used, Spec string
		}{rt, name, m.Spec.Name})
	}
	render("crt0.S.tmpl", "crt0.S", rt)
	render("link.ld.tmpl", "link.ld", rt)
	render("marvel_rt.h.tmpl", "marvel_rt.h", rt)
	render("runtime.c.tmpl", "runtime.c", rt)
	render("gdb.py.tmpl", gdbFile, newGDBScript(m))
	rt.RAMSize, rt.StackSize = fmt.Sprintf("0x%x", m.Spec.Core.RAMKiB<<10), "0x800"
	render("link.ld.tmpl", "fpga.ld", rt)
	return out, err
}
