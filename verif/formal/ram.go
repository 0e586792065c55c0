package formal

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// ramFile is the library's RAM; proofs of units take ramPorts for it.
const ramFile = "mv32_uram.v"

//go:embed uram.v
var ramPorts []byte

// reads lists the RAMs that an instruction reads.
func (b *builder) reads(p *isa.Placed) []*isa.State {
	var out []*isa.State
	for _, s := range b.m.States {
		found := false
		sem.Walk(func(n *sem.Node) { found = found || n.Op == sem.OpRead && n.Name == s.Name }, p.Exprs()...)
		if s.RAM && found {
			out = append(out, s)
		}
	}
	return out
}

// net is the wire at a port of a RAM, nil if nothing depends on it.
func (b *builder) net(s *isa.State, port string) []bit {
	for _, name := range keys(b.model.nets) {
		if strings.HasSuffix(name, "."+s.Name+"_q."+port) {
			return b.model.nets[name]
		}
	}
	return nil
}

// touched reports whether an instruction of the design reads or writes the RAM.
func (b *builder) touched(s *isa.State) bool {
	for _, p := range b.m.Exts {
		if slices.Contains(b.reads(p), s) || slices.ContainsFunc(p.Writes, func(w isa.Write) bool { return w.Kind == isa.DestState && w.Name == s.Name }) {
			return true
		}
	}
	return false
}

// port says that a port of a RAM has that value in a cycle. A RAM that no
// instruction reads or writes may have no wires, and then has nothing to show.
func (b *builder) port(u *unrolling, s *isa.State, port string, step int, value string) string {
	bits := b.net(s, port)
	if bits == nil {
		return fmt.Sprint(!b.touched(s))
	}
	return equal(u.word(bits, step), value)
}

// written says that the RAM is written in that cycle as the meaning says.
func (b *builder) written(u *unrolling, p *isa.Placed, s *isa.State, step int) string {
	name := fmt.Sprintf("%s_write_%s_", p.Name, s.Name)
	if _, ok := b.model.nets[name+"en_o"]; !ok {
		return b.port(u, s, "we_i", step, "#b0")
	}
	on := u.at(name+"en_o", step)
	return and(b.port(u, s, "we_i", step, on),
		"(=> "+holds(on)+" "+and(b.port(u, s, "waddr_i", step, u.at(name+"index_o", step)), b.port(u, s, "wdata_i", step, u.at(name+"o", step)))+")")
}

// cut puts an input, the same constant in all cycles, in the place of a signal of a
// cycle that has been shown to be what it stands for. What is proven for every value
// of the constant holds for the signal's.
func (u *unrolling) cut(input string, step int, signal []bit) {
	free := u.m.inputs[input]
	u.held(input)
	for i, b := range signal {
		if b.constant == "" {
			u.cuts[place{b, step}] = place{bit{value: free, index: i}, 0}
		}
	}
}
