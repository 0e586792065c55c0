package build

import (
	"strings"

	"marvelgen/verif/formal"
	"marvelgen/verif/report"
)

// collect moves what the tasks found into the report.
func (b *build) collect(tasks []*task) {
	used := []string{"yosys", "verilator", "clang", "riscv-gcc", "z3", "cvc5"}
	if b.goals().core {
		used = append(used, "boolector", "cadical", "abc")
	}
	if len(tasks) == 0 {
		used = nil
	}
	for _, name := range used {
		if v, ok := strings.CutPrefix(toolVersion(name), name); ok {
			v = strings.TrimSpace(v)
			b.report.Tools = append(b.report.Tools, report.Tool{Name: name, Version: v})
		}
	}
	steps := map[string][]report.Step{}
	for _, t := range tasks {
		s := report.Step{Name: t.name, Status: t.status, Seconds: t.entry.Seconds, Cached: t.entry.Cached}
		if t.err != nil {
			s.Error = t.err.Error()
			s.Seconds = t.took.Seconds()
		}
		steps[t.design] = append(steps[t.design], s)
	}
	b.report.Steps = append(b.report.Steps, steps[""]...)
	for _, m := range b.machines {
		r := b.results[m.Design.Name]
		d := report.Design{Name: m.Design.Name, Summary: m.Design.Summary, Instructions: append([]string{}, m.Design.Instructions...), Steps: append([]report.Step{}, steps[m.Design.Name]...),
			Vectors: r.vectors, Programs: []report.Program{}, Area: r.area, Units: r.units, Core: r.core, Random: r.random, Mutation: r.mutation}
		if r.cover != nil {
			r.covered()
			s := r.cover.Summary()
			d.Coverage = &s
		}
		if b.lockstepped() {
			for _, p := range r.programs {
				d.Programs = append(d.Programs, p.run)
			}
			for _, n := range r.networks {
				d.Networks = append(d.Networks, n.run)
			}
		}
		b.report.Designs = append(b.report.Designs, d)
	}
}

// covered notes what proofs cover: the instructions of which nothing is open.
func (r *designResult) covered() {
	open := map[string]bool{}
	seen := map[string]bool{}
	note := func(instruction string, proven bool) {
		seen[instruction] = true
		open[instruction] = open[instruction] || !proven
	}
	for _, u := range r.units {
		for _, p := range u.Proofs {
			name, _, _ := strings.Cut(p.Name, ".")
			note(name, p.Status == formal.Proven)
		}
	}
	for _, c := range r.core {
		if c.Instruction != "" {
			note(c.Instruction, c.Proven)
		}
	}
	for name := range seen {
		if !open[name] {
			r.cover.Proven(name)
		}
	}
}
