package formal_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	emitformal "marvelgen/gen/emit/formal"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
	"marvelgen/verif/formal"
)

// load reads a spec's machines.
func load(t *testing.T, file string) []*isa.Machine {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l.Machines
}

// emit writes a design and says how to prove it. change may alter a file.
func emit(t *testing.T, m *isa.Machine, change func(name, text string) string) formal.Options {
	t.Helper()
	dir := t.TempDir()
	files, err := rtl.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	more, err := emitformal.Emit(m)
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, more...)
	for _, f := range files {
		path := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := string(f.Data)
		if change != nil {
			text = change(f.Path, text)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return formal.Options{Machine: m, RTL: filepath.Join(dir, "rtl"), Formal: filepath.Join(dir, "formal"), Dir: filepath.Join(dir, "proofs"),
		Limit: 8 * time.Second, Confirm: 4 * time.Second}
}

// TestProve proves every unit of every shipped spec's largest design, and of the
// test extensions, which have everything that a unit can have.
func TestProve(t *testing.T) {
	flowtest.Steps(t, flows.StepFormal)
	for _, file := range []string{"../../specs/marvel.hcl", "../cosim/testdata/ldot.hcl", "../cosim/testdata/odd.hcl", "../cosim/testdata/late.hcl", "../cosim/testdata/uram.hcl", "../cosim/testdata/slices.hcl", "../cosim/testdata/curves.hcl"} {
		machines := load(t, file)
		m := machines[len(machines)-1]
		t.Run(m.Name(), func(t *testing.T) {
			units, err := formal.Prove(context.Background(), emit(t, m, nil))
			if err != nil {
				t.Fatal(err)
			}
			if len(units) < len(m.Units)+2 {
				t.Errorf("%d units, want %d, the decoder and the socket", len(units), len(m.Units))
			}
			for _, u := range units {
				t.Logf("%-10s %-8s %2d proofs %6.2f s  %s", u.Name, u.Status, len(u.Proofs), u.Seconds, u.Engines)
				for _, p := range u.Proofs {
					if p.Status != formal.Proven {
						t.Errorf("%s %s: %s\n%s", p.Name, p.Status, p.Says, p.Detail)
					} else if p.Seconds > 2 || p.Confirmed == "" && p.Engine != "by form" {
						t.Logf("    %-20s %s %.2f s, confirmed by %q", p.Name, p.Engine, p.Seconds, p.Confirmed)
					}
				}
			}
		})
	}
}

// TestTooLarge: what is not proven says so.
func TestTooLarge(t *testing.T) {
	m := load(t, "../cosim/testdata/wide.hcl")[0]
	units, err := formal.Prove(context.Background(), formal.Options{Machine: m})
	if err != nil || len(units) != len(m.Units) {
		t.Fatal(err, units)
	}
	for _, u := range units {
		if u.Status != formal.Unproven {
			t.Errorf("%s is %s", u.Name, u.Status)
		}
	}
}

// TestSeeded puts bugs into emitted Verilog. Each must fail the proofs named, and
// no bug may leave everything proven.
func TestSeeded(t *testing.T) {
	flowtest.Steps(t, flows.StepFormal)
	for _, c := range []struct {
		spec, file, old, new string
		fails                []string
	}{
		{"../../specs/marvel.hcl", "marvel_v4_mac.v", ".b_i(w_mux0), .carry_i(1'b0)", ".b_i(w_mux0), .carry_i(1'b1)", []string{"mac.result", "add2i.result"}},
		{"../../specs/marvel.hcl", "mv32_sum.v", "~{b_i, carry_i}", "{b_i, carry_i}", []string{"add2i.result"}},
		{"../../specs/marvel.hcl", "marvel_v4_mac.v", "w_pin0_i + w_mul0_q", "w_mul0_q", []string{"fusedmac.result"}},
		{"../../specs/marvel.hcl", "marvel_v4_mac.v", "if (x_commit_i) begin", "begin", []string{"hold"}},
		{"../../specs/marvel.hcl", "marvel_v4_hwloop.v", "x_rs1_i[12:0]", "{1'b0, x_rs1_i[11:0]}", []string{"lpset.access"}},
		{"../../specs/marvel.hcl", "marvel_v4_decode.v", "32'hfe00_707f) == 32'h0000_000b", "32'h7e00_707f) == 32'h0000_000b", []string{"claim"}},
		{"../../specs/marvel.hcl", "marvel_v4_decode.v", "assign rd2_o = instr_i[24:20]", "assign rd2_o = instr_i[19:15]", []string{"add2i.result"}},
		{"../../specs/marvel.hcl", "marvel_v4_ext.v", "x_instr_i[31:20]", "{1'b0, x_instr_i[30:20]}", []string{"lpseti.access"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_slow.v", "!= 2'd3", "!= 2'd2", []string{"slow.latency"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_slow.v", ": 2'd0; // done", ": 2'd1; // done", []string{"slow.latency", "slow.killed"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_slow.v", "x_mine = x_valid_i & ", "x_mine = ", []string{"idle"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_dot.v", "else if (x_commit_i)", "else if (x_is_setptr_i | x_commit_i)", []string{"kill_x"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_dot.v", "if (w_commit_i)", "if (1'b1)", []string{"kill_w"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_dot.v", "ptr_q <= 32'h0", "ptr_q <= 32'h4", []string{"reset"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_dot.v", "acc_q[i] = 32'h0", "acc_q[i] = 32'h1", []string{"power_up"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_dot.v", "acc_q[w_rdacc_lane_q] <= 32'd0", "acc_q[w_rdacc_lane_q] <= 32'd1", []string{"rdacc.acc"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_dot.v", "if (x_is_ldotp_i) ptr_q", "if (x_is_ldotp_i | x_is_ldot_i) ptr_q", []string{"ldot.ptr"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_square.v", "12'h31, ", "12'h30, ", []string{"square.result"}},
		{"../cosim/testdata/slices.hcl", "mv32_dot.v", "(sum_o & {BITS{keep_i}})", "sum_o", []string{"dmac.acc"}},
		{"../cosim/testdata/slices.hcl", "mv32_dot.v", "b_i[B*k +: B] & {B{mul_i}}", "b_i[B*k +: B]", []string{"dadd.line"}},
		{"../cosim/testdata/slices.hcl", "mv32_dot.v", "else if (en_i)", "else", []string{"hold"}},
		{"../cosim/testdata/slices.hcl", "mv32_scale.v", "product + HALF", "product", []string{"dmac.part"}},
		{"../cosim/testdata/slices.hcl", "slices_all_sums.v", "{w_load_i[31:16], w_load_i[15:0]}", "{w_load_i[15:0], w_load_i[31:16]}", []string{"dmac.acc"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", ".re_i      (x_commit_i & x_or2)", ".re_i      (x_or2)", []string{"hold"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", "x_or2 = x_is_wdot_i | x_is_wget_i", "x_or2 = x_is_wget_i", []string{"wdot.read_w0"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", "x_or2 = x_is_wdot_i | x_is_wget_i", "x_or2 = x_is_wdot_i", []string{"wget.read_w0"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", ".re_i      (x_commit_i & x_is_wget_i)", ".re_i      (1'b0)", []string{"wget.read_flags"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", "x_commit_i & x_or0", "1'b0", []string{"wput.w0"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", "x_commit_i & x_and1", "x_and1", []string{"kill_x"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", "x_commit_i & x_or0", "x_commit_i & x_and0", []string{"wfill.w0"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", ".raddr_i   (x_wdot_i)", ".raddr_i   (wi_q)", []string{"wdot.read_w1"}},
		{"../cosim/testdata/uram.hcl", "uram_all_weights.v", "w_w1_data[39:32]", "w_w1_data[31:24]", []string{"wdot.acc"}},
		{"../cosim/testdata/curves.hcl", "curves_all_cube.v", "12'h3e8", "12'h3e9", []string{"cube.result"}},
		{"../cosim/testdata/curves.hcl", "mv32_rom.v", "words[addr_i]", "words[~addr_i]", []string{"cube.result"}},
		{"../cosim/testdata/curves.hcl", "curves_all_ext.v", "_from_q[1] <= x_is_flip | x_is_swap", "_from_q[1] <= x_is_flip", []string{"swap.result"}},
		{"../cosim/testdata/curves.hcl", "curves_all_roots_unit.v", "w_product_i[7:0]", "w_product_i[8:1]", []string{"root.result"}},
		{"../cosim/testdata/ldot.hcl", "ldot_all_spost.v", "+ 32'd1", "+ 32'd3", []string{"spost.access"}},
	} {
		t.Run(c.fails[0], func(t *testing.T) {
			machines := load(t, c.spec)
			found := false
			o := emit(t, machines[len(machines)-1], func(name, text string) string {
				if filepath.Base(name) != c.file || filepath.Base(filepath.Dir(name)) == "ultrascale" {
					return text
				}
				found = strings.Contains(text, c.old)
				return strings.Replace(text, c.old, c.new, 1)
			})
			if !found {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			o.Only, o.Confirm = append(o.Only, c.fails...), time.Second
			units, err := formal.Prove(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			for _, u := range units {
				for _, p := range u.Proofs {
					got++
					if p.Status != formal.Failed {
						t.Errorf("%s is %s", p.Name, p.Status)
					} else if p.Detail == "" && p.Name != "claim" {
						t.Errorf("%s fails without a counterexample", p.Name)
					}
				}
			}
			if got != len(c.fails) {
				t.Errorf("%d proofs were tried, want %d", got, len(c.fails))
			}
		})
	}
}
