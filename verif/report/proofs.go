package report

import (
	"fmt"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"marvelgen/verif/formal"
)

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// UnitTable lists what is proven of each unit, by which engine in what time.
func (d *Design) UnitTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"unit", "status", "proofs", "engines", "seconds"})
	for _, u := range d.Units {
		t.AppendRow(table.Row{u.Name, u.Status, len(u.Proofs), u.Engines, fmt.Sprintf("%.1f", u.Seconds)})
	}
	return t
}

// CoreTable lists what is proven of the core, its checks of one kind together.
func (d *Design) CoreTable() table.Writer {
	type sum struct {
		checks   int
		statuses map[string]int
		methods  map[string]bool
		seconds  float64
	}
	kinds := map[string]*sum{}
	var order []string
	for _, c := range d.Core {
		k := kinds[c.Kind]
		if k == nil {
			k = &sum{statuses: map[string]int{}, methods: map[string]bool{}}
			kinds[c.Kind] = k
			order = append(order, c.Kind)
		}
		k.checks++
		k.seconds += c.Seconds
		k.statuses[c.Status]++
		k.methods[strings.TrimSpace(c.Method+" by "+c.Engine)] = true
	}
	t := table.NewWriter()
	t.AppendHeader(table.Row{"checks of the core", "checks", "status", "how", "seconds"})
	for _, name := range order {
		k := kinds[name]
		var status, how []string
		for s, n := range k.statuses {
			status = append(status, fmt.Sprintf("%d %s", n, s))
		}
		for m := range k.methods {
			how = append(how, m)
		}
		sort.Strings(status)
		sort.Strings(how)
		t.AppendRow(table.Row{name, k.checks, strings.Join(status, ", "), strings.Join(how, ", "), fmt.Sprintf("%.1f", k.seconds)})
	}
	return t
}

// Open lists, in words, what is not proven.
func (d *Design) Open() []string {
	var out []string
	for _, u := range d.Units {
		for _, p := range u.Proofs {
			if p.Status == formal.Unproven {
				out = append(out, strings.TrimSuffix(fmt.Sprintf("unit %s, %s: %s; %s", u.Name, p.Name, p.Says, p.Detail), "; "))
			}
		}
	}
	for _, c := range d.Core {
		if !c.Proven && !c.Failed {
			out = append(out, strings.TrimSuffix(fmt.Sprintf("core, %s is %s: %s; %s", c.Name, c.Status, c.Says, c.Detail), "; "))
		}
	}
	return out
}

// trust is the sections of the report that say how far the design can be trusted.
func (d *Design) trust() string {
	var b strings.Builder
	if len(d.Units) > 0 {
		b.WriteString("\n### Units, proven against the meaning of their instructions\n\nFrom any state, at any time: there is no depth. Each question is a script in `formal/proofs/`.\n\n" +
			d.UnitTable().RenderMarkdown() + "\n")
	}
	if len(d.Core) > 0 {
		b.WriteString("\n### Core, proven against its ISA\n\n" + d.CoreTable().RenderMarkdown() + "\n")
	}
	if open := d.Open(); len(open) > 0 {
		b.WriteString("\n### Not proven\n\n")
		for _, o := range open {
			b.WriteString("- " + o + "\n")
		}
	}
	if r := d.Random; r != nil {
		fmt.Fprintf(&b, "\n### Random programs\n\n%s.\n", RandomText(r.Programs, r.Instructions, r.Waits, r.Traps, r.Interrupts))
	}
	if m := d.Mutation; m != nil {
		b.WriteString("\n### Mutants\n\n" + d.MutationText() + "\n")
	}
	if d.Coverage != nil {
		b.WriteString("\n### Coverage\n\n" + d.Coverage.Markdown() + "\n")
	}
	return b.String()
}

// RandomText says what a random run has compared.
func RandomText(programs int, instructions, waits, traps, interrupts int64) string {
	return fmt.Sprintf("%d instructions of %d programs in lockstep, %d of them with wait states; %d exceptions and %d interrupts taken", instructions, programs, waits, traps, interrupts)
}

// MutationText is the outcome of a mutation run: the rate, who killed, of which
// kinds, and what survived.
func (d *Design) MutationText() string {
	m := d.Mutation
	var b strings.Builder
	fmt.Fprintf(&b, "Mutants: %d of %d killed, %.1f %%; beside them %d proven equivalent and %d that do not compile.\n\n", m.Killed, m.Mutants, 100*m.Rate(), m.Equivalent, m.Rejected)
	t := table.NewWriter()
	t.AppendHeader(table.Row{"kind", "mutants", "killed", "equivalent"})
	for _, k := range m.Kinds {
		t.AppendRow(table.Row{k.Kind, k.Mutants, k.Killed, k.Equivalent})
	}
	b.WriteString(t.RenderMarkdown() + "\n\n")
	t = table.NewWriter()
	t.AppendHeader(table.Row{"judge", "killed first", "seconds"})
	for _, j := range m.Judges {
		t.AppendRow(table.Row{j.Judge, j.Killed, fmt.Sprintf("%.0f", j.Seconds)})
	}
	b.WriteString(t.RenderMarkdown() + "\n")
	for _, f := range m.Survivors {
		reason := f.Reason
		if reason == "" {
			reason = "NOT EXPLAINED"
		}
		fmt.Fprintf(&b, "\n- survives: %s. %s", f.Mutant, reason)
	}
	return b.String()
}
