package norm

import (
	"slices"

	"marvelgen/gen/sem/bv"
)

// Program computes Values, each part of them once.
type Program struct {
	steps  []step
	place  map[*Value]int
	slots  []uint64
	stages [][]int // numbers of steps
}

// step computes one Value, of which mask has a bit for each, from those in slots: all that it
// takes to do so lies together.
type step struct {
	op       Op
	signed   bool
	from, lo uint8 // from is the width of the first argument
	x, y     int32 // arguments, or any place
	mask     uint64
	c        uint64
	args     []int32
	v        *Value
}

// Compile prepares to compute the values and all that they consist of.
func Compile(values ...*Value) *Program {
	p := &Program{place: map[*Value]int{}}
	var list []*Value // what others consist of before them
	args := 0
	var visit func(v *Value)
	visit = func(v *Value) {
		if _, ok := p.place[v]; ok {
			return
		}
		for _, a := range v.Args {
			visit(a)
		}
		for _, t := range v.Terms {
			visit(t.Value)
		}
		p.place[v] = len(list)
		list = append(list, v)
		args += len(v.Args) + len(v.Terms)
	}
	for _, v := range values {
		visit(v)
	}
	p.steps, p.slots = make([]step, len(list)), make([]uint64, len(list))
	room := make([]int32, 0, args)
	for i, v := range list {
		p.steps[i], room = p.step(v, room)
	}
	return p
}

// Clone returns a Program that computes the same elsewhere.
func (p *Program) Clone() *Program {
	out := *p
	out.slots = slices.Clone(p.slots)
	return &out
}

// step is a Value's step. Its arguments are in what is taken of the room.
func (p *Program) step(v *Value, room []int32) (step, []int32) {
	args := room[len(room):]
	for _, a := range v.Args {
		args = append(args, int32(p.place[a]))
	}
	for _, t := range v.Terms {
		args = append(args, int32(p.place[t.Value]))
	}
	s := step{op: v.Op, signed: v.Signed, lo: uint8(v.Lo), mask: bv.Mask(v.Width), c: v.Const, args: args, v: v}
	if len(v.Args) > 0 {
		s.x, s.y, s.from = args[0], args[len(args)-1], uint8(v.Args[0].Width)
	}
	if len(v.Args) == 3 {
		s.y = args[1]
	}
	return s, room[:len(room)+len(args)]
}

// Run computes everything for the operands that env supplies.
func (p *Program) Run(env bv.Env) {
	for i := range p.steps {
		p.slots[i] = p.steps[i].compute(p.slots, env)
	}
}

// Stages splits the program by when operands become known, in this order: stage 0 needs
// none of them, stage k the k-th and those before. Then RunStage computes a part.
func (p *Program) Stages(operands []string) {
	p.stages = make([][]int, len(operands)+1)
	of := make([]int, len(p.steps))
	for i := range p.steps {
		s := &p.steps[i]
		if s.v.Op == Input {
			of[i] = 1 + slices.Index(operands, s.v.Name)
		}
		for _, a := range s.args {
			of[i] = max(of[i], of[a])
		}
		p.stages[of[i]] = append(p.stages[of[i]], i)
	}
}

// RunStage computes what is known from the k-th operand on; env supplies it.
func (p *Program) RunStage(k int, env bv.Env) {
	for _, i := range p.stages[k] {
		p.slots[i] = p.steps[i].compute(p.slots, env)
	}
}

// Of is what the last Run made of v, zero-extended to 64 bits.
func (p *Program) Of(v *Value) uint64 { return p.At(p.Place(v)) }

// Place is where a Value's number is, and At what the last Run has left at a place.
func (p *Program) Place(v *Value) int { return p.place[v] }

func (p *Program) At(place int) uint64 { return p.slots[place] }

// Result is what the last Run made of the last value that the program was compiled for, if
// that is no part of another.
func (p *Program) Result() uint64 { return p.slots[len(p.slots)-1] }

// Eval is v with the operands that env supplies, zero-extended to 64 bits.
func Eval(v *Value, env bv.Env) uint64 {
	p := Compile(v)
	p.Run(env)
	return p.Of(v)
}

func (s *step) compute(slots []uint64, env bv.Env) uint64 {
	x, y := slots[s.x], slots[s.y]
	switch s.op {
	case Sum:
		sum := s.c
		for i := range s.v.Terms {
			sum += s.v.Terms[i].Coef * slots[s.args[i]]
		}
		return sum & s.mask
	case Input:
		return env.Input(s.v.Name) & s.mask
	case Element:
		return env.Element(s.v.Name, x) & s.mask
	case Mul:
		return x * y & s.mask
	case Quo, Rem:
		return apply(bvDivide[s.op][b2i(s.signed)], s.v.Width, x, y)
	case And:
		return x & y
	case Or:
		return x | y
	case Xor:
		return x ^ y
	case Shl:
		return x << y & s.mask
	case Shr:
		if s.signed {
			return uint64(bv.Sext(x, int(s.from))>>y) & s.mask
		}
		return x >> y
	case Zero:
		return uint64(b2i(x == 0))
	case Lt:
		if s.signed {
			return uint64(b2i(bv.Sext(x, int(s.from)) < bv.Sext(y, int(s.from))))
		}
		return uint64(b2i(x < y))
	case Mux:
		if x != 0 {
			return y
		}
		return slots[s.args[2]]
	case Extract:
		return x >> s.lo & s.mask
	case Ext:
		if s.signed {
			return uint64(bv.Sext(x, int(s.from))) & s.mask
		}
		return x
	}
	panic("norm: Eval: unknown operation " + s.op.String())
}
