package main

import (
	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
)

func compareCommand() *cobra.Command {
	o := build.FrontOptions{Version: version}
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use:   "compare SPEC MODEL...",
		Short: "Compare a float network in soft float, in integers and on all designs of a spec",
		Long: "Runs each network, which comes in float32, in soft float and quantised on the core alone, and on each design by the arithmetic that its kernels\n" +
			"are for, on the simulator, whose cycles are the RTL's. Layers of integers are compared with the golden execution; outputs of all with the float\n" +
			"network in Go, on the network's own input and on perturbed ones. Prints cycles, by kind of layer too, sizes, areas, outputs and agreement.\n" +
			"Models that are not there are left out, and soft float of large ones.",
		Example: "  marvelgen compare specs/transformer.hcl zoo:kwt",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := specAndModels(args, &o)
			if err != nil {
				return err
			}
			r, err := build.Compare(c.Context(), l, o)
			if err != nil {
				return err
			}
			return deliver(r, out, asJSON)
		},
	}
	f := c.Flags()
	measuredFlags(f, &o, &out)
	f.BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}
