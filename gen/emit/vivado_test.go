package emit_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen/emit/rtl"
)

// dryRun runs the emitted Vivado script in tclsh with the vendor's commands
// stubbed and returns the calls it makes.
func dryRun(t *testing.T, dir, script string, arguments ...string) ([]string, error) {
	t.Helper()
	tclsh, err := flows.MustFind("tclsh")
	flowtest.Missing(t, err)
	stub, err := filepath.Abs("../../flows/vivado/testdata/stub.tcl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tclsh, append([]string{stub, filepath.Join(dir, "flows", script), "0.5"}, arguments...)...)
	cmd.Dir = t.TempDir() // the script must find its files from anywhere
	out, err := cmd.CombinedOutput()
	return strings.Split(strings.TrimSpace(string(out)), "\n"), err
}

// TestVivadoScript dry-runs the script of MARVEL's last design: it reads every
// file of the design and goes on to reports and bitstream.
func TestVivadoScript(t *testing.T) {
	m := last(t, marvel)
	dir := folder(t, m)
	pins := filepath.Join(dir, "pins.xdc")
	save(t, pins, "")
	calls, err := dryRun(t, dir, "vivado_zcu104.tcl", "pins="+pins)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(calls, "\n"))
	}
	var read []string
	var rest []string
	for _, c := range calls {
		if f, ok := strings.CutPrefix(c, "read_verilog "); ok {
			read = append(read, filepath.Base(f))
		} else if command, _, _ := strings.Cut(c, " "); command != "set_param" {
			rest = append(rest, command)
		}
	}
	if want := rtl.Files(m); !slices.Equal(read, want) {
		t.Errorf("reads %v, want %v", read, want)
	}
	if want := strings.Fields(`read_xdc read_xdc synth_design write_checkpoint opt_design place_design phys_opt_design route_design write_checkpoint
		report_utilization report_utilization report_timing_summary report_power report_drc get_timing_paths get_property timing write_bitstream`); !slices.Equal(rest, want) {
		t.Errorf("calls %v, want %v", rest, want)
	}
	for _, want := range []string{"synth_design -top marvel_v4_top -part xczu7ev-ffvc1156-2-e", "write_bitstream -force vivado/marvel_v4_top.bit"} {
		if !slices.Contains(calls, want) {
			t.Errorf("no call %q in\n%s", want, strings.Join(calls, "\n"))
		}
	}
}

// TestVivadoConstraints evaluates the constraints as TCL: they are commands too.
func TestVivadoConstraints(t *testing.T) {
	tclsh, err := flows.MustFind("tclsh")
	flowtest.Missing(t, err)
	dir := folder(t, last(t, marvel))
	script := filepath.Join(dir, "xdc.tcl")
	save(t, script, "proc get_ports {p} { return port:$p }\nproc create_clock args { puts $args }\nsource "+filepath.Join(dir, "flows", "zcu104.xdc")+"\n")
	out, err := exec.Command(tclsh, script).CombinedOutput()
	if want := "-name clk_i -period 6.667 port:clk_i\n"; err != nil || string(out) != want {
		t.Errorf("%v: got %q, want %q", err, out, want)
	}
}

// TestVivadoBites seeds scripts that Vivado would refuse.
func TestVivadoBites(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"marvel_v4_mac.v", "marvel_v5_mac.v", "no file"},
		{"route_design\n", "", "before"},
		{"place_design\n", "place_desing\n", "invalid command name"},
	} {
		dir := folder(t, last(t, marvel))
		edit(t, filepath.Join(dir, "flows", "vivado_zcu104.tcl"), c.old, c.new)
		if calls, err := dryRun(t, dir, "vivado_zcu104.tcl"); err == nil || !strings.Contains(strings.Join(calls, "\n"), c.want) {
			t.Errorf("%q: %v, %v", c.new, err, calls)
		}
	}
}
