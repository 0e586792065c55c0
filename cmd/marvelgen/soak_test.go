package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

var soakBuilds = flag.Int("soak", 5, "builds that TestSoak stops at random moments")

// soakKind is a sort of build to stop.
type soakKind struct {
	spec, name, until string
	cold              bool // with an empty cache
	signal            syscall.Signal
	stairs            *staircase
}

func (k *soakKind) String() string {
	return fmt.Sprintf("%s --until %s, cold %v, by %v", k.name, k.until, k.cold, k.signal)
}

// TestSoak stops builds of every stage at random moments, by SIGKILL and as Ctrl-C
// does, with an empty cache and with what earlier ones have left in it. After each,
// the output is the former one, the whole new one, or none; the builds that are let
// through in between give the same bytes as in a fresh folder. The long form:
//
//	go test ./cmd/marvelgen -run TestSoak -soak 200 -timeout 2h -v
func TestSoak(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile, flows.StepVerify)
	exe, out, fresh := buildCommandFile(t), t.TempDir(), t.TempDir()
	draw := rand.New(rand.NewPCG(5, 6))
	var kinds []*soakKind
	good := map[string]string{} // by spec and stage
	for _, k := range []soakKind{
		{spec: "../../specs/marvel.hcl", name: "marvel", until: "emit"},
		{spec: "../../specs/marvel.hcl", name: "marvel", until: "compile"},
		{spec: "internal/build/testdata/tiny.hcl", name: "tiny", until: "verify"},
	} {
		start := time.Now()
		soakBuild(t, exe, &k, fresh)
		took := time.Since(start)
		good[k.name+k.until] = treeHash(t, filepath.Join(fresh, k.name))
		for i := range 4 {
			one := k
			one.cold, one.signal = i&1 != 0, syscall.SIGKILL
			if i&2 != 0 {
				one.signal = syscall.SIGINT
			}
			one.stairs = newStaircase(uint64(len(kinds)), took/20)
			kinds = append(kinds, &one)
		}
	}
	t.Cleanup(func() { awaitNone(t, out) })
	stopped, finished, whole := map[syscall.Signal]int{}, 0, 0
	for n := 0; stopped[syscall.SIGKILL]+stopped[syscall.SIGINT] < *soakBuilds; n++ {
		if n > 10*(*soakBuilds)+20 {
			t.Fatalf("of %d builds only %v were stopped", n, stopped)
		}
		// Of ten builds six only emit, three compile, too, and one verifies, which takes longest.
		k := kinds[[...]int{0, 0, 0, 0, 0, 0, 4, 4, 4, 8}[draw.IntN(10)]+draw.IntN(4)]
		if k.cold {
			awaitNone(t, out) // what a killed build has started may still write
			if err := os.RemoveAll(filepath.Join(out, ".cache")); err != nil {
				t.Fatal(err)
			}
		}
		dir := filepath.Join(out, k.name)
		before := treeHash(t, dir)
		if n%3 == 0 { // as if it were the first build
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			before = ""
		}
		former := temporary(t, out)
		ended := stopAtRandom(t, exe, k, out)
		after := treeHash(t, dir)
		if after != before && after != good[k.name+k.until] || ended && after != good[k.name+k.until] {
			diff, _ := exec.Command("diff", "-rq", filepath.Join(fresh, k.name), dir).CombinedOutput()
			t.Fatalf("build %d, %v, ended %v: the output is %q, was %q, whole is %q; the last whole one of the spec differs from it by\n%s",
				n, k, ended, after, before, good[k.name+k.until], diff)
		}
		if ended {
			finished++
			k.stairs.mean /= 2 // most are to be stopped
		} else if stopped[k.signal]++; k.signal == syscall.SIGINT {
			awaitNone(t, out)
			for _, dir := range temporary(t, out) { // those of killed builds may be there still
				if !slices.Contains(former, dir) {
					t.Fatalf("build %d, %v, has left %s behind", n, k, dir)
				}
			}
		}
		if n%25 == 24 {
			t.Logf("%d builds so far: stopped %v, finished %d", n+1, stopped, finished)
		}
		if n%10 == 9 {
			soakBuild(t, exe, k, out)
			whole++
			if treeHash(t, dir) != good[k.name+k.until] {
				t.Fatalf("a whole build after build %d, %v, gives other bytes", n, k)
			}
			if l, _ := filepath.Glob(filepath.Join(out, "."+k.name+".tmp-*")); len(l) > 0 { // of this spec
				t.Fatalf("after a whole build there is %v", l)
			}
		}
	}
	for _, k := range []*soakKind{kinds[0], kinds[4], kinds[8]} { // with all that the cache has collected
		soakBuild(t, exe, k, out)
		whole++
		if treeHash(t, filepath.Join(out, k.name)) != good[k.name+k.until] {
			t.Errorf("%v gives other bytes at the end", k)
		}
	}
	if l := leftovers(t, out); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}
	t.Logf("%d builds killed, %d interrupted, %d came to their end before; %d whole builds in between gave the same bytes",
		stopped[syscall.SIGKILL], stopped[syscall.SIGINT], finished, whole)
}

func (k *soakKind) args(out string) []string {
	return []string{"build", k.spec, "--until", k.until, "-o", out}
}

// soakBuild lets a build come to its end.
func soakBuild(t *testing.T, exe string, k *soakKind, out string) {
	t.Helper()
	if b, err := exec.Command(exe, k.args(out)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", k, err, b)
	}
}

// stopAtRandom runs a build and stops it. It reports whether the build came to its
// end before.
func stopAtRandom(t *testing.T, exe string, k *soakKind, out string) (ended bool) {
	t.Helper()
	cmd := exec.Command(exe, k.args(out)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var late atomic.Bool
	hang := time.AfterFunc(k.stairs.next(), func() { _ = cmd.Process.Signal(k.signal) })
	killed := time.AfterFunc(2*patience, func() { late.Store(true); _ = cmd.Process.Kill() })
	err := cmd.Wait()
	hang.Stop()
	killed.Stop()
	if late.Load() {
		t.Fatalf("%v: has not ended", k)
	}
	if code := cmd.ProcessState.ExitCode(); err != nil && code != -1 && code != 130 { // -1: by the signal
		t.Fatalf("%v: exit code %d", k, code)
	}
	k.stairs.note(err != nil)
	return err == nil
}

// temporary lists the folders of work under way, in the output and in the cache.
func temporary(t *testing.T, out string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(out, ".cache", "tmp-*"))
	if err != nil {
		t.Fatal(err)
	}
	return append(list, leftovers(t, out)...)
}

// awaitNone waits for the end of all processes that a stopped build has left: a
// SIGKILL reaches its children, whose own children end by themselves.
func awaitNone(t *testing.T, out string) {
	t.Helper()
	for deadline := time.Now().Add(patience); len(children(t, "", out)) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", children(t, "", out))
		}
	}
}
