// Package energy estimates the dynamic energy of a core from its gates: it simulates
// the mapped netlist over windows of a real program, sixty-four at a time, counts how
// often every net changes, and weighs each change with the capacitance behind it.
package energy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Kind is a cell of the netlist.
type Kind uint8

// The cells that the script of Script maps to.
const (
	Not Kind = iota
	Nand
	Nor
	Xor
	Xnor
	Mux  // S ? B : A
	Aoi3 // !(A&B | C)
	Oai3 // !((A|B) & C)
	Aoi4 // !(A&B | C&D)
	Oai4 // !((A|B) & (C|D))
	kinds
)

// cells names kinds and their inputs as Yosys does.
var cells = [kinds]struct {
	name string
	pins []string
}{
	Not: {"$_NOT_", []string{"A"}}, Nand: {"$_NAND_", []string{"A", "B"}}, Nor: {"$_NOR_", []string{"A", "B"}},
	Xor: {"$_XOR_", []string{"A", "B"}}, Xnor: {"$_XNOR_", []string{"A", "B"}}, Mux: {"$_MUX_", []string{"A", "B", "S"}},
	Aoi3: {"$_AOI3_", []string{"A", "B", "C"}}, Oai3: {"$_OAI3_", []string{"A", "B", "C"}},
	Aoi4: {"$_AOI4_", []string{"A", "B", "C", "D"}}, Oai4: {"$_OAI4_", []string{"A", "B", "C", "D"}},
}

// Nets 0 and 1 are the constants.
const (
	net0 = 0
	net1 = 1
)

// Gate is a cell without memory.
type Gate struct {
	Kind Kind
	Out  int32
	In   [4]int32
}

// FF is a flip-flop on the rising edge. En is net 1 where it has no enable.
type FF struct{ D, Q, En int32 }

// RAM is an mv32_uram: synchronous, a write port and a read port, the former word
// where both meet.
type RAM struct {
	Name                       string // of the instance
	Words                      int
	WE, RE                     int32
	WAddr, WData, RAddr, RData []int32
}

// Port is a port of the netlist.
type Port struct {
	Name string
	Bits []int32
}

// Netlist is a core in gates. Gates stand in an order in which inputs come first.
type Netlist struct {
	Name            string
	Nets            int
	Gates           []Gate
	FFs             []FF
	RAMs            []RAM
	Inputs, Outputs []Port
	Names           map[string][]int32 // the nets of every named signal, lowest bit first
}

type jsonModule struct {
	Ports map[string]struct {
		Direction string `json:"direction"`
		Bits      []any  `json:"bits"`
	} `json:"ports"`
	Params map[string]string `json:"parameter_default_values"`
	Cells  map[string]struct {
		Type        string           `json:"type"`
		Connections map[string][]any `json:"connections"`
	} `json:"cells"`
	Nets map[string]struct {
		Hide int   `json:"hide_name"`
		Bits []any `json:"bits"`
	} `json:"netnames"`
}

// uram is the module of the private memories, which stay whole.
const uram = "mv32_uram"

