package energy

import (
	"math"
	"strings"
	"testing"
)

func TestStrata(t *testing.T) {
	spans := []Span{{"conv", 0, 100_000}, {"pool", 100_000, 700}, {"conv", 100_700, 50_000}, {"softmax", 150_700, 9}}
	const end = 150_720
	strata := Strata(spans, end)
	if len(strata) != 3 {
		t.Fatalf("%d strata, want one for each operator", len(strata))
	}
	for i, want := range []struct {
		class  string
		cycles uint64
		length int
	}{{"conv", 150_000, MaxLength}, {"pool", 700, 2}, {"softmax", 9, 2}} {
		s := strata[i]
		if s.Class != want.class || s.Cycles != want.cycles || s.Length != want.length || len(s.Starts) != Batches {
			t.Errorf("%s: %d cycles in windows of %d, want %+v", s.Class, s.Cycles, s.Length, want)
		}
		in := 0.0
		for _, batch := range s.Starts {
			if len(batch) != Lanes {
				t.Fatalf("%s: %d windows in a batch", s.Class, len(batch))
			}
			for _, at := range batch {
				if at+uint64(s.Length) > end {
					t.Errorf("%s: a window begins in cycle %d and runs on behind the end", s.Class, at)
				}
				if s.Class == "conv" && at < 100_000 {
					in++
				} else if at >= 100_000 && at < 100_700 != (s.Class == "pool") {
					t.Errorf("%s: a window begins in cycle %d, in another layer", s.Class, at)
				}
			}
		}
		if s.Class == "conv" && math.Abs(in/(Batches*Lanes)-2./3) > 0.01 {
			t.Errorf("%g windows of conv lie in its first layer, which has two thirds of its cycles", in)
		}
	}
}

func TestMean(t *testing.T) {
	e := Mean([]Energy{{Logic: 1, RAM: 2}, {Logic: 3, RAM: 2}, {Logic: 5, RAM: 2}})
	if e.Logic != 3 || e.RAM != 2 || math.Abs(e.Error-2/math.Sqrt(3)) > 1e-12 {
		t.Errorf("%+v", e)
	}
}

// TestFinish works out a comparison by hand.
func TestFinish(t *testing.T) {
	class := func(cycles uint64, logic, ram float64) Class {
		return Class{Operator: "conv", Cycles: cycles, PerCycle: Estimate{Energy{logic, 1, ram, 2}, 0.5}, Glitch: 3 * logic, Fetches: 1, Reads: 0.25}
	}
	n := Network{Name: "n", RAM: 8 << 10, Base: Run{Cycles: 2000, Fetches: 2000, Reads: 500, Classes: []Class{class(1000, 4, 0)}},
		Ext: Run{Cycles: 100, Fetches: 100, Reads: 25, Classes: []Class{class(100, 9, 20)}}}
	n.Finish()
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	near("base logic", n.Base.Logic, 2000*5e-6) // cycles of no class are like the others
	near("base memory", n.Base.Memory, 2500*5e-6)
	near("base total", n.Base.Total, (10000+12500)*1e-6)
	near("design total", n.Ext.Total, (1000+2000+625)*1e-6)
	near("ratio", n.Ratio.Total, 22500./3625)
	near("ratio of gates", n.Ratio.Logic, 10)
	near("low", n.Ratio.Low, (10000+25000)/(1000+5250.))   // memories take twice
	near("high", n.Ratio.High, (10000+6250)/(1000+1312.5)) // half
	near("with glitches", Variants[2].Total(&n.Base)/Variants[2].Total(&n.Ext), (24000+12500)/(2700+2625.))
	near("with free clocks", Variants[1].Total(&n.Base)/Variants[1].Total(&n.Ext), (14000+12500)/(1200+2625.))
	near("error", n.Ratio.Error, n.Ratio.Total*math.Hypot(1000e-6/22500e-6, 50e-6/3625e-6))

	far := ByClass(4000, []Span{{"conv", 0, 3000}, {"other", 3000, 1000}}, []Run{n.Base})
	far.Finish(8 << 10)
	near("estimated logic", far.Logic, 4000*5e-6)
	near("estimated memory", far.Memory, 5000*5e-6)

	var b strings.Builder
	(&Report{Base: "core", Design: "wide", Networks: []Network{n}}).Print(&b)
	if !strings.Contains(b.String(), "6.2x") || !strings.Contains(b.String(), "20.0x") || !strings.Contains(b.String(), "by the mean") {
		t.Errorf("the table lacks something:\n%s", b.String())
	}
}

func TestVCDRefuses(t *testing.T) {
	const header = "$var wire 1 ! q $end\n$enddefinitions $end\n"
	for _, text := range []string{"$var wire 1 ! q $end\n", header + "#x\n", header + "#1\n1?\n", header + "#1\nb101!\n"} {
		v, err := NewVCD(strings.NewReader(text))
		for more := err == nil; more && err == nil; {
			more, err = v.Next()
		}
		if err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
