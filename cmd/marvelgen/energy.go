package main

import (
	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
)

func energyCommand() *cobra.Command {
	o := build.EnergyOptions{}
	o.Version = version
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use:   "energy SPEC MODEL...",
		Short: "Estimate the energy of inferences on a design and on the core alone",
		Long: "Maps both cores to gates, runs each network on the RTL, takes the state there at many equally distant cycles, and repeats a window from each on\n" +
			"the gates, whose outputs must be the RTL's in every cycle. The nets that change are weighed by their capacitance, in 45 nm by the published energy\n" +
			"of a 32-bit multiplication. Networks that are too long for the RTL are estimated by the mean of each operator. No leakage.",
		Example: "  marvelgen energy specs/cnn.hcl specs/networks/lenet5.tflite zoo:mobilenetv1 --out build/energy.json",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := specAndModels(args, &o.FrontOptions)
			if err != nil {
				return err
			}
			r, err := build.MeasureEnergy(c.Context(), l, o)
			if err != nil {
				return err
			}
			return deliver(r, out, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Design, "design", "", "design to compare with the core alone (default: the last one)")
	measuredFlags(f, &o.FrontOptions, &out)
	f.Uint64Var(&o.Longest, "longest", 100_000_000, "cycles of an inference that the RTL still runs; longer ones are estimated by operator")
	f.BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}
