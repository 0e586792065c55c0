package main

import (
	"context"
	"fmt"
	"io"
	"os"
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
	var hot int
	var asJSON bool
	c := &cobra.Command{
		Use:   "profile MODEL",
		Short: "Say where a network's cycles go, and what instructions would help",
		Long: "Runs one inference on the simulator, whose cycles are the RTL's, and shows cycles, multiplications, loads and stores of\n" +
			"every layer and operator, the hot basic blocks with their C lines, and the statistics that lead to extensions: which\n" +
			"instruction feeds which, the constants that are added, the trips of loops.",
		Example: "  marvelgen profile net.tflite\n  marvelgen profile net.tflite --spec specs/marvel.hcl --design v4 --pprof net.pb.gz\n" +
			"  go tool pprof -http : net.pb.gz",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !network.IsModel(args[0]) {
				return &build.UsageError{Message: args[0] + ": " + network.Kinds + "; for a program use: marvelgen run --profile"}
			}
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			n.Model, n.On, n.Samples = args[0], network.OnISS, 1
			if n.CacheDir, err = cacheDir(); err != nil {
				return err
			}
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
	f.StringArrayVarP(&n.Inputs, "input", "i", nil, "a sample, as for run (default: random)")
	f.StringVar(&n.Calibrate, "calibrate", "", "network in floats: file of inputs to quantise it by (default: random)")
	f.IntVar(&hot, "top", 10, "show so many blocks, and rows of each statistic")
	f.StringVar(&pprof, "pprof", "", "file for the profile in pprof's format, for flame graphs")
	f.StringVar(&kernels, "kernels", "", "file for `kernel` blocks to paste into a spec")
	f.BoolVar(&asJSON, "json", false, "print everything as JSON")
	return c
}

// profileNetwork runs one sample and sums it up.
func profileNetwork(ctx context.Context, l *gen.Loaded, n networkFlags, hot int) (*network.Profile, error) {
	n.Progress = newProgress()
	var lines *profile.Lines
	n.Debug = true
	n.OnELF = func(file string) (err error) { lines, err = profile.ReadLines(file); return err }
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
