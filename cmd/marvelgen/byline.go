package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/verif/profile"
)

// printProgramProfile shows the functions and the lines that took most.
func printProgramProfile(w io.Writer, p *build.ProgramProfile, most int) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"function", "at", "calls", "instructions", "cycles", "%"})
	for _, f := range p.Functions[:min(most, len(p.Functions))] {
		t.AppendRow(table.Row{f.Name, shortPlace(f.File, f.Line), f.Calls, f.Instructions, f.Cycles, percent(f.Share)})
	}
	t.Render()
	if len(p.Lines) > 0 {
		printLines(w, p.Lines[:min(most, len(p.Lines))])
	} else {
		fmt.Fprintf(w, "no lines: %s was compiled without -g\n", p.Program)
	}
	compiler := ""
	if p.Compiler != "" {
		compiler = ", " + p.Compiler
	}
	fmt.Fprintf(w, "%s: %d cycles, %d instructions, exit code %d; %s%s\n", p.Program, p.Cycles, p.Instructions, p.ExitCode, p.Design, compiler)
}

// printLines shows what lines of C took.
func printLines(w io.Writer, list []profile.LineCounts) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"C line", "in", "times", "instructions", "cycles", "%", ""})
	for _, l := range list {
		t.AppendRow(table.Row{shortPlace(l.File, l.Line), l.Function, l.Executions, l.Instructions, l.Cycles, percent(l.Share), strings.TrimSpace(l.Text)})
	}
	t.Render()
}

// printAnnotated shows the source files that took at least a hundredth of the cycles,
// with what each line took.
func printAnnotated(w io.Writer, p *build.ProgramProfile) {
	files := map[string]uint64{}
	at := map[string]map[int]profile.LineCounts{}
	for _, l := range p.Lines {
		if l.Line == 0 {
			continue
		}
		if at[l.File] == nil {
			at[l.File] = map[int]profile.LineCounts{}
		}
		at[l.File][l.Line] = l
		files[l.File] += l.Cycles
	}
	var names []string
	for name, cycles := range files {
		if 100*cycles >= p.Cycles {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(files[b], files[a]), cmp.Compare(a, b)) })
	for _, name := range names {
		fmt.Fprintf(w, "\n%s: %d cycles\n", shortPath(name), files[name])
		for n := 1; ; n++ {
			text, ok := p.Text(name, n)
			if !ok {
				break
			}
			if l, ran := at[name][n]; ran {
				fmt.Fprintf(w, "%12d %6s  %5d  %s\n", l.Cycles, percent(l.Share), n, text)
			} else {
				fmt.Fprintf(w, "%12s %6s  %5d  %s\n", "", "", n, text)
			}
		}
	}
}

func percent(share float64) string { return fmt.Sprintf("%.1f", 100*share) }

// shortPlace is a line as tables show it.
func shortPlace(file string, line int) string {
	if line == 0 {
		return "–"
	}
	return fmt.Sprintf("%s:%d", shortPath(file), line)
}

// shortPath is a file's name as seen from here, without its folder if that is
// elsewhere.
func shortPath(file string) string {
	here, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(here, file); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return filepath.Base(file)
}
