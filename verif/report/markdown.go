package report

import (
	"fmt"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Markdown is the report for people.
func (r *Report) Markdown() string {
	var b strings.Builder
	verdict := "passed"
	if !r.Passed {
		verdict = "FAILED"
	}
	fmt.Fprintf(&b, "# %s: %s\n\nSpec `%s`, sha256 `%.16s`, marvelgen %s.\n", r.Spec.Name, verdict, r.Spec.File, r.Spec.SHA256, r.Tool)
	if len(r.Tools) > 0 {
		var tools []string
		for _, t := range r.Tools {
			tools = append(tools, strings.TrimSpace(t.Name+" "+t.Version))
		}
		fmt.Fprintf(&b, "Tools: %s.\n", strings.Join(tools, ", "))
	}
	if r.Base != nil { // synthesised
		b.WriteString("\n## Designs\n\n" + r.DesignTable().RenderMarkdown() + "\n")
		b.WriteString("\nArea: Yosys `synth_xilinx -family xcup`, core and extension without memories; overhead over the core alone. " +
			"Speed-up: cycles of the best portable variant on the first design, over those of the best variant on this one.\n")
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		fmt.Fprintf(&b, "\n## %s\n\n", d.Name)
		if d.Summary != "" {
			fmt.Fprintf(&b, "%s.\n\n", strings.ToUpper(d.Summary[:1])+d.Summary[1:])
		}
		b.WriteString(steps(d.Steps))
		if len(d.Programs) > 0 {
			b.WriteString("\n" + d.ProgramTable().RenderMarkdown() + "\n")
		}
		if len(d.Networks) > 0 {
			b.WriteString("\n" + d.NetworkTable().RenderMarkdown() + "\n")
		}
		if len(d.Vectors) > 0 {
			b.WriteString("\n" + d.vectors() + "\n")
		}
		b.WriteString(d.trust())
	}
	if q := r.Reference; q != nil {
		fmt.Fprintf(&b, "\n## Reference\n\nThe simulator's base ISA agrees with QEMU, register by register, on %d instructions of %d random programs, %d exceptions among them.\n", q.Instructions, q.Programs, q.Traps)
	}
	if len(r.Steps) > 0 {
		b.WriteString("\n## Common steps\n\n" + steps(r.Steps))
	}
	return b.String()
}

// DesignTable is the comparison of all designs.
func (r *Report) DesignTable() table.Writer {
	t := table.NewWriter()
	programs := map[string]bool{}
	for _, d := range r.Designs {
		for p := range d.Speedup {
			programs[p] = true
		}
	}
	var names []string
	for p := range programs {
		names = append(names, p)
	}
	sort.Strings(names)
	head := table.Row{"design", "LUT", "LUTRAM", "FF", "DSP", "BRAM", "carry", "LUT %", "LUT+RAM %", "FF %"}
	for _, n := range names {
		head = append(head, n+" ×")
	}
	t.AppendHeader(append(head, "verdict"))
	row := func(name string, d *Design) table.Row {
		out := table.Row{name}
		if d.Area != nil {
			out = append(out, d.Area.LUT, d.Area.LUTRAM, d.Area.FF, d.Area.DSP, fmt.Sprintf("%g", d.Area.BRAM), d.Area.Carry)
		} else {
			out = append(out, "–", "–", "–", "–", "–", "–")
		}
		if d.Overhead != nil {
			out = append(out, fmt.Sprintf("%+.2f", d.Overhead.LUT), fmt.Sprintf("%+.2f", d.Overhead.LUTLUTRAM), fmt.Sprintf("%+.2f", d.Overhead.FF))
		} else {
			out = append(out, "–", "–", "–")
		}
		return out
	}
	for i := range r.Designs {
		d := &r.Designs[i]
		out := row(d.Name, d)
		for _, n := range names {
			if s, ok := d.Speedup[n]; ok {
				out = append(out, fmt.Sprintf("%.2f", s))
			} else {
				out = append(out, "–")
			}
		}
		t.AppendRow(append(out, d.verdict()))
	}
	return t
}

func (d *Design) verdict() string {
	if failed(d.Steps) {
		return "FAILED"
	}
	for _, p := range d.Programs {
		if !p.Passed || !p.Lockstep {
			return "FAILED"
		}
	}
	for _, n := range d.Networks {
		if !n.Equal {
			return "FAILED"
		}
	}
	return "passed"
}

// NetworkTable is the design's networks.
func (d *Design) NetworkTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"network", "model", "on", "compiler", "samples", "cycles", "cycles/MAC", "arena", "every layer", "lockstep"})
	for _, n := range d.Networks {
		lockstep := "–"
		if n.Records > 0 {
			lockstep = fmt.Sprintf("%d equal", n.Records)
		}
		t.AppendRow(table.Row{n.Name, n.Model, n.On, n.Compiler, n.Samples, n.Cycles, fmt.Sprintf("%.3f", n.CyclesPerMAC), n.ArenaBytes,
			word(n.Equal, "equal to golden", "DIFFERS"), lockstep})
	}
	return t
}

// ProgramTable is the design's programs.
func (d *Design) ProgramTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"program", "variant", "compiler", "cycles", "instructions", "cycles/MAC", "result", "lockstep"})
	for _, p := range d.Programs {
		mac := "–"
		if p.MACs > 0 {
			mac = fmt.Sprintf("%.3f", p.CyclesPerMAC)
		}
		t.AppendRow(table.Row{p.Name, p.Variant, p.Compiler, p.Cycles, p.Instructions, mac, word(p.Passed, "passed", fmt.Sprintf("FAILED (exit %d)", p.ExitCode)),
			word(p.Lockstep, fmt.Sprintf("%d equal", p.Records), "DIVERGED")})
	}
	return t
}

// vectors lists the counts, the instructions of equal count together.
func (d *Design) vectors() string {
	by := map[int][]string{}
	total := 0
	for name, n := range d.Vectors {
		by[n] = append(by[n], name)
		total += n
	}
	var counts []int
	for n := range by {
		counts = append(counts, n)
	}
	sort.Sort(sort.Reverse(sort.IntSlice(counts)))
	out := fmt.Sprintf("Vectors judged by the golden evaluation: %d in all.\n", total)
	for _, n := range counts {
		sort.Strings(by[n])
		out += fmt.Sprintf("\n- %d each: %s", n, strings.Join(by[n], ", "))
	}
	return out
}

func steps(list []Step) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"step", "status", "seconds", ""})
	for _, s := range list {
		note := word(s.Cached, "from cache", "")
		if s.Error != "" {
			note = strings.SplitN(s.Error, "\n", 2)[0]
		}
		t.AppendRow(table.Row{s.Name, s.Status, fmt.Sprintf("%.2f", s.Seconds), note})
	}
	return t.RenderMarkdown() + "\n"
}

func word(c bool, yes, no string) string {
	if c {
		return yes
	}
	return no
}
