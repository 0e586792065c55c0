package cc_test

import (
	"strings"
	"testing"
)

// privateText has a region in f that changes a1 besides its result, which is kept if a
// return reads a1.
const privateText = `	.type	f, @function
f:	lw	a1,0(a0)
	li	a5,-128
	li	a4,127
	li	a3,-128
	blt	a1,a5,.L1
	li	a3,127
	bgt	a1,a4,.L1
	slli	a1,a1,24
	srai	a3,a1,24
.L1:	sb	a3,0(a2)
	ret
	.size	f, .-f
	.globl	g
	.type	g, @function
g:	addi	sp,sp,-16
	sw	ra,12(sp)
	call	f
	lw	ra,12(sp)
	addi	sp,sp,16
	li	a1,0
	ret
	.size	g, .-g
`

// TestSecondResult: a function that only this file calls returns no second word that no
// caller reads.
func TestSecondResult(t *testing.T) {
	equal, m := solver(t), rescale(t)
	for _, c := range []struct {
		name, old, new string
		selected       bool
	}{
		{"not read", "", "", true},
		{"public", "\t.type\tf,", "\t.globl\tf\n\t.type\tf,", false},
		{"read by its caller", "\tcall\tf\n", "\tcall\tf\n\tsw\ta1,0(s0)\n", false},
		{"returned by its caller", "\tli\ta1,0\n", "", false},
		{"called at last", "\tcall\tf\n\tlw\tra,12(sp)\n\taddi\tsp,sp,16\n\tli\ta1,0\n\tret\n", "\taddi\tsp,sp,16\n\ttail\tf\n", false},
		{"jumped to", "\tcall\tf\n", "\tcall\tf\n\tbeqz\ta0,f\n", false},
		{"its address taken", "\tcall\tf\n", "\tcall\tf\n\tla\ta0,f\n", false},
		{"its address in data", "\t.globl\tg\n", "\t.data\n\t.word\tf\n\t.text\n\t.globl\tg\n", false},
		{"another name", "\t.globl\tg\n", "\t.set\th,f\n\t.globl\tg\n", false},
		{"called through another register", "\tcall\tf\n", "\tcall\tf\n\tcall\tt0,f\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.old != "" && strings.Count(privateText, c.old) != 1 {
				t.Fatalf("%q is not there once", c.old)
			}
			got, _ := rewritten("f.s", []byte(strings.Replace(privateText, c.old, c.new, 1)), m, equal)
			if strings.Contains(got, "cc.narrow") != c.selected {
				t.Errorf("%s", got)
			}
		})
	}
}

// TestKnownArguments: of what a call may read, only that of functions that compilers
// call by themselves is known.
func TestKnownArguments(t *testing.T) {
	equal, m := solver(t), rescale(t)
	text := strings.Replace(strings.ReplaceAll(privateText, "a1", "a3x"), "\tsb\ta3,0(a2)\n", "\tsb\ta3,0(a2)\n\tli\ta2,4\n\tcall\tCALLED\n", 1)
	text = strings.NewReplacer("a3x", "a6").Replace(text)
	for name, selected := range map[string]bool{"memcpy": true, "memset": true, "unknown": false} {
		got, _ := rewritten("f.s", []byte(strings.Replace(text, "CALLED", name, 1)), m, equal)
		if strings.Contains(got, "cc.narrow") != selected {
			t.Errorf("%s: %s", name, got)
		}
	}
}
