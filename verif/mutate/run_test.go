package mutate

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/gen"
)

// options are those of a run on a design of a spec.
func options(t *testing.T, file, design string) Options {
	t.Helper()
	flowtest.Need(t, "verilator", "g++", "make", "yosys", "riscv64-unknown-elf-gcc")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(filepath.Base(file), src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, m := range l.Machines {
		if m.Design.Name != design {
			continue
		}
		files, err := gen.Emit(m)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{Machine: m, Files: map[string][]byte{}, Seed: 1, Jobs: 2, Dir: t.TempDir()}
		for _, f := range files {
			o.Files[f.Path] = f.Data
		}
		return o
	}
	t.Fatalf("no design %s", design)
	return Options{}
}

// TestRun mutates a few places of a unit, the forwarding and the loops, with
// known equivalents among them, and without: the judges find all others.
func TestRun(t *testing.T) {
	o := options(t, "../../specs/marvel.hcl", "v4")
	o.Only = []string{"marvel_v4_mac.v", "mv32_operand.v", "mv32_loops.v"}
	o.Mutants = 16
	var err error
	if o.Judges, err = DefaultJudges(t.Context(), o.Machine, o.Dir); err != nil {
		t.Fatal(err)
	}
	var told []string
	o.Progress = func(_, _ int64, what string) { told = append(told, what) }
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil || r.Mutants+r.Equivalent != 16 || r.Killed < 10 || len(r.Fates) != 16 {
		t.Errorf("%v: %d count, %d killed, %d equivalent", err, r.Mutants, r.Killed, r.Equivalent)
	}
	if len(told) < 17 || r.Judges[0].Judge != "vectors" || r.Judges[0].Killed == 0 {
		t.Errorf("told %d times; judges %+v", len(told), r.Judges)
	}
	for _, f := range r.Fates {
		// WRITE2 is 0 in this design, so what depends on hit2 is not there.
		dead := strings.HasPrefix(f.Mutant.Before, "wire hit2")
		if dead && f.Proof == "" || f.Judge != "" && (f.Why == "" || f.Proof != "") {
			t.Errorf("%s: %+v", f.Mutant, f)
		}
	}

	// Without the judges nobody is killed, and the run says so.
	blind := o
	blind.Judges, blind.Mutants, blind.NoProofs = nil, 4, true
	if r, err = Run(t.Context(), blind); err != nil || r.Killed != 0 || r.Check() == nil {
		t.Errorf("without judges: %+v, %v", r, err)
	}
}

// TestProgramsAreSharp wants the core's programs to notice mutants that they once
// let pass.
func TestProgramsAreSharp(t *testing.T) {
	o := options(t, "../../specs/marvel.hcl", "v0")
	programs, err := Programs(t.Context(), o.Machine, o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Judges = []Judge{programs}
	missed := map[string]bool{
		"d_imm[11] = u_type ? 1'b0 : op_jal ? instr_i[19] : op_branch ? instr_i[7] : sign;": true,
		"4'b0100: few = {20'd0, enable_q[2], 3'd0, enable_q[2], 3'd0, enable_q[0], 3'd0};":  true,
		"roi_valid_o <= 1'h1;": true,
	}
	o.Only = []string{"mv32_decode.v", "mv32_csr.v", "mv32_bus.v"}
	w := newWorkshop(&o)
	all, err := w.enumerate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m *Mutant) bool { return !missed[m.After] })
	if len(all) != len(missed) {
		t.Fatalf("%d mutants: %v", len(all), all)
	}
	for i, m := range all {
		m.ID = i + 1
	}
	exe, fates, err := w.model(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	c := &court{workshop: w, spent: make([]time.Duration, 1)}
	if err := c.judge(t.Context(), exe, fates); err != nil {
		t.Fatal(err)
	}
	for _, f := range fates {
		t.Logf("%s: %s", f.Mutant, f.Why)
		if f.Judge == "" {
			t.Errorf("nobody notices %s", f.Mutant)
		}
	}
}

// TestProofsAreSharp wants no proof of equivalence for mutants that judges tell
// from the original.
func TestProofsAreSharp(t *testing.T) {
	sharp(t, "../../specs/marvel.hcl", "v4", []verdict{
		{"mv32_csr.v", "mpie_q <= 1'h0;", false},
		{"mv32_timer.v", "irq_o <= mtime < mtimecmp_q;", false},
		{"mv32_bus.v", "wire is_ram = dmem_addr_i[31:28] == 4'h9;", false},
		{"marvel_v4_hwloop.v", "wire [31:0] x_mux0 = x_is_lpseti_i ? {20'd0, x_count_i} : {19'h1, x_rs1_i[12:0]};", true},
	})
}

// TestProofsSeeRAMs wants the same of what reaches private RAM.
func TestProofsSeeRAMs(t *testing.T) {
	sharp(t, "../cosim/testdata/uram.hcl", "all", []verdict{
		{"mv32_core.v", "assign imem_addr_o[1:0] = 2'h2;", true},
		{"uram_all_weights.v", "wire x_or0 = x_and0 & x_is_wfill_i;", false},
		{"uram_all_weights.v", "wire [2:0] x_wdot_i = x_first_i ? 3'h1 : wi_q;", false},
		{"mv32_uram.v", "always @(posedge clk_i) if (!(we_i)) words[waddr_i] <= wdata_i;", false},
	})
}

// verdict is a mutant and whether it is equivalent.
type verdict struct {
	file, after string
	equal       bool
}

func sharp(t *testing.T, spec, design string, list []verdict) {
	t.Helper()
	o := options(t, spec, design)
	for _, want := range list {
		o.Only = append(o.Only, want.file)
	}
	w := newWorkshop(&o)
	all, err := w.enumerate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range list {
		for _, m := range all {
			if filepath.Base(m.File) != want.file || m.After != want.after {
				continue
			}
			f := &Fate{Mutant: m}
			if err := w.prove(context.Background(), []*Fate{f}); err != nil || (f.Proof != "") != want.equal {
				t.Errorf("%s: %q, %v", m, f.Proof, err)
			}
			want.file = "" // seen
		}
		if want.file != "" {
			t.Errorf("%s has no mutant %q", want.file, want.after)
		}
	}
}
