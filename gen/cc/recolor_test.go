package cc_test

import (
	"strings"
	"testing"

	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
)

// longProduct adds a long number times a word to another one: mv.fusedmac can add the low half
// of a product if s4, s5 and s6 are saved.
const longProduct = `
	.type	f, @function
f:	li	a6,0
.L1:	lw	t4,0(t1)
	lw	a7,0(a1)
	lw	a5,0(t3)
	addi	t3,t3,4
	mul	a0,a7,t4
	addi	t1,t1,4
	mulhu	a7,a7,t4
	add	a5,a0,a5
	add	a6,a5,a6
	sltu	a0,a5,a0
	sw	a6,-4(t3)
	sltu	a5,a6,a5
	add	a0,a0,a7
	add	a6,a5,a0
	bne	t1,t5,.L1
	mv	a0,a6
	ret
	.size	f, .-f
`

// TestSaves saves registers only for what gains as much in the usual number of rounds.
func TestSaves(t *testing.T) {
	for _, c := range []struct {
		name  string
		extra map[string]int
		fused bool
	}{
		{"three cycles in place of three", map[string]int{"fusedmac": 2, "add2i": 1}, false},
		{"two in place of three", map[string]int{"fusedmac": 1, "add2i": 1}, true},
		{"one in place of three", map[string]int{"add2i": 1}, true},
	} {
		f := asm.Read("f.s", []byte(longProduct))
		rewrite(f, marvel(t, "v4"), cc.Options{StandardCalls: true, Extra: c.extra, Growth: cc.AnyGrowth})
		text := string(f.Text())
		if fused, saves := strings.Contains(text, "mv.fusedmac"), strings.Contains(text, "s4"); fused != c.fused || saves != c.fused {
			t.Errorf("%s: fused: %t, s4 saved: %t\n%s", c.name, fused, saves, text)
		}
	}
}
