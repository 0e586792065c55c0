package cc

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
	"marvelgen/gen/sem/norm"
)

// jammedNests plans several turns of the nests in testdata/jam.s: of one is known how often
// the inner loop goes round, of the next not. The rows of the last lie far from each other;
// of that, some rounds are made at once.
func jammedNests(t *testing.T, turns, times int) (*rewriter, []*jammed) {
	t.Helper()
	r := seededRewriter(t)
	r.options.StandardCalls = true
	r.ctx, r.edits = context.Background(), map[int][]string{}
	text, err := os.ReadFile("testdata/jam.s")
	if err != nil {
		t.Fatal(err)
	}
	r.file = asm.Read("jam.s", text)
	var out []*jammed
	for _, fn := range r.functions(r.file) {
		for _, b := range fn.blocks {
			n, why := r.nest(fn, b)
			if n == nil && why == "" {
				continue
			}
			j := &jammed{nest: n, number: 1, turns: turns, times: 1}
			if b.fn.name == "far" {
				j.times = times
			}
			if why == "" {
				why = j.plan(r)
			}
			if why != "" {
				t.Fatalf("%s: %s", fn.name, why)
			}
			out = append(out, j)
		}
	}
	if len(out) != 3 || out[2].rounds != 2304 || out[2].base == 0 || out[0].rounds != 16 || out[0].turns1() != 95 || out[1].rounds != 0 || out[1].turns1() != 7 {
		t.Fatalf("%d nests", len(out))
	}
	return r, out
}

// TestJamBites feeds the check of inner loops of several turns with wrong ones.
func TestJamBites(t *testing.T) {
	for _, turns := range []int{2, 4} {
		r, nests := jammedNests(t, turns, turns/2)
		for _, j := range nests {
			var right []string
			for _, in := range j.code {
				right = append(right, "\t"+in.base())
			}
			check := func(list []string) error { return j.right(r, r.read(j.inner.last().line, list)) }
			if err := check(right); err != nil {
				t.Fatalf("%s: refused: %v\n%s", j.fn.name, err, strings.Join(right, "\n"))
			}
			at := func(mnemonic string) int {
				return slices.IndexFunc(right, func(s string) bool { return strings.HasPrefix(s, "\t"+mnemonic+"\t") })
			}
			last := func(mnemonic string) int {
				k := len(right) - 1
				for !strings.HasPrefix(right[k], "\t"+mnemonic+"\t") {
					k--
				}
				return k
			}
			without := func(k int) []string { return slices.Delete(slices.Clone(right), k, k+1) }
			change := func(k int, old, to string) []string {
				list := slices.Clone(right)
				if list[k] = strings.Replace(list[k], old, to, 1); list[k] == right[k] {
					t.Fatalf("%q has no %q", right[k], old)
				}
				return list
			}
			load := at("lb") + 1
			for !strings.HasPrefix(right[load], "\tlb\t") {
				load++
			}
			row := right[load][strings.Index(right[load], ", ")+2 : strings.Index(right[load], "(")]
			here, there := row+"(", "0("
			if j.base > 0 {
				here, there = isa.RegNames[j.far[turns-2].reg], isa.RegNames[j.base]
			}
			for name, wrong := range map[string][]string{
				"another row":             change(load, row+"(", row+"1("),
				"the first turn's row":    change(load, here, there),
				"a byte without a sign":   change(load, "lb\t", "lbu\t"),
				"a product less":          without(at("add")),
				"the first turn's, too":   without(last("add")),
				"a pointer that stays":    without(at("addi")),
				"a pointer twice as fast": append([]string{right[at("addi")]}, right...),
				"a pointer to a far row":  append([]string{fmt.Sprintf("\taddi\tx%d, x%d, 1", j.last(), j.last())}, right...),
				"no branch":               right[:len(right)-1],
				"a sum that starts anew":  append([]string{fmt.Sprintf("\tli\tx%d, 0", j.sums[0].reg)}, right...),
				"another register's sum":  append([]string{"\tli\tsp, 0"}, right...),
				"a product added twice":   slices.Insert(slices.Clone(right), at("add"), right[at("add")]),
				"the sum of another turn": change(at("add"), right[at("add")], fmt.Sprintf("\tadd\tx%d, x%d, x%d", j.sum, j.sum, j.sums[0].reg)),
				"a store":                 append([]string{"\tsb\tzero, 0(sp)"}, right...),
			} {
				if check(wrong) == nil {
					t.Errorf("%s, %d turns: %s passes\n%s", j.fn.name, turns, name, strings.Join(wrong, "\n"))
				}
			}
		}
	}
}

