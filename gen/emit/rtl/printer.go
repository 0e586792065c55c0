package rtl

import (
	"fmt"
	"math/bits"
	"sort"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
)

// stage is where a value is wanted.
type stage = isa.Stage

// placedNode is a vector wanted in a stage.
type placedNode struct {
	n *bv.Node
	s stage
}

// printer places a datapath in stages X and W and prints it as Verilog. A value
// that is ready in X and wanted in W is registered when the instruction leaves X.
type printer struct {
	d     *datapath
	memo  map[placedNode]string
	used  map[string]bool // names taken
	count map[string]int  // per operation, for names
	ports map[string]Port // inputs the unit turned out to need
	X, W  []string        // combinational lines by stage
	Regs  []Reg           // pipeline registers from X to W
	part  map[string]bool // signals of which only some bits may be used
}

// Port is an input of a unit.
type Port struct {
	Name    string
	Width   int
	Comment string
	Connect string // what the socket glue connects
}

// Reg is a pipeline register: Name is loaded with Next.
type Reg struct {
	Name  string
	Width int
	Next  string
}

func newPrinter(d *datapath) *printer {
	p := &printer{d: d, memo: map[placedNode]string{}, used: map[string]bool{}, count: map[string]int{},
		ports: map[string]Port{}, part: map[string]bool{}}
	for _, st := range d.u.States {
		p.used[st.Name+"_q"] = true
		if st.RAM {
			p.used[ramData(st.Name)] = true
			continue
		}
		for i := range st.Count {
			p.used[elementName(st, i)] = true
		}
	}
	return p
}

// ref is the Verilog expression for n in stage s: a name, a constant, or a part
// or extension of a name; everything else gets a wire of its own.
func (p *printer) ref(n *bv.Node, s stage) string {
	key := placedNode{n, s}
	if e, ok := p.memo[key]; ok {
		return e
	}
	e := p.place(n, s)
	p.memo[key] = e
	return e
}

func (p *printer) place(n *bv.Node, s stage) string {
	switch {
	case n.Op == bv.Const:
		return constant(n.Value, n.Width)
	case s == isa.StageW && (!p.d.late(n) || p.d.operandX(n)) && !p.available(n):
		return p.register(n)
	}
	switch n.Op {
	case bv.Input:
		return p.input(n, s)
	case bv.Read, bv.Table:
		return p.element(n, s)
	case bv.Extract:
		name := p.named(n.Args[0], s)
		p.part[name] = true
		if n.Width == 1 {
			if n.Args[0].Width == 1 {
				return name
			}
			return fmt.Sprintf("%s[%d]", name, n.Lo)
		}
		return fmt.Sprintf("%s[%d:%d]", name, n.Lo+n.Width-1, n.Lo)
	case bv.ZeroExt:
		return fmt.Sprintf("{%s, %s}", constant(0, n.Width-n.Args[0].Width), p.ref(n.Args[0], s))
	case bv.SignExt:
		x := n.Args[0]
		name := p.named(x, s)
		top := name
		if x.Width > 1 {
			top = fmt.Sprintf("%s[%d]", name, x.Width-1)
		}
		return fmt.Sprintf("{{%d{%s}}, %s}", n.Width-x.Width, top, name)
	case bv.Not:
		return "~" + p.named(n.Args[0], s)
	case bv.Add:
		if i, ok := computed(n); ok {
			return p.sum(n, s, i)
		}
	}
	return p.wire(n, s, p.operation(n, s))
}

// available reports whether n is better made in W from what is registered than
// registered itself: the selections, and extensions, which are only wires.
func (p *printer) available(n *bv.Node) bool {
	return n.Op == bv.Input && strings.HasPrefix(n.Name, "is_") || n.Op == bv.ZeroExt || n.Op == bv.SignExt
}

// operation prints one operation on its arguments, which all have names or are
// constants, so that every operator sees the widths the IR gave it.
func (p *printer) operation(n *bv.Node, s stage) string {
	a := make([]string, len(n.Args))
	for i, x := range n.Args {
		a[i] = p.ref(x, s)
	}
	signed := func(i int) string { return "$signed(" + a[i] + ")" }
	switch n.Op {
	case bv.Add:
		return a[0] + " + " + a[1]
	case bv.Sub:
		return a[0] + " - " + a[1]
	case bv.Mul:
		// Signed operands keep their extension visible, so that synthesis trims it.
		if n.Args[0].Op == bv.SignExt && n.Args[1].Op == bv.SignExt {
			return signed(0) + " * " + signed(1)
		}
		return a[0] + " * " + a[1]
	case bv.And:
		return a[0] + " & " + a[1]
	case bv.Or:
		return a[0] + " | " + a[1]
	case bv.Xor:
		return a[0] + " ^ " + a[1]
	case bv.Shl:
		return a[0] + " << " + a[1]
	case bv.ShrU:
		return a[0] + " >> " + a[1]
	case bv.ShrS:
		return signed(0) + " >>> " + a[1]
	case bv.Eq:
		return a[0] + " == " + a[1]
	case bv.LtU:
		return a[0] + " < " + a[1]
	case bv.LtS:
		return signed(0) + " < " + signed(1)
	case bv.Mux:
		return a[0] + " ? " + a[1] + " : " + a[2]
	case bv.QuoU, bv.QuoS, bv.RemU, bv.RemS:
		return p.division(n, a, s)
	}
	panic("rtl: cannot print " + n.Op.String())
}

