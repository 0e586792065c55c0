package driver

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
)

// project is a folder to compile in.
func project(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	for name, text := range map[string]string{
		"one.c": "#include \"h.h\"\nint one(int a) { return a * N; }\n", "two.c": "#include \"h.h\"\nconst char *two(void) { return __FILE__; }\n",
		"h.h": "#define N 3\n", "bad.c": "int bad(void) { return 1 +; }\n", "inline.c": "void f(void) { __asm__(\"bogus\"); }\n", "low.S": ".globl low\nlow: ret\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("out", 0o777); err != nil {
		t.Fatal(err)
	}
}

// plain is a target without instructions.
func plain() Target {
	return Target{SW: "/nonexistent", Rewrite: func(_ context.Context, _ string, c gcc.Compiled) ([]byte, error) { return c.Assembly, nil }}
}

// files lists what is in the folder, with the text of dependency files.
func files(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		b.WriteString(path + "\n")
		if filepath.Ext(path) == ".d" {
			text, _ := os.ReadFile(path)
			b.Write(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFiles compares the files that we write, and what dependency files say, with
// those of the compilers themselves.
func TestFiles(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	for _, compiler := range []string{gcc.Clang, gcc.GCC} {
		for _, line := range []string{
			"-c one.c", "-c one.c -o out/x.o", "-c one.c two.c", "-S one.c two.c", "-S one.c -o out/x.s", "-MMD -c one.c", "-MMD -c one.c two.c",
			"-MMD -c one.c -o out/x.o", "-MD -MP -c one.c -o out/x.o", "-MMD -MF out/dep -c one.c", "-MMD -MT a -MQ $b -c one.c -o out/x.o",
			"-MMD -S one.c", "-MMD -S one.c -o out/x.s", "-MMD -r one.c -o out/x", "-MM one.c -o m.d", "-E one.c -o one.i", "-Wp,-MMD,dep.d -c one.c -o out/x.o",
			"-fstack-usage -c one.c -o out/x.o", "-fstack-usage -c one.c two.c", "-g -c low.S one.c", "-MMD -c low.S", "-c bad.c", "-c bad.c one.c", "-S low.S", "-c nothere.c",
			"-c one.c -o /dev/null", "-c one.c two.c -o x.o", "-c one.c -nonsense",
		} {
			t.Run(compiler+" "+line, func(t *testing.T) {
				cc, err := gcc.Path(compiler)
				if err != nil {
					t.Fatal(err)
				}
				project(t)
				words := strings.Fields(line)
				stock := exec.Command(cc, append(append(gcc.Target(compiler), "-ffreestanding"), words...)...)
				text, _ := stock.CombinedOutput()
				if strings.Contains(line, "-r") && compiler == gcc.Clang {
					return // it brings no linker
				}
				want := files(t)
				project(t)
				a, err := Parse(append(words, "--compiler", compiler))
				if err != nil {
					t.Fatal(err)
				}
				err = Run(context.Background(), a, plain())
				code := 0
				var exit *ExitError
				if errors.As(err, &exit) {
					code = exit.Code
				} else if err != nil {
					t.Fatal(err)
				}
				if got := files(t); got != want || code != stock.ProcessState.ExitCode() {
					t.Errorf("exit code %d, files\n%s\nthe compiler: %d\n%s\n%s", code, got, stock.ProcessState.ExitCode(), want, text)
				}
				if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}

// The object is that of the compiler where nothing is rewritten, with its lines.
func TestSameObject(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	for _, compiler := range []string{gcc.Clang, gcc.GCC} {
		for _, flags := range []string{"", "-O2", "-O3 -g -fPIC", "-O1 -g3 -mno-relax"} {
			project(t)
			cc, err := gcc.Path(compiler)
			if err != nil {
				t.Fatal(err)
			}
			ours := (&job{Args: &Args{Compiler: compiler}, Target: plain()}).flags()
			words := append(strings.Fields(flags), "-c", "two.c", "-o")
			if out, err := exec.Command(cc, append(append(ours, words...), "stock.o")...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			a, err := Parse(append(words, "ours.o", "--compiler", compiler))
			if err != nil {
				t.Fatal(err)
			}
			if err := Run(context.Background(), a, plain()); err != nil {
				t.Fatal(err)
			}
			show := func(name string) string {
				out, err := exec.Command("riscv64-unknown-elf-objdump", "-drl", "-j.text", name).CombinedOutput()
				if err != nil && len(out) == 0 {
					t.Fatal(err)
				}
				return strings.ReplaceAll(string(out), name, "")
			}
			if x, y := show("stock.o"), show("ours.o"); x != y {
				t.Errorf("%s %s:\n%s\n%s", compiler, flags, x, y)
			}
		}
	}
}

// What an assembler says of the compiler's text names no file of ours.
func TestAssemblerErrors(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	for _, compiler := range []string{gcc.Clang, gcc.GCC} {
		project(t)
		a, err := Parse([]string{"-c", "inline.c", "--compiler", compiler})
		if err != nil {
			t.Fatal(err)
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		stderr := os.Stderr
		os.Stderr = w
		err = Run(context.Background(), a, plain())
		os.Stderr = stderr
		w.Close()
		text := make([]byte, 10000)
		n, _ := r.Read(text)
		var exit *ExitError
		if got := string(text[:n]); !errors.As(err, &exit) || !strings.Contains(got, "inline.c:1") || strings.Contains(got, "marvelgen-cc") {
			t.Errorf("%s: %v\n%s", compiler, err, got)
		}
	}
}
