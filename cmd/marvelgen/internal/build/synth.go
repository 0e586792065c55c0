package build

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"marvelgen/flows"
	"marvelgen/flows/yosys"
	"marvelgen/gen/emit"
	"marvelgen/gen/emit/rtl"
	"marvelgen/gen/isa"
)

// synthTasks measures the core alone and each design.
func (b *build) synthTasks() []*task {
	base, files, err := b.base()
	if err != nil {
		return []*task{{name: "synth", run: func(context.Context) (entry, error) { return entry{}, err }}}
	}
	out := []*task{{name: "synth core alone", run: func(ctx context.Context) (entry, error) {
		a, e, err := b.synth(ctx, base, files)
		b.report.Base = a
		return e, err
	}}}
	for _, m := range b.machines {
		r := b.results[m.Design.Name]
		t := &task{design: m.Design.Name, name: "synth", run: func(ctx context.Context) (entry, error) {
			a, e, err := b.synth(ctx, m, r.files)
			r.area = a
			return e, err
		}}
		if m == base {
			t.needs = out[:1] // the same work: take it from the cache
		}
		out = append(out, t)
	}
	return out
}

func (b *build) synth(ctx context.Context, m *isa.Machine, files []emit.File) (*flows.Area, entry, error) {
	in := sub(files, "flows/synth")
	for name, data := range verilog(files, rtl.AreaFiles(m)) {
		in["rtl/"+name] = data
	}
	var area flows.Area
	e, err := b.cache.do(newKey("synth", toolVersion("yosys")).files(in).sum("synth"), func(dir string) error {
		if err := writeAll(filepath.Join(dir, "run"), in); err != nil {
			return err
		}
		a, err := yosys.Synth(ctx, yosys.Options{Dir: filepath.Join(dir, "run", "flows"), Script: "synth.ys", Stat: "stat.json", Log: "synth.log"})
		if err != nil {
			return check(ctx, err)
		}
		j, err := json.Marshal(a)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "area.json"), j, 0o644)
	})
	if err != nil {
		return nil, e, err
	}
	j, err := os.ReadFile(filepath.Join(e.Dir, "area.json"))
	if err == nil {
		err = json.Unmarshal(j, &area)
	}
	return &area, e, err
}
