package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"marvelgen/cmd/marvelgen/internal/build"
	"marvelgen/flows/gcc"
	rewriting "marvelgen/gen/cc"
	"marvelgen/gen/isa"
)

// TestCsmithSlower runs random programs that once took longer when they were rewritten.
func TestCsmithSlower(t *testing.T) {
	b := newCsmithBench(t, shippedDesigns(t))
	for _, c := range []struct {
		seed uint64
		way  csmithWay
	}{
		{1067127, csmithWay{gcc.Clang, "-O1"}}, // loops of a few rounds, which were not counted
	} {
		o, err := b.program(c.seed, c.way)
		if err != nil || o.skipped {
			t.Errorf("csmith --seed %d, %s: it does not run: %v", c.seed, c.way, err)
		}
		for _, f := range o.failed {
			t.Error(f)
		}
	}
}

// TestCsmithSlowerBites rewrites for instructions that take as long as one, and runs on a
// design where they take longer: the comparison of cycles notices each.
func TestCsmithSlowerBites(t *testing.T) {
	spec := string(shippedSpec(t, "marvel.hcl"))
	right := csmithMachine(t, []byte(spec), "v4", 3)
	b := newCsmithBench(t, []csmithDesign{{"right", right, right}})
	for _, unit := range []string{"mac", "hwloop"} {
		t.Run(unit, func(t *testing.T) {
			at := "unit \"" + unit + "\" {\n"
			if strings.Count(spec, at) != 1 {
				t.Fatalf("%q is not once in the spec", at)
			}
			slow := csmithMachine(t, []byte(strings.Replace(spec, at, at+"  latency = 64\n", 1)), "v4", 3)
			b.designs = []csmithDesign{{"slow " + unit, right, slow}}
			for i := range uint64(40) {
				o, err := b.program(1+i, csmithWays[i%uint64(len(csmithWays))])
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range o.failed {
					if !strings.Contains(f, "cycles became") {
						t.Error(f)
					}
					t.Logf("after %d programs: %s", i+1, f)
					return
				}
			}
			t.Error("not noticed")
		})
	}
}

// fewRounds calls, a thousand times, what gcc 12 -O2 makes of a loop that goes round so often as
// its caller says.
const fewRounds = `
	.text
	.type	fold, @function
fold:
	ble	a1,zero,.L4
	slli	a1,a1,2
	mv	a5,a0
	add	a3,a0,a1
	li	a0,0
.L3:
	lw	a4,0(a5)
	addi	a5,a5,4
	xor	a0,a0,a4
	bne	a5,a3,.L3
	ret
.L4:
	li	a0,0
	ret
	.size	fold, .-fold
	.globl	main
	.type	main, @function
main:
	addi	sp,sp,-16
	sw	s0,8(sp)
	sw	ra,12(sp)
	li	s0,1000
.L8:
	li	a1,%d
	la	a0,words
	call	fold
	addi	s0,s0,-1
	bne	s0,zero,.L8
	lw	ra,12(sp)
	lw	s0,8(sp)
	addi	sp,sp,16
	ret
	.size	main, .-main
	.bss
	.align	2
words:
	.space	64
`

// TestFewRounds holds what RATIONALE says of loops whose rounds nobody knows: set up, they lose
// three cycles at most where they go round once, and nothing from four rounds on.
func TestFewRounds(t *testing.T) {
	spec := string(shippedSpec(t, "marvel.hcl"))
	right := csmithMachine(t, []byte(spec), "v4", 0)
	slow := csmithMachine(t, []byte(strings.Replace(spec, "unit \"hwloop\" {\n", "unit \"hwloop\" {\n  latency = 64\n", 1)), "v4", 0)
	b := newCsmithBench(t, []csmithDesign{{"v4", right, right}})
	way := csmithWay{gcc.GCC, "-O2"}
	cycles := func(name string, assembly []byte, m *isa.Machine) int {
		program, err := b.link(t.Context(), way, b.dir, name, assembly)
		if err != nil {
			t.Fatal(err)
		}
		end, err := csmithRun(m, program, csmithCycles)
		if err != nil || end.exit != 0 {
			t.Fatal(end.exit, err)
		}
		return int(end.cycles)
	}
	for _, c := range []struct{ rounds, more int }{{1, 3}, {2, 2}, {3, 1}, {4, 0}, {8, -4}} { // cycles of a call
		text := fmt.Appendf(nil, fewRounds, c.rounds)
		changed, err := build.Rewriting{Machine: right, StandardCalls: true, Growth: rewriting.SlightGrowth}.Rewrite(t.Context(), "few.s", gcc.Compiled{Assembly: text})
		if err != nil || !bytes.Contains(changed, []byte("mv.lpset")) {
			t.Fatalf("no loop is set up: %v", err)
		}
		stock := cycles("stock", text, right)
		got := cycles("changed", changed, right)
		t.Logf("%d rounds: %.2f times as long", c.rounds, float64(got)/float64(stock))
		if got-stock > 1000*c.more {
			t.Errorf("%d rounds: %d cycles in 1000 calls became %d", c.rounds, stock, got)
		}
		if cycles("changed", changed, slow)-stock <= 1000*c.more {
			t.Errorf("%d rounds: a set-up of 64 cycles is not noticed", c.rounds)
		}
	}
}
