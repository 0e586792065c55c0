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
	by    *isa.Placed
	of    *isa.Write
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
				if port == 0 && p.Copy {
					d.low.Rename = d.thirdPort(p)
				}
				results = append(results, &result{p, port, d.low.Lower(w.Value, 32)})
				d.low.Rename = d.rename(p)
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
	if u.Pipeline == "split" {
		d.borrow(results)
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

// productName and wholeName are the operands that stand for the core's own
// product, its low word and all of it.
const (
	productName = "product"
	wholeName   = "whole"
)

// borrow takes rs1 * rs2 from the core's multiplier, which computes it for every
// instruction and offers it in stage W. Its operands are signed as those of the
// multiplication with the instruction's funct3 are.
func (d *datapath) borrow(results []*result) {
	rs1, rs2 := d.low.Input("rs1", 32), d.low.Input("rs2", 32)
	of := func(x, a, b *bv.Node) bool {
		return x.Args[0] == a && x.Args[1] == b || x.Args[0] == b && x.Args[1] == a
	}
	from := func(p *isa.Placed, n *bv.Node) *bv.Node {
		signed := p.Encoding.Mask>>13&1 == 1 && p.Encoding.Match>>13&1 == 0
		m := map[*bv.Node]*bv.Node{}
		for _, x := range bv.Multiplications(n) {
			switch {
			case x.Width == 32 && of(x, rs1, rs2):
				m[x] = d.low.Input(productName, 32)
			case x.Width < 32 && of(x, d.low.Extract(rs1, 0, x.Width), d.low.Extract(rs2, 0, x.Width)):
				m[x] = d.low.Extract(d.low.Input(productName, 32), 0, x.Width) // only its low bits are looked at
			case x.Width > 32 && of(x, d.low.Extend(rs1, x.Width, true), d.low.Extend(rs2, x.Width, true)) && signed:
				m[x] = d.low.Extract(d.low.Input(wholeName, 64), 0, x.Width)
			}
		}
		return d.low.Replace(n, m)
	}
	for _, r := range results {
		r.n = from(r.p, r.n)
	}
	for i := range d.writes {
		w := &d.writes[i]
		w.value = from(w.by, w.value)
	}
}

// share computes multiplications of different instructions by one multiplier,
// whatever port the results go to: the k-th product of each instruction is the
// k-th product of selected operands. A multiplexer costs far less than a
// multiplier; adders are not shared, since a multiplexer costs as much as one.
func (d *datapath) share(results []*result) {
	type pool struct {
		product *bv.Node
		last    map[*bv.Node]bool // products it stands for
	}
	var pools []*pool
	shared := map[*bv.Node]*bv.Node{}
	for _, p := range d.u.Instructions {
		k := 0
		seen := map[*bv.Node]bool{}
		for _, r := range results {
			if r.p != p {
				continue
			}
			for _, m := range bv.Multiplications(r.n) {
				if seen[m] || nested(m) {
					continue // computed once, or needs another product of the same instruction first
				}
				seen[m] = true
				for k < len(pools) && pools[k].product.Width != m.Width {
					k++
				}
				if k == len(pools) {
					pools = append(pools, &pool{product: m, last: map[*bv.Node]bool{m: true}})
				} else {
					q := pools[k]
					q.product = d.low.Op2(bv.Mul, m.Width, d.low.Mux(d.sel(p), m.Args[0], q.product.Args[0]), d.low.Mux(d.sel(p), m.Args[1], q.product.Args[1]))
					q.last[m] = true
				}
				k++
			}
		}
	}
	for _, q := range pools {
		for m := range q.last {
			shared[m] = q.product
		}
	}
	for _, r := range results {
		r.n = d.low.Replace(r.n, shared)
	}
}

// nested reports whether a product has another one among its operands.
func nested(m *bv.Node) bool { return bv.HasMul(m.Args[0]) || bv.HasMul(m.Args[1]) }

func (d *datapath) sel(p *isa.Placed) *bv.Node { return d.low.Input(selName(p), 1) }

// rename tells apart fields that two instructions of the unit call by one name
// but that lie in different bits, or scale differently.
func (d *datapath) rename(p *isa.Placed) func(string) string {
	return func(name string) string {
		if name == p.RS3 && !p.Copy {
			return "rs3" // the third port, whatever field it reads
		}
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

// thirdPort reads a register through the third port that the others read through
// the first or second.
func (d *datapath) thirdPort(p *isa.Placed) func(string) string {
	plain := d.rename(p)
	return func(name string) string {
		if name == p.RS3 {
			return "rs3"
		}
		return plain(name)
	}
}

func (d *datapath) stateWrite(p *isa.Placed, w *isa.Write) stateWrite {
	var st *isa.State
	for _, s := range d.u.States {
		if s.Name == w.Name {
			st = s
		}
	}
	out := stateWrite{state: st, index: d.low.Full(w.Index), value: d.low.Lower(w.Value, st.Bits), when: d.sel(p), by: p, of: w}
	if w.When != nil {
		when := d.low.Full(w.When)
		if when.Width > 1 { // any bit counts
			when = d.low.Not(d.low.Op2(bv.Eq, 1, when, d.low.Const(0, when.Width)))
		}
		out.when = d.low.Op2(bv.And, 1, out.when, when)
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
		return n.Name == "load" || n.Name == productName || n.Name == wholeName || n.Name == d.pinName || d.u.Pipeline == "w" && !strings.HasPrefix(n.Name, "is_")
	case bv.Read:
		if d.readIn(n.Name) == isa.StageW {
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

// operandX reports whether n is an operand that the core offers in X only: a unit
// that computes in W registers it first.
func (d *datapath) operandX(n *bv.Node) bool {
	return n.Op == bv.Input && n.Name != "load" && n.Name != productName && n.Name != wholeName && n.Name != d.pinName && !strings.HasPrefix(n.Name, "is_")
}

// readIn is the stage in which a state's elements can be had.
func (d *datapath) readIn(state string) isa.Stage {
	for _, s := range d.u.States {
		if s.Name == state && s.RAM {
			return isa.StageW
		} else if s.Name == state {
			return s.Stage
		}
	}
	return isa.StageX
}
