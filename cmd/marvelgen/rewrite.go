package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/flows/gcc"
)

func rewriteCommand() *cobra.Command {
	var specFile, design, output, auxInfo, opt, grow string
	var remarks, standard, noLoops, noVolatile bool
	var ports int
	c := &cobra.Command{
		Use:   "rewrite FILE.s",
		Short: "Use a design's instructions in a compiler's assembly",
		Long: "Reads assembly as gcc and clang print it (- is standard input) and puts a design's instructions in place of base\n" +
			"instructions that do the same. What it does not understand it leaves alone.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			if err := setWritePorts(l, ports); err != nil {
				return err
			}
			m, err := build.FindDesign(l, design)
			if err != nil {
				return err
			}
			text, err := readInput(args[0])
			if err != nil {
				return err
			}
			var prototypes []byte
			if auxInfo != "" {
				if prototypes, err = os.ReadFile(auxInfo); err != nil {
					return err
				}
			}
			growth, err := build.GrowthBy(grow, opt)
			if err != nil {
				return err
			}
			cache, err := cacheDir()
			if err != nil {
				return err
			}
			r := build.Rewriting{Machine: m, CacheDir: cache, NoLoops: noLoops, StandardCalls: standard, Growth: growth, NoVolatile: noVolatile, Remark: printRemark(remarks)}
			if text, err = r.Rewrite(c.Context(), args[0], gcc.Compiled{Assembly: text, Prototypes: prototypes}); err != nil {
				return err
			}
			if output == "" || output == "-" {
				_, err = os.Stdout.Write(text)
				return err
			}
			return writeWhole(output, func(w io.Writer) error { _, err := w.Write(text); return err })
		},
	}
	f := c.Flags()
	f.StringVar(&specFile, "spec", "", "spec of the extension (default: the base core)")
	f.StringVar(&design, "design", "", "design of the spec (default: its last one)")
	f.StringVarP(&output, "output", "o", "", "file to write (default: standard output)")
	f.BoolVar(&remarks, "remarks", false, "say what was done, and what could not be")
	f.BoolVar(&noLoops, "no-loops", false, "no zero-overhead loops: for code that interrupts other code")
	f.StringVarP(&opt, "opt", "O", "-O2", "optimisation flag of the compiler: with -Os code does not become larger")
	f.StringVar(&grow, "grow", "", growHelp)
	f.BoolVar(&noVolatile, "no-volatile", false, "the source has no accesses that are volatile or atomic: clang's assembly does not tell")
	f.BoolVar(&standard, "standard-calls", false, "callers keep to the calling convention: clang, or gcc with -fno-ipa-ra")
	f.StringVar(&auxInfo, "aux-info", "", "file of prototypes that gcc -aux-info has written")
	f.IntVar(&ports, "write-ports", 0, "write ports of the register file, as in build")
	return c
}

// printRemark prints remarks of the rewriter, if they are asked for.
func printRemark(wanted bool) func(string) {
	if !wanted {
		return nil
	}
	return func(text string) { fmt.Fprintln(os.Stderr, text) }
}

// readInput reads a file or, for -, standard input.
func readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}
