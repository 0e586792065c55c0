package main

import (
	"runtime"

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
			if err := onlyModels(args[1:]); err != nil {
				return err
			}
			l, err := load(args[0])
			if err != nil {
				return err
			}
			if o.CacheDir, err = cacheDir(); err != nil {
				return err
			}
			o.Models, o.Progress = args[1:], newProgress()
			r, err := build.MeasureEnergy(c.Context(), l, o)
			if err != nil {
				return err
			}
			return deliver(r, out, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Design, "design", "", "design to compare with the core alone (default: the last one)")
	f.StringVar(&o.Compiler, "compiler", "clang", "clang or gcc")
	f.StringVar(&o.Opt, "opt", "-O3", "optimisation flags")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of random inputs")
	f.Uint64Var(&o.Longest, "longest", 100_000_000, "cycles of an inference that the RTL still runs; longer ones are estimated by operator")
	f.IntVarP(&o.Jobs, "jobs", "j", runtime.NumCPU(), "networks and syntheses at a time")
	f.StringVar(&out, "out", "", "file for the results as JSON")
	f.BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}
