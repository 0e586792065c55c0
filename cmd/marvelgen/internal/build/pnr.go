package build

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"marvelgen/flows/nextpnr"
	"marvelgen/gen"
	"marvelgen/gen/emit"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// PNROptions say what to place and route.
type PNROptions struct {
	Root    string // a folder with Debian 13, where PATH lacks the tools
	Design  string // beside the core alone; the last one if empty
	Seeds   int
	Jobs    int
	Version string
	Progress
}

// PNRSchema names the format of the file.
const PNRSchema = "marvelgen-pnr/1"

// PNR is the clock rates of the core alone and of a design.
type PNR struct {
	Schema string       `json:"schema"`
	Tool   string       `json:"tool"`
	Spec   string       `json:"spec"`
	SHA256 string       `json:"spec_sha256"`
	Device string       `json:"device"`
	Flow   string       `json:"flow"`
	Rates  []ClockRates `json:"rates"`
}

// ClockRates compares two designs of one kind.
type ClockRates struct {
	Kind  string    `json:"kind"`
	Base  ClockRate `json:"base"`
	Ext   ClockRate `json:"extended"`
	Ratio float64   `json:"ratio"` // of the medians
}

// ClockRate is one design, placed with several seeds.
type ClockRate struct {
	Design string              `json:"design"`
	Median float64             `json:"median_mhz"`
	Seeds  []nextpnr.Placement `json:"seeds"`
}

// pnrKinds are what is placed: what is in it, its top module's ending, and its files.
var pnrKinds = []struct {
	kind, top string
	files     func(*isa.Machine) []string
}{
	{"core, registers at its ports", "_core", rtl.CoreFiles},
	{"system with 64 KiB of block RAM", "_top", rtl.Files},
}

// MeasurePNR places and routes the core alone and a design.
func MeasurePNR(ctx context.Context, l *gen.Loaded, o PNROptions) (*PNR, error) {
	tools, err := nextpnr.Find(o.Root)
	if err != nil {
		return nil, err
	}
	design, err := findDesign(l, o.Design)
	if err != nil {
		return nil, err
	}
	b := &build{loaded: l}
	base, baseFiles, err := b.base()
	if err != nil {
		return nil, err
	}
	if base == design || len(design.Exts) == 0 {
		return nil, &UsageError{design.Design.Name + " is the core alone: there is nothing to compare"}
	}
	files, err := gen.Emit(design)
	if err != nil {
		return nil, err
	}
	r := &PNR{Schema: PNRSchema, Tool: o.Version, Spec: l.Spec.Name, SHA256: l.Spec.SHA256, Device: nextpnr.Device, Rates: make([]ClockRates, len(pnrKinds))}
	if r.Flow, err = tools.Version(ctx); err != nil {
		return nil, err
	}
	dir, err := tools.Temp()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o.Start(2 * len(pnrKinds) * o.Seeds)
	defer o.End()
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(o.Jobs, 1))
	for i, k := range pnrKinds {
		c := &r.Rates[i]
		c.Kind = k.kind
		for _, d := range []struct {
			m     *isa.Machine
			files []emit.File
			out   *ClockRate
		}{{base, baseFiles, &c.Base}, {design, files, &c.Ext}} {
			g.Go(func() error {
				at := filepath.Join(dir, d.m.Design.Name+k.top)
				names := k.files(d.m)
				if err := writeRTL(at, names, d.files); err != nil {
					return err
				}
				n, err := tools.Synth(ctx, at, d.m.Name()+k.top, names)
				if err != nil {
					return err
				}
				d.out.Design = d.m.Design.Name
				for seed := 1; seed <= o.Seeds; seed++ {
					start := time.Now()
					p, err := n.Place(ctx, seed)
					if err != nil {
						return err
					}
					d.out.Seeds = append(d.out.Seeds, *p)
					mu.Lock()
					o.Done(d.m.Design.Name, fmt.Sprintf("%s, seed %d: %.1f MHz", strings.TrimPrefix(k.top, "_"), seed, p.MHz), "passed", time.Since(start).Seconds(), false)
					mu.Unlock()
				}
				d.out.Median = nextpnr.Median(d.out.Seeds)
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i := range r.Rates {
		c := &r.Rates[i]
		c.Ratio = c.Ext.Median / c.Base.Median
	}
	return r, nil
}

// writeRTL writes the named files of a design's Verilog.
func writeRTL(dir string, names []string, files []emit.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		for _, f := range files {
			if f.Path == "rtl/"+name {
				if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// JSON is the file.
func (r *PNR) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Print writes clock rates, and the worst path of the seed in the middle.
func (r *PNR) Print(w io.Writer) {
	fmt.Fprintf(w, "Clock rates after place and route: %s, by %s\n", r.Device, r.Flow)
	for _, c := range r.Rates {
		fmt.Fprintf(w, "\n%s: %.2f times the rate\n", c.Kind, c.Ratio)
		for _, d := range []ClockRate{c.Base, c.Ext} {
			var all []string
			for _, p := range d.Seeds {
				all = append(all, fmt.Sprintf("%.1f", p.MHz))
			}
			fmt.Fprintf(w, "  %-10s %5.1f MHz, the median of %s\n", d.Design, d.Median, strings.Join(all, ", "))
			for _, p := range d.Seeds {
				if p.MHz <= d.Median {
					fmt.Fprintf(w, "             critical: %.1f ns, %.1f of them wires: %s\n", p.NS, p.Wires, strings.Join(p.Path, " > "))
					break
				}
			}
		}
	}
}
