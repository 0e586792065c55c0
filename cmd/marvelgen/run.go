package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen"
	"marvelgen/verif/iss"
)

// baseSpec is what run and objdump take without --spec: the base ISA alone.
const baseSpec = `extension "base" {
  summary = "RV32IM without extension"
}
design "core" {
  instructions = []
}
`

// loadOrBase is load, or the base ISA if no spec is named.
func loadOrBase(file string) (*gen.Loaded, error) {
	if file != "" {
		return load(file)
	}
	l, problems, err := gen.Load("base.hcl", []byte(baseSpec))
	if err == nil && len(problems) > 0 {
		err = problems[0]
	}
	return l, err
}

func runCommand() *cobra.Command {
	var o build.ProgramOptions
	var n networkFlags
	var specFile, tvmModule, tvmModel string
	var asJSON bool
	var tolerance int
	c := &cobra.Command{
		Use:   "run PROGRAM... | MODEL | --tvm MODULE",
		Short: "Run C, assembly or a trained network on a design",
		Long: "Compiles freestanding C or assembly (or takes an ELF file) and runs it, on the simulator or on the RTL in lockstep\n" +
			"with the simulator. The program's console goes to standard output. The exit code is 0 if the program's is, else 1.\n\n" +
			"A network (.tflite, .onnx, .json of KWT-Tiny's weights, or zoo:NAME for one of ours) is lowered to C, run on every sample of its input, and compared with the golden\n" +
			"execution, layer by layer and bit for bit; the exit code is 1 if anything differs.\n\n" +
			"--tvm takes the C that Apache TVM's ahead-of-time executor emits (default_lib0.c, default_lib1.c, tvmgen_default.h), as a\n" +
			"folder or as an archive in its model library format, compiles it as it is, and runs it; --model is the same network for our\n" +
			"importer, to compare with.",
		Example: "  marvelgen run hello.c\n  marvelgen run kernel.c --spec specs/marvel.hcl --design v4 --on rtl --json\n" +
			"  marvelgen run lenet5.tflite --input digit.png --on rtl",
		Args: func(c *cobra.Command, args []string) error {
			if tvmModule != "" {
				return cobra.NoArgs(c, args)
			}
			return cobra.MinimumNArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			if tvmModule != "" {
				if o.CacheDir, err = cacheDir(); err != nil {
					return err
				}
				t := build.TVMOptions{ProgramOptions: o, Module: tvmModule, Inputs: n.Inputs, Samples: n.Samples, Seed: n.Seed, Pixels: n.Pixels,
					Model: tvmModel, Expect: n.Expect, Tolerance: tolerance}
				return runTVM(c.Context(), l, t, n.output, asJSON)
			}
			if network.IsModel(args[0]) {
				if len(args) > 1 {
					return &build.UsageError{Message: "one network at a time; its inputs go to --input"}
				}
				n.Model, n.Design, n.On, n.Compiler, n.Limit, n.Rewrite, n.Grow = args[0], o.Design, o.On, o.Compiler, o.Limit, o.Rewrite, o.Grow
				if n.Opt = "-O3"; c.Flags().Changed("opt") {
					n.Opt = build.OptFlags(o.Opt)
				}
				if n.CacheDir, err = cacheDir(); err != nil {
					return err
				}
				return runNetwork(c.Context(), l, n, asJSON)
			}
			for _, a := range args {
				if _, err := os.Stat(a); err != nil {
					return err
				}
			}
			o.Sources = args
			var console bytes.Buffer
			o.Stdout = os.Stdout
			if asJSON {
				o.Stdout = &console
			}
			if o.CacheDir, err = cacheDir(); err != nil {
				return err
			}
			r, err := build.RunProgram(c.Context(), l, o)
			if err != nil {
				return err
			}
			if asJSON {
				fmt.Println(r.JSONLine(&console))
			} else {
				if r.Profile != nil {
					printProfile(r.Profile)
				}
				fmt.Fprintf(os.Stderr, "exit code %d after %d cycles, %d instructions, on %s (%s)\n", r.ExitCode, r.Cycles, r.Instructions, r.Design, r.On)
			}
			if r.ExitCode != 0 {
				return &build.CheckError{Err: fmt.Errorf("the program ended with exit code %d", r.ExitCode)}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&specFile, "spec", "", "spec of the extension (default: the base core)")
	f.StringVar(&o.Design, "design", "", "design of the spec (default: its last one)")
	f.StringVar(&o.On, "on", "iss", "iss: the simulator; rtl: the Verilog, in lockstep with it; host (networks only): this machine")
	f.StringVar(&o.Compiler, "compiler", "clang", "clang or gcc")
	f.StringArrayVarP(&o.Opt, "opt", "O", []string{"-O2"}, "optimisation flag, `-O3` and the like")
	f.StringArrayVarP(&o.Includes, "include", "I", nil, "folder of headers")
	f.StringArrayVarP(&o.Defines, "define", "D", nil, "macro NAME or NAME=value")
	f.BoolVar(&o.LibC, "libc", false, "link picolibc, so that printf works")
	f.BoolVar(&o.Rewrite, "cc", false, "use the design's instructions in compiled code, as marvelgen cc does")
	f.StringVar(&o.Grow, "grow", "", growHelp)
	f.BoolVar(&o.Profile, "profile", false, "count cycles and instructions per function and basic block")
	f.Uint64Var(&o.Limit, "max-cycles", maxNetworkCycles, "stop a program that does not end")
	f.StringArrayVarP(&n.Inputs, "input", "i", nil, "network: its samples, as .bin, .npy, .pb (an ONNX tensor), .png, .jpg or .pgm; once for each of its inputs (default: those that come with a .json file, or random ones)")
	f.StringVar(&n.output, "output", "", "network: file for the outputs, .bin or .npy")
	f.StringVar(&n.Expect, "expect", "", "network: file of outputs that the samples must have, too: .bin, byte for byte; .npy or .pb, real numbers, within one quantisation step (float outputs: 1e-4 of the largest), or elements of the output's integer type, exactly")
	f.IntVar(&n.Samples, "samples", 0, "network: run so many of the samples (default: all)")
	f.Uint64Var(&n.Seed, "seed", 1, "network: seed of random inputs")
	f.IntVar(&n.top, "top", 3, "network: show so many of the largest outputs")
	f.StringVar(&n.Calibrate, "calibrate", "", "network in floats: file of inputs, real numbers (.npy, .pb, pictures), to quantise it by, biases corrected (default: those that come with a .json file, or random ones, for cycles only)")
	f.BoolVar(&n.Float, "float", false, "network in floats: show how far the outputs are from the float network's")
	f.StringVar(&n.labels, "labels", "", "network: file with a name of each output in a line")
	f.Float64Var(&n.Pixels.Mean, "mean", 0, "network: a pixel p of a picture is the real number (p-mean)/std")
	f.Float64Var(&n.Pixels.Std, "std", 0, "network: see --mean (default: pixels cover the range of an integer input, 0 to 1 of a float one)")
	f.StringVar(&tvmModule, "tvm", "", "run the C that TVM emitted, in this folder or archive; --input, --output, --expect, --samples and --seed are as for networks, files are .bin")
	f.StringVar(&tvmModel, "model", "", "with --tvm: the same network (.tflite), whose golden execution the outputs are compared with; --input may be what it takes")
	f.IntVar(&tolerance, "tolerance", 0, "with --tvm: by how much elements may differ; TVM rounds otherwise than TensorFlow Lite unless told not to")
	f.BoolVar(&asJSON, "json", false, "print exit code, cycles, instructions and console as JSON")
	return c
}

// printProfile shows the functions, and the basic blocks that took most.
func printProfile(p *iss.Profile) {
	const most = 12
	total := uint64(0)
	for _, f := range p.Functions {
		total += f.Cycles
	}
	t := table.NewWriter()
	t.SetOutputMirror(os.Stderr)
	t.AppendHeader(table.Row{"function or block", "entered", "instructions", "cycles", "%"})
	row := func(name string, c iss.Counts) {
		t.AppendRow(table.Row{name, c.Executions, c.Instructions, c.Cycles, fmt.Sprintf("%.1f", 100*float64(c.Cycles)/float64(max(1, total)))})
	}
	for _, f := range p.Functions {
		row(f.Name, f.Counts)
	}
	t.AppendSeparator()
	for _, b := range p.Blocks[:min(most, len(p.Blocks))] {
		row(fmt.Sprintf("%08x-%08x", b.Start, b.End), b.Counts)
	}
	t.Render()
}

// cacheDir is where models that `run` builds are kept.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "marvelgen-cache"), nil
	}
	return filepath.Join(dir, "marvelgen"), nil
}
