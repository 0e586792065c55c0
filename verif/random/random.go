// Package random runs random programs on a design's RTL in lockstep with the
// simulator, and the base instructions of the same streams against QEMU. A failure
// is shrunk to a short program and can be run again by its seed.
//
// Each program has a seed of its own, which also says how it runs: with or without
// wait states of the memories, with or without interrupts. Without wait states
// every cycle is compared; with them everything but time.
package random

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
	"marvelgen/verif/random/stream"
	"marvelgen/verif/trace"
)

// Options says what to run.
type Options struct {
	Machine      *isa.Machine
	Model        string // the Verilator executable of the design, for Run
	QEMU         string // qemu-system-riscv32, for AgainstQEMU
	Instructions int64  // at least so many are retired
	Seed         uint64 // of the first program; the following ones count up
	Dir          string // for scratch files and for failing.S
	Replay       string // the command that runs this design, to which --random (or --qemu) and --seed are appended

	// OnRecord sees every record that RTL and simulator agree on; may be nil.
	OnRecord func(*trace.Record)
	// Progress is told how far it is; may be nil.
	Progress func(done, total int64, what string)

	patch func(*dump) // damages what QEMU says, for tests
}

// Result counts what was compared.
type Result struct {
	Programs     int   `json:"programs"`
	Instructions int64 `json:"instructions"` // retired in lockstep
	Traps        int64 `json:"traps"`        // exceptions taken, beside these
	Interrupts   int64 `json:"interrupts"`
	Waits        int64 `json:"with_wait_states"` // of the instructions, those that ran with wait states
	Cycles       int64 `json:"cycles"`           // of the RTL
}

// length is how many instructions are written for each program; some five times as
// many retire.
const length = 20000

// How a program runs, by the two lowest bits of its seed.
const (
	withIRQ   = 1
	withWaits = 2
)

// Run makes and runs programs until enough instructions have retired. A
// disagreement is a *Failure.
func Run(ctx context.Context, o Options) (Result, error) {
	var res Result
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for job := range o.programs(ctx) {
		if job.err != nil {
			return res, job.err
		}
		before := res
		err := o.run(ctx, job.program, limitCycles, &res)
		if err != nil {
			var d *cosim.Divergence
			if ctx.Err() == nil && errors.As(err, &d) {
				return before, o.failure(ctx, job.program, d, "--random", o.run)
			}
			return before, fmt.Errorf("random program with seed %d: %w", job.program.Seed, err)
		}
		res.Programs++
		if o.Progress != nil {
			o.Progress(min(res.Instructions, o.Instructions), o.Instructions, "random programs of "+o.Machine.Name())
		}
		if res.Instructions >= o.Instructions {
			return res, nil
		}
	}
	return res, ctx.Err()
}

type job struct {
	program *stream.Program
	err     error
}

// programs makes the programs one after the other, one ahead of its use.
func (o *Options) programs(ctx context.Context) <-chan job {
	out := make(chan job)
	go func() {
		defer close(out)
		for seed := o.Seed; ; seed++ {
			p, err := o.program(seed, length)
			select {
			case out <- job{p, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}

// program makes the program of a seed.
func (o *Options) program(seed uint64, length int) (*stream.Program, error) {
	p, err := stream.New(stream.Options{Machine: o.Machine, Seed: seed, Length: length, IRQ: seed&withIRQ != 0})
	if err != nil {
		return nil, err
	}
	return p, tame(o.Machine, p)
}

// limitCycles bounds a program's cycles, so that one that went astray ends.
const limitCycles = 20_000_000

// run runs one program in lockstep and adds to the counts. The program's seed says
// how it runs.
func (o *Options) run(ctx context.Context, p *stream.Program, limit uint64, res *Result) error {
	r, err := o.lockstep(p, p.Seed, limit)
	if err != nil {
		return err
	}
	r.OnRecord = func(rec *trace.Record) error {
		switch {
		case rec.Flags&trace.Trap != 0:
			res.Traps++
		default:
			res.Instructions++
			if r.Waits {
				res.Waits++
			}
		}
		if rec.Flags&trace.Intr != 0 {
			res.Interrupts++
		}
		if o.OnRecord != nil {
			o.OnRecord(rec)
		}
		return nil
	}
	out, err := cosim.Lockstep(ctx, r)
	res.Cycles += int64(out.Cycles)
	return err
}

// lockstep is the run of a program.
func (o *Options) lockstep(p *stream.Program, seed, limit uint64) (cosim.Run, error) {
	image, err := p.Image()
	if err != nil {
		return cosim.Run{}, err
	}
	r := cosim.Run{Model: o.Model, Machine: o.Machine, RAM: stream.RAM, Dir: o.Dir, Limit: limit, Stdout: io.Discard,
		Image: &iss.Image{Entry: stream.Base, Segments: []iss.Segment{{Addr: stream.Base, Data: image}}}}
	if seed&withIRQ != 0 {
		r.ExtraArgs, r.Raise = append(r.ExtraArgs, "--irq", fmt.Sprint(seed)), iss.RandomRaise(seed)
	}
	if seed&withWaits != 0 {
		r.ExtraArgs, r.Raise, r.Waits = append(r.ExtraArgs, "--waits", fmt.Sprint(seed)), nil, true
	}
	return r, nil
}

// runner runs a program within so many cycles; what fails is a *cosim.Divergence.
type runner func(ctx context.Context, p *stream.Program, limit uint64, res *Result) error

// Failure is a program on which RTL and simulator part.
type Failure struct {
	Seed      uint64
	Found     *cosim.Divergence // in the program as made
	Shrunk    *cosim.Divergence // in the short one
	Program   *stream.Program   // the short one
	Listing   string            // its words and disassembly, as an assembler takes them
	File      string            // where the listing was written
	ReplayCmd string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("random program with seed %d, found: %v\nshrunk to %d instructions: %v\nto see it again: %s\n%s",
		f.Seed, f.Found, f.Program.Len(), f.Shrunk, f.ReplayCmd, f.Listing)
}

// Unwrap is the disagreement that the short program shows.
func (f *Failure) Unwrap() error { return f.Shrunk }

// failure shrinks a failing program and writes it down.
func (o *Options) failure(ctx context.Context, p *stream.Program, d *cosim.Divergence, option string, run runner) error {
	f := &Failure{Seed: p.Seed, Found: d, Shrunk: d, Program: p, ReplayCmd: fmt.Sprintf("%s %s 1 --seed %d", o.Replay, option, p.Seed)}
	if o.Progress != nil {
		o.Progress(0, 0, fmt.Sprintf("shrinking the random program with seed %d", p.Seed))
	}
	f.Program, f.Shrunk = o.shrink(ctx, p, d, run)
	f.Listing = fmt.Sprintf("# %s: random program with seed %d. To see it again: %s\n# %s\n", o.Machine.Name(), f.Seed, f.ReplayCmd, f.Shrunk.What) +
		f.Program.Listing(isa.NewDecoder(o.Machine.All()))
	f.File = filepath.Join(o.Dir, "failing.S")
	if err := os.WriteFile(f.File, []byte(f.Listing), 0o644); err != nil {
		return errors.Join(f, err)
	}
	return f
}
