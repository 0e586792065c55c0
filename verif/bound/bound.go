// Package bound measures what a call costs in a way that a busy machine does
// not change, for tests that hold code to a stated bound.
package bound

import (
	"runtime/metrics"
	"syscall"
	"time"
)

// CPU is the processor time that this process has used so far, and the children
// it has waited for. Unlike the clock it stands still while others run.
func CPU() time.Duration {
	total := time.Duration(0)
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if syscall.Getrusage(who, &r) == nil {
			total += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
	}
	return total
}

// Allocated is how many bytes this process has allocated on its heap so far,
// whether they were freed since or not.
func Allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// Cost runs f and gives the processor time and the bytes that it took. Whatever
// runs beside it in the same process is counted, too.
func Cost(f func()) (cpu time.Duration, bytes uint64) {
	cpu, bytes = CPU(), Allocated()
	f()
	return CPU() - cpu, Allocated() - bytes
}

// T is the part of a test that Check needs.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Check runs f and fails the test if that takes more processor time or allocates
// more bytes than stated.
func Check(t T, cpu time.Duration, bytes uint64, f func()) {
	t.Helper()
	c, b := Cost(f)
	if c > cpu {
		t.Errorf("took %s of processor time, at most %s is allowed", c, cpu)
	}
	if b > bytes {
		t.Errorf("allocated %d bytes, at most %d are allowed", b, bytes)
	}
}
