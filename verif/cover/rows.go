package cover

import (
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// row is what the model knows of an instruction.
type row struct {
	*isa.Instruction
	item     int
	traps    bool // it always does
	class    int  // as a producer and at a loop's end
	results  [3]bool
	producer [3]int // their numbers among the producers of hazards
	custom   bool
	state    bool // see stateful

	zero   []regItem  // a result to x0
	equal  []pairItem // two fields name one register
	bounds []immItem
	values []valueItem
	done   [judges]bool // all operand items are hit

	reads []readItem // operands, as consumers of hazards
}

type regItem struct {
	shift uint
	item  int
}

type pairItem struct {
	a, b uint
	item int
}

type immItem struct {
	field  *isa.Field
	values []int64
	items  []int
}

// valueItem is a register operand at a place of the trace record.
type valueItem struct {
	port  int // 0 rs1, 1 rs2, 2 rs3
	items [4]int
}

// corners are the values that each register operand should take.
var corners = [4]struct {
	value uint32
	name  string
}{{0, "0"}, {0xffffffff, "-1"}, {0x80000000, "the least"}, {0x7fffffff, "the greatest"}}

// newRow adds an instruction's items.
func (c *Model) newRow(ins *isa.Instruction, p *isa.Placed) *row {
	r := &row{Instruction: ins, custom: p != nil, traps: ins.Trap != nil && ins.Trap.When == nil}
	r.item = c.instructions.add(ins.Name, "")
	written := map[string]bool{}
	jump := false
	for i := range ins.Writes {
		w := &ins.Writes[i]
		jump = jump || w.Kind == isa.DestPC
		if w.Kind == isa.DestField {
			written[w.Name] = true
		}
	}
	if p != nil {
		for i, w := range p.Results {
			r.results[i] = w != nil
		}
	} else {
		r.results[0] = written["rd"]
	}
	r.state = r.stateful()
	exprs := ins.Exprs()
	var regs []*isa.Field
	for i := range ins.Encoding.Fields {
		f := &ins.Encoding.Fields[i]
		if f.Kind != isa.Register {
			if f.Name != "csr" && ins.Loop == nil {
				r.bounds = append(r.bounds, c.newImmediate(ins, f, jump))
			}
			continue
		}
		regs = append(regs, f)
		lo := uint(f.Pieces[0].Lo)
		if written[f.Name] {
			r.zero = append(r.zero, regItem{lo, c.operands.add(fmt.Sprintf("%s: %s = x0", ins.Name, f.Name), "")})
		}
		if port, ok := portOf(ins, f); ok && sem.Uses(f.Name, exprs...) {
			r.reads = append(r.reads, readItem{name: f.Name, shift: lo, fixed: -1})
			if v, ok := c.newValues(ins, f, port); ok {
				r.values = append(r.values, v)
			}
		}
	}
	for i, a := range regs {
		for _, b := range regs[:i] {
			r.equal = append(r.equal, pairItem{uint(a.Pieces[0].Lo), uint(b.Pieces[0].Lo),
				c.operands.add(fmt.Sprintf("%s: %s = %s", ins.Name, b.Name, a.Name), pointerWhy(ins, b.Name, a.Name, written))})
		}
	}
	for _, name := range sem.Inputs(exprs...) {
		if n, ok := fixedRegister(name); ok {
			r.reads = append(r.reads, readItem{name: "fixed register", fixed: n})
		}
	}
	return r
}

// pointerWhy explains a pair that random programs cannot have.
func pointerWhy(ins *isa.Instruction, a, b string, written map[string]bool) string {
	access := ins.Load
	if access == nil {
		access = ins.Store
	}
	if access != nil && (written[a] || written[b]) && (sem.Uses(a, access.Addr) || sem.Uses(b, access.Addr)) {
		return "programs choose the register of their addresses; vectors have this"
	}
	return ""
}

// newImmediate adds the corners of an immediate.
func (c *Model) newImmediate(ins *isa.Instruction, f *isa.Field, jump bool) immItem {
	lo, hi := f.Bounds()
	out := immItem{field: f}
	if jump && ins.Encoding.Field("rs2") == nil && ins.Encoding.Field("rs1") == nil {
		hi &^= 3 // anything else traps
	}
	for _, v := range []int64{lo, 0, hi} {
		if v == 0 && lo == 0 && len(out.values) > 0 || jump && v == 0 && ins.Encoding.Field("rs1") == nil {
			continue // said already; or a jump to itself, which never ends
		}
		why := ""
		if jump && v != 0 && hi > 1<<16 {
			why = "a jump over a megabyte, of which vectors have a few"
		} else if jump && v != 0 {
			why = "the jump's reach; vectors have this"
		} else if jump && ins.Encoding.Field("rs2") != nil {
			why = "a branch to itself: only if it is not taken"
		} else if ins.Load != nil || ins.Store != nil {
			why = "programs access near their pointer; vectors have this"
		}
		out.values = append(out.values, v)
		out.items = append(out.items, c.operands.add(fmt.Sprintf("%s: %s = %d", ins.Name, f.Name, v), why))
	}
	return out
}

// newValues adds the corner values of a register operand; not for addresses, which
// cannot take them.
func (c *Model) newValues(ins *isa.Instruction, f *isa.Field, port int) (v valueItem, ok bool) {
	for _, a := range []*isa.Access{ins.Load, ins.Store} {
		if a != nil && sem.Uses(f.Name, a.Addr) {
			return v, false
		}
	}
	if ins.Loop != nil && (sem.Uses(f.Name, ins.Loop.Count) || sem.Uses(f.Name, ins.Loop.End)) {
		return v, false
	}
	for i := range ins.Writes {
		if w := &ins.Writes[i]; w.Kind == isa.DestPC && w.Value.Op != sem.OpCond && sem.Uses(f.Name, w.Value) {
			return v, false
		}
	}
	v.port = port
	for i := range corners {
		v.items[i] = c.operands.add(fmt.Sprintf("%s: %s is %s", ins.Name, f.Name, corners[i].name), "")
	}
	return v, true
}

// portOf is the place of a register field's value in the trace record.
func portOf(ins *isa.Instruction, f *isa.Field) (int, bool) {
	switch {
	case len(f.Pieces) != 1:
		return 0, false
	case f.Pieces[0].Lo == 15:
		return 0, true
	case f.Pieces[0].Lo == 20:
		return 1, true
	}
	return 2, true
}

// countOperands counts the corners of an instruction's operands.
func (c *Model) countOperands(j Judge, row *row, r *trace.Record) {
	if row.done[j] {
		return
	}
	g := c.operands
	all := true
	hit := func(n int, is bool) {
		if is {
			g.hit[n] |= 1 << j
		}
		all = all && g.hit[n]>>j&1 != 0
	}
	for _, i := range row.zero {
		hit(i.item, r.Insn>>i.shift&31 == 0)
	}
	for _, i := range row.equal {
		hit(i.item, r.Insn>>i.a&31 == r.Insn>>i.b&31)
	}
	for _, i := range row.bounds {
		v := i.field.Extract(r.Insn)
		for k, want := range i.values {
			hit(i.items[k], v == want)
		}
	}
	for _, i := range row.values {
		v := [...]uint32{r.Rs1RData, r.Rs2RData, r.Rs3RData}[i.port]
		for k := range corners {
			hit(i.items[k], v == corners[k].value)
		}
	}
	row.done[j] = all
}

// fixedRegister is the number of a register that a meaning names itself.
func fixedRegister(name string) (int, bool) {
	n, ok := isa.RegNumber(name)
	return n, ok && name[0] == 'x' && n > 0
}
