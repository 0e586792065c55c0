package cc

import (
	"math/rand/v2"
	"slices"

	"marvelgen/gen/isa"
	"marvelgen/gen/sem/bv"
	"marvelgen/gen/sem/norm"
)

// goal is a pattern that chooses among values, or rounds a product: what compilers
// make of such a meaning takes many forms. So it is not looked for by its form but by
// what it computes: values of the code that could be its operands are tried on numbers,
// and what agrees on all of them is proven.
type goal struct {
	*pattern
	registers  []*norm.Value // variables
	immediates []*norm.Value
	names      []string      // of both
	program    *norm.Program // of the result
	staged     *norm.Program // the same, by operand
	low, high  int64         // of the result
	solved     map[*norm.Value][]*solved
	wide       bool // it has numbers of more than a word
}

// newGoal is the goal that a pattern is, or nil if it is none.
func newGoal(p *pattern) *goal {
	if p.addr != nil || len(p.results) != 1 || p.m.writes[0].field == "" {
		return nil
	}
	g := &goal{pattern: p, program: norm.Compile(p.results[0]), solved: map[*norm.Value][]*solved{}}
	g.low, g.high = bounds(&p.m.ins.Writes[0])
	chooses := false
	walk(p.results[0], func(v *norm.Value) {
		g.wide = g.wide || isWide(v)
		chooses = chooses || v.Op == norm.Mux || v.Op == norm.Lt
	})
	if !g.wide && !chooses {
		return nil
	}
	for _, x := range p.list {
		switch o := p.vars.of(x); {
		case o.field == nil:
			return nil
		case o.register():
			g.registers = append(g.registers, x)
		default:
			g.immediates = append(g.immediates, x)
		}
	}
	if len(g.registers) == 0 {
		return nil // a number, which code has as such
	}
	for _, x := range slices.Concat(g.registers, g.immediates) {
		g.names = append(g.names, x.Name)
	}
	g.staged = norm.Compile(p.results[0])
	g.staged.Stages(g.names)
	return g
}

// clone is the goal with room of its own.
func (g *goal) clone() *goal {
	out := *g
	out.program, out.staged, out.solved = g.program.Clone(), g.staged.Clone(), map[*norm.Value][]*solved{}
	return &out
}

// isWide reports whether v is a number of more than a word: by a constant, products are
// sums.
func isWide(v *norm.Value) bool { return v.Width > 32 }

// bounds are the least and the greatest number that is written.
func bounds(w *isa.Write) (low, high int64) {
	if v := w.Value.Range; v.Min.IsInt64() && v.Max.IsInt64() && v.Width() <= 32 && w.When == nil {
		return v.Min.Int64(), v.Max.Int64()
	}
	return -1 << 31, 1<<32 - 1
}

// walk calls f for v and all that it consists of, each once.
func walk(v *norm.Value, f func(*norm.Value)) {
	seen := map[*norm.Value]bool{}
	var visit func(v *norm.Value)
	visit = func(v *norm.Value) {
		if seen[v] {
			return
		}
		seen[v] = true
		f(v)
		for _, a := range v.Args {
			visit(a)
		}
		for _, t := range v.Terms {
			visit(t.Value)
		}
	}
	visit(v)
}

// trials is on how many numbers an assignment of operands is tried.
const trials = 96

// sample makes up what operands are.
type sample struct {
	random *rand.Rand
	inputs map[string]uint64
	ranges map[string][2]int64 // of those that have one
	near   []int64             // numbers of interest
}

// Input makes up a number: any, a small one, one of few bits, one near a boundary, or one
// near those that are of interest.
func (s *sample) Input(name string) uint64 {
	if v, ok := s.inputs[name]; ok {
		return v
	}
	var v int64
	switch n := s.random.Int64(); s.random.IntN(5) {
	case 0:
		v = n
	case 1:
		v = n % 40
	case 2:
		v = int64(int32(n)) >> s.random.IntN(32)
	case 3:
		v = (n%15 + 1) << s.random.IntN(32)
	default:
		v = []int64{0, 127, 1 << 30, 1<<31 - 1, -1 << 31}[s.random.IntN(5)] + n%(1<<s.random.IntN(9))
	}
	if s.random.IntN(4) == 0 {
		v = -v
	}
	if len(s.near) > 0 && s.random.IntN(2) == 0 {
		v = s.near[s.random.IntN(len(s.near))]
		if s.random.IntN(2) == 0 {
			v += int64(s.random.IntN(3)) - 1
		}
	}
	if r, ok := s.ranges[name]; ok && (v < r[0] || v > r[1]) {
		v = r[0] + int64(uint64(v)%uint64(r[1]-r[0]+1))
	}
	s.inputs[name] = uint64(v)
	return uint64(v)
}

