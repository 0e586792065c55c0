package pass

import (
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// Resolve makes one design concrete: it selects the instructions, groups them
// into units, assigns results to the socket's ports, decides in which pipeline
// stage each state lives and derives the core's parameters.
func Resolve(s *isa.Spec, d *isa.Design, base []*isa.Instruction) (*isa.Machine, []isa.Problem) {
	m := &isa.Machine{Spec: s, Design: d, Base: base}
	want := map[string]bool{}
	for _, n := range d.Instructions {
		want[n] = true
	}
	r := &resolver{m: m}
	for _, ins := range s.Exts {
		if want[ins.Name] {
			m.Exts = append(m.Exts, r.place(ins))
		}
	}
	r.pins()
	r.units(s)
	r.copies()
	r.stages(s)
	r.socket()
	r.addresses()
	r.rams()
	r.slices()
	return m, r.problems
}

type resolver struct {
	m        *isa.Machine
	problems []isa.Problem
}

func (r *resolver) errorf(pos isa.Pos, summary, format string, args ...any) {
	r.problems = append(r.problems, isa.Problem{Pos: pos, Summary: summary, Detail: fmt.Sprintf(format, args...)})
}

// place assigns results to ports: the register fields in order to 0 and 1, a
// fixed register to 2. Two ports never see two writes of one instruction.
func (r *resolver) place(ins *isa.Instruction) *isa.Placed {
	p := &isa.Placed{Instruction: ins}
	port := 0
	for i := range ins.Writes {
		w := &ins.Writes[i]
		switch w.Kind {
		case isa.DestField:
			if p.Results[2] != nil {
				r.errorf(w.Pos, "Order of results", "%s writes %s after the fixed register %s. Where both name one register the last write wins, and in hardware that is the fixed one: write it last.", ins.Name, w.Name, p.Results[2].Name)
			}
			if w.When != nil {
				r.errorf(w.Pos, "Not in hardware", "%s writes a register under a condition; write the old value instead: rd = c ? x : rd.", ins.Name)
			}
			if port > 1 {
				r.errorf(w.Pos, "Too many results", "%s writes more than two registers; the socket has ports for two, and one for a fixed register.", ins.Name)
				continue
			}
			p.Results[port] = w
			port++
		case isa.DestFixed:
			if p.Results[2] != nil {
				r.errorf(w.Pos, "Too many results", "%s writes two fixed registers; the socket has a port for one.", ins.Name)
			}
			p.Results[2] = w
		case isa.DestPC, isa.DestCSR:
			r.errorf(w.Pos, "Not in hardware", "%s writes the pc or a CSR; only base instructions do. Use a loop block for loops.", ins.Name)
		}
	}
	if ins.Trap != nil || ins.System != "" {
		r.errorf(ins.Pos, "Not in hardware", "%s raises an exception or has a system effect; only base instructions do.", ins.Name)
	}
	if sem.Uses("csr", ins.Exprs()...) {
		r.errorf(ins.Pos, "Not in hardware", "%s reads a CSR; only base instructions do.", ins.Name)
	}
	if ins.Store != nil && ins.Load == nil && ins.Store.Addr == nil {
		r.errorf(ins.Pos, "Missing address", "%s stores nowhere.", ins.Name)
	}
	for _, name := range []string{"rs3", "rd"} { // read through the third port
		if sem.Uses(name, ins.Exprs()...) {
			if p.RS3 != "" {
				r.errorf(ins.Pos, "Too many operands", "%s reads both rs3 and rd; the register file has one port beyond rs1 and rs2.", ins.Name)
			}
			p.RS3 = name
		}
	}
	return p
}

// pins collects the fixed registers of the design: the written one first.
func (r *resolver) pins() {
	var regs []int
	add := func(reg int) {
		for _, x := range regs {
			if x == reg {
				return
			}
		}
		regs = append(regs, reg)
	}
	for _, p := range r.m.Exts {
		if w := p.Results[2]; w != nil {
			if add(w.Reg); regs[0] != w.Reg {
				r.errorf(w.Pos, "Too many results", "The instructions of design %s write different fixed registers, x%d and x%d; the socket has a port for one.", r.m.Design.Name, regs[0], w.Reg)
			}
		}
	}
	written := len(regs) > 0
	for _, p := range r.m.Exts {
		for _, name := range sem.Inputs(p.Exprs()...) {
			var reg int
			if n, _ := fmt.Sscanf(name, "x%d", &reg); n == 1 {
				if !written && len(regs) == 0 {
					regs = append(regs, 0) // pin 0 stays free: nothing writes it
				}
				add(reg)
			}
		}
	}
	if len(regs) > 3 {
		r.errorf(r.m.Design.Pos, "Too many fixed registers", "Design %s uses more than three fixed registers, or more than two besides the written one.", r.m.Design.Name)
		return
	}
	copy(r.m.Socket.Pins[:], regs)
}

// units groups the placed instructions; those that no unit names get their own.
func (r *resolver) units(s *isa.Spec) {
	owner := map[string]*isa.Unit{}
	for _, u := range s.Units {
		for _, n := range u.Instructions {
			owner[n] = u
		}
	}
	byName := map[string]*isa.PlacedUnit{}
	for _, p := range r.m.Exts {
		u := owner[p.Name]
		if u == nil {
			u = &isa.Unit{Name: p.Name, Summary: p.Summary, Latency: 1, Pipeline: "auto"}
		}
		pu := byName[u.Name]
		if pu == nil {
			pu = &isa.PlacedUnit{Name: u.Name, Summary: u.Summary, Pipeline: u.Pipeline, Latency: u.Latency, Apart: u.Apart}
			byName[u.Name] = pu
			r.m.Units = append(r.m.Units, pu)
		}
		p.Unit = pu
		pu.Instructions = append(pu.Instructions, p)
	}
	for _, u := range r.m.Units {
		if u.Pipeline == "auto" {
			// A multiplier ends at the DSP's own output register; what follows is W's.
			u.Pipeline = "x"
			for _, p := range u.Instructions {
				sem.Walk(func(n *sem.Node) {
					if n.Op == sem.OpMul {
						u.Pipeline = "split"
					}
				}, p.Exprs()...)
			}
		}
	}
}

// stages decides which states live in W: those whose new value needs the loaded
// word, directly or through another such state. All others live in X.
func (r *resolver) stages(s *isa.Spec) {
	inW, ram := map[string]bool{}, ramNames(s)
	needsW := func(n *sem.Node) bool {
		found := false
		sem.Walk(func(n *sem.Node) {
			found = found || n.Op == sem.OpInput && (n.Name == "load" || n.Name == fmt.Sprintf("x%d", r.m.Socket.Pins[0])) ||
				n.Op == sem.OpRead && (inW[n.Name] || ram[n.Name])
		}, n)
		return found
	}
	for changed := true; changed; {
		changed = false
		for _, p := range r.m.Exts {
			for i := range p.Writes {
				w := &p.Writes[i]
				late := needsW(w.Value) || needsW(w.When) || needsW(w.Index) || p.Unit.Pipeline == "w" ||
					p.Unit.Pipeline == "split" && (hasMul(w.Value) || hasMul(w.When) || hasMul(w.Index))
				if w.Kind == isa.DestState && !inW[w.Name] && !ram[w.Name] && late {
					inW[w.Name] = true
					changed = true
				}
			}
			// An element that is chosen late is read late, and then the state must not
			// change before.
			sem.Walk(func(n *sem.Node) {
				if n.Op == sem.OpRead && !inW[n.Name] && !ram[n.Name] && (needsW(n.Args[0]) || p.Unit.Pipeline == "split" && hasMul(n.Args[0])) {
					inW[n.Name] = true
					changed = true
				}
			}, p.Exprs()...)
		}
	}
	users := map[string]*isa.PlacedUnit{}
	for _, p := range r.m.Exts {
		for _, e := range p.Exprs() {
			p.ReadsW = p.ReadsW || needsW(e)
		}
		for _, name := range elements(p.Instruction) {
			if u := users[name]; u != nil && u != p.Unit {
				r.errorf(p.Pos, "State in two units", "The state or table %q is used by the units %s and %s; put those instructions into one unit.", name, u.Name, p.Unit.Name)
			}
			users[name] = p.Unit
		}
	}
	for _, st := range s.States {
		if u := users[st.Name]; u != nil {
			c := *st
			if inW[st.Name] {
				c.Stage = isa.StageW
			}
			u.States = append(u.States, &c)
			r.m.States = append(r.m.States, &c)
		}
	}
	for _, t := range s.Tables {
		if u := users[t.Name]; u != nil {
			u.Tables = append(u.Tables, t)
			r.m.Tables = append(r.m.Tables, t)
		}
	}
}

// copies lets sums of result 0 share an adder. Where one instruction of a unit
// adds to its third register (rd + a*b) and another adds to rs1 (rs1 + i), the
// other reads rs1 through the third port too: the unit then computes
// third + (first ? a*b : i) with one adder and no multiplexer behind it.
func (r *resolver) copies() {
	for _, u := range r.m.Units {
		adds := false
		for _, p := range u.Instructions {
			adds = adds || p.RS3 != "" && p.Results[0] != nil && addsTo(p.Results[0].Value, p.RS3)
		}
		for _, p := range u.Instructions {
			if !adds || p.RS3 != "" || p.Results[0] == nil {
				continue
			}
			for _, name := range []string{"rs1", "rs2"} {
				if p.RS3 == "" && addsTo(p.Results[0].Value, name) {
					p.RS3, p.Copy = name, true
				}
			}
		}
	}
}

// addsTo reports whether n is a sum of the operand and something else.
func addsTo(n *sem.Node, operand string) bool {
	if n.Op != sem.OpAdd {
		return false
	}
	for i, a := range n.Args {
		if a.Op == sem.OpInput && a.Name == operand && !sem.Uses(operand, n.Args[1-i]) {
			return true
		}
	}
	return false
}

func hasMul(n *sem.Node) bool {
	found := false
	sem.Walk(func(n *sem.Node) { found = found || n.Op == sem.OpMul }, n)
	return found
}

// elements lists the states and tables an instruction reads or writes.
func elements(ins *isa.Instruction) []string {
	var out []string
	seen := map[string]bool{}
	add := func(n string) {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	sem.Walk(func(n *sem.Node) {
		if n.Op == sem.OpRead || n.Op == sem.OpTable {
			add(n.Name)
		}
	}, ins.Exprs()...)
	for i := range ins.Writes {
		if ins.Writes[i].Kind == isa.DestState {
			add(ins.Writes[i].Name)
		}
	}
	return out
}

func (r *resolver) socket() {
	k := &r.m.Socket
	k.Present = len(r.m.Exts) > 0
	for _, p := range r.m.Exts {
		k.RS3 = k.RS3 || p.RS3 != ""
		k.Mem = k.Mem || p.Load != nil || p.Store != nil
		k.Store = k.Store || p.Store != nil
		for i, w := range p.Results {
			if w != nil {
				k.Results = max(k.Results, i+1)
			}
		}
		if l := p.Loop; l != nil {
			k.Loops = max(k.Loops, int(l.Level.Range.Max.Int64())+1)
			if l.Count.Range.Negative() || l.Count.Width() > 32 {
				r.errorf(l.Pos, "Number out of range", "The count of %s ranges over %s; it is a number of at most 32 bits.", p.Name, l.Count.Range)
			}
			k.LoopBits = max(k.LoopBits, l.Count.Width())
		}
	}
	k.LoopBits = min(max(k.LoopBits, 3), 32)
	k.WPorts = k.Results
	if n := r.m.Design.WritePorts; n > 0 {
		k.WPorts = min(n, k.Results)
	}
	k.WPorts = max(1, k.WPorts)
}

// addresses checks what must be known in X: addresses, loop set-ups, and the new
// values of states that live there.
func (r *resolver) addresses() {
	late := r.late()
	check := func(p *isa.Placed, what string, n *sem.Node, pos isa.Pos) {
		if n != nil && late(n) {
			r.errorf(pos, "Known too late", "%s of %s depends on loaded data, on what a RAM holds or on a state that those change; it must be known a stage earlier. Keep pointers in a state of their own.", what, p.Name)
		}
	}
	for _, p := range r.m.Exts {
		if p.Load != nil {
			check(p, "The load address", p.Load.Addr, p.Load.Pos)
		}
		if p.Store != nil {
			check(p, "The store address", p.Store.Addr, p.Store.Pos)
			check(p, "The stored value", p.Store.Data, p.Store.Pos)
		}
		if p.Loop != nil {
			for _, n := range []*sem.Node{p.Loop.Level, p.Loop.Count, p.Loop.End} {
				check(p, "The loop set-up", n, p.Loop.Pos)
			}
		}
	}
}
