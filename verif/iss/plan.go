package iss

// access is a run of memory accesses of one block at constant distances from one
// slot, which does not change between them. They are checked together before the
// first: if any of them is not in RAM, the interpreter does the rest of the block.
type access struct {
	first int
	log   byte   // the first's size, which none exceeds
	lo    int32  // distance of the lowest byte from the first access, aligned
	hi    int32  // distance of what is behind the highest
	local uint32 // variable of the lowest address
}

// maxSpan bounds the bytes that accesses are checked for together.
const maxSpan = 1 << 12

// group finds the accesses of each memory uop.
func group(uops []uop) map[int]*access {
	of := map[int]*access{}
	open := map[uint16]*access{} // by address slot
	for i := range uops {
		u := &uops[i]
		if tr, ok := transfers[u.code]; ok {
			size := int32(1) << tr.log
			a := open[u.a]
			if a != nil {
				d := int32(u.imm - uops[a.first].imm)
				if tr.log > a.log || d&(size-1) != 0 || d < -maxSpan || d > maxSpan {
					a = nil
				} else {
					a.lo, a.hi = min(a.lo, d&^(1<<a.log-1)), max(a.hi, d+size)
				}
			}
			if a == nil {
				a = &access{first: i, log: tr.log, hi: size}
				open[u.a] = a
			}
			of[i] = a
		}
		if u.writes() {
			delete(open, u.d)
		}
	}
	return of
}

// mayLeave reports whether the code may be left before uop i.
func (t *translator) mayLeave(i int) bool {
	code := t.n.uops[i].code
	if a := t.accesses[i]; a != nil {
		return a.first == i
	}
	return code >= opCheckPC && code <= opTrapIf
}

// plan looks ahead in the block: at its memory accesses, and at which results have to be stored to the slot file: registers, unless they are written
// again before the code can be left, and temporaries that the interpreter needs
// where it takes over.
func (t *translator) plan() {
	n := t.n
	t.accesses = group(n.uops)
	t.stored = make([]bool, len(n.uops))
	again := map[uint16]bool{}   // registers written before the next place to leave
	live := map[uint16]bool{}    // temporaries read later in the instruction
	escapes := map[uint16]bool{} // those of them that the interpreter might read
	for i := len(n.uops) - 1; i >= 0; i-- {
		u := &n.uops[i]
		if i+1 < len(n.uops) && n.owner[i+1] != n.owner[i] {
			clear(live)
			clear(escapes)
		}
		if u.writes() {
			if u.d < slotTemps {
				t.stored[i] = !again[u.d]
				again[u.d] = true
			} else {
				t.stored[i] = escapes[u.d]
				delete(escapes, u.d)
				delete(live, u.d)
			}
		}
		for _, s := range u.reads() {
			if s >= slotTemps && s < slotConsts {
				live[s] = true
			}
		}
		if t.mayLeave(i) || u.code > opEnd && n.target&3 != 0 {
			clear(again)
			for s := range live {
				escapes[s] = true
			}
		}
	}
}
