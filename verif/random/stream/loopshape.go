package stream

import (
	"fmt"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem"
)

// maxCount bounds the trips of a hardware loop, so that nests stay short.
const maxCount = 6

// loopShape says how a loop set-up instruction is given its level, its count and
// its end: through which fields, which hold numbers or name registers.
type loopShape struct {
	*shape
	level, count *isa.Field // nil: not for the program to choose
	end          *isa.Field
	relative     bool  // the end is a distance from pc
	slope        int64 // of the end, in bytes for each unit of the field or register
}

func newLoopShape(s *shape) (*loopShape, error) {
	l := &loopShape{shape: s}
	tables := false
	sem.Walk(func(n *sem.Node) { tables = tables || n.Op == sem.OpTable }, s.Loop.Level, s.Loop.Count, s.Loop.End)
	if tables {
		return nil, fmt.Errorf("%s: random programs cannot set up a loop by a table", s.Name)
	}
	for i := range s.Encoding.Fields {
		f := &s.Encoding.Fields[i]
		if f.Kind == isa.Immediate && sem.Uses(f.Name, s.Loop.Level) {
			l.level = f
		}
		if sem.Uses(f.Name, s.Loop.Count) && (l.count == nil || f.Kind == isa.Immediate) {
			l.count = f
		}
		if !sem.Uses(f.Name, s.Loop.End) {
			continue
		}
		step := int64(1) << f.Shift
		at := func(pc, v int64) int64 { return int64(int32(low32(s.Loop.End, env{"pc": pc, f.Name: v * step}))) }
		slope, relative := (at(0, 1)-at(0, 0))/step, at(0x1000, 0)-at(0, 0) == 0x1000
		if slope <= 0 || at(0, 3)-at(0, 0) != 3*slope*step || f.Kind == isa.Immediate && (slope != 1 || !relative) {
			continue // it cannot place the end by itself
		}
		if l.end == nil || f.Kind == isa.Immediate {
			l.end, l.slope, l.relative = f, slope, relative
		}
	}
	if l.end == nil {
		return nil, fmt.Errorf("%s: random programs find no field that places the loop's end", s.Name)
	}
	if hi := s.Loop.Count.Range.Max; l.count == nil && !hi.IsInt64() || l.count == nil && hi.Int64() > 64 {
		return nil, fmt.Errorf("%s: random programs cannot choose a loop's count", s.Name)
	}
	return l, nil
}

// can reports whether the instruction can set up the level.
func (l *loopShape) can(level int) bool {
	if l.level != nil {
		return true
	}
	return low32(l.Loop.Level, env{}) == uint32(level)
}

func (l *loopShape) countsByRegister() bool { return l.count != nil && l.count.Kind == isa.Register }

// setUp appends the set-up of a loop of that level to b, and returns the index of
// the instruction that must be told the loop's end.
func (g *generator) setUp(b *builder, l *loopShape, level int) int {
	return g.setUpBy(b, l, level, 0, 0)
}

// setUpBy is setUp with the count in a register that holds it already, if the
// instruction takes it from one and the register is not 0.
func (g *generator) setUpBy(b *builder, l *loopShape, level, counter int, count int64) int {
	values := env{}
	for i := range l.Encoding.Fields {
		f := &l.Encoding.Fields[i]
		if f.Kind == isa.Immediate && f != l.end {
			lo, hi := f.Bounds()
			values[f.Name] = (max(lo, 0) + g.Int64N(min(hi, maxCount)-max(lo, 0)+1)) >> f.Shift << f.Shift
		}
	}
	if l.level != nil {
		for v := range l.level.Mask() + 1 {
			if values[l.level.Name] = int64(v); low32(l.Loop.Level, values) == uint32(level) || v > 3 {
				break
			}
		}
	}
	regs := map[string]int{}
	if counter != 0 && l.countsByRegister() {
		regs[l.count.Name], values[l.count.Name] = counter, count
	} else if l.countsByRegister() {
		// The register's low bits count, or what the meaning makes of it.
		v := g.Int64N(maxCount)
		for low32(l.Loop.Count, values.with(l.count.Name, v)) > maxCount && v > 0 {
			v--
		}
		regs[l.count.Name] = g.scratch()
		values[l.count.Name] = v
		if low32(l.Loop.Count, values.with(l.count.Name, v+0x7000)) == low32(l.Loop.Count, values) && g.IntN(2) == 0 {
			b.op(g.lui, "rd", regs[l.count.Name], "imm", int64(g.IntN(1<<18))<<14)
			b.op(g.addi, "rd", regs[l.count.Name], "rs1", regs[l.count.Name], "imm", v)
		} else {
			b.op(g.addi, "rd", regs[l.count.Name], "imm", v)
		}
	}
	if r, ok := regs[nameOf(l.count)]; ok && counter == 0 && g.IntN(2) == 0 {
		g.plainBut(b, r)
	}
	ref, off := -1, 0
	if l.end.Kind == isa.Register {
		r := g.scratch()
		for r == regs[nameOf(l.count)] {
			r = g.scratch()
		}
		regs[l.end.Name] = r
		off = -int(int32(low32(l.Loop.End, values.with("pc", 0))))
		if l.relative {
			ref = b.op(g.addi, "rd", r)
			b.code[ref].Ref = Ref{Field: g.addi.Encoding.Field("imm"), From: ref + 1, Off: off, Div: int(l.slope)}
		} else {
			b.op(g.auipc, "rd", r)
			ref = b.op(g.addi, "rd", r, "rs1", r)
			b.code[ref].Ref = Ref{Field: g.addi.Encoding.Field("imm"), From: ref - 1, Off: off}
		}
	}
	word := l.Encoding.Match
	for i := range l.Encoding.Fields {
		f := &l.Encoding.Fields[i]
		v := values[f.Name]
		switch r, chosen := regs[f.Name]; {
		case f == l.end && f.Kind == isa.Immediate:
			v = 0
		case f.Kind == isa.Register && chosen:
			v = int64(r)
		case f.Kind == isa.Register && l.written[f.Name]:
			v = int64(g.dest())
		case f.Kind == isa.Register:
			v = int64(g.source())
		}
		word = insert(f, word, v)
	}
	at := b.raw(word)
	if ref < 0 {
		b.code[at].Ref = Ref{Field: l.end, From: at}
		ref = at
	}
	return ref
}

func nameOf(f *isa.Field) string {
	if f == nil {
		return ""
	}
	return f.Name
}
