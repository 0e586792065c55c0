package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/gen"
)

// tvmReport is the outcome as JSON.
type tvmReport struct {
	Module       string                `json:"module"`
	Design       string                `json:"design"`
	On           string                `json:"on"`
	Compiler     string                `json:"compiler"`
	RandomInput  bool                  `json:"random_input"`
	Cycles       uint64                `json:"cycles"` // of all samples, in the module alone
	Instructions uint64                `json:"instructions"`
	Samples      []tvmSample           `json:"samples"`
	Comparisons  []build.TVMComparison `json:"comparisons"`
	Passed       bool                  `json:"passed"`
}

type tvmSample struct {
	Outputs []tvmOutput `json:"outputs"`
}

// tvmOutput is one output; Values are its bytes, as signed numbers if they are.
type tvmOutput struct {
	Name   string `json:"name"`
	Type   string `json:"type,omitempty"`
	Values []int  `json:"values"`
}

// runTVM is `run` with C that TVM emitted.
func runTVM(ctx context.Context, l *gen.Loaded, o build.TVMOptions, output string, asJSON bool) error {
	r, err := build.RunTVM(ctx, l, o)
	if err != nil {
		return err
	}
	if output != "" {
		err := writeWhole(output, func(w io.Writer) error {
			for _, s := range r.Samples {
				for _, out := range s {
					if _, err := w.Write(out); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	report := tvmReport{Module: r.Module.Name, Design: r.Design, On: r.On, Compiler: o.Compiler + " " + build.OptFlags(o.Opt), RandomInput: r.Random,
		Cycles: r.ROICycles, Instructions: r.ROIInstructions, Comparisons: r.Comparisons, Passed: r.Passed()}
	if o.Rewrite {
		report.Compiler += ", rewritten"
	}
	for s := range r.Samples {
		var one tvmSample
		for i, t := range r.Module.Outputs {
			one.Outputs = append(one.Outputs, tvmOutput{Name: t.Name, Type: t.Type, Values: r.Values(s, i)})
		}
		report.Samples = append(report.Samples, one)
	}
	if asJSON {
		if err := printJSON(report); err != nil {
			return err
		}
	} else {
		report.print(os.Stdout)
		if r.Profile != nil {
			printProfile(r.Profile)
		}
	}
	if !report.Passed {
		return &build.CheckError{Err: fmt.Errorf("%s: the outputs differ", o.Module)}
	}
	return nil
}

func (r *tvmReport) print(w io.Writer) {
	const most = 16
	for s, one := range r.Samples {
		for _, out := range one.Outputs {
			more := ""
			if len(out.Values) > most {
				more = fmt.Sprintf(" and %d more", len(out.Values)-most)
			}
			fmt.Fprintf(w, "sample %d: %s = %v%s\n", s+1, out.Name, out.Values[:min(most, len(out.Values))], more)
		}
	}
	for _, c := range r.Comparisons {
		verdict := "equal"
		if c.Different > 0 {
			verdict = fmt.Sprintf("%d of %d elements differ, by %d at most (--tolerance %d)", c.Different, c.Elements, c.Most, c.Tolerance)
		}
		fmt.Fprintf(w, "against %s: %s\n", c.With, verdict)
	}
	random := ""
	if r.RandomInput {
		random = ", random input"
	}
	fmt.Fprintf(w, "%s: %d samples, %d cycles, %d instructions; %s (%s), %s%s\n", r.Module, len(r.Samples), r.Cycles, r.Instructions, r.Design, r.On, r.Compiler, random)
}
