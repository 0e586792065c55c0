// Package gen is the pipeline from a spec to files, readable on one screen:
// Load reads and checks, Resolve makes each design concrete, Emitters write.
package gen

import (
	"marvelgen/gen/emit"
	"marvelgen/gen/emit/doc"
	"marvelgen/gen/emit/flow"
	"marvelgen/gen/emit/formal"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/emit/rvfi"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/emit/tb"
	"marvelgen/gen/isa"
	"marvelgen/gen/pass"
	"marvelgen/gen/spec"
)

// Emitters lists everything that writes files of a design; a new kind of
// output is a new line here.
var Emitters = []struct {
	Name string
	emit.Emitter
}{
	{"rtl", emit.Func(rtl.Emit)},       // Verilog
	{"sw", emit.Func(sw.Emit)},         // C header, start-up code, linker scripts
	{"tb", emit.Func(tb.Emit)},         // Verilator testbench
	{"flows", emit.Func(flow.Emit)},    // Yosys and Vivado scripts
	{"doc", emit.Func(doc.Emit)},       // a page per instruction
	{"formal", emit.Func(formal.Emit)}, // what proofs compare
	{"rvfi", emit.Func(rvfi.Emit)},     // checks of the core
}

// Loaded is a checked spec with its designs made concrete.
type Loaded struct {
	Spec     *isa.Spec
	Machines []*isa.Machine
	Examples int // run, all of them right
}

// Load reads, checks and resolves a spec. All problems are reported at once; with
// any problem the result must not be used.
func Load(filename string, src []byte) (*Loaded, []isa.Problem, error) {
	base, err := spec.Base()
	if err != nil {
		return nil, nil, err
	}
	s, problems := spec.Parse(filename, src)
	if s != nil { // encodings can be compared whatever else is wrong
		problems = append(problems, pass.CheckEncodings(s, base)...)
	}
	if len(problems) > 0 {
		spec.SortProblems(filename, problems)
		return nil, problems, nil
	}
	l := &Loaded{Spec: s}
	ran, failed := pass.CheckExamples(append(append([]*isa.Instruction(nil), base...), s.Exts...), s)
	l.Examples = ran
	problems = append(problems, failed...)
	problems = append(problems, pass.CheckAccuracy(s)...)
	if len(s.Designs) == 0 { // a spec without designs is one design with everything
		d := &isa.Design{Name: "all", Summary: "every instruction of the spec"}
		for _, i := range s.Exts {
			d.Instructions = append(d.Instructions, i.Name)
		}
		s.Designs = append(s.Designs, d)
	}
	seen := map[string]bool{}
	for _, d := range s.Designs {
		m, found := pass.Resolve(s, d, base)
		for _, p := range found { // designs share instructions and so their problems
			if !seen[p.Error()] {
				seen[p.Error()] = true
				problems = append(problems, p)
			}
		}
		l.Machines = append(l.Machines, m)
	}
	spec.SortProblems(filename, problems)
	return l, problems, nil
}

// SetWritePorts gives every design n register file write ports instead of what
// the spec says, to compare.
func (l *Loaded) SetWritePorts(n int) {
	for i, m := range l.Machines {
		m.Design.WritePorts, m.Design.PortsForced = n, true
		l.Machines[i], _ = pass.Resolve(l.Spec, m.Design, m.Base) // resolved without problems before
	}
}

// Emit runs all emitters on one design.
func Emit(m *isa.Machine) ([]emit.File, error) {
	var out []emit.File
	for _, e := range Emitters {
		files, err := e.Emit(m)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}
