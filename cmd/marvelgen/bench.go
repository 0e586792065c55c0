package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen"
	"marvelgen/verif/iss"
)

// benchRow is one network of `marvelgen bench`.
type benchRow struct {
	Network       string  `json:"network"`
	File          string  `json:"file"`
	Design        string  `json:"design"`
	Compiler      string  `json:"compiler"`
	MACs          int64   `json:"macs"`
	ConstantBytes int64   `json:"constant_bytes"` // weights, biases and other constants of the graph
	CodeBytes     uint64  `json:"code_bytes"`     // instructions
	ArenaBytes    int     `json:"arena_bytes"`
	ArenaSumBytes int     `json:"arena_sum_bytes"`
	Cycles        uint64  `json:"cycles"`
	Instructions  uint64  `json:"instructions"`
	CyclesPerMAC  float64 `json:"cycles_per_mac"`
	Seconds       float64 `json:"seconds"` // of the simulation, layers judged
	Equal         bool    `json:"equal"`   // every layer, to the golden execution
	RandomInput   bool    `json:"random_input"`
	Difference    string  `json:"difference,omitempty"`
}

func benchCommand() *cobra.Command {
	var n networkFlags
	var specFile, out string
	var jobs, ports int
	var designs []string
	c := &cobra.Command{
		Use:   "bench MODEL...",
		Short: "Run networks once each on the simulator, in one table",
		Long: "Runs one inference of each network on the simulator, whose cycles are the RTL's, compares every layer with the golden\n" +
			"execution, and prints one table. The input of net.tflite is the first sample of net.in.bin where there is one, else random.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := onlyModels(args); err != nil {
				return err
			}
			l, err := loadOrBase(specFile)
			if err != nil {
				return err
			}
			if err := setWritePorts(l, ports); err != nil {
				return err
			}
			if n.CacheDir, err = cacheDir(); err != nil {
				return err
			}
			if len(designs) == 0 {
				designs = []string{n.Design}
			}
			rows, err := bench(c.Context(), l, n, args, designs, jobs)
			if err != nil {
				return err
			}
			printBench(os.Stdout, rows)
			if len(designs) > 1 {
				printSpeedups(os.Stdout, rows, designs)
			}
			if out != "" {
				j, err := json.MarshalIndent(rows, "", "  ")
				if err != nil {
					return err
				}
				if err := writeIn(out, append(j, '\n')); err != nil {
					return err
				}
			}
			for _, r := range rows {
				if !r.Equal {
					return &build.CheckError{Err: fmt.Errorf("%s differs from the golden execution: %s", r.File, r.Difference)}
				}
			}
			return nil
		},
	}
	f := c.Flags()
	n.addCore(f, &specFile)
	f.StringSliceVar(&designs, "designs", nil, "designs to run on, comma-separated, the first one to compare the others with")
	f.IntVar(&ports, "write-ports", 0, "write ports of the register file, 1 to 3, instead of the spec's")
	f.IntVarP(&jobs, "jobs", "j", 2, "networks at a time")
	f.StringVar(&out, "out", "", "file for the table as JSON")
	return c
}

// bench runs every file on every design, files in the outer order.
func bench(ctx context.Context, l *gen.Loaded, n networkFlags, files, designs []string, jobs int) ([]benchRow, error) {
	rows := make([]benchRow, len(files)*len(designs))
	p := &sharedProgress{Progress: newProgress()}
	p.Progress.Start(len(rows))
	defer p.Progress.End()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(jobs, 1))
	for i := range rows {
		g.Go(func() error {
			file := files[i/len(designs)]
			o := n.NetworkOptions
			o.Design = designs[i%len(designs)]
			o.Model, o.On, o.Samples, o.Progress = file, network.OnISS, 1, p.of(filepath.Base(file))
			o.Inputs = build.InputBeside(file)
			var code uint64
			o.OnELF = func(elf string) (err error) {
				code, err = iss.CodeBytes(elf)
				return err
			}
			r, err := build.RunNetwork(ctx, l, o)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			s := r.Samples[0]
			row := benchRow{Network: r.Model.Graph.Name, File: file, Design: r.Design, Compiler: r.Compiler, MACs: r.Model.MACs(), ConstantBytes: r.Model.ConstantBytes(),
				CodeBytes: code, ArenaBytes: r.Model.C.Memory.Arena, ArenaSumBytes: r.Model.C.Memory.Sum, Cycles: s.Cycles, Instructions: s.Instructions,
				Seconds: s.Seconds, Equal: s.Equal(), RandomInput: r.Random, Difference: s.Difference()}
			row.CyclesPerMAC = float64(s.Cycles) / float64(max(row.MACs, 1))
			rows[i] = row
			return nil
		})
	}
	return rows, g.Wait()
}

