package cc

import (
	"slices"
	"testing"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/sem/norm"
)

// TestPointersBite feeds the checks of a loop's new pointers with wrong ones.
func TestPointersBite(t *testing.T) {
	r := seededRewriter(t)
	b := &block{insns: seededList(t, r, "add t0, a0, a1; lb t1, 4(t0); addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1")}
	right := pointer{reg: 31, terms: []norm.Term{{Value: r.norm.registers[10], Coef: 1}, {Value: r.norm.registers[11], Coef: 1}}, first: 4, step: 3}
	kept, behind := set("a1", "a2", "a3"), set("a2")
	const code, ahead = "lb t1, 0(t6); addi t6, t6, 3; addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1", "add t6, a0, a1; addi t6, t6, 4"
	check := func(code, ahead string, p pointer) (loop, before bool) {
		list := []*pointer{&p}
		return r.inductive(b, seededList(t, r, code), list, kept, behind), r.begins(start(r.norm), seededList(t, r, ahead), list, kept)
	}
	if loop, before := check(code, ahead, right); !loop || !before {
		t.Fatalf("refused: %t %t", loop, before)
	}
	for name, wrong := range map[string]string{
		"a step too short":         "lb t1, 0(t6); addi t6, t6, 2; addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1",
		"no step":                  "lb t1, 0(t6); addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1",
		"moved before the load":    "addi t6, t6, 3; lb t1, 0(t6); addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1",
		"another distance":         "lb t1, 4(t6); addi t6, t6, 3; addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1",
		"the counter forgotten":    "lb t1, 0(t6); addi t6, t6, 3; add a2, a2, t1; bne a1, a3, .L1",
		"the sum forgotten":        "lb t1, 0(t6); addi t6, t6, 3; addi a1, a1, 3; bne a1, a3, .L1",
		"a register that is stale": "lb t1, 4(t0); addi t6, t6, 3; addi a1, a1, 3; add a2, a2, t1; bne a1, a3, .L1",
	} {
		if loop, _ := check(wrong, ahead, right); loop {
			t.Errorf("%s passes", name)
		}
	}
	for name, wrong := range map[string]string{
		"without the distance": "add t6, a0, a1",
		"of one register":      "addi t6, a0, 4",
		"elsewhere":            "add t5, a0, a1; addi t5, t5, 4",
		"at a register's cost": "add t6, a0, a1; addi t6, t6, 4; li a2, 0",
		"with an access":       "add t6, a0, a1; addi t6, t6, 4; sw a1, 0(a2)",
	} {
		if _, before := check(code, wrong, right); before {
			t.Errorf("begun %s: passes", name)
		}
	}
}

// TestUsed keeps what is needed on this way round, on later ones, or behind the loop.
func TestUsed(t *testing.T) {
	r := seededRewriter(t)
	for _, c := range []struct {
		code   string
		behind regs
		want   []int
	}{
		{"addi a0, a0, 1; addi a1, a1, 1; bne a1, a2, .L1", 0, []int{1, 2}},
		{"addi a0, a0, 1; addi a1, a1, 1; bne a1, a2, .L1", set("a0"), []int{0, 1, 2}},
		{"add a3, a0, a1; lb a4, 0(a3); addi a1, a1, 1; bne a1, a2, .L1", 0, []int{0, 1, 2, 3}},
		{"add a0, a0, a3; mv a3, a1; bne a1, a2, .L1", set("a0"), []int{0, 1, 2}}, // a3 is of the way round before
		{"li a0, 1; li a0, 2; bne a1, a2, .L1", set("a0"), []int{1, 2}},
		{"sw a0, 0(a1); mv a0, a3; mv a3, a4; mv a4, a5; bne a1, a2, .L1", 0, []int{0, 1, 2, 3, 4}},
	} {
		code := seededList(t, r, c.code)
		var got []int
		for _, in := range used(code, c.behind) {
			got = append(got, slices.Index(code, in))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v left, want %v", c.code, got, c.want)
		}
	}
}

