package rvfi_test

import (
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/verif/rvfi"
)

const uram = "../cosim/testdata/uram.hcl"

// TestRAM proves that a core keeps in block RAM what retired instructions wrote,
// and that they read it.
func TestRAM(t *testing.T) {
	flowtest.Need(t, "yosys", "cadical")
	dir := emit(t, machine(t, uram, "all"))
	for _, r := range run(t, rvfi.Options{Dir: dir, Checks: []string{"ram", "insn_wput", "insn_wget"}}) {
		if r.Status != rvfi.Proven {
			t.Errorf("%s is %s %s", r.Name, r.String(), r.Detail)
		}
	}
}

// TestSeededRAM wants the check of RAMs to find a write by an instruction that does
// not retire, and a wrong read found where it is read.
func TestSeededRAM(t *testing.T) {
	flowtest.Need(t, "yosys", "cadical")
	for _, b := range []bug{
		{file: "uram_all_weights.v", old: "x_commit_i & x_and1", new: "x_and1", check: "ram"},
		{file: "mv32_uram.v", old: "if (re_i) rdata_o", new: "rdata_o", check: "insn_wget"},
	} {
		dir := emit(t, machine(t, uram, "all"), b)
		r := run(t, rvfi.Options{Dir: dir, Checks: []string{b.check}, Budget: time.Minute, Bounded: true})[0]
		if r.Status != rvfi.Failed || r.Trace == "" {
			t.Errorf("%s is %s with %q for %q %s", r.Name, r.String(), b.new, b.old, r.Detail)
		}
	}
}
