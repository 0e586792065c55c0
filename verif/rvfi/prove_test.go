package rvfi_test

import (
	"context"
	"errors"
	"flag"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/verif/rvfi"
)

// run proves the named checks.
func run(t *testing.T, o rvfi.Options) []rvfi.Result {
	t.Helper()
	o.Jobs, o.Out = 2, t.TempDir()
	if o.Budget == 0 {
		o.Budget = 2 * time.Minute
	}
	results, err := rvfi.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Logf("%s: %s by %s, %s over %d cycles, %.1f s %s", r.Name, r.String(), r.Engine, r.Method, r.Cycles, r.Seconds, r.Detail)
	}
	return results
}

var design = flag.String("design", "v0", "design of specs/marvel.hcl that TestProof proves")

// TestProof proves some checks of a core, every one with -all.
func TestProof(t *testing.T) {
	flowtest.Need(t, "yosys", "cadical", "z3")
	names := []string{"insn_add", "insn_lh", "insn_mret", "illegal", "pc_fwd", "unique", "dmem", "intr"}
	if *all {
		names = nil
	}
	for _, r := range run(t, rvfi.Options{Dir: emit(t, machine(t, marvel, *design)), Checks: names}) {
		if r.Status != rvfi.Proven {
			t.Errorf("%s is %s %s", r.Name, r.String(), r.Detail)
		}
	}
}

// arith are the checks of the multiplier and the divider.
var arith = []string{"arith_mul", "arith_mulh", "arith_mulhsu", "arith_mulhu", "arith_div", "arith_divu", "arith_rem", "arith_remu"}

// TestArith proves multiplier and divider.
func TestArith(t *testing.T) {
	flowtest.Need(t, "yosys", "cadical", "z3")
	names := arith[:4]
	if *all {
		names = arith
	}
	for _, r := range run(t, rvfi.Options{Dir: emit(t, machine(t, marvel, "v0")), Checks: names}) {
		if r.Status != rvfi.Proven {
			t.Errorf("%s is %s %s", r.Name, r.String(), r.Detail)
		}
	}
}

// TestEngines wants one answer from all engines, on a right and on a wrong multiplier.
func TestEngines(t *testing.T) {
	flowtest.Need(t, "yosys")
	m := machine(t, marvel, "v0")
	right := emit(t, m)
	wrong := emit(t, m, bug{file: "mv32_mul.v", old: "b_signed = ~funct3_i[1]", new: "b_signed = 1'b1"})
	for _, e := range rvfi.Engines {
		flowtest.Need(t, e.Name)
		o := rvfi.Options{Dir: right, Checks: []string{"arith_mulhsu"}, Engine: e.Name}
		if r := run(t, o)[0]; r.Status != rvfi.Proven {
			t.Errorf("%s: the right multiplier is %s %s", e.Name, r.String(), r.Detail)
		}
		o.Dir = wrong
		if r := run(t, o)[0]; r.Status != rvfi.Failed || r.Trace == "" {
			t.Errorf("%s: the wrong multiplier is %s %s", e.Name, r.String(), r.Detail)
		}
	}
}

// TestSeededBugsArith wants the divider's proof to break where it is wrong; a
// counterexample is 36 cycles away.
func TestSeededBugsArith(t *testing.T) {
	flowtest.Need(t, "yosys", "cadical", "z3")
	bugs := []bug{
		{file: "mv32_div.v", old: "negate_q & ~quo_q[31]", new: "negate_q", check: "arith_div"},
		{file: "mv32_div.v", old: "quo_q[31] ^ (~rem_i & div_q[31])", new: "quo_q[31] ^ div_q[31]", check: "arith_rem"},
		{file: "mv32_div.v", old: "{div_neg, div_q}", new: "{1'b0, div_q}", check: "arith_div"},
	}
	for i, b := range bugs {
		if i > 0 && !*all {
			break
		}
		dir := emit(t, machine(t, marvel, "v0"), b)
		if r := run(t, rvfi.Options{Dir: dir, Checks: []string{b.check}, Budget: 5 * time.Second})[0]; r.Status == rvfi.Proven {
			t.Errorf("%s is proven with %q for %q", b.check, b.new, b.old)
		}
	}
}

// TestCancel wants no work after the end of the context.
func TestCancel(t *testing.T) {
	flowtest.Need(t, "yosys")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := rvfi.Run(ctx, rvfi.Options{Dir: emit(t, machine(t, marvel, "v0"))}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run says %v", err)
	}
}

// TestUnknown wants names refused that are none.
func TestUnknown(t *testing.T) {
	dir := emit(t, machine(t, marvel, "v0"))
	for _, o := range []rvfi.Options{{Dir: dir, Checks: []string{"nothing"}}, {Dir: dir, Engine: "nothing"}, {Dir: t.TempDir()}} {
		if _, err := rvfi.Run(context.Background(), o); err == nil {
			t.Errorf("Run takes %+v", o)
		}
	}
}
