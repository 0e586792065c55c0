package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
)

func pnrCommand() *cobra.Command {
	o := build.PNROptions{Version: version}
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use:   "pnr SPEC",
		Short: "Place and route a design and the core alone on an ECP5, for their clock rates",
		Long: "Maps both cores by Yosys and places and routes them by nextpnr on Lattice's largest ECP5, with several seeds: once with registers at their ports,\n" +
			"and once as systems with block RAM. Prints the median clock rates, their ratio, and the critical paths. The tools come from PATH, or from a\n" +
			"folder with Debian 13 in it, which needs root; `make pnr` makes one.",
		Example: "  marvelgen pnr specs/cnn.hcl --seeds 5 --out build/pnr.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := load(args[0])
			if err != nil {
				return err
			}
			if o.Seeds < 1 || o.Seeds > 100 {
				return &build.UsageError{Message: "--seeds: 1 to 100"}
			}
			o.Progress = newProgress()
			r, err := build.MeasurePNR(c.Context(), l, o)
			if err != nil {
				return err
			}
			return deliver(r, out, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Design, "design", "", "design to compare with the core alone (default: the last one)")
	f.StringVar(&o.Root, "root", "build/trixie", "folder with Debian 13, where PATH lacks the tools")
	f.IntVar(&o.Seeds, "seeds", 3, "placements of each")
	f.IntVarP(&o.Jobs, "jobs", "j", runtime.NumCPU(), "placements at a time")
	f.StringVar(&out, "out", "", "file for the results as JSON")
	f.BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}
