package emit_test

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
	"marvelgen/gen/emit/sw"
	"marvelgen/gen/isa"
	"marvelgen/verif/cosim"
	"marvelgen/verif/iss"
)

// onHost runs a program with emulated instructions; 0 is right.
func onHost(t *testing.T, dir string) int {
	t.Helper()
	exe := filepath.Join(dir, "host")
	err := gcc.BuildHost(t.Context(), gcc.HostOptions{Opt: "-O1", Warn: true, Includes: []string{filepath.Join(dir, "sw")}, Defines: []string{"MARVELGEN_EMULATE"},
		Sources: []string{filepath.Join(dir, "main.c")}, Out: exe})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(exe).Output()
	n := -1
	if _, err := fmt.Sscan(string(out), &n); err != nil {
		t.Fatalf("the program printed %q", out)
	}
	return n
}

// onSimulator runs a program with the instructions themselves; 0 is right.
func onSimulator(t *testing.T, dir string, m *isa.Machine, compiler string) (int, error) {
	t.Helper()
	in := func(name string) string { return filepath.Join(dir, "sw", name) }
	elf := filepath.Join(dir, compiler+".elf")
	err := gcc.Build(t.Context(), gcc.Options{Compiler: compiler, Opt: "-O2", Warn: true, Includes: []string{in("")}, LinkScript: in("link.ld"), Out: elf,
		Sources: []string{in("crt0.S"), in("runtime.c"), filepath.Join(dir, "main.c")}})
	if err != nil {
		t.Fatal(err)
	}
	img, err := iss.ReadFile(elf)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := cosim.Simulator(m, sw.SimulationRAM, io.Discard, 10_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Load(img); err != nil {
		t.Fatal(err)
	}
	res, err := sim.Run()
	return int(res.ExitCode), err
}

// TestIntrinsics judges each intrinsic by the golden evaluation: emulated on the
// host, and compiled by both compilers for the simulator, without warnings.
func TestIntrinsics(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	for _, file := range everySpec(t) {
		m := last(t, file)
		dir := folder(t, m)
		save(t, filepath.Join(dir, "main.c"), newProgram(m, 1).source(40))
		if step := onHost(t, dir); step != 0 {
			t.Errorf("%s emulated: step %d is wrong; see check(%d", m.Name(), step, step)
		}
		for _, compiler := range []string{gcc.Clang, gcc.GCC} {
			if step, err := onSimulator(t, dir, m, compiler); step != 0 || err != nil {
				t.Errorf("%s by %s: step %d is wrong: %v", m.Name(), compiler, step, err)
			}
		}
	}
}

// TestIntrinsicsBite seeds bugs in the header.
func TestIntrinsicsBite(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	m := last(t, kinds)
	source := newProgram(m, 1).source(10)
	for _, c := range []struct {
		name, old, new string
		host           bool
	}{
		{"emulation: wrong operator", "mv_t0 + mv_t", "mv_t0 - mv_t", true},
		{"emulation: argument twice", "(uint64_t)(uint32_t)(x11_arg)", "(uint64_t)(uint32_t)((void)(x11_arg), x11_arg)", true},
		{"emulation: wrong table", "UINT64_C(0x1000)", "UINT64_C(0x1001)", true},
		{"emulation: wrong reset", "{[0 ... 1] = UINT64_C(0xffffffffff)}", "{0}", true},
		{"wrong funct7", `".insn r 0x0b, 0, 1, `, `".insn r 0x0b, 0, 0, `, false},
		{"wrong register order", "%[rd], %[rs1], %[rs2], %[rs3]", "%[rd], %[rs1], %[rs3], %[rs2]", false},
		{"wrong bits of an immediate", "((i2_arg) >> 3 & 127)", "((i2_arg) >> 2 & 127)", false},
		{"wrong fixed register", "int32_t mv_x11 __asm__(\"x11\")", "int32_t mv_x11 __asm__(\"x13\")", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, m)
			save(t, filepath.Join(dir, "main.c"), source)
			edit(t, filepath.Join(dir, "sw", "riscv_kinds.h"), c.old, c.new)
			if c.host {
				if step := onHost(t, dir); step == 0 {
					t.Error("not found")
				}
			} else if step, err := onSimulator(t, dir, m, gcc.Clang); step == 0 && err == nil {
				t.Error("not found")
			}
		})
	}
}

// TestHeaderAlone compiles the header of every design by itself, in all ways.
func TestHeaderAlone(t *testing.T) {
	flowtest.Need(t, "gcc", "clang-19", "riscv64-unknown-elf-gcc")
	for _, file := range everySpec(t) {
		for _, m := range machines(t, file) {
			dir := folder(t, m)
			save(t, filepath.Join(dir, "main.c"), "#include \"riscv_"+m.Spec.Name+".h\"\n#include \"riscv_"+m.Spec.Name+".h\"\nint x;\n")
			for _, argv := range [][]string{
				append([]string{"clang-19"}, gcc.CompileFlags(gcc.Options{Compiler: gcc.Clang, Opt: "-O2", Warn: true})...),
				append([]string{"riscv64-unknown-elf-gcc"}, gcc.CompileFlags(gcc.Options{Compiler: gcc.GCC, Opt: "-O2", Warn: true})...),
				strings.Fields("gcc -O2 -Wall -Wextra -Werror -DMARVELGEN_EMULATE"),
				strings.Fields("clang-19 -O2 -Wall -Wextra -Werror -DMARVELGEN_EMULATE"),
			} {
				argv = append(argv, "-I", filepath.Join(dir, "sw"), "-c", filepath.Join(dir, "main.c"), "-o", filepath.Join(dir, "main.o"))
				if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v\n%s", m.Name(), argv[0], err, out)
				}
			}
		}
	}
}
