package energy

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// toggler is a flip-flop that changes in every cycle, q; one that takes its inverse
// where en holds, r; and y = !(q & r) ^ a. Bits: 2 clk, 3 a, 4 en, 5 q, 6 !q, 7 r, 8 nand, 9 y.
const toggler = `{"modules": {"t": {
  "ports": {"clk_i": {"direction": "input", "bits": [2]}, "a_i": {"direction": "input", "bits": [3]},
            "en_i": {"direction": "input", "bits": [4]}, "y_o": {"direction": "output", "bits": [9]}},
  "cells": {
    "inv":  {"type": "$_NOT_", "connections": {"A": [5], "Y": [6]}},
    "nand": {"type": "$_NAND_", "connections": {"A": [5], "B": [7], "Y": [8]}},
    "xor":  {"type": "$_XOR_", "connections": {"A": [8], "B": [3], "Y": [9]}},
    "q":    {"type": "$_DFF_P_", "connections": {"C": [2], "D": [6], "Q": [5]}},
    "r":    {"type": "$_DFFE_PP_", "connections": {"C": [2], "D": [6], "E": [4], "Q": [7]}}},
  "netnames": {"q": {"hide_name": 0, "bits": [5]}, "r": {"hide_name": 0, "bits": [7]}, "h": {"hide_name": 1, "bits": [8]}}}}}`