// slow reports whether a guard goes to the loop as it was if registers hold these values.
func slow(r *rewriter, guard []*insn, hold map[int]uint64) bool {
	m := start(r.norm)
	for reg, v := range hold {
		m.regs[reg] = r.norm.Const(v, 32)
	}
	for _, in := range guard {
		if in.m == nil {
			return true
		}
		if _, taken := m.step(in); taken != nil {
			if c, ok := taken.IsConst(); !ok || c == 1 {
				return true
			}
		}
	}
	return false
}

// TestGuards compares guards with what nests store and load, and guards that are off by one
// with theirs.
func TestGuards(t *testing.T) {
	r, nests := jammedNests(t, 4, 1)
	for _, j := range nests {
		all := []uint64{1, 2, 150}
		if j.rounds > 0 {
			all = []uint64{j.rounds}
		}
		wrong := func(texts []string) (n int) {
			guard := r.read(j.inner.last().line, texts)
			for _, rounds := range all {
				const x, w = 0x80001000, 0x80008000
				stored, rows := j.turns1()+1, j.turns1()*uint64(j.row())+rounds
				// Where results lie, from the first byte that is loaded; bytes between rows count.
				for from, loaded := range map[uint64]uint64{x: rounds, w: rows} {
					for _, c := range []struct {
						at    uint64
						meets bool
					}{
						{from - stored - 1, false}, {from - stored, false}, {from - stored + 1, true}, {from - 1, true}, {from, true},
						{from + 1, rounds > 1 || loaded > 1}, {from + loaded - 1, true}, {from + loaded, false}, {from + loaded + 1, false}, {from + 0x6000, false},
					} {
						if slow(r, guard, j.holds(x, w, c.at, rounds)) != c.meets {
							n++
						}
					}
				}
			}
			return n
		}
		if n := wrong(j.check); n > 0 {
			t.Errorf("%s: %d guards are wrong\n%s", j.fn.name, n, strings.Join(j.check, "\n"))
		}
		for k, s := range j.check {
			i := strings.LastIndex(s, ", ")
			if c, err := strconv.Atoi(s[i+2:]); err == nil && c != 0 && c != mostRounds-1 {
				for _, by := range []int{-1, 1} {
					list := slices.Clone(j.check)
					if list[k] = s[:i+2] + fmt.Sprint(c+by); wrong(list) == 0 {
						t.Errorf("%s: %q in place of %q passes", j.fn.name, list[k], s)
					}
				}
			}
		}
		if guard := r.read(j.inner.last().line, j.check); j.rounds == 0 {
			if slow(r, guard, j.holds(0x80001000, 0x80008000, 0x80010000, mostRounds)) || !slow(r, guard, j.holds(0x80001000, 0x80008000, 0x80010000, mostRounds+1)) {
				t.Errorf("%s: other loops pass than those that are counted", j.fn.name)
			}
		}
	}
}

// last is a register that the last turn has to itself.
func (j *jammed) last() int { return slices.Concat(j.sums, j.far)[len(j.sums)+len(j.far)-1].reg }

// row is by how much the weights of a turn lie behind those of the one before.
func (j *jammed) row() int64 { return slices.Max(j.rows[:]) }

// holds is registers before the loop, if the inner loop's two pointers and what is stored
// begin there.
func (j *jammed) holds(x, w, y, rounds uint64) map[int]uint64 {
	out := map[int]uint64{}
	for reg := 1; reg < 32; reg++ {
		out[reg] = 0
	}
	set := func(v *norm.Value, to uint64) { // the first register of a sum
		c, terms := v.Linear()
		out[number(terms[0].Value)] = to - c
	}
	for in := range j.turned {
		base := in.fields.of("rs1").reg
		to := x
		if j.rows[base] > 0 {
			to = w
		}
		set(j.start.regs[base], to-uint64(in.fields.of("imm").imm+j.turned[in]))
	}
	set(j.start.regs[j.loop.bound], x+rounds)
	set(j.to[0].addr, y)
	return out
}

// TestChosenAgain: what is known of loops by their labels is of those that were chosen last.
func TestChosenAgain(t *testing.T) {
	text, err := os.ReadFile("testdata/jam.s")
	if err != nil {
		t.Fatal(err)
	}
	r := seededRewriter(t)
	r.options = Options{StandardCalls: true, Growth: 100}
	r.ctx = context.Background()
	f := asm.Read("jam.s", text)
	r.file = f
	p := r.findJams(f, make([]thrift, 3))
	for _, bytes := range []int{1 << 20, 0, 1 << 20} {
		p.jam(r, f, &budget{bytes: bytes})
		if all := bytes > 0; len(r.few) > 0 != all || len(r.cold) > 0 != all || (len(f.Lines) > len(p.file)) != all {
			t.Errorf("%d bytes: %v go round a few times, %v are cold, %d lines", bytes, r.few, r.cold, len(f.Lines))
		}
	}
}
