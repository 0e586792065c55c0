package build

import (
	"context"
	"fmt"
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

// pnrKinds are what is placed: what is in it, its top module's ending, and its files.
var pnrKinds = []struct {
	kind, top string
	files     func(*isa.Machine) []string
}{
	{"core, registers at its ports", "_core", rtl.CoreFiles},
	{"system with 64 KiB of block RAM", "_top", rtl.Files},
}

// MeasurePNR places and routes the core alone and a design.
func MeasurePNR(ctx context.Context, l *gen.Loaded, o PNROptions) (*nextpnr.Comparison, error) {
	tools, err := nextpnr.Find(o.Root)
	if err != nil {
		return nil, err
	}
	design, err := FindDesign(l, o.Design)
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
	r := &nextpnr.Comparison{Schema: nextpnr.Schema, Tool: o.Version, Spec: l.Spec.Name, SHA256: l.Spec.SHA256, Device: nextpnr.Device, Rates: make([]nextpnr.Rates, len(pnrKinds))}
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
			out   *nextpnr.Rate
		}{{base, baseFiles, &c.Base}, {design, files, &c.Ext}} {
			g.Go(func() error {
				at := filepath.Join(dir, d.m.Design.Name+k.top)
				names := k.files(d.m)
				if err := writeAll(at, verilog(d.files, names)); err != nil {
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
