// Package compare holds what one network costs in soft float, in integers and on every
// design of a spec: cycles, memory, area, and how near its outputs are.
package compare

import (
	"encoding/json"
	"fmt"

	"marvelgen/flows"
	"marvelgen/verif/report"
)

// Schema names the format of the file.
const Schema = "marvelgen-compare/1"

// Limit is what code and RAM may take together, in bytes.
const Limit = 64 << 10

// Margin is by how much a float network has to prefer a class for agreement to count.
const Margin = 0.2

// Comparison is all networks, and the accuracy of the designs' instructions.
type Comparison struct {
	Schema    string     `json:"schema"`
	Tool      string     `json:"tool"`
	Spec      string     `json:"spec"`
	SHA256    string     `json:"spec_sha256"`
	Compiler  string     `json:"compiler"`
	Synthesis string     `json:"synthesis"`
	Networks  []Network  `json:"networks"`
	Missing   []string   `json:"missing,omitempty"`
	Accuracy  []Accuracy `json:"accuracy,omitempty"`
}

// Network is one network on everything.
type Network struct {
	Name      string    `json:"name"`
	File      string    `json:"file"`
	MACs      int64     `json:"macs"`
	Outputs   []float32 `json:"float_outputs"` // of the float network, in Go; the first few
	Perturbed int       `json:"perturbed"`     // inputs that agreement is counted on
	Kinds     []string  `json:"kinds"`         // of layers, in the order of Row.ByKind
	Rows      []Row     `json:"rows"`
}

// Row is one way to run it.
type Row struct {
	Arithmetic string           `json:"arithmetic"`
	Design     string           `json:"design"`
	Cycles     uint64           `json:"cycles"`
	ByKind     []uint64         `json:"cycles_by_kind"`
	Code       int              `json:"code_bytes"` // instructions and constants
	RAM        int              `json:"ram_bytes"`  // variables, arena, input, output, stack
	Area       flows.Area       `json:"area"`
	Overhead   *report.Overhead `json:"overhead"`
	Outputs    []float32        `json:"outputs"` // the first few
	Error      float64          `json:"largest_error"`
	Same       int              `json:"same_class"` // of Counted
	Counted    int              `json:"counted"`    // inputs with a float margin above Margin
	Ratio      float64          `json:"times_faster"`
	Difference string           `json:"difference,omitempty"` // from the golden execution: the row does not count
}

// Accuracy is the worst error of one instruction of a design.
type Accuracy struct {
	Design      string  `json:"design"`
	Instruction string  `json:"instruction"`
	Relative    bool    `json:"relative"`
	Worst       float64 `json:"worst"`
	Bound       float64 `json:"bound"`
}

// Finish computes what follows from the measurements: ratios to the first row.
func (c *Comparison) Finish() {
	for i := range c.Networks {
		rows := c.Networks[i].Rows
		for k := range rows {
			if rows[k].Ratio = 0; rows[k].Cycles > 0 {
				rows[k].Ratio = float64(rows[0].Cycles) / float64(rows[k].Cycles)
			}
		}
	}
}

// Failures lists what does not count.
func (c *Comparison) Failures() []string {
	var out []string
	for _, n := range c.Networks {
		for _, r := range n.Rows {
			if r.Difference != "" {
				out = append(out, fmt.Sprintf("%s, %s on %s: %s", n.Name, r.Arithmetic, r.Design, r.Difference))
			}
		}
	}
	return out
}

// JSON is the file.
func (c *Comparison) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(c, "", "  ")
	return append(b, '\n'), err
}