// TestKnown looks at what is known at labels: equal on all ways that lead there, and
// of the last time that code was executed only.
func TestKnown(t *testing.T) {
	r := seededRewriter(t)
	r.file = asm.Read("known.s", []byte(`	.type f, @function
f:
	li	a1, 5
	addi	a2, a0, 8
	mv	a3, a0
.Louter:
	addi	a5, a3, 400
	mv	a4, a3
	lw	t0, 0(a0)
	addi	t1, t0, 12
.Linner:
	addi	a4, a4, 4
	mv	t2, t0
	beq	a4, a2, .Lskip
	li	a6, 7
.Lskip:
	li	a7, 7
	bne	a4, a5, .Linner
	addi	a3, a3, 1
	call	g
	bne	a3, a1, .Louter
	ret
	.size f, .-f
`))
	fn := r.functions(r.file)[0]
	k := fn.constants(r)
	apart := func(label string, x, y int) (int64, bool) {
		m := k.at(r.norm, fn.labels[label])
		d, ok := r.norm.Sub(m.regs[x], m.regs[y]).IsConst()
		return int64(int32(d)), ok
	}
	for _, c := range []struct {
		label string
		x, y  string
		want  int64
		known bool
	}{
		{".Louter", "a1", "zero", 0, false}, // the call may change it
		{".Louter", "a2", "a0", 0, false},
		{".Linner", "a5", "a3", 400, true},
		{".Linner", "a4", "a3", 0, false}, // it goes round
		{".Linner", "t1", "t0", 12, true},
		{".Lskip", "a5", "a3", 400, true},
		{".Lskip", "a6", "zero", 0, false}, // on one of two ways
		{".Lskip", "t2", "t0", 0, true},
	} {
		number := func(name string) int {
			for i := range 32 {
				if set(name).has(i) {
					return i
				}
			}
			return 0
		}
		d, ok := apart(c.label, number(c.x), number(c.y))
		if ok != c.known || ok && d != c.want {
			t.Errorf("%s: %s - %s is %d (%t), want %d (%t)", c.label, c.x, c.y, d, ok, c.want, c.known)
		}
	}
}

// TestKnownOfBefore reaches a label with a sum of this way round and of the one before.
func TestKnownOfBefore(t *testing.T) {
	r := seededRewriter(t)
	r.file = asm.Read("known.s", []byte(`	.type f, @function
f:
	li	a5, 0
.L1:
	lw	a3, 0(a0)
	beq	a1, a3, .L2
	addi	a5, a3, 400
.L2:
	addi	a0, a0, 4
	bne	a0, a2, .L1
	ret
	.size f, .-f
`))
	fn := r.functions(r.file)[0]
	m := fn.constants(r).at(r.norm, fn.labels[".L2"])
	if d := r.norm.Sub(m.regs[15], m.regs[13]); d == r.norm.Const(400, 32) {
		t.Error("a5 is taken for a3 + 400 where it may be older")
	}
}

// TestKnownForgets goes round a loop that keeps a value of the way round before: it is
// not what the same register holds now.
func TestKnownForgets(t *testing.T) {
	r := seededRewriter(t)
	r.file = asm.Read("known.s", []byte(`	.type f, @function
f:
	li	a2, 0
.L1:
	mv	a3, a2
	lw	a2, 0(a0)
	addi	a0, a0, 4
	bne	a3, a2, .L1
	ret
	.size f, .-f
`))
	fn := r.functions(r.file)[0]
	b := fn.labels[".L1"]
	m := fn.constants(r).at(r.norm, b)
	m.through(b)
	if m.regs[13] == m.regs[12] { // a3 was loaded on the way round before, a2 on this one
		t.Errorf("a2 and a3 are both %s behind the loop", m.regs[12])
	}
	again := fn.constants(r).at(r.norm, b)
	if v := again.regs[12]; v != b.named(r.norm, 12) {
		t.Errorf("a2 is %s at the loop's beginning", v)
	}
}
