package energy

import (
	"fmt"
	"math/bits"
)

// Lanes is how many windows are simulated at once: one in each bit of a word.
const Lanes = 64

// Sim simulates a netlist, one window in each lane.
type Sim struct {
	N       *Netlist
	Mask    uint64   // the lanes that count
	Glitch  bool     // see settleUnit
	Toggles []uint64 // of every net, since Reset
	Clocked []uint64 // of every flip-flop: how often its clock was let through
	Reads   []uint64 // of every private memory
	Writes  []uint64
	Cycles  uint64 // of all lanes that count

	v     []uint64 // of every net
	next  []uint64 // of every flip-flop
	words [][]uint64
	unit  *wheel
}

// NewSim is a simulation in which all is 0.
func NewSim(n *Netlist) *Sim {
	s := &Sim{N: n, Mask: ^uint64(0), Toggles: make([]uint64, n.Nets), Clocked: make([]uint64, len(n.FFs)), Reads: make([]uint64, len(n.RAMs)),
		Writes: make([]uint64, len(n.RAMs)), v: make([]uint64, n.Nets), next: make([]uint64, len(n.FFs))}
	s.v[net1] = ^uint64(0)
	for _, r := range n.RAMs {
		s.words = append(s.words, make([]uint64, Lanes*r.Words))
	}
	return s
}

// Set puts a word on a net, bit i in lane i, without counting.
func (s *Sim) Set(net int32, lanes uint64) {
	if net > net1 {
		s.v[net] = lanes
	}
}

// SetLane puts a bit on a net in one lane, without counting.
func (s *Sim) SetLane(net int32, lane int, bit bool) {
	w := s.v[net] &^ (1 << lane)
	if bit {
		w |= 1 << lane
	}
	s.Set(net, w)
}

// SetWord fills an element of a private memory in one lane.
func (s *Sim) SetWord(ram, lane, index int, value uint64) {
	s.words[ram][lane*s.N.RAMs[ram].Words+index] = value
}

// Get is the word on a net.
func (s *Sim) Get(net int32) uint64 { return s.v[net] }

// Number is what a port or signal holds in one lane.
func (s *Sim) Number(nets []int32, lane int) uint64 {
	var x uint64
	for i, n := range nets {
		x |= s.v[n] >> lane & 1 << i
	}
	return x
}

// Settle computes all gates without counting: what follows from a state that was set.
func (s *Sim) Settle() {
	for i := range s.N.Gates {
		g := &s.N.Gates[i]
		s.v[g.Out] = s.eval(g)
	}
}

// eval is inlined by hand into settled, where it matters.
func (s *Sim) eval(g *Gate) uint64 {
	v := s.v
	a, b, c, d := v[g.In[0]], v[g.In[1]], v[g.In[2]], v[g.In[3]]
	switch g.Kind {
	case Not:
		return ^a
	case Nand:
		return ^(a & b)
	case Nor:
		return ^(a | b)
	case Xor:
		return a ^ b
	case Xnor:
		return ^(a ^ b)
	case Mux:
		return a&^c | b&c
	case Aoi3:
		return ^(a&b | c)
	case Oai3:
		return ^((a | b) & c)
	case Aoi4:
		return ^(a&b | c&d)
	case Oai4:
		return ^((a | b) & (c | d))
	}
	panic(fmt.Sprintf("gate of kind %d", g.Kind))
}

// put changes a net and counts the lanes in which it changes.
func (s *Sim) put(net int32, w uint64) {
	if d := (s.v[net] ^ w) & s.Mask; d != 0 {
		s.Toggles[net] += uint64(bits.OnesCount64(d))
	}
	s.v[net] = w
}

// Clock is a rising edge, and the period behind it: inputs sets the inputs' new values
// through In.
func (s *Sim) Clock(inputs func()) {
	s.Cycles += uint64(bits.OnesCount64(s.Mask))
	for i, f := range s.N.FFs {
		en := s.v[f.En]
		s.next[i] = s.v[f.D]&en | s.v[f.Q]&^en
		s.Clocked[i] += uint64(bits.OnesCount64(en & s.Mask))
	}
	out := make([][]uint64, len(s.N.RAMs))
	for i := range s.N.RAMs {
		out[i] = s.access(i)
	}
	s.begin()
	for i, f := range s.N.FFs {
		s.change(f.Q, s.next[i])
	}
	for i, r := range s.N.RAMs {
		for b, w := range out[i] {
			s.change(r.RData[b], w)
		}
	}
	inputs()
	if s.Glitch {
		s.settleUnit()
		return
	}
	for i := range s.N.Gates {
		g := &s.N.Gates[i]
		s.put(g.Out, s.eval(g))
	}
}

// In gives a net of an input its new value, in Clock.
func (s *Sim) In(net int32, lanes uint64) { s.change(net, lanes) }

// access is the edge of a private memory: what it shows afterwards.
func (s *Sim) access(i int) []uint64 {
	r, words := &s.N.RAMs[i], s.words[i]
	out := make([]uint64, len(r.RData))
	for b, n := range r.RData {
		out[b] = s.v[n]
	}
	re, we := s.v[r.RE], s.v[r.WE]
	s.Reads[i] += uint64(bits.OnesCount64(re & s.Mask))
	s.Writes[i] += uint64(bits.OnesCount64(we & s.Mask))
	for lane := range Lanes {
		at := lane * r.Words
		if bit := uint64(1) << lane; re&bit != 0 {
			var word uint64
			if index := int(s.Number(r.RAddr, lane)); index < r.Words {
				word = words[at+index]
			}
			for b := range out {
				out[b] = out[b]&^bit | word>>b&1<<lane
			}
		}
		if we>>lane&1 != 0 {
			if index := int(s.Number(r.WAddr, lane)); index < r.Words {
				words[at+index] = s.Number(r.WData, lane)
			}
		}
	}
	return out
}

// Reset forgets what was counted.
func (s *Sim) Reset() {
	for _, c := range [][]uint64{s.Toggles, s.Clocked, s.Reads, s.Writes} {
		clear(c)
	}
	s.Cycles = 0
}
