package cc_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"marvelgen/flows/flowtest"
	"marvelgen/flows/smt"
	"marvelgen/gen"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/specs"
)

// answers is what the solver has said so far.
var answers sync.Map

// solver is Options.Equal with the first of the solvers.
func solver(t *testing.T) func(string) (bool, error) {
	t.Helper()
	flowtest.Need(t, "z3")
	dir := t.TempDir()
	return func(script string) (bool, error) {
		if known, ok := answers.Load(script); ok {
			return known.(bool), nil
		}
		f, err := os.CreateTemp(dir, "*.smt2")
		if err != nil {
			return false, err
		}
		defer f.Close()
		if _, err := f.WriteString(script); err != nil {
			return false, err
		}
		a, err := smt.Solve(context.Background(), smt.Solvers[0], f.Name(), 20*time.Second)
		answers.Store(script, a.Answer == smt.Unsat)
		return a.Answer == smt.Unsat, err
	}
}

var examples = regexp.MustCompile(`(?s)\n  example \{.*?\n  \}`)

// rescale is the design of that name of the shipped spec; with each pair of change, the
// first one is replaced by the second one.
func rescale(t *testing.T, change ...string) *isa.Machine {
	t.Helper()
	text, err := specs.FS.ReadFile("cc.hcl")
	if err != nil {
		t.Fatal(err)
	}
	if len(change) > 0 {
		text = examples.ReplaceAll(text, nil)
	}
	for i := 0; i < len(change); i += 2 {
		if n := bytes.Count(text, []byte(change[i])); n != 1 {
			t.Fatalf("%q is %d times in the spec", change[i], n)
		}
		text = bytes.Replace(text, []byte(change[i]), []byte(change[i+1]), 1)
	}
	l, problems, err := gen.Load("cc.hcl", text)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, m := range l.Machines {
		if m.Design.Name == "rescale" {
			return m
		}
	}
	t.Fatal("there is no design rescale")
	return nil
}

// rewritten is the text of a file, and the remarks.
func rewritten(name string, text []byte, m *isa.Machine, equal func(string) (bool, error)) (string, string) {
	f := asm.Read(name, text)
	remarks := ""
	for _, r := range rewrite(f, m, cc.Options{StandardCalls: true, Growth: cc.AnyGrowth, Equal: equal}) {
		remarks += r.In(f.Name) + "\n"
	}
	return string(f.Text()), remarks
}

