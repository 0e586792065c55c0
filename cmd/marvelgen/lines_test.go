package main

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marvelgen/flows"
	"marvelgen/flows/flowtest"
	"marvelgen/gen"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
	"marvelgen/verif/iss"
	"marvelgen/verif/profile"
)

// sampleC has what the compiler pass rewrites: loops, one in another, with products
// and pointers, and code that it leaves alone.
const sampleC = `static int table[64];

int dot(const signed char *a, const signed char *b, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

void fill(int *to, int rows, int columns)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            to[r * columns + c] =
                r * c + to[c];
}

int main(void)
{
    signed char a[100], b[100];
    for (int i = 0; i < 100; i++) {
        a[i] = (signed char)(i - 50);
        b[i] = (signed char)(3 * i);
    }
    fill(table, 8, 8);
    if (table[63] == 12345)
        return 2;
    return dot(a, b, 100) != -63882;
}
`

// TestLinesSurvive compares the C lines that have code before and after rewriting: a
// line is lost only where none of its instructions is left, no line comes from
// nowhere, and an instruction that stays has the line that it had.
func TestLinesSurvive(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	dir := t.TempDir()
	source := filepath.Join(dir, "sample.c")
	if err := os.WriteFile(source, []byte(sampleC), 0o666); err != nil {
		t.Fatal(err)
	}
	exe := buildCommandFile(t)
	const spec = "../../specs/marvel.hcl"
	for _, compiler := range []string{"clang", "gcc"} {
		for _, opt := range []string{"-Os", "-O2", "-O3"} {
			t.Run(compiler+opt, func(t *testing.T) {
				cc := func(design, out string, more ...string) []byte {
					t.Helper()
					args := append([]string{"cc", "--spec", spec, "--design", design, "--compiler", compiler, opt, "-g", source, "-o", filepath.Join(dir, out)}, more...)
					if out, err := exec.Command(exe, args...).CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					b, err := os.ReadFile(filepath.Join(dir, out))
					if err != nil {
						t.Fatal(err)
					}
					return b
				}
				stock, custom := string(cc("v0", "v0.s", "-S")), string(cc("v4", "v4.s", "-S"))
				if stock == custom {
					t.Fatal("nothing was rewritten")
				}
				cc("v0", "v0.elf")
				cc("v4", "v4.elf")
				before, after := linesOf(t, filepath.Join(dir, "v0.elf")), linesOf(t, filepath.Join(dir, "v4.elf"))
				left := linesWithCode(custom)
				for l := range before {
					if !after[l] && left[l] {
						t.Errorf("line %d still has code, and no address has the line", l)
					}
				}
				for l := range after {
					if !before[l] {
						t.Errorf("line %d had no code before", l)
					}
				}
				if len(after) < len(before)*3/4 {
					t.Errorf("of lines %v only %v are left", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
				}
				if moved := movedLines(stock, spec); len(moved) > 0 {
					t.Errorf("instructions moved to other lines: %v", moved)
				}
				// The judge sees a line that is lost.
				lost := regexp.MustCompile(`(?m)^\s*\.loc\s+\S+ 7 .*\n`).ReplaceAllString(custom, "")
				if l := linesWithCode(lost); l[7] || !left[7] {
					t.Error("the line of the product has no code")
				}
			})
		}
	}
}

// framesC has two loops that are widened, in a function with a stack frame.
const framesC = `void use(int *, int);
int both(const signed char *a, const signed char *b, int n)
{
    int sums[8] = { 0 };
    for (int i = 0; i < n; i++)
        sums[0] += a[i] * b[i];
    use(sums, n);
    if (sums[1] == 3)
        return 1;
    for (int i = 0; i < 64; i++)
        sums[2] += a[i] * b[i];
    use(sums, n);
    return sums[3];
}
`

// TestFramesSurvive asks objdump where the stack frame is in loops that moved behind the
// function's end, and in a form of them that does not say so.
func TestFramesSurvive(t *testing.T) {
	flowtest.Steps(t, flows.StepCompile)
	dir := t.TempDir()
	source, assembly := filepath.Join(dir, "frames.c"), filepath.Join(dir, "frames.s")
	if err := os.WriteFile(source, []byte(framesC), 0o666); err != nil {
		t.Fatal(err)
	}
	exe := buildCommandFile(t)
	cc := func(args ...string) {
		t.Helper()
		args = append([]string{"cc", "--spec", "../../specs/cc.hcl", "--design", "packed", "--compiler", "gcc", "-O3", "-g", "--grow", "any"}, args...)
		if out, err := exec.Command(exe, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	cc("-S", source, "-o", assembly)
	text, err := os.ReadFile(assembly)
	if err != nil {
		t.Fatal(err)
	}
	frameless := func(text string) (loads, lost int) {
		t.Helper()
		if err := os.WriteFile(assembly, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		object := filepath.Join(dir, "frames.o")
		cc("-c", assembly, "-o", object)
		objdump := func(what string) string {
			out, err := exec.Command("riscv64-unknown-elf-objdump", what, object).Output()
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		rows := regexp.MustCompile(`(?m)^([0-9a-f]{8}) sp\+(\d+)`).FindAllStringSubmatch(objdump("--dwarf=frames-interp"), -1)
		for _, m := range regexp.MustCompile(`(?m)^\s*([0-9a-f]+):.*\slb\s`).FindAllStringSubmatch(objdump("-d"), -1) {
			loads++
			at, frame := parseHex(t, m[1]), ""
			for _, row := range rows {
				if parseHex(t, row[1]) <= at {
					frame = row[2]
				}
			}
			if frame == "0" {
				lost++
			}
		}
		return loads, lost
	}
	if loads, lost := frameless(string(text)); loads != 4 || lost > 0 {
		t.Errorf("of %d loads in loops that moved %d have no stack frame\n%s", loads, lost, text)
	}
	wrong := regexp.MustCompile(`(?m)^(\.Lmvnarrow\d+:)\n\t\.cfi_restore_state\n`).ReplaceAllString(string(text), "$1\n")
	if _, lost := frameless(wrong); lost != 4 {
		t.Errorf("%d of 4 loads are seen to have no stack frame\n%s", lost, wrong)
	}
}

func parseHex(t *testing.T, digits string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// linesOf is the lines of sample.c that have code in an ELF file.
func linesOf(t *testing.T, file string) map[int]bool {
	t.Helper()
	lines, err := profile.ReadLines(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := iss.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]bool{}
	for _, s := range img.Segments {
		for off := 0; off < len(s.Data); off += 4 {
			if name, line := lines.At(s.Addr + uint32(off)); name == "sample.c" {
				out[line] = true
			}
		}
	}
	return out
}

// locs is the line in force at each line of assembly.
func locs(f *asm.File) []int {
	out, line := make([]int, len(f.Lines)), 0
	for i := range f.Lines {
		l := &f.Lines[i]
		if l.Kind == asm.Directive && l.Name == ".loc" {
			line, _ = strconv.Atoi(strings.Fields(strings.Join(l.Args, " "))[1])
		}
		out[i] = line
	}
	return out
}

// linesWithCode is the C lines whose .loc an instruction follows.
func linesWithCode(text string) map[int]bool {
	f := asm.Read("sample.s", []byte(text))
	at, out := locs(f), map[int]bool{}
	for i, l := range f.Lines {
		if l.Kind == asm.Instr || l.Kind == asm.Directive && l.Name == ".insn" {
			out[at[i]] = true
		}
	}
	return out
}

// movedLines is the assembly lines whose instruction has another C line after
// rewriting them for v4.
func movedLines(text, spec string) []string {
	src, err := os.ReadFile(spec)
	if err != nil {
		return []string{err.Error()}
	}
	l, _, err := gen.Load(spec, src)
	if err != nil {
		return []string{err.Error()}
	}
	f := asm.Read("sample.s", []byte(text))
	had, at := map[string]int{}, locs(f)
	for i, line := range f.Lines {
		had[strconv.Itoa(line.No)+line.Text] = at[i]
	}
	if _, err := cc.Rewrite(context.Background(), f, l.Machines[len(l.Machines)-1], cc.Options{StandardCalls: true}); err != nil {
		return []string{err.Error()}
	}
	at = locs(f)
	var out []string
	for i, line := range f.Lines {
		if old, ok := had[strconv.Itoa(line.No)+line.Text]; ok && line.Kind == asm.Instr && old != at[i] {
			out = append(out, line.Text)
		}
	}
	return out
}
