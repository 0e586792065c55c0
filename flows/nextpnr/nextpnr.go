// Package nextpnr places and routes a core on an ECP5, for its clock rate. Debian 12
// has no nextpnr for that family, so the tools may lie in a folder that holds a newer
// Debian, and run there in namespaces of their own.
package nextpnr

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"marvelgen/flows"
)

// Device is what everything is placed on: Lattice's largest ECP5, speed grade 6.
const Device = "ECP5 LFE5U-85F, speed grade 6"

// tools are needed, in the folder or in PATH.
var tools = []string{"yosys", "nextpnr-ecp5"}

// Tools is where the tools are: in a folder that holds a whole system, or in PATH if empty.
type Tools struct{ Root string }

// Find looks for the tools in PATH, then in root. A *flows.MissingToolError says what
// to do if they are in neither.
func Find(root string) (Tools, error) {
	missing := func(find func(string) error) error {
		for _, t := range tools {
			if err := find(t); err != nil {
				return err
			}
		}
		return nil
	}
	if missing(func(t string) error { _, err := exec.LookPath(t); return err }) == nil {
		return Tools{}, nil
	}
	err := missing(func(t string) error { _, err := os.Stat(filepath.Join(root, "usr/bin", t)); return err })
	if err == nil {
		root, err := filepath.Abs(root)
		return Tools{root}, err
	}
	return Tools{}, &flows.MissingToolError{Missing: []flows.MissingTool{{
		Tool:   flows.Tool{Name: "nextpnr-ecp5", Package: "mmdebstrap", Purpose: "places and routes on an ECP5"},
		Reason: "neither in PATH nor in " + root + ", where `make pnr` puts Debian 13's, by mmdebstrap",
	}}}
}

// Temp makes a folder that the tools can see.
func (t Tools) Temp() (string, error) {
	if t.Root == "" {
		return os.MkdirTemp("", "marvelgen-pnr-")
	}
	return os.MkdirTemp(filepath.Join(t.Root, "tmp"), "marvelgen-pnr-")
}

// run runs a tool in dir, a folder of Temp.
func (t Tools) run(ctx context.Context, dir string, name string, args ...string) (string, error) {
	c := flows.Cmd{Path: name, Args: args, Dir: dir}
	if t.Root != "" {
		inside, err := filepath.Rel(t.Root, dir)
		if err != nil {
			return "", err
		}
		// Yosys finds its own files through /proc; the mount ends with the namespace.
		c = flows.Cmd{Path: "unshare", Args: append([]string{"--mount", "--pid", "--fork", "--kill-child", "--root=" + t.Root, "--mount-proc", "--wd=/" + inside, "env", "PATH=/usr/bin:/bin", name}, args...)}
	}
	return flows.Run(ctx, c)
}

// Version is the versions of both tools.
func (t Tools) Version(ctx context.Context) (string, error) {
	dir, err := t.Temp()
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	var out []string
	for _, v := range [][]string{{"yosys", "-V"}, {"nextpnr-ecp5", "--version"}} {
		text, err := t.run(ctx, dir, v[0], v[1:]...)
		if err != nil {
			return "", err
		}
		out = append(out, v[0]+" "+flows.ParseVersion(strings.ReplaceAll(text, "ecp5", "")))
	}
	return strings.Join(out, ", "), nil
}

// Netlist is a design that is ready to be placed.
type Netlist struct {
	tools Tools
	dir   string
}

