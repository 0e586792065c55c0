package spec

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

var (
	fixedRE   = regexp.MustCompile(`^x([1-9]|[12][0-9]|3[01])$`)
	operandRE = regexp.MustCompile(`^([a-z][a-z0-9_]*)?(?:\(([a-z][a-z0-9_]*)\))?$`)
)

// meaning is the reading of one instruction's meaning.
type meaning struct {
	p     *parser
	ins   *isa.Instruction
	scope *scope
	lets  map[string]*hclsyntax.Attribute
	done  map[string]value
	stack []string // lets being evaluated, to find cycles
}

// instruction reads an instruction block.
func (p *parser) instruction(f *fields) {
	ins := &isa.Instruction{Name: f.name, Pos: posOf(f.rng), Summary: f.text("summary"), Source: f.text("source"),
		System: f.word("system", "", "mret", "wfi", "fence", "fence_i")}
	if b := f.blocks["encoding"]; len(b) == 1 {
		before := len(f.r.problems)
		ins.Encoding = b[0].encoding()
		ins.Encoding.Invalid = len(f.r.problems) > before
	} else {
		f.r.errorf(f.rng, "Missing block", "Instruction %q needs an encoding block.", f.name)
		ins.Encoding.Invalid = true
	}
	f.assembly(ins)
	m := &meaning{p: p, ins: ins, lets: map[string]*hclsyntax.Attribute{}, done: map[string]value{}}
	m.scope = &scope{r: f.r, b: sem.NewBuilder(), lookup: m.lookup, known: m.known, index: m.element, load: m.load, steps: p.steps}
	for _, b := range f.blocks["let"] {
		for _, a := range b.free {
			if b.r.identifier(a.NameRange, a.Name) && m.checkNew(a) {
				m.lets[a.Name] = a
			}
		}
		for _, a := range b.free {
			m.let(a)
		}
	}
	for _, b := range f.blocks["write"] {
		m.write(b)
	}
	for _, b := range f.blocks["set"] {
		m.set(b)
	}
	m.store(f.blocks["store"])
	m.loop(f.blocks["loop"])
	m.trap(f.blocks["trap"])
	for _, b := range f.blocks["example"] {
		m.example(b)
	}
	for _, b := range f.blocks["accuracy"] {
		m.accuracy(b)
	}
	if ins.Load != nil && ins.Store != nil {
		f.r.errorf(f.rng, "Two memory accesses", "Instruction %q loads and stores; the core has one data port, so an instruction makes one access.", f.name)
	}
	effects := 0
	for _, name := range []string{"write", "set", "store", "loop", "trap"} {
		effects += len(f.blocks[name])
	}
	if effects == 0 && ins.System == "" {
		f.r.errorf(f.rng, "No effect", "Instruction %q changes nothing: give it a write, store, loop or trap block.", f.name)
	}
	p.spec.Exts = append(p.spec.Exts, ins)
}

// assembly splits "mv.mac rd, rs1, rs2" and checks it against the fields.
func (f *fields) assembly(ins *isa.Instruction) {
	a := f.attrs["assembly"]
	if a == nil {
		return
	}
	text := f.text("assembly")
	ins.Assembly = text
	rng := a.Expr.Range()
	mnemonic, rest, _ := strings.Cut(text, " ")
	if len(mnemonic) > maxIdent || !asmRE.MatchString(mnemonic) {
		f.r.errorf(rng, "Not a mnemonic", "%.40q: a mnemonic is lower-case words joined by dots, such as mv.mac.", mnemonic)
		return
	}
	ins.Mnemonic = mnemonic
	used := map[string]bool{}
	for _, o := range strings.Split(rest, ",") {
		o = strings.TrimSpace(o)
		if o == "" {
			continue
		}
		m := operandRE.FindStringSubmatch(o)
		if m == nil {
			f.r.errorf(rng, "Not an operand", "%.40q: an operand is a field, or field(base) for an address.", o)
			return
		}
		ins.Operands = append(ins.Operands, isa.Operand{Field: m[1], Base: m[2]})
		used[m[1]], used[m[2]] = true, true
		for _, name := range m[1:] {
			if name != "" && ins.Encoding.Field(name) == nil && len(ins.Encoding.Fields) > 0 {
				f.r.errorf(rng, "Unknown operand", "The encoding has no field %q.", name)
			}
		}
	}
	for _, fl := range ins.Encoding.Fields {
		if !used[fl.Name] {
			f.r.errorf(rng, "Operand missing", "The assembly text does not show the field %q, so it could not be assembled.", fl.Name)
		}
	}
}

// checkNew refuses a let that hides an operand, a state or a table.
func (m *meaning) checkNew(a *hclsyntax.Attribute) bool {
	_, isState := m.p.states[a.Name]
	_, isTable := m.p.tables[a.Name]
	if _, operand := m.operand(a.Name); operand || isState || isTable {
		m.scope.r.errorf(a.NameRange, "Name in use", "%q is an operand, a state or a table already.", a.Name)
		return false
	}
	return true
}

