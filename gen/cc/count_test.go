package cc_test

import (
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/cc"
	"marvelgen/gen/cc/asm"
)

// TestReckoned: a loop that goes round an unknown number of times has a set-up that pays
// when there are four, or none. What else it takes than mv.lpset stands here.
func TestReckoned(t *testing.T) {
	const (
		loop  = ".L1:\n\tlw\ta4,0(a0)\n\taddi\ta0,a0,4\n\tadd\ta3,a3,a4\n\tbne\ta0,a5,.L1\n"
		bytes = ".L1:\n\tlb\ta4,0(a0)\n\taddi\ta0,a0,1\n\tadd\ta3,a3,a4\n\tbne\ta0,a5,.L1\n"
	)
	for _, c := range []struct {
		name, text string
		count      string   // the register that has it, "" if there is no such loop
		own        []string // what computes it
	}{
		{"a register has it", "\tslli\ta5,a1,2\n\tadd\ta5,a5,a0\n" + loop, "a1", nil},
		{"one had it", "\tmv\ta5,a1\n\tli\ta1,0\n\tslli\ta5,a5,2\n\tadd\ta5,a5,a0\n" + loop, "t6", []string{"srli\tt6, a5, 2"}},
		{"one had its multiple", "\tslli\ta5,a1,2\n\tli\ta1,0\n\tadd\ta5,a5,a0\n" + loop, "t6", []string{"srli\tt6, a5, 2"}},
		{"one had it, and is then added to", "\tsh2add\ta5,a1,a0\n" + loop, "", nil},
		{"the multiple was loaded", "\tlw\ta5,0(a1)\n\tadd\ta5,a5,a0\n" + loop, "t6", []string{"srli\tt6, a5, 2"}},
		{"in another loop", ".L3:\n\tslli\ta5,a1,2\n\tli\ta1,0\n\tadd\ta5,a5,a0\n" + loop + "\tbne\ta0,a2,.L3\n", "", nil},
		{"before a branch", "\tslli\ta5,a1,2\n\tli\ta1,0\n\tadd\ta5,a5,a0\n\tbeq\ta0,a5,.L2\n" + loop + ".L2:\n", "", nil},
		{"the end is known", "\tmv\ta5,a1\n" + loop, "", nil},
		{"the end is known, by bytes", "\tmv\ta5,a1\n" + bytes, "t6", []string{"sub\tt6, a5, a0"}},
		{"the length is known, by bytes", "\tadd\ta5,a0,a1\n" + bytes, "a1", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "\t.type\tf, @function\nf:\n" + c.text + "\tmv\ta0,a3\n\tret\n\t.size\tf, .-f\n"
			f := asm.Read("f.s", []byte(text))
			rewrite(f, marvel(t, "v4"), cc.Options{StandardCalls: true, Growth: cc.SlightGrowth})
			var own []string
			count := ""
			for _, l := range strings.Split(string(f.Text()), "\n") {
				if _, set, ok := strings.Cut(l, "mv.lpset 0, "); ok {
					count, _, _ = strings.Cut(set, ",")
				} else if strings.Contains(l, "t6") {
					own = append(own, strings.TrimSpace(l))
				}
			}
			if count != c.count || !slices.Equal(own, c.own) {
				t.Errorf("its count is in %q, computed by %q; want %q, by %q\n%s", count, own, c.count, c.own, f.Text())
			}
		})
	}
}

// TestLeaving: a loop that looks for something may find it soon.
func TestLeaving(t *testing.T) {
	for _, c := range []struct {
		count string
		exit  string
		loop  bool
	}{
		{"li\ta5,8", ".L3", false},
		{"li\ta5,8", ".L2", true}, // it only skips something
		{"li\ta5,15", ".L3", false},
		{"li\ta5,16", ".L3", true},
		{"mv\ta5,a1", ".L3", false},
		{"mv\ta5,a1", ".L2", true},
	} {
		text := "\t.type\tf, @function\nf:\n\t" + c.count + "\n\tli\ta3,0\n.L1:\n\tlb\ta4,0(a0)\n\tbeq\ta4,a2," + c.exit + "\n\tadd\ta6,a6,a4\n.L2:\n\taddi\ta0,a0,1\n\taddi\ta5,a5,-1\n\tbne\ta5,zero,.L1\n.L3:\n\tret\n\t.size\tf, .-f\n"
		f := asm.Read("f.s", []byte(text))
		rewrite(f, marvel(t, "v4"), cc.Options{StandardCalls: true, Growth: cc.SlightGrowth})
		if got := strings.Contains(string(f.Text()), "lpset"); got != c.loop {
			t.Errorf("%s, to %s: a zero-overhead loop: %t\n%s", c.count, c.exit, got, f.Text())
		}
	}
}

// TestCountsOfOthers: t6 had the second loop's count, but nobody reads it, so it has the
// first one's since.
func TestCountsOfOthers(t *testing.T) {
	const text = `	.type	f, @function
f:	mv	t6,a1
	add	a5,a0,t6
	mv	a7,a0
	li	a1,0
	li	a3,0
.L1:	lb	a4,0(a0)
	addi	a0,a0,1
	add	a3,a3,a4
	bne	a0,a2,.L1
.L2:	lb	a4,0(a7)
	addi	a7,a7,1
	add	a3,a3,a4
	bne	a7,a5,.L2
	mv	a0,a3
	ret
	.size	f, .-f
`
	f := asm.Read("f.s", []byte(text))
	rewrite(f, marvel(t, "v4"), cc.Options{StandardCalls: true, Growth: cc.SlightGrowth})
	for _, want := range []string{"\tsub\tt6, a2, a0\n", "\tsub\tt6, a5, a7\n"} {
		if !strings.Contains(string(f.Text()), want) {
			t.Errorf("no %q in\n%s", want, f.Text())
		}
	}
}
