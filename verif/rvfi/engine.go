package rvfi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"marvelgen/flows"
	"marvelgen/verif/rvfi/aig"
)

// Engine decides whether the roots of a cone can all be true.
type Engine struct {
	Name string // as flows.Tools has it
	// model: it tells an assignment.
	model bool
	// input writes the question; args is the command line for it.
	input func(c *aig.Cone, path string) error
	args  func(path string, seconds int) []string
	// answer reads the output and exit code.
	answer func(out string, code int) (sat, decided bool)
}

// Engines are independent of each other in code and origin.
var Engines = []Engine{
	{Name: "cadical", model: true, input: writeCNF,
		args:   func(p string, n int) []string { return []string{"-q", "-t", strconv.Itoa(n), p} },
		answer: func(_ string, code int) (bool, bool) { return code == 10, code == 10 || code == 20 }},
	{Name: "abc", input: writeAIGER,
		args: func(p string, n int) []string {
			return []string{"-c", fmt.Sprintf("read_aiger %s; strash; dsat", p)}
		},
		answer: func(out string, _ int) (bool, bool) {
			return strings.Contains(out, "SATISFIABLE") && !strings.Contains(out, "UNSATISFIABLE"), strings.Contains(out, "SATISFIABLE")
		}},
	{Name: "z3", input: writeCNF,
		args: func(p string, n int) []string { return []string{"-dimacs", fmt.Sprintf("-T:%d", n), p} },
		answer: func(out string, _ int) (bool, bool) {
			first := strings.TrimSpace(strings.TrimPrefix(strings.SplitN(out, "\n", 2)[0], "s "))
			return first == "sat" || first == "SATISFIABLE", first == "sat" || first == "unsat" || strings.HasSuffix(first, "SATISFIABLE")
		}},
}

func writeCNF(c *aig.Cone, path string) error {
	return writeFile(path, func(f *os.File) error { return c.WriteCNF(f) })
}

func writeAIGER(c *aig.Cone, path string) error {
	return writeFile(path, func(f *os.File) error { return c.WriteAIGER(f) })
}

func writeFile(path string, write func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// answer is what an engine says.
type answer struct {
	decided, sat bool
	given        map[aig.Source]bool // an assignment, where the engine tells one
	seconds      float64
}

// ask puts the question; dir is for scratch files.
func (e *Engine) ask(ctx context.Context, dir string, c *aig.Cone, budget time.Duration) (answer, error) {
	for _, r := range c.Roots {
		if r == aig.False { // settled while it was built
			return answer{decided: true}, nil
		}
	}
	path, err := flows.MustFind(e.Name)
	if err != nil {
		return answer{}, err
	}
	f, err := os.CreateTemp(dir, "q*")
	if err != nil {
		return answer{}, err
	}
	file := f.Name()
	defer func() { _ = os.Remove(file) }()
	if err := errors.Join(f.Close(), e.input(c, file)); err != nil {
		return answer{}, err
	}
	limited, cancel := context.WithTimeout(ctx, budget+5*time.Second)
	defer cancel()
	start := time.Now()
	out, err := flows.Run(limited, flows.Cmd{Path: path, Args: e.args(filepath.Base(file), int(budget.Seconds())+1), Dir: dir})
	a := answer{seconds: time.Since(start).Seconds()}
	if ctx.Err() != nil {
		return a, ctx.Err()
	}
	if limited.Err() != nil {
		return a, nil
	}
	code := 0
	if err != nil {
		var failed *flows.RunError
		if !errors.As(err, &failed) || failed.ExitCode() < 0 {
			return a, err
		}
		code = failed.ExitCode()
	}
	if a.sat, a.decided = e.answer(out, code); !a.decided && code != 0 && !strings.Contains(out, "UNKNOWN") {
		return a, err
	}
	if a.sat && e.model {
		a.given = model(out, c)
	}
	return a, nil
}

// model reads the "v" lines of a SAT solver.
func model(out string, c *aig.Cone) map[aig.Source]bool {
	given := map[aig.Source]bool{}
	s := bufio.NewScanner(strings.NewReader(out))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		rest, ok := strings.CutPrefix(s.Text(), "v ")
		if !ok {
			continue
		}
		for _, w := range strings.Fields(rest) {
			if n, err := strconv.Atoi(w); err == nil && n != 0 && max(n, -n) <= len(c.Sources) {
				src := c.Sources[max(n, -n)-1]
				given[aig.Source{Of: src.Of, Cycle: src.Cycle}] = n > 0
			}
		}
	}
	return given
}