// division prints RISC-V's conventions around Verilog's operators. The division
// has a wire of its own: within ?: an unsigned arm would make it unsigned.
func (p *printer) division(n *bv.Node, a []string, s stage) string {
	x, y, op, byZero := a[0], a[1], " / ", "~"+constant(0, n.Width)
	if n.Op == bv.QuoS || n.Op == bv.RemS {
		x, y = "$signed("+x+")", "$signed("+y+")"
	}
	if n.Op == bv.RemU || n.Op == bv.RemS {
		op, byZero = " % ", a[0]
	}
	return fmt.Sprintf("(%s == %s) ? %s : %s", a[1], constant(0, n.Width), byZero, p.wire(n, s, x+op+y))
}

// named is a reference that may be indexed: a bare name.
func (p *printer) named(n *bv.Node, s stage) string {
	e := p.ref(n, s)
	if strings.ContainsAny(e, " {}[]'~") {
		e = p.wire(n, s, e)
		p.memo[placedNode{n, s}] = e
	}
	return e
}

// wire gives an expression a name.
func (p *printer) wire(n *bv.Node, s stage, expr string) string {
	name := p.name(n, s)
	p.line(s, fmt.Sprintf("wire %s%s = %s;", vector(n.Width), name, expr))
	return name
}

// line adds a combinational line to a stage.
func (p *printer) line(s stage, text string) {
	if s == isa.StageX {
		p.X = append(p.X, text)
	} else {
		p.W = append(p.W, text)
	}
}

// register carries a value of stage X to stage W.
func (p *printer) register(n *bv.Node) string {
	next := p.ref(n, isa.StageX)
	base := next
	if strings.ContainsAny(base, " {}[]'~") {
		base = p.name(n, isa.StageX)
	}
	name := p.unique("w_" + strings.TrimSuffix(strings.TrimPrefix(base, "x_"), "_i") + "_q")
	p.Regs = append(p.Regs, Reg{Name: name, Width: n.Width, Next: next})
	return name
}

func (p *printer) name(n *bv.Node, s stage) string {
	prefix := map[stage]string{isa.StageX: "x_", isa.StageW: "w_"}[s]
	if let, ok := p.d.names[n]; ok {
		return p.unique(prefix + let)
	}
	op := n.Op.String()
	p.count[op]++
	return p.unique(fmt.Sprintf("%s%s%d", prefix, op, p.count[op]-1))
}

func (p *printer) unique(name string) string {
	for try, i := name, 1; ; i++ {
		if !p.used[try] {
			p.used[try] = true
			return try
		}
		try = fmt.Sprintf("%s_%d", name, i)
	}
}

// input is an operand port, created at its first use.
func (p *printer) input(n *bv.Node, s stage) string {
	port := Port{Width: n.Width}
	switch name := n.Name; {
	case strings.HasPrefix(name, "is_"):
		if s == isa.StageW {
			port = Port{"w_" + name + "_i", 1, "the instruction in W is " + name[3:], "w_" + name + "_q"}
		} else {
			port = Port{"x_" + name + "_i", 1, "the instruction in X is " + name[3:], "x_" + name}
		}
	case name == "load":
		port = Port{"w_load_i", n.Width, "loaded value, extended", "w_rdata_i"}
		if n.Width < 32 {
			// Instructions of one unit may load bytes and words: a port for each width.
			port.Name, port.Connect = fmt.Sprintf("w_load%d_i", n.Width), fmt.Sprintf("w_rdata_i[%d:0]", n.Width-1)
		}
	case name == productName:
		port = Port{"w_product_i", 32, "low word of rs1 * rs2, from the core's multiplier", "w_product_i"}
	case name == wholeName:
		port = Port{"w_whole_i", 64, "rs1 * rs2, signed, from the core's multiplier", "{w_high_i, w_product_i}"}
	case name == "rs1", name == "rs2":
		port = Port{"x_" + name + "_i", 32, "register " + name, "x_" + name + "_i"}
	case name == "rs3":
		port = Port{"x_rs3_i", 32, "third register", "x_rs3_i"}
	case name == "pc":
		port = Port{"x_pc_i", 32, "address of the instruction", "x_pc_i"}
	default:
		port = p.special(n)
	}
	p.ports[port.Name] = port
	p.used[port.Name] = true
	return port.Name
}

