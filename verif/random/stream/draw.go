package stream

import (
	"math/rand/v2"

	"marvelgen/gen/isa"
)

// random draws with a liking for corners.
type random struct{ *rand.Rand }

func newRand(seed, stream uint64) random { return random{rand.New(rand.NewPCG(seed, stream))} }

// value is a word: a corner, a small number or anything.
func (r random) value() uint32 {
	switch k := r.IntN(16); {
	case k < 5:
		return [...]uint32{0, 1, 0xffffffff, 0x80000000, 0x7fffffff}[k]
	case k < 7:
		return [...]uint32{0x8000, 0x7fff, 0xffff8000, 0xffff, 0x80, 0x7f, 0xff, 0x80808080, 0x7f7f7f7f, 0x80018001}[r.IntN(10)]
	case k < 9:
		return uint32(r.IntN(64) - 32)
	case k < 11:
		return 1 << r.IntN(32)
	}
	return r.Uint32()
}

// immediate draws a field's value between lo and hi, in its steps.
func (r random) immediate(f *isa.Field, lo, hi int64) int64 {
	step := int64(1) << f.Shift
	v := lo + r.Int64N(hi-lo+1)
	switch r.IntN(12) {
	case 0:
		v = lo
	case 1:
		v = hi
	case 2:
		v = 0
	case 3:
		v = step
	case 4:
		v = -step
	}
	return max(lo, min(hi, v)) &^ (step - 1)
}

// builder collects the instructions of one piece.
type builder struct{ code []Inst }

func (b *builder) raw(word uint32) int {
	b.code = append(b.code, Inst{Word: word})
	return len(b.code) - 1
}

// op appends an instruction with fields given as name and value, the others 0, and
// returns its index.
func (b *builder) op(ins *isa.Instruction, fields ...any) int {
	word := ins.Encoding.Match
	for i := 0; i < len(fields); i += 2 {
		v, ok := fields[i+1].(int64)
		if !ok {
			v = int64(fields[i+1].(int))
		}
		word = insert(ins.Encoding.Field(fields[i].(string)), word, v)
	}
	return b.raw(word)
}

// jump appends an instruction whose field "imm" is the distance to an instruction
// of the piece, plus off.
func (b *builder) jump(ins *isa.Instruction, to, off int, fields ...any) int {
	at := b.op(ins, fields...)
	b.code[at].Ref = Ref{Field: ins.Encoding.Field("imm"), From: at, To: to, Off: off}
	return at
}

// insert puts a value that is known to fit.
func insert(f *isa.Field, word uint32, v int64) uint32 {
	w, err := f.Insert(word, v)
	if err != nil {
		panic("random program: " + err.Error())
	}
	return w
}

// note remembers a register that was written, so that what follows depends on it.
func (g *generator) note(reg int) {
	if reg != 0 {
		g.recent[g.at&3] = reg
		g.at++
	}
}

// source draws a register to read: often one that was written just before.
func (g *generator) source() int {
	switch k := g.IntN(20); {
	case k < 6:
		return g.recent[(g.at-1)&3]
	case k < 9:
		return g.recent[(g.at-2)&3]
	case k < 11:
		return g.recent[g.IntN(4)]
	case k < 13 && len(g.fixed) > 0:
		return g.fixed[g.IntN(len(g.fixed))]
	case k == 13:
		return 0
	}
	for {
		if r := g.IntN(32); r != g.h1 && r != g.h2 {
			return r
		}
	}
}

// dest draws a register to write: sometimes one that was written just before, or
// is about to be written by all.
func (g *generator) dest() int {
	switch k := g.IntN(20); {
	case k < 3:
		return g.recent[(g.at-1)&3]
	case k < 5 && len(g.fixed) > 0:
		return g.fixed[g.IntN(len(g.fixed))]
	case k == 5:
		return 0
	}
	return g.writable()
}

func (g *generator) writable() int {
	for {
		if r := g.IntN(32); r != g.h1 && r != g.h2 && r != g.pointer && r != g.counter {
			return r
		}
	}
}

// scratch is a register that keeps what the next instruction puts there: neither x0
// nor one that instructions write unasked.
func (g *generator) scratch() int {
next:
	for {
		r := g.writable()
		for _, f := range g.fixed {
			if r == f {
				continue next
			}
		}
		if r != 0 {
			return r
		}
	}
}

// plain appends an instruction that falls through, or traps and is skipped, with
// what its address needs before it.
func (g *generator) plain(b *builder) {
	s := g.all.plain[g.IntN(len(g.all.plain))]
	if n := len(g.all.custom); n > 0 && g.IntN(5) < 2 {
		s = g.all.custom[g.IntN(n)]
	}
	g.emit(b, s)
}

// near is how far an access may be from its pointer, in bytes.
const near = 480

// emit appends an instruction with random fields.
func (g *generator) emit(b *builder, s *shape) {
	through := -1 // the register that address operands name
	if s.access != nil || s.steers && g.IntN(4) > 0 {
		through = g.pointer
		moves := s.steers || s.ext && g.IntN(3) == 0
		for name := range s.address {
			moves = moves || s.written[name]
		}
		if moves {
			through = g.scratch()
			off := int64(g.IntN(2*near)-near) &^ 3
			if s.access != nil && g.IntN(12) == 0 {
				off += int64(g.IntN(4))
			}
			if q, t := g.scratch(), g.scratch(); g.IntN(3) == 0 && q != t && q != through && t != through {
				b.op(g.addi, "rd", q, "rs1", g.pointer, "imm", off)
				g.compute(b, through, q, t)
			} else {
				b.op(g.addi, "rd", through, "rs1", g.pointer, "imm", off)
			}
			if g.IntN(3) == 0 {
				g.plainBut(b, through)
			}
		}
	}
	word := s.Encoding.Match
	for i := range s.Encoding.Fields {
		f := &s.Encoding.Fields[i]
		lo, hi := f.Bounds()
		v := int64(0)
		switch {
		case f.Kind == isa.Register && through >= 0 && (s.address[f.Name] || s.steers && !s.written[f.Name] && s.access == nil):
			v = int64(through)
		case f.Kind == isa.Register && s.written[f.Name]:
			v = int64(g.dest())
		case f.Kind == isa.Register:
			v = int64(g.source())
		case s.access != nil && s.address[f.Name]:
			v = g.immediate(f, max(lo, -near), min(hi, near))
			if g.portable || g.IntN(16) > 0 {
				v &^= int64(max(s.access.Size, 1<<f.Shift) - 1)
			}
		default:
			v = g.immediate(f, lo, hi)
		}
		word = insert(f, word, v)
	}
	b.raw(word)
	for _, w := range s.Writes {
		switch w.Kind {
		case isa.DestField:
			g.note(int(s.Encoding.Field(w.Name).Extract(word)))
		case isa.DestFixed:
			g.note(w.Reg)
		}
	}
}
