package pass

import (
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// ramNames are the states that the spec keeps in RAMs.
func ramNames(s *isa.Spec) map[string]bool {
	out := map[string]bool{}
	for _, st := range s.States {
		out[st.Name] = st.RAM
	}
	return out
}

// late is the test for what does not exist before stage W, once states have
// their stages. The contents of a RAM change in X, but what is read from it is
// there in W.
func (r *resolver) late() func(*sem.Node) bool {
	inW := map[string]bool{}
	for _, st := range r.m.States {
		inW[st.Name] = st.RAM || st.Stage == isa.StageW
	}
	return func(n *sem.Node) bool {
		found := false
		sem.Walk(func(n *sem.Node) {
			found = found || n.Op == sem.OpInput && n.Name == "load" || n.Op == sem.OpRead && inW[n.Name]
		}, n)
		return found
	}
}

// rams checks what a RAM with one write and one read port asks of instructions.
func (r *resolver) rams() {
	for _, p := range r.m.Exts {
		for _, st := range r.m.States {
			if st.RAM {
				r.ram(p, st)
			}
		}
	}
}

func (r *resolver) ram(p *isa.Placed, st *isa.State) {
	late := r.late()
	pin := fmt.Sprintf("x%d", r.m.Socket.Pins[0])
	tooLate := func(n *sem.Node) bool {
		return n != nil && (late(n) || r.m.Socket.Pins[0] != 0 && sem.Uses(pin, n))
	}
	const early = "it must be known a stage earlier. Let it follow from registers, fields and states that neither loads nor RAMs change."
	index := ""
	sem.Walk(func(n *sem.Node) {
		if n.Op != sem.OpRead || n.Name != st.Name {
			return
		}
		i := n.Args[0]
		if tooLate(i) {
			r.errorf(p.Pos, "Known too late", "%s reads the RAM %s at %s, which depends on loaded data, on what a RAM holds or on a state that those change; "+early, p.Name, st.Name, i.Infix())
		}
		switch text := i.String(); {
		case index == "":
			index = text
		case index != text:
			r.errorf(p.Pos, "Two reads of a RAM", "%s reads two elements of the RAM %s, which has one read port, the second one at %s. Choose the index instead: %s[c ? i : j].", p.Name, st.Name, i.Infix(), st.Name)
		}
	}, p.Exprs()...)
	written := false
	for i := range p.Writes {
		w := &p.Writes[i]
		if w.Kind != isa.DestState || w.Name != st.Name {
			continue
		}
		if written {
			r.errorf(w.Pos, "Two writes of a RAM", "%s writes the RAM %s twice; it has one write port. Choose index and value in one set block.", p.Name, st.Name)
			return // each element of a list would say so again
		}
		written = true
		if index != "" {
			r.errorf(w.Pos, "Reads and writes a RAM", "%s reads the RAM %s and writes it; an instruction can do one of them. Split it into two instructions.", p.Name, st.Name)
		}
		for _, part := range []struct {
			what string
			n    *sem.Node
		}{{"index", w.Index}, {"value", w.Value}, {"condition", w.When}} {
			if tooLate(part.n) {
				r.errorf(w.Pos, "Known too late", "The %s of what %s writes to the RAM %s depends on loaded data, on what a RAM holds or on a state that those change; "+early, part.what, p.Name, st.Name)
			}
		}
	}
}
