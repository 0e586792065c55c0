package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen"
	"marvelgen/verif/profile"
)

func profileCommand() *cobra.Command {
	var n networkFlags
	var specFile, pprof, kernels string
	var hot, ports int
	var asJSON, annotate bool
	var o build.ProgramOptions
	c := &cobra.Command{
		Use:   "profile MODEL | PROGRAM...",
		Short: "Say where the cycles of a network or a program go, and what instructions would help",
		Long: "Runs a program (C, assembly, or an ELF file that was compiled with -g) on the simulator, whose cycles are the RTL's, and shows\n" +
			"the functions and the lines of C that took most; --annotate shows the source with what each line took. --cc rewrites C for the\n" +
			"design as marvelgen cc does; ELF files of marvelgen cc -g keep their lines.\n\n" +
			"Of a network it runs one inference and shows cycles, multiplications, loads and stores of\n" +
			"every layer and operator, the hot lines and basic blocks, and the statistics that lead to extensions: which\n" +
			"instruction feeds which, the constants that are added, the trips of loops.",
		Example: "  marvelgen profile net.tflite\n  marvelgen profile net.tflite --spec specs/marvel.hcl --design v4 --pprof net.pb.gz\n" +
			"  go tool pprof -http : net.pb.gz\n  marvelgen profile kernel.c --spec specs/marvel.hcl --cc --annotate",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			if err := setWritePorts(l, ports); err != nil {
				return err
			}
			n.Opt = build.OptFlags([]string{n.Opt})
			if n.CacheDir, err = cacheDir(); err != nil {
				return err
			}
			if !network.IsModel(args[0]) {
				if pprof != "" || kernels != "" || n.Plain || len(n.Inputs) > 0 || n.Calibrate != "" {
					return &build.UsageError{Message: args[0] + " is taken for a program, and --pprof, --kernels, --plain, --input and --calibrate are for networks: " + network.Kinds}
				}
				o.Sources, o.Design, o.Compiler, o.Opt, o.Rewrite, o.Grow, o.Limit, o.CacheDir = args, n.Design, n.Compiler, []string{n.Opt}, n.Rewrite, n.Grow, n.Limit, n.CacheDir
				return profileProgram(c.Context(), l, o, hot, annotate, asJSON)
			}
			if len(args) > 1 {
				return &build.UsageError{Message: "one network at a time"}
			}
			n.Model, n.On, n.Samples = args[0], network.OnISS, 1
			p, err := profileNetwork(c.Context(), l, n, hot)
			if err != nil {
				return err
			}
			if pprof != "" {
				if err := writeWhole(pprof, p.WritePprof); err != nil {
					return err
				}
			}
			if kernels != "" {
				if err := writeWhole(kernels, func(w io.Writer) error { _, err := io.WriteString(w, p.Kernels()); return err }); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(p)
			}
			printNetworkProfile(os.Stdout, p)
			return nil
		},
	}
	f := c.Flags()
	n.addCore(f, &specFile)
	f.IntVar(&ports, "write-ports", 0, "write ports of the register file, as in build")
	f.StringArrayVarP(&n.Inputs, "input", "i", nil, "a sample, as for run (default: random)")
	f.StringVar(&n.Calibrate, "calibrate", "", "network in floats: file of inputs to quantise it by (default: random)")
	f.IntVar(&hot, "top", 10, "show so many blocks, and rows of each table")
	f.BoolVar(&annotate, "annotate", false, "program: show the source, with the cycles of each line")
	f.StringArrayVarP(&o.Includes, "include", "I", nil, "program: folder of headers")
	f.StringArrayVarP(&o.Defines, "define", "D", nil, "program: macro NAME or NAME=value")
	f.BoolVar(&o.LibC, "libc", false, "program: link picolibc, so that printf works")
	f.StringVar(&pprof, "pprof", "", "file for the profile in pprof's format, for flame graphs")
	f.StringVar(&kernels, "kernels", "", "file for `kernel` blocks to paste into a spec")
	f.BoolVar(&asJSON, "json", false, "print everything as JSON")
	return c
}

// profileProgram is profile with a program. Its console goes to standard error.
func profileProgram(ctx context.Context, l *gen.Loaded, o build.ProgramOptions, hot int, annotate, asJSON bool) error {
	for _, a := range o.Sources {
		if _, err := os.Stat(a); err != nil {
			return err
		}
	}
	o.Stdout = os.Stderr
	p, err := build.ProfileProgram(ctx, l, o)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(p)
	}
	printProgramProfile(os.Stdout, p, hot)
	if annotate {
		printAnnotated(os.Stdout, p)
	}
	return nil
}

