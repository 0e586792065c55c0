// Package front holds what a family of designs gains and costs: speed-ups of whole
// networks against area, the goals that they are held to, tables and a page.
package front

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"

	"marvelgen/flows"
	"marvelgen/flows/nextpnr"
	"marvelgen/gen/nn/cost"
	"marvelgen/verif/energy"
	"marvelgen/verif/report"
)

// Schema names the format of the file.
const Schema = "marvelgen-front/1"

// Front is a family of designs, measured. What follows from the measurements is
// filled in by Finish.
type Front struct {
	Schema    string     `json:"schema"`
	Tool      string     `json:"tool"`
	Spec      string     `json:"spec"`
	SHA256    string     `json:"spec_sha256"`
	Compiler  string     `json:"compiler"`
	Synthesis string     `json:"synthesis"` // the tool of all areas, with its version
	Base      string     `json:"base"`      // the design that is the core alone
	BaseArea  flows.Area `json:"base_area"`
	Networks  []Network  `json:"networks"`
	Missing   []string   `json:"missing,omitempty"` // models that were asked for and are not there
	Designs   []Design   `json:"designs"`

	Calibration []cost.Layer `json:"calibration,omitempty"` // layers that were run beside the networks, for the cost models

	Energy *energy.Report      `json:"-"` // if ReadBeside finds it
	Clock  *nextpnr.Comparison `json:"-"`
}

// Network is what it costs on the core alone.
type Network struct {
	Name        string `json:"name"`
	File        string `json:"file"`
	MACs        int64  `json:"macs"`
	RandomInput bool   `json:"random_input"`
	Base        Run    `json:"base"`

	Layers []cost.Layer `json:"layers,omitempty"` // what a design's cycles are made of
}

// Run is one inference.
type Run struct {
	Network    string  `json:"network"`
	Cycles     uint64  `json:"cycles"`
	Speedup    float64 `json:"speedup,omitempty"`
	Difference string  `json:"difference,omitempty"` // why it does not count

	Layers []uint64 `json:"layers,omitempty"` // cycles of each
}

// Design is one point of the front.
type Design struct {
	Name     string           `json:"name"`
	Summary  string           `json:"summary"`
	Area     flows.Area       `json:"area"`
	Runs     []Run            `json:"runs"`
	Overhead *report.Overhead `json:"overhead"`
	Geomean  float64          `json:"geomean,omitempty"` // of the speed-ups; 0 where a run does not count
	Worst    *Run             `json:"worst,omitempty"`   // nil where a run does not count
	Verdicts []Verdict        `json:"verdicts"`

	Calibration *Run       `json:"calibration,omitempty"` // nil where the design has no kernels of its own
	Cost        *CostModel `json:"cost_model,omitempty"`
}

// Finish orders the networks by size and computes what follows from the measurements.
func (f *Front) Finish() {
	slices.SortStableFunc(f.Networks, func(a, b Network) int { return int(max(-1, min(1, a.MACs-b.MACs))) })
	for i := range f.Designs {
		f.Designs[i].finish(f)
	}
}

func (d *Design) finish(f *Front) {
	d.Overhead = report.NewOverhead(d.Area, f.BaseArea)
	d.Geomean, d.Worst, d.Verdicts = 0, nil, nil
	byName := map[string]Run{}
	for _, r := range d.Runs {
		byName[r.Network] = r
	}
	d.Runs = nil
	sum, whole := 0.0, len(f.Networks) > 0
	for _, n := range f.Networks {
		r, ok := byName[n.Name]
		if !ok {
			r = Run{Network: n.Name, Difference: "was not run"}
		}
		if r.Speedup = 0; r.Difference == "" && n.Base.Difference == "" && r.Cycles > 0 {
			r.Speedup = float64(n.Base.Cycles) / float64(r.Cycles)
		}
		d.Runs = append(d.Runs, r)
		if r.Speedup <= 0 {
			whole = false
			continue
		}
		sum += math.Log(r.Speedup)
		if d.Worst == nil || r.Speedup < d.Worst.Speedup {
			d.Worst = &r
		}
	}
	if whole {
		d.Geomean = math.Exp(sum / float64(len(f.Networks)))
	} else {
		d.Worst = nil // the worst may be the one that does not count
	}
	for _, g := range Goals {
		d.Verdicts = append(d.Verdicts, g.judge(f, d))
	}
	d.Cost = f.costModel(d)
}

// Failures lists the runs that do not count.
func (f *Front) Failures() []string {
	var out []string
	for _, n := range f.Networks {
		if n.Base.Difference != "" {
			out = append(out, fmt.Sprintf("%s on %s: %s", n.Name, f.Base, n.Base.Difference))
		}
	}
	for _, d := range f.Designs {
		for _, r := range d.Runs {
			if r.Difference != "" {
				out = append(out, fmt.Sprintf("%s on %s: %s", r.Network, d.Name, r.Difference))
			}
		}
		if c := d.Calibration; c != nil && c.Difference != "" {
			out = append(out, fmt.Sprintf("%s on %s: %s", c.Network, d.Name, c.Difference))
		}
	}
	return out
}

// JSON is the file.
func (f *Front) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// maxFile bounds a file of results.
const maxFile = 16 << 20

// Read reads a file of results. What follows from the measurements is computed anew.
func Read(file string) (*Front, error) {
	st, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxFile {
		return nil, fmt.Errorf("%s is no file of at most %d bytes", file, maxFile)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f := &Front{}
	if err := json.Unmarshal(b, f); err != nil || f.Schema != Schema {
		return nil, fmt.Errorf("%s holds no results of `marvelgen front` (schema %s)", file, Schema)
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	f.Finish()
	return f, nil
}

// check refuses what no measurement gives.
func (f *Front) check() error {
	names := map[string]bool{}
	for _, n := range f.Networks {
		if n.Name == "" || names[n.Name] {
			return fmt.Errorf("network %q stands there twice, or has no name", n.Name)
		}
		names[n.Name] = true
		if n.Base.Difference == "" && n.Base.Cycles == 0 {
			return fmt.Errorf("network %q took no cycles on %s", n.Name, f.Base)
		}
	}
	if f.BaseArea.LUT <= 0 {
		return fmt.Errorf("the core alone has %d LUT", f.BaseArea.LUT)
	}
	return f.checkLayers()
}
