package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/pflag"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/cmd/marvelgen/internal/network"
	"marvelgen/gen"
	"marvelgen/gen/nn/golden"
	"marvelgen/gen/nn/samples"
)

// networkFlags are those that `run` has for networks only.
type networkFlags struct {
	build.NetworkOptions
	output string
	labels string
	top    int
}

// growHelp is what --grow does.
const growHelp = "how many hundredths larger that may make the code of a file, or any (default: 1, or 64 bytes; none with -Os)"

// addCore defines the flags of the commands that run a network on a core's simulator.
func (n *networkFlags) addCore(f *pflag.FlagSet, specFile *string) {
	f.StringVar(specFile, "spec", "", "spec of the extension (default: the base core)")
	f.StringVar(&n.Design, "design", "", "design of the spec (default: its last one)")
	f.StringVar(&n.Compiler, "compiler", "clang", "clang or gcc")
	f.StringVarP(&n.Opt, "opt", "O", "-O3", "optimisation flags")
	f.BoolVar(&n.Plain, "plain", false, "plain loops, as code generators print them, in place of the design's kernels")
	f.BoolVar(&n.Rewrite, "cc", false, "use the design's instructions in compiled code, as marvelgen cc does")
	f.StringVar(&n.Grow, "grow", "", growHelp)
	f.Uint64Var(&n.Seed, "seed", 1, "seed of random inputs")
	f.Uint64Var(&n.Limit, "max-cycles", maxNetworkCycles, "stop a network that does not end")
}

// maxNetworkCycles is hours of simulation.
const maxNetworkCycles = 1_000_000_000_000

// runNetwork is `run` with a trained network.
func runNetwork(ctx context.Context, l *gen.Loaded, f networkFlags, asJSON bool) error {
	var labels []string
	if f.labels != "" {
		b, err := os.ReadFile(f.labels)
		if err != nil {
			return err
		}
		labels = strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	}
	f.Progress = newProgress()
	r, err := build.RunNetwork(ctx, l, f.NetworkOptions)
	if err != nil {
		return err
	}
	shown, err := describe(r, f.top, labels)
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := writeOutputs(f.output, r); err != nil {
			return err
		}
	}
	if asJSON {
		j, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		fmt.Println(string(j))
	} else {
		if r.Picture != nil {
			drawPicture(os.Stdout, r.Picture)
		}
		shown.print(os.Stdout)
	}
	if !r.Passed() {
		return &build.CheckError{Err: fmt.Errorf("%s", shown.firstDifference())}
	}
	return nil
}

// networkReport is the outcome as JSON.
type networkReport struct {
	File          string         `json:"file"`
	Network       string         `json:"network"`
	On            string         `json:"on"`
	Design        string         `json:"design,omitempty"`
	Compiler      string         `json:"compiler"`
	MACs          int64          `json:"macs"`
	ArenaBytes    int            `json:"arena_bytes"`
	ArenaSumBytes int            `json:"arena_sum_bytes"` // if each tensor had room of its own
	RandomInput   bool           `json:"random_input"`
	Samples       []sampleReport `json:"samples"`
	Cycles        uint64         `json:"cycles"` // of all samples
	Passed        bool           `json:"passed"`
}

type sampleReport struct {
	Cycles       uint64     `json:"cycles,omitempty"`
	Instructions uint64     `json:"instructions,omitempty"`
	CyclesPerMAC float64    `json:"cycles_per_mac,omitempty"`
	Lockstep     uint64     `json:"lockstep,omitempty"` // instructions equal on RTL and simulator
	Equal        bool       `json:"equal"`              // every layer, bit for bit
	Difference   string     `json:"difference,omitempty"`
	Seconds      float64    `json:"seconds"`
	Outputs      []topTable `json:"outputs"`

	Float *network.FloatError `json:"float,omitempty"` // the float network's outputs against these
}

// topTable is the largest elements of one output.
type topTable struct {
	Name  string     `json:"name"`
	Type  string     `json:"type"`
	Shape []int      `json:"shape"`
	Top   []topEntry `json:"top"`
}

type topEntry struct {
	Index int     `json:"index"`
	Label string  `json:"label,omitempty"`
	Real  float32 `json:"real"`
}

