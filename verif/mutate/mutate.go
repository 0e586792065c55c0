// Package mutate asks whether the judges bite: it damages the Verilog of a design,
// in one small place at a time, and counts how many of the damaged designs, the
// mutants, the judges find out.
//
// All mutants of a run are compiled into one simulation and switched on one by
// one. Mutants that nobody can tell from the original are proven to be equivalent
// by Yosys and do not count; what else survives has to be explained, by name, or
// the run fails.
package mutate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"marvelgen/gen/isa"
)

// Required is the share of mutants that must be killed.
const Required = 0.98

// Options says what to mutate and who judges.
type Options struct {
	Machine *isa.Machine
	Files   map[string][]byte // what is emitted for the design: "rtl/...", "tb/main.cpp"
	Only    []string          // mutate only these Verilog files, by base name; all if empty
	Mutants int               // at most so many; all if 0
	Seed    uint64
	Jobs    int    // mutants at a time; 1 if 0
	Dir     string // for scratch files

	Judges       []Judge       // in order of cost; see DefaultJudges
	Explanations []Explanation // of survivors; see Explained
	NoProofs     bool          // survivors are not tried for equivalence

	// Progress is told how far it is; may be nil.
	Progress func(done, total int64, what string)
}

// Fate is what has become of a mutant.
type Fate struct {
	Mutant   *Mutant `json:"mutant"`
	Judge    string  `json:"judge,omitempty"`    // who killed it
	Why      string  `json:"why,omitempty"`      // and what that judge says
	Proof    string  `json:"proof,omitempty"`    // it is equivalent, says this proof
	Reason   string  `json:"reason,omitempty"`   // why it may survive
	Rejected string  `json:"rejected,omitempty"` // it does not compile
}

// KindCount is a row of the table of kinds.
type KindCount struct {
	Kind       string `json:"kind"`
	Mutants    int    `json:"mutants"` // that count: neither rejected nor equivalent
	Killed     int    `json:"killed"`
	Equivalent int    `json:"equivalent"`
}

// JudgeCount says how many mutants a judge has killed that those before it let live.
type JudgeCount struct {
	Judge   string  `json:"judge"`
	Killed  int     `json:"killed"`
	Seconds float64 `json:"seconds"`
}

// Result is the outcome of a run.
type Result struct {
	Design     string        `json:"design"`
	Seed       uint64        `json:"seed"`
	Possible   int           `json:"possible"` // mutants there are
	Mutants    int           `json:"mutants"`  // that count: neither rejected nor equivalent
	Killed     int           `json:"killed"`
	Rejected   int           `json:"rejected"`
	Equivalent int           `json:"equivalent"` // proven
	Judges     []JudgeCount  `json:"judges"`
	Kinds      []KindCount   `json:"kinds"`
	Fates      []Fate        `json:"fates"` // of all, in the order of the text
	Survivors  []Fate        `json:"survivors"`
	Stale      []Explanation `json:"stale,omitempty"` // explain nothing that exists
	Seconds    float64       `json:"seconds"`
}

// Rate is the share of mutants that were killed; 0 if there were none.
func (r *Result) Rate() float64 {
	if r.Mutants == 0 {
		return 0
	}
	return float64(r.Killed) / float64(r.Mutants)
}

// Check is nil if enough mutants were killed, every survivor is explained, and
// every explanation still belongs to a mutant.
func (r *Result) Check() error {
	var errs []error
	if r.Rate() < Required {
		errs = append(errs, fmt.Errorf("%d of %d mutants of %s were killed, %.1f %%; at least %.0f %% must be", r.Killed, r.Mutants, r.Design, 100*r.Rate(), 100*Required))
	}
	for _, f := range r.Survivors {
		if f.Reason == "" {
			errs = append(errs, fmt.Errorf("nobody notices %s", f.Mutant))
		}
	}
	for _, e := range r.Stale {
		errs = append(errs, fmt.Errorf("the explanation of %s: %s → %s belongs to no mutant: remove it, or correct it", e.File, e.Before, e.After))
	}
	return errors.Join(errs...)
}

// patience bounds the judgement of one mutant: one that takes longer hangs, and is
// killed by the judge that was at work.
const patience = 5 * time.Minute

