// Package report is what a build found out, as JSON for scripts and Markdown
// for people. Schema documents the JSON; its fields are only ever added to.
package report

import (
	"encoding/json"
	"math"

	"marvelgen/flows"
	"marvelgen/verif/cover"
	"marvelgen/verif/formal"
	"marvelgen/verif/mutate"
	"marvelgen/verif/random"
)

// Schema names the version of the JSON layout.
const Schema = "marvelgen-report/1"

// Report is one build.
type Report struct {
	Schema string      `json:"schema"`
	Tool   string      `json:"tool"` // marvelgen's version
	Spec   Spec        `json:"spec"`
	Tools  []Tool      `json:"tools,omitempty"`     // external tools and versions that made the figures
	Steps  []Step      `json:"steps"`               // of the spec as a whole
	Base   *flows.Area `json:"base_area,omitempty"` // the core alone, without extension
	// Reference is the simulator's base ISA against QEMU.
	Reference *random.Result `json:"reference,omitempty"`
	Designs   []Design       `json:"designs"`
	Passed    bool           `json:"passed"`
}

// Spec identifies the input.
type Spec struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// Tool is an external tool.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Step is one piece of work.
type Step struct {
	Name    string  `json:"name"`
	Status  string  `json:"status"`  // "passed", "failed", "skipped"
	Seconds float64 `json:"seconds"` // of the run that did the work
	Cached  bool    `json:"cached"`  // the work was done by an earlier build
	Error   string  `json:"error,omitempty"`
}

// Design is one core.
type Design struct {
	Name         string             `json:"name"`
	Summary      string             `json:"summary,omitempty"`
	Instructions []string           `json:"instructions"`
	Steps        []Step             `json:"steps"`
	Vectors      map[string]int     `json:"vectors"` // per instruction, judged by the golden evaluation
	Programs     []Program          `json:"programs"`
	Networks     []Network          `json:"networks,omitempty"`
	Area         *flows.Area        `json:"area,omitempty"`
	Overhead     *Overhead          `json:"overhead,omitempty"`
	Speedup      map[string]float64 `json:"speedup"` // by program, over the best portable variant on the first design

	Units    []formal.Unit  `json:"units,omitempty"`    // proofs of each unit against its meaning
	Core     []CoreProof    `json:"core,omitempty"`     // proofs of the core against its ISA
	Random   *random.Result `json:"random,omitempty"`   // random programs in lockstep
	Mutation *mutate.Result `json:"mutation,omitempty"` // whether the judges find seeded damage
	Coverage *cover.Summary `json:"coverage,omitempty"` // what vectors, programs, random programs and proofs exercise
}

// CoreProof is one check of the core on its RVFI ports.
type CoreProof struct {
	Name        string  `json:"name"`
	Kind        string  `json:"kind"`        // instruction, trap, register, pc, order, liveness, …
	Instruction string  `json:"instruction"` // of checks of one instruction
	Says        string  `json:"says"`
	Status      string  `json:"status"` // "proven", "bounded(12)", "failed", "unproven"
	Proven      bool    `json:"proven"`
	Failed      bool    `json:"failed"`
	Engine      string  `json:"engine"`
	Method      string  `json:"method"`
	Seconds     float64 `json:"seconds"`
	Detail      string  `json:"detail,omitempty"`
}

// Program is one run of one variant, on the RTL and in lockstep.
type Program struct {
	Name         string  `json:"name"`
	Variant      string  `json:"variant"`
	Portable     bool    `json:"portable"`     // needs no custom instruction
	Cycles       uint64  `json:"cycles"`       // of the region of interest; of the whole program if it marks none
	Instructions uint64  `json:"instructions"` // retired within the same
	TotalCycles  uint64  `json:"total_cycles"`
	MACs         int64   `json:"macs"`
	CyclesPerMAC float64 `json:"cycles_per_mac,omitempty"`
	Compiler     string  `json:"compiler"`
	ExitCode     uint32  `json:"exit_code"`
	Passed       bool    `json:"passed"`   // the program's own check: exit code 0
	Lockstep     bool    `json:"lockstep"` // every retired instruction equal to the simulator's, cycle included
	Records      uint64  `json:"records"`  // compared
}

