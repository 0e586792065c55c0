package cc

import (
	"fmt"
	"math/bits"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// machine is the state of a symbolic execution: what registers hold in terms of
// what they held at its beginning, and the memory accesses so far.
type machine struct {
	b        *builder
	regs     [32]*norm.Value
	accesses []accessed
	skipped  int                                 // accesses before these
	prefix   string                              // of the names of what is loaded
	addend   *addend                             // or nil
	replays  bool                                // what instructions did last time is of another builder
	loaded   func(access, width int) *norm.Value // what the access loads; may be nil
	slots    slots                               // nil: nothing is known of memory
	lent     bool                                // slots are somebody else's
}

// addend is a number that additions have, and what they are to have in its place. So it is
// for the least and the greatest number to which what it is added to is clamped.
type addend struct {
	is        int64
	low, high int64 // with the number added
	value     *norm.Value
}

// replaced is what stands in place of an instruction's immediate, or nil.
func (a *addend) replaced(b *builder, in *insn) *norm.Value {
	n := in.fields.of("imm").imm
	switch adds := in.m.ins.Name == "addi"; {
	case adds && in.fields.of("rs1").reg != 0:
		if n == a.is {
			return a.value
		}
	case adds || in.m.ins.Name == "set":
		for _, end := range []int64{a.low, a.high} {
			if n == end-a.is {
				return b.Sub(b.Const(uint64(end), 32), a.value)
			}
		}
	}
	return nil
}

// accessed is one memory access, or the set-up of a loop. The word that the n-th
// access loads is the operand load<n>: two executions with the same accesses load the
// same words.
type accessed struct {
	loop       *hwLoop // data is how often it is executed
	store      bool
	size       int
	addr, data *norm.Value
}

// builder is where values come from.
type builder struct {
	*norm.Builder
	registers [32]*norm.Value
}

// stepped is what an instruction did last time: operands, name and number of its access,
// and the rest. Blocks are executed again and again while they are rewritten.
type stepped struct {
	from     []int         // registers that it read
	reads    []*norm.Value // and what they held
	to       []int         // registers that it wrote, by result
	prefix   string
	count    int
	values   []*norm.Value
	accesses []accessed
	taken    *norm.Value
}

func newBuilder() *builder {
	b := &builder{Builder: norm.NewBuilder()}
	b.registers[0] = b.Const(0, 32)
	for i := 1; i < 32; i++ {
		b.registers[i] = b.Input(fmt.Sprintf("x%d", i), 32)
	}
	return b
}

// clone is a builder that shares b's values, and makes others of its own.
func (b *builder) clone() *builder { return &builder{b.Clone(), b.registers} }

// start is a machine whose registers hold anything.
func start(b *builder) *machine { return &machine{b: b, regs: b.registers} }

// step executes a plain instruction or a branch. It returns the values written, by
// result, and for a branch whether it is taken.
func (m *machine) step(in *insn) (values []*norm.Value, taken *norm.Value) {
	s := in.did
	own := !m.replays && m.addend == nil && (in.m.load == nil || m.loaded == nil && !m.mayKnow(in)) // what is loaded, and nothing but the operands, matters
	if s == nil || !own || in.m.load != nil && (s.count != m.skipped+len(m.accesses) || s.prefix != m.prefix) || !m.reads(s) {
		s = m.execute(in)
		if own {
			in.did = s
		}
	}
	m.accesses = append(m.accesses, s.accesses...)
	if m.slots != nil && in.m.store != nil && in.fields.of("rs1").reg == sp {
		m.store(s.accesses[0])
	}
	for i, d := range s.to {
		if d != 0 {
			m.regs[d] = s.values[i]
		}
	}
	return s.values, s.taken
}

// reads reports whether the registers that an instruction has read hold the same values.
func (m *machine) reads(s *stepped) bool {
	for i, r := range s.from {
		if m.regs[r] != s.reads[i] {
			return false
		}
	}
	return true
}

// execute is what an instruction does in the machine's state.
func (m *machine) execute(in *insn) *stepped {
	s := &stepped{prefix: m.prefix, count: m.skipped + len(m.accesses)}
	if in.did != nil {
		s.from, s.to = in.did.from, in.did.to
	} else {
		in.places(s)
	}
	room := make([]*norm.Value, len(s.from), len(s.from)+len(in.m.writes))
	s.reads, s.values = room, room[len(room):]
	for i, r := range s.from {
		s.reads[i] = m.regs[r]
	}
	env := func(v *bv.Node) *norm.Value { return m.operand(in, v, s.count) }
	from := func(n *bv.Node) *norm.Value { return m.b.From(n, env) }
	if in.region != nil {
		s.values = in.region.values(m, in)
	} else {
		for _, w := range in.m.writes {
			s.values = append(s.values, from(w.value))
		}
	}
	if a := in.m.load; a != nil {
		s.accesses = append(s.accesses, accessed{size: a.size, addr: from(a.addr)})
	}
	if a := in.m.store; a != nil {
		s.accesses = append(s.accesses, accessed{store: true, size: a.size, addr: from(a.addr), data: from(a.data)})
	}
	if in.loop != nil {
		count := in.fields.of(in.loop.setup.count.Name)
		data := m.regs[count.reg]
		if in.loop.setup.count.Kind != isa.Register {
			data = m.b.Const(uint64(count.imm), 32)
		}
		s.accesses = append(s.accesses, accessed{loop: in.loop, data: data})
	}
	if in.m.taken != nil {
		s.taken = from(in.m.taken)
	}
	return s
}

// places finds which registers the instruction reads and writes.
func (in *insn) places(s *stepped) {
	for _, f := range in.m.regReads {
		s.from = append(s.from, in.fields.of(f).reg)
	}
	for set := in.m.fixedReads; set != 0; set &= set - 1 {
		s.from = append(s.from, bits.TrailingZeros32(uint32(set)))
	}
	for _, w := range in.m.writes {
		s.to = append(s.to, in.dest(w))
	}
}

// operand is an input of an instruction's meaning, whose access is that of this number.
func (m *machine) operand(in *insn, n *bv.Node, access int) *norm.Value {
	switch n.Name {
	case "load":
		if m.loaded != nil {
			return m.loaded(access, n.Width)
		}
		if v := m.slot(in); v != nil {
			return m.b.Extract(v, 0, n.Width)
		}
		return m.b.Extract(m.b.Input(fmt.Sprintf("%sload%d", m.prefix, access), 32), 0, n.Width)
	case "pc":
		return m.b.Input(fmt.Sprintf("pc%d", in.line), n.Width)
	}
	v, ok := in.fields.find(n.Name)
	switch {
	case !ok: // a fixed register
		var r int
		fmt.Sscanf(n.Name, "x%d", &r)
		return m.regs[r]
	case v.sym != "":
		return m.b.Input("&"+v.sym, n.Width)
	case slices.Contains(in.m.regFields, n.Name):
		return m.regs[v.reg]
	}
	if m.addend != nil {
		if r := m.addend.replaced(m.b, in); r != nil {
			return m.b.Extract(r, 0, n.Width)
		}
	}
	return m.b.Const(uint64(v.imm), n.Width)
}

// form is a list of instructions and where it finds and leaves the registers of
// another form of the same: entry[r] and exit[r] are the registers that stand for r.
type form struct {
	insns       []*insn
	entry, exit *[32]int
}

// identity is where registers are that nobody renamed.
var identity = func() *[32]int {
	var m [32]int
	for r := range m {
		m[r] = r
	}
	return &m
}()

// same checks that an instruction list and another form of it do the same: the
// accesses to memory, in order; the registers in live at the end; the branch there.
// Registers in entry may be renamed, others have to be what they were.
func same(b *builder, before []*insn, after form, entry, live regs) error {
	x, y := start(b), start(b)
	for r := 1; r < 32; r++ {
		y.regs[r] = b.Input(fmt.Sprintf("old%d", r), 32) // what no register of the first form is
	}
	for r := 1; r < 32; r++ {
		if entry.has(r) {
			y.regs[after.entry[r]] = x.regs[r]
		}
	}
	tx, ty := x.run(before), y.run(after.insns)
	if len(x.accesses) != len(y.accesses) {
		return fmt.Errorf("%d memory accesses became %d", len(x.accesses), len(y.accesses))
	}
	for i, p := range x.accesses {
		if q := y.accesses[i]; p != q {
			return fmt.Errorf("access %d: %+v became %+v", i, p, q)
		}
	}
	for _, in := range before { // what a call or return at the end reads is where it looks for it
		for r := 1; r < 32; r++ {
			if in.m == nil && in.reads.has(r) && x.regs[r] != y.regs[r] {
				return fmt.Errorf("x%d at the end: %s became %s", r, x.regs[r], y.regs[r])
			}
		}
	}
	for r := 1; r < 32; r++ {
		if live.has(r) && x.regs[r] != y.regs[after.exit[r]] {
			return fmt.Errorf("x%d: %s became %s", r, x.regs[r], y.regs[after.exit[r]])
		}
	}
	if tx != ty {
		return fmt.Errorf("branch: %s became %s", tx, ty)
	}
	return nil
}

// run executes instructions; the result is the condition of a branch among them.
func (m *machine) run(list []*insn) (taken *norm.Value) {
	for _, in := range list {
		if in.m == nil {
			continue // a jump or a call at the end: the registers it reads are live
		}
		if _, t := m.step(in); t != nil {
			taken = t
		}
	}
	return taken
}
