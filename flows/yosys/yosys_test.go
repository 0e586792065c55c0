package yosys

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

// stat is one module's statistics as Yosys 0.23 prints them.
func stat(cells string) []byte {
	return []byte(`{"creator": "Yosys 0.23", "modules": {"\\m": {"num_cells_by_type": {"LUT9": 1}}},
 "design": {"num_cells": 9, "num_cells_by_type": {` + cells + `}}}`)
}

func TestParseStat(t *testing.T) {
	for _, c := range []struct {
		name, cells string
		want        flows.Area
	}{
		{"logic", `"LUT1": 1, "LUT2": 2, "LUT6": 30, "INV": 7, "MUXF7": 2, "MUXF8": 1, "FDRE": 5, "FDSE": 1, "BUFG": 1`,
			flows.Area{LUT: 33, FF: 6, Mux: 3, Inverters: 7}},
		{"memories", `"RAM32M16": 6, "RAM32X1D": 1, "SRL16E": 1, "RAMB18E2": 3, "RAMB36E2": 1`,
			flows.Area{LUTRAM: 51, BRAM: 2.5}},
		{"arithmetic", `"DSP48E2": 4, "CARRY4": 88`, flows.Area{DSP: 4, Carry: 88}},
		{"empty", ``, flows.Area{}},
	} {
		if got, err := ParseStat(stat(c.cells)); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

func TestParseStatRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"unmapped":  string(stat(`"LUT2": 1, "$mul": 2`)),
		"not JSON":  "=== m ===\n  LUT2  1\n",
		"no design": `{"modules": {}}`,
	} {
		if a, err := ParseStat([]byte(data)); err == nil {
			t.Errorf("%s: accepted as %v", name, a)
		}
	}
}

func TestCheckWarnings(t *testing.T) {
	if err := checkWarnings("ABC: Warning: The network is combinational (run \"fraig\")\nall well\n"); err != nil {
		t.Error(err)
	}
	err := checkWarnings("Warning: Wire m.\\x is used but has no driver.\n")
	if err == nil || !strings.Contains(err.Error(), "no driver") {
		t.Errorf("got %v, want the warning", err)
	}
}

// synth renders the shipped script around a Verilog file and runs it.
func synth(t *testing.T, verilog string) (flows.Area, error) {
	t.Helper()
	flowtest.Steps(t, flows.StepSynth)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sample.v"), []byte(verilog), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "synth.ys"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tmpl := template.Must(template.ParseFiles("../../templates/flow/synth.ys.tmpl")).Option("missingkey=error")
	if err := tmpl.Execute(f, map[string]any{
		"Header": []string{"Made by a test."}, "Top": "sample", "Named": false, "Files": []string{"sample.v"}, "Args": "",
		"OutNetlist": "netlist.v", "OutStat": "stat.json",
	}); err != nil {
		t.Fatal(err)
	}
	return Synth(context.Background(), Options{Dir: dir, Script: "synth.ys", Stat: "stat.json", Log: "synth.log"})
}

func sample(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/sample.v")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSynth(t *testing.T) {
	a, err := synth(t, sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if a.DSP != 1 || a.BRAM != 1 || a.LUTRAM == 0 || a.FF != 48 || a.LUT == 0 || a.Carry != 4 {
		t.Errorf("unexpected area: %+v", a)
	}
}

func TestSynthReportsMistakes(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"syntax", "endmodule", "endmodul", "syntax error"},
		{"no driver", "assign near_o", "wire [15:0] other; assign other", "no driver"},
		{"missing module", "endmodule", "nothing n (.x(clk_i)); endmodule", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a, err := synth(t, strings.Replace(sample(t), c.from, c.to, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v; want an error with %q", a, err, c.want)
			}
		})
	}
}