// Network is one trained network on one design.
type Network struct {
	Name         string         `json:"name"`
	Model        string         `json:"model"` // file
	On           string         `json:"on"`    // "rtl", in lockstep with the simulator, or "iss"
	Compiler     string         `json:"compiler"`
	Samples      int            `json:"samples"`
	Cycles       uint64         `json:"cycles"`       // of one inference, on average
	Instructions uint64         `json:"instructions"` // the same
	MACs         int64          `json:"macs"`
	CyclesPerMAC float64        `json:"cycles_per_mac,omitempty"`
	ArenaBytes   int            `json:"arena_bytes"`
	Equal        bool           `json:"equal"`   // every layer of every sample, bit for bit, to the golden execution
	Records      uint64         `json:"records"` // instructions compared in lockstep
	Layers       []NetworkLayer `json:"layers"`  // of the first sample
}

// NetworkLayer is one layer of a network.
type NetworkLayer struct {
	Name     string `json:"name"`
	Operator string `json:"operator"`
	Kernel   string `json:"kernel,omitempty"` // the function that takes most of its cycles
	MACs     int64  `json:"macs"`
	Cycles   uint64 `json:"cycles"`
}

// Overhead is a design's area beyond the core alone, in per cent of it.
type Overhead struct {
	LUT       float64 `json:"lut_percent"`
	FF        float64 `json:"ff_percent"`
	LUTLUTRAM float64 `json:"lut_lutram_percent"` // logic and memory LUTs together
}

// NewOverhead compares an area with the base core's.
func NewOverhead(a, base flows.Area) *Overhead {
	pct := func(x, y int) float64 {
		if y == 0 {
			return 0 // nothing to compare with; JSON knows no infinity
		}
		return math.Round(1e4*(float64(x)/float64(y)-1)) / 100
	}
	return &Overhead{LUT: pct(a.LUT, base.LUT), FF: pct(a.FF, base.FF), LUTLUTRAM: pct(a.LUT+a.LUTRAM, base.LUT+base.LUTRAM)}
}

// Finish computes what follows from the measurements: speed-ups and the verdict.
func (r *Report) Finish() {
	r.Passed = !failed(r.Steps)
	baseline := map[string]uint64{}
	if len(r.Designs) > 0 {
		for _, p := range r.Designs[0].Programs {
			if best := baseline[p.Name]; p.Portable && (best == 0 || p.Cycles < best) {
				baseline[p.Name] = p.Cycles
			}
		}
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		r.Passed = r.Passed && !failed(d.Steps)
		d.Speedup = map[string]float64{}
		best := map[string]uint64{}
		for _, p := range d.Programs {
			r.Passed = r.Passed && p.Passed && p.Lockstep
			if b := best[p.Name]; p.Passed && p.MACs > 0 && (b == 0 || p.Cycles < b) {
				best[p.Name] = p.Cycles
			}
		}
		for _, n := range d.Networks {
			r.Passed = r.Passed && n.Equal
			if i == 0 {
				baseline[n.Name] = n.Cycles
			}
			best[n.Name] = n.Cycles
		}
		for name, cycles := range best {
			if base := baseline[name]; base > 0 && cycles > 0 {
				d.Speedup[name] = math.Round(1000*float64(base)/float64(cycles)) / 1000
			}
		}
		if d.Area != nil && r.Base != nil {
			d.Overhead = NewOverhead(*d.Area, *r.Base)
		}
	}
}

func failed(steps []Step) bool {
	for _, s := range steps {
		if s.Status == "failed" {
			return true
		}
	}
	return false
}

// JSON is the report as indented JSON.
func (r *Report) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}
