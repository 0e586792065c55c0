package emit_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

const transformer = "../../specs/transformer.hcl"

// contents are the tables of design paper from their definitions, written here a second
// time: how entry k is read in the Verilog, and what it must be.
var contents = []struct {
	unit, array string
	words       int
	entry       func(k int) float64
	step        bool // to the next entry, falling where entries fall
}{
	{"exponential", "table_exp_at", 32, exponential, false},
	{"exponential", "table_exp_step", 32, exponential, true},
	{"recip", "x_table0_rom.words", 64, reciprocal, false},
	{"recip", "x_table1_rom.words", 64, reciprocal, true},
	{"rsqrt", "x_table0_rom.words", 64, root, false},
	{"rsqrt", "x_table1_rom.words", 64, root, true},
	{"gelu", "x_table0_rom.words", 64, bend, false},
	{"gelu", "x_table1_rom.words", 64, bend, true},
}

func exponential(k int) float64 { return math.Round(math.Exp2(float64(k)/32)*32768) - 32768 }

func reciprocal(k int) float64 { return min(65535, math.Round(131072*64/(64+float64(k)))-65536) }

// root has two halves: from 2 to 4, and from 1 to 2.
func root(k int) float64 {
	x := 2 + float64(k)/16
	if k >= 32 {
		x = float64(k) / 32
	}
	return min(65535, math.Round(131072/math.Sqrt(x))-65536)
}

// bend is relu less gelu, x*erfc(x/sqrt(2))/2.
func bend(k int) float64 {
	if k >= 63 {
		return 0
	}
	x := float64(k) / 16
	return math.Round(4096 * x * math.Erfc(x/math.Sqrt2) / 2)
}

// wrongEntries reads all tables in the Verilog by Icarus and lists what is not as defined.
func wrongEntries(t *testing.T, m *isa.Machine, dir string) []string {
	t.Helper()
	var tb strings.Builder
	tb.WriteString("`timescale 1ns/1ns\nmodule tb;\n")
	for _, u := range m.Units {
		fmt.Fprintf(&tb, "  %s_%s %s ();\n", m.Name(), u.Name, u.Name)
	}
	tb.WriteString("  integer k;\n  initial begin\n    #1;\n")
	for i, c := range contents {
		fmt.Fprintf(&tb, "    for (k = 0; k < %d; k = k + 1) $display(\"%d %%0d %%0d\", k, %s.%s[k]);\n", c.words, i, c.unit, c.array)
	}
	tb.WriteString("  end\nendmodule\n")
	save(t, filepath.Join(dir, "tb.v"), tb.String())
	exe := filepath.Join(dir, "tables.vvp")
	args := append([]string{"-g2005", "-s", "tb", "-o", exe, filepath.Join(dir, "tb.v")}, verilog(dir, rtl.CoreFiles(m))...)
	if out, err := exec.Command("iverilog", args...).CombinedOutput(); err != nil {
		t.Fatalf("iverilog: %v\n%s", err, out)
	}
	out, err := exec.Command("vvp", "-n", exe).Output()
	if err != nil {
		t.Fatal(err)
	}
	var wrong []string
	read := 0
	for line := range strings.Lines(string(out)) {
		var i, k, got int
		if _, err := fmt.Sscan(line, &i, &k, &got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		read++
		if want := expected(i, k); got != want {
			wrong = append(wrong, fmt.Sprintf("%s, %s[%d] is %d, want %d", contents[i].unit, contents[i].array, k, got, want))
		}
	}
	if read != 2*32+6*64 {
		t.Fatalf("%d entries read", read)
	}
	return wrong
}

// expected is entry k of table i as the bits of its width.
func expected(i, k int) int {
	c := contents[i]
	v := int(c.entry(k))
	if !c.step {
		return v
	}
	next := int(c.entry(k + 1))
	switch {
	case c.unit == "gelu" && k == 63:
		return 0
	case c.unit == "gelu" && k == 62: // the piece before the last falls to where the function does
		x := float64(63) / 16
		return (int(math.Round(4096*x*math.Erfc(x/math.Sqrt2)/2)) - v) & 255
	case c.unit == "gelu":
		return (next - v) & 255
	case c.unit == "exponential":
		return next - v
	case c.unit == "rsqrt" && k == 31: // the end of the first half
		return v - (131072/2 - 65536)
	case k == 63 && c.unit == "rsqrt":
		return v - int(math.Round(131072/math.Sqrt2)-65536)
	}
	return v - next
}

// TestTables holds the Verilog of tables against their definitions, the design against
// the four tools, and finds a digit that is wrong.
func TestTables(t *testing.T) {
	flowtest.Need(t, "verilator", "iverilog", "yosys")
	var m *isa.Machine
	for _, x := range machines(t, transformer) {
		if x.Design.Name == "paper" {
			m = x
		}
	}
	dir := folder(t, m)
	if err := lint(t, m, dir); err != nil {
		t.Error(err)
	}
	for _, w := range wrongEntries(t, m, dir) {
		t.Error(w)
	}
	page, err := os.ReadFile(filepath.Join(dir, "doc", "exp.md"))
	if want := "- rd / 32768 is exp(i / 4096) for rs1 = i, rs2 = 23637, i from -65536 to 0: error at most 0.0002, measured 0.0001019 on 65537 points"; err != nil || !strings.Contains(string(page), want) {
		t.Errorf("%v: the page of exp does not say %q:\n%s", err, want, page)
	}
	file := filepath.Join(dir, "rtl", "transformer_paper_gelu.v")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	right := fmt.Sprintf("10'h%x", expected(6, 16))
	if !strings.Contains(string(text), right) {
		t.Fatalf("no entry %s", right)
	}
	save(t, file, strings.Replace(string(text), right, fmt.Sprintf("10'h%x", expected(6, 16)^4), 1))
	if len(wrongEntries(t, m, dir)) != 1 {
		t.Error("a wrong digit is not found")
	}
}
