package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/verif/report"
)

// defaultRandom is how many random instructions a plain `verify` runs.
const defaultRandom = 100_000

func verifyCommand() *cobra.Command {
	o := build.Options{Version: version}
	v := build.Verify{}
	var all, mutate, asJSON bool
	var mutants int
	c := &cobra.Command{
		Use:   "verify SPEC",
		Short: "Judge the designs of a spec: proofs, vectors, random programs, mutants",
		Long: "Judges what build emits. Without flags: the proofs of all units, vectors of each instruction, the programs in lockstep,\n" +
			"and random programs. With flags: only what they name. Writes OUT/<spec>.verify/report/ with report.md,\n" +
			"report.json and junit.xml, and what it takes to look into a failure. Work done before on equal inputs is not repeated.",
		Example: "  marvelgen verify specs/marvel.hcl --formal\n  marvelgen verify specs/marvel.hcl --random 1000000 --seed 7 --design v4",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := load(args[0])
			if err != nil {
				return err
			}
			f := c.Flags()
			v.Units, v.Core = all, all
			if mutate {
				v.Mutants = mutants
			}
			if !f.Changed("formal") && !f.Changed("random") && !f.Changed("qemu") && !mutate {
				v.Units, v.Vectors, v.Programs, v.Random = true, true, true, defaultRandom
			}
			o.SpecFile, o.Verify, o.Progress = args[0], &v, newProgress()
			start := time.Now()
			r, dir, err := build.Run(c.Context(), l, o)
			if err != nil {
				return err
			}
			if asJSON {
				if err := show(r, dir, true, ""); err != nil {
					return err
				}
			} else {
				showVerdict(r, dir, time.Since(start))
			}
			if !r.Passed {
				return &build.CheckError{Err: fmt.Errorf("%s", failures(r, dir))}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Out, "out", "o", "build", "folder for the output")
	f.StringSliceVar(&o.Designs, "design", nil, "judge only these designs")
	f.BoolVar(&all, "formal", false, "prove every unit against its meaning, and the core against its ISA")
	f.Int64Var(&v.Random, "random", 0, "run random programs of so many instructions, all designs together, in lockstep with the simulator")
	f.Int64Var(&v.Reference, "qemu", 0, "run random programs of so many base instructions on the simulator and on QEMU")
	f.Uint64Var(&v.Seed, "seed", 1, "of the first random program, and of the choice of mutants")
	f.BoolVar(&mutate, "mutate", false, "damage each design in many places and count what the judges find")
	f.IntVar(&mutants, "mutants", 250, "with --mutate: how many of each design")
	f.BoolVar(&o.Strict, "strict", false, "fail on what is not proven, not only on what is wrong")
	f.IntVarP(&o.Jobs, "jobs", "j", runtime.NumCPU(), "steps at a time")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

// showVerdict prints what was judged, a table for each kind of judge.
func showVerdict(r *report.Report, dir string, took time.Duration) {
	retired := int64(0)
	for i := range r.Designs {
		d := &r.Designs[i]
		fmt.Printf("\n%s\n", d.Name)
		if len(d.Units) > 0 {
			fmt.Println(d.UnitTable().Render())
		}
		if len(d.Core) > 0 {
			fmt.Println(d.CoreTable().Render())
		}
		for _, o := range d.Open() {
			fmt.Println("not proven:", o)
		}
		if n := len(d.Vectors); n > 0 {
			sum := 0
			for _, k := range d.Vectors {
				sum += k
			}
			fmt.Printf("vectors: %d of %d instructions\n", sum, n)
		}
		if q := d.Random; q != nil {
			retired += q.Instructions
			fmt.Println("random programs:", report.RandomText(q.Programs, q.Instructions, q.Waits, q.Traps, q.Interrupts))
		}
		if d.Mutation != nil {
			fmt.Println(d.MutationText())
		}
		if d.Coverage != nil {
			covered, total := d.Coverage.Covered()
			fmt.Printf("coverage: %d of %d items, see the report\n", covered, total)
		}
		for _, s := range d.Steps {
			if s.Cached {
				fmt.Println("from an earlier run on equal inputs:", s.Name)
			}
		}
	}
	if retired > 0 {
		fmt.Printf("\ninstructions retired in lockstep: %d\n", retired)
	}
	if q := r.Reference; q != nil {
		fmt.Printf("against QEMU: %d instructions of %d programs equal, register by register\n", q.Instructions, q.Programs)
	}
	fmt.Printf("seconds: %.0f\n", took.Seconds())
	fmt.Println("report:", filepath.Join(dir, "report", "report.md"))
}