// Parse reads what write_json made of a core; top is its module. Cells and ports that
// it does not know are errors: what nobody counts would make a design look frugal.
func Parse(data []byte, top string) (*Netlist, error) {
	var file struct {
		Modules map[string]jsonModule `json:"modules"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("the netlist is not JSON: %w", err)
	}
	m, ok := file.Modules[top]
	if !ok {
		return nil, fmt.Errorf("the netlist has no module %s", top)
	}
	p := &parser{number: map[int]int32{}, n: &Netlist{Name: top, Nets: 2, Names: map[string][]int32{}}}
	n := p.n
	for _, name := range sorted(m.Ports) {
		port := Port{name, p.nets(m.Ports[name].Bits)}
		switch m.Ports[name].Direction {
		case "input":
			n.Inputs = append(n.Inputs, port)
		case "output":
			n.Outputs = append(n.Outputs, port)
		default:
			return nil, fmt.Errorf("port %s is %q, want input or output", name, m.Ports[name].Direction)
		}
	}
	for _, name := range sorted(m.Cells) {
		c := m.Cells[name]
		if p.cell(c.Type, c.Connections) {
			continue
		}
		ram, ok := file.Modules[c.Type]
		if !ok || !strings.HasSuffix(c.Type, uram) {
			return nil, fmt.Errorf("cell %s is a %s, which has no known energy", name, c.Type)
		}
		if err := p.ram(name, ram, c.Connections); err != nil {
			return nil, err
		}
	}
	for name, s := range m.Nets {
		if s.Hide == 0 {
			n.Names[name] = p.nets(s.Bits)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return n, n.order()
}

type parser struct {
	n      *Netlist
	number map[int]int32
	err    error
}

// nets numbers bits as they come.
func (p *parser) nets(bits []any) []int32 {
	out := make([]int32, len(bits))
	for i, b := range bits {
		switch b := b.(type) {
		case float64:
			id, ok := p.number[int(b)]
			if !ok {
				id = int32(p.n.Nets)
				p.number[int(b)] = id
				p.n.Nets++
			}
			out[i] = id
		case string:
			if b == "1" {
				out[i] = net1
			} // undefined bits are 0, as Verilator has them
		default:
			p.err = fmt.Errorf("bit %v of the netlist is no net", b)
		}
	}
	return out
}

func (p *parser) pin(conns map[string][]any, name string) int32 {
	b := p.nets(conns[name])
	if len(b) != 1 {
		p.err = fmt.Errorf("pin %s has %d bits, want 1", name, len(b))
		return net0
	}
	return b[0]
}

// cell adds a gate or a flip-flop and reports whether it is one.
func (p *parser) cell(kind string, conns map[string][]any) bool {
	switch kind {
	case "$_DFF_P_":
		p.n.FFs = append(p.n.FFs, FF{D: p.pin(conns, "D"), Q: p.pin(conns, "Q"), En: net1})
		return true
	case "$_DFFE_PP_":
		p.n.FFs = append(p.n.FFs, FF{D: p.pin(conns, "D"), Q: p.pin(conns, "Q"), En: p.pin(conns, "E")})
		return true
	}
	for k, c := range cells {
		if c.name == kind {
			g := Gate{Kind: Kind(k), Out: p.pin(conns, "Y")}
			for i, pin := range c.pins {
				g.In[i] = p.pin(conns, pin)
			}
			p.n.Gates = append(p.n.Gates, g)
			return true
		}
	}
	return false
}

func (p *parser) ram(name string, m jsonModule, conns map[string][]any) error {
	r := RAM{Name: name, WE: p.pin(conns, "we_i"), RE: p.pin(conns, "re_i"), WAddr: p.nets(conns["waddr_i"]),
		WData: p.nets(conns["wdata_i"]), RAddr: p.nets(conns["raddr_i"]), RData: p.nets(conns["rdata_o"])}
	for _, b := range m.Params["WORDS"] {
		r.Words = 2*r.Words + int(b-'0')
	}
	if r.Words < 2 || r.Words > 1<<20 || len(r.WAddr) > 20 || len(r.WAddr) != len(r.RAddr) || len(r.RData) != len(r.WData) || len(r.RData) > 64 {
		return fmt.Errorf("memory %s: %d words of %d bits with %d bits of address", name, r.Words, len(r.RData), len(r.RAddr))
	}
	p.n.RAMs = append(p.n.RAMs, r)
	return nil
}

// order sorts gates so that inputs come first, and checks that every net has one driver.
func (n *Netlist) order() error {
	driver := make([]int32, n.Nets) // 0 none, -1 a source, else gate + 1
	var err error
	drive := func(net, by int32) {
		if driver[net] != 0 {
			err = fmt.Errorf("net %d has two drivers", net)
		}
		driver[net] = by
	}
	drive(net0, -1)
	drive(net1, -1)
	for _, p := range n.Inputs {
		for _, b := range p.Bits {
			drive(b, -1)
		}
	}
	for _, f := range n.FFs {
		drive(f.Q, -1)
	}
	for _, r := range n.RAMs {
		for _, b := range r.RData {
			drive(b, -1)
		}
	}
	for i, g := range n.Gates {
		drive(g.Out, int32(i+1))
	}
	if err != nil {
		return err
	}
	out := make([]Gate, 0, len(n.Gates))
	const waiting, done = 1, 2
	state := make([]uint8, len(n.Gates))
	stack := []int32{}
	for first := range n.Gates {
		stack = append(stack, int32(first))
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			g := &n.Gates[i]
			if state[i] == done {
				stack = stack[:len(stack)-1]
				continue
			}
			ready := true
			for _, in := range g.In[:len(cells[g.Kind].pins)] {
				d := driver[in] - 1
				if driver[in] == 0 {
					return fmt.Errorf("net %d has no driver", in)
				}
				if d < 0 || state[d] == done {
					continue
				}
				if state[d] == waiting {
					return fmt.Errorf("the gates have a loop")
				}
				stack, ready = append(stack, d), false
			}
			if !ready {
				state[i] = waiting
				continue
			}
			state[i] = done
			out = append(out, *g)
			stack = stack[:len(stack)-1]
		}
	}
	n.Gates = out
	return nil
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
