package golden

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
)

const programs = "../../specs/programs"

// emulated stands in for the generated header: the one intrinsic in plain C.
const emulated = `#include <stdint.h>
static inline int32_t mv_mac(int32_t rd, int32_t rs1, int32_t rs2)
{
    return (int32_t)((uint32_t)rd + (uint32_t)rs1 * (uint32_t)rs2);
}
`

// folder makes an include folder with runtime, intrinsics and a kernel's data.
func folder(t *testing.T, k Kernel) string {
	t.Helper()
	dir := t.TempDir()
	var data, runtime bytes.Buffer
	if err := WriteHeader(&data, k, 1); err != nil {
		t.Fatal(err)
	}
	tmpl := template.Must(template.ParseFiles("../../templates/sw/marvel_rt.h.tmpl")).Option("missingkey=error")
	if err := tmpl.Execute(&runtime, map[string]any{
		"Header": []string{"Made by a test."}, "ConsoleAddr": "0x10000000", "ExitAddr": "0x10000004",
		"ROIAddr": "0x10000008", "MtimecmpAddr": "0x02004000", "MtimeAddr": "0x0200bff8",
	}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"data.h": data.String(), "marvel_rt.h": runtime.String(), "riscv_marvel.h": emulated} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runHost compiles for the host and returns the program's exit code.
func runHost(t *testing.T, dir string, stdin []byte, source string, defines ...string) (code int, stdout string) {
	t.Helper()
	o := gcc.HostOptions{
		Warn: true, Includes: []string{dir, programs}, Defines: append(defines, "MARVELGEN_EMULATE"),
		Sources: []string{source}, Out: filepath.Join(dir, "program"),
	}
	err := gcc.BuildHost(context.Background(), o)
	var missing *flows.MissingToolError
	if errors.As(err, &missing) {
		flowtest.Missing(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(o.Out)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// variants lists the ways a kernel is written. A depthwise kernel has no long
// dot product to roll up.
func variants(k Kernel) []string {
	list := []string{"VARIANT_PLAIN", "VARIANT_BLOCKED", "VARIANT_INTRINSICS"}
	if !k.Conv.Depthwise {
		list = append(list, "VARIANT_ROLLED")
	}
	return list
}

func TestKernelsOnTheHost(t *testing.T) {
	for _, k := range Kernels() {
		for _, variant := range variants(k) {
			t.Run(k.Name+"/"+variant, func(t *testing.T) {
				if code, _ := runHost(t, folder(t, k), nil, filepath.Join(programs, k.Name+".c"), variant); code != 0 {
					t.Errorf("%d outputs are wrong", code)
				}
			})
		}
	}
}

// A program must count every output that differs.
func TestKernelNoticesWrongOutputs(t *testing.T) {
	for _, k := range Kernels() {
		dir := folder(t, k)
		path := filepath.Join(dir, "data.h")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, expected, _ := strings.Cut(string(text), "data_expected")
		expected = strings.Replace(expected, "{\n    ", "{\n    1 + ", 1)
		if err := os.WriteFile(path, []byte(before+"data_expected"+expected), 0o666); err != nil {
			t.Fatal(err)
		}
		if code, _ := runHost(t, dir, nil, filepath.Join(programs, k.Name+".c")); code != 1 {
			t.Errorf("%s: exit code %d for one wrong output", k.Name, code)
		}
	}
}

func TestControlProgramsOnTheHost(t *testing.T) {
	dir := folder(t, Kernels()[0])
	for _, name := range []string{"hello", "sort", "crc", "bigmath", "trap"} {
		if code, _ := runHost(t, dir, nil, filepath.Join(programs, name+".c")); code != 0 {
			t.Errorf("%s: exit code %d", name, code)
		}
	}
}

// Everything compiles without a warning for the core, with both compilers.
func TestProgramsCrossCompile(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	dir := folder(t, Kernels()[0])
	script := filepath.Join(dir, "link.ld")
	start := filepath.Join(dir, "start.c")
	for path, text := range map[string]string{
		script: "SECTIONS { . = 0x80000000; .text : { *(.text*) } .data : { *(.data*) *(.bss*) } }\n",
		start: "int main(void);\nvoid mv_putchar(void); void mv_puts(void); void mv_cycles(void); void mv_instret(void);\n" +
			"void mv_putchar(void) {}\nvoid mv_puts(void) {}\nvoid mv_cycles(void) {}\nvoid mv_instret(void) {}\n" +
			"void _start(void);\nvoid _start(void) { main(); }\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	build := func(dir, name, compiler string, defines ...string) {
		err := gcc.Build(context.Background(), gcc.Options{
			Compiler: compiler, Warn: true, Includes: []string{dir, programs}, Defines: defines,
			Sources: []string{start, filepath.Join(programs, name+".c")}, LinkScript: script, Out: filepath.Join(dir, "program"),
		})
		if err != nil {
			t.Errorf("%s %s %v: %v", compiler, name, defines, err)
		}
	}
	for _, compiler := range []string{gcc.Clang, gcc.GCC} {
		for _, name := range []string{"hello", "sort", "crc", "bigmath", "trap"} {
			build(dir, name, compiler)
		}
		for _, k := range Kernels() {
			kernelDir := folder(t, k)
			for _, variant := range variants(k) {
				build(kernelDir, k.Name, compiler, variant, "MARVELGEN_EMULATE")
			}
		}
	}
}

// scaleData replaces data.h: one channel whose scale is set at run time.
const scaleData = `#include <stdint.h>
#define OUTPUT_OFFSET -5
#define ACC_BITS 23
#define PAD 0
#define OUT_H 1
#define OUT_W 1
#define OUT_C 1
static int32_t data_multiplier[1], data_shift[1];
static const int8_t data_expected[1];
`

const scaleMain = `#define main unused_main
#include "kernel.h"
#undef main
static void kernel(int8_t *out) { out[0] = 0; }
int main(void)
{
    int32_t v[3];
    while (fread(v, sizeof v, 1, stdin) == 1) {
        data_multiplier[0] = v[1];
        data_shift[0] = v[2];
        putchar((uint8_t)requantise(v[0], scale_of(0)));
    }
    return unused_main() & 0;
}
`

// The programs' requantisation merges the two roundings; it must still give
// what the golden model gives, everywhere in the range it is made for.
func TestProgramsRequantiseExactly(t *testing.T) {
	if wrong := requantiseWith(t, func(kernel string) string { return kernel }); wrong != "" {
		t.Error(wrong)
	}
}

// The comparison must notice each of these slips.
func TestRequantiseCatchesSeededBugs(t *testing.T) {
	for _, bug := range []struct{ from, to string }{
		{"((y >> 31) & -2 * HALF)", "0"},
		{"s.rounding = HALF +", "s.rounding = HALF - 1 +"},
		{"v = 127;", "v = 126;"},
	} {
		wrong := requantiseWith(t, func(kernel string) string {
			if !strings.Contains(kernel, bug.from) {
				t.Fatalf("kernel.h has no %q", bug.from)
			}
			return strings.Replace(kernel, bug.from, bug.to, 1)
		})
		if wrong == "" {
			t.Errorf("%q for %q was not noticed", bug.to, bug.from)
		}
	}
}

// requantiseWith compares kernel.h, after an edit, with the golden model and
// returns the first difference.
func requantiseWith(t *testing.T, edit func(string) string) (wrong string) {
	t.Helper()
	dir := folder(t, Kernels()[0])
	kernel, err := os.ReadFile(filepath.Join(programs, "kernel.h"))
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(dir, "scale.c")
	for name, text := range map[string]string{"data.h": scaleData, "kernel.h": edit(string(kernel)), "scale.c": scaleMain} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cases := scaleCases()
	var stdin bytes.Buffer
	if err := binary.Write(&stdin, binary.LittleEndian, cases); err != nil {
		t.Fatal(err)
	}
	_, got := runHost(t, dir, stdin.Bytes(), source)
	if len(got) != len(cases) {
		t.Fatalf("%d answers to %d cases", len(got), len(cases))
	}
	for i, c := range cases {
		want := int8(min(max(Requantise(c[0], c[1], c[2])-5, -128), 127))
		if int8(got[i]) != want {
			return fmt.Sprintf("requantise(%v) = %d, want %d", c, int8(got[i]), want)
		}
	}
	return ""
}

// scaleCases are accumulator, multiplier and shift: corners and random ones.
func scaleCases() (cases [][3]int32) {
	r := rand.New(rand.NewPCG(5, 6))
	for shift := int32(1); shift <= 15; shift++ {
		for _, multiplier := range []int32{1 << 30, 1<<30 + 1, 1<<31 - 1, 3 << 29} {
			for acc := int32(-1000); acc <= 1000; acc++ {
				cases = append(cases, [3]int32{acc, multiplier, -shift})
			}
			cases = append(cases, [3]int32{1<<23 - 1, multiplier, -shift}, [3]int32{-1<<23 + 1, multiplier, -shift})
		}
		for range 20000 {
			acc := (int32(r.Uint32()) >> 8) >> r.IntN(12)
			cases = append(cases, [3]int32{acc, int32(1<<30 + r.IntN(1<<30)), -shift})
		}
	}
	return cases
}
