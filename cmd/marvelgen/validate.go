package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/gen/cc"
	"marvelgen/gen/isa"
	"marvelgen/gen/spec"
)

func validateCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate SPEC...",
		Short: "Check specs: language, encodings, examples, designs",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			type result struct {
				File     string        `json:"file"`
				Valid    bool          `json:"valid"`
				Examples int           `json:"examples"`
				Problems []isa.Problem `json:"problems"`
				Compiler []cc.Verdict  `json:"compiler"` // what marvelgen cc does with each instruction
				Accuracy []accuracy    `json:"accuracy,omitempty"`
			}
			var results []result
			var errs []error
			for _, file := range args {
				l, err := load(file)
				var p *problemsError
				switch {
				case errors.As(err, &p):
					results = append(results, result{File: file, Problems: p.problems, Compiler: []cc.Verdict{}})
					if !asJSON {
						p.print()
					}
					errs = append(errs, err)
				case err != nil:
					return err
				default:
					results = append(results, result{File: file, Valid: true, Examples: l.Examples, Problems: []isa.Problem{}, Compiler: cc.Explain(l.Spec.Exts), Accuracy: accuracies(l.Spec.Exts)})
					if !asJSON {
						fmt.Printf("%s: valid, %d instructions, %d designs, %d examples right\n", file, len(l.Spec.Exts), len(l.Machines), l.Examples)
						printVerdicts(cc.Explain(l.Spec.Exts))
						printAccuracies(l.Spec.Exts)
					}
				}
			}
			if asJSON {
				if err := printJSON(results); err != nil {
					return err
				}
			}
			if len(errs) > 0 {
				return &build.UsageError{Message: fmt.Sprintf("%d of %d specs have problems", len(errs), len(args))}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON")
	return c
}

// printVerdicts says what marvelgen cc does with each instruction.
func printVerdicts(list []cc.Verdict) {
	widest := 0
	for _, v := range list {
		widest = max(widest, len(v.Mnemonic))
	}
	for _, v := range list {
		how := map[cc.Selection]string{cc.ByMeaning: "selected by meaning", cc.ByLoops: "selected for counted loops", cc.ByIntrinsic: "intrinsic only: " + v.Reason}[v.Selected]
		fmt.Printf("  %-*s  %s\n", widest, v.Mnemonic, how)
	}
}

// accuracy is what one accuracy block says, and what came of it.
type accuracy struct {
	Instruction string  `json:"instruction"`
	Function    string  `json:"function"`
	Result      string  `json:"result"`
	Relative    bool    `json:"relative"`
	Bound       float64 `json:"bound"`
	Worst       float64 `json:"worst"`
	WorstAt     int64   `json:"worst_at"`
	Points      int     `json:"points"`
}

func accuracies(list []*isa.Instruction) []accuracy {
	var out []accuracy
	for _, ins := range list {
		for _, a := range ins.Accuracy {
			out = append(out, accuracy{ins.Name, a.Function.Text, a.Result.Text, a.Relative, a.Bound, a.Worst, a.WorstAt, a.Points})
		}
	}
	return out
}

// printAccuracies says how well instructions approximate what they state.
func printAccuracies(list []*isa.Instruction) {
	for _, ins := range list {
		for _, a := range ins.Accuracy {
			fmt.Printf("  %s: %s\n", ins.Name, a)
		}
	}
}

func fmtCommand() *cobra.Command {
	var checkOnly bool
	c := &cobra.Command{
		Use:   "fmt SPEC...",
		Short: "Rewrite specs in the canonical layout",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var off []string
			for _, file := range args {
				src, err := spec.ReadFile(file)
				if err != nil {
					return err
				}
				if problems := spec.CheckSyntax(file, src); len(problems) > 0 {
					return &problemsError{file, src, problems}
				}
				out := spec.Format(src)
				if bytes.Equal(out, src) {
					continue
				}
				off = append(off, file)
				if checkOnly {
					fmt.Println(file)
				} else if err := replaceFile(file, out); err != nil {
					return err
				}
			}
			if checkOnly && len(off) > 0 {
				return &build.CheckError{Err: fmt.Errorf("%d files are not in the canonical layout", len(off))}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&checkOnly, "check", false, "only list the files that would change; exit code 1 if there are any")
	return c
}

// replaceFile writes a file by rename, keeping its mode.
func replaceFile(name string, data []byte) error {
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(data); err != nil {
		return err
	}
	if err := tmp.Chmod(st.Mode()); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

func referenceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reference",
		Short: "Print the reference of the spec language, as Markdown",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Print(spec.Reference())
			return err
		},
	}
}
