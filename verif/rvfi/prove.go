package rvfi

import (
	"context"
	"fmt"

	"marvelgen/verif/rvfi/aig"
)

// invariants finds which of the circuit's invariants hold together: each is proven
// from all of them in the cycle before, those that are not are dropped, and the
// others tried again without them. What is left may be taken for granted.
func (r *runner) invariants(ctx context.Context) error {
	if r.Bounded {
		return nil
	}
	for _, name := range r.inductive {
		r.inv = append(r.inv, r.g.Vector(name)...)
	}
	const cycles = 2
	for len(r.inv) > 0 {
		hold := make([]bool, len(r.inv))
		err := r.each(ctx, len(r.inv), func(ctx context.Context, i int) error {
			base, err := r.fromReset(ctx, r.inv[i:i+1], cycles)
			if err != nil || !base.decided || base.sat {
				return err
			}
			a, err := r.engine.ask(ctx, r.work, r.induct(r.inv[i], cycles), r.Budget)
			hold[i] = a.decided && !a.sat
			return err
		})
		if err != nil {
			return err
		}
		var left []aig.Lit
		for i, l := range r.inv {
			if hold[i] {
				left = append(left, l)
			}
		}
		if len(left) == len(r.inv) {
			return nil
		}
		r.inv = left
	}
	return nil
}

// induct asks whether a property can fail in cycle n, from any state, if the
// invariants hold in cycle n-1 and itself in the n-1 before. (Cycle 0 only
// gives the second decoder its value.)
func (r *runner) induct(property aig.Lit, n int) *aig.Cone {
	u := aig.Unroll(r.g, true)
	roots := r.constraints(u, n)
	for _, l := range r.inv {
		roots = append(roots, u.Lit(l, min(1, n-1)))
		if n > 2 {
			roots = append(roots, u.Lit(l, n-1))
		}
	}
	for t := 1; t < n; t++ {
		roots = append(roots, u.Lit(property, t))
	}
	return u.Cone(append(roots, u.Lit(property, n).Not())...)
}

// constraints are what is assumed of the surroundings, in cycles 0 to n.
func (r *runner) constraints(u *aig.Unrolled, n int) []aig.Lit {
	var out []aig.Lit
	for t := range n + 1 {
		for _, c := range r.g.Constraints {
			out = append(out, u.Lit(c, t))
		}
	}
	return out
}

// fromReset asks whether one of the properties can fail within n cycles.
func (r *runner) fromReset(ctx context.Context, properties []aig.Lit, n int) (answer, error) {
	return r.engine.ask(ctx, r.work, r.reach(properties, n, true), r.Budget)
}

// reach asks whether one of the literals, inverted or not, can be true in cycles 1
// to n from reset, which is cycle 0.
func (r *runner) reach(ls []aig.Lit, n int, invert bool) *aig.Cone {
	u := aig.Unroll(r.g, false)
	var any []aig.Lit
	for t := 1; t <= n; t++ {
		for _, l := range ls {
			if invert {
				l = l.Not()
			}
			any = append(any, u.Lit(l, t))
		}
	}
	return u.Cone(append(r.constraints(u, n), u.Or(any...))...)
}

// decide settles one check.
func (r *runner) decide(ctx context.Context, res *Result) error {
	property, ok := r.g.Output(res.Output)
	if !ok {
		return fmt.Errorf("rvfi: the circuit has no output %s", res.Output)
	}
	depth := res.Depth
	if r.Depth > 0 {
		depth = r.Depth
	}
	res.Status, res.Engine = Unproven, r.engine.Name
	if !r.Bounded {
		a, err := r.engine.ask(ctx, r.work, r.induct(property, res.Induction), r.Budget)
		if err != nil {
			return err
		}
		res.Seconds += a.seconds
		if a.decided && !a.sat {
			base, err := r.fromReset(ctx, []aig.Lit{property}, res.Induction)
			if err != nil {
				return err
			}
			res.Seconds += base.seconds
			if base.decided && !base.sat {
				res.Status, res.Method, res.Cycles = Proven, "induction", res.Induction
				return r.cover(ctx, res, depth)
			}
		}
	}
	return r.bounded(ctx, res, property, depth)
}

// bounded looks for a counterexample from reset, near ones first.
func (r *runner) bounded(ctx context.Context, res *Result, property aig.Lit, depth int) error {
	res.Method, res.Cycles = "bounded model checking", 0
	for _, n := range []int{min(5, depth), min(8, depth), depth} {
		if n == res.Cycles {
			continue
		}
		a, err := r.fromReset(ctx, []aig.Lit{property}, n)
		if err != nil {
			return err
		}
		res.Seconds += a.seconds
		switch {
		case !a.decided && res.Cycles == 0:
			res.Detail = fmt.Sprintf("%s did not decide %d cycles within %s", r.engine.Name, n, r.Budget)
			return nil
		case a.sat:
			res.Status = Failed
			return r.explain(ctx, res, property, n, a)
		case !a.decided: // fewer cycles were
			res.Detail = fmt.Sprintf("%s did not decide %d cycles within %s", r.engine.Name, n, r.Budget)
			return r.cover(ctx, res, depth)
		}
		res.Status, res.Cycles = Bounded, n
	}
	return r.cover(ctx, res, depth)
}

// cover makes sure that the check can be put to the test.
func (r *runner) cover(ctx context.Context, res *Result, depth int) error {
	if res.Cover == "" {
		return nil
	}
	l, ok := r.g.Output(res.Cover)
	if !ok {
		return fmt.Errorf("rvfi: the circuit has no output %s", res.Cover)
	}
	for _, n := range []int{min(5, depth), depth} { // most are reached at once
		a, err := r.engine.ask(ctx, r.work, r.reach([]aig.Lit{l}, n, false), r.Budget)
		res.Seconds += a.seconds
		if err != nil || a.decided && a.sat {
			return err
		}
	}
	res.Status, res.Detail = Unproven, fmt.Sprintf("%s is not reached within %d cycles, so the check says nothing", res.Cover, depth)
	return nil
}

// explain turns an engine's assignment into a trace.
func (r *runner) explain(ctx context.Context, res *Result, property aig.Lit, depth int, a answer) error {
	if a.given == nil { // this engine does not tell
		var err error
		if a, err = Engines[0].ask(ctx, r.work, r.reach([]aig.Lit{property}, depth, true), r.Budget); err != nil {
			return err
		}
		if !a.sat {
			res.Detail = fmt.Sprintf("%s finds no counterexample, %s does", Engines[0].Name, r.engine.Name)
			return nil
		}
	}
	states := r.g.Replay(depth+1, a.given)
	for t := range states {
		if !states[t].Lit(property) && t > 0 {
			res.Cycles = t
			states = states[:t+1]
			break
		}
	}
	var err error
	res.Trace, err = writeTrace(r.Out, res, states)
	return err
}
