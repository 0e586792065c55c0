package cover

import (
	"fmt"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// readItem is a register operand of an instruction.
type readItem struct {
	name     string
	shift    uint
	fixed    int // register, or -1
	consumer int
}

// hazardTable numbers the crosses of who writes a register and who reads it.
type hazardTable struct {
	producers map[string]int
	items     [][]int // by producer and consumer: the item at distance 1; distance 2 follows
}

// classOf is what sort of instruction this is, as a producer of results and at the
// end of a loop.
func classOf(r *row) string {
	ins := r.Instruction
	mul, div, pc := false, false, false
	sem.Walk(func(n *sem.Node) {
		mul = mul || n.Op == sem.OpMul
		div = div || n.Op == sem.OpQuo || n.Op == sem.OpRem
	}, ins.Exprs()...)
	for i := range ins.Writes {
		pc = pc || ins.Writes[i].Kind == isa.DestPC
	}
	switch {
	case ins.Loop != nil:
		return "loop set-up"
	case r.custom && ins.Load != nil:
		return "custom load"
	case r.custom && ins.Store != nil:
		return "custom store"
	case r.custom:
		return "custom"
	case ins.Trap != nil:
		return "ecall, ebreak"
	case ins.System != "":
		return ins.System
	case ins.Encoding.Field("csr") != nil:
		return "CSR"
	case pc && r.results[0] && ins.Encoding.Field("rs1") != nil:
		return "jalr"
	case pc && r.results[0]:
		return "jal"
	case pc:
		return "branch"
	case ins.Load != nil:
		return "load"
	case ins.Store != nil:
		return "store"
	case div:
		return "divide"
	case mul:
		return "multiply"
	}
	return "ALU"
}

// newHazards adds the crosses that the machine can have.
func (c *Model) newHazards() {
	h := &c.hazard
	h.producers = map[string]int{}
	var producers, consumers []string
	number := map[string]int{}
	for _, ins := range c.machine.All() {
		row := c.byIns[ins]
		class := classOf(row)
		if _, ok := c.classes[class]; !ok {
			c.classes[class] = len(c.classes)
		}
		row.class = c.classes[class]
		for i, has := range row.results {
			if name := producer(class, i); has {
				if _, ok := h.producers[name]; !ok {
					h.producers[name] = len(producers)
					producers = append(producers, name)
				}
			}
		}
		for k := range row.reads {
			name := class + " " + row.reads[k].name
			n, ok := number[name]
			if !ok {
				n = len(consumers)
				number[name] = n
				consumers = append(consumers, name)
			}
			row.reads[k].consumer = n
		}
	}
	h.items = make([][]int, len(producers))
	for p, from := range producers {
		for _, to := range consumers {
			why := hazardWhy(from, to)
			h.items[p] = append(h.items[p], c.hazards.add(fmt.Sprintf("%s → %s, next", from, to), why))
			c.hazards.add(fmt.Sprintf("%s → %s, one between", from, to), why)
		}
	}
	for _, row := range c.byIns {
		row.produces(h, c)
	}
}

// hazardWhy explains a cross that programs have by chance only, or never.
func hazardWhy(from, to string) string {
	custom, link := strings.HasPrefix(from, "custom") || strings.HasPrefix(from, "loop"), strings.HasPrefix(from, "jal")
	address := strings.HasSuffix(to, "load rs1") || strings.HasSuffix(to, "store rs1") || to == "jalr rs1"
	switch count := strings.HasPrefix(to, "loop set-up"); {
	case custom && (address || count):
		return "what a custom instruction computes is an address or a count by chance only"
	case link && count:
		return "a link address is no count"
	case link && (strings.HasSuffix(to, "store rs1") || to == "custom load rs1"):
		return "a link address is code, which programs neither write nor use as operands"
	}
	return ""
}

// producer names result i of a class.
func producer(class string, i int) string {
	if i == 0 {
		return class
	}
	return fmt.Sprintf("%s result %d", class, i+1)
}

// produces finds the numbers of the row's results as producers.
func (r *row) produces(h *hazardTable, c *Model) {
	class := classOf(r)
	for i := range r.results {
		r.producer[i] = none
		if n, ok := h.producers[producer(class, i)]; ok && r.results[i] {
			r.producer[i] = n
		}
	}
}

// countHazards counts from which of the two instructions before each operand comes.
func (c *Model) countHazards(j Judge, row *row, r *trace.Record) {
	for i := range row.reads {
		read := &row.reads[i]
		reg := uint8(read.fixed)
		if read.fixed < 0 {
			reg = uint8(r.Insn >> read.shift & 31)
		}
		if reg == 0 {
			continue
		}
		if p := c.at.last.producerOf(reg); p != none {
			c.hazards.mark(c.hazard.items[p][read.consumer], j)
		} else if p := c.at.before.producerOf(reg); p != none {
			c.hazards.mark(c.hazard.items[p][read.consumer]+1, j)
		}
	}
}

// producerOf is the class of the step's result that went to a register.
func (s *step) producerOf(reg uint8) int {
	if s.row == nil {
		return none
	}
	switch reg {
	case s.rec.Rd3:
		return s.row.producer[2]
	case s.rec.Rd2:
		return s.row.producer[1]
	case s.rec.Rd:
		return s.row.producer[0]
	}
	return none
}
