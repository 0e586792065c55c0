package main

import (
	"os"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/gen/spec"
)

func objdumpCommand() *cobra.Command {
	var specFile string
	var o build.ObjdumpOptions
	c := &cobra.Command{
		Use:   "objdump ELF",
		Short: "Disassemble a program with the spec's mnemonics",
		Long: "Prints a program's code as objdump -d does, with the mnemonics of a spec's instructions. Where the program was compiled\n" +
			"with -g, -S shows the C lines among it, and -l where they are.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			base, err := spec.Base()
			if err != nil {
				return err
			}
			return build.Objdump(os.Stdout, args[0], append(base, l.Spec.Exts...), o)
		},
	}
	f := c.Flags()
	f.StringVar(&specFile, "spec", "", "spec of the extension (default: the base ISA)")
	f.BoolVarP(&o.Source, "source", "S", false, "show C lines before the code that they became")
	f.BoolVarP(&o.Lines, "line-numbers", "l", false, "show their files and numbers")
	return c
}
