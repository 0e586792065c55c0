package rtl_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
)

// mutants are bugs put into the core one at a time; the named program must notice each.
var mutants = []struct {
	file, old, new string
	c              config
	program        string
}{
	{"mv32_fetch.v", "{{20{sign}}, d_instr_i[7],", "{{20{sign}}, sign,", base, "branch"},
	{"mv32_fetch.v", "d_instr_i[3] ? ~d_instr_i[21] : d_instr_i[31] & ~d_instr_i[8]", "d_instr_i[3] | d_instr_i[31]", base, "trap"},
	{"mv32_fetch.v", "d_instr_i[31] & ~d_instr_i[8]", "~d_instr_i[8]", base, "cycles"},
	{"mv32_fetch.v", "d_instr_i[19:12], d_instr_i[20]", "d_instr_i[18], d_instr_i[18:12], d_instr_i[20]", base, "far"},
	{"mv32_decode.v", "uj_type ? instr_i[19:12]", "u_type ? instr_i[19:12]", base, "far"},
	{"mv32_decode.v", "op_jal ? instr_i[20]", "op_jal ? instr_i[19]", base, "far"},
	{"mv32_alu.v", "a_sign = ~cmp_unsigned_i & a_i[31]", "a_sign = a_i[31]", base, "branch"},
	{"mv32_operand.v", "hit1 = w1_en_i &", "hit1 = 1'b0 & w1_en_i &", base, "hazard"},
	{"mv32_operand.v", "addr_i == w1_addr_i", "addr_i[3:0] == w1_addr_i[3:0]", base, "hazard"},
	{"mv32_operand.v", "hit2 ? 2'd2 : {1'b0, hit1}", "{1'b0, hit1}", ext3, "ext"},
	{"mv32_load.v", "{addr_i[1], addr_i[0] | size_i[0]}", "addr_i", base, "memory"},
	{"mv32_store.v", "(half & addr_i[0])", "1'b0", base, "trap"},
	{"mv32_div.v", "negate_q & ~quo_q[31]", "negate_q", base, "arith"},
	{"mv32_div.v", "LAST = 6'd35", "LAST = 6'd36", base, "cycles"},
	{"mv32_mul.v", "b_signed = ~funct3_i[1]", "b_signed = 1'b1", base, "arith"},
	{"mv32_shift.v", "fill_q   <= shift_i & arith_i & data_i[31]", "fill_q   <= shift_i & arith_i", base, "arith"},
	{"mv32_shift.v", "left_i ? ones << amount_i", "left_i ? ones", base, "arith"},
	{"mv32_csr.v", "mie_q  <= mpie_q;", "", base, "irq"},
	{"mv32_csr.v", "rdata_q & ~source_q", "rdata_q | ~source_q", base, "csr"},
	{"mv32_csr.v", "enable_q[1], 3'd0, enable_q[0], 3'd0", "enable_q[2], 3'd0, enable_q[0], 3'd0", base, "csr"},
	{"mv32_csr.v", "irq_pending_o = mie_q & ", "irq_pending_o = ", base, "irq"},
	{"mv32_counter.v", "count_i & ~load", "count_i", base, "csr"},
	{"mv32_commit.v", "jalr_i & jalr_bit1_i", "1'b0", base, "trap"},
	{"mv32_commit.v", "load_i ? 4'd4 : store_i", "store_i", base, "trap"},
	{"mv32_core.v", "x_irq = x_valid_q & irq_pending & ~x_held_q", "x_irq = x_valid_q & irq_pending", base, "irq"},
	{"mv32_core.v", "d_valid & ~x_redirect", "d_valid", base, "branch"},
	{"mv32_commit.v", "access_o = commit_o &", "access_o = go_i & valid_i &", base, "trap"},
	{"mv32_core.v", "ext_x_commit_o = x_ext_commit", "ext_x_commit_o = ext_x_valid_o", ext3, "ext"},
	{"mv32_core.v", "w_port1_sel[1] | (w_ext & ~w_port1_sel[0])", "w_port1_sel[1]", ext3, "ext"},
	{"mv32_wb.v", "port1_sel_o = {take3, take2}", "port1_sel_o = {2{take3}}", ext1, "ext"},
	{"mv32_sum.v", "~{b_i, carry_i}", "~{b_i, 1'b0}", base, "arith"},
	{"mv32_loop.v", "count_q <= setup_i ?", "count_q <= set_i & ~setup_i ?", ext3, "loop"},
	{"mv32_core.v", ".x_pending_i   (x_valid_q & ~x_taken_q)", ".x_pending_i   (1'b0)", ext3, "loop"},
	{"mv32_commit.v", "commit_o & ~taken & ~jal_i", "commit_o & ~jal_i", ext3, "loop"},
	{"mv32_core.v", "x_again & {2{x_branch & x_taken_q}}", "2'b00", ext3, "loop"},
	{"mv32_loop.v", "&count_q[1:0] : count_q[1]", "count_q[1] : count_q[1]", ext3, "loop"},
	{"mv32_loops.v", "end1 & active[1] & ~again0", "end1 & active[1]", ext3, "loop"},
	{"mv32_wb.v", "& ~to_pin & ~to_rd2", "& ~to_pin", ext3, "ext"},
	{"mv32_wb.v", "more_o = port2 ? we_q[0] & third_port", "more_o = port2 ? 1'b0", ext2, "ext"},
	{"mv32_regfile.v", "w1_data_i ^ w1_other", "w1_data_i", ext2, "ext"},
	{"mv32_pin.v", "direct ? 2'd3 :", "", ext3, "ext"},
}

// TestMutants shows that the programs bite.
func TestMutants(t *testing.T) {
	flowtest.Need(t, "iverilog", "riscv64-unknown-elf-gcc")
	arith := writeArith(t, t.TempDir(), []uint32{0, 1, 7, 0x80000000, 0xdeadbeef, 0xffffffff})
	for _, m := range mutants {
		t.Run(m.file+"/"+m.program, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			source := "testdata/asm/" + m.program + ".S"
			if m.program == "arith" {
				source = arith
			}
			text, err := os.ReadFile(m.file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(text), m.old) != 1 {
				t.Fatalf("%q is not in %s exactly once", m.old, m.file)
			}
			mutant := filepath.Join(dir, m.file)
			if err := os.WriteFile(mutant, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			files := []string{mutant}
			for _, f := range glob(t, "*.v", "testdata/*.v") {
				if f != m.file {
					files = append(files, f)
				}
			}
			image := assemble(t, dir, m.program, source, m.c.defines()...)
			if out := icarus(t, dir, files, m.c, image); out == "exit 0" {
				t.Errorf("%s with %q for %q passes %s", m.file, m.new, m.old, m.program)
			}
		})
	}
}