func describe(r *build.NetworkResult, top int, labels []string) (*networkReport, error) {
	g := r.Model.Graph
	out := &networkReport{File: g.File, Network: g.Name, On: r.On, Design: r.Design, Compiler: r.Compiler, MACs: r.Model.MACs(),
		ArenaBytes: r.Model.C.Memory.Arena, ArenaSumBytes: r.Model.C.Memory.Sum, RandomInput: r.Random, Passed: r.Passed()}
	for _, s := range r.Samples {
		one := sampleReport{Cycles: s.Cycles, Instructions: s.Instructions, Lockstep: s.Lockstep, Equal: s.Equal(), Seconds: s.Seconds, Float: s.Float}
		if out.MACs > 0 {
			one.CyclesPerMAC = float64(s.Cycles) / float64(out.MACs)
		}
		one.Difference = s.Difference()
		values, err := r.Model.Values(s.Output)
		if err != nil {
			return nil, err
		}
		for i, t := range g.Outputs {
			o := topTable{Name: t.Name, Type: t.Type.String(), Shape: t.Shape}
			real := golden.Real(t, values[i])
			order := make([]int, len(real))
			for k := range order {
				order[k] = k
			}
			sort.SliceStable(order, func(a, b int) bool { return real[order[a]] > real[order[b]] })
			for _, k := range order[:min(top, len(order))] {
				e := topEntry{Index: k, Real: real[k]}
				if k < len(labels) {
					e.Label = labels[k]
				}
				o.Top = append(o.Top, e)
			}
			one.Outputs = append(one.Outputs, o)
		}
		out.Cycles += s.Cycles
		out.Samples = append(out.Samples, one)
	}
	return out, nil
}

func (r *networkReport) print(w io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"sample", "largest outputs", "cycles", "cycles/MAC", "verdict"})
	for i, s := range r.Samples {
		verdict := "equal to golden"
		if s.Lockstep > 0 {
			verdict += ", RTL = simulator"
		}
		if !s.Equal {
			verdict = "DIFFERS"
		}
		cycles, each := "–", "–"
		if s.Cycles > 0 {
			cycles, each = fmt.Sprint(s.Cycles), fmt.Sprintf("%.3f", s.CyclesPerMAC)
		}
		t.AppendRow(table.Row{i + 1, s.tops(), cycles, each, verdict})
	}
	t.Render()
	for i, s := range r.Samples {
		if f := s.Float; f != nil {
			same := "the same"
			if !f.SameTop {
				same = "another"
			}
			fmt.Fprintf(w, "sample %d: at most %.4g (%.2f quantisation steps) from the float network, whose outputs reach %.4g; %s largest output\n", i+1, f.Largest, f.Steps, f.Observed, same)
		}
	}
	where := "on the host"
	switch r.On {
	case network.OnISS:
		where = "on the simulator of " + r.Design
	case network.OnRTL:
		where = "on the RTL of " + r.Design + ", in lockstep with the simulator"
	}
	input := ""
	if r.RandomInput {
		input = "; random input"
	}
	fmt.Fprintf(w, "%s: %d multiplications, arena %d bytes (%d without reuse), %s, %s%s\n", filepath.Base(r.File), r.MACs, r.ArenaBytes, r.ArenaSumBytes, where, r.Compiler, input)
}

// tops is the largest outputs in a line.
func (s *sampleReport) tops() string {
	var all []string
	for _, o := range s.Outputs {
		var list []string
		for _, e := range o.Top {
			name := fmt.Sprint(e.Index)
			if e.Label != "" {
				name += " " + e.Label
			}
			list = append(list, fmt.Sprintf("%s: %.4g", name, e.Real))
		}
		all = append(all, strings.Join(list, ", "))
	}
	return strings.Join(all, " | ")
}

func (r *networkReport) firstDifference() string {
	n, first := 0, ""
	for i, s := range r.Samples {
		if !s.Equal {
			if n++; n == 1 {
				first = fmt.Sprintf("sample %d: %s", i+1, s.Difference)
			}
		}
	}
	return fmt.Sprintf("%d of %d samples differ; %s", n, len(r.Samples), first)
}

// drawPicture shows a picture as text, two rows of pixels a line, as wide as a
// terminal at most.
func drawPicture(w io.Writer, p *image.Gray) {
	const ramp, widest = " .:-=+*#%@", 80
	b := p.Bounds()
	step := (b.Dx() + widest - 1) / widest
	for y := 0; y < b.Dy(); y += 2 * step {
		var line strings.Builder
		for x := 0; x < b.Dx(); x += step {
			v := (int(p.GrayAt(x, y).Y) + int(p.GrayAt(x, min(y+step, b.Dy()-1)).Y)) / 2
			line.WriteByte(ramp[v*(len(ramp)-1)/255])
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// writeOutputs writes the outputs of all samples: raw bytes, or a NumPy array.
func writeOutputs(file string, r *build.NetworkResult) error {
	var all []byte
	switch ext := filepath.Ext(file); ext {
	case ".npy":
		g := r.Model.Graph
		if len(g.Outputs) != 1 {
			return &build.UsageError{Message: fmt.Sprintf("%s: the network has %d outputs, an array holds one: use .bin", file, len(g.Outputs))}
		}
		var values []golden.Value
		for _, s := range r.Samples {
			v, err := r.Model.Values(s.Output)
			if err != nil {
				return err
			}
			values = append(values, v[0])
		}
		all = samples.WriteNpy(g.Outputs[0], values)
	case ".bin":
		for _, s := range r.Samples {
			all = append(all, s.Output...)
		}
	default:
		return &build.UsageError{Message: fmt.Sprintf("--output %s: want .bin or .npy", file)}
	}
	return writeWhole(file, func(w io.Writer) error { _, err := w.Write(all); return err })
}
