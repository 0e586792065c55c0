package rtl_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
)

// tops are the modules that are instantiated from outside this folder.
var tops = []string{"mv32_core", "mv32_bus", "mv32_timer", "mv32_ram", "mv32_uram", "mv32_dot", "mv32_scale", "mv32_rom"}

// quiet runs a checker that must succeed without printing a warning.
func quiet(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil || strings.Contains(strings.ToLower(string(out)), "warning") {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func TestVerilatorLint(t *testing.T) {
	flowtest.Need(t, "verilator")
	files := glob(t, "*.v")
	for _, top := range tops {
		for _, define := range []string{"", "-DRISCV_FORMAL"} {
			args := append([]string{"--lint-only", "-Wall", "--top-module", top}, files...)
			if define != "" {
				args = append(args, define)
			}
			quiet(t, "verilator", args...)
		}
	}
	// Every combination of options that changes the structure.
	for results := 1; results <= 3; results++ {
		for wports := 1; wports <= 3; wports++ {
			for loops := 0; loops <= 2; loops++ {
				quiet(t, "verilator", append([]string{"--lint-only", "-Wall", "--top-module", "mv32_core", "-GEXT=1",
					fmt.Sprintf("-GEXT_RS3=%d", loops&1), fmt.Sprintf("-GEXT_MEM=%d", loops>>1), "-GEXT_PIN0=5'd20",
					fmt.Sprintf("-GEXT_RESULTS=%d", results), fmt.Sprintf("-GEXT_WPORTS=%d", wports),
					fmt.Sprintf("-GLOOPS=%d", loops)}, files...)...)
			}
		}
	}
}

func TestIcarusLint(t *testing.T) {
	flowtest.Need(t, "iverilog")
	for _, top := range tops {
		quiet(t, "iverilog", append([]string{"-g2005", "-Wall", "-t", "null", "-s", top}, glob(t, "*.v")...)...)
	}
}

func TestYosysCheck(t *testing.T) {
	flowtest.Need(t, "yosys")
	for _, set := range []string{"", "-chparam EXT 1 -chparam EXT_RS3 1 -chparam EXT_RESULTS 3 -chparam EXT_WPORTS 3 " +
		"-chparam EXT_PIN0 20 -chparam EXT_PIN1 21 -chparam EXT_PIN2 22 -chparam EXT_MEM 1 -chparam LOOPS 2"} {
		quiet(t, "yosys", "-q", "-p", "read_verilog "+strings.Join(glob(t, "*.v"), " ")+"; hierarchy -check -top mv32_core "+set+
			"; proc; check -assert")
	}
	quiet(t, "yosys", "-q", "-p", "read_verilog "+strings.Join(glob(t, "*.v"), " ")+"; hierarchy -check -top mv32_bus; proc; check -assert")
}

// area synthesises a module and returns the number of cells by type.
func area(t *testing.T, top, parameters string) map[string]int {
	t.Helper()
	out := run(t, "yosys", "-p", "read_verilog "+strings.Join(glob(t, "*.v"), " ")+"; hierarchy -top "+top+" "+parameters+
		"; synth_xilinx -family xcup -flatten -noiopad -top "+top+"; stat")
	out = out[strings.LastIndex(out, "Number of cells:"):]
	cells := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^ +([A-Z]\w*) +(\d+)$`).FindAllStringSubmatch(out, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		cells[m[1]] = n
		if regexp.MustCompile(`^LUT[1-6]$`).MatchString(m[1]) {
			cells["LUT"] += n
		}
	}
	return cells
}

// TestArea keeps the core within its budget (yosys 0.23) and its multiplier in DSP blocks.
func TestArea(t *testing.T) {
	flowtest.Need(t, "yosys")
	cells := area(t, "mv32_core", "")
	t.Logf("mv32_core: %v", cells)
	if cells["LUT"] == 0 || cells["LUT"] > 1900 {
		t.Errorf("%d LUT, want at most 1900", cells["LUT"])
	}
	if cells["DSP48E2"] != 4 {
		t.Errorf("%d DSP, want 4", cells["DSP48E2"])
	}
	// Socket options without an extension change nothing (LUT counts differ a little with the order of names).
	idle := area(t, "mv32_core", "-chparam EXT_RS3 1 -chparam EXT_RESULTS 3 -chparam EXT_WPORTS 3 -chparam EXT_PIN0 20 -chparam EXT_MEM 1")
	for _, cell := range []string{"FDRE", "CARRY4", "RAM32M16", "DSP48E2"} {
		if idle[cell] != cells[cell] {
			t.Errorf("options without an extension: %d %s, without: %d", idle[cell], cell, cells[cell])
		}
	}
	if diff := idle["LUT"] - cells["LUT"]; diff > cells["LUT"]/25 {
		t.Errorf("options without an extension: %d LUT more", diff)
	}
}

// TestRAM checks that the memory becomes block RAM, initialised or not.
func TestRAM(t *testing.T) {
	flowtest.Need(t, "yosys")
	cells := area(t, "mv32_ram", "-chparam WORDS 16384")
	if cells["RAMB36E2"] != 16 || cells["LUT"] > 16 {
		t.Errorf("64 KiB: %v, want 16 RAMB36E2 and hardly a LUT", cells)
	}
	cells = area(t, "mv32_uram", "-chparam WIDTH 64 -chparam WORDS 2048 -chparam ADDR 11")
	if cells["RAMB36E2"] != 4 || cells["LUT"] > 0 {
		t.Errorf("16 KiB of a unit: %v, want 4 RAMB36E2 and no LUT", cells)
	}
}

// TestIcarusRun runs programs in a second simulator, with mv32_ram as the memory.
func TestIcarusRun(t *testing.T) {
	flowtest.Need(t, "iverilog", "riscv64-unknown-elf-gcc")
	dir := t.TempDir()
	files := glob(t, "*.v", "testdata/*.v")
	for _, c := range []config{base, ext1, ext2, ext3} {
		for _, name := range []string{"hazard", "trap", "cycles", "ext", "loop"} {
			if c == base && (name == "ext" || name == "loop") {
				continue
			}
			image := assemble(t, dir, name, filepath.Join("testdata/asm", name+".S"), c.defines()...)
			if out := icarus(t, dir, files, c, image); out != "exit 0" {
				t.Errorf("%s on %s: %s", name, c.name, out)
			}
		}
	}
}
