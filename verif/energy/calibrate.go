package energy

import (
	"fmt"
	"math/rand/v2"
)

// Calibration is an operation whose energy is published, and what we make of it.
type Calibration struct {
	Name      string  `json:"name"`
	Ours      float64 `json:"ours_pJ"`
	Glitch    float64 `json:"ours_with_glitches_pJ"`
	Published float64 `json:"published_pJ"`
}

// Operation is a circuit of one operation.
type Operation struct {
	Name, Module, Verilog string
	PJ                    float64 // published
}

// Operations are those that the unit of capacitance is judged by. The first one sets it.
var Operations = []Operation{
	operation("32-bit multiplication", "mult32", "*", 32, 64, Mult32),
	operation("8-bit multiplication", "mult8", "*", 8, 16, Mult8),
	operation("32-bit addition", "add32", "+", 32, 32, Add32),
	operation("8-bit addition", "add8", "+", 8, 8, Add8),
}

func operation(name, module, op string, in, out int, pJ float64) Operation {
	return Operation{name, module, fmt.Sprintf("module %s (input wire [%d:0] a_i, input wire [%d:0] b_i, output wire [%d:0] y_o);\n  assign y_o = a_i %s b_i;\nendmodule\n",
		module, in-1, in-1, out-1, op), pJ}
}

// randomSteps is how many operands an operation gets, in each lane.
const randomSteps = 200

// Random is the mean of a circuit's energy for random inputs, in units of capacitance
// that changes.
func Random(n *Netlist, glitch bool) float64 {
	s := NewSim(n)
	s.Glitch = glitch
	s.Settle()
	r := rand.New(rand.NewPCG(1, 2))
	step := func() {
		for _, p := range n.Inputs {
			for _, b := range p.Bits {
				s.In(b, r.Uint64())
			}
		}
	}
	s.Clock(step)
	s.Reset() // the first step comes from nothing
	for range randomSteps {
		s.Clock(step)
	}
	e := PerCycle(s, Weights(n), 1)
	return e.Core()
}

// Units are what one unit of capacitance costs, in picojoules.
type Units struct{ Settled, Glitch float64 }

// Calibrate sets the units by the first of Operations, whose circuits are given.
func Calibrate(circuits []*Netlist) (Units, []Calibration) {
	u := Units{Mult32 / Random(circuits[0], false), Mult32 / Random(circuits[0], true)}
	var out []Calibration
	for i, o := range Operations {
		out = append(out, Calibration{o.Name, u.Settled * Random(circuits[i], false), u.Glitch * Random(circuits[i], true), o.PJ})
	}
	return u, out
}