// special is a fixed register, the number of a register field or an immediate.
func (p *printer) special(n *bv.Node) Port {
	for i, reg := range p.d.m.Socket.Pins {
		x := fmt.Sprintf("x%d", reg)
		switch {
		case reg == 0:
		case n.Name == p.d.pinName && i == 0:
			return Port{"w_pin0_i", 32, "register " + x + ", in W", "w_pin0_i"}
		case n.Name == x || n.Name == x+"_x":
			name := fmt.Sprintf("x_pin%d_i", i)
			return Port{name, 32, "register " + x, name}
		}
	}
	for _, q := range p.d.u.Instructions {
		rename := p.d.rename(q)
		for i := range q.Encoding.Fields {
			f := &q.Encoding.Fields[i]
			if rename(f.Name) == n.Name || f.Name+"_index" == n.Name {
				return Port{"x_" + n.Name + "_i", n.Width, "field " + n.Name, fieldExpr(f, "x_instr_i")}
			}
		}
	}
	panic("rtl: no operand " + n.Name)
}

// element reads private state or a table.
func (p *printer) element(n *bv.Node, s stage) string {
	idx := n.Args[0]
	if n.Op == bv.Table {
		if entries := p.entries(n.Name); isROM(p.d.u, entries) {
			return p.lookup(n, s, entries)
		}
		return p.wire(n, s, fmt.Sprintf("table_%s[%s]", n.Name, p.index(idx, s, p.entries(n.Name))))
	}
	st := p.state(n.Name)
	if st.RAM { // its index went in a stage before
		return ramData(st.Name)
	}
	if isMemory(p.d, st) {
		return p.wire(n, s, fmt.Sprintf("%s_q[%s]", st.Name, p.index(idx, s, st.Count)))
	}
	if idx.Op == bv.Const {
		return elementName(st, int(idx.Value))
	}
	name, w := p.ref(idx, s), idx.Width
	expr := elementName(st, st.Count-1)
	for i := st.Count - 2; i >= 0; i-- {
		if i>>w == 0 { // the index can say so
			expr = fmt.Sprintf("(%s == %s) ? %s : %s", name, constant(uint64(i), w), elementName(st, i), expr)
		}
	}
	return p.wire(n, s, expr)
}

// index is the index of an element, as wide as the number of elements asks for,
// which linters want.
func (p *printer) index(n *bv.Node, s stage, count int) string {
	w := max(1, bits.Len(uint(count-1)))
	switch {
	case n.Op == bv.Const:
		return constant(n.Value, w)
	case n.Width < w:
		return fmt.Sprintf("{%s, %s}", constant(0, w-n.Width), p.ref(n, s))
	}
	return p.ref(n, s)
}

// entries is the number of entries of a table.
func (p *printer) entries(name string) int {
	for _, t := range p.d.u.Tables {
		if t.Name == name {
			return len(t.Values)
		}
	}
	panic("rtl: no table " + name)
}

func (p *printer) state(name string) *isa.State {
	for _, s := range p.d.u.States {
		if s.Name == name {
			return s
		}
	}
	panic("rtl: no state " + name)
}

func elementName(st *isa.State, i int) string {
	if st.Count == 1 {
		return st.Name + "_q"
	}
	return fmt.Sprintf("%s_q%d", st.Name, i) // no state of its own ends like this
}

// mostRegisters is how many elements are selected among rather than kept in a
// memory, if their writes allow it.
const mostRegisters = 64

// isMemory reports whether a state must be an indexed memory: some write has an
// index that is not constant. A memory written in fixed places only would become
// registers in synthesis in any case, not without a warning.
func isMemory(d *datapath, st *isa.State) bool {
	dynamic := false
	visit := func(n *bv.Node) {
		dynamic = dynamic || n.Op == bv.Read && n.Name == st.Name && n.Args[0].Op != bv.Const
	}
	if st.Count > mostRegisters {
		for _, r := range d.roots() {
			bv.Walk(visit, r)
		}
	}
	for _, w := range d.writes {
		dynamic = dynamic || w.state == st && w.index.Op != bv.Const
	}
	return dynamic
}

// roots is every vector that the unit computes.
func (d *datapath) roots() []*bv.Node {
	var out []*bv.Node
	for _, n := range []*bv.Node{d.results[0], d.results[1], d.results[2], d.addr, d.wdata, d.level, d.count, d.end} {
		if n != nil {
			out = append(out, n)
		}
	}
	for _, w := range d.writes {
		out = append(out, w.index, w.value, w.when)
	}
	return out
}

// inputs is the ports in a stable order: by stage, then name.
func (p *printer) inputs() []Port {
	var out []Port
	for _, q := range p.ports {
		out = append(out, q)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i].Name, out[j].Name
		if (a[0] == 'x') != (b[0] == 'x') {
			return a[0] == 'x'
		}
		return a < b
	})
	return out
}

func constant(v uint64, w int) string {
	if w <= 8 || v < 16 {
		return fmt.Sprintf("%d'd%d", w, v)
	}
	return fmt.Sprintf("%d'h%x", w, v)
}

func vector(w int) string {
	if w == 1 {
		return ""
	}
	return fmt.Sprintf("[%d:0] ", w-1)
}
