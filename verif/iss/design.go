package iss

import (
	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// ForDesign is the configuration that simulates a design: its instructions,
// state and cycles.
func ForDesign(d *isa.Machine) Config {
	t := TimingOf(d)
	return Config{Instructions: d.All(), States: d.States, Tables: d.Tables, Extension: d.Socket.Present, Timing: &t}
}

// TimingOf is the cycle table of a design: that of the base core, and for each
// custom instruction its unit's latency and its surplus results.
func TimingOf(d *isa.Machine) Timing {
	t := DefaultTiming()
	for _, p := range d.Exts {
		if p.Unit != nil && p.Unit.Latency > 1 {
			t.Extra[p.Name] = p.Unit.Latency - 1
		}
		if n := surplus(p, d.Socket.WPorts); n > 0 {
			t.Surplus[p.Name] = n
		}
	}
	return t
}

// surplus is the number of cycles that results wait in W for a write port.
func surplus(p *isa.Placed, ports int) int {
	results := 0
	for _, w := range p.Results {
		if w != nil {
			results++
		}
	}
	switch {
	case ports <= 1:
		return max(0, results-1)
	case ports == 2 && p.Results[0] != nil && p.Results[2] != nil:
		return 1
	}
	return 0
}

// thirdOperand is the register field that an instruction reads through the
// third port, or nil.
func thirdOperand(ins *isa.Instruction) *isa.Field {
	for _, name := range []string{"rs3", "rd"} {
		if f := ins.Encoding.Field(name); f != nil && f.Kind == isa.Register && sem.Uses(name, ins.Exprs()...) {
			return f
		}
	}
	return nil
}

// ReadsRS3 reports whether the word is an instruction with a third operand. The
// core's trace shows a register there for other instructions of an extension
// too, which means nothing.
func (m *Machine) ReadsRS3(word uint32) bool {
	t := m.templates[m.decoder.Decode(word)]
	return t != nil && t.third != nil
}
