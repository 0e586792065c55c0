package cosim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"marvelgen/gen/isa"
)

// seeded are bugs in the emitted Verilog: what is found in a module, and what it
// becomes while the variable bug has the bug's number. All are built into one
// model.
type seed struct {
	name, file, find, replace string
	timing                    bool // results are right, which leaves it to the simulator
	waits                     bool // they are wrong, but only if a memory lets the core wait
}

var seeded = []seed{
	{name: "wrong operator", file: "ldot_all_dot.v", find: `(w_ldot_p) = (.*) \+ (.*);`, replace: `$1 = BUG ? $2 - $3 : $2 + $3;`},
	{name: "wrong step of an address", file: "ldot_all_dot.v", find: `x_rs1_i \+ 32'd4`, replace: `x_rs1_i + (BUG ? 32'd8 : 32'd4)`},
	{name: "state changes without commit", file: "ldot_all_dot.v", find: `else if \(x_commit_i\)`, replace: `else if (x_commit_i | BUG)`},
	{name: "late state changes without commit", file: "ldot_all_dot.v", find: `if \(w_commit_i\) begin`, replace: `if (w_commit_i | BUG) begin`},
	{name: "state never cleared", file: "ldot_all_dot.v", find: `if \(w_is_rdacc_i\)`, replace: `if (w_is_rdacc_i & ~(BUG))`},
	{name: "wrong limit", file: "ldot_all_requant.v", find: `\? 8'd127 :`, replace: `? (BUG ? 8'd126 : 8'd127) :`},
	{name: "wrong condition of a state", file: "ldot_all_requant.v", find: `w_is_requant_i & (\w+);`, replace: `w_is_requant_i & ($1 | BUG);`},
	{name: "wrong table", file: "ldot_all_square.v", find: `\{20'd0, x_table0\}`, replace: `{20'd0, x_table0 | (BUG ? 12'd2 : 12'd0)}`},
	{name: "wrong bits of an immediate", file: "ldot_all_ext.v", find: `x_instr_i\[31:25\], x_instr_i\[11:7\]`, replace: `x_instr_i[31:25], BUG ? x_instr_i[24:20] : x_instr_i[11:7]`},
	{name: "wrong destination", file: "ldot_all_decode.v", find: `rd2_o = instr_i\[19:15\]`, replace: `rd2_o = BUG ? instr_i[24:20] : instr_i[19:15]`},
	{name: "wrong access size", file: "ldot_all_decode.v", find: `\? 2'd2 : 2'd1;`, replace: `? 2'd2 : (BUG ? 2'd0 : 2'd1);`},
	{name: "one cycle less", file: "ldot_all_slow.v", find: `busy_q != 2'd3`, replace: `busy_q != (BUG ? 2'd2 : 2'd3)`, timing: true},
	{name: "not frozen by a wait", file: "ldot_all_ext.v", find: `always @\(posedge clk_i\) if \(x_commit_i\) begin\s+w_result_from_q`, replace: `always @(posedge clk_i) if (x_commit_i | BUG) begin w_result_from_q`, waits: true},
}

// seededRAM are bugs of state in block RAM.
var seededRAM = []seed{
	{name: "read not held during a wait", file: "uram_all_weights.v", find: `re_i      \(x_commit_i & x_is_wdot_i\)`, replace: `re_i      (x_commit_i & x_is_wdot_i | BUG)`, waits: true},
	{name: "no read by one of two that read", file: "uram_all_weights.v", find: `x_or2 = x_is_wdot_i \| x_is_wget_i`, replace: `x_or2 = x_is_wdot_i & ~(BUG) | x_is_wget_i`},
	{name: "write not gated by commit", file: "uram_all_weights.v", find: `x_commit_i & x_and1`, replace: `(x_commit_i | BUG) & x_and1`},
	{name: "write to another element", file: "uram_all_weights.v", find: `waddr_i   \(x_mux4\)`, replace: `waddr_i   (BUG ? wi_q : x_mux4)`},
	{name: "read of another element", file: "uram_all_weights.v", find: `raddr_i   \(x_wdot_i\)`, replace: `raddr_i   (BUG ? wi_q : x_wdot_i)`},
	{name: "write lost", file: "uram_all_weights.v", find: `x_or0 = x_and0 \| x_is_wfill_i`, replace: `x_or0 = x_and0 | x_is_wfill_i & ~(BUG)`},
}

// TestSeededBugs wants every bug found, by the golden evaluation alone as well.
func TestSeededBugs(t *testing.T) { findSeeded(t, ldot(t), seeded) }

// TestSeededRAM wants the same of a design with block RAM.
func TestSeededRAM(t *testing.T) { findSeeded(t, testSpec(t, "uram.hcl")["all"], seededRAM) }

