package cc

import (
	"fmt"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// meaning is what an instruction does, as vectors over its operands: register
// fields, immediates, fixed registers such as x20, pc, and "load".
type meaning struct {
	ins        *isa.Instruction
	custom     bool
	cost       int // cycles
	writes     []result
	load       *access
	store      *access
	taken      *bv.Node // of a branch: whether it is taken
	loop       bool
	upper      bool     // the immediate is written without its low bits
	regFields  []string // register fields
	regReads   []string // those that are read
	fixedReads regs
	opaque     string // why nothing can be said about it in these terms, or ""
}

// result is a register and its new value.
type result struct {
	field string // register field, or "" for the fixed register reg
	reg   int
	value *bv.Node
}

// access is a load or a store.
type access struct {
	size int // bytes
	addr *bv.Node
	data *bv.Node // of a store
}

// compile lowers an instruction's meaning.
func compile(l *bv.Lowerer, ins *isa.Instruction) *meaning {
	m := &meaning{ins: ins, cost: 1, loop: ins.Loop != nil}
	m.upper = ins.Encoding.Format == "U"
	for _, f := range ins.Encoding.Fields {
		if f.Kind == isa.Register {
			m.regFields = append(m.regFields, f.Name)
		}
	}
	switch {
	case ins.Trap != nil:
		m.opaque = "it traps"
	case ins.System != "":
		m.opaque = "it acts on the core itself"
	case ins.Loop != nil:
		m.opaque = "it sets up a loop"
	}
	l.Rename = nil
	for i := range ins.Writes {
		m.write(l, &ins.Writes[i])
	}
	if ins.Load != nil {
		m.load = &access{size: ins.Load.Size, addr: l.Lower(ins.Load.Addr, 32)}
	}
	if ins.Store != nil {
		m.store = &access{size: ins.Store.Size, addr: l.Lower(ins.Store.Addr, 32), data: l.Lower(ins.Store.Data, 8*ins.Store.Size)}
	}
	m.inputs(ins)
	return m
}

func (m *meaning) write(l *bv.Lowerer, w *isa.Write) {
	r := result{field: w.Name, reg: w.Reg}
	switch w.Kind {
	case isa.DestField:
	case isa.DestFixed:
		r.field = ""
	case isa.DestPC:
		if c := w.Value; c.Op == sem.OpCond && len(m.ins.Writes) == 1 {
			m.taken = l.Lower(c.Args[0], 1)
		} else {
			m.opaque = "it jumps"
		}
		return
	case isa.DestState:
		m.opaque = fmt.Sprintf("it changes the state %s, which C does not see", w.Name)
		return
	default:
		m.opaque = "it changes a CSR"
		return
	}
	r.value = l.Lower(w.Value, 32)
	if w.When != nil {
		name := r.field
		if name == "" {
			name = fmt.Sprintf("x%d", r.reg)
		}
		r.value = l.Mux(l.Lower(w.When, 1), r.value, l.Input(name, 32))
	}
	m.writes = append(m.writes, r)
}

// inputs finds which registers are read, and what else.
func (m *meaning) inputs(ins *isa.Instruction) {
	var roots []*bv.Node
	for _, w := range m.writes {
		roots = append(roots, w.value)
	}
	for _, a := range []*access{m.load, m.store} {
		if a != nil {
			roots = append(roots, a.addr)
			if a.data != nil {
				roots = append(roots, a.data)
			}
		}
	}
	if m.taken != nil {
		roots = append(roots, m.taken)
	}
	bv.Walk(func(n *bv.Node) {
		switch n.Op {
		case bv.Read:
			m.opaque = fmt.Sprintf("it reads the state %s, which C does not see", n.Name)
		case bv.Table:
			m.opaque = fmt.Sprintf("it reads the table %s, which no C code computes", n.Name)
		case bv.Input:
			if f := ins.Encoding.Field(n.Name); f != nil {
				if f.Kind == isa.Register && !slices.Contains(m.regReads, n.Name) {
					m.regReads = append(m.regReads, n.Name)
				}
			} else if r, ok := isa.RegNumber(n.Name); ok {
				m.fixedReads |= bit(r)
			} else if n.Name != "pc" && n.Name != "load" {
				m.opaque = fmt.Sprintf("it depends on %s, the number of a register and not what it holds", n.Name)
			}
		}
	}, roots...)
}
