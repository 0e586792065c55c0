package build

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/spec"
	"marvelgen/verif/energy"
)

// energyOf prepares the tiny spec, whose kernels are portable C on both designs.
func energyOf(t *testing.T, longest uint64) *joules {
	t.Helper()
	needAll(t)
	file := writeSpec(t, t.TempDir())
	src, err := spec.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	o := EnergyOptions{FrontOptions: FrontOptions{Compiler: "clang", Opt: "-O3", Seed: 1, Jobs: 2, CacheDir: filepath.Join(t.TempDir(), "cache"), Progress: &quiet{}}, Longest: longest}
	j, err := newJoules(l, o, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	return j
}

// TestEnergy runs the same program on two nearly equal cores: so must be what they
// take. A netlist with a bug must not get as far.
func TestEnergy(t *testing.T) {
	j := energyOf(t, 10_000_000)
	ctx := context.Background()
	if err := j.networks(ctx, []string{"zoo:lenet5"}); err != nil {
		t.Fatal(err)
	}
	if err := j.finish(); err != nil {
		t.Fatal(err)
	}
	n := j.report.Networks[0]
	if !n.Measured || n.Ratio.Total < 0.9 || n.Ratio.Total > 1.1 || n.Base.Simulated < 10_000 || n.Ratio.Error <= 0 || n.Ratio.Error > 0.05 {
		t.Errorf("%+v", n.Ratio)
	}
	if per := 1e6 * n.Base.Logic / float64(n.Base.Cycles); per < 1 || per > 30 {
		t.Errorf("the core takes %.2f pJ in a cycle", per)
	}
	for _, c := range j.report.Calibration {
		if off := math.Abs(math.Log2(c.Ours / c.Published)); off > 0.5 {
			t.Errorf("%s takes %.3f pJ, published are %.3f", c.Name, c.Ours, c.Published)
		}
	}

	// By operators, from itself, a network takes what was measured.
	far := energy.ByClass(n.Base.Cycles, j.results[0].spans[j.base], []energy.Run{n.Base})
	far.Finish(n.RAM)
	if math.Abs(far.Total/n.Base.Total-1) > 0.02 {
		t.Errorf("by operators %.3f µJ, measured %.3f", far.Total, n.Base.Total)
	}

	// Every output of the netlist is compared: hold a bit of one at 1.
	gates := j.gates[j.base]
	for _, p := range gates.Outputs {
		for i := range gates.Gates {
			if g := &gates.Gates[i]; p.Name == "dmem_addr_o" && g.Out == p.Bits[4] {
				*g = energy.Gate{Kind: energy.Nand, Out: g.Out} // of two zeros
				err := j.networks(ctx, []string{"zoo:lenet5"})
				var d *energy.Difference
				var failed *CheckError
				if !errors.As(err, &d) || !errors.As(err, &failed) || d.Port != "dmem_addr_o" {
					t.Errorf("a wrong gate at an address: %v", err)
				}
				return
			}
		}
	}
	t.Error("no gate drives the address")
}
