package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/verif/formal"
	"marvelgen/verif/report"
	"marvelgen/verif/rvfi"
)

// proofTools are the programs whose versions proofs depend on.
var proofTools = []string{"yosys", "z3", "cvc5", "boolector", "cadical", "abc"}

func (b *build) proofKey(r *designResult, step string) string {
	var versions []string
	for _, t := range proofTools {
		versions = append(versions, toolVersion(t))
	}
	return newKey(step, versions...).add(selfHash()).files(sub(r.files, "rtl/")).files(sub(r.files, "formal/")).sum(step)
}

// proveUnits proves each unit of the design against the meaning of its instructions.
func (b *build) proveUnits(ctx context.Context, m *isa.Machine, r *designResult, t *task) (entry, error) {
	e, err := b.cache.do(b.proofKey(r, "units"), func(dir string) error {
		units, err := formal.Prove(ctx, formal.Options{Machine: m, RTL: b.out.path(m.Design.Name, "rtl"), Formal: b.out.path(m.Design.Name, "formal"),
			Dir: filepath.Join(dir, "proofs"), Jobs: 1, Progress: b.working(t)})
		if err != nil {
			return err
		}
		_ = os.Remove(filepath.Join(dir, "proofs", "model.ys")) // names scratch folders
		_ = os.Remove(filepath.Join(dir, "proofs", "model.json"))
		return writeJSON(filepath.Join(dir, "units.json"), units)
	})
	if err != nil {
		return e, err
	}
	if err := readJSON(filepath.Join(e.Dir, "units.json"), &r.units); err != nil {
		return e, err
	}
	if err := b.keepScripts(m, filepath.Join(e.Dir, "proofs")); err != nil {
		return e, err
	}
	var failed, open []string
	for _, u := range r.units {
		for _, p := range u.Proofs {
			switch p.Status {
			case formal.Failed:
				failed = append(failed, fmt.Sprintf("%s does not hold: %s. Counterexample:\n    %s", p.Name, p.Says, strings.ReplaceAll(p.Detail, "\n", "\n    ")))
			case formal.Unproven:
				open = append(open, p.Name)
			}
		}
	}
	return e, b.verdict(failed, open)
}

// verdict is the failed check, if any: proofs that are open count with --strict.
func (b *build) verdict(failed, open []string) error {
	if b.Strict && len(open) > 0 {
		failed = append(failed, "not proven, which --strict asks for: "+strings.Join(open, ", "))
	}
	if len(failed) == 0 {
		return nil
	}
	return &CheckError{Err: errors.New(strings.Join(failed, "\n  "))}
}

// keepScripts copies the questions into the design's formal/ folder, where anybody
// can ask them again.
func (b *build) keepScripts(m *isa.Machine, dir string) error {
	list, err := filepath.Glob(filepath.Join(dir, "*.smt2"))
	if err != nil || len(list) == 0 {
		return err
	}
	to := b.out.path(m.Design.Name, "formal", "proofs")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, f := range list {
		if strings.Contains(filepath.Base(f), ".equations.") {
			continue // the same in the dialect of one solver
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		// Without the request for a model, which only a wrong design has.
		if i := bytes.LastIndex(b, []byte("(get-value ")); i >= 0 {
			b = append(b[:i], "(exit)\n"...)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(f)), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// proveCore proves the design's core against its ISA on the RVFI ports.
func (b *build) proveCore(ctx context.Context, m *isa.Machine, r *designResult, t *task) (entry, error) {
	e, err := b.cache.do(b.proofKey(r, "core"), func(dir string) error {
		list, err := rvfi.Run(ctx, rvfi.Options{Dir: b.out.path(m.Design.Name, "formal", "core"), Out: b.out.path(m.Design.Name, "verify"), Jobs: 1, Progress: b.working(t)})
		if err != nil {
			return err
		}
		r.core = nil
		for _, c := range list {
			r.core = append(r.core, report.CoreProof{Name: c.Name, Kind: c.Kind, Instruction: c.Instruction, Says: c.Summary, Status: c.String(),
				Proven: c.Status == rvfi.Proven, Failed: c.Status == rvfi.Failed, Engine: c.Engine, Method: c.Method, Seconds: c.Seconds, Detail: c.Detail})
		}
		if err := b.coreVerdict(m, r); err != nil {
			return err // with traces of its own: not for the cache
		}
		return writeJSON(filepath.Join(dir, "core.json"), r.core)
	})
	if err != nil {
		return e, err
	}
	if err := readJSON(filepath.Join(e.Dir, "core.json"), &r.core); err != nil {
		return e, err
	}
	return e, b.coreVerdict(m, r)
}

// coreVerdict is the failed check, if any.
func (b *build) coreVerdict(m *isa.Machine, r *designResult) error {
	var failed, open []string
	for _, c := range r.core {
		switch {
		case c.Failed:
			failed = append(failed, fmt.Sprintf("core check %s does not hold: %s; trace in %s/verify", c.Name, c.Says, m.Design.Name))
		case !c.Proven:
			open = append(open, c.Name+" ("+c.Status+")")
		}
	}
	return b.verdict(failed, open)
}

func writeJSON(path string, v any) error {
	j, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, j, 0o644)
}

func readJSON(path string, v any) error {
	j, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(j, v)
}
