package cc

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// outcome is what became of a function.
type outcome struct {
	fn      *function
	edits   map[int][]string // by line of the function
	remarks []Remark
}

// rewriteAll changes functions, on all cores: one has nothing to do with others. Each has
// values, edits and remarks of its own, so the outcome is the same whoever comes first. What
// was done before to a function that is still the same stands.
func (r *rewriter) rewriteAll(fns []*function) {
	order := make([]int, len(fns)) // those that take longest first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(len(fns[y].blocks), len(fns[x].blocks)) })
	done, keys := make([]*outcome, len(fns)), make([]string, len(fns))
	r.parallel(len(fns), func(n int) {
		i := order[n]
		keys[i] = r.key(fns[i])
		if done[i] = r.kept[keys[i]]; done[i] != nil {
			return
		}
		one := r.alone()
		one.rewrite(fns[i])
		fns[i].forget()
		done[i] = &outcome{fn: fns[i], edits: map[int][]string{}, remarks: one.remarks}
		for line, texts := range one.edits {
			done[i].edits[line-fns[i].from] = texts
		}
	})
	r.kept = map[string]*outcome{}
	for i, x := range done {
		for line, texts := range x.edits {
			r.edits[fns[i].from+line] = texts
		}
		r.remarks = append(r.remarks, x.remarks...)
		r.kept[keys[i]], fns[i] = x, x.fn
	}
}

// key is all that decides what becomes of a function.
func (r *rewriter) key(fn *function) string {
	var out strings.Builder
	fmt.Fprintln(&out, fn.limit, fn.quiet, r.routines != "" && r.shared[fn.name])
	for _, l := range r.file.Lines[fn.from:fn.to] {
		out.WriteString(strconv.Itoa(l.No))
		out.WriteByte(' ')
		out.WriteString(l.Text)
		out.WriteByte('\n')
	}
	for _, b := range fn.blocks {
		out.WriteString(strconv.FormatBool(b.open))
		if l := b.last(); l != nil {
			out.WriteByte(' ')
			out.WriteString(strconv.FormatUint(uint64(l.reads), 16))
		}
		for _, name := range b.names {
			out.WriteByte(' ')
			out.WriteString(strconv.FormatBool(r.few[name]))
			out.WriteString(strconv.FormatBool(r.cold[name]))
		}
		out.WriteByte('\n')
	}
	return out.String()
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
	out.edits, out.remarks, out.failed = map[int][]string{}, nil, failures{}
	out.trace, out.webs, out.search, out.asks = trace{}, webs{}, search{}, nil
	return &out
}

// parallel calls f with the numbers below n, on all cores.
func (r *rewriter) parallel(n int, f func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, 2*cap(r.cores)) { // some wait for a solver
		all.Go(func() {
			r.cores <- struct{}{}
			defer func() { <-r.cores }()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	all.Wait()
}

// waiting calls f, which waits for others, while somebody else has the core.
func (r *rewriter) waiting(f func()) {
	<-r.cores
	f()
	r.cores <- struct{}{}
}

// answers are what a solver has said, by script. A script is asked once.
type answers struct {
	lock sync.Mutex
	list map[string]*answer
}

type answer struct {
	once  sync.Once
	given atomic.Bool
	equal bool
	err   error
}

// to is the answer to a script; ask gets it if nobody has.
func (a *answers) to(script string, ask func() (bool, error)) (bool, error) {
	x := a.of(script)
	x.once.Do(func() {
		x.equal, x.err = ask()
		x.given.Store(true)
	})
	return x.equal, x.err
}

// equal reports whether what a script compares is known to be equal.
func (a *answers) equal(script string) bool {
	x := a.of(script)
	return x.given.Load() && x.equal && x.err == nil
}

func (a *answers) of(script string) *answer {
	a.lock.Lock()
	defer a.lock.Unlock()
	x := a.list[script]
	if x == nil {
		x = &answer{}
		a.list[script] = x
	}
	return x
}
