package cc

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
)

// TestSignBites feeds the check of code before which a sign is known with wrong code.
func TestSignBites(t *testing.T) {
	r := seededRewriter(t)
	r.ctx, r.edits = context.Background(), map[int][]string{}
	text, err := os.ReadFile("testdata/jam.s")
	if err != nil {
		t.Fatal(err)
	}
	r.file = asm.Read("jam.s", text)
	var s *sign
	for _, fn := range r.functions(r.file) {
		for _, b := range fn.blocks {
			if x := r.sign(b); x != nil {
				s = x
			}
		}
	}
	if s == nil {
		t.Fatal("no block was found")
	}
	far, near := s.far.entry, s.near.entry
	if n, m := len(s.rest)-len(s.code[0]), len(s.rest)-len(s.code[1]); n != 4 || m != 3 {
		t.Errorf("%d and %d instructions less", n, m)
	}
	type claim struct {
		code            []*insn
		negative, taken bool
		live            regs
	}
	check := func(c claim) error { return s.assumed(r, c.code, c.negative, c.taken, c.live) }
	for _, right := range []claim{{s.code[0], true, true, far}, {s.code[1], false, false, near}, {s.rest, true, true, far}, {s.rest, false, false, near}} {
		if err := check(right); err != nil {
			t.Errorf("refused: %v", err)
		}
	}
	less := func(list []*insn, k int) []*insn { return slices.Delete(slices.Clone(list), k, k+1) }
	wrong := map[string]claim{
		"the other sign":      {s.code[0], false, true, far},
		"the other way":       {s.code[0], true, false, far},
		"both others":         {s.code[0], false, false, near},
		"the near way's code": {s.code[1], true, true, far},
		"no code":             {nil, true, true, far},
		"a register lost":     {append(seededList(t, r, "li a7, 5"), s.code[0]...), true, true, allRegs},
		"a load more":         {append(seededList(t, r, "lb t0, 0(sp)"), s.code[0]...), true, true, far},
		"a store more":        {append(seededList(t, r, "sb t0, 0(sp)"), s.code[1]...), false, false, near},
	}
	for k, in := range s.code[0] {
		wrong["without "+strings.TrimSpace(in.base())] = claim{less(s.code[0], k), true, true, far}
	}
	for k, in := range s.code[1] {
		wrong["near, without "+strings.TrimSpace(in.base())] = claim{less(s.code[1], k), false, false, near}
	}
	for name, c := range wrong {
		if check(c) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
