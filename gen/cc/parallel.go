package cc

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// rewriteAll changes functions, on all cores: one has nothing to do with others. Each has
// values, edits and remarks of its own, so the outcome is the same whoever comes first.
func (r *rewriter) rewriteAll(fns []*function) {
	order := make([]int, len(fns)) // those that take longest first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(len(fns[y].blocks), len(fns[x].blocks)) })
	done := make([]*rewriter, len(fns))
	parallel(len(fns), func(n int) {
		i := order[n]
		done[i] = r.alone()
		done[i].rewrite(fns[i])
	})
	for _, one := range done {
		maps.Copy(r.edits, one.edits)
		r.remarks = append(r.remarks, one.remarks...)
	}
}

// alone is the rewriter for one function. It shares with others what nobody changes, and
// what a solver answers.
func (r *rewriter) alone() *rewriter {
	out := *r
	out.norm = r.base.clone()
	out.goals = nil
	for _, g := range r.goals {
		out.goals = append(out.goals, g.clone())
	}
	out.edits, out.remarks = map[int][]string{}, nil
	return &out
}

// parallel calls f with the numbers below n, on all cores.
func parallel(n int, f func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	all.Wait()
}

// answers are what a solver has said, by script. A script is asked once.
type answers struct {
	lock sync.Mutex
	list map[string]*answer
}

type answer struct {
	once  sync.Once
	equal bool
	err   error
}

// to is the answer to a script; ask gets it if nobody has.
func (a *answers) to(script string, ask func() (bool, error)) (bool, error) {
	a.lock.Lock()
	x := a.list[script]
	if x == nil {
		x = &answer{}
		a.list[script] = x
	}
	a.lock.Unlock()
	x.once.Do(func() { x.equal, x.err = ask() })
	return x.equal, x.err
}
