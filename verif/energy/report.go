package energy

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Schema names the format of the file.
const Schema = "marvelgen-energy/1"

// Report is what inferences take on designs.
type Report struct {
	Schema      string        `json:"schema"`
	Tool        string        `json:"tool"`
	Spec        string        `json:"spec"`
	SHA256      string        `json:"spec_sha256"`
	Compiler    string        `json:"compiler"`
	Synthesis   string        `json:"synthesis"`
	Method      string        `json:"method"`
	Base        string        `json:"base"`
	Design      string        `json:"design"`
	Calibration []Calibration `json:"calibration"`
	Gates       []Size        `json:"gates"`
	Networks    []Network     `json:"networks"`
	Missing     []string      `json:"missing,omitempty"`
}

// Size is a core in gates.
type Size struct {
	Design string `json:"design"`
	Gates  int    `json:"gates"`
	FFs    int    `json:"ffs"`
	RAM    int    `json:"private_ram_bytes"`
}

// Size says how large a core is.
func (n *Netlist) Size(design string) Size {
	s := Size{Design: design, Gates: len(n.Gates), FFs: len(n.FFs)}
	for _, r := range n.RAMs {
		s.RAM += (r.Words*len(r.RData) + 7) / 8
	}
	return s
}

// Network is one network on the core alone and on the design.
type Network struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	MACs     int64  `json:"macs"`
	RAM      int    `json:"memory_bytes"` // constants, arena, input and output
	Measured bool   `json:"measured"`     // windows of its own; else by class, from those that have some
	Base     Run    `json:"base"`
	Ext      Run    `json:"extended"`
	Ratio    Ratio  `json:"ratio"`
}

// Run is one inference on one design.
type Run struct {
	Cycles    uint64  `json:"cycles"`
	Fetches   uint64  `json:"fetches"`
	Reads     uint64  `json:"reads"`
	Writes    uint64  `json:"writes"`
	Simulated uint64  `json:"simulated_cycles"` // of the netlist, all equal to the RTL's
	Classes   []Class `json:"classes"`

	// Microjoules of the inference
	Total   float64 `json:"total_uJ"` // Logic, Private and Memory
	Error   float64 `json:"standard_error_uJ"`
	Logic   float64 `json:"logic_uJ"`   // gates and clocked flip-flops
	Private float64 `json:"private_uJ"` // the core's private memories
	Memory  float64 `json:"memory_uJ"`  // fetches, loads and stores
	Idle    float64 `json:"idle_uJ"`    // what Logic is more if no clock is gated
	Glitch  float64 `json:"glitch_uJ"`  // what Logic is if every gate takes one unit of time
}

// Class is the layers of one operator.
type Class struct {
	Operator string   `json:"operator"`
	Cycles   uint64   `json:"cycles"`
	PerCycle Estimate `json:"pJ_per_cycle"`
	Glitch   float64  `json:"logic_with_glitches_pJ_per_cycle"`
	Fetches  float64  `json:"fetches_per_cycle"` // in the windows
	Reads    float64  `json:"reads_per_cycle"`
	Writes   float64  `json:"writes_per_cycle"`
}

// Ratio is how many times less the design takes.
type Ratio struct {
	Total  float64 `json:"total"`
	Error  float64 `json:"standard_error"` // of sampling
	Low    float64 `json:"low"`            // the least and the most of Total in Variants
	High   float64 `json:"high"`
	Logic  float64 `json:"logic"` // without memories
	Cycles float64 `json:"cycles"`
}

// Variants are what Total is computed with, the first one, and what it could be
// computed with.
var Variants = []struct {
	Name  string
	Total func(r *Run) float64
}{
	{"as stated", func(r *Run) float64 { return r.Logic + r.Private + r.Memory }},
	{"no clock is gated", func(r *Run) float64 { return r.Logic + r.Idle + r.Private + r.Memory }},
	{"glitches count", func(r *Run) float64 { return r.Glitch + r.Private + r.Memory }},
	{"memories take half", func(r *Run) float64 { return r.Logic + 0.5*(r.Private+r.Memory) }},
	{"memories take twice", func(r *Run) float64 { return r.Logic + 2*(r.Private+r.Memory) }},
}

// Finish sums up classes and accesses. Cycles between layers are as those within.
func (r *Run) Finish(memory int) {
	sum, off := 0.0, 0.0
	r.Logic, r.Private, r.Idle, r.Glitch = 0, 0, 0, 0
	for _, c := range r.Classes {
		n := float64(c.Cycles) * 1e-6
		e := c.PerCycle
		r.Logic += n * (e.Logic + e.Clock)
		r.Private += n * e.RAM
		r.Idle += n * e.Idle
		r.Glitch += n * c.Glitch
		off += n * e.Error * n * e.Error
		sum += float64(c.Cycles)
	}
	scale := float64(r.Cycles) / max(1, sum)
	for _, x := range []*float64{&r.Logic, &r.Private, &r.Idle, &r.Glitch} {
		*x *= scale
	}
	r.Error = scale * math.Sqrt(off)
	r.Memory = float64(r.Fetches+r.Reads+r.Writes) * Access(min(float64(memory), MaxMemory), 32) * 1e-6
	r.Total = Variants[0].Total(r)
}

