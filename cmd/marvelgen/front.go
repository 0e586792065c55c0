package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/front"
)

func frontCommand() *cobra.Command {
	o := build.FrontOptions{Version: version}
	var out string
	c := &cobra.Command{
		Use:   "front SPEC MODEL...",
		Short: "Measure speed-up and area of all designs of a spec on whole networks",
		Long: "Runs one inference of each network on the core alone, in portable C, and on each design of the spec with its kernels, on the\n" +
			"simulator, whose cycles are the RTL's; compares every layer with the golden execution; synthesises all designs in one flow.\n" +
			"Prints speed-ups, areas, which goals are met, and how near a cost model comes to the cycles of designs with kernels.\n" +
			"Models that are not there are left out. `marvelgen report` makes a page of it.",
		Example: "  marvelgen front specs/cnn.hcl specs/networks/lenet5.tflite zoo:mobilenetv1 --out build/front.json",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := specAndModels(args, &o)
			if err != nil {
				return err
			}
			r, err := build.MeasureFront(c.Context(), l, o)
			if err != nil {
				return err
			}
			return deliver(r, out, false)
		},
	}
	measuredFlags(c.Flags(), &o, &out)
	return c
}

func reportCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "report FRONT.json",
		Short: "Draw the results of `marvelgen front` as a page",
		Long: "Writes a page that needs nothing else, no script and no network: speed-up against area of all designs, the goals, and tables.\n" +
			"Energies and clock rates are shown if energy.json and pnr.json lie beside FRONT.json. The page does, too, if --out does not say otherwise.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := front.Read(args[0])
			if err != nil {
				return err
			}
			if err := r.ReadBeside(filepath.Dir(args[0])); err != nil {
				return err
			}
			page, err := r.Page()
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + ".html"
			}
			if err := writeIn(out, page); err != nil {
				return err
			}
			fmt.Println("page:", out)
			return nil
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file for the page")
	return c
}
