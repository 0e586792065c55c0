package rvfi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"marvelgen/flows"
	"marvelgen/verif/rvfi/aig"
)

// Options says what to prove and how.
type Options struct {
	Dir      string   // formal/core of an emitted design, beside its rtl/
	Out      string   // where counterexamples go; the system's temporary folder if empty
	Checks   []string // by name; all if empty
	Jobs     int      // questions at a time, 1 if 0
	Budget   time.Duration
	Engine   string // one of Engines, the first if empty; counterexamples always come from the first
	Bounded  bool   // no induction: bounded model checking alone
	Depth    int    // of bounded model checking, instead of each check's own
	Progress func(done, total int64, what string)
}

// invariants of rvfi_top, which induction proves along with the checks.
var invariants = []string{"inv_core", "inv_checks", "inv_state"}

// runner is one run's state.
type runner struct {
	Options
	inductive []string // outputs that induction proves along with the checks
	g         *aig.Graph
	engine    *Engine
	inv       []aig.Lit // those that hold
	work      string
	mu        sync.Mutex
	done      int64
	total     int64
}

// Run proves the checks of a design and returns one result each, in the order of
// checks.json. Wrong designs are results, not errors.
func Run(ctx context.Context, o Options) ([]Result, error) {
	checks, err := Load(o.Dir)
	if err != nil {
		return nil, err
	}
	if checks, err = pick(checks, o.Checks); err != nil {
		return nil, err
	}
	r := &runner{Options: o, inductive: invariants}
	if r.Budget == 0 {
		r.Budget = 2 * time.Minute
	}
	for i := range Engines {
		if Engines[i].Name == o.Engine || o.Engine == "" && i == 0 {
			r.engine = &Engines[i]
		}
	}
	if r.engine == nil {
		return nil, fmt.Errorf("rvfi: no engine is called %q", o.Engine)
	}
	if r.work, err = os.MkdirTemp("", "rvfi"); err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(r.work) }()
	r.total = int64(len(checks)) + 2
	r.step(0, "yosys")
	if slices.ContainsFunc(checks, func(c Check) bool { return c.Yosys == "" }) {
		if r.g, err = Circuit(ctx, o.Dir, r.work, "script core.ys"); err != nil {
			return nil, err
		}
		r.step(1, "invariants")
		if err := r.invariants(ctx); err != nil {
			return nil, err
		}
	}
	r.step(1, "")
	out := make([]Result, len(checks))
	err = r.each(ctx, len(checks), func(ctx context.Context, i int) error {
		out[i] = Result{Check: checks[i]}
		err := r.settle(ctx, &out[i])
		r.step(1, checks[i].Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// pick selects checks by name.
func pick(all []Check, names []string) ([]Check, error) {
	if len(names) == 0 {
		return all, nil
	}
	var out []Check
	for _, n := range names {
		found := false
		for _, c := range all {
			if c.Name == n {
				out, found = append(out, c), true
			}
		}
		if !found {
			return nil, fmt.Errorf("rvfi: no check is called %q", n)
		}
	}
	return out, nil
}

// settle decides a check, on its own circuit if it has one.
func (r *runner) settle(ctx context.Context, res *Result) error {
	if res.Yosys == "" {
		return r.decide(ctx, res)
	}
	g, err := Circuit(ctx, r.Dir, r.work, res.Yosys)
	if err != nil {
		return err
	}
	own := &runner{Options: r.Options, g: g, engine: r.engine, work: r.work}
	own.Jobs = 1
	if res.Invariant != "" {
		own.inductive = []string{res.Invariant}
	}
	if err := own.invariants(ctx); err != nil {
		return err
	}
	if err := own.decide(ctx, res); err != nil || res.Lemmas == "" {
		return err
	}
	return r.lemmas(ctx, res)
}

// lemmas checks what a circuit of its own takes for granted.
func (r *runner) lemmas(ctx context.Context, res *Result) error {
	z3, err := flows.MustFind("z3")
	if err != nil {
		return err
	}
	out, err := flows.Run(ctx, flows.Cmd{Path: z3, Dir: r.Dir, Args: []string{fmt.Sprintf("-T:%d", int(r.Budget.Seconds())+1), res.Lemmas}})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	answers := strings.Fields(out)
	bad := slices.ContainsFunc(answers, func(s string) bool { return s != "unsat" })
	if err != nil || bad || len(answers) == 0 {
		if res.Status != Failed {
			res.Status, res.Detail = Unproven, fmt.Sprintf("z3 does not prove %s: %q", res.Lemmas, out)
		}
	}
	return nil
}

// Circuit makes the and-inverter graph of a design's core with its checks, or of
// what else commands read. work is a folder for scratch files.
func Circuit(ctx context.Context, dir, work, commands string) (*aig.Graph, error) {
	yosys, err := flows.MustFind("yosys")
	if err != nil {
		return nil, err
	}
	dst, err := os.CreateTemp(work, "*.aig")
	if err != nil {
		return nil, err
	}
	file, err := filepath.Abs(dst.Name())
	if err := errors.Join(err, dst.Close()); err != nil {
		return nil, err
	}
	if _, err := flows.Run(ctx, flows.Cmd{Path: yosys, Dir: dir, Args: []string{"-q", "-p", fmt.Sprintf("%s; write_aiger -symbols %q", commands, file)}}); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return aig.Read(f)
}

func (r *runner) step(n int64, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += n
	if r.Progress != nil {
		r.Progress(r.done, r.total, what)
	}
}

// each calls f for 0 to n-1, Jobs at a time, until one fails.
func (r *runner) each(ctx context.Context, n int, f func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range max(1, r.Jobs) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		}()
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}
