// Package rvfi proves a design's core against its ISA: it runs the checks of
// formal/core/ (see gen/emit/rvfi), each of them first by induction, which holds
// for ever, and where that does not close by bounded model checking from reset.
package rvfi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Check is one thing that a core has to do.
type Check struct {
	Name        string `json:"name"`
	Kind        string `json:"kind"` // instruction, arithmetic, trap, register, pc, order, liveness, interrupt, memory, constant, state
	Instruction string `json:"instruction"`
	Summary     string `json:"summary"`
	Output      string `json:"output"`    // of rvfi_top: 1 while the core is right
	Cover       string `json:"cover"`     // output that must be reachable, or the check says nothing
	Induction   int    `json:"induction"` // cycles before the one that is proven
	Depth       int    `json:"depth"`     // cycles from reset for bounded model checking
	Why         string `json:"why"`       // this depth
	Yosys       string `json:"yosys"`     // commands that make a circuit of its own, "" for core.ys
	Invariant   string `json:"invariant"` // output of that circuit, proven along
	Lemmas      string `json:"lemmas"`    // script about what that circuit assumes; each answer has to be unsat
}

// Load reads the checks of a design; dir is its formal/core folder.
func Load(dir string) ([]Check, error) {
	data, err := os.ReadFile(filepath.Join(dir, "checks.json"))
	if err != nil {
		return nil, err
	}
	var out []Check
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("checks.json: %w", err)
	}
	return out, nil
}

// Status is what is known of a check.
type Status string

// Statuses. Proven holds in every state the core can reach; Bounded within
// Result.Depth cycles from reset; Failed comes with a counterexample; Unproven is
// everything else: out of time, or a check that can never be put to the test.
const (
	Proven   Status = "proven"
	Bounded  Status = "bounded"
	Failed   Status = "failed"
	Unproven Status = "unproven"
)

// Result is a check with its outcome.
type Result struct {
	Check
	Status  Status
	Engine  string  // that decided
	Method  string  // "induction" or "bounded model checking"
	Cycles  int     // Proven: of the induction; else cycles from reset that were looked at
	Seconds float64 // of the engines
	Trace   string  // path of the counterexample as text; beside it one in VCD
	Detail  string  // why Unproven
}

// String is the status as reports print it.
func (r *Result) String() string {
	if r.Status == Bounded {
		return fmt.Sprintf("bounded(%d)", r.Cycles)
	}
	return string(r.Status)
}
