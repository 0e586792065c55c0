package cc

import (
	"context"
	"strings"
	"testing"

	"marvelgen/gen"
	"marvelgen/gen/cc/asm"
	"marvelgen/specs"
)

// spilled keeps the beginning of a row in its stack frame, while a call is made: the row has
// 400 bytes if what is loaded behind the call is what was stored.
const spilled = `
	.type	f, @function
f:	addi	sp,sp,-32
	sw	ra,28(sp)
	sw	s0,24(sp)
	addi	s0,a0,400
	sw	a0,12(sp)
	call	g
	lw	a4,12(sp)
	li	a0,0
.L2:	lb	a5,0(a4)
	addi	a4,a4,1
	add	a0,a0,a5
	bne	a4,s0,.L2
	lw	ra,28(sp)
	lw	s0,24(sp)
	addi	sp,sp,32
	ret
	.size	f, .-f
`

// TestSlots finds out how long the row is where nothing else can have been stored, and only
// there.
func TestSlots(t *testing.T) {
	text, err := specs.FS.ReadFile("marvel.hcl")
	if err != nil {
		t.Fatal(err)
	}
	l, problems, err := gen.Load("marvel.hcl", text)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	const call, load = "\tcall\tg\n", "\tlw\ta4,12(sp)\n"
	for _, c := range []struct {
		name, at, with string
		private, known bool
	}{
		{"as it is", call, call, true, true},
		{"beside it, below", call, "\tsw\ta1,8(sp)\n" + call, true, true},
		{"beside it, above", call, "\tsh\ta1,16(sp)\n" + call, true, true},
		{"by another pointer", call, "\tsw\ta1,12(a2)\n" + call, true, true},
		{"a deeper frame", call, "\taddi\tsp,sp,-16\n\tcall\tg\n\tlw\ta4,28(sp)\n\taddi\tsp,sp,16\n\tsw\ta4,12(sp)\n", true, true},
		{"in a loop that leaves it", call, ".L3:\n" + call + "\tbne\ta0,zero,.L3\n", true, true},
		{"on both ways the same", call, "\tbeq\ta1,zero,.L3\n\tsw\ta0,12(sp)\n.L3:\n" + call, true, true},
		{"something else", call, "\tsw\ta1,12(sp)\n" + call, true, false},
		{"on one way something else", call, "\tbeq\ta1,zero,.L3\n\tsw\ta1,12(sp)\n.L3:\n" + call, true, false},
		{"something else in a loop", call, ".L3:\n" + call + "\tlw\ta4,12(sp)\n\taddi\ta4,a4,1\n\tsw\ta4,12(sp)\n\tbne\ta0,zero,.L3\n", true, false},
		{"a byte of it", call, "\tsb\tzero,13(sp)\n" + call, true, false},
		{"half of it", call, "\tsh\tzero,14(sp)\n" + call, true, false},
		{"from below", call, "\tsw\tzero,10(sp)\n" + call, true, false},
		{"from above", call, "\tsw\tzero,15(sp)\n" + call, true, false},
		{"a deeper frame's", load, "\taddi\tsp,sp,-16\n" + load + "\taddi\tsp,sp,16\n", true, false},
		{"half of it loaded", load, "\tlh\ta4,12(sp)\n", true, false},
		{"the address in a register", call, "\taddi\ta0,sp,12\n" + call, false, false},
		{"the stack pointer in one", call, "\tmv\ta0,sp\n" + call, false, false},
		{"the stack pointer in memory", call, "\tsw\tsp,8(sp)\n" + call, false, false},
		{"a frame of unknown size", call, "\tsub\tsp,sp,a1\n" + call, false, false},
		{"the stack pointer from memory", load, "\tlw\tsp,8(sp)\n" + load, false, false},
		{"setjmp", call, "\tcall\tsetjmp\n", false, false},
		{"what nobody understands", call, call + "\t.word\t0\n", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assembly := strings.Replace(spilled, c.at, c.with, 1)
			for _, standard := range []bool{true, false} {
				o := Options{StandardCalls: standard}
				r := newRewriter(l.Machines[len(l.Machines)-1], o)
				f := asm.Read("f.s", []byte(assembly))
				r.ctx, r.file = context.Background(), f
				if got := r.functions(f)[0].ownsFrame(r); got != (c.private && standard) {
					t.Errorf("the frame is private: %t", got)
				}
				if _, err := Rewrite(context.Background(), f, l.Machines[len(l.Machines)-1], o); err != nil {
					t.Fatal(err)
				}
				if got := strings.Contains(string(f.Text()), "lpseti 0, 400"); got != (c.known && standard) {
					t.Errorf("standard calls %t: the count is known: %t\n%s", standard, got, f.Text())
				}
			}
		})
	}
}