func (s *sample) Element(name string, i uint64) uint64 { return s.Input(name) * (i + 1) }

// tried is what values are on samples, and what they are made of.
type tried struct {
	index map[*norm.Value]int    // where numbers of a value are
	at    [][]uint64             // a sample each
	parts map[*norm.Value]uint64 // a bit for each of the first 64 inputs
}

// contents computes values for the contents of registers that trials take, as long as they leave
// any of the attempts.
func contents(values []*norm.Value, attempts []*attempt) tried {
	p := norm.Compile(values...)
	random := rand.New(rand.NewPCG(1, 2))
	out := tried{index: map[*norm.Value]int{}, parts: map[*norm.Value]uint64{}}
	var list []*norm.Value // each once
	var places []int
	for _, v := range values {
		if _, ok := out.index[v]; !ok {
			out.index[v] = len(list)
			list, places = append(list, v), append(places, p.Place(v))
		}
	}
	s := &sample{random: random, inputs: map[string]uint64{}}
	for range trials {
		clear(s.inputs)
		p.Run(s)
		at := make([]uint64, len(list))
		for i, k := range places {
			at[i] = p.At(k)
		}
		out.at = append(out.at, at)
		left := false
		for _, a := range attempts {
			n := bv.Sext(at[out.index[a.v]], a.v.Width)
			a.beyond = a.beyond || n < a.g.low || n > a.g.high
			left = left || !a.beyond
		}
		if !left {
			return out
		}
	}
	bits := map[*norm.Value]uint64{}
	for _, v := range list {
		walk(v, func(part *norm.Value) {
			if part.Op != norm.Input && part.Op != norm.Element {
				return
			}
			if _, ok := bits[part]; !ok {
				bits[part] = 1 << len(bits)
			}
			out.parts[v] |= bits[part]
		})
	}
	return out
}

