package cc_test

import (
	"strings"
	"testing"
)

// unsignedText clamps to a byte without a sign and stores it with its upper bit changed,
// as clang clamps to int8 with a zero point of -128.
const unsignedText = `	.type	f, @function
f:	lw	a5,0(a0)
	li	a3,255
	blt	a5,a3,.L1
	li	a5,255
.L1:	sgtz	a4,a5
	neg	a4,a4
	and	a5,a4,a5
	xori	a5,a5,128
	sb	a5,0(a2)
	li	a0,0
	li	a1,0
	ret
	.size	f, .-f
`

// TestStoredBits: bits that no store takes do not count, if nothing else reads them.
func TestStoredBits(t *testing.T) {
	equal, m := solver(t), rescale(t)
	for _, c := range []struct {
		name, old, new string
		selected       bool
	}{
		{"a byte", "", "", true},
		{"two bytes", "sb\ta5,0(a2)", "sb\ta5,0(a2)\n\tsb\ta5,1(a2)", true},
		{"a half", "sb\ta5", "sh\ta5", false},
		{"a word, too", "sb\ta5,0(a2)", "sb\ta5,0(a2)\n\tsw\ta5,4(a2)", false},
		{"returned", "li\ta0,0", "mv\ta0,a5", false},
		{"an address, too", "sb\ta5,0(a2)", "sb\ta5,0(a2)\n\tsb\ta5,0(a5)", false},
		{"another bit changed", "xori\ta5,a5,128", "xori\ta5,a5,64", false},
		{"another bound", "li\ta5,255", "li\ta5,254", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.old != "" && strings.Count(unsignedText, c.old) != 1 {
				t.Fatalf("%q is not there once", c.old)
			}
			got, _ := rewritten("f.s", []byte(strings.Replace(unsignedText, c.old, c.new, 1)), m, equal)
			if strings.Contains(got, "cc.narrow") != c.selected {
				t.Errorf("%s", got)
			}
		})
	}
}
