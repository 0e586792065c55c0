package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

// TestInterruptCC stops the compiler driver as Ctrl-C does, while the compiler is at
// work: no process and no file is left, and the former output is as it was.
func TestInterruptCC(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	exe := buildCommandFile(t)
	dir, scratch := t.TempDir(), t.TempDir()
	// Arithmetic of macros that takes a compiler minutes.
	text := "#define A(x) x x x x x x x x\nint f(int a, int *b)\n{\n" +
		"A(A(A(A(A(A(A(if (b[a & 7] > a) a = a * b[a & 3] + f(a, b);)))))))\nreturn a;\n}\n"
	source, object := filepath.Join(dir, "long.c"), filepath.Join(dir, "long.o")
	for name, text := range map[string]string{source: text, object: "former"} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.Command(exe, "cc", "-O3", "-c", source, "-o", object)
		cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patience); len(children(t, "clang", scratch)) == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				_ = cmd.Process.Kill()
				t.Fatal("no compiler was seen")
			}
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		hang := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		hang.Stop()
		if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(stderr.String(), "interrupted") {
			t.Errorf("%v: exit code %d, want 130\n%s", signal, code, stderr.String())
		}
		awaitNone(t, scratch)
		left, _ := os.ReadDir(scratch)
		beside, _ := os.ReadDir(dir)
		former, _ := os.ReadFile(object)
		if len(left) > 0 || len(beside) != 2 || string(former) != "former" {
			t.Errorf("%v: left %v in the folder for temporary files and %v beside the output, which is %q", signal, left, beside, former)
		}
	}
}