// Synth maps a module in a wrapper; dir, a folder of Temp, holds its Verilog.
//
// The tool is told not to guard memories against a read of the word that is written:
// no instruction does both in a private memory (gen/pass refuses it), and code that
// writes code needs fence.i. With the guard, an ECP5 gets a multiplexer behind every
// bit of a private memory, which block RAM of AMD's does not need.
func (t Tools) Synth(ctx context.Context, dir, top string, files []string) (*Netlist, error) {
	read := "read_verilog " + strings.Join(files, " ") + "\n"
	write := func(name, text string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	if err := write("ports.ys", read+"hierarchy -check -top "+top+"\nproc\nwrite_json ports.json\n"); err != nil {
		return nil, err
	}
	if _, err := t.run(ctx, dir, "yosys", "-q", "-s", "ports.ys"); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "ports.json"))
	if err != nil {
		return nil, err
	}
	ports, err := parsePorts(data, top)
	if err != nil {
		return nil, err
	}
	w, err := Wrapper(top, ports)
	if err != nil {
		return nil, err
	}
	if err := write(wrapper+".v", w); err != nil {
		return nil, err
	}
	if err := write("synth.ys", read+"read_verilog "+wrapper+".v\nsynth_ecp5 -no-rw-check -top "+wrapper+" -json synth.json\n"); err != nil {
		return nil, err
	}
	_, err = t.run(ctx, dir, "yosys", "-q", "-s", "synth.ys")
	return &Netlist{t, dir}, err
}

// Place places and routes with a seed.
func (n *Netlist) Place(ctx context.Context, seed int) (*Placement, error) {
	report := fmt.Sprintf("report%d.json", seed)
	_, err := n.tools.run(ctx, n.dir, "nextpnr-ecp5", "--85k", "--package", "CABGA756", "--speed", "6", "--json", "synth.json", "--freq", "100",
		"--timing-allow-fail", "--lpf-allow-unconstrained", "--seed", fmt.Sprint(seed), "--report", report, "--quiet")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(n.dir, report))
	if err != nil {
		return nil, err
	}
	return ParseReport(data)
}

// Placement is what came of one seed.
type Placement struct {
	MHz   float64        `json:"mhz"`
	NS    float64        `json:"critical_ns"`
	Wires float64        `json:"critical_wires_ns"` // of it, between cells
	Path  []string       `json:"critical_path"`     // the instances that it goes through
	Cells map[string]int `json:"cells"`
}

// ParseReport reads the report of nextpnr.
func ParseReport(data []byte) (*Placement, error) {
	var r struct {
		Fmax map[string]struct {
			Achieved float64 `json:"achieved"`
		} `json:"fmax"`
		Paths []struct {
			From string `json:"from"`
			To   string `json:"to"`
			Path []struct {
				Delay float64 `json:"delay"`
				Type  string  `json:"type"`
				From  pin     `json:"from"`
				To    pin     `json:"to"`
			} `json:"path"`
		} `json:"critical_paths"`
		Cells map[string]struct {
			Used int `json:"used"`
		} `json:"utilization"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("nextpnr's report is not JSON: %w", err)
	}
	if len(r.Fmax) != 1 {
		return nil, fmt.Errorf("nextpnr reports %d clocks, want 1", len(r.Fmax))
	}
	p := &Placement{Cells: map[string]int{}}
	for _, f := range r.Fmax {
		p.MHz = f.Achieved
	}
	if p.MHz <= 0 {
		return nil, fmt.Errorf("nextpnr reports a clock of %g MHz", p.MHz)
	}
	for name, c := range r.Cells {
		if c.Used > 0 {
			p.Cells[name] = c.Used
		}
	}
	for _, path := range r.Paths {
		if path.From != path.To || !strings.HasPrefix(path.From, "posedge ") {
			continue // to or from a pad
		}
		for _, s := range path.Path {
			p.NS += s.Delay
			if s.Type == "routing" {
				p.Wires += s.Delay
			}
			if at := s.To.instance(); len(p.Path) == 0 || p.Path[len(p.Path)-1] != at {
				p.Path = append(p.Path, at)
			}
		}
	}
	return p, nil
}

type pin struct {
	Cell string `json:"cell"`
	Port string `json:"port"`
}

// instance is where a cell is: Yosys names cells after a net, below its instance.
func (p pin) instance() string {
	parts := strings.Split(strings.TrimPrefix(p.Cell, "dut."), ".")
	return strings.Join(parts[:max(1, min(len(parts)-1, 3))], ".")
}

// Median of the clock rates.
func Median(all []Placement) float64 {
	var mhz []float64
	for _, p := range all {
		mhz = append(mhz, p.MHz)
	}
	slices.Sort(mhz)
	n := len(mhz)
	if n == 0 {
		return 0
	}
	return (mhz[(n-1)/2] + mhz[n/2]) / 2
}
