package rtl_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
)

// TestURAMProven proves by induction that mv32_uram is a RAM, which proofs of
// units take for granted, and finds what would make it none.
func TestURAMProven(t *testing.T) {
	flowtest.Need(t, "yosys")
	text, err := os.ReadFile("mv32_uram.v")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		old, new string
		holds    bool
	}{
		"as it is":       {"", "", true},
		"not held":       {"if (re_i) rdata_o", "rdata_o", false},
		"not 0 at first": {"= {WIDTH{1'b0}};", "= {WIDTH{1'b1}};", false},
		"written anyway": {"if (we_i) words", "words", false},
		"new data read":  {"rdata_o <= words[raddr_i]", "rdata_o <= we_i && waddr_i == raddr_i ? wdata_i : words[raddr_i]", false},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(text), c.old, c.new, 1)
			if (changed == string(text)) != c.holds {
				t.Fatalf("mv32_uram.v has no %q", c.old)
			}
			file := filepath.Join(t.TempDir(), "mv32_uram.v")
			if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("yosys", "-q", "-p", "read_verilog -formal "+file+" testdata/uram_check.v; prep -flatten -top uram_check; memory_map; "+
				"sat -tempinduct -prove-asserts -maxsteps 8 -verify").CombinedOutput()
			if (err == nil) != c.holds {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
