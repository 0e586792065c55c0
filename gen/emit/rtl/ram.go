package rtl

import (
	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// ramFile is the module that holds a RAM; designs without one do without it.
const ramFile = "mv32_uram.v"

// RAMDecl is private state in block RAM: an instance of mv32_uram.
type RAMDecl struct {
	Name        string // of the state
	Width, Deep int
	Addr        int    // bits of an index
	Data        string // wire with what was read, in stage W
	View        string // output for proofs
	Write       string // condition beside the commit, "" if nothing writes
	WriteIndex  string
	WriteValue  string
	Read        string // condition beside the commit, "" if all the unit's instructions read
	ReadIndex   string
}

// hasRAM reports whether the design keeps state in block RAM.
func hasRAM(m *isa.Machine) bool {
	for _, st := range m.States {
		if st.RAM {
			return true
		}
	}
	return false
}

// ramData is the wire with the element that the instruction in W reads.
func ramData(state string) string { return "w_" + state + "_data" }

// read is the index of the element that a unit's instructions read from a RAM, nil
// if none does, and whether one that does is in X, nil if all of the design do. Reading
// takes energy.
// pass.Resolve has seen to it that each reads at most one element.
func (d *datapath) read(st *isa.State) (at, when *bv.Node) {
	readers := 0
	for _, p := range d.u.Instructions {
		var index *sem.Node
		sem.Walk(func(n *sem.Node) {
			if n.Op == sem.OpRead && n.Name == st.Name {
				index = n.Args[0]
			}
		}, p.Exprs()...)
		if index == nil {
			continue
		}
		readers++
		d.low.Rename = d.rename(p)
		n := d.low.Lower(index, st.IndexBits())
		if at == nil {
			at, when = n, d.sel(p)
			continue
		}
		at, when = d.low.Mux(d.sel(p), n, at), d.low.Op2(bv.Or, 1, when, d.sel(p))
	}
	if readers == len(d.m.Exts) {
		when = nil
	}
	return at, when
}

// reads reports whether anything that leaves the unit depends on the state.
func (d *datapath) reads(st *isa.State) bool {
	found := false
	for _, n := range d.roots() {
		bv.Walk(func(n *bv.Node) { found = found || n.Op == bv.Read && n.Name == st.Name }, n)
	}
	return found
}

// rams declares the unit's RAMs. At most one instruction is in X, so conditions
// of writes exclude each other; what was read is held until another instruction reads.
func (u *Unit) rams(p *printer, d *datapath) {
	for _, st := range d.u.States {
		if !st.RAM {
			continue
		}
		w := st.IndexBits()
		r := RAMDecl{Name: st.Name, Width: st.Bits, Deep: st.Count, Addr: w, Data: ramData(st.Name), View: stateView(st),
			WriteIndex: constant(0, w), WriteValue: constant(0, st.Bits), ReadIndex: constant(0, w)}
		var when, index, value *bv.Node
		for _, x := range d.writes {
			if x.state != st {
				continue
			}
			i := d.low.Extend(x.index, w, false)
			if when == nil {
				when, index, value = x.when, i, x.value
				continue
			}
			index, value = d.low.Mux(x.when, i, index), d.low.Mux(x.when, x.value, value)
			when = d.low.Op2(bv.Or, 1, when, x.when)
		}
		if when != nil {
			r.Write, r.WriteIndex, r.WriteValue = p.ref(when, isa.StageX), p.ref(index, isa.StageX), p.ref(value, isa.StageX)
		}
		if at, when := d.read(st); at != nil {
			r.ReadIndex = p.ref(at, isa.StageX)
			if when != nil {
				r.Read = p.ref(when, isa.StageX)
			}
		}
		if !d.reads(st) {
			p.part[r.Data] = true // filled, but nothing of this design depends on it
		}
		u.CommitX = true
		u.RAMs = append(u.RAMs, r)
	}
}
