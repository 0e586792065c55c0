package cc

import (
	"math/bits"
	"slices"

	"marvelgen/gen/sem/norm"
)

// trace is the symbolic execution of a block: what was in the registers before each
// instruction, what each wrote, and which instructions read a result.
type trace struct {
	insns    []*insn
	before   [][32]*norm.Value // and behind the last one
	live     []regs            // there
	count    []int             // of accesses until there
	held     [][]*norm.Value   // see holds; empty until then
	values   [][]*norm.Value   // by instruction and write
	dests    [][]int           // the registers of these
	access   []int             // by instruction: the number of its access, or -1
	accesses []accessed
	users    [][]int              // by instruction: who reads one of its registers
	places   map[*norm.Value]regs // see was; empty until then
	lasting  []bool               // a register it writes is live behind the block

	failed *failures // may be nil

	// Room for a candidate's place.
	gone  []bool
	list  []*insn
	at    []int
	above machine
	below machine
	run   machine
	tried insn
}

// newTrace executes a block of which live is read afterwards.
func newTrace(b *builder, list []*insn, live regs) *trace {
	t := &trace{}
	t.execute(b, list, live)
	return t
}

// execute makes t the trace of a block, in the room that it has.
func (t *trace) execute(b *builder, list []*insn, live regs) {
	n := len(list)
	*t = trace{insns: list, before: sized(t.before, n+1), live: sized(t.live, n+1), count: sized(t.count, n+1), held: slices.Grow(t.held[:0], n)[:n], values: sized(t.values, n), dests: sized(t.dests, n),
		access: sized(t.access, n), users: slices.Grow(t.users[:0], n)[:n], lasting: sized(t.lasting, n), gone: sized(t.gone, n), list: slices.Grow(t.list[:0], n), at: slices.Grow(t.at[:0], n), above: t.above, below: t.below, places: t.places, accesses: t.accesses, tried: t.tried}
	clear(t.places)
	for i := range t.users {
		t.users[i], t.held[i] = t.users[i][:0], t.held[i][:0]
	}
	m := &t.run
	*m = machine{b: b, regs: b.registers, accesses: t.accesses[:0]}
	var writer [32]int
	for i := range writer {
		writer[i] = -1
	}
	for i, in := range list {
		t.before[i] = m.regs
		for set := in.uses(); set != 0; set &= set - 1 {
			if w := writer[bits.TrailingZeros32(uint32(set))]; w >= 0 {
				t.users[w] = append(t.users[w], i)
			}
		}
		t.access[i], t.count[i] = -1, len(m.accesses)
		if in.m == nil {
			continue
		}
		t.values[i], _ = m.step(in)
		t.dests[i] = in.did.to
		if len(m.accesses) > t.count[i] {
			t.access[i] = t.count[i]
		}
		for _, d := range t.dests[i] {
			if d != 0 {
				writer[d] = i
			}
		}
	}
	t.accesses, t.before[n], t.count[n], t.live[n] = m.accesses, m.regs, len(m.accesses), live
	for i := n - 1; i >= 0; i-- {
		t.live[i] = list[i].before(t.live[i+1])
	}
	for r, w := range writer {
		if w >= 0 && live.has(r) {
			t.lasting[w] = true
		}
	}
}

// sized is a list of n zeros, in the room of another.
func sized[T any](list []T, n int) []T {
	list = slices.Grow(list[:0], n)[:n]
	clear(list)
	return list
}

// covered finds what is no longer needed once the instructions in t.gone are:
// instructions without an effect of their own, all of whose results only
// instructions that go as well have read. Operands of the candidate are still needed.
func (t *trace) covered(c *candidate) {
	gone := t.gone
	last := len(gone) - 1
	for last >= 0 && !gone[last] {
		last--
	}
	for i := last; i >= 0; i-- {
		in := t.insns[i]
		if gone[i] || len(t.users[i]) == 0 || !gone[t.users[i][0]] || in.m == nil || in.class != plain || t.lasting[i] {
			continue
		}
		if t.access[i] >= 0 && t.access[i] != c.held {
			continue
		}
		free := true
		for _, u := range t.users[i] {
			free = free && gone[u]
		}
		for _, v := range t.values[i] {
			free = free && !c.reads(v)
		}
		if free {
			gone[i] = true
		}
	}
}

// accessed reports whether accesses are those of the block from first on, as far as last.
func (t *trace) accessed(list []accessed, first, last int) bool {
	want := t.accesses[t.count[first]:t.count[last+1]]
	return len(list) <= len(want) && slices.Equal(list, want[:len(list)])
}

// same reports whether the block does the same from first to last if in and then list
// follow on what above has executed, which has accessed the same: what they leave is compared,
// and what they access.
func (t *trace) same(above *machine, in *insn, list []*insn, first, last int) bool {
	m, want := &t.below, t.accesses[t.count[first]:t.count[last+1]]
	room := append(m.accesses[:0], above.accesses...)
	*m = *above
	m.accesses = room
	for k := -1; k < len(list); k++ {
		if k >= 0 {
			in = list[k]
		}
		n := len(m.accesses)
		m.step(in)
		if len(m.accesses) > len(want) || !slices.Equal(m.accesses[n:], want[n:len(m.accesses)]) {
			return false
		}
	}
	if len(m.accesses) < len(want) {
		return false
	}
	for r := 1; r < 32; r++ {
		if t.live[last+1].has(r) && m.regs[r] != t.before[last+1][r] {
			return false
		}
	}
	return true
}

// distinct lists the values in registers, but not x0, each once, in the room of others.
func distinct(at *[32]*norm.Value, room []*norm.Value) []*norm.Value {
	out := slices.Grow(room[:0], 31)
	for _, v := range at[1:] {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// was reports whether the register holds v at some place in the block.
func (t *trace) was(reg int, v *norm.Value) bool {
	if len(t.places) == 0 {
		if t.places == nil {
			t.places = map[*norm.Value]regs{}
		}
		for r := 1; r < 32; r++ {
			t.places[t.before[0][r]] |= bit(r)
		}
		for i := range t.insns {
			for _, d := range t.dests[i] {
				if d != 0 {
					t.places[t.before[i+1][d]] |= bit(d)
				}
			}
		}
	}
	return t.places[v].has(reg)
}

// holds is what is in registers before an instruction, each value once.
func (t *trace) holds(i int) []*norm.Value {
	if len(t.held[i]) == 0 {
		t.held[i] = distinct(&t.before[i], t.held[i])
	}
	return t.held[i]
}
