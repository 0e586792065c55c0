package front

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"marvelgen/flows"
	"marvelgen/verif/report"
)

// Table is one table, for terminals and for the page.
type Table struct {
	Title string
	Words bool // not numbers
	Head  []string
	Rows  [][]string
	Note  string
}

// Tables are all that there is to say.
func (f *Front) Tables() []Table {
	out := []Table{f.goalTable(), f.verdictTable(), f.speedTable(), f.areaTable(), f.cycleTable()}
	for _, d := range f.Designs {
		if d.Cost != nil {
			out = append(out, d.costTable(), d.coefficientTable())
		}
	}
	if f.Energy != nil {
		out = append(out, f.energyTable())
	}
	if f.Clock != nil {
		out = append(out, f.clockTable())
	}
	return out
}

func (f *Front) goalTable() Table {
	t := Table{Title: "Goals", Words: true, Head: []string{"goal", "wants", "outcome"}}
	for _, g := range Goals {
		outcome, by := f.reached(g.Name)
		if by != "" {
			outcome += " by " + by
		}
		t.Rows = append(t.Rows, []string{g.Name, g.String(), outcome})
	}
	return t
}

func (f *Front) verdictTable() Table {
	t := Table{Title: "Goals by design", Words: true, Head: []string{"design", "goal", "outcome", "why"}}
	for _, d := range f.Designs {
		for _, v := range d.Verdicts {
			t.Rows = append(t.Rows, []string{d.Name, v.Goal, v.Outcome, strings.Join(v.Why, "; ")})
		}
	}
	return t
}

func (f *Front) speedTable() Table {
	t := Table{Title: "Speed-up", Head: []string{"network"}, Note: "Times faster than " + f.Base + ", which runs the best portable C."}
	mean, least, worst := []string{"geometric mean"}, []string{"worst"}, []string{"which is"}
	for _, d := range f.Designs {
		t.Head = append(t.Head, d.Name)
		mean = append(mean, times(d.Geomean))
		if d.Worst == nil {
			least, worst = append(least, "–"), append(worst, "–")
		} else {
			least, worst = append(least, times(d.Worst.Speedup)), append(worst, d.Worst.Network)
		}
	}
	for i, n := range f.Networks {
		row := []string{n.Name}
		for _, d := range f.Designs {
			row = append(row, times(d.Runs[i].Speedup))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, mean, least, worst)
	return t
}

func (f *Front) cycleTable() Table {
	t := Table{Title: "Cycles", Head: []string{"network", "multiplications", f.Base},
		Note: "One inference each on the simulator, whose cycles are the RTL's; every layer equal to the golden execution. " + f.Compiler + " for all."}
	for _, d := range f.Designs {
		t.Head = append(t.Head, d.Name)
	}
	for i, n := range f.Networks {
		row := []string{n.Name, grouped(uint64(n.MACs)), n.Base.text()}
		for _, d := range f.Designs {
			row = append(row, d.Runs[i].text())
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (f *Front) areaTable() Table {
	t := Table{Title: "Area", Head: []string{"design", "LUT", "LUTRAM", "LUT + LUTRAM", "FF", "DSP", "BRAM", "LUT + LUTRAM %", "LUT %", "FF %"},
		Note: "One flow for all: " + f.Synthesis + ", synth_xilinx -family xcup; per cent more than " + f.Base + "."}
	row := func(name string, a flows.Area, o *report.Overhead) {
		r := []string{name, fmt.Sprint(a.LUT), fmt.Sprint(a.LUTRAM), fmt.Sprint(a.LUT + a.LUTRAM), fmt.Sprint(a.FF), fmt.Sprint(a.DSP), fmt.Sprintf("%g", a.BRAM)}
		if o == nil {
			r = append(r, "", "", "")
		} else {
			r = append(r, fmt.Sprintf("%+.2f", o.LUTLUTRAM), fmt.Sprintf("%+.2f", o.LUT), fmt.Sprintf("%+.2f", o.FF))
		}
		t.Rows = append(t.Rows, r)
	}
	row(f.Base, f.BaseArea, nil)
	for _, d := range f.Designs {
		row(d.Name, d.Area, d.Overhead)
	}
	return t
}

// Print writes the tables as text.
func (f *Front) Print(w io.Writer) {
	for _, t := range f.Tables() {
		p := table.NewWriter()
		p.SetOutputMirror(w)
		p.SetTitle(t.Title)
		p.AppendHeader(cells(t.Head))
		for _, r := range t.Rows {
			p.AppendRow(cells(r))
		}
		var columns []table.ColumnConfig
		for i := range t.Head {
			c := table.ColumnConfig{Number: i + 1, WidthMax: 64, WidthMaxEnforcer: text.WrapSoft}
			if i > 0 && !t.Words {
				c.Align, c.AlignHeader = text.AlignRight, text.AlignRight
			}
			columns = append(columns, c)
		}
		p.SetColumnConfigs(columns)
		p.Render()
		if t.Note != "" {
			fmt.Fprintln(w, t.Note)
		}
		fmt.Fprintln(w)
	}
	for _, m := range f.Missing {
		fmt.Fprintf(w, "left out: %s: no such file\n", m)
	}
}

func cells(texts []string) table.Row {
	var out table.Row
	for _, s := range texts {
		out = append(out, s)
	}
	return out
}

func (r Run) text() string {
	if r.Difference != "" {
		return "FAILED"
	}
	return grouped(r.Cycles)
}

func times(x float64) string {
	if x <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.2fx", x)
}

// grouped is a number with commas between thousands.
func grouped(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
