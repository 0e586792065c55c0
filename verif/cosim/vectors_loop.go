package cosim

import "marvelgen/gen/sem"

// placeLoop places a loop set-up: one whose body follows and runs a few times,
// with another loop in it now and then, or one whose end is never come by, with
// any count at all.
func (p *program) placeLoop(k *kind) error {
	for range attempts {
		if p.rng.IntN(5) > 0 {
			if p.liveLoop(k, 0) {
				return nil
			}
			continue
		}
		d := p.draw(k, true)
		d.pc = p.cursor + 4*d.loads()
		if p.rng.IntN(2) == 0 {
			p.solve(&d, k.ins.Loop.End, 32, uint64(p.farAway(d.pc)))
		}
		end, count := uint32(p.eval(&d, k.ins.Loop.End, 32)), p.eval(&d, k.ins.Loop.Count, 32)
		// A count of 0 or 1 never leads back, wherever the end is.
		if d.pc == p.cursor+4*d.loads() && (count <= 1 || p.dead(end) || end >= p.cursor && end <= d.pc) {
			p.put(&d)
			return nil
		}
	}
	return errNoPlace
}

// liveLoop places a set-up with its body, which ends at the given address, or
// anywhere if that is 0; it reports whether it found operands for it.
func (p *program) liveLoop(k *kind, end uint32) bool {
	l := k.ins.Loop
	d := p.draw(k, true)
	d.pc = p.cursor + 4*d.loads()
	nest := false
	if end == 0 {
		body := 1 + p.rng.IntN(5)
		if nest = p.rng.IntN(3) == 0; nest {
			body = 10 + p.rng.IntN(6)
		}
		end = d.pc + 4*uint32(body)
	}
	if end <= d.pc || !p.solve(&d, l.End, 32, uint64(end)) {
		return false
	}
	count := uint64(p.rng.IntN(5))
	if nest && p.rng.IntN(4) > 0 {
		p.solve(&d, l.Level, 1, 1)
		count = min(count, 3)
	}
	p.solve(&d, l.Count, 32, count)
	fits := func(n *sem.Node, max uint64) bool { return p.eval(&d, n, 32) <= max }
	if d.pc != p.cursor+4*d.loads() || !fits(l.Count, 5) || uint32(p.eval(&d, l.End, 32)) != end {
		return false
	}
	p.put(&d)
	for p.cursor <= end {
		left := int(end-p.cursor)/4 + 1
		if nest && left >= 4 && p.rng.IntN(4) == 0 {
			inner := p.suite.loops[p.rng.IntN(len(p.suite.loops))]
			last := end // both may end at once
			if p.rng.IntN(2) == 0 {
				last -= 4 * uint32(p.rng.IntN(left-3))
			}
			if p.liveLoop(inner, last) {
				nest = false
				continue
			}
		}
		if left == 1 && p.rng.IntN(4) == 0 && p.leave(end) {
			return true
		}
		p.filler()
	}
	return true
}

// filler emits a vector that goes anywhere, with whatever the registers hold.
func (p *program) filler() {
	k := p.suite.plain[p.rng.IntN(len(p.suite.plain))]
	d := p.draw(k, false)
	d.set = 0
	p.put(&d)
}

// leave ends a loop's body with a branch out of it over one word; it may be taken
// or not, time for time.
func (p *program) leave(end uint32) bool {
	if len(p.suite.branches) == 0 {
		return false
	}
	for range 20 {
		d := p.draw(p.suite.branches[p.rng.IntN(len(p.suite.branches))], false)
		d.set, d.pc = 0, end
		if p.solve(&d, d.k.pc.Value, 32, uint64(end+8)) && d.set == 0 {
			p.put(&d)
			p.nops(1)
			return true
		}
	}
	return false
}