// profileNetwork runs one sample and sums it up.
func profileNetwork(ctx context.Context, l *gen.Loaded, n networkFlags, hot int) (*network.Profile, error) {
	n.Progress = newProgress()
	var lines *profile.Lines
	n.Debug = true
	n.OnELF = func(file string) (err error) {
		if lines, err = profile.ReadLines(file); err == nil {
			lines.Own(filepath.Dir(filepath.Dir(file))) // kernels and runtime
		}
		return err
	}
	r, err := build.RunNetwork(ctx, l, n.NetworkOptions)
	if err != nil {
		return nil, err
	}
	if !r.Passed() {
		return nil, &build.CheckError{Err: fmt.Errorf("the network differs from the golden execution: %s", r.Samples[0].Difference())}
	}
	p := r.Model.ProfileOf(r.Samples[0], r.Machine, lines, hot)
	p.Compiler = r.Compiler
	return p, nil
}

func printNetworkProfile(w io.Writer, p *network.Profile) {
	layers := func(title string, list []network.LayerProfile) {
		t := table.NewWriter()
		t.SetOutputMirror(w)
		t.SetTitle(title)
		t.AppendHeader(table.Row{"", "operator", "MACs", "cycles", "%", "cycles/MAC", "instructions", "loads", "stores", "bytes read", "written", "kernel", "path"})
		for _, l := range list {
			each := "–"
			if l.MACs > 0 {
				each = fmt.Sprintf("%.3f", l.CyclesPerMAC)
			}
			t.AppendRow(table.Row{l.Name, l.Operator, l.MACs, l.Cycles, fmt.Sprintf("%.1f", 100*l.Share), each, l.Instructions, l.Loads, l.Stores, l.LoadBytes, l.StoreBytes, l.Kernel, strings.Join(append([]string{l.Path}, l.Notes...), "; ")})
		}
		t.Render()
	}
	const longest = 16 // lines of a block
	layers("layers", p.Layers)
	layers("operators", p.Operators)
	if len(p.Lines) > 0 {
		printLines(w, p.Lines)
	}
	for _, b := range p.Blocks {
		where := ""
		if b.File != "" {
			where = fmt.Sprintf(", %s:%d", b.File, b.Line)
		}
		fmt.Fprintf(w, "\n%.1f %%  %s at %08x%s: %d times, %d cycles\n", 100*b.Share, b.Function, b.Start, where, b.Executions, b.Cycles)
		for i, line := range b.Code {
			if i == longest && len(b.Code) > longest+1 {
				fmt.Fprintf(w, "    %8s   and %d more\n", "", len(b.Code)-longest)
				break
			}
			fmt.Fprintf(w, "    %8x:  %s\n", b.Start+uint32(4*i), line)
		}
	}
	fmt.Fprintln(w)
	counts := func(title string, list []profile.Count) {
		t := table.NewWriter()
		t.SetOutputMirror(w)
		t.AppendHeader(table.Row{title, "times", "% of instructions"})
		for _, c := range list {
			t.AppendRow(table.Row{c.What, c.Count, fmt.Sprintf("%.1f", 100*c.Share)})
		}
		t.Render()
	}
	counts("instruction", p.Mix.Mnemonics)
	counts("feeds the next use", p.Mix.Feeds)
	counts("in a row", p.Mix.Neighbours)
	counts("added in place", p.Mix.Increments)
	counts("added to an address", p.Mix.Offsets)
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"loop", "in", "instructions", "entries", "trips each", "cycles", "%"})
	for _, l := range p.Mix.Loops {
		kind := ""
		if l.Inner {
			kind = " (inner)"
		}
		t.AppendRow(table.Row{fmt.Sprintf("%08x-%08x%s", l.Start, l.End, kind), l.Function, l.Instructions, l.Entries, fmt.Sprintf("%.1f", l.Trips), l.Cycles, fmt.Sprintf("%.1f", 100*float64(l.Cycles)/float64(max(p.Cycles, 1)))})
	}
	t.Render()
	each := ""
	if p.MACs > 0 {
		each = fmt.Sprintf(", %.3f cycles each", float64(p.Cycles)/float64(p.MACs))
	}
	fmt.Fprintf(w, "%s: %d cycles, %d instructions, %d multiplications%s; %s, %s\n", p.File, p.Cycles, p.Instructions, p.MACs, each, p.Design, p.Compiler)
}

// writeWhole writes a file that appears when it is whole.
func writeWhole(file string, write func(io.Writer) error) error {
	tmp := file + ".tmp"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, file)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}