// lookup resolves a name in a meaning: let, operand, state or table.
func (m *meaning) lookup(name string, rng hcl.Range) (value, bool) {
	if v, ok := m.done[name]; ok {
		return v, true
	}
	if a := m.lets[name]; a != nil {
		for i, n := range m.stack {
			if n == name {
				m.scope.r.errorf(rng, "Cyclic let", "%s is defined by itself: %s.", name, strings.Join(append(m.stack[i:], name), " → "))
				return value{}, true
			}
		}
		return m.evalLet(a), true
	}
	if v, ok := m.operand(name); ok {
		return v, true
	}
	if m.p.states[name] != nil || m.p.tables[name] != nil {
		return value{kind: element}, true
	}
	return value{}, false
}

// operand is a field of the encoding, a fixed register, pc or csr.
func (m *meaning) operand(name string) (value, bool) {
	in := func(r sem.Range) (value, bool) { return intValue(m.scope.b.Input(name, r)), true }
	if name == "pc" || fixedRE.MatchString(name) {
		return in(sem.Unsigned(32))
	}
	if f := m.ins.Encoding.Field(name); f != nil {
		if f.Kind == isa.Register || name == "csr" {
			return in(sem.Unsigned(32))
		}
		lo, hi := f.Bounds()
		return intValue(m.scope.b.Input(name, sem.Range{Min: m.scope.b.Int(lo).Value, Max: m.scope.b.Int(hi).Value})), true
	}
	if base, isIndex := strings.CutSuffix(name, "_index"); isIndex {
		if f := m.ins.Encoding.Field(base); f != nil && f.Kind == isa.Register {
			return in(sem.Unsigned(5))
		}
	}
	return value{}, false
}

func (m *meaning) known() []string {
	names := []string{"pc"}
	for _, f := range m.ins.Encoding.Fields {
		names = append(names, f.Name)
	}
	for n := range m.lets {
		names = append(names, n)
	}
	for n := range m.p.states {
		names = append(names, n)
	}
	for n := range m.p.tables {
		names = append(names, n)
	}
	return names
}

func (m *meaning) element(name string, idx *sem.Node) (value, bool) {
	if st := m.p.states[name]; st != nil {
		return intValue(m.scope.b.Read(name, idx, st.Range(), st.Count)), true
	}
	if t := m.p.tables[name]; t != nil {
		r := sem.Unsigned(t.Bits)
		if t.Signed {
			r = sem.Signed(t.Bits)
		}
		return intValue(m.scope.b.Table(name, idx, r, len(t.Values))), true
	}
	return value{}, false
}

// load records the instruction's one load; its value is the input "load".
func (m *meaning) load(e *hclsyntax.FunctionCallExpr, size int, signed bool, addr *sem.Node) value {
	if l := m.ins.Load; l != nil && (l.Addr != addr || l.Size != size || l.Signed != signed) {
		m.scope.r.errorf(e.Range(), "Two memory accesses", "The instruction loads at line %d already; the core has one data port, so an instruction makes one access.", l.Pos.Line)
		return value{}
	}
	if sem.Uses("load", addr) {
		m.scope.r.errorf(e.Range(), "Two memory accesses", "The address of a load cannot depend on loaded data.")
		return value{}
	}
	if m.ins.Load == nil {
		m.ins.Load = &isa.Access{Addr: addr, Size: size, Signed: signed, Pos: posOf(e.Range())}
	}
	r := sem.Unsigned(8 * size)
	if signed {
		r = sem.Signed(8 * size)
	}
	return intValue(m.scope.b.Input("load", r))
}

func (m *meaning) evalLet(a *hclsyntax.Attribute) value {
	m.stack = append(m.stack, a.Name)
	v := m.scope.eval(a.Expr)
	m.stack = m.stack[:len(m.stack)-1]
	m.done[a.Name] = v
	return v
}

func (m *meaning) let(a *hclsyntax.Attribute) {
	if m.lets[a.Name] != a {
		return
	}
	v, ok := m.done[a.Name]
	if !ok {
		v = m.evalLet(a)
	}
	l := isa.Let{Name: a.Name, Pos: posOf(a.SrcRange)}
	switch v.kind {
	case integer:
		l.Values = []*sem.Node{v.node}
	case list:
		l.List = true
		for _, x := range v.list {
			if x.kind != integer {
				return // a list of lists has no one name in hardware
			}
			l.Values = append(l.Values, x.node)
		}
	case real:
		m.scope.r.errorf(a.Expr.Range(), "Wrong type", "A meaning holds integers; round this constant.")
		return
	default:
		return
	}
	m.ins.Lets = append(m.ins.Lets, l)
}

