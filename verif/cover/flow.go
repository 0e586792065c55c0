package cover

import (
	"sort"

	"marvelgen/gen/isa"
	"marvelgen/verif/trace"
)

// flowItems are the items of control flow.
type flowItems struct {
	branch   map[*isa.Instruction][4]int // not taken, taken; of these forward, backward
	jump     map[*isa.Instruction][2]int // forward or not
	trap     map[string]int              // by cause
	replaced []int                       // by class: the instruction that an interrupt came in place of
	mret     [3]int                      // after an interrupt, an exception, by itself
	nested   int                         // an exception right behind another's return
}

// flowState is what control flow remembers of a stream.
type flowState struct {
	left    uint32 // address that the last interrupt left, to see what was replaced
	pending bool
	inside  int // 1 in a handler of an interrupt, 2 of an exception
}

// newFlow adds the items of control flow.
func (c *Model) newFlow() {
	f, g := &c.flow, c.control
	f.branch, f.jump, f.trap = map[*isa.Instruction][4]int{}, map[*isa.Instruction][2]int{}, map[string]int{}
	memory := map[string]bool{}
	for _, ins := range c.machine.All() {
		class := classOf(c.byIns[ins])
		switch class {
		case "branch":
			f.branch[ins] = [4]int{g.add(ins.Name+" forward, not taken (predicted right)", ""), g.add(ins.Name+" backward, not taken (predicted wrong)", ""),
				g.add(ins.Name+" forward, taken (predicted wrong)", ""), g.add(ins.Name+" backward, taken (predicted right)", "")}
		case "jal", "jalr":
			f.jump[ins] = [2]int{g.add(ins.Name+" forward", ""), g.add(ins.Name+" backward", "")}
		}
		memory["load"] = memory["load"] || ins.Load != nil && ins.Load.Size > 1
		memory["store"] = memory["store"] || ins.Store != nil && ins.Store.Size > 1
		if class == "custom load" || class == "custom store" {
			memory[class] = (ins.Load == nil || ins.Load.Size > 1) && (ins.Store == nil || ins.Store.Size > 1) || memory[class]
		}
	}
	causes := []string{"illegal instruction", "misaligned branch", "misaligned jal", "misaligned jalr", "ecall", "ebreak", "misaligned load", "misaligned store"}
	for _, custom := range []string{"custom load", "custom store"} {
		if memory[custom] {
			causes = append(causes, "misaligned "+custom)
		}
	}
	for _, cause := range causes {
		f.trap[cause] = g.add("trap: "+cause, "")
	}
	names := make([]string, 0, len(c.classes))
	for name := range c.classes {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return c.classes[names[i]] < c.classes[names[j]] })
	for _, name := range names {
		why := ""
		if name == "mret" {
			why = "programs disable interrupts before it, as they must"
		}
		f.replaced = append(f.replaced, g.add("interrupt in place of: "+name, why))
	}
	f.mret = [3]int{g.add("mret from an interrupt", ""), g.add("mret from an exception", ""), g.add("mret elsewhere", "")}
	f.nested = g.add("an exception right behind another", "")
}

// countFlow counts jumps, traps, interrupts and returns.
func (c *Model) countFlow(j Judge, s *step) {
	f, st, g, r := &c.flow, &c.at.flow, c.control, &s.rec
	if r.Flags&trace.Intr != 0 && c.at.last.ok {
		st.left, st.pending, st.inside = c.at.last.rec.NextPC, true, 1
	} else if st.pending && r.PC == st.left {
		st.pending = false
		if s.row != nil {
			g.mark(f.replaced[s.row.class], j)
		}
	}
	if r.Flags&trace.Trap != 0 {
		g.mark(f.causeOf(s), j)
		st.inside = 2
		if last := &c.at.last; last.row != nil && last.row.System == "mret" && last.rec.NextPC == r.PC {
			g.mark(f.nested, j)
		}
		return
	}
	if s.row == nil {
		return
	}
	ins := s.row.Instruction
	if b, ok := f.branch[ins]; ok {
		imm := ins.Encoding.Field("imm")
		n := 0
		if imm != nil && imm.Extract(r.Insn) < 0 {
			n = 1
		}
		if imm != nil && r.NextPC == r.PC+uint32(imm.Extract(r.Insn)) && r.NextPC != r.PC+4 {
			n += 2
		}
		g.mark(b[n], j)
	} else if b, ok := f.jump[ins]; ok {
		g.mark(b[boolInt(r.NextPC <= r.PC)], j)
	} else if ins.System == "mret" {
		g.mark(f.mret[[...]int{2, 0, 1}[st.inside]], j)
		st.inside = 0
	}
}

// causeOf is the item of a trap.
func (f *flowItems) causeOf(s *step) int {
	if s.row == nil || s.row.class < 0 {
		return f.trap["illegal instruction"]
	}
	ins := s.row.Instruction
	name := ins.Name
	switch class := classOf(s.row); {
	case ins.Encoding.Field("csr") != nil:
		name = "illegal instruction"
	case class == "branch", class == "jal", class == "jalr":
		name = "misaligned " + class
	case ins.Load != nil || ins.Store != nil:
		name = "misaligned " + class
	}
	if n, ok := f.trap[name]; ok {
		return n
	}
	return none
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
