package formal

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// model is a flat synchronous circuit: values of known width, each an input, a
// register or computed from others. It is read from yosys' JSON netlist, whole
// words at a time, so that a solver sees the additions and multiplications that
// the Verilog has.
type model struct {
	values []node
	nets   map[string][]bit // named wires, least significant bit first
	inputs map[string]int   // input ports to their values
	regs   []int
	init   map[int]string // registers with an initial value, "01…", most significant first
	names  map[int]string // a name of each register
}

// node is one value.
type node struct {
	width int
	input string // port
	cell  *cell  // $dff: a register
}

// bit is one bit of a value, or a constant.
type bit struct {
	value, index int
	constant     string // "0", "1", or "x": anything
}

// cell is one operation as yosys describes it.
type cell struct {
	Type        string            `json:"type"`
	Parameters  map[string]string `json:"parameters"`
	Connections map[string][]any  `json:"connections"`
	in          map[string][]bit
}

func (c *cell) param(name string) int {
	v, err := strconv.ParseInt(c.Parameters[name], 2, 64)
	if err != nil {
		return 0
	}
	return int(v)
}

// netlist is the part of write_json's output that matters.
type netlist struct {
	Modules map[string]struct {
		Ports map[string]struct {
			Direction string `json:"direction"`
			Bits      []any  `json:"bits"`
		} `json:"ports"`
		Cells map[string]*cell `json:"cells"`
		Nets  map[string]struct {
			Bits       []any             `json:"bits"`
			Attributes map[string]string `json:"attributes"`
		} `json:"netnames"`
	} `json:"modules"`
}

// parseModel reads what write_json wrote for the flat module top.
func parseModel(b []byte, top string) (*model, error) {
	var n netlist
	if err := json.Unmarshal(b, &n); err != nil {
		return nil, err
	}
	mod, ok := n.Modules[top]
	if !ok {
		return nil, fmt.Errorf("there is no module %s", top)
	}
	m := &model{nets: map[string][]bit{}, inputs: map[string]int{}, init: map[int]string{}, names: map[int]string{}}
	driver := map[int]bit{} // yosys' number of a bit to the value that drives it
	drive := func(k int, bits []any) {
		for i, x := range bits {
			if f, ok := x.(float64); ok {
				driver[int(f)] = bit{value: k, index: i}
			}
		}
	}
	for _, name := range keys(mod.Ports) {
		if p := mod.Ports[name]; p.Direction == "input" {
			m.inputs[name] = len(m.values)
			drive(len(m.values), p.Bits)
			m.values = append(m.values, node{width: len(p.Bits), input: name})
		}
	}
	for _, name := range keys(mod.Cells) {
		c := mod.Cells[name]
		out := "Y"
		if c.Type == "$dff" {
			out = "Q"
			m.regs = append(m.regs, len(m.values))
		}
		if c.Connections[out] == nil {
			return nil, fmt.Errorf("cell %s of type %s is not understood", name, c.Type)
		}
		drive(len(m.values), c.Connections[out])
		m.values = append(m.values, node{width: len(c.Connections[out]), cell: c})
	}
	resolve := func(bits []any) []bit {
		var out []bit
		for _, x := range bits {
			switch x := x.(type) {
			case string:
				out = append(out, bit{constant: x})
			case float64:
				d, ok := driver[int(x)]
				if !ok { // driven by nothing: anything
					d = bit{constant: "x"}
				}
				out = append(out, d)
			}
		}
		return out
	}
	for _, v := range m.values {
		if v.cell != nil {
			v.cell.in = map[string][]bit{}
			for port, bits := range v.cell.Connections {
				v.cell.in[port] = resolve(bits)
			}
		}
	}
	for _, name := range keys(mod.Nets) {
		bits := resolve(mod.Nets[name].Bits)
		m.nets[name] = bits
		m.register(name, bits, mod.Nets[name].Attributes["init"])
	}
	return m, nil
}

// register notes the name and the initial value of a register that a net is.
func (m *model) register(name string, bits []bit, init string) {
	k := bits[0].value
	if bits[0].constant != "" || m.values[k].cell == nil || m.values[k].cell.Type != "$dff" || len(bits) != m.values[k].width {
		return
	}
	if old, ok := m.names[k]; !ok || len(name) < len(old) {
		m.names[k] = name
	}
	if init != "" && !strings.ContainsAny(init, "x") {
		m.init[k] = init
	}
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