// printSpeedups shows how much faster each design is than the first one, and by how much
// its code is larger, with the geometric means.
func printSpeedups(w io.Writer, rows []benchRow, designs []string) {
	printRatios(w, "times faster", rows, designs, func(first, r benchRow) float64 {
		return float64(first.Cycles) / float64(max(r.Cycles, 1))
	})
	printRatios(w, "code", rows, designs, func(first, r benchRow) float64 {
		return float64(r.CodeBytes) / float64(max(first.CodeBytes, 1))
	})
}

// printRatios shows a figure of each design in terms of the first one's.
func printRatios(w io.Writer, name string, rows []benchRow, designs []string, ratio func(first, r benchRow) float64) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	head, mean := table.Row{name}, table.Row{"geometric mean"}
	logs := make([]float64, len(designs))
	for _, d := range designs {
		head = append(head, d)
	}
	t.AppendHeader(head)
	for i := 0; i < len(rows); i += len(designs) {
		line := table.Row{rows[i].Network}
		for k := range designs {
			v := ratio(rows[i], rows[i+k])
			logs[k] += math.Log(v)
			line = append(line, fmt.Sprintf("%.3f", v))
		}
		t.AppendRow(line)
	}
	for k := range designs {
		mean = append(mean, fmt.Sprintf("%.3f", math.Exp(logs[k]*float64(len(designs))/float64(len(rows)))))
	}
	t.AppendFooter(mean)
	t.Render()
}

func printBench(w io.Writer, rows []benchRow) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"network", "design", "MACs", "code", "constants", "arena", "without reuse", "cycles", "cycles/MAC", "simulated in", "M instr/s", "every layer"})
	for _, r := range rows {
		verdict := "equal to golden"
		if !r.Equal {
			verdict = "DIFFERS"
		}
		t.AppendRow(table.Row{r.Network, r.Design, r.MACs, r.CodeBytes, r.ConstantBytes, r.ArenaBytes, r.ArenaSumBytes, r.Cycles, fmt.Sprintf("%.3f", r.CyclesPerMAC),
			fmt.Sprintf("%.1f s", r.Seconds), fmt.Sprintf("%.0f", float64(r.Instructions)/1e6/max(r.Seconds, 1e-9)), verdict})
	}
	t.Render()
	if len(rows) > 0 {
		fmt.Fprintf(w, "one inference each on the simulator, %s; sizes in bytes\n", rows[0].Compiler)
	}
}

// sharedProgress is one progress of several networks at a time.
type sharedProgress struct {
	build.Progress
	mu sync.Mutex
}

// of is the progress of one network, which counts as one step.
func (p *sharedProgress) of(name string) build.Progress { return &namedProgress{p, name} }

type namedProgress struct {
	shared *sharedProgress
	name   string
}

func (*namedProgress) Start(int) {}
func (*namedProgress) End()      {}

func (p *namedProgress) Working(design, _ string, done, total int64) {
	p.shared.mu.Lock()
	defer p.shared.mu.Unlock()
	p.shared.Progress.Working(design, p.name, done, total)
}

func (p *namedProgress) Done(design, _, status string, seconds float64, cached bool) {
	p.shared.mu.Lock()
	defer p.shared.mu.Unlock()
	p.shared.Progress.Done(design, p.name, status, seconds, cached)
}
