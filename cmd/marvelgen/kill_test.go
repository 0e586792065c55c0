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
		fmt.Fprintln(h, path, d.Type())
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

// TestKill kills the command at random moments, many times: what is in the
// output folder is whole, always.
func TestKill(t *testing.T) {
	exe := buildCommandFile(t)
	args := []string{"build", "../../specs/marvel.hcl", "--until", "emit", "-o"}
	out := t.TempDir()
	dir := filepath.Join(out, "marvel")
	run := func(args ...string) time.Duration {
		start := time.Now()
		if b, err := exec.Command(exe, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		return time.Since(start)
	}
	took := run(append(args, out)...)
	good := treeHash(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	killed, seen := 0, false
	for range 60 {
		cmd := exec.Command(exe, append(args, out)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(max(took*5/4, 60*time.Millisecond)))))
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed++
		}
		switch h := treeHash(t, dir); {
		case h == good:
			seen = true
		case h != "" || seen:
			t.Fatalf("after a kill the output is neither whole nor absent: hash %q, seen whole before: %v", h, seen)
		}
	}
	t.Logf("killed %d of 60 builds of %s", killed, took)
	if killed < 10 || killed == 60 && !seen {
		t.Errorf("%d of 60 builds were killed; that tests nothing", killed)
	}
	run(append(args, out)...)
	if treeHash(t, dir) != good {
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
			for deadline := time.Now().Add(20 * time.Second); len(children(t, child, filepath.Join(out, ".cache"))) == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					_ = cmd.Process.Kill()
					t.Fatal("no child was seen")
				}
			}
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			_ = cmd.Wait()
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it ended after %s", took)
			}
			if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(stderr.String(), "interrupted") {
				t.Errorf("exit code %d, want 130\n%s", code, stderr.String())
			}
			for deadline := time.Now().Add(3 * time.Second); len(children(t, "", out)) > 0; time.Sleep(20 * time.Millisecond) {
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
