package front

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
)

// family is nine networks of a million cycles on the core alone, and one design that
// meets both goals: each test damages it.
func family(change func(f *Front, d *Design)) *Front {
	f := &Front{Schema: Schema, Base: "base", BaseArea: flows.Area{LUT: 1000, LUTRAM: 100, FF: 500, DSP: 4}}
	d := Design{Name: "good", Area: flows.Area{LUT: 1250, LUTRAM: 160, FF: 600, DSP: 8}}
	for i := range 9 {
		name := fmt.Sprint("net", i)
		f.Networks = append(f.Networks, Network{Name: name, MACs: int64(9 - i), Base: Run{Network: name, Cycles: 1_000_000}})
		d.Runs = append(d.Runs, Run{Network: name, Cycles: 25_000})
	}
	if change != nil {
		change(f, &d)
	}
	f.Designs = []Design{d}
	f.Finish()
	return f
}

// TestGoals seeds what each limit has to find, and what lies just within.
func TestGoals(t *testing.T) {
	all := func(cycles uint64) func(*Front, *Design) {
		return func(_ *Front, d *Design) {
			for i := range d.Runs {
				d.Runs[i].Cycles = cycles
			}
		}
	}
	for _, c := range []struct {
		name       string
		change     func(f *Front, d *Design)
		fast, lean string
		why        string
	}{
		{"good", nil, Met, Met, ""},
		{"30x", all(33_333), Met, Met, ""},
		{"29.99x", all(33_345), Missed, Met, "geometric mean 29.99x"},
		{"11.99x", all(83_403), Missed, Missed, "geometric mean 11.99x"},
		{"slow network", func(_ *Front, d *Design) { d.Runs[3].Cycles = 90_000 }, Missed, Met, "net3 11.11x"},
		{"28.18 % LUT", func(_ *Front, d *Design) { d.Area.LUT = 1250 }, Met, Met, ""},
		{"28.27 % LUT", func(_ *Front, d *Design) { d.Area.LUT = 1251 }, Missed, Missed, "LUT + LUTRAM +28.27 %"},
		{"LUTs used as memory", func(_ *Front, d *Design) { d.Area.LUTRAM = 200 }, Missed, Missed, "LUT + LUTRAM +31.82 %"},
		{"flip-flops", func(_ *Front, d *Design) { d.Area.FF = 642 }, Met, Missed, "FF +28.40 %"},
		{"multipliers", func(_ *Front, d *Design) { d.Area.DSP = 9 }, Met, Missed, "9 DSP against 4"},
		{"wrong layer", func(_ *Front, d *Design) { d.Runs[0].Difference = "layer 1" }, Missed, Missed, "net0 does not count"},
		{"wrong layer of the base", func(f *Front, _ *Design) { f.Networks[0].Base.Difference = "layer 1" }, Missed, Missed, "net0 does not count"},
		{"not run", func(_ *Front, d *Design) { d.Runs = d.Runs[1:] }, Missed, Missed, "net0 does not count"},
		{"eight networks", func(f *Front, _ *Design) { f.Networks = f.Networks[:8] }, Open, Open, "8 of 9 networks measured"},
	} {
		f := family(c.change)
		got := map[string]Verdict{}
		var why []string
		for _, v := range f.Designs[0].Verdicts {
			got[v.Goal] = v
			why = append(why, v.Why...)
		}
		if got["fast"].Outcome != c.fast || got["lean"].Outcome != c.lean || !strings.Contains(strings.Join(why, "\n"), c.why) {
			t.Errorf("%s: %+v; want %s, %s because of %q", c.name, f.Designs[0].Verdicts, c.fast, c.lean, c.why)
		}
	}
}

func TestFinish(t *testing.T) {
	f := family(func(_ *Front, d *Design) {
		for i := range d.Runs {
			d.Runs[i].Cycles = 100_000
		}
		d.Runs[0].Cycles, d.Runs[1].Cycles = 25_000, 400_000 // 40x and 2.5x: the mean stays
	})
	d := f.Designs[0]
	if d.Geomean < 9.9999 || d.Geomean > 10.0001 || d.Worst.Network != "net1" || d.Worst.Speedup != 2.5 {
		t.Errorf("mean %v, worst %+v", d.Geomean, d.Worst)
	}
	if f.Networks[0].Name != "net8" || d.Runs[0].Network != "net8" {
		t.Errorf("%s is the first network, %s the first run: want the smallest", f.Networks[0].Name, d.Runs[0].Network)
	}
	if got := f.Failures(); len(got) != 0 {
		t.Error(got)
	}
	f = family(func(_ *Front, d *Design) { d.Runs[0].Difference = "layer 1" })
	if got := strings.Join(f.Failures(), "|"); got != "net0 on good: layer 1" || f.Designs[0].Geomean != 0 {
		t.Errorf("%q, mean %v", got, f.Designs[0].Geomean)
	}
}

// TestRead reads back what was written, and does not believe what does not follow
// from the measurements.
func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "front.json")
	f := family(nil)
	f.Designs[0].Geomean = 1000
	write := func(b []byte) {
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	write(b)
	got, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if g := got.Designs[0].Geomean; g < 39.99 || g > 40.01 {
		t.Errorf("mean %v", g)
	}
	for _, c := range []struct {
		change func(f *Front)
		want   string
	}{
		{func(f *Front) { f.Schema = "other" }, "holds no results of `marvelgen front`"},
		{func(f *Front) { f.Networks[1].Name = f.Networks[0].Name }, "stands there twice"},
		{func(f *Front) { f.Networks[1].Base.Cycles = 0 }, "took no cycles"},
		{func(f *Front) { f.BaseArea.LUT = 0 }, "the core alone has 0 LUT"},
	} {
		f := family(nil)
		c.change(f)
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		write(b)
		if _, err := Read(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %q", err, c.want)
		}
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}
