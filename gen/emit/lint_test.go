package emit_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/verilator"
	"marvelgen/flows/yosys"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// verilog are the paths of a design's Verilog.
func verilog(dir string, names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, filepath.Join(dir, "rtl", n))
	}
	return out
}

// lint holds a design against the four tools; it returns the first complaint.
func lint(t *testing.T, m *isa.Machine, dir string) error {
	t.Helper()
	all := verilog(dir, rtl.Files(m))
	for _, o := range []verilator.Options{{Top: m.Name() + "_top"}, {Top: m.Name() + "_soc", Defines: []string{"RISCV_FORMAL"}}} {
		o.Files = all
		if err := verilator.LintWith(t.Context(), o); err != nil {
			return err
		}
	}
	for _, define := range []string{"UNUSED", "RISCV_FORMAL"} {
		args := append([]string{"-g2005", "-Wall", "-t", "null", "-D" + define, "-s", m.Name() + "_top"}, all...)
		if out, err := exec.Command("iverilog", args...).CombinedOutput(); err != nil || len(out) > 0 {
			return &complaint{"iverilog: " + string(out)}
		}
	}
	save(t, filepath.Join(dir, "check.ys"), "read_verilog "+strings.Join(verilog(dir, rtl.CoreFiles(m)), " ")+
		"\nhierarchy -check -top "+m.Name()+"_core\nproc\ncheck -assert\n")
	_, err := yosys.Run(t.Context(), yosys.Options{Dir: dir, Script: "check.ys"})
	return err
}

type complaint struct{ text string }

func (c *complaint) Error() string { return c.text }

// TestVerilog wants every emitted design clean of warnings.
func TestVerilog(t *testing.T) {
	flowtest.Need(t, "verilator", "iverilog", "yosys")
	for _, file := range everySpec(t) {
		for _, m := range machines(t, file) {
			t.Run(m.Name(), func(t *testing.T) {
				if err := lint(t, m, folder(t, m)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestLintBites seeds what each tool must complain about.
func TestLintBites(t *testing.T) {
	flowtest.Need(t, "verilator", "iverilog", "yosys")
	m := last(t, kinds)
	for _, c := range []struct{ name, file, old, new, want string }{
		{"width", "kinds_all_slow.v", "w_mul0_q[47:16]", "w_mul0_q[40:16]", "WIDTH"},
		{"undeclared", "kinds_all_arith.v", "x_rs3_i;", "x_rs4_i;", "x_rs4_i"},
		{"missing port", "kinds_all_ext.v", "    .x_valid_i        (x_valid_i),\n", "", "PINMISSING"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, m)
			edit(t, filepath.Join(dir, "rtl", c.file), c.old, c.new)
			if err := lint(t, m, dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
