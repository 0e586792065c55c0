package network

import (
	"fmt"
	"io"
	"strings"

	"github.com/google/pprof/profile"
)

// WritePprof writes the profile in pprof's format: `go tool pprof -http : FILE` draws
// it as a flame graph. Stacks are network, operator, layer, kernel.
func (p *Profile) WritePprof(w io.Writer) error {
	out := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "cycles", Unit: "count"}, {Type: "instructions", Unit: "count"}},
		PeriodType: &profile.ValueType{Type: "cycles", Unit: "count"}, Period: 1, DefaultSampleType: "cycles",
		Comments: []string{fmt.Sprintf("%s on %s, %s", p.File, p.Design, p.Compiler)},
	}
	functions, locations := map[string]*profile.Function{}, map[string]*profile.Location{}
	function := func(name, file string) *profile.Function {
		f := functions[name]
		if f == nil {
			f = &profile.Function{ID: uint64(len(functions) + 1), Name: name, SystemName: name, Filename: file}
			functions[name] = f
			out.Function = append(out.Function, f)
		}
		return f
	}
	location := func(name, file string, addr uint32, line int) *profile.Location {
		key := fmt.Sprint(name, addr)
		l := locations[key]
		if l == nil {
			l = &profile.Location{ID: uint64(len(locations) + 1), Address: uint64(addr), Line: []profile.Line{{Function: function(name, file), Line: int64(line)}}}
			locations[key] = l
			out.Location = append(out.Location, l)
		}
		return l
	}
	for _, part := range p.parts {
		above := []*profile.Location{location(part.layer.Name, p.File, 0, 0), location(part.layer.Operator, p.File, 0, 0), location(p.Network, p.File, 0, 0)}
		for _, b := range part.blocks {
			file, line := p.lines.At(b.Start)
			leaf := location(p.code.Function(b.Start), file, b.Start, line)
			out.Sample = append(out.Sample, &profile.Sample{Location: append([]*profile.Location{leaf}, above...), Value: []int64{int64(b.Cycles), int64(b.Instructions)}})
		}
	}
	if err := out.CheckValid(); err != nil {
		return err
	}
	return out.Write(w)
}

// Kernels prints `kernel` blocks for the operators that take at least a hundredth
// of the cycles, to paste into a spec.
func (p *Profile) Kernels() string {
	var b strings.Builder
	for _, o := range p.Operators {
		if o.Share < 0.01 {
			continue
		}
		what := fmt.Sprintf("%d layers, %d cycles", o.Layers, o.Cycles)
		if o.MACs > 0 {
			what = fmt.Sprintf("%d layers, %d multiplications, %.2f cycles each", o.Layers, o.MACs, o.CyclesPerMAC)
		}
		fmt.Fprintf(&b, "kernel %q {\n  summary = %q\n  share   = %.3f\n  source  = %q\n}\n\n", o.Name, "int8 "+o.Name+": "+what,
			o.Share, fmt.Sprintf("marvelgen profile %s, design %s, %s", p.Network, p.Design, p.Compiler))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
