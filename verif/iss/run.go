package iss

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// ErrLimit is the reason why a run ended at MaxCycles or MaxInstructions.
var ErrLimit = errors.New("the program has not ended")

// Run executes until the program ends. On an error the Result says how far it
// came.
func (m *Machine) Run() (Result, error) { return m.RunContext(context.Background()) }

// slice is how many cycles run between looks at the context.
const slice = 1 << 25

// RunContext is Run that also ends, with the context's error, when ctx is done;
// another call goes on from there.
func (m *Machine) RunContext(ctx context.Context) (Result, error) {
	for !m.done && m.err == nil {
		if err := ctx.Err(); err != nil {
			return m.Result(), err
		}
		end := m.cycle + slice
		if m.cfg.Raise != nil {
			end = m.cycle + slice>>6 // which is slow
		}
		for m.cycle < end && !m.done && m.err == nil {
			m.advance(end)
		}
	}
	return m.Result(), m.failure()
}

// advance runs for some time, about to the given cycle: translated code, blocks
// or, where an interrupt or a limit is near, one instruction.
func (m *Machine) advance(end uint64) {
	b := m.block(m.pc, false)
	if b == nil {
		return
	}
	h, need := m.horizon(), uint64(max(b.fall, b.taken))
	switch r := b.region; {
	case m.cfg.Raise != nil || b.reach != nil || m.cycle+need > h:
		if b, _, _ = m.arrive(); b != nil {
			m.deadline = 0
			m.exec(b)
		}
	case r != nil && m.cycle+r.need <= h:
		m.deadline = min(h, max(end, m.cycle+r.need))
		m.enter(r)
	default:
		from := m.cycle
		m.deadline = min(h, max(m.native.until(m.cycle, end), m.cycle+need))
		m.exec(b)
		m.sample(m.cycle - from)
	}
}

// OnReach has f called whenever the instruction at pc is about to be executed, by
// Run and by Step; nil calls it off. It costs the blocks in between nothing.
// Compiled code is thrown away, so set calls before a run rather than within f.
func (m *Machine) OnReach(pc uint32, f func()) {
	m.flush()
	if m.reach[pc] = f; f == nil {
		delete(m.reach, pc)
	}
}

// failure is what ended the run, if not the program.
func (m *Machine) failure() error {
	if m.err == nil && m.dev.consoleErr != nil {
		return fmt.Errorf("console: %w", m.dev.consoleErr)
	}
	return m.err
}

// Result is the outcome so far.
func (m *Machine) Result() Result {
	r := Result{ExitCode: m.dev.exit, Instructions: m.instret, ROICycles: m.dev.roi[0], ROIInstructions: m.dev.roi[1]}
	if m.instret+m.traps > 0 {
		r.Cycles = m.cycle + m.timing.Retire // m.cycle is behind the last one in X
	}
	return r
}

// horizon is the cycle by which blocks have to end, so that neither a limit nor
// an interrupt can fall into one.
func (m *Machine) horizon() uint64 {
	h := uint64(math.MaxUint64)
	if m.cfg.MaxCycles > 0 {
		h = m.cfg.MaxCycles - 1
	}
	if m.cfg.MaxInstructions > 0 { // an instruction takes a cycle at least
		h = min(h, m.cycle+m.cfg.MaxInstructions-min(m.cfg.MaxInstructions, m.instret+m.traps))
	}
	if m.csr.mie {
		if _, now := m.interrupt(m.cycle); now {
			return 0
		}
		if m.csr.enable>>irqTimer&1 != 0 {
			h = min(h, m.dev.timerDue(m.cycle))
		}
	}
	return h
}

// arrive brings the next instruction into X, with an interrupt before it if one
// is due: its block and the cycle. The block is nil, with m.err set, if there is
// none to execute.
func (m *Machine) arrive() (b *block, start uint64, interrupted bool) {
	m.externalAt(m.cycle)
	if m.csr.mie {
		if cause, ok := m.interrupt(m.cycle); ok {
			m.pc = m.csr.enter(m.pc, 1<<31|cause, 0)
			m.cycle += uint64(m.timing.Interrupt)
			s := span{m.pc, 0}
			m.past[s] = m.past[s].plus(Counts{Cycles: uint64(m.timing.Interrupt)})
			m.externalAt(m.cycle)
			interrupted = true
		}
	}
	if b = m.block(m.pc, true); b == nil {
		return nil, 0, interrupted
	}
	retire := m.cycle + uint64(b.stall[0]+b.surplus) + m.timing.Retire
	if m.cfg.MaxCycles > 0 && retire >= m.cfg.MaxCycles {
		m.err = fmt.Errorf("%w after %d cycles, at 0x%08x", ErrLimit, m.cfg.MaxCycles, m.pc)
		return nil, 0, interrupted
	}
	if m.cfg.MaxInstructions > 0 && m.instret+m.traps >= m.cfg.MaxInstructions {
		m.err = fmt.Errorf("%w after %d instructions, at 0x%08x", ErrLimit, m.cfg.MaxInstructions, m.pc)
		return nil, 0, interrupted
	}
	if b.reach != nil {
		b.reach()
	}
	return b, m.cycle, interrupted
}
