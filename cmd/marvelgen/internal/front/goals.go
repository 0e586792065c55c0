package front

import (
	"fmt"
	"strings"
)

// Goal is what some design of the family has to reach. A limit of 0 is none. All
// LUTs count, those used as memory too.
type Goal struct {
	Name     string
	Networks int     // so many have to be measured
	Geomean  float64 // speed-up, at least
	Worst    float64 // speed-up of every network, at least
	LUT, FF  float64 // per cent more than the core alone, at most
	DSP      float64 // times the core's, at most
}

// MARVEL's area is what ours is held to.
const marvelLUT = 28.23

// Goals are those of the CNN family.
var Goals = []Goal{
	{Name: "fast", Networks: 9, Geomean: 30, Worst: 12, LUT: marvelLUT},
	{Name: "lean", Networks: 9, Geomean: 12, LUT: marvelLUT, FF: marvelLUT, DSP: 2},
}

// String is the goal in words.
func (g Goal) String() string {
	out := []string{fmt.Sprintf("geometric mean of %d networks ≥ %gx", g.Networks, g.Geomean)}
	if g.Worst > 0 {
		out = append(out, fmt.Sprintf("none below %gx", g.Worst))
	}
	if g.LUT > 0 {
		out = append(out, fmt.Sprintf("LUT + LUTRAM ≤ +%g %%", g.LUT))
	}
	if g.FF > 0 {
		out = append(out, fmt.Sprintf("FF ≤ +%g %%", g.FF))
	}
	if g.DSP > 0 {
		out = append(out, fmt.Sprintf("DSP ≤ %gx the core's", g.DSP))
	}
	return strings.Join(out, ", ")
}

// Outcomes of a goal.
const (
	Met    = "met"
	Missed = "missed"
	Open   = "open" // nothing speaks against it, but not every network was measured
)

// Verdict is what a design makes of a goal.
type Verdict struct {
	Goal    string   `json:"goal"`
	Outcome string   `json:"outcome"`
	Why     []string `json:"why,omitempty"`
}

func (g Goal) judge(f *Front, d *Design) Verdict {
	v := Verdict{Goal: g.Name, Outcome: Met}
	miss := func(bad bool, format string, args ...any) {
		if bad {
			v.Outcome = Missed
			v.Why = append(v.Why, fmt.Sprintf(format, args...))
		}
	}
	for _, r := range d.Runs {
		miss(r.Speedup <= 0, "%s does not count", r.Network)
	}
	if d.Geomean > 0 {
		miss(d.Geomean < g.Geomean, "geometric mean %.2fx", d.Geomean)
	}
	if d.Worst != nil {
		miss(d.Worst.Speedup < g.Worst, "%s %.2fx", d.Worst.Network, d.Worst.Speedup)
	}
	over := func(x, base int, percent float64) bool {
		return percent > 0 && 100*float64(x) > float64(base)*(100+percent)
	}
	a, b := d.Area, f.BaseArea
	miss(over(a.LUT+a.LUTRAM, b.LUT+b.LUTRAM, g.LUT), "LUT + LUTRAM %+.2f %%", d.Overhead.LUTLUTRAM)
	miss(over(a.FF, b.FF, g.FF), "FF %+.2f %%", d.Overhead.FF)
	miss(g.DSP > 0 && float64(a.DSP) > g.DSP*float64(b.DSP), "%d DSP against %d", a.DSP, b.DSP)
	if n := len(f.Networks); n < g.Networks {
		if v.Outcome == Met {
			v.Outcome = Open
		}
		v.Why = append(v.Why, fmt.Sprintf("%d of %d networks measured", n, g.Networks))
	}
	return v
}

// reached is the best that any design makes of a goal, and by which design.
func (f *Front) reached(goal string) (outcome, designs string) {
	by := map[string][]string{}
	for _, d := range f.Designs {
		for _, v := range d.Verdicts {
			if v.Goal == goal {
				by[v.Outcome] = append(by[v.Outcome], d.Name)
			}
		}
	}
	for _, o := range []string{Met, Open} {
		if len(by[o]) > 0 {
			return o, strings.Join(by[o], ", ")
		}
	}
	return Missed, ""
}
