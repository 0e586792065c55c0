package rvfi_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/gen/emit/rtl"
	emitrvfi "marvelgen/gen/emit/rvfi"
	"marvelgen/gen/isa"
	"marvelgen/verif/rvfi"
)

var all = flag.Bool("all", false, "every seeded bug and every check, which takes many minutes")

// bug is one change of the Verilog that a check has to find.
type bug struct {
	file, old, new string
	check          string
	deep           bool // a counterexample is out of reach: the proof has to break
}

// together are bugs that only their own check sees, so that one circuit can have
// them all.
var together = []bug{
	{"mv32_alu.v", "result_o = a_i ^ b_i", "result_o = a_i | b_i", "insn_xor", false},
	{"mv32_load.v", "{addr_i[1], addr_i[0] | size_i[0]}", "addr_i", "insn_lh", false},
	{"mv32_store.v", "(half & addr_i[0])", "1'b0", "insn_sh", false},
	{"mv32_csr.v", "4'b0001: few = 32'h4000_1100", "4'b0001: few = 32'h4000_1101", "insn_csrrs", false},
	{"mv32_commit.v", "jalr_i & jalr_bit1_i", "1'b0", "insn_jalr", false},
	{"mv32_decode.v", "(funct3 != 3'b110)", "1'b1", "illegal", false},
	{"mv32_shift.v", "left_i ? ones << amount_i", "left_i ? ones", "insn_slli", false},
	{"marvel_v4_mac.v", ".b_i(w_mux0), .carry_i(1'b0)", ".b_i(w_mux0), .carry_i(1'b1)", "insn_mac", false},
	{"marvel_v4_decode.v", "assign rd2_o = instr_i[24:20]", "assign rd2_o = instr_i[11:7]", "insn_add2i", false},
}

// apart are bugs that a check finds in a core of their own.
var apart = []bug{
	{"mv32_operand.v", "hit1 = w1_en_i &", "hit1 = 1'b0 & w1_en_i &", "reg", false},
	{"mv32_operand.v", "addr_i == w1_addr_i", "addr_i[3:0] == w1_addr_i[3:0]", "reg", false},
	{"mv32_wb.v", "more_o = port2 ? we_q[0] & third_port : (we_q[0] & (we_q[1] | third))", "more_o = port2 ? we_q[0] & third_port : (we_q[0] & third)", "reg", false},
	{"mv32_core.v", "d_valid & ~x_redirect", "d_valid", "pc_fwd", false},
	{"mv32_csr.v", "irq_pending_o = mie_q & ", "irq_pending_o = ", "intr", false},
	{"mv32_commit.v", "access_o = commit_o &", "access_o = go_i & valid_i &", "dmem", false},
	{"mv32_store.v", "lanes_o[2] = addr_i[1] & ~addr_i[0] | word", "lanes_o[2] = addr_i[1] | word", "insn_sb", false},
	{"mv32_core.v", "x_irq = x_valid_q & irq_pending & ~x_held_q", "x_irq = x_valid_q & irq_pending", "insn_csrrw", true},
	{"mv32_rvfi.v", "order_q + 64'd1", "order_q + {63'd0, ~trap_q}", "unique", false},
	{"mv32_rvfi.v", "rvfi_order = order_q;", "rvfi_order = {order_q[63:1], ~order_q[0]};", "causal", false},
	{"mv32_rvfi.v", "rvfi_order = order_q;", "rvfi_order = {order_q[63:1], ~order_q[0]};", "pc_bwd", false},
	{"mv32_core.v", "x_csr & ~x_held_q)", "x_csr)", "liveness", false},
	{"mv32_core.v", "x_instr_q     <= d_instr;", "x_instr_q     <= {d_instr[31:8], d_instr[7] & ~d_taken, d_instr[6:0]};", "imem", false},
	{"mv32_csr.v", "rdata_q & ~source_q", "rdata_q | ~source_q", "insn_csrrs", false},
	{"mv32_rvfi.v", "rvfi_mode = 2'd3", "rvfi_mode = {1'b1, ~trap_q}", "mode", false},
	{"mv32_loop.v", "&count_q[1:0] : count_q[1]", "count_q[1] : count_q[1]", "insn_add", false},
	{"mv32_loops.v", "end1 & active[1] & ~again0", "end1 & active[1]", "insn_add", false},
	{"mv32_core.v", "x_again & {2{x_branch & x_taken_q}}", "2'b00", "insn_bne", false},
	{"mv32_commit.v", "commit_o & ~taken & ~jal_i", "commit_o & ~jal_i", "insn_add", false},
	{"mv32_core.v", "ext_x_commit_o = x_ext_commit", "ext_x_commit_o = 1'b1", "insn_mac", false},
	{"mv32_core.v", "x_is_shift & ~x_claim_q", "x_is_shift | x_claim_q", "insn_mac", false},
	{"mv32_wb.v", "port1_sel_o = {take3, take2}", "port1_sel_o = {take3, 1'b0}", "reg", false},
	{"mv32_loop.v", "count_q <= setup_i ?", "count_q <= ~setup_i ?", "insn_add", false},
	{"mv32_core.v", "x_set_i       (x_ext_commit & x_ext_loop_q)", "x_set_i       (x_ext_loop_q)", "insn_add", false},
	{"mv32_core.v", "x_back & {2{~x_irq}}", "x_back", "intr", false},
	{"mv32_pin.v", "hit1 = w1_en_i & w1_addr_i == REGISTER", "hit1 = w1_en_i & w1_addr_i[3:0] == REGISTER[3:0]", "insn_fusedmac", false},
}

