package cc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
)

// TestExplain: the verdicts on testdata's kinds of instructions are those that their
// summaries say, and Rewrite selects in C that fits just those that it is said to.
func TestExplain(t *testing.T) {
	file := filepath.Join("testdata", "kinds.hcl")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load(file, src)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	verdicts := cc.Explain(l.Spec.Exts)
	code := map[string]string{ // that computes what the instruction does
		"shift": "srli a1, a1, 5\n\tadd a0, a0, a1\n\tli a1, 0",
		"post":  "lb a2, 0(a0)\n\taddi a0, a0, 1\n\tli a1, 0",
		"mac":   "mul a1, a1, a2\n\tadd a0, a0, a1\n\tli a1, 0\n\tli a2, 0",
		"put":   "sw a1, 0(a0)\n\taddi a0, a0, 4",
		"clip":  "slt a2, a0, a1\n\tneg a2, a2\n\txor a0, a0, a1\n\tand a0, a0, a2\n\txor a0, a0, a1",
		"here":  "auipc a2, 0\n\tadd a0, a0, a2",
		"num":   "addi a0, a0, 10",
	}
	for i, v := range verdicts {
		got := string(v.Selected)
		if v.Reason != "" {
			got += ": " + v.Reason
		}
		if want := l.Spec.Exts[i].Summary; !strings.HasPrefix(got, want) {
			t.Errorf("%s: the verdict is %q, want %q", v.Instruction, got, want)
		}
		body, ok := code[v.Instruction]
		if !ok {
			continue
		}
		text := "\t.text\n\t.globl f\n\t.type f, @function\nf:\n\t" + body + "\n\tret\n\t.size f, .-f\n"
		f := asm.Read("f.s", []byte(text))
		rewrite(f, l.Machines[0], cc.Options{StandardCalls: true, Growth: cc.AnyGrowth, Equal: solver(t)})
		used := strings.Contains(string(f.Text()), v.Mnemonic+" ")
		if used != (v.Selected == cc.ByMeaning) {
			t.Errorf("%s: the verdict is %s, and the code became\n%s", v.Instruction, v.Selected, f.Text())
		}
	}
}
