package energy

import "math"

// Capacitances, in those of a minimum inverter's input. Inputs and outputs of gates are
// the logical efforts and parasitic delays of static CMOS (Sutherland, Sproull, Harris:
// Logical Effort, chapter 4), an inverter's being 1.
const (
	wire     = 1.0 // for each input that a net goes to
	ffData   = 2.0 // a flip-flop's data input
	ffOut    = 4.0 // its output with the two latches behind it
	ffClock  = 4.0 // its clock input with the two inverters and the wire of the clock tree
	sourceIn = 1.0 // what drives an input of the core or leaves a memory
	portLoad = 1.0 // what an output of the core or an input of a memory drives
)

var pinLoad = [kinds]float64{Not: 1, Nand: 4. / 3, Nor: 5. / 3, Xor: 4, Xnor: 4, Mux: 2, Aoi3: 2, Oai3: 2, Aoi4: 2, Oai4: 2}
var outLoad = [kinds]float64{Not: 1, Nand: 2, Nor: 2, Xor: 4, Xnor: 4, Mux: 4, Aoi3: 3, Oai3: 3, Aoi4: 4, Oai4: 4}

// Energies of operations in 45 nm at 0.9 V, in picojoules, as measured by others:
// M. Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014.
const (
	Mult32 = 3.1 // what one unit of capacitance costs is such that our 32-bit multiplier takes this
	Mult8  = 0.2
	Add32  = 0.1
	Add8   = 0.03
)

// sram is what reading 64 bits takes in an SRAM of so many bytes, from the same table.
var sram = []struct{ bytes, pJ float64 }{{8 << 10, 10}, {32 << 10, 20}, {1 << 20, 100}}

// Access is what an access to a memory takes, in picojoules: interpolated between the
// table's sizes by a power law, continued below the smallest one, and for so many bits.
func Access(bytes float64, width int) float64 {
	i := 1
	if bytes > sram[1].bytes {
		i = 2
	}
	a, b := sram[i-1], sram[i]
	slope := math.Log(b.pJ/a.pJ) / math.Log(b.bytes/a.bytes)
	return a.pJ * math.Pow(bytes/a.bytes, slope) * float64(width) / 64
}

// Weights are the capacitances of all nets of a netlist.
func Weights(n *Netlist) []float64 {
	w := make([]float64, n.Nets)
	for _, g := range n.Gates {
		w[g.Out] += outLoad[g.Kind]
		for _, in := range g.In[:len(cells[g.Kind].pins)] {
			w[in] += pinLoad[g.Kind] + wire
		}
	}
	for _, f := range n.FFs {
		w[f.Q] += ffOut
		w[f.D] += ffData + wire
		w[f.En] += portLoad + wire // the gate of its clock
	}
	for _, p := range n.Inputs {
		for _, b := range p.Bits {
			w[b] += sourceIn
		}
	}
	for _, p := range n.Outputs {
		for _, b := range p.Bits {
			w[b] += portLoad + wire
		}
	}
	for _, r := range n.RAMs {
		for _, b := range r.RData {
			w[b] += sourceIn
		}
		for _, nets := range [][]int32{{r.WE, r.RE}, r.WAddr, r.RAddr, r.WData} {
			for _, b := range nets {
				w[b] += portLoad + wire
			}
		}
	}
	w[net0], w[net1] = 0, 0
	return w
}

// Energy of a cycle, in picojoules.
type Energy struct {
	Logic float64 `json:"logic"` // nets that change
	Clock float64 `json:"clock"` // clock inputs of the flip-flops that are clocked
	RAM   float64 `json:"ram"`   // private memories
	Idle  float64 `json:"idle"`  // clock inputs of the others, where clocks are not gated
}

// Core is what the core takes with gated clocks.
func (e Energy) Core() float64 { return e.Logic + e.Clock + e.RAM }

// PerCycle weighs what a simulation has counted; unit is the energy of one unit of
// capacitance that changes, in picojoules.
func PerCycle(s *Sim, weights []float64, unit float64) Energy {
	var e Energy
	for i, t := range s.Toggles {
		e.Logic += float64(t) * weights[i]
	}
	for _, c := range s.Clocked {
		e.Clock += 2 * ffClock * float64(c)
		e.Idle += 2 * ffClock * float64(s.Cycles-c)
	}
	for i, r := range s.N.RAMs {
		e.RAM += float64(s.Reads[i]+s.Writes[i]) * Access(float64(r.Words*len(r.RData))/8, len(r.RData))
	}
	n := float64(s.Cycles)
	return Energy{Logic: unit * e.Logic / n, Clock: unit * e.Clock / n, RAM: e.RAM / n, Idle: unit * e.Idle / n}
}
