package nextpnr

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
)

// sampleReport is as nextpnr 0.7 writes it, cut short.
const sampleReport = `{"critical_paths": [
 {"from": "<async>", "to": "posedge $glbnet$clk_i$TRELLIS_IO_IN", "path": [{"delay": 99, "type": "routing", "from": {"cell": "pad", "port": "O"}, "to": {"cell": "x", "port": "M"}}]},
 {"from": "posedge $glbnet$clk_i$TRELLIS_IO_IN", "to": "posedge $glbnet$clk_i$TRELLIS_IO_IN", "path": [
  {"delay": 0.5, "type": "clk-to-q", "from": {"cell": "dut.core.shift.q", "port": "CLK"}, "to": {"cell": "dut.core.shift.q_TRELLIS_FF", "port": "Q"}},
  {"delay": 2.0, "type": "routing", "from": {"cell": "dut.core.shift.q_TRELLIS_FF", "port": "Q"}, "to": {"cell": "dut.core.alu.sum_LUT4", "port": "A"}},
  {"delay": 0.25, "type": "logic", "from": {"cell": "dut.core.alu.sum_LUT4", "port": "A"}, "to": {"cell": "dut.core.alu.sum_LUT4", "port": "F"}},
  {"delay": 1.25, "type": "routing", "from": {"cell": "dut.core.alu.sum_LUT4", "port": "F"}, "to": {"cell": "fold0_q_FF", "port": "DI"}},
  {"delay": 0, "type": "setup", "from": {"cell": "fold0_q_FF", "port": "DI"}, "to": {"cell": "fold0_q_FF", "port": "DI"}}]}],
 "fmax": {"$glbnet$clk_i$TRELLIS_IO_IN": {"achieved": 250.0, "constraint": 100}},
 "utilization": {"TRELLIS_FF": {"available": 83640, "used": 12}, "ALU54B": {"available": 78, "used": 0}}}`

func TestParseReport(t *testing.T) {
	p, err := ParseReport([]byte(sampleReport))
	if err != nil {
		t.Fatal(err)
	}
	if p.MHz != 250 || p.NS != 4 || p.Wires != 3.25 || strings.Join(p.Path, " > ") != "core.shift > core.alu > fold0_q_FF" || len(p.Cells) != 1 || p.Cells["TRELLIS_FF"] != 12 {
		t.Errorf("%+v", p)
	}
	for _, bad := range []string{"", "{}", strings.Replace(sampleReport, "250.0", "0", 1), strings.Replace(sampleReport, `"fmax": {`, `"fmax": {"other": {"achieved": 3}, `, 1)} {
		if p, err := ParseReport([]byte(bad)); err == nil {
			t.Errorf("%.60q is taken as %+v", bad, p)
		}
	}
}

func TestMedian(t *testing.T) {
	of := func(mhz ...float64) float64 {
		var all []Placement
		for _, m := range mhz {
			all = append(all, Placement{MHz: m})
		}
		return Median(all)
	}
	if of() != 0 || of(3) != 3 || of(5, 1, 3) != 3 || of(4, 1, 2, 9) != 3 {
		t.Error("no median")
	}
}

// dut has ports of several widths; its clock must not come from the shift register.
const dut = `module dut (input wire clk_i, input wire rst_ni, input wire [8:0] a_i, output reg [8:0] y_o, output wire z_o);
  always @(posedge clk_i) if (!rst_ni) y_o <= 9'd0; else y_o <= a_i;
  assign z_o = ^a_i;
endmodule
`

var dutPorts = []Port{{"a_i", 9, true}, {"clk_i", 1, true}, {"rst_ni", 1, true}, {"y_o", 9, false}, {"z_o", 1, false}}

func TestWrapper(t *testing.T) {
	w, err := Wrapper("dut", dutPorts)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".clk_i(clk_i)", ".a_i(in_q[8:0])", ".rst_ni(in_q[9:9])", ".y_o(out[8:0])", ".z_o(out[9:9])",
		"fold1_q[2] <= ^fold0_q[9:8];", "fold2_q[0] <= ^fold1_q[2:0];", "serial_o = fold2_q[0]"} {
		if !strings.Contains(w, want) {
			t.Errorf("the wrapper lacks %q:\n%s", want, w)
		}
	}
	for _, ports := range [][]Port{dutPorts[:1], dutPorts[2:], append(dutPorts[:3:3], dutPorts[4])} {
		if _, err := Wrapper("dut", ports); err == nil {
			t.Errorf("%v gets a wrapper", ports)
		}
	}
	flowtest.Steps(t, flows.StepVerify)
	dir := t.TempDir()
	var files []string
	for name, text := range map[string]string{"dut.v": dut, wrapper + ".v": w} {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := verilator.Lint(context.Background(), files, wrapper); err != nil {
		t.Error(err)
	}
}

func TestParsePorts(t *testing.T) {
	const text = `{"modules": {"m": {"ports": {"b_o": {"direction": "output", "bits": [3, 4]}, "a_i": {"direction": "input", "bits": [2]}}}}}`
	p, err := parsePorts([]byte(text), "m")
	if err != nil || len(p) != 2 || p[0] != (Port{"a_i", 1, true}) || p[1] != (Port{"b_o", 2, false}) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{"", "{}"} {
		if _, err := parsePorts([]byte(bad), "m"); err == nil {
			t.Errorf("%q has ports", bad)
		}
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	t.Setenv("PATH", filepath.Join(root, "none"))
	var missing *flows.MissingToolError
	if _, err := Find(root); !errors.As(err, &missing) || !strings.Contains(err.Error(), "make pnr") || !strings.Contains(err.Error(), "apt-get install mmdebstrap") {
		t.Errorf("without tools: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "usr/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range tools {
		if _, err := Find(root); err == nil {
			t.Errorf("%d tools are enough", i)
		}
		if err := os.WriteFile(filepath.Join(root, "usr/bin", name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Find(root); err != nil || got.Root != root {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestPlace places a small design where the tools are there.
func TestPlace(t *testing.T) {
	tools, err := Find("../../build/trixie")
	if err != nil {
		t.Skip("no nextpnr-ecp5; `make pnr` makes a folder with one")
	}
	dir, err := tools.Temp()
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "dut.v"), []byte(dut), 0o644); err != nil {
		t.Fatal(err)
	}
	n, err := tools.Synth(context.Background(), dir, "dut", []string{"dut.v"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := n.Place(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	// 10 bits in, 9 of state, 10 + 3 + 1 folded.
	if p.MHz < 100 || p.Cells["TRELLIS_FF"] < 20 || len(p.Path) == 0 {
		t.Errorf("%+v", p)
	}
}
