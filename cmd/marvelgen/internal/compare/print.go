package compare

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Print writes the tables as text.
func (c *Comparison) Print(w io.Writer) {
	for _, n := range c.Networks {
		n.print(w)
	}
	if len(c.Accuracy) > 0 {
		t := newTable(w, "Worst errors of instructions", "design", "instruction", "error", "bound")
		for _, a := range c.Accuracy {
			kind := ""
			if a.Relative {
				kind = " relative"
			}
			t.AppendRow(table.Row{a.Design, a.Instruction, fmt.Sprintf("%.3g%s", a.Worst, kind), fmt.Sprintf("%.3g", a.Bound)})
		}
		t.Render()
	}
	for _, m := range c.Missing {
		fmt.Fprintf(w, "left out: %s: no such file\n", m)
	}
	fmt.Fprintf(w, "C by %s; area by %s, synth_xilinx -family xcup; code holds constants, RAM the stack's reserve\n", c.Compiler, c.Synthesis)
}

func (n *Network) print(w io.Writer) {
	t := newTable(w, fmt.Sprintf("%s: %d multiplications; float outputs %s", n.Name, n.MACs, numbers(n.Outputs)),
		"arithmetic", "design", "cycles", "times faster", "code", "RAM", "both", "LUT", "LUT + LUTRAM %", "DSP", "outputs", "largest error", "same class")
	for _, r := range n.Rows {
		both := grouped(uint64(r.Code + r.RAM))
		if r.Code+r.RAM > Limit {
			both += " > 64 kB"
		}
		cycles := grouped(r.Cycles)
		if r.Difference != "" {
			cycles = "FAILED"
		}
		same := "–"
		if r.Counted > 0 {
			same = fmt.Sprintf("%.1f %% of %d", 100*float64(r.Same)/float64(r.Counted), r.Counted)
		}
		t.AppendRow(table.Row{r.Arithmetic, r.Design, cycles, fmt.Sprintf("%.2f", r.Ratio), grouped(uint64(r.Code)), grouped(uint64(r.RAM)), both,
			r.Area.LUT, fmt.Sprintf("%+.2f", r.Overhead.LUTLUTRAM), r.Area.DSP, numbers(r.Outputs), fmt.Sprintf("%.4f", r.Error), same})
	}
	t.Render()
	if n.Perturbed > 0 {
		fmt.Fprintf(w, "same class: of %d perturbed inputs those that the float network decides by more than %g\n", n.Perturbed, Margin)
	}
	head := append([]any{"arithmetic", "design"}, anys(n.Kinds)...)
	t = newTable(w, n.Name+": cycles by kind of layer", head...)
	for _, r := range n.Rows {
		row := table.Row{r.Arithmetic, r.Design}
		for _, k := range r.ByKind {
			row = append(row, grouped(k))
		}
		t.AppendRow(row)
	}
	t.Render()
	fmt.Fprintln(w)
}

func anys(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// newTable has numbers from its third column on.
func newTable(w io.Writer, title string, head ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetTitle(title)
	t.AppendHeader(head)
	var columns []table.ColumnConfig
	for i := 2; i < len(head); i++ {
		columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	return t
}

func numbers(list []float32) string {
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprintf("%.4f", v))
	}
	return strings.Join(out, " ")
}

// grouped is a number with commas between thousands.
func grouped(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
