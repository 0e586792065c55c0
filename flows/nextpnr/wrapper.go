package nextpnr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// wrapper is the module around a core.
const wrapper = "marvelgen_pnr"

// Port of a module.
type Port struct {
	Name  string
	Bits  int
	Input bool
}

// parsePorts reads a module's ports from Yosys' JSON, in the order of their names.
func parsePorts(data []byte, top string) ([]Port, error) {
	var file struct {
		Modules map[string]struct {
			Ports map[string]struct {
				Direction string `json:"direction"`
				Bits      []any  `json:"bits"`
			} `json:"ports"`
		} `json:"modules"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("yosys' netlist is not JSON: %w", err)
	}
	m, ok := file.Modules[top]
	if !ok {
		return nil, fmt.Errorf("yosys' netlist has no module %s", top)
	}
	var out []Port
	for name, p := range m.Ports {
		out = append(out, Port{name, len(p.Bits), p.Direction == "input"})
	}
	slices.SortFunc(out, func(a, b Port) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Wrapper is Verilog that gives a core of any number of ports three pads: its inputs
// come from a shift register, and its outputs go to a register, of which XORs, four by
// four and registered, make one bit. So every path through the core begins and ends at
// a flip-flop beside it, and nothing of it is removed as unused.
func Wrapper(top string, ports []Port) (string, error) {
	const clock = "clk_i"
	in, out, clocked := 0, 0, false
	var conns []string
	for _, p := range ports {
		switch {
		case p.Name == clock:
			clocked = true
			conns = append(conns, fmt.Sprintf("    .%s(%s)", clock, clock))
		case p.Input:
			conns = append(conns, fmt.Sprintf("    .%s(in_q[%d:%d])", p.Name, in+p.Bits-1, in))
			in += p.Bits
		default:
			conns = append(conns, fmt.Sprintf("    .%s(out[%d:%d])", p.Name, out+p.Bits-1, out))
			out += p.Bits
		}
	}
	if !clocked || in < 2 || out < 2 {
		return "", fmt.Errorf("%s has no port %s, or fewer than two inputs or outputs beside it", top, clock)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "// Three pads for %s: inputs from a shift register, outputs folded to one bit.\n", top)
	fmt.Fprintf(&b, "`default_nettype none\n\nmodule %s (\n  input  wire clk_i,\n  input  wire serial_i,\n  output wire serial_o\n);\n\n", wrapper)
	fmt.Fprintf(&b, "  reg  [%d:0] in_q;\n  wire [%d:0] out;\n  reg  [%d:0] fold0_q;\n", in-1, out-1, out-1)
	fmt.Fprintf(&b, "  always @(posedge clk_i) begin\n    in_q    <= {in_q[%d:0], serial_i};\n    fold0_q <= out;\n  end\n", in-2)
	level := 0
	for n := out; n > 1; level++ {
		next := (n + 3) / 4
		fmt.Fprintf(&b, "\n  reg  [%d:0] fold%d_q;\n  always @(posedge clk_i) begin\n", next-1, level+1)
		for i := range next {
			fmt.Fprintf(&b, "    fold%d_q[%d] <= ^fold%d_q[%d:%d];\n", level+1, i, level, min(4*i+3, n-1), 4*i)
		}
		b.WriteString("  end\n")
		n = next
	}
	fmt.Fprintf(&b, "\n  assign serial_o = fold%d_q[0];\n\n  %s dut (\n%s\n  );\n\nendmodule\n\n`default_nettype wire\n", level, top, strings.Join(conns, ",\n"))
	return b.String(), nil
}