// write reads one write block.
func (m *meaning) write(b *fields) {
	var when *sem.Node
	if a := b.attrs["when"]; a != nil {
		var ok bool
		if when, ok = m.scope.integerOf(a.Expr); !ok {
			return
		}
		when = m.scope.b.LNot(m.scope.b.LNot(when))
	}
	for _, a := range b.free {
		w := isa.Write{Name: a.Name, When: when, Pos: posOf(a.SrcRange)}
		f := m.ins.Encoding.Field(a.Name)
		switch st := m.p.states[a.Name]; {
		case f != nil && f.Kind == isa.Register:
			w.Kind = isa.DestField
		case a.Name == "csr" && f != nil:
			w.Kind = isa.DestCSR
		case a.Name == "pc":
			w.Kind = isa.DestPC
		case fixedRE.MatchString(a.Name):
			w.Kind = isa.DestFixed
			w.Reg, _ = strconv.Atoi(a.Name[1:])
		case st != nil:
			m.writeState(a, st, w)
			continue
		default:
			m.scope.r.errorf(a.NameRange, "Unknown destination", "%q is no register field of the encoding, no fixed register x1 to x31, not pc, csr or a state.%s", a.Name, suggest(a.Name, m.known()))
			continue
		}
		if v, ok := m.scope.integerOf(a.Expr); ok {
			w.Value = v
			m.ins.Writes = append(m.ins.Writes, w)
		}
	}
}

// writeState writes one element, or all elements from a list.
func (m *meaning) writeState(a *hclsyntax.Attribute, st *isa.State, w isa.Write) {
	w.Kind = isa.DestState
	v := m.scope.eval(a.Expr)
	switch v.kind {
	case integer:
		v.list = []value{v}
	case list:
	case invalid:
		return
	default:
		m.scope.r.errorf(a.Expr.Range(), "Wrong type", "A state takes an integer or a list of them, not %s.", v.kind)
		return
	}
	if len(v.list) != st.Count {
		m.scope.r.errorf(a.Expr.Range(), "Wrong number of elements", "State %q has %d elements, the value has %d.", st.Name, st.Count, len(v.list))
		return
	}
	for i, x := range v.list {
		if x.kind != integer {
			m.scope.r.errorf(a.Expr.Range(), "Wrong type", "Element %d is %s.", i, x.kind)
			return
		}
		e := w
		e.Index, e.Value = m.scope.b.Int(int64(i)), x.node
		if x.node.Op == sem.OpRead && x.node.Name == st.Name && x.node.Args[0] == e.Index {
			continue // keeps its value
		}
		m.ins.Writes = append(m.ins.Writes, e)
	}
}

// set writes one element of a state, at an index computed by the instruction.
func (m *meaning) set(b *fields) {
	st := m.p.states[b.name]
	if st == nil {
		b.r.errorf(b.rng, "Unknown state", "There is no state %q.%s", b.name, suggest(b.name, m.known()))
		return
	}
	w := isa.Write{Kind: isa.DestState, Name: st.Name, Pos: posOf(b.rng), Index: m.get(b, "index"), Value: m.get(b, "value"), When: m.get(b, "when")}
	if w.Index == nil || w.Value == nil {
		return
	}
	if !w.Index.Range.Within(sem.Range{Min: m.scope.b.Int(0).Value, Max: m.scope.b.Int(int64(st.Count - 1)).Value}) {
		b.r.errorf(b.attrs["index"].Expr.Range(), "Index out of range", "The index ranges over %s, but %s has the elements 0 to %d.", w.Index.Range, st.Name, st.Count-1)
		return
	}
	m.ins.Writes = append(m.ins.Writes, w)
}

func (m *meaning) get(b *fields, name string) *sem.Node {
	a := b.attrs[name]
	if a == nil {
		return nil
	}
	v, _ := m.scope.integerOf(a.Expr)
	return v
}

func (m *meaning) store(bs []*fields) {
	if len(bs) == 0 {
		return
	}
	b := bs[0]
	s := &isa.Access{Pos: posOf(b.rng), Addr: m.get(b, "addr"), Data: m.get(b, "data"), Size: int(b.number("size", 4, 1, 4))}
	if s.Size == 3 {
		b.r.errorf(b.rng, "Number out of range", "size is 1, 2 or 4.")
	}
	if s.Addr != nil && s.Data != nil {
		m.ins.Store = s
	}
}

func (m *meaning) loop(bs []*fields) {
	if len(bs) == 0 {
		return
	}
	b := bs[0]
	l := &isa.Loop{Pos: posOf(b.rng), Level: m.get(b, "level"), Count: m.get(b, "count"), End: m.get(b, "end")}
	if l.Level == nil || l.Count == nil || l.End == nil {
		return
	}
	if !l.Level.Range.Within(sem.Unsigned(1)) {
		b.r.errorf(b.attrs["level"].Expr.Range(), "Number out of range", "The level is 0 or 1; it ranges over %s.", l.Level.Range)
	}
	m.ins.Loop = l
}

func (m *meaning) trap(bs []*fields) {
	if len(bs) > 0 {
		m.ins.Trap = &isa.Trap{Cause: int(bs[0].number("cause", 2, 0, 31)), When: m.get(bs[0], "when")}
	}
}
