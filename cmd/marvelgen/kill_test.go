package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
)

// buildCommandFile builds the command, to be killed.
func buildCommandFile(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "marvelgen")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// treeHash is one hash of all paths and contents below dir, "" if there is no dir.
func treeHash(t *testing.T, dir string) string {
	t.Helper()
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		fmt.Fprintln(h, rel, d.Type())
		if d.Type().IsRegular() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%d %s\n", len(b), b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// leftovers are staging folders of builds in out.
func leftovers(t *testing.T, out string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(out, ".*.tmp-*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// patience is how long the tests wait for what comes at once on an idle machine.
// It only bounds a hang: no verdict depends on how fast the machine is.
const patience = 5 * time.Minute

// staircase chooses moments to stop builds at such that about half of them are
// stopped, whatever the machine is busy with: it goes to later moments while
// builds are stopped, and to earlier ones while they come to their end.
type staircase struct {
	rng               *rand.Rand
	mean              time.Duration
	stopped, finished int
}

func newStaircase(seed uint64, mean time.Duration) *staircase {
	return &staircase{rng: rand.New(rand.NewPCG(seed, 2)), mean: mean}
}

// next is the moment to stop the next build at, at random around the mean.
func (s *staircase) next() time.Duration {
	return time.Duration(float64(s.mean) * (0.2 + 1.6*s.rng.Float64()))
}

// note takes what has become of the build.
func (s *staircase) note(stopped bool) {
	if stopped {
		s.stopped++
		s.mean = s.mean*5/4 + time.Microsecond
	} else {
		s.finished++
		s.mean = s.mean * 3 / 4
	}
}

// TestStaircase wants both outcomes in good numbers, from a start that is far
// too early or too late, and on a machine whose speed changes all the time.
func TestStaircase(t *testing.T) {
	for _, mean := range []time.Duration{time.Millisecond, 10 * time.Second} {
		s, speed := newStaircase(1, mean), rand.New(rand.NewPCG(3, 4))
		for range 60 {
			took := time.Duration(float64(50*time.Millisecond) * (0.5 + 4*speed.Float64()))
			s.note(s.next() < took)
		}
		if s.stopped < 15 || s.finished < 15 {
			t.Errorf("from %s: %d stopped, %d finished", mean, s.stopped, s.finished)
		}
	}
}

// TestKill kills the command at random moments, many times: what is in the
// output folder is whole, always. Some builds begin with no output, others with
// that of another build, which must be kept or replaced as a whole.
func TestKill(t *testing.T) {
	exe := buildCommandFile(t)
	out := t.TempDir()
	dir := filepath.Join(out, "marvel")
	args := []string{"build", "../../specs/marvel.hcl", "--until", "emit", "-o", out}
	run := func(args ...string) string {
		if b, err := exec.Command(exe, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		return treeHash(t, dir)
	}
	start := time.Now()
	good := run(args...)
	s := newStaircase(1, time.Since(start))
	other := run(append(args, "--write-ports", "3")...)
	if good == other || good == "" {
		t.Fatal("the two builds have equal outputs")
	}
	const enough = 20
	kept := map[string]int{} // killed builds by the output they left: "", other or good
	for began := time.Now(); s.stopped+s.finished < 60 || s.stopped < enough || s.finished < enough || kept[""] == 0 || kept[other] == 0; {
		if time.Since(began) > patience {
			t.Fatalf("%d builds were killed, %d finished, want %d of each; left by the killed: %v", s.stopped, s.finished, enough, kept)
		}
		before := other
		if (s.stopped+s.finished)%2 == 0 {
			before = ""
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		} else if treeHash(t, dir) != other {
			run(append(args, "--write-ports", "3")...)
		}
		cmd := exec.Command(exe, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(s.next())
		_ = cmd.Process.Kill()
		killed := cmd.Wait() != nil
		s.note(killed)
		h := treeHash(t, dir)
		if killed && h != before && h != good || !killed && h != good {
			t.Fatalf("killed %v, the output is neither the former nor the whole new one: hash %q, was %q, whole %q", killed, h, before, good)
		}
		if killed {
			kept[h]++
		}
	}
	t.Logf("%d builds were killed, %d finished; the killed left nothing %d times, the former output %d, the new one %d",
		s.stopped, s.finished, kept[""], kept[other], kept[good])
	if run(args...) != good {
		t.Error("a build after the kills differs")
	}
	if l := leftovers(t, out); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}
}

// children are the processes of that program whose command line or folder
// mentions dir.
func children(t *testing.T, program, dir string) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range lines {
		b, err := os.ReadFile(l)
		if err != nil {
			continue // ended meanwhile
		}
		cwd, _ := os.Readlink(filepath.Join(filepath.Dir(l), "cwd"))
		if bytes.Contains(b, []byte(program)) && (bytes.Contains(b, []byte(dir)) || strings.Contains(cwd, dir)) {
			out = append(out, strings.ReplaceAll(string(b), "\x00", " "))
		}
	}
	return out
}

// TestInterrupt stops a longer build as Ctrl-C does: its children end with it,
// the exit code is 130 and the former output is untouched.
func TestInterrupt(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-gcc", "verilator")
	exe := buildCommandFile(t)
	for until, child := range map[string]string{"compile": "clang", "verify": "cc1plus"} {
		t.Run(until, func(t *testing.T) {
			out := t.TempDir()
			if b, err := exec.Command(exe, "build", "../../specs/marvel.hcl", "--until", "emit", "-o", out).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, b)
			}
			good := treeHash(t, filepath.Join(out, "marvel"))
			cmd := exec.Command(exe, "build", "../../specs/marvel.hcl", "--until", until, "-j", "1", "-o", out)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(patience); len(children(t, child, filepath.Join(out, ".cache"))) == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					_ = cmd.Process.Kill()
					t.Fatal("no child was seen")
				}
			}
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			hang := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
			_ = cmd.Wait()
			if !hang.Stop() {
				t.Errorf("it did not end within %s", patience)
			}
			if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(stderr.String(), "interrupted") {
				t.Errorf("exit code %d, want 130\n%s", code, stderr.String())
			}
			for deadline := time.Now().Add(patience); len(children(t, "", out)) > 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Errorf("still running: %v", children(t, "", out))
					break
				}
			}
			if treeHash(t, filepath.Join(out, "marvel")) != good {
				t.Error("the former output is not as it was")
			}
			if l := leftovers(t, out); len(l) > 0 {
				t.Errorf("left behind: %v", l)
			}
			if l, _ := filepath.Glob(filepath.Join(out, ".cache", "tmp-*")); len(l) > 0 {
				t.Errorf("left in the cache: %v", l)
			}
		})
	}
}
