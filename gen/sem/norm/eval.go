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

// step computes one Value, of which mask has a bit for each, from those in the slots args.
type step struct {
	v    *Value
	mask uint64
	args []int
}

// Compile prepares to compute the values and all that they consist of.
func Compile(values ...*Value) *Program {
	p := &Program{place: map[*Value]int{}}
	for _, v := range values {
		p.add(v)
	}
	p.slots = make([]uint64, len(p.steps))
	return p
}

// Clone returns a Program that computes the same elsewhere.
func (p *Program) Clone() *Program {
	out := *p
	out.slots = slices.Clone(p.slots)
	return &out
}

func (p *Program) add(v *Value) int {
	if k, ok := p.place[v]; ok {
		return k
	}
	var args []int
	for _, a := range v.Args {
		args = append(args, p.add(a))
	}
	for _, t := range v.Terms {
		args = append(args, p.add(t.Value))
	}
	p.place[v] = len(p.steps)
	p.steps = append(p.steps, step{v, bv.Mask(v.Width), args})
	return len(p.steps) - 1
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
func (p *Program) Of(v *Value) uint64 { return p.slots[p.place[v]] }

// Eval is v with the operands that env supplies, zero-extended to 64 bits.
func Eval(v *Value, env bv.Env) uint64 {
	p := Compile(v)
	p.Run(env)
	return p.Of(v)
}

func (s *step) compute(slots []uint64, env bv.Env) uint64 {
	v, m := s.v, s.mask
	a := func(i int) uint64 { return slots[s.args[i]] }
	switch v.Op {
	case Sum:
		sum := v.Const
		for i := range v.Terms {
			sum += v.Terms[i].Coef * a(i)
		}
		return sum & m
	case Input:
		return env.Input(v.Name) & m
	case Element:
		return env.Element(v.Name, a(0)) & m
	case Mul:
		return a(0) * a(1) & m
	case Quo, Rem:
		return apply(bvDivide[v.Op][b2i(v.Signed)], v.Width, a(0), a(1))
	case And:
		return a(0) & a(1)
	case Or:
		return a(0) | a(1)
	case Xor:
		return a(0) ^ a(1)
	case Shl:
		return a(0) << a(1) & m
	case Shr:
		if v.Signed {
			return uint64(bv.Sext(a(0), v.Width)>>a(1)) & m
		}
		return a(0) >> a(1)
	case Zero:
		return uint64(b2i(a(0) == 0))
	case Lt:
		if w := v.Args[0].Width; v.Signed {
			return uint64(b2i(bv.Sext(a(0), w) < bv.Sext(a(1), w)))
		}
		return uint64(b2i(a(0) < a(1)))
	case Mux:
		if a(0) != 0 {
			return a(1)
		}
		return a(2)
	case Extract:
		return a(0) >> v.Lo & m
	case Ext:
		if v.Signed {
			return uint64(bv.Sext(a(0), v.Args[0].Width)) & m
		}
		return a(0)
	}
	panic("norm: Eval: unknown operation " + v.Op.String())
}