// Run mutates the design and lets the judges look at each mutant. An error means
// that it could not be done; whether the judges are sharp enough is in the result.
func Run(ctx context.Context, o Options) (*Result, error) {
	start := time.Now()
	if o.Jobs < 1 {
		o.Jobs = 1
	}
	w := newWorkshop(&o)
	all, err := w.enumerate(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Design: o.Machine.Name(), Seed: o.Seed, Possible: len(all), Stale: stale(o.Explanations, all)}
	n := o.Mutants
	if n == 0 {
		n = len(all)
	}
	mutants := sample(all, n, o.Seed)
	var fates []*Fate
	c := &court{workshop: w, total: len(mutants), spent: make([]time.Duration, len(o.Judges))}
	for batch := range slices.Chunk(mutants, batchSize) {
		o.tell(int64(c.done), int64(c.total), "compiling mutants of "+r.Design)
		exe, some, err := w.model(ctx, batch)
		if err != nil {
			return nil, err
		}
		if err := c.judge(ctx, exe, some); err != nil {
			return nil, err
		}
		fates = append(fates, some...)
	}
	r.Judges = c.counts(fates)
	if err := w.prove(ctx, fates); err != nil {
		return nil, err
	}
	r.count(fates, o.Explanations)
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

func (o *Options) tell(done, total int64, what string) {
	if o.Progress != nil {
		o.Progress(done, total, what)
	}
}

// batchSize is how many mutants share a model: more compile faster for each, but
// all of them slow the simulation down.
const batchSize = 256

// court lets the judges see mutants and keeps the account.
type court struct {
	*workshop
	done, total int
	spent       []time.Duration // by judge
}

// judge lets every judge see the design as it is, and then a batch of mutants.
func (c *court) judge(ctx context.Context, exe string, fates []*Fate) error {
	why, judge, err := c.trial(ctx, exe, nil, c.spent)
	if err != nil {
		return err
	}
	if why != "" {
		return fmt.Errorf("judge %s, of the design without a mutant: %s", judge, why)
	}
	work := make(chan *Fate)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range c.o.Jobs {
		wg.Go(func() {
			spent := make([]time.Duration, len(c.o.Judges))
			for f := range work {
				why, judge, err := c.trial(ctx, exe, f.Mutant, spent)
				mu.Lock()
				if err != nil && failed == nil {
					failed = err
					cancel()
				}
				if why != "" {
					f.Judge, f.Why = judge, why
				}
				c.done++
				c.o.tell(int64(c.done), int64(c.total), "mutants of "+c.o.Machine.Name())
				mu.Unlock()
			}
			mu.Lock()
			defer mu.Unlock()
			for i, d := range spent {
				c.spent[i] += d
			}
		})
	}
	for _, f := range fates {
		if f.Rejected == "" && ctx.Err() == nil {
			work <- f
		}
	}
	close(work)
	wg.Wait()
	return failed
}

// counts says how many each judge has killed, and in what time.
func (c *court) counts(fates []*Fate) []JudgeCount {
	var out []JudgeCount
	for i, j := range c.o.Judges {
		n := JudgeCount{Judge: j.Name(), Seconds: c.spent[i].Seconds()}
		for _, f := range fates {
			if f.Judge == n.Judge {
				n.Killed++
			}
		}
		out = append(out, n)
	}
	return out
}

// trial takes one mutant before the judges, up to the first that finds it out.
func (w *workshop) trial(ctx context.Context, exe string, m *Mutant, spent []time.Duration) (why, judge string, err error) {
	dir := filepath.Join(w.o.Dir, "mutant", id(m))
	s := &Subject{Machine: w.o.Machine, Mutant: m, Dir: dir, shop: w}
	if s.Model, err = choose(exe, dir, m); err != nil {
		return "", "", err
	}
	for i, j := range w.o.Judges {
		start := time.Now()
		judged, cancel := context.WithTimeout(ctx, patience)
		why, err = j.Judge(judged, s)
		hung := judged.Err() != nil && ctx.Err() == nil
		cancel()
		spent[i] += time.Since(start)
		switch {
		case ctx.Err() != nil:
			return "", "", ctx.Err()
		case hung:
			return "hangs", j.Name(), nil
		case err != nil || why != "":
			return why, j.Name(), err
		}
	}
	return "", "", nil
}

// id is the number of a mutant as a text; "0" is the design as it is.
func id(m *Mutant) string {
	if m == nil {
		return "0"
	}
	return strconv.Itoa(m.ID)
}

// count fills in the tables.
func (r *Result) count(fates []*Fate, explanations []Explanation) {
	kinds := map[string]*KindCount{}
	for _, k := range Kinds {
		r.Kinds = append(r.Kinds, KindCount{Kind: k})
	}
	for i := range r.Kinds {
		kinds[r.Kinds[i].Kind] = &r.Kinds[i]
	}
	sort.Slice(fates, func(i, j int) bool { return fates[i].Mutant.ID < fates[j].Mutant.ID })
	for _, f := range fates {
		k := kinds[f.Mutant.Kind]
		switch {
		case f.Rejected != "":
			r.Rejected++
		case f.Proof != "":
			r.Equivalent++
			k.Equivalent++
		default:
			r.Mutants++
			k.Mutants++
			if f.Judge != "" {
				r.Killed++
				k.Killed++
				break
			}
			f.Reason = reason(explanations, f.Mutant)
			r.Survivors = append(r.Survivors, *f)
		}
		r.Fates = append(r.Fates, *f)
	}
}