// MaxMemory is the largest memory whose access the table has: larger ones count as much.
const MaxMemory = 1 << 20

// Finish compares the runs.
func (n *Network) Finish() {
	b, x := &n.Base, &n.Ext
	b.Finish(n.RAM)
	x.Finish(n.RAM)
	n.Ratio = Ratio{Total: b.Total / x.Total, Low: math.Inf(1), Logic: b.Logic / x.Logic, Cycles: float64(b.Cycles) / float64(x.Cycles)}
	n.Ratio.Error = n.Ratio.Total * math.Hypot(b.Error/b.Total, x.Error/x.Total)
	for _, v := range Variants {
		r := v.Total(b) / v.Total(x)
		n.Ratio.Low, n.Ratio.High = min(n.Ratio.Low, r), max(n.Ratio.High, r)
	}
}

// ByClass is what a run takes that was not measured: each operator's cycles cost what
// they do in runs that were, and an operator that none of them has, what a cycle of
// theirs costs.
func ByClass(cycles uint64, spans []Span, from []Run) Run {
	r := Run{Cycles: cycles}
	all := map[string][]Class{}
	for _, f := range from {
		for _, c := range f.Classes {
			all[c.Operator] = append(all[c.Operator], c)
			all[""] = append(all[""], c)
		}
	}
	index := map[string]int{}
	for _, s := range spans {
		i, ok := index[s.Class]
		if !ok {
			i = len(r.Classes)
			index[s.Class] = i
			of := all[s.Class]
			if of == nil {
				of = all[""]
			}
			r.Classes = append(r.Classes, meanClass(s.Class, of))
		}
		r.Classes[i].Cycles += s.Cycles
	}
	var fetches, reads, writes float64
	for _, c := range r.Classes {
		fetches += c.Fetches * float64(c.Cycles)
		reads += c.Reads * float64(c.Cycles)
		writes += c.Writes * float64(c.Cycles)
	}
	r.Fetches, r.Reads, r.Writes = uint64(fetches), uint64(reads), uint64(writes)
	return r
}

// meanClass weighs classes by their cycles.
func meanClass(operator string, of []Class) Class {
	m := Class{Operator: operator}
	sum := 0.0
	for _, c := range of {
		sum += float64(c.Cycles)
	}
	for _, c := range of {
		w := float64(c.Cycles) / sum
		e := c.PerCycle
		m.PerCycle.Logic += w * e.Logic
		m.PerCycle.Clock += w * e.Clock
		m.PerCycle.RAM += w * e.RAM
		m.PerCycle.Idle += w * e.Idle
		m.PerCycle.Error = math.Hypot(m.PerCycle.Error, w*e.Error)
		m.Glitch += w * c.Glitch
		m.Fetches += w * c.Fetches
		m.Reads += w * c.Reads
		m.Writes += w * c.Writes
	}
	return m
}

// JSON is the file.
func (r *Report) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Print writes the results as a table.
func (r *Report) Print(w io.Writer) {
	for _, c := range r.Calibration {
		fmt.Fprintf(w, "%-22s %.3f pJ, with glitches %.3f, published %g\n", c.Name, c.Ours, c.Glitch, c.Published)
	}
	for _, s := range r.Gates {
		fmt.Fprintf(w, "%-10s %6d gates, %5d flip-flops, %6d bytes of private memory\n", s.Design, s.Gates, s.FFs, s.RAM)
	}
	fmt.Fprintf(w, "\nDynamic energy of an inference, an estimate: %s\n\n", r.Method)
	row := "%-20s %-9s %9s %9s %9s %9s %9s %9s   %s\n"
	fmt.Fprintf(w, row, "network", "", "total, µJ", "gates", "private", "memory", "pJ/cycle", "faster", "less energy")
	for _, n := range r.Networks {
		name := n.Name
		if !n.Measured {
			name += " *"
		}
		cells := func(x *Run) []any {
			var out []any
			for _, v := range []float64{x.Total, x.Logic, x.Private, x.Memory, 1e6 * x.Total / float64(x.Cycles)} {
				out = append(out, fmt.Sprintf("%.2f", v))
			}
			return out
		}
		fmt.Fprintf(w, row, append(append([]any{name, r.Base}, cells(&n.Base)...), "", "")...)
		fmt.Fprintf(w, row, append(append([]any{"", r.Design}, cells(&n.Ext)...), fmt.Sprintf("%.1fx", n.Ratio.Cycles),
			fmt.Sprintf("%.1fx ±%.1f (%.1f to %.1f); gates alone %.1fx", n.Ratio.Total, n.Ratio.Error, n.Ratio.Low, n.Ratio.High, n.Ratio.Logic))...)
	}
	fmt.Fprint(w, "\n± is the standard error of sampling. In brackets:")
	for i, v := range Variants[1:] {
		fmt.Fprint(w, map[bool]string{true: " ", false: ", "}[i == 0], v.Name)
	}
	fmt.Fprintln(w, ".")
	for _, n := range r.Networks {
		if !n.Measured {
			fmt.Fprintln(w, "* by the mean energy of each operator's cycles in the other networks")
			break
		}
	}
}
