package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
)

func rewriteCommand() *cobra.Command {
	var specFile, design, output string
	var remarks, standard, noLoops bool
	var ports int
	c := &cobra.Command{
		Use:   "rewrite FILE.s",
		Short: "Use a design's instructions in a compiler's assembly",
		Long: "Reads assembly as gcc and clang print it (- is standard input) and puts a design's instructions in place of base\n" +
			"instructions that do the same. What it does not understand it leaves alone.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			if ports > 0 {
				l.SetWritePorts(ports)
			}
			m, err := build.FindDesign(l, design)
			if err != nil {
				return err
			}
			text, err := readInput(args[0])
			if err != nil {
				return err
			}
			f := asm.Read(args[0], text)
			for _, r := range cc.Rewrite(f, m, build.RewriteOptions(m, noLoops, standard)) {
				if remarks {
					fmt.Fprintln(os.Stderr, r.In(f.Name))
				}
			}
			if output == "" || output == "-" {
				_, err = os.Stdout.Write(f.Text())
				return err
			}
			return os.WriteFile(output, f.Text(), 0o666)
		},
	}
	f := c.Flags()
	f.StringVar(&specFile, "spec", "", "spec of the extension (default: the base core)")
	f.StringVar(&design, "design", "", "design of the spec (default: its last one)")
	f.StringVarP(&output, "output", "o", "", "file to write (default: standard output)")
	f.BoolVar(&remarks, "remarks", false, "say what was done, and what could not be")
	f.BoolVar(&noLoops, "no-loops", false, "no zero-overhead loops: for code that interrupts other code")
	f.BoolVar(&standard, "standard-calls", false, "callers keep to the calling convention: clang, or gcc with -fno-ipa-ra")
	f.IntVar(&ports, "write-ports", 0, "write ports of the register file, as in build")
	return c
}

// readInput reads a file or, for -, standard input.
func readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}
