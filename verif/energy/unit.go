package energy

// wheel holds which gates have to be looked at, where every gate takes one unit of
// time. A net that changes twice on its way to its value is a glitch, and costs twice.
type wheel struct {
	readers [][]int32 // the gates behind every net
	queued  []bool
	now     []int32 // gates whose inputs have changed
	outs    []uint64
}

// begin makes Clock note what it changes, where glitches count.
func (s *Sim) begin() {
	if !s.Glitch || s.unit != nil {
		return
	}
	u := &wheel{readers: make([][]int32, s.N.Nets), queued: make([]bool, len(s.N.Gates))}
	for i, g := range s.N.Gates {
		for _, in := range g.In[:len(cells[g.Kind].pins)] {
			if in > net1 {
				u.readers[in] = append(u.readers[in], int32(i))
			}
		}
	}
	s.unit = u
}

// change gives a source its new value.
func (s *Sim) change(net int32, w uint64) {
	if s.Glitch && s.v[net] != w {
		s.unit.wake(net)
	}
	s.put(net, w)
}

func (u *wheel) wake(net int32) {
	for _, g := range u.readers[net] {
		if !u.queued[g] {
			u.queued[g] = true
			u.now = append(u.now, g)
		}
	}
}

// settleUnit goes on, unit by unit, until nothing changes. Gates have no loops, so it ends.
func (s *Sim) settleUnit() {
	u := s.unit
	for len(u.now) > 0 {
		gates := u.now
		u.now, u.outs = nil, u.outs[:0]
		for _, i := range gates { // all see the same moment
			u.queued[i] = false
			u.outs = append(u.outs, s.eval(&s.N.Gates[i]))
		}
		for k, i := range gates {
			out := s.N.Gates[i].Out
			if s.v[out] != u.outs[k] {
				s.put(out, u.outs[k])
				u.wake(out)
			}
		}
	}
}