// machine is a design of a spec.
func machine(t testing.TB, file, design string) *isa.Machine {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, m := range l.Machines {
		if m.Design.Name == design {
			return m
		}
	}
	t.Fatalf("%s has no design %s", file, design)
	return nil
}

const marvel = "../../specs/marvel.hcl"

// emit writes a design with its checks, changed by bugs, and returns the checks' folder.
func emit(t testing.TB, m *isa.Machine, bugs ...bug) string {
	t.Helper()
	dir := t.TempDir()
	files, err := rtl.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	more, err := emitrvfi.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, f := range append(files, more...) {
		text := string(f.Data)
		for _, b := range bugs {
			if filepath.Base(f.Path) != b.file {
				continue
			}
			if n := strings.Count(text, b.old); n != 1 {
				t.Fatalf("%q is %d times in %s", b.old, n, b.file)
			}
			text = strings.Replace(text, b.old, b.new, 1)
			used++
		}
		path := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if used != len(bugs) {
		t.Fatalf("%d of %d bugs are in files of the design", used, len(bugs))
	}
	return filepath.Join(dir, emitrvfi.Dir)
}

// find runs the bugs' checks on a core that has them all; each has to fail, with
// a trace that says so.
func find(t *testing.T, bugs []bug) {
	t.Helper()
	flowtest.Need(t, "yosys", "cadical")
	dir := emit(t, machine(t, marvel, "v4"), bugs...)
	var names []string
	for _, b := range bugs {
		names = append(names, b.check)
	}
	budget := 4 * time.Minute
	if bugs[0].deep {
		budget = 30 * time.Second
	}
	results, err := rvfi.Run(context.Background(), rvfi.Options{Dir: dir, Out: t.TempDir(), Checks: names, Jobs: 2, Budget: budget, Bounded: !bugs[0].deep})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if bugs[i].deep {
			if r.Status == rvfi.Proven {
				t.Errorf("%s is proven with %q for %q in %s", r.Name, bugs[i].new, bugs[i].old, bugs[i].file)
			}
			continue
		}
		t.Logf("%s: %s in cycle %d, %.1f s", r.Name, r.String(), r.Cycles, r.Seconds)
		if r.Status != rvfi.Failed {
			t.Errorf("%s is %s with %q for %q in %s %s", r.Name, r.String(), bugs[i].new, bugs[i].old, bugs[i].file, r.Detail)
			continue
		}
		text, err := os.ReadFile(r.Trace)
		if err != nil || !strings.Contains(string(text), "check "+r.Name+" fails in cycle") {
			t.Errorf("%s: the trace says %.200q (%v)", r.Name, text, err)
		}
	}
}

// TestSeededBugs wants the bugs found that have their check for themselves.
func TestSeededBugs(t *testing.T) { find(t, together) }

// TestSeededBugsApart wants each of the others found, with -all; one in a quick run.
func TestSeededBugsApart(t *testing.T) {
	for i, b := range apart {
		if i > 0 && !*all {
			break
		}
		t.Run(b.file+"/"+b.check, func(t *testing.T) { find(t, []bug{b}) })
	}
}
