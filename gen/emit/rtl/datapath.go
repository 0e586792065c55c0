package rtl

import (
	"fmt"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/gen/sem/bv"
)

// A datapath is one unit's meaning as vectors, ready to be placed in the
// pipeline. Roots say what leaves the unit.
type datapath struct {
	m                              *isa.Machine
	u                              *isa.PlacedUnit
	low                            *bv.Lowerer
	names                          map[*bv.Node]string // from lets
	results                        [3]*bv.Node         // stage W
	writers                        [3][]*isa.Placed
	addr, wdata, level, count, end *bv.Node // stage X
	writes                         []stateWrite
	pinName                        string // the operand that the result port 2 accumulates into
}

// stateWrite is one element of private state that an instruction changes.
type stateWrite struct {
	state *isa.State
	index *bv.Node
	value *bv.Node
	when  *bv.Node // includes the selection of the instruction
}

// selName is the operand that stands for "this instruction is ours".
func selName(p *isa.Placed) string { return "is_" + p.Name }

func buildDatapath(m *isa.Machine, u *isa.PlacedUnit) *datapath {
	d := &datapath{m: m, u: u, low: bv.NewLowerer(), names: map[*bv.Node]string{}}
	if pin := m.Socket.Pins[0]; pin != 0 {
		d.pinName = fmt.Sprintf("x%d", pin)
	}
	var results []*result
	for _, p := range u.Instructions {
		d.low.Rename = d.rename(p)
		for port, w := range p.Results {
			if w != nil {
				results = append(results, &result{p, port, d.low.Lower(w.Value, 32)})
			}
		}
		for i := range p.Writes {
			if p.Writes[i].Kind == isa.DestState {
				d.writes = append(d.writes, d.stateWrite(p, &p.Writes[i]))
			}
		}
		d.access(p)
		d.nameLets(p)
	}
	d.share(results)
	// Within a port, results that are ready in X are selected there and registered once.
	for port := range d.results {
		for _, late := range []bool{false, true} {
			for _, r := range results {
				if r.port != port || d.late(r.n) != late {
					continue
				}
				d.writers[port] = append(d.writers[port], r.p)
				if d.results[port] == nil {
					d.results[port] = r.n
				} else {
					d.results[port] = d.low.Mux(d.sel(r.p), r.n, d.results[port])
				}
			}
		}
	}
	return d
}

// result is what one instruction delivers at one port.
type result struct {
	p    *isa.Placed
	port int
	n    *bv.Node
}

// share computes multiplications of different instructions by one multiplier,
// whatever port the results go to. A group never holds two results of one
// instruction, since both are wanted at once.
func (d *datapath) share(results []*result) {
	var groups [][]*result
next:
	for _, r := range results {
		if !bv.HasMul(r.n) {
			continue
		}
	search:
		for i, g := range groups {
			for _, o := range g {
				if o.p == r.p {
					continue search
				}
			}
			shared := d.low.Unify(d.sel(r.p), r.n, g[0].n)
			groups[i] = append(g, r)
			for _, o := range groups[i] {
				o.n = shared
			}
			continue next
		}
		groups = append(groups, []*result{r})
	}
}

func (d *datapath) sel(p *isa.Placed) *bv.Node { return d.low.Input(selName(p), 1) }

// rename tells apart fields that two instructions of the unit call by one name
// but that lie in different bits, or scale differently.
func (d *datapath) rename(p *isa.Placed) func(string) string {
	return func(name string) string {
		f := p.Encoding.Field(name)
		if f == nil || f.Kind == isa.Register {
			return name
		}
		for _, o := range d.u.Instructions {
			if g := o.Encoding.Field(name); g != nil && fmt.Sprint(*g) != fmt.Sprint(*f) {
				return p.Name + "_" + name
			}
		}
		return name
	}
}

func (d *datapath) stateWrite(p *isa.Placed, w *isa.Write) stateWrite {
	var st *isa.State
	for _, s := range d.u.States {
		if s.Name == w.Name {
			st = s
		}
	}
	out := stateWrite{state: st, index: d.low.Full(w.Index), value: d.low.Lower(w.Value, st.Bits), when: d.sel(p)}
	if w.When != nil {
		out.when = d.low.Op2(bv.And, 1, out.when, d.low.Lower(w.When, 1))
	}
	return out
}

// access lowers what the core needs in stage X: address, store data, loop set-up.
// There the pinned result register is read through its forwarded X operand.
func (d *datapath) access(p *isa.Placed) {
	plain := d.low.Rename
	d.low.Rename = func(name string) string {
		if name == d.pinName {
			return name + "_x"
		}
		return plain(name)
	}
	pick := func(dst **bv.Node, n *sem.Node, w int) {
		if n == nil {
			return
		}
		v := d.low.Lower(n, w)
		if *dst == nil {
			*dst = v
		} else {
			*dst = d.low.Mux(d.sel(p), v, *dst)
		}
	}
	if p.Load != nil {
		pick(&d.addr, p.Load.Addr, 32)
	}
	if p.Store != nil {
		pick(&d.addr, p.Store.Addr, 32)
		pick(&d.wdata, p.Store.Data, 32)
	}
	if l := p.Loop; l != nil {
		pick(&d.level, l.Level, 1)
		pick(&d.count, l.Count, 32)
		pick(&d.end, l.End, 32)
	}
	d.low.Rename = plain
}

// nameLets gives the vectors of lets their names in the spec.
func (d *datapath) nameLets(p *isa.Placed) {
	for _, l := range p.Lets {
		for i, n := range l.Values {
			v := d.low.Full(n)
			name := l.Name
			if len(d.u.Instructions) > 1 {
				name = p.Name + "_" + name
			}
			if l.List {
				name = fmt.Sprintf("%s_%d", name, i)
			}
			if _, taken := d.names[v]; !taken && v.Op != bv.Const && v.Op != bv.Input {
				d.names[v] = name
			}
		}
	}
}

// late reports whether a vector exists in stage W only, by the unit's policy:
// what depends on the loaded word, on state that lives in W or on the pinned
// result register; everything ("w"); or all that follows a multiplier ("split").
func (d *datapath) late(n *bv.Node) bool {
	switch n.Op {
	case bv.Const:
		return false
	case bv.Input:
		return n.Name == "load" || n.Name == d.pinName || d.u.Pipeline == "w" && !strings.HasPrefix(n.Name, "is_")
	case bv.Read:
		if d.stageOf(n.Name) == isa.StageW {
			return true
		}
	}
	for _, a := range n.Args {
		if d.late(a) || d.u.Pipeline == "split" && n.Op != bv.Mul && bv.HasMul(a) {
			return true
		}
	}
	return false
}

func (d *datapath) stageOf(state string) isa.Stage {
	for _, s := range d.u.States {
		if s.Name == state {
			return s.Stage
		}
	}
	return isa.StageX
}
