package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/driver"
)

const ccHelp = `Compiles C as gcc and clang do, with their command line, and puts a design's
instructions in place of base instructions that do the same. In a Makefile:

  make CC="marvelgen cc --spec specs/marvel.hcl --design v4"

Usage:
  marvelgen cc [options of ours, and of the compiler] FILE...

Options of ours, which may stand anywhere; all others are the compiler's:
  --spec FILE          spec of the extension (default: the base core)
  --design NAME        design of the spec (default: its last one)
  --compiler NAME      clang (default) or gcc
  --libc               link picolibc, so that printf works
  --write-ports N      write ports of the register file, as in build
  --no-loops           no zero-overhead loops: for code that interrupts other code
  --grow N             how many hundredths larger that may make the code of a file,
                       or any (default: 1, or 64 bytes; none with -Os)
  --remarks            say what was done, and what could not be

A program gets the design's start-up code, runtime and memory map, unless -T,
-nostartfiles or -nostdlib says that it brings its own.
`

func ccCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "cc [OPTION]... FILE...",
		Short:              "Compile C with a design's instructions: a stand-in for gcc and clang",
		DisableFlagParsing: true, // all flags but ours are the compiler's
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && slices.Contains([]string{"--help", "-h"}, args[0]) {
				fmt.Print(ccHelp)
				return nil
			}
			a, err := driver.Parse(driver.Expand(args))
			if err != nil {
				return err
			}
			l, err := loadOrBase(a.Spec)
			if err != nil {
				return err
			}
			if err := setWritePorts(l, a.WritePorts); err != nil {
				return err
			}
			m, err := build.FindDesign(l, a.Design)
			if err != nil {
				return err
			}
			cache, err := cacheDir()
			if err != nil {
				return err
			}
			sw, err := build.Software(m, cache)
			if err != nil {
				return err
			}
			growth, err := build.GrowthBy(a.Grow, a.Optimise)
			if err != nil {
				return err
			}
			r := build.Rewriting{Machine: m, NoLoops: a.NoLoops, StandardCalls: !a.IPA, Growth: growth, CacheDir: cache, Remark: printRemark(a.Remarks)}
			return driver.Run(c.Context(), a, driver.Target{SW: sw, Rewrite: r.Rewrite})
		},
	}
}
