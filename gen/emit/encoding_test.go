package emit_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/gcc"
	"marvelgen/gen/isa"
)

// compilers are the command lines that compile main.c in a design's folder for
// the core, into main.o.
func compilers(dir string) map[string][]string {
	tail := []string{"-I", filepath.Join(dir, "sw"), "-c", filepath.Join(dir, "main.c"), "-o", filepath.Join(dir, "main.o")}
	return map[string][]string{
		gcc.Clang: append(append([]string{"clang-19"}, gcc.CompileFlags(gcc.Options{Compiler: gcc.Clang, Opt: "-O2"})...), tail...),
		gcc.GCC:   append(append([]string{"riscv64-unknown-elf-gcc"}, gcc.CompileFlags(gcc.Options{Compiler: gcc.GCC, Opt: "-O2"})...), tail...),
	}
}

// section is the words of a section of main.o.
func section(t *testing.T, dir, name string) []uint32 {
	t.Helper()
	f, err := elf.Open(filepath.Join(dir, "main.o"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := f.Section(name)
	if s == nil {
		t.Fatalf("no section %s", name)
	}
	data, err := s.Data()
	if err != nil {
		t.Fatal(err)
	}
	var out []uint32
	for ; len(data) >= 4; data = data[4:] {
		out = append(out, binary.LittleEndian.Uint32(data))
	}
	return out
}

// registerName is one of the names of a register.
func registerName(rng *rand.Rand, n int64) string {
	switch {
	case n == 8 && rng.IntN(2) == 0:
		return "fp"
	case rng.IntN(2) == 0:
		return fmt.Sprintf("x%d", n)
	}
	return isa.RegNames[n]
}

// TestMacros encodes random operands by the assembler macros of both assemblers.
func TestMacros(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-gcc")
	for _, file := range []string{kinds, marvel} {
		m := last(t, file)
		dir := folder(t, m)
		rng := rand.New(rand.NewPCG(7, 0))
		var want []uint32
		var lines, texts []string
		for range 100 {
			for _, ins := range m.Exts {
				values := map[string]int64{}
				for _, f := range ins.Encoding.Fields {
					lo, hi := f.Bounds()
					values[f.Name] = []int64{lo, hi, lo + rng.Int64N((hi-lo)>>f.Shift+1)<<f.Shift}[rng.IntN(3)]
				}
				word, err := ins.Encoding.Encode(values)
				if err != nil {
					t.Fatal(err)
				}
				var ops []string
				for _, o := range ins.Operands {
					for _, name := range []string{o.Field, o.Base} { // imm(rs1) is written imm, rs1
						if f := ins.Encoding.Field(name); f == nil {
							continue
						} else if f.Kind == isa.Register {
							ops = append(ops, registerName(rng, values[name]))
						} else {
							ops = append(ops, fmt.Sprint(values[name]))
						}
					}
				}
				text := ins.Mnemonic + " " + strings.Join(ops, ", ")
				want, texts = append(want, word), append(texts, text)
				lines = append(lines, fmt.Sprintf("    %q", text+"\n"))
			}
		}
		save(t, filepath.Join(dir, "main.c"), "#include \"riscv_"+m.Spec.Name+".h\"\n__asm__(\".section words, \\\"ax\\\", @progbits\\n\"\n"+strings.Join(lines, "\n")+");\n")
		for name, argv := range compilers(dir) {
			if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, out)
			}
			got := section(t, dir, "words")
			if len(got) != len(want) {
				t.Fatalf("%s: %d words, want %d", name, len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s: %s is %08x, want %08x", name, texts[i], got[i], want[i])
				}
			}
		}
	}
}

// TestIntrinsicWords puts each intrinsic into a function of its own: the one
// word of the extension in it must be the instruction, with the immediates given
// and nothing else set.
func TestIntrinsicWords(t *testing.T) {
	flowtest.Need(t, "clang-19", "riscv64-unknown-elf-gcc")
	for _, file := range []string{kinds, marvel} {
		m := last(t, file)
		dir := folder(t, m)
		source := "#include \"riscv_" + m.Spec.Name + ".h\"\n"
		for _, ins := range m.Exts {
			if ins.Loop == nil {
				source += callFunction(m, ins)
			}
		}
		save(t, filepath.Join(dir, "main.c"), source)
		for name, argv := range compilers(dir) {
			if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, out)
			}
			for _, ins := range m.Exts {
				if ins.Loop != nil {
					continue
				}
				found := 0
				for _, word := range section(t, dir, ".text.call_"+ins.Name) {
					if ins.Encoding.Matches(word) {
						found++
						checkWord(t, name, ins.Instruction, word)
					}
				}
				if found != 1 {
					t.Errorf("%s %s: %d such instructions, want 1", m.Name(), ins.Name, found)
				}
			}
		}
	}
}

// immediateOf is the immediate that callFunction gives to a field: all bits of
// its lower half set.
func immediateOf(f *isa.Field) int64 { return (1<<(f.Width()/2) - 1) << f.Shift }

// callFunction is a C function that calls the intrinsic on its arguments.
func callFunction(m *isa.Machine, ins *isa.Placed) string {
	c := callOf(ins)
	var params, args []string
	for i, a := range c.args {
		if f := ins.Encoding.Field(a); f != nil && f.Kind == isa.Immediate {
			args = append(args, fmt.Sprint(immediateOf(f)))
			continue
		}
		params = append(params, fmt.Sprintf("int32_t a%d", i))
		args = append(args, fmt.Sprintf("a%d", i))
	}
	text := fmt.Sprintf("%s_%s(%s)", m.Spec.Prefix, ins.Name, strings.Join(args, ", "))
	keep := ""
	if c.function && len(c.written) > 0 {
		text = "int32_t r = " + text
		keep = "*to = r; "
	}
	for i, a := range c.args {
		if c.written[a] && !c.function {
			keep += fmt.Sprintf("to[%d] = a%d; ", i, i)
		}
	}
	params = append(params, "int32_t *to")
	return fmt.Sprintf("void call_%s(%s);\nvoid call_%s(%s) { %s; %s(void)to; }\n", ins.Name, strings.Join(params, ", "), ins.Name, strings.Join(params, ", "), text, keep)
}

func checkWord(t *testing.T, compiler string, ins *isa.Instruction, word uint32) {
	t.Helper()
	values := map[string]int64{}
	for i := range ins.Encoding.Fields {
		f := &ins.Encoding.Fields[i]
		values[f.Name] = f.Extract(word)
		if want := immediateOf(f); f.Kind == isa.Immediate && values[f.Name] != want {
			t.Errorf("%s: %s has %s = %d in %08x, want %d", compiler, ins.Name, f.Name, values[f.Name], word, want)
		}
	}
	if again, err := ins.Encoding.Encode(values); err != nil || again != word {
		t.Errorf("%s: %s is %08x, its fields make %08x, %v", compiler, ins.Name, word, again, err)
	}
}
