package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"marvelgen/flows"
)

func doctorCommand() *cobra.Command {
	var asJSON, packages bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Show which external tools are there, and what to install",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if packages {
				fmt.Println(strings.Join(missingPackages(), " "))
				return nil
			}
			type row struct {
				Name    string `json:"name"`
				Found   bool   `json:"found"`
				Version string `json:"version"`
				Path    string `json:"path"`
				Package string `json:"package"`
				Purpose string `json:"purpose"`
			}
			var rows []row
			for _, t := range flows.Tools() {
				f, err := t.Find()
				rows = append(rows, row{t.Name, err == nil, f.Version, f.Path, t.Package, t.Purpose})
			}
			missing := flows.Missing(flows.StepCompile, flows.StepVerify, flows.StepSynth)
			if asJSON {
				if err := printJSON(rows); err != nil {
					return err
				}
				return missing
			}
			t := table.NewWriter()
			t.SetOutputMirror(os.Stdout)
			t.AppendHeader(table.Row{"tool", "version", "package", "for"})
			for _, r := range rows {
				v := r.Version
				if !r.Found {
					v = "missing"
				}
				t.AppendRow(table.Row{r.Name, v, r.Package, r.Purpose})
			}
			t.Render()
			if missing == nil {
				fmt.Println("everything that build needs is there")
			}
			return missing
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().BoolVar(&packages, "packages", false, "print only the Debian packages of the tools that are missing")
	return c
}

// missingPackages is what to give to apt-get for every tool that is not there
// and that Debian has.
func missingPackages() []string {
	var out []string
	for _, t := range flows.Tools() {
		if _, err := t.Find(); err != nil && t.Package != "" && !slices.Contains(out, t.Package) {
			out = append(out, t.Package)
		}
	}
	return out
}
