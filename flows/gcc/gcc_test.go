package gcc

import (
	"context"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
)

// runtime renders the software templates as the emitter would.
func runtime(t *testing.T, ramSize string) (dir string) {
	t.Helper()
	flowtest.Steps(t, flows.StepCompile)
	dir = t.TempDir()
	fields := map[string]any{
		"Header": []string{"Made by a test."}, "RAMOrigin": "0x80000000", "RAMSize": ramSize, "StackSize": "0x1000",
		"ConsoleAddr": "0x10000000", "ExitAddr": "0x10000004", "ROIAddr": "0x10000008",
		"MtimecmpAddr": "0x02004000", "MtimeAddr": "0x0200bff8",
	}
	for _, name := range []string{"crt0.S", "link.ld", "runtime.c", "marvel_rt.h"} {
		tmpl := template.Must(template.ParseFiles("../../templates/sw/" + name + ".tmpl")).Option("missingkey=error")
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := tmpl.Execute(f, fields); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return dir
}

func program(t *testing.T, dir, text string) Options {
	t.Helper()
	path := filepath.Join(dir, "prog.c")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return Options{
		Warn: true, Includes: []string{dir}, LinkScript: filepath.Join(dir, "link.ld"), Out: filepath.Join(dir, "prog.elf"),
		Sources: []string{filepath.Join(dir, "crt0.S"), filepath.Join(dir, "runtime.c"), path},
	}
}

const bare = `#include "marvel_rt.h"
struct big { char a[64]; };
static struct big x, y;
uint64_t divide(uint64_t a, uint64_t b);
uint64_t divide(uint64_t a, uint64_t b) { return a / b; }
int main(void) { y = x; mv_puts("hi"); return (int)divide(mv_cycles(), 3); }
`

const libc = `#include "marvel_rt.h"
#include <stdio.h>
#include <stdlib.h>
int main(void) { char *p = malloc(8); printf("%d %s %f %p\n", 42, "x", 1.5, (void *)p); return 0; }
`

func TestBuild(t *testing.T) {
	for _, compiler := range []string{Clang, GCC} {
		for name, text := range map[string]string{"bare": bare, "libc": libc} {
			t.Run(compiler+"/"+name, func(t *testing.T) {
				o := program(t, runtime(t, "0x40000"), text)
				o.Compiler, o.Libc = compiler, name == "libc"
				if err := Build(context.Background(), o); err != nil {
					t.Fatal(err)
				}
				f, err := elf.Open(o.Out)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if f.Class != elf.ELFCLASS32 || f.Machine != elf.EM_RISCV || f.Entry != 0x80000000 {
					t.Errorf("class %v machine %v entry %#x", f.Class, f.Machine, f.Entry)
				}
				left, _ := filepath.Glob(filepath.Join(filepath.Dir(o.Out), ".objects-*"))
				if len(left) > 0 {
					t.Errorf("objects left behind: %v", left)
				}
			})
		}
	}
}

// memset and memcpy written in C can be compiled into calls of themselves.
func TestRuntimeDoesNotCallItself(t *testing.T) {
	for _, compiler := range []string{Clang, GCC} {
		o := program(t, runtime(t, "0x40000"), "int main(void) { return 0; }\n")
		o.Compiler = compiler
		path, err := Path(compiler)
		if err != nil {
			t.Fatal(err)
		}
		asm, err := exec.Command(path, append(CompileFlags(o), "-S", "-o", "-", o.Sources[1])...).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, self := range []string{"memset", "memcmp"} {
			_, body, _ := strings.Cut(string(asm), "\n"+self+":")
			body, _, _ = strings.Cut(body, ".size")
			if body == "" || strings.Contains(body, "\t"+self) {
				t.Errorf("%s: %s calls itself or is missing:\n%s", compiler, self, body)
			}
		}
	}
}

// A benchmark quoted with its flags must be what these flags give, so the caller
// can undo each of ours that changes the code.
func TestCallersFlagsWin(t *testing.T) {
	dir := runtime(t, "0x40000")
	path := filepath.Join(dir, "count.c")
	text := `static unsigned first[4] = {1, 2, 3, 4}, second[4] = {5, 6, 7, 8};
void count(unsigned i) { unsigned n[8]; for (int k = 0; k < 8; k++) n[k] = 0; n[i]++; for (int k = 0; k < 8; k++) first[k & 3] += second[n[k] & 3]++; }
`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	cc, err := Path(GCC)
	if err != nil {
		t.Fatal(err)
	}
	assembly := func(flags ...string) string {
		t.Helper()
		asm, err := exec.Command(cc, append(flags, "-S", "-o", "-", path)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(asm)
	}
	const opt = "-O3 -funroll-loops"
	plain := assembly(append([]string{"-march=rv32im", "-misa-spec=2.2", "-mabi=ilp32"}, strings.Fields(opt)...)...)
	undone := opt + " -fbuiltin -fno-function-sections -fno-data-sections"
	if assembly(CompileFlags(Options{Compiler: GCC, Opt: undone})...) != plain {
		t.Errorf("%s: the code is not that of %s alone", undone, opt)
	}
	if assembly(CompileFlags(Options{Compiler: GCC, Opt: opt})...) == plain {
		t.Error("our own flags change nothing, so this test shows nothing")
	}
}

func TestBuildErrors(t *testing.T) {
	for _, c := range []struct{ name, text, ram, compiler, want string }{
		{"syntax", "int main(void) { return nothing; }\n", "0x40000", Clang, "prog.c:1:25: error: use of undeclared identifier 'nothing'"},
		{"warning", "int main(void) { int unused; return 0; }\n", "0x40000", GCC, "-Werror=unused-variable"},
		{"undefined", "int f(void);\nint main(void) { return f(); }\n", "0x40000", Clang, "undefined reference to `f'"},
		{"too big", "char x[300000];\nint main(void) { return x[(unsigned)(unsigned long)x & 1023]; }\n", "0x40000", Clang, "ram"},
		{"compiler", "int main(void) { return 0; }\n", "0x40000", "tcc", `unknown compiler "tcc"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := program(t, runtime(t, c.ram), c.text)
			o.Compiler = c.compiler
			err := Build(context.Background(), o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to contain %q", err, c.want)
			}
			if _, statErr := os.Stat(o.Out); statErr == nil {
				t.Error("an ELF file was written")
			}
		})
	}
}

func TestBuildHost(t *testing.T) {
	dir := runtime(t, "0x40000")
	path := filepath.Join(dir, "prog.c")
	text := "#include \"marvel_rt.h\"\nint main(void) { mv_puts(\"host\"); return CODE; }\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	o := HostOptions{Warn: true, Includes: []string{dir}, Defines: []string{"CODE=5"}, Sources: []string{path}, Out: filepath.Join(dir, "prog")}
	if err := BuildHost(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(o.Out).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 5 || string(out) != "host\n" {
		t.Errorf("got %q, %v; want \"host\", exit code 5", out, err)
	}
}