// TestGoldenComputed rewrites testdata/computed for instructions that are found by what
// they compute, in blocks and in place of regions.
func TestGoldenComputed(t *testing.T) {
	equal := solver(t)
	files, err := filepath.Glob("testdata/computed/*.s")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	m := rescale(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, remarks := rewritten(filepath.Base(file), text, m, equal)
		golden, out := strings.TrimSuffix(file, ".s")+".golden", remarks+"\n"+got
		if *update {
			if err := os.WriteFile(golden, []byte(out), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != out {
			t.Errorf("%s: differs from %s (-update writes it) %v\n%s", file, golden, err, out)
		}
	}
}

// lenet5 is a file of which the design does all that requantises.
func lenet5(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/computed/lenet5.s")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// whole is what does all of it, where another cc.narrow only clamps.
const whole = "cc.narrow a4, a5, a4"

// TestComputedBites has instructions that do almost what the code does: none is selected.
// (With a zero point of -128, how negative numbers are rounded would make no difference.)
func TestComputedBites(t *testing.T) {
	equal := solver(t)
	for _, c := range []struct {
		name, whole string
		change      []string
	}{
		{"right, scale", "cc.scale a5, a2, s2", nil},
		{"right, narrow", whole, nil},
		{"no rounding", "cc.scale a5, a2, s2", []string{"s32(rs2), 30) + 1, 1)", "s32(rs2), 30), 1)"}},
		{"rounded by another place", "cc.scale a5, a2, s2", []string{"s32(rs2), 30) + 1, 1)", "s32(rs2), 29) + 1, 2)"}},
		{"rounded up by more", "cc.scale a5, a2, s2", []string{"s32(rs2), 30) + 1, 1)", "s32(rs2), 30) + 2, 1)"}},
		{"an unsigned factor", "cc.scale a5, a2, s2", []string{"asr(asr(s32(rs1)", "asr(asr(rs1"}},
		{"another place of the product", "cc.scale a5, a2, s2", []string{"s32(rs2), 30) + 1, 1)", "s32(rs2), 31) + 1, 1)"}},
		{"ties go up", whole, []string{"&& !(tie && minus == 1)", ""}},
		{"ties go down", whole, []string{"&& !(tie && minus == 1)", "&& !tie"}},
		{"not rounded", whole, []string{"bits(f, 0, 0) == 1 && !(tie", "bits(f, 0, 0) == 2 && !(tie"}},
		{"a tie missed", whole, []string{"bits(n, 3, 3) == 1 && bits(b, 7, 0) != 0", "bits(n, 3, 3) == 1 && bits(b, 6, 0) != 0"}},
		{"the last bit of a tie missed", whole, []string{"bits(n, 4, 4) == 1 && bits(a, 15, 0) != 0", "bits(n, 4, 4) == 1 && bits(a, 15, 2) != 0"}},
		{"a logical shift", whole, []string{"? asr(a, 16)", "? asr(u32(rs1), 15)"}},
		{"shifted by less", whole, []string{"? asr(c, 4)", "? asr(c, 3)"}},
		{"the shift's fifth bit", whole, []string{"? bits(-rs2, 4, 0)", "? bits(-rs2, 3, 0)"}},
		{"a shift the other way", whole, []string{"? bits(-rs2, 4, 0)", "? bits(rs2, 4, 0)"}},
		{"a shift where there is none", whole, []string{"s32(rs2) < 0 ? bits", "s32(rs2) <= 2147483647 ? bits"}},
		{"not clamped from one bit", whole, []string{"asr(b, 16) != -minus", "asr(b, 17) != -minus"}},
		{"clamped at -127", whole, []string{"low ? -128", "low ? -127"}},
		{"clamped at 126", whole, []string{": 127", ": 126"}},
		{"never wraps", whole, []string{"wrap == 1 &&", "wrap == 2 &&"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, remarks := rewritten("lenet5.s", []byte(lenet5(t)), rescale(t, c.change...), equal)
			if found := strings.Contains(got, "# "+c.whole); found != (c.change == nil) {
				t.Errorf("%s%s", remarks, got)
			}
		})
	}
}

// TestRegionBites changes code so that the instruction would be wrong: it is left alone.
func TestRegionBites(t *testing.T) {
	equal := solver(t)
	m := rescale(t)
	for _, c := range []struct{ name, never, old, new string }{
		{"rounding constant", "cc.scale", "t6,1073741824", "t6,1073741823"},
		{"rounding constant, one bit", "cc.scale", "t6,1073741824", "t6,536870912"},
		{"signs of the product", "cc.scale", "mulh\ta2,a2,s2", "mulhu\ta2,a2,s2"},
		{"another carry", "cc.scale", "sltu\ta5,a3,a5", "sltu\ta5,a5,a3"},
		{"product of something else", "cc.scale", "mulh\ta2,a2,s2", "mulh\ta2,a3,s2"},
		{"half of the mask", whole, "srai\ta3,a3,1\n", "srai\ta3,a3,2\n"},
		{"a logical shift", whole, "sra\ta4,a5,a4", "srl\ta4,a5,a4"},
		{"mask", whole, "addi\ta3,a3,-1\n", "addi\ta3,a3,-2\n"},
		{"base of the mask", whole, "li\ts0,1", "li\ts0,3"},
		{"direction of the shift", whole, "neg\ta4,a4", "not\ta4,a4"},
		{"condition", whole, "blt\ta4,zero,.L14", "bge\ta4,zero,.L14"},
		{"condition of other numbers", whole, "blt\ta4,zero,.L14", "blt\ta5,zero,.L14"},
		{"ties", whole, "slt\ta5,a5,a2", "slt\ta5,a2,a5"},
		{"sign", whole, "srli\ta5,a5,31", "srli\ta5,a5,30"},
		{"lower bound", "cc.narrow", "li\tt5,-128", "li\tt5,-126"},
		{"lower value", "cc.narrow", "li\ta4,-128", "li\ta4,-127"},
		{"upper bound", "cc.narrow", "li\tt2,127", "li\tt2,128"},
		{"upper value", "cc.narrow", "li\ta4,127", "li\ta4,126"},
		{"width of the result", "cc.narrow", "slli\ta4,a5,24\n\tsrai\ta4,a4,24", "slli\ta4,a5,25\n\tsrai\ta4,a4,25"},
		{"zero point without room", whole, "addi\ta5,a5,-5", "addi\ta5,a5,-129"},
		{"a bound that changes in the loop", "cc.narrow", "addi\tt1,t1,400", "addi\tt1,t1,400\n\taddi\tt5,t5,1"},
		{"a bound that a call changes", "cc.narrow", "addi\tt1,t1,400", "addi\tt1,t1,400\n\tcall\tf"},
		{"a bound that nobody knows", "cc.narrow", "addi\tt1,t1,400", "addi\tt1,t1,400\n #APP\n\tfoo\tt5\n #NO_APP"},
		{"another value lives on", whole, "sb\ta4,0(a1)", "sb\ta4,0(a1)\n\tsb\ta5,1(a1)"},
		{"a store inside", "cc.narrow", "li\ta4,127\n", "li\ta4,127\n\tsw\ta4,0(sp)\n"},
		{"a load inside", "cc.narrow", "li\ta4,127\n", "li\ta4,127\n\tlw\ta5,0(sp)\n"},
		{"a call inside", whole, "neg\ta4,a4", "neg\ta4,a4\n\tcall\tf"},
		{"another way in", whole, "lw\ta2,0(a7)", "beq\ta7,a2,.L4\n\tlw\ta2,0(a7)"},
		{"another way into the join", "cc.narrow", "lw\ta2,0(a7)", "beq\ta7,a2,.L5\n\tlw\ta2,0(a7)"},
		{"another way out", whole, "srai\ta3,a3,1\n\tj\t.L4", "srai\ta3,a3,1\n\tbeqz\ta3,.L1\n\tj\t.L4"},
		{"a return inside", "cc.narrow", "li\ta4,127\n", "li\ta4,127\n\tbeqz\ta3,.L99\n\tret\n.L99:\n"},
		{"a label that data names", whole, ".size\tfc1_layer", ".section\t.rodata\n\t.word\t.L14\n\t.text\n\t.size\tfc1_layer"},
		{"a loop inside", whole, "srai\ta3,a3,1\n\tj\t.L4", "srai\ta3,a3,1\n\tbeqz\ta3,.L14\n\tj\t.L4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := lenet5(t)
			if n := strings.Count(text, c.old); n != 1 {
				t.Fatalf("%q is %d times in the code", c.old, n)
			}
			got, remarks := rewritten("lenet5.s", []byte(strings.Replace(text, c.old, c.new, 1)), m, equal)
			if strings.Contains(got, "# "+c.never) {
				t.Errorf("%s%s", remarks, got)
			}
		})
	}
}

// TestComputedNeedsSolver: without an answer nothing is exchanged, and a remark says why.
func TestComputedNeedsSolver(t *testing.T) {
	got, remarks := rewritten("lenet5.s", []byte(lenet5(t)), rescale(t), nil)
	if got != lenet5(t) || !strings.Contains(remarks, "no solver") || strings.Contains(remarks, "[passed]") {
		t.Errorf("%s%s", remarks, got)
	}
	got, _ = rewritten("lenet5.s", []byte(lenet5(t)), rescale(t), func(string) (bool, error) { return false, nil })
	if got != lenet5(t) {
		t.Errorf("%s", got)
	}
}
