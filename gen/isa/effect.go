package isa

import (
	"math/big"

	"marvelgen/gen/sem"
)

// Effect is one write of an executed instruction.
type Effect struct {
	*Write
	Element int // DestState
	Value   uint64
}

// MemEffect is one memory access of an executed instruction.
type MemEffect struct {
	Addr uint32
	Size int
	Data uint32 // stores
}

// Effects is everything one execution of an instruction does, by the golden
// evaluation. Whether an access or a jump is aligned is the core's business.
type Effects struct {
	Writes []Effect
	Load   *MemEffect
	Store  *MemEffect
	Trap   int // mcause, or -1

	HasLoop            bool
	LoopLevel          int
	LoopCount, LoopEnd uint32
}

// LoadAddr is the address of the instruction's load.
func (ins *Instruction) LoadAddr(env sem.Env) uint32 {
	return uint32(low(sem.Eval(ins.Load.Addr, env), 32))
}

// Execute evaluates the meaning in env, which gives operands by name (see
// Instruction) and, if the instruction loads, the loaded value as "load".
// widths gives the element width of each state.
func (ins *Instruction) Execute(env sem.Env, widths map[string]int) Effects {
	e := Effects{Trap: -1}
	if t := ins.Trap; t != nil && (t.When == nil || sem.Eval(t.When, env).Sign() != 0) {
		e.Trap = t.Cause
		return e
	}
	if ins.Load != nil {
		e.Load = &MemEffect{Addr: ins.LoadAddr(env), Size: ins.Load.Size}
	}
	for i := range ins.Writes {
		w := &ins.Writes[i]
		if w.When != nil && sem.Eval(w.When, env).Sign() == 0 {
			continue
		}
		eff := Effect{Write: w}
		width := 32
		if w.Kind == DestState {
			eff.Element = int(sem.Eval(w.Index, env).Int64())
			width = widths[w.Name]
		}
		eff.Value = low(sem.Eval(w.Value, env), width)
		e.Writes = append(e.Writes, eff)
	}
	if s := ins.Store; s != nil {
		e.Store = &MemEffect{Addr: uint32(low(sem.Eval(s.Addr, env), 32)), Size: s.Size, Data: uint32(low(sem.Eval(s.Data, env), 8*s.Size))}
	}
	if l := ins.Loop; l != nil {
		e.HasLoop = true
		e.LoopLevel = int(sem.Eval(l.Level, env).Int64())
		e.LoopCount = uint32(low(sem.Eval(l.Count, env), 32))
		e.LoopEnd = uint32(low(sem.Eval(l.End, env), 32))
	}
	return e
}

// low is the low w bits of v.
func low(v *big.Int, w int) uint64 {
	m := new(big.Int).SetUint64(^uint64(0) >> (64 - w))
	return m.And(m, v).Uint64()
}

// Exprs lists every expression of the meaning.
func (ins *Instruction) Exprs() []*sem.Node {
	var out []*sem.Node
	add := func(ns ...*sem.Node) {
		for _, n := range ns {
			if n != nil {
				out = append(out, n)
			}
		}
	}
	for i := range ins.Writes {
		w := &ins.Writes[i]
		add(w.Value, w.When, w.Index)
	}
	if ins.Load != nil {
		add(ins.Load.Addr)
	}
	if ins.Store != nil {
		add(ins.Store.Addr, ins.Store.Data)
	}
	if ins.Loop != nil {
		add(ins.Loop.Level, ins.Loop.Count, ins.Loop.End)
	}
	if ins.Trap != nil {
		add(ins.Trap.When)
	}
	return out
}
