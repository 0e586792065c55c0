package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
)

// evidence turns a divergence into a failed check with both traces and a
// waveform around it, kept in the design's verify/ folder.
func (b *build) evidence(ctx context.Context, m *isa.Machine, name string, run cosim.Run, err error) error {
	var d *cosim.Divergence
	if !errors.As(err, &d) {
		return err
	}
	dir := b.out.path(m.Design.Name, "verify")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text := filepath.Join(dir, name+".txt")
	if err := os.WriteFile(text, []byte(d.Error()), 0o644); err != nil {
		return err
	}
	files := []string{m.Design.Name + "/verify/" + name + ".txt"}
	if exe, err := b.waveModel(ctx, m); err == nil {
		vcd := filepath.Join(dir, name+".vcd")
		from := uint64(0)
		if d.Cycle > 200 {
			from = d.Cycle - 200
		}
		run.Model, run.OnRecord = exe, nil
		run.Limit = d.Cycle + 50
		run.ExtraArgs = append(run.ExtraArgs, "--vcd", vcd, "--vcd-from", fmt.Sprint(from), "--vcd-to", fmt.Sprint(d.Cycle+50))
		if werr := cosim.Replay(ctx, run); werr == nil {
			files = append(files, m.Design.Name+"/verify/"+name+".vcd")
		}
	}
	return &CheckError{Err: err, Files: files}
}

// waveModel is the model that writes waveforms, compiled when the first check of
// a design fails.
func (b *build) waveModel(ctx context.Context, m *isa.Machine) (string, error) {
	e, err := b.cache.do(b.modelKey(b.results[m.Design.Name]).sum("waves"), func(dir string) error {
		exe, err := b.verilate(ctx, m, filepath.Join(dir, "obj"), true)
		if err != nil {
			return err
		}
		if err := os.Rename(exe, filepath.Join(dir, "model")); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "obj"))
	})
	return filepath.Join(e.Dir, "model"), err
}
