package aig

// Unrolled is a combinational circuit: cycles 0 to Last of a graph laid side by
// side, with structural hashing. Only what Lit is asked for is built.
type Unrolled struct {
	g     *Graph
	free  bool // start from any state
	Ands  [][2]Lit
	hash  map[[2]Lit]Lit
	Vars  uint32 // highest variable
	first []Source
	cycle []map[uint32]Lit // by cycle: variable of the graph to literal here
	kind  []uint32         // variable here to and number + 1, or 0 for a source
}

// Source is what a free variable of an Unrolled stands for.
type Source struct {
	Var   uint32 // here
	Of    uint32 // variable of the graph: an input, or a latch in cycle 0
	Cycle int
}

// Unroll prepares a graph; with free, cycle 0 starts from any state instead of
// the initial one.
func Unroll(g *Graph, free bool) *Unrolled {
	return &Unrolled{g: g, free: free, hash: map[[2]Lit]Lit{}, kind: []uint32{0}}
}

// Sources lists the free variables.
func (u *Unrolled) Sources() []Source { return u.first }

func (u *Unrolled) newVar(and uint32) Lit {
	u.Vars++
	u.kind = append(u.kind, and)
	return Lit(u.Vars << 1)
}

// And is the conjunction of two literals.
func (u *Unrolled) And(a, b Lit) Lit {
	if a > b {
		a, b = b, a
	}
	switch {
	case a == False || a == b.Not():
		return False
	case a == True || a == b:
		return b
	}
	if l, ok := u.hash[[2]Lit{a, b}]; ok {
		return l
	}
	u.Ands = append(u.Ands, [2]Lit{a, b})
	l := u.newVar(uint32(len(u.Ands)))
	u.hash[[2]Lit{a, b}] = l
	return l
}

// Or is the disjunction of any number of literals.
func (u *Unrolled) Or(ls ...Lit) Lit {
	out := True
	for _, l := range ls {
		out = u.And(out, l.Not())
	}
	return out.Not()
}

// Lit is a literal of the graph in a cycle.
func (u *Unrolled) Lit(l Lit, cycle int) Lit {
	for len(u.cycle) <= cycle {
		u.cycle = append(u.cycle, map[uint32]Lit{0: False})
	}
	return u.value(l.Var(), cycle) ^ l&1
}

// value builds a variable's cone; its own stack keeps deep circuits off Go's.
func (u *Unrolled) value(v uint32, cycle int) Lit {
	type job struct {
		v uint32
		c int
	}
	stack := []job{{v, cycle}}
	for len(stack) > 0 {
		j := stack[len(stack)-1]
		memo := u.cycle[j.c]
		if _, done := memo[j.v]; done {
			stack = stack[:len(stack)-1]
			continue
		}
		switch {
		case j.v < u.g.firstLatch():
			memo[j.v] = u.source(j.v, j.c)
		case j.v < u.g.firstAnd():
			latch := u.g.Latches[j.v-u.g.firstLatch()]
			if j.c > 0 {
				if l, done := u.cycle[j.c-1][latch.Next.Var()]; done {
					memo[j.v] = l ^ latch.Next&1
				} else {
					stack = append(stack, job{latch.Next.Var(), j.c - 1})
				}
				continue
			}
			switch {
			case u.free || latch.Init == Free:
				memo[j.v] = u.source(j.v, 0)
			default:
				memo[j.v] = Lit(latch.Init)
			}
		default:
			and := u.g.Ands[j.v-u.g.firstAnd()]
			a, doneA := memo[and[0].Var()]
			b, doneB := memo[and[1].Var()]
			if doneA && doneB {
				memo[j.v] = u.And(a^and[0]&1, b^and[1]&1)
				continue
			}
			if !doneA {
				stack = append(stack, job{and[0].Var(), j.c})
			}
			if !doneB {
				stack = append(stack, job{and[1].Var(), j.c})
			}
		}
	}
	return u.cycle[cycle][v]
}

func (u *Unrolled) source(v uint32, cycle int) Lit {
	l := u.newVar(0)
	u.first = append(u.first, Source{Var: l.Var(), Of: v, Cycle: cycle})
	return l
}

// Cone is the circuit that the literals depend on, with variables renumbered:
// sources first, then ands.
type Cone struct {
	Sources []Source
	Ands    [][2]Lit
	Roots   []Lit
}

// Cone cuts out what the literals need.
func (u *Unrolled) Cone(roots ...Lit) *Cone {
	used := make([]bool, u.Vars+1)
	for _, r := range roots {
		used[r.Var()] = true
	}
	for v := u.Vars; v > 0; v-- { // an and's variable is above those of its inputs
		if k := u.kind[v]; used[v] && k > 0 {
			used[u.Ands[k-1][0].Var()] = true
			used[u.Ands[k-1][1].Var()] = true
		}
	}
	c := &Cone{}
	number := make([]uint32, u.Vars+1)
	next := uint32(0)
	for _, s := range u.first {
		if used[s.Var] {
			next++
			number[s.Var] = next
			s.Var = next
			c.Sources = append(c.Sources, s)
		}
	}
	to := func(l Lit) Lit { return Lit(number[l.Var()]<<1) | l&1 }
	for v := uint32(1); v <= u.Vars; v++ {
		if k := u.kind[v]; used[v] && k > 0 {
			next++
			number[v] = next
			a, b := to(u.Ands[k-1][0]), to(u.Ands[k-1][1])
			c.Ands = append(c.Ands, [2]Lit{max(a, b), min(a, b)})
		}
	}
	for _, r := range roots {
		c.Roots = append(c.Roots, to(r))
	}
	return c
}