func parse(t *testing.T, text string) *Netlist {
	t.Helper()
	n, err := Parse([]byte(text), "t")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Eight cycles of the toggler: a and en in each, and what follows, worked out by hand.
//
//	cycle   0  1  2  3  4  5  6  7  8   changes
//	a       0  0  1  1  0  0  0  0  1   3
//	en      1  1  0  0  1  1  1  1  0   3
//	q       0  1  0  1  0  1  0  1  0   8
//	!q      1  0  1  0  1  0  1  0  1   8
//	r       0  1  0  0  0  1  0  1  0   6
//	nand    1  0  1  1  1  0  1  0  1   6
//	y       1  0  0  0  1  0  1  0  0   5
var aBits, enBits = []uint64{0, 0, 1, 1, 0, 0, 0, 0, 1}, []uint64{1, 1, 0, 0, 1, 1, 1, 1, 0}

// runToggler runs it in two lanes, the second one of which does not count.
func runToggler(n *Netlist) *Sim {
	s := NewSim(n)
	s.Mask = 1
	pin := func(set func(int32, uint64), c int) {
		for _, p := range n.Inputs {
			switch p.Name {
			case "a_i":
				set(p.Bits[0], aBits[c]|2)
			case "en_i":
				set(p.Bits[0], enBits[c]|2)
			}
		}
	}
	pin(s.Set, 0)
	s.Settle()
	for c := 1; c < len(aBits); c++ {
		s.Clock(func() { pin(s.In, c) })
	}
	return s
}

// byHand is the energy of a cycle in units of capacitance: changes times what is
// behind them. The clock of r passes in cycles 0, 1, 4 to 7.
func byHand() float64 {
	changes := 3*(sourceIn+4+wire) + // a: into the xor
		3*(sourceIn+portLoad+wire) + // en: into the gate of a clock
		8*(ffOut+1+wire+4./3+wire) + // q: into the inverter and the nand
		8*(1+2*(ffData+wire)) + // !q: into both flip-flops
		6*(ffOut+4./3+wire) + // r
		6*(2+4+wire) + // nand
		5*(4+portLoad+wire) // y
	return (changes + 2*ffClock*(8+6)) / 8
}

func TestEnergyByHand(t *testing.T) {
	n := parse(t, toggler)
	s := runToggler(n)
	e := PerCycle(s, Weights(n), 1)
	if s.Cycles != 8 || math.Abs(e.Core()-byHand()) > 1e-9 {
		t.Errorf("%d cycles of %g, want 8 of %g", s.Cycles, e.Core(), byHand())
	}
	if want := 2 * ffClock * 2. / 8; e.Idle != want {
		t.Errorf("clocks that are held back: %g, want %g", e.Idle, want)
	}
}

// TestEnergySeeded damages what is counted and how; each must show in the energy.
func TestEnergySeeded(t *testing.T) {
	for name, bug := range map[string]func(*Netlist, []float64){
		"a net without weight": func(n *Netlist, w []float64) { w[n.Gates[0].Out] = 0 },
		"a gate left out":      func(n *Netlist, _ []float64) { n.Gates = n.Gates[:len(n.Gates)-1] },
		"a flip-flop left out": func(n *Netlist, _ []float64) { n.FFs = n.FFs[:1] },
		"nor for nand": func(n *Netlist, _ []float64) {
			for i := range n.Gates {
				if n.Gates[i].Kind == Nand {
					n.Gates[i].Kind = Nor
				}
			}
		},
		"a clock that always passes": func(n *Netlist, _ []float64) {
			for i := range n.FFs {
				n.FFs[i].En = net1
			}
		},
	} {
		n := parse(t, toggler)
		w := Weights(n)
		bug(n, w)
		if e := PerCycle(runToggler(n), w, 1); math.Abs(e.Core()-byHand()) < 1e-9 {
			t.Errorf("%s: the energy is as before", name)
		}
	}
}

// TestGlitch: y = !(a & !a) stays 1, but for the unit of time that the inverter takes.
func TestGlitch(t *testing.T) {
	const text = `{"modules": {"t": {"ports": {"a_i": {"direction": "input", "bits": [2]}, "y_o": {"direction": "output", "bits": [4]}},
	  "cells": {"inv": {"type": "$_NOT_", "connections": {"A": [2], "Y": [3]}}, "nand": {"type": "$_NAND_", "connections": {"A": [2], "B": [3], "Y": [4]}}},
	  "netnames": {"y_o": {"hide_name": 0, "bits": [4]}}}}}`
	n := parse(t, text)
	for _, glitch := range []bool{false, true} {
		s := NewSim(n)
		s.Glitch = glitch
		s.Mask = 1
		s.Settle()
		for _, a := range []uint64{1, 0, 1} { // rises twice: each time both inputs are 1 for a while
			s.Clock(func() { s.In(n.Inputs[0].Bits[0], a) })
		}
		want := map[bool]uint64{false: 0, true: 4}[glitch]
		if got := s.Toggles[n.Names["y_o"][0]]; got != want {
			t.Errorf("glitches %v: y changes %d times, want %d", glitch, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"$_NOT_", "$lut", "no known energy"},
		{`"Y": [6]`, `"Y": [8]`, "two drivers"},
		{`"A": [8]`, `"A": [10]`, "no driver"},
		{`"A": [5], "B": [7], "Y": [8]`, `"A": [9], "B": [7], "Y": [8]`, "loop"},
		{`"A": [8], "B"`, `"B"`, "0 bits"},
		{`"t": {`, `"u": {`, "no module t"},
		{"output", "inout", "inout"},
		{"{", "", "not JSON"},
	} {
		if _, err := Parse([]byte(strings.Replace(toggler, c.from, c.to, 1)), "t"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: %v, want %q", c.to, c.from, err, c.want)
		}
	}
}

// TestPrivateMemory: reads and writes count, and a read that meets a write sees the
// former word.
func TestPrivateMemory(t *testing.T) {
	const text = `{"modules": {"t": {"ports": {"i": {"direction": "input", "bits": [2, 3, 4, 5, 6, 7]}},
	  "cells": {"m": {"type": "$paramod\\mv32_uram", "connections": {"clk_i": ["0"], "we_i": [2], "re_i": [3], "waddr_i": [4, 5], "raddr_i": [4, 5], "wdata_i": [6, 7], "rdata_o": [8, 9]}}},
	  "netnames": {}}, "$paramod\\mv32_uram": {"parameter_default_values": {"WORDS": "00000100"}}}}`
	n := parse(t, text)
	s := NewSim(n)
	step := func(we, re, addr, data uint64) uint64 {
		for i, b := range []uint64{we, re, addr & 1, addr >> 1, data & 1, data >> 1} {
			s.Set(n.Inputs[0].Bits[i], -b)
		}
		s.Clock(func() {})
		return s.Number(n.RAMs[0].RData, 63)
	}
	for i, c := range []struct{ we, re, addr, data, want uint64 }{
		{1, 0, 2, 3, 0}, {0, 1, 2, 0, 3}, {1, 1, 2, 1, 3}, {0, 1, 2, 0, 1}, {0, 1, 1, 0, 0}, {1, 0, 1, 2, 0}, {0, 1, 1, 0, 2},
	} {
		if got := step(c.we, c.re, c.addr, c.data); got != c.want {
			t.Errorf("step %d shows %d, want %d", i, got, c.want)
		}
	}
	if s.Reads[0] != 5*Lanes || s.Writes[0] != 3*Lanes {
		t.Errorf("%d reads and %d writes in each lane, want 5 and 3", s.Reads[0]/Lanes, s.Writes[0]/Lanes)
	}
	if e := PerCycle(s, Weights(n), 1); math.Abs(e.RAM-8./7*Access(1, 2)) > 1e-12 {
		t.Errorf("a cycle takes %g in the memory", e.RAM)
	}
}

func TestAccess(t *testing.T) {
	for _, c := range []struct {
		bytes float64
		width int
		want  float64
	}{{8 << 10, 64, 10}, {32 << 10, 64, 20}, {1 << 20, 64, 100}, {8 << 10, 32, 5}} {
		if got := Access(c.bytes, c.width); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%g bytes, %d bits: %g pJ, the table has %g", c.bytes, c.width, got, c.want)
		}
	}
	if a, b, c := Access(64, 64), Access(16<<10, 64), Access(256<<10, 64); a >= 10 || b <= 10 || b >= 20 || c <= 20 || c >= 100 {
		t.Errorf("between the table's sizes: %g, %g, %g", a, b, c)
	}
}

// TestRunFindsDifferences seeds bugs into a netlist of which a recording exists.
func TestRunFindsDifferences(t *testing.T) {
	const text = `{"modules": {"t": {
	  "ports": {"imem_rdata_i": {"direction": "input", "bits": [2]}, "imem_en_o": {"direction": "output", "bits": [5]}},
	  "cells": {"xor": {"type": "$_XOR_", "connections": {"A": [2], "B": [4], "Y": [3]}}, "q": {"type": "$_DFF_P_", "connections": {"D": [3], "Q": [4]}},
	            "inv": {"type": "$_NOT_", "connections": {"A": [4], "Y": [5]}}},
	  "netnames": {"q": {"hide_name": 0, "bits": [4]}}}}}`
	const wave = "$scope module TOP $end\n$scope module t $end\n$var wire 1 ! q $end\n$upscope $end\n$upscope $end\n$enddefinitions $end\n#1\n1!\n#3\n0!\n"
	// q is 1 in cycle 0 and changes behind every cycle whose input is 1.
	var ports strings.Builder
	for c, in := range []byte{1, 0, 1, 1} {
		q := []byte{1, 0, 0, 1}[c]
		r := make([]byte, 40)
		r[0], r[16], r[36] = byte(c), in, 1-q
		ports.Write(r)
	}
	record := func(n *Netlist) (*Recording, error) {
		return ReadRecording(n, strings.NewReader(wave), strings.NewReader(ports.String()))
	}
	for name, bug := range map[string]func(*Netlist){
		"":              func(*Netlist) {},
		"xnor":          func(n *Netlist) { n.Gates[slicesIndex(n, Xor)].Kind = Xnor },
		"stuck enable":  func(n *Netlist) { n.FFs[0].En = net0 },
		"output at net": func(n *Netlist) { n.Outputs[0].Bits[0] = n.FFs[0].Q },
	} {
		n := parse(t, text)
		bug(n)
		rec, err := record(n)
		if err != nil {
			t.Fatal(err)
		}
		s := NewSim(n)
		err = errors.Join(rec.Run(s, []uint64{0, 2}, 2))
		var d *Difference
		if found := errors.As(err, &d); found != (name != "") || !found && err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if name == "" && s.Cycles != 2 {
			t.Errorf("%d cycles were clocked in two windows of two", s.Cycles)
		}
	}
	n := parse(t, strings.Replace(text, `"q": {"hide_name": 0`, `"p": {"hide_name": 0`, 1))
	if _, err := record(n); err == nil || !strings.Contains(err.Error(), "p[0]") {
		t.Errorf("a flip-flop that the waveform lacks: %v", err)
	}
	rec, err := record(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Run(NewSim(rec.Netlist), []uint64{2}, 3); err == nil {
		t.Error("a window that goes on behind the recording runs")
	}
}

func slicesIndex(n *Netlist, k Kind) int {
	for i, g := range n.Gates {
		if g.Kind == k {
			return i
		}
	}
	return -1
}