func findSeeded(t *testing.T, m *isa.Machine, seeded []seed) {
	choice := filepath.Join(t.TempDir(), "bug")
	exe := buildModel(t, m, func(name, text string) string {
		changed := text
		for i, b := range seeded {
			if b.file != name {
				continue
			}
			re := regexp.MustCompile(b.find)
			if n := len(re.FindAllString(text, -1)); n != 1 {
				t.Fatalf("%s: %q occurs %d times in %s", b.name, b.find, n, name)
			}
			changed = re.ReplaceAllString(changed, strings.ReplaceAll(b.replace, "BUG", fmt.Sprintf("(bug == 32'd%d)", i+1)))
		}
		if changed == text {
			return text
		}
		return strings.Replace(changed, "\n);\n", fmt.Sprintf(`
);
  reg [31:0] bug;
  integer bug_file, bug_read;
  initial begin
    bug_file = $fopen("%s", "r");
    bug_read = $fscanf(bug_file, "%%d", bug);
    if (bug_read != 1) $stop;
    $fclose(bug_file);
  end
`, choice), 1)
	})
	choose := func(n int) {
		if err := os.WriteFile(choice, fmt.Appendf(nil, "%d\n", n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	choose(0)
	if _, err := vectors(t, exe, m, 100); err != nil {
		t.Fatalf("without a bug: %v", err)
	}
	for i, b := range seeded {
		t.Run(b.name, func(t *testing.T) {
			choose(i + 1)
			var d *Divergence
			if _, err := vectors(t, exe, m, 100); !errors.As(err, &d) {
				t.Errorf("not found: %v", err)
			}
			err := goldenAlone(t, exe, m)
			if caught := errors.As(err, &d); caught == (b.timing || b.waits) {
				t.Errorf("the golden evaluation says: %v", err)
			}
		})
	}
}

// goldenAlone runs one program without the simulator.
func goldenAlone(t *testing.T, exe string, m *isa.Machine) error {
	t.Helper()
	s, err := newSuite(m, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j := <-s.programs(ctx)
	if j.err != nil {
		t.Fatal(j.err)
	}
	r := Run{Model: exe, Machine: m, Image: j.p.asImage(), RAM: vectorsRAM, Dir: t.TempDir(), Limit: 10_000_000, Stdout: io.Discard}
	return s.judge(j, map[string]int{}).alone(ctx, &r)
}

// TestWrongMeanings gives the golden evaluation another meaning than the
// simulator, as if the lowering to vectors that simulator and RTL share were
// wrong.
func TestWrongMeanings(t *testing.T) {
	src, err := os.ReadFile("testdata/ldot.hcl")
	if err != nil {
		t.Fatal(err)
	}
	right := ldot(t)
	for _, c := range []struct{ old, new, name string }{
		{"u8(rs2, i)", "s8(rs2, i)", "ldot"},
		{"rs1 = rs1 + 4", "rs1 = rs1 + 5", "ldot"},
		{"ptr = ptr + step", "ptr = ptr - step", "ldotp"},
		{"load_32(ptr)", "load_u16(ptr)", "ldotp"},
		{"-128, 127)", "-127, 127)", "requant"},
		{"round_shift(", "asr(", "requant"},
		{"when = q > peak", "when = q < peak", "rdpeak"},
		{"bits(rs1, 7, 2)", "bits(rs1, 6, 1)", "square"},
		{"data = rs2 + 1", "data = rs2", "spost"},
		{"x20 = x20 + x21", "x20 = x20 - x21", "slow"},
	} {
		t.Run(c.new, func(t *testing.T) {
			if !strings.Contains(string(src), c.old) {
				t.Fatalf("the spec has no %q", c.old)
			}
			wrong := machines(t, "ldot.hcl", []byte(strings.Replace(string(src), c.old, c.new, 1)))["all"]
			_, err := simulate(wrong, right, 100, 1)
			if err == nil {
				t.Fatal("not found")
			}
			for _, want := range []string{" of " + c.name, "operands: ", "expected 0x", "got 0x"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in:\n%v", want, err)
				}
			}
		})
	}
}

// TestWrongBase exchanges the meanings of base instructions that differ only in
// corners.
func TestWrongBase(t *testing.T) {
	right := ldot(t)
	index := map[string]int{}
	for i, ins := range right.Base {
		index[ins.Name] = i
	}
	for name, other := range map[string]string{"slt": "sltu", "bge": "blt", "bltu": "blt", "sra": "srl", "mulh": "mulhsu", "div": "divu",
		"rem": "remu", "srli": "srai", "jal": "auipc", "csrrs": "csrrc", "ecall": "ebreak", "lui": "auipc"} {
		t.Run(name, func(t *testing.T) {
			wrong := *right
			wrong.Base = append([]*isa.Instruction(nil), right.Base...)
			ins := *right.Base[index[name]]
			from := right.Base[index[other]]
			ins.Writes, ins.Trap = from.Writes, from.Trap
			wrong.Base[index[name]] = &ins
			if _, err := simulate(&wrong, right, 100, 1); err == nil {
				t.Error("not found")
			}
		})
	}
}