// constants lists the numbers that values add, and what they are added to for nought.
func constants(values ...*norm.Value) (list []int64) {
	for _, v := range values {
		walk(v, func(part *norm.Value) {
			if c := bv.Sext(part.Const, part.Width); c != 0 {
				list = append(list, c, -c)
			}
		})
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// differ looks for operands with which x and y differ, within ranges or near numbers of
// interest, by so many trials.
func differ(x, y *norm.Value, ranges map[string][2]int64, near []int64, times int) bool {
	p := norm.Compile(x, y)
	random := rand.New(rand.NewPCG(3, 4))
	s := &sample{random: random, inputs: map[string]uint64{}, ranges: ranges, near: near}
	for range times {
		clear(s.inputs)
		p.Run(s)
		if p.Of(x) != p.Of(y) {
			return true
		}
	}
	return false
}

// assignment gives a goal's variables numbers.
type assignment struct {
	names  []string
	values []uint64
}

func (a *assignment) Input(name string) uint64          { return a.values[slices.Index(a.names, name)] }
func (a *assignment) Element(_ string, _ uint64) uint64 { return 0 }

// solved is what a goal's operands can be for a value, if they are some of these values.
type solved struct {
	values  []*norm.Value
	choices []*choice
	tried   tried
	root    int        // where the value's numbers are
	others  [][]uint64 // samples but the first
}

// choice is operands with which a goal agrees with a value on the first sample, by variable of
// the goal's list.
type choice struct {
	bound    []*norm.Value
	compared bool // on the others as well
	agrees   bool
}

// solve is every choice of operands among values, and of immediates among the constants of
// v. Regions in other regions, and code of which a part has been replaced, ask the same again.
func (g *goal) solve(b *builder, v *norm.Value, values []*norm.Value, t tried) *solved {
	for _, s := range g.solved[v] {
		if slices.Equal(s.values, values) {
			return s
		}
	}
	s := &solved{values: slices.Clone(values), tried: t, root: t.index[v]}
	g.choose(b, v, s)
	g.solved[v] = append(g.solved[v], s)
	return s
}

// agrees reports whether the goal is the value on all samples.
func (g *goal) agrees(s *solved, c *choice) bool {
	if c.compared {
		return c.agrees
	}
	vars := slices.Concat(g.registers, g.immediates)
	a := &assignment{names: g.names, values: make([]uint64, len(vars))}
	from := make([]int, len(vars)) // where its numbers are, or -1
	for i, x := range vars {
		v := c.bound[slices.Index(g.list, x)]
		if from[i] = -1; i < len(g.registers) {
			from[i] = s.tried.index[v]
		}
		a.values[i] = v.Const
	}
	k := slices.IndexFunc(s.others, func(at []uint64) bool {
		for i, n := range from {
			if n >= 0 {
				a.values[i] = at[n]
			}
		}
		g.program.Run(a)
		return g.program.Result() != at[s.root]
	})
	if k > 0 { // it refutes the next ones as well
		s.others[0], s.others[k] = s.others[k], s.others[0]
	}
	c.compared, c.agrees = true, k < 0
	return c.agrees
}

// choose finds the choices, and says on which samples to compare them.
func (g *goal) choose(b *builder, v *norm.Value, s *solved) {
	t, values := s.tried, s.values
	var rest, small, ends [][]uint64 // near nought and where v is clamped, others may agree by chance
	for _, at := range t.at {
		switch n := bv.Sext(at[s.root], v.Width); {
		case n == g.low || n == g.high:
			ends = append(ends, at)
		case n >= -1 && n <= 1:
			small = append(small, at)
		default:
			rest = append(rest, at)
		}
	}
	at := slices.Concat(rest, small, ends)
	vars := slices.Concat(g.registers, g.immediates)
	options := make([][]option, len(vars))
	a := &assignment{names: g.names, values: make([]uint64, len(vars))}
	for i, x := range vars {
		if i < len(g.registers) {
			for _, v := range values {
				options[i] = append(options[i], option{v, at[0][t.index[v]], t.parts[v]})
			}
			continue
		}
		for _, c := range g.constants(b, x, v) {
			options[i] = append(options[i], option{c, c.Const, 0})
		}
	}
	chosen := make([]*norm.Value, len(vars))
	// The first sample is tried while operands are chosen: what follows from those that
	// are is computed once for all choices of the others.
	want, all := at[0][s.root], t.parts[v]
	s.others = at[1:]
	g.staged.RunStage(0, a)
	var choose func(i int, parts uint64)
	choose = func(i int, parts uint64) {
		if i == len(vars) {
			if g.staged.Result() == want {
				c := &choice{bound: make([]*norm.Value, len(vars))}
				for k, x := range vars {
					c.bound[slices.Index(g.list, x)] = chosen[k]
				}
				s.choices = append(s.choices, c)
			}
			return
		}
		for k := range options[i] {
			o := &options[i][k]
			if i == len(g.registers)-1 && all&^(parts|o.parts) != 0 {
				continue // the operands know nothing of an input
			}
			chosen[i], a.values[i] = o.v, o.number
			g.staged.RunStage(i+1, a)
			choose(i+1, parts|o.parts)
		}
	}
	choose(0, 0)
}

// option is what an operand can be, with its number on the first sample and its parts.
type option struct {
	v      *norm.Value
	number uint64
	parts  uint64
}

// constants lists what the immediate x can be among the constants in v.
func (g *goal) constants(b *builder, x, v *norm.Value) []*norm.Value {
	field := g.vars.of(x).field
	numbers := []int64{0}
	walk(v, func(part *norm.Value) {
		if part.Op == norm.Sum && part.Width > 1 {
			numbers = append(numbers, bv.Sext(part.Const, part.Width))
		}
	})
	slices.Sort(numbers)
	var out []*norm.Value
	if x.Width == 1 { // a choice, which code does not name
		numbers = []int64{0, bv.Sext(1, 1)}
		if !field.Signed {
			numbers[1] = 1
		}
	}
	for _, n := range slices.Compact(numbers) {
		c := uint64(n) & bv.Mask(x.Width)
		if fits(field, c, x.Width) && immediate(field, c, x.Width) == n {
			out = append(out, b.Const(c, x.Width))
		}
	}
	return out
}
