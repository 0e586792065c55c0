package iss

// loopLevel is one level of zero-overhead loops.
type loopLevel struct{ start, end, count uint32 }

const loopWords = 3 // of 64 bits, for two levels

// loopNext is where to go on after the instruction at pc fell through: the
// start of a loop that has trips left, or pc + 4. It counts the trip.
func (m *Machine) loopNext(pc uint32) uint32 {
	for i := range m.loops {
		l := &m.loops[i]
		if l.end != pc || l.count == 0 {
			continue
		}
		if l.count--; l.count > 0 {
			return l.start
		}
	}
	return pc + 4
}

// loopSet sets up a level, and reports whether blocks were thrown away because
// a body ends where none did before.
func (m *Machine) loopSet(level, start, count, end uint32) bool {
	m.loops[level&1] = loopLevel{start &^ 3, end &^ 3, count}
	if m.ends[end&^3] {
		return false
	}
	m.ends[end&^3] = true
	m.flush()
	return true
}
