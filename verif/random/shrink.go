package random

import (
	"context"
	"errors"
	"strings"
	"time"

	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
	"marvelgen/verif/random/stream"
)

// A smaller program may show the failure with another sequence of wait states or
// interrupts: so many are tried, and more once it is small.
const (
	tries     = 3
	triesTiny = 10
	tiny      = 60 // instructions
)

// astray is how a disagreement begins that a program brings upon itself, by leaving
// its code or data.
const astray = "the simulator cannot follow"

// patience bounds the search for a smaller program.
const patience = time.Minute

// shrinker makes a failing program small.
type shrinker struct {
	ctx   context.Context
	list  []*isa.Instruction
	run   runner
	best  *stream.Program
	shown *cosim.Divergence
	stray bool // the failure at hand is of the kind that programs may bring upon themselves
}

// shrink looks for a shorter program that fails too: it leaves out pieces, then
// instructions, then makes numbers small.
func (o *Options) shrink(ctx context.Context, p *stream.Program, d *cosim.Divergence, run runner) (*stream.Program, *cosim.Divergence) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s := &shrinker{ctx: ctx, list: o.Machine.All(), run: run, best: p, shown: d, stray: strings.HasPrefix(d.What, astray)}
	for before := -1; before != s.best.Len() && ctx.Err() == nil; {
		before = s.best.Len()
		s.pieces()
		s.instructions()
	}
	s.numbers()
	return s.best, s.shown
}

// fails runs a candidate and keeps it if it fails.
func (s *shrinker) fails(p *stream.Program) bool {
	n := uint64(1)
	if p.Seed&(withWaits|withIRQ) != 0 {
		n = tries
		if p.Len() < tiny {
			n = triesTiny
		}
	}
	return s.failsIn(p, n)
}

// failsIn is fails with so many sequences of wait states and interrupts.
func (s *shrinker) failsIn(p *stream.Program, n uint64) bool {
	for _, seed := range seeds(p.Seed, n) {
		q := *p
		q.Seed = seed
		if s.ctx.Err() != nil {
			return false
		}
		var d *cosim.Divergence // what is shorter does not take longer
		err := s.run(s.ctx, &q, 2*s.shown.Cycle+2000, new(Result))
		if errors.As(err, &d) && (s.stray || !strings.HasPrefix(d.What, astray)) {
			s.best, s.shown = &q, d
			return true
		}
	}
	return false
}

// seeds are n seeds that run a program in the same way as the given one, which is the
// first. Where interrupts come, the first of them comes a cycle earlier with each: what
// is left out of a program usually was before it.
func seeds(seed, n uint64) []uint64 {
	out := []uint64{seed}
	first := firstRaise(seed)
	for try := seed + 4; uint64(len(out)) < n && try < seed+4*20_000; try += 4 {
		if seed&withIRQ == 0 || firstRaise(try) == first-len(out) {
			out = append(out, try)
		}
	}
	return out
}

// firstRaise is the cycle in which external interrupts with that seed begin.
func firstRaise(seed uint64) (cycle int) {
	for raise := iss.RandomRaise(seed); !raise(); {
		cycle++
	}
	return cycle
}

// pieces leaves out runs of pieces, halves first.
func (s *shrinker) pieces() {
	for size := (len(s.best.Pieces) + 1) / 2; size > 0; size /= 2 {
		for hi := len(s.best.Pieces); hi > 0 && s.ctx.Err() == nil; {
			lo := max(0, hi-size)
			if q, ok := s.best.Without(lo, hi); ok {
				s.fails(q)
			}
			hi = lo
		}
	}
}

// instructions leaves out single ones.
func (s *shrinker) instructions() {
	for i := len(s.best.Pieces) - 1; i >= 0; i-- {
		if s.best.Pieces[i].Keep {
			continue
		}
		for j := len(s.best.Pieces[i].Code) - 1; j >= 0 && s.ctx.Err() == nil; j-- {
			s.fails(s.best.Drop(i, j))
		}
	}
}

// numbers makes immediates and counts small, and registers x0.
func (s *shrinker) numbers() {
	d := isa.NewDecoder(s.list)
	for i := range s.best.Pieces {
		if s.best.Pieces[i].Keep {
			continue
		}
		for j := range s.best.Pieces[i].Code {
			ins := d.Decode(s.best.Pieces[i].Code[j].Word)
			if ins == nil {
				continue
			}
			for k := range ins.Encoding.Fields {
				s.smaller(i, j, &ins.Encoding.Fields[k])
			}
		}
	}
}

// smaller tries simple values of one field.
func (s *shrinker) smaller(i, j int, f *isa.Field) {
	in := s.best.Pieces[i].Code[j]
	if in.Ref.Field != nil && in.Ref.Field.Name == f.Name || f.Name == "csr" {
		return
	}
	now := f.Extract(in.Word)
	for _, v := range [...]int64{0, 1 << f.Shift, 2 << f.Shift} {
		if now == v || now > 0 && v > now {
			return
		}
		if w, err := f.Insert(in.Word, v); err == nil && s.ctx.Err() == nil && s.failsIn(s.best.Replace(i, j, w), 1) {
			return
		}
	}
}
