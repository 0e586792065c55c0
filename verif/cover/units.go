package cover

import (
	"fmt"
	"math/big"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// budget is how many instructions with private state are evaluated for each judge:
// it takes far longer than the rest, and what random operands have not reached by
// then they are unlikely to reach.
const budget = 60_000

// ranges bounds the items of one table or state: larger ones are counted by so many
// equal ranges of their entries.
const ranges = 64

// unitItems are the items of states and tables.
type unitItems struct {
	states map[string]*stateItems
	tables map[string]*tableItems
	widths map[string]int
	spent  [judges]int
}

type stateItems struct {
	*isa.State
	values  []*big.Int
	written []bool
	// by range of elements: written, and read after a write
	writes, reads []int
	corner        [4]int // 0, least, greatest, negative
}

type tableItems struct {
	*isa.Table
	reads []int
}

// newUnits adds the items of states and tables.
func (c *Model) newUnits() {
	u, g := &c.unit, c.state
	u.states, u.tables, u.widths = map[string]*stateItems{}, map[string]*tableItems{}, map[string]int{}
	for _, s := range c.machine.States {
		it := &stateItems{State: s}
		u.widths[s.Name], u.states[s.Name] = s.Bits, it
		why := "no instruction writes it"
		for _, ins := range c.machine.Exts {
			for i := range ins.Writes {
				if w := &ins.Writes[i]; w.Kind == isa.DestState && w.Name == s.Name {
					why = ""
				}
			}
		}
		for _, name := range rangeNames(s.Name, s.Count) {
			it.writes = append(it.writes, g.add(name+" written", why))
			it.reads = append(it.reads, g.add(name+" read after it was written", why))
		}
		corner := why
		if corner == "" {
			corner = "what its instructions compute does not come to it by chance"
		}
		it.corner = [4]int{g.add(s.Name+" = 0", corner), none, g.add(s.Name+" is the greatest", corner), none}
		if s.Signed {
			it.corner[1], it.corner[3] = g.add(s.Name+" is the least", corner), g.add(s.Name+" is negative", corner)
		}
	}
	for _, t := range c.machine.Tables {
		it := &tableItems{Table: t}
		u.tables[t.Name] = it
		for _, name := range rangeNames(t.Name, len(t.Values)) {
			it.reads = append(it.reads, g.add(name+" read", ""))
		}
	}
}

// rangeNames names the items of the elements of a memory.
func rangeNames(name string, count int) (out []string) {
	n := min(max(count, 1), ranges)
	for i := range n {
		lo, hi := i*count/n, (i+1)*count/n-1
		switch {
		case count <= 1:
			out = append(out, name)
		case lo >= hi:
			out = append(out, fmt.Sprintf("%s[%d]", name, lo))
		default:
			out = append(out, fmt.Sprintf("%s[%d to %d]", name, lo, hi))
		}
	}
	return out
}

// reset gives every state its value after reset.
func (u *unitItems) reset() {
	for _, s := range u.states {
		n := max(s.Count, 1)
		s.values, s.written = make([]*big.Int, n), make([]bool, n)
		for i := range s.values {
			if s.values[i] = s.Reset; s.Reset == nil {
				s.values[i] = new(big.Int)
			}
		}
	}
}

// stateful reports whether executing the row tells anything of states or tables.
func (r *row) stateful() bool {
	found := false
	for i := range r.Writes {
		found = found || r.Writes[i].Kind == isa.DestState
	}
	sem.Walk(func(n *sem.Node) { found = found || n.Op == sem.OpRead || n.Op == sem.OpTable }, r.Exprs()...)
	return found
}

// countUnits executes an instruction with private state by the golden evaluation.
func (c *Model) countUnits(j Judge, row *row, r *trace.Record) {
	u, g := &c.unit, c.state
	if !row.state || u.spent[j] > budget {
		return
	}
	u.spent[j]++
	e := c.environment(row, r)
	e.judge, e.counts = j, true
	for _, eff := range row.Execute(e, u.widths).Writes {
		if eff.Kind != isa.DestState {
			continue
		}
		s := u.states[eff.Name]
		if eff.Element < 0 || eff.Element >= len(s.values) {
			continue
		}
		v := new(big.Int).SetUint64(eff.Value)
		if s.Signed {
			v = sem.SignExtend(v, s.Bits)
		}
		s.values[eff.Element], s.written[eff.Element] = v, true
		g.mark(s.writes[eff.Element*len(s.writes)/len(s.values)], j)
		r := s.Range()
		for i, is := range [4]bool{v.Sign() == 0, v.Cmp(r.Min) == 0, v.Cmp(r.Max) == 0, v.Sign() < 0} {
			if is {
				g.mark(s.corner[i], j)
			}
		}
	}
}

// environment gives an instruction its operands from the record and from what the
// records before have written.
type environment struct {
	c      *Model
	row    *row
	r      *trace.Record
	judge  Judge
	counts bool // what is read is covered
}

func (c *Model) environment(row *row, r *trace.Record) *environment {
	return &environment{c: c, row: row, r: r}
}

func (e *environment) Input(name string) *big.Int {
	enc := &e.row.Encoding
	word := func(v uint32) *big.Int { return new(big.Int).SetUint64(uint64(v)) }
	if f := enc.Field(name); f != nil {
		v := f.Extract(e.r.Insn)
		if f.Kind != isa.Register {
			return big.NewInt(v)
		}
		switch port, _ := portOf(e.row.Instruction, f); port {
		case 0:
			return word(e.r.Rs1RData)
		case 1:
			return word(e.r.Rs2RData)
		}
		return word(e.c.at.x[v&31])
	}
	if n, ok := fixedRegister(name); ok {
		return word(e.c.at.x[n])
	}
	switch base, isIndex := strings.CutSuffix(name, "_index"); {
	case isIndex && enc.Field(base) != nil:
		return big.NewInt(enc.Field(base).Extract(e.r.Insn))
	case name == "pc":
		return word(e.r.PC)
	case name == "load":
		return e.loaded()
	}
	return new(big.Int)
}

// loaded is what the instruction loaded, extended as it says.
func (e *environment) loaded() *big.Int {
	l := e.row.Load
	lane := 0
	for e.r.RMask>>lane&1 == 0 && lane < 4 {
		lane++
	}
	v := new(big.Int).SetUint64(uint64(e.r.MemRData) >> (8 * lane) & (1<<(8*l.Size) - 1))
	if l.Signed {
		v = sem.SignExtend(v, 8*l.Size)
	}
	return v
}

func (e *environment) Element(name string, i int) *big.Int {
	if t := e.c.unit.tables[name]; t != nil {
		if i < 0 || i >= len(t.Values) {
			return new(big.Int)
		}
		if e.counts {
			e.c.state.mark(t.reads[i*len(t.reads)/len(t.Values)], e.judge)
		}
		return t.Values[i]
	}
	s := e.c.unit.states[name]
	if s == nil || i < 0 || i >= len(s.values) {
		return new(big.Int)
	}
	if e.counts && s.written[i] {
		e.c.state.mark(s.reads[i*len(s.reads)/len(s.values)], e.judge)
	}
	return s.values[i]
}

// low is the low w bits of v.
func low(v *big.Int, w int) uint64 {
	m := new(big.Int).SetUint64(^uint64(0) >> (64 - w))
	return m.And(m, v).Uint64()
}
