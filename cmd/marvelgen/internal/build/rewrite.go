package build

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"marvelgen/flows/gcc"
	"marvelgen/flows/smt"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/verif/iss"
)

// Rewriting is how a compiler's assembly comes to use a design's instructions.
type Rewriting struct {
	Machine       *isa.Machine
	NoLoops       bool              // see cc.Options
	StandardCalls bool              // the same
	Growth        cc.Growth         // the same
	NoVolatile    bool              // the same, whatever the source holds
	CacheDir      string            // where what a solver has proven equal is kept; may be empty
	Remark        func(text string) // is given what was done and what could not be; may be nil
}

// Rewrite changes the assembly of a source for the cycles that the simulator and the
// core take. The only error is that ctx has ended.
func (r Rewriting) Rewrite(ctx context.Context, source string, c gcc.Compiled) ([]byte, error) {
	f := asm.Read(source, c.Assembly)
	t := iss.TimingOf(r.Machine)
	extra := maps.Clone(t.Extra)
	for name, n := range t.Surplus {
		extra[name] += n
	}
	remarks, err := cc.Rewrite(ctx, f, r.Machine, cc.Options{NoLoops: r.NoLoops, StandardCalls: r.StandardCalls, Growth: r.Growth, Extra: extra,
		Equal: func(script string) (bool, error) { return r.equal(ctx, script) }, Prototypes: cc.ReadPrototypes(c.Prototypes), NoVolatile: r.NoVolatile || c.Preprocessed != nil && !cc.HasVolatile(c.Preprocessed)})
	if err != nil {
		return nil, err
	}
	for _, done := range remarks {
		if r.Remark != nil {
			r.Remark(done.In(source))
		}
	}
	return f.Text(), nil
}

// GrowthBy is what the user says, or else what the last of a compiler's optimisation flags
// allows.
func GrowthBy(said, flags string) (g cc.Growth, err error) {
	if said != "" {
		if g, err = cc.ReadGrowth(said); err != nil {
			return 0, &UsageError{Message: "--grow: " + err.Error()}
		}
		return g, nil
	}
	g = cc.SlightGrowth
	for _, f := range strings.Fields(flags) {
		if strings.HasPrefix(f, "-O") {
			g = cc.GrowthAt(f)
		}
	}
	return g, nil
}

// equalLimit is how long a solver may think about one comparison.
const equalLimit = 20 * time.Second

// provenFor is how long it is kept what has been proven.
const provenFor = 30 * 24 * time.Hour

// equal asks a solver whether what a script compares is equal, unless that has been proven
// before. Other answers are not kept: they may depend on how long the solver could think.
func (r Rewriting) equal(ctx context.Context, script string) (bool, error) {
	dir := r.CacheDir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "marvelgen-equal-"); err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
	}
	kept := &cache{dir: filepath.Join(dir, "proven")}
	var open error // why it is not proven
	_, err := kept.do(newKey("equal", script).sum("equal"), func(dir string) error {
		path := filepath.Join(dir, "equal.smt2")
		if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
			return err
		}
		a, err := smt.Solve(ctx, smt.Solvers[0], path, equalLimit)
		if a.Answer != smt.Unsat {
			open = cmp.Or(err, errDiffers)
			return open
		}
		kept.prune(provenFor)
		return err
	})
	if open == errDiffers {
		return false, nil
	}
	return err == nil, err
}

var errDiffers = errors.New("not proven equal")
