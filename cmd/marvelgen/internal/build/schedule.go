package build

import (
	"context"
	"errors"
	"sync"
	"time"
)

// task is one step of one design. Tasks run as soon as those they need are done.
type task struct {
	design string // "" for the spec as a whole
	name   string
	needs  []*task
	run    func(ctx context.Context) (entry, error)

	done   chan struct{}
	status string // "passed", "failed", "skipped"
	entry  entry
	err    error
	took   time.Duration
}

// schedule runs the tasks with n workers, in the order of the list as far as
// their needs allow. A failed check skips what needs it and lets the rest go on;
// any other error ends the build.
func schedule(ctx context.Context, tasks []*task, n int, report func(*task)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, t := range tasks {
		t.done = make(chan struct{})
	}
	slots := make(chan struct{}, max(1, n))
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, t := range tasks {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer close(t.done)
			for _, need := range t.needs {
				<-need.done
				if need.status != "passed" {
					t.status = "skipped"
				}
			}
			if t.status == "skipped" {
				return
			}
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() != nil {
				t.status = "skipped"
				return
			}
			start := time.Now()
			t.entry, t.err = t.run(ctx)
			t.took = time.Since(start)
			t.status = "passed"
			var check *CheckError
			if t.err != nil {
				t.status = "failed"
				if !errors.As(t.err, &check) {
					cancel(t.err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			report(t)
		}()
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// CheckError is a failed check: something that the build has judged and found
// wrong, as opposed to a build that could not be carried out.
type CheckError struct {
	Err   error
	Files []string // evidence: traces, waveforms
}

func (e *CheckError) Error() string { return e.Err.Error() }
func (e *CheckError) Unwrap() error { return e.Err }
