package cosim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
	"marvelgen/verif/trace"
)

// DefaultVectors is how many vectors of each instruction run if nothing else is
// asked for.
const DefaultVectors = 10000

// vectorsPerProgram bounds one program, so that it fits its memory.
const vectorsPerProgram = 12000

// Vectors runs at least n corner and random vectors of every instruction of the
// design on the RTL, and returns how many were judged. The judge is the golden
// evaluation: it executes the whole program ahead, and each retired instruction
// must do exactly what it foretold, while the simulator runs in lockstep as
// usual. The first program runs once more with random wait states of the memories,
// judged by the golden evaluation alone. A disagreement is a *Divergence, and r is left as the run that shows it.
//
// All instructions are mixed at random, so that each follows each, and a vector's
// operands come from a load just before it, from a bypass or from the register
// file. The same seed gives the same programs.
func Vectors(ctx context.Context, r *Run, n int, seed uint64) (map[string]int, error) {
	s, err := newSuite(r.Machine, n, seed)
	if err != nil {
		return nil, err
	}
	r.RAM, r.Stdout = vectorsRAM, io.Discard
	if r.Limit == 0 {
		r.Limit = 100 * vectorsPerProgram * maxVector
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	counts := map[string]int{}
	observe := r.OnRecord
	for job := range s.programs(ctx) {
		if job.err != nil {
			return nil, job.err
		}
		j := s.judge(job, counts)
		r.Image, r.OnRecord = job.p.asImage(), func(rec *trace.Record) error {
			if err := j.record(rec); err != nil || observe == nil {
				return err
			}
			return observe(rec)
		}
		if _, err := Lockstep(ctx, *r); err != nil {
			return nil, err
		}
		if err := j.end(); err != nil {
			return nil, err
		}
		if job.number > 0 {
			continue
		}
		plain := r.ExtraArgs
		r.ExtraArgs = append(plain[:len(plain):len(plain)], "--waits", fmt.Sprint(seed))
		if err := s.judge(job, map[string]int{}).alone(ctx, r); err != nil {
			return nil, err
		}
		r.ExtraArgs = plain
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, k := range s.kinds {
		if counts[k.ins.Name] < s.n {
			return nil, fmt.Errorf("only %d of %d vectors of %s were judged", counts[k.ins.Name], s.n, k.ins.Name)
		}
	}
	return counts, nil
}

// judge holds a run's records against the golden ones.
type judge struct {
	p        *program
	n        int
	counts   map[string]int
	describe func(index int) string
}

// judge makes the judge of a program.
func (s *suite) judge(j job, counts map[string]int) *judge {
	return &judge{p: j.p, counts: counts, describe: func(index int) string { return s.operands(j.number, j.from, index) }}
}

// end reports what has not come.
func (j *judge) end() error {
	if left := len(j.p.trail) - j.n; left > 0 {
		return &Divergence{What: fmt.Sprintf("the RTL ends %d instructions before the golden evaluation", left)}
	}
	return nil
}

// alone runs the program without the simulator, as with wait states, which the
// simulator does not know: what an instruction does must not depend on them.
func (j *judge) alone(ctx context.Context, r *Run) error {
	records, wait, err := r.start(ctx)
	if err != nil {
		return err
	}
	in := trace.NewReader(records)
	f := trace.Formatter{Decoder: j.p.suite.decoder}
	var recent [window]trace.Record
	var diverged error
	for n := 0; diverged == nil; n++ {
		rec := &recent[n%window]
		if in.Read(rec) != nil {
			break
		}
		if err := j.record(rec); err != nil {
			var b strings.Builder
			for i := max(0, n+1-window); i <= n; i++ {
				fmt.Fprintln(&b, f.Line(&recent[i%window]))
			}
			diverged = &Divergence{What: err.Error(), Cycle: rec.Cycle, Detail: b.String()}
		}
	}
	_ = records.Close()
	out, err := wait(diverged != nil)
	switch {
	case diverged != nil:
		return diverged
	case err != nil:
		return err
	case out.Timeout:
		return fmt.Errorf("the vectors have not ended after %d cycles", out.Cycles)
	}
	return j.end()
}

func (j *judge) record(r *trace.Record) error {
	if j.n == len(j.p.trail) {
		return errors.New("the RTL goes on after the golden evaluation has ended")
	}
	e := &j.p.trail[j.n]
	// Cycles are the simulator's business, as are operands that mean nothing.
	e.Cycle, e.Rs3RData = r.Cycle, r.Rs3RData
	if e.Record != *r {
		return j.disagree(e, r)
	}
	if e.vector != nil {
		j.counts[e.vector.ins.Name]++
	}
	j.n++
	return nil
}

// disagree says what the golden evaluation expected.
func (j *judge) disagree(e *expected, r *trace.Record) error {
	ins := j.p.suite.decoder.Decode(e.Insn)
	what := fmt.Sprintf("the golden evaluation and the RTL differ in %s of %s (%s)", trace.Fields(trace.Diff(&e.Record, r)), ins.Name,
		isa.Disassemble(ins, e.Insn, e.PC))
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  operands: %s", what, j.describe(j.n))
	for _, d := range trace.Diff(&e.Record, r) {
		fmt.Fprintf(&b, "\n  %s: expected 0x%x, got 0x%x", d.Field, d.Want, d.Got)
	}
	return errors.New(b.String())
}

// suite is all that the programs of one design share.
type suite struct {
	machine  *isa.Machine
	n        int
	seed     uint64
	decoder  *isa.Decoder
	base     baseSet
	kinds    []*kind
	byIns    map[*isa.Instruction]*kind
	plain    []*kind // can stand anywhere
	branches []*kind // may fall through
	loops    []*kind
	setters  map[string][]setter // of private states
	pointers map[string]bool     // states on which addresses depend
	fixed    map[int]bool        // registers with a part of their own in some instruction
}

func newSuite(m *isa.Machine, n int, seed uint64) (*suite, error) {
	if n <= 0 {
		n = DefaultVectors
	}
	s := &suite{machine: m, n: n, seed: seed, decoder: isa.NewDecoder(m.All()), byIns: map[*isa.Instruction]*kind{},
		setters: map[string][]setter{}, pointers: map[string]bool{}, fixed: map[int]bool{}}
	var err error
	if s.base, err = newBaseSet(m.Base); err != nil {
		return nil, err
	}
	g, err := newGolden(m, nil)
	if err != nil {
		return nil, err
	}
	for _, ins := range m.All() {
		k := newKind(g.sources[ins])
		s.kinds, s.byIns[ins] = append(s.kinds, k), k
		switch {
		case k.plain:
			s.plain = append(s.plain, k)
		case ins.Loop != nil:
			s.loops = append(s.loops, k)
		case k.pc != nil && k.pc.Value.Op == sem.OpCond:
			s.branches = append(s.branches, k)
		}
		for _, name := range k.needs {
			s.pointers[name] = true
		}
		for _, r := range k.fixed {
			s.fixed[r] = true
		}
		for i := range ins.Writes {
			switch w := &ins.Writes[i]; w.Kind {
			case isa.DestFixed:
				s.fixed[w.Reg] = true
			case isa.DestState:
				s.setters[w.Name] = append(s.setters[w.Name], setter{k, w})
			}
		}
	}
	return s, nil
}

// job is one program of the suite.
type job struct {
	p            *program
	number, from int
	err          error
}

// programs makes the programs one after the other, one ahead of its use.
func (s *suite) programs(ctx context.Context) <-chan job {
	out := make(chan job)
	go func() {
		defer close(out)
		for j := (job{}); j.err == nil && j.from < s.n*len(s.kinds); j.number++ {
			from := j.from
			j.p, j.from, j.err = s.program(j.number, from, -1)
			select {
			case out <- job{j.p, j.number, from, j.err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// program makes the program of that number, which begins with vector from of the
// suite, and returns the first vector that is left for the next.
func (s *suite) program(number, from, watch int) (*program, int, error) {
	p, err := newProgram(s, rand.New(rand.NewPCG(s.seed, uint64(number))))
	if err != nil {
		return nil, 0, err
	}
	p.watch = watch
	var order []int
	i := from
	for ; i < s.n*len(s.kinds) && i-from < vectorsPerProgram && !p.full(); i++ {
		// Each round has every instruction once, in an order of its own.
		round, at := i/len(s.kinds), i%len(s.kinds)
		if order == nil || at == 0 {
			order = rand.New(rand.NewPCG(^s.seed, uint64(round))).Perm(len(s.kinds))
		}
		if err := p.vector(s.kinds[order[at]]); err != nil {
			return nil, 0, err
		}
		if watch >= 0 && len(p.trail) > watch {
			return p, i, nil
		}
	}
	return p, i, p.finish()
}

// operands makes a program once more to see the operands of one record.
func (s *suite) operands(number, from, index int) string {
	p, _, err := s.program(number, from, index)
	if err != nil {
		return err.Error()
	}
	return p.operands
}
