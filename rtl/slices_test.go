package rtl_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
)

// mapped compares the modules of ultrascale/, changed by edit, with the library's
// and returns what the comparison printed.
func mapped(t *testing.T, edit func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	files := []string{"mv32_dot.v", "mv32_scale.v", "testdata/dsp48e2.v", "testdata/slices_tb.v"}
	rename := regexp.MustCompile(`module (mv32_\w+)`)
	for _, name := range glob(t, "ultrascale/*.v") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(out, []byte(rename.ReplaceAllString(edit(string(text)), "module ${1}_u")), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, out)
	}
	sim := filepath.Join(dir, "sim")
	run(t, "iverilog", append([]string{"-g2005", "-s", "slices_tb", "-o", sim}, files...)...)
	return strings.TrimSpace(run(t, "vvp", sim))
}

// TestSlicesMapping: the modules that name DSP slices compute what the library's
// do, by a model of the slice written from its manual.
func TestSlicesMapping(t *testing.T) {
	flowtest.Need(t, "iverilog")
	const want = "faults: dot 0 0 0 0 scale 0 0 0"
	if got := mapped(t, func(s string) string { return s }); got != want {
		t.Errorf("got %q", got)
	}
	for name, c := range map[string][2]string{
		"former sum dropped":  {"(k == TERMS-1) & keep_i", "1'b0"},
		"cascade dropped":     {"3'b001", "3'b000"},
		"c in every slice":    {"k == 0 ? {1'b0, {2{add_i}}} : 3'b001", "{1'b0, {2{add_i}}}"},
		"product kept":        {"{1'b0, mul_i, 1'b0, mul_i}", "4'b0101"},
		"no sum of a and d":   {`.AMULTSEL("AD"), .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0),` + "\n" + `        .C`, `.ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0),` + "\n" + `        .C`},
		"registered operand":  {".BREG(0)", ".BREG(1)"},
		"no enable":           {".CEP(en_i)", ".CEP(1'b1)"},
		"no reset":            {".RSTP(~rst_ni)", ".RSTP(1'b0)"},
		"b without sign":      {"{{(19-B){b_i[B*k+B-1]}}, b_i[B*k +: B-1]}", "{{(18-B){1'b0}}, b_i[B*k +: B]}"},
		"half too large":      {"48'd1 << (SHIFT - 18)", "48'd1 << (SHIFT - 17)"},
		"cascade not shifted": {"9'b10_101_01_01", "9'b10_001_01_01"},
		"low part signed":     {".B({1'b0, b_i[16:0]})", ".B({b_i[16], b_i[16:0]})"},
	} {
		t.Run(name, func(t *testing.T) {
			seeded := 0
			got := mapped(t, func(s string) string {
				seeded += strings.Count(s, c[0])
				return strings.Replace(s, c[0], c[1], 1)
			})
			if seeded == 0 {
				t.Fatal("nothing to replace")
			}
			if got == want {
				t.Error("not seen")
			}
		})
	}
}

// TestSlicesNamed: synthesis leaves the slices as they are named, and beside them
// neither adders nor registers.
func TestSlicesNamed(t *testing.T) {
	flowtest.Need(t, "yosys")
	for top, want := range map[string]string{"mv32_dot -chparam TERMS 4": "4", "mv32_scale": "2"} {
		out := run(t, "yosys", "-p", "read_verilog ultrascale/*.v; read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v; hierarchy -top "+top+
			"; synth_xilinx -family xcup -noiopad -flatten; stat")
		stat := out[strings.LastIndex(out, "Number of cells"):]
		cells := regexp.MustCompile(`(?m)^ +(\w+) +(\d+)$`).FindAllStringSubmatch(stat, -1)
		for _, c := range cells {
			if c[1] == "DSP48E2" && c[2] != want || c[1] != "DSP48E2" && c[1] != "BUFG" && c[1] != "LUT1" && c[1] != "INV" { // the clock's, and reset is low
				t.Errorf("%s: %s %s", top, c[2], c[1])
			}
		}
		if len(cells) == 0 {
			t.Errorf("%s: no cells\n%s", top, stat)
		}
	}
}

// TestSlicesLint: the files that name slices read without a warning.
func TestSlicesLint(t *testing.T) {
	flowtest.Need(t, "iverilog")
	for _, top := range []string{"mv32_dot", "mv32_scale"} {
		quiet(t, "iverilog", append([]string{"-g2005", "-Wall", "-t", "null", "-s", top, "testdata/dsp48e2.v"}, glob(t, "ultrascale/*.v")...)...)
	}
}
