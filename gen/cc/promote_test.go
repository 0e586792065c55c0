package cc

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/sem/norm"
)

// TestGoldenPromoted keeps sums in registers; -update writes the golden file.
func TestGoldenPromoted(t *testing.T) {
	text, err := os.ReadFile("testdata/promoted/sums.s")
	if err != nil {
		t.Fatal(err)
	}
	rewritten := func(o Options) (*asm.File, []Remark) {
		f := asm.Read("sums.s", text)
		o.StandardCalls, o.Prototypes = true, nothing
		remarks, err := Rewrite(context.Background(), f, seededRewriter(t).machine, o)
		if err != nil {
			t.Fatal(err)
		}
		return f, remarks
	}
	f, remarks := rewritten(Options{Growth: 200, NoVolatile: true})
	golden(t, "testdata/promoted/sums.golden", f, remarks)
	for name, o := range map[string]Options{"what may be volatile": {Growth: 100}, "code that may not grow": {NoVolatile: true}} {
		f, _ := rewritten(o)
		if got := f.Text(); bytes.Contains(got, []byte("slow")) || bytes.Contains(got, []byte(".Lmvjam")) {
			t.Errorf("%s: loops keep words in registers\n%s", name, got)
		}
	}
}

// nothing is what functions in testdata return.
var nothing = Prototypes{"columns": {4, 0}, "into": {4, 0}, "two": {3, 0}, "apart": {3, 0}, "beside": {1, 0}, "among": {1, 0}}

// promotedLoops plans it for functions in testdata.
func promotedLoops(t *testing.T) (*rewriter, map[string]*promoted) {
	t.Helper()
	r := seededRewriter(t)
	r.options = Options{StandardCalls: true, NoVolatile: true, Prototypes: nothing}
	r.ctx, r.edits = context.Background(), map[int][]string{}
	text, err := os.ReadFile("testdata/promoted/sums.s")
	if err != nil {
		t.Fatal(err)
	}
	r.file = asm.Read("sums.s", text)
	out := map[string]*promoted{}
	for _, fn := range r.functions(r.file) {
		for _, b := range fn.blocks {
			if p := r.promotion(b); p != nil {
				out[fn.name] = p
			}
		}
	}
	return r, out
}

// TestPromoteBites feeds the check of a loop that keeps words in registers with wrong ones.
func TestPromoteBites(t *testing.T) {
	r, loops := promotedLoops(t)
	for _, name := range []string{"columns", "into", "two", "apart", "beside"} {
		p := loops[name]
		if p == nil || p.why != "" {
			t.Fatalf("%s: %s", name, p.reason())
		}
		var right []string
		for _, in := range p.code {
			right = append(right, "\t"+in.base())
		}
		check := func(list []string) error { return p.right(r, r.read(p.b.last().line, list)) }
		if err := check(right); err != nil {
			t.Fatalf("%s: refused: %v\n%s", name, err, strings.Join(right, "\n"))
		}
		at := func(mnemonic string) int {
			return slices.IndexFunc(right, func(s string) bool { return strings.HasPrefix(s, "\t"+mnemonic) })
		}
		without := func(k int) []string { return slices.Delete(slices.Clone(right), k, k+1) }
		w := p.words[0]
		sum := fmt.Sprintf("x%d", w.reg)
		store := "\t" + w.stores[0].base()
		for slip, wrong := range map[string][]string{
			"a sum less":              without(at("add\t")),
			"a sum twice":             slices.Insert(slices.Clone(right), at("add\t"), right[at("add\t")]),
			"a load less":             without(at("l")),
			"a pointer that stays":    without(at("addi")),
			"a sum that starts anew":  append([]string{"\tli\t" + sum + ", 0"}, right...),
			"the word stored as well": append([]string{store}, right...),
			"the word loaded":         append([]string{strings.Replace(store, "\tsw", "\tlw", 1)}, right...),
			"no branch":               right[:len(right)-1],
			"another register":        append([]string{"\tli\tsp, 0"}, right...),
			"a sum that is no more":   slices.Insert(slices.Clone(right), len(right)-1, "\tli\t"+sum+", 1"),
		} {
			if check(wrong) == nil {
				t.Errorf("%s: %s passes\n%s", name, slip, strings.Join(wrong, "\n"))
			}
		}
		last := len(w.stores) - 1
		kept := w.stores[last]
		for slip, wrong := range map[string]*insn{
			"another register is stored": kept.with("rs2", operand{reg: sp}),
			"another word is stored":     kept.with("imm", operand{imm: kept.fields.of("imm").imm + 4}),
			"it is stored elsewhere":     kept.with("rs1", operand{reg: sp}),
		} {
			w.stores[last] = wrong
			if check(right) == nil {
				t.Errorf("%s: %s behind it, and that passes", name, slip)
			}
		}
		w.stores[last] = kept
	}
	p := loops["apart"]
	if p.words[0].first = false; p.right(r, p.code) == nil {
		t.Error("apart: what the register begins with does not matter")
	}
}

// TestPromoteGuards compares guards with what loops access, byte by byte, and guards that are
// off by one with theirs.
func TestPromoteGuards(t *testing.T) {
	r, loops := promotedLoops(t)
	for name, far := range map[string][]uint64{"columns": {0}, "into": {2, 40, 2000, 1 << 22}, "two": {0}, "apart": {0}} {
		p := loops[name]
		pairs := slices.Clone(p.pairs)
		wrong := func(texts []string) (n int) {
			guard := r.read(p.b.last().line, texts)
			for _, moved := range far {
				for _, c := range pairs {
					rounds := max(p.rounds, int64(moved)/p.step+1)
					low, high := int64(0), c.other.bytes // of what is accessed, from the first
					low += min(0, c.other.stride*(rounds-1))
					high += max(0, c.other.stride*(rounds-1))
					for _, at := range []int64{low - c.words.bytes - 1, low - c.words.bytes, low - c.words.bytes + 1, low - 1, low, low + 1, high - 2, high - 1, high, high + 1, high + 0x4000} {
						hold := map[int]uint64{}
						place := func(first span, to uint64) {
							c, terms := first.first.Linear()
							hold[number(terms[0].Value)] = to - c
							for _, x := range terms[1:] {
								hold[number(x.Value)] = 0
							}
						}
						apart := func(x span) uint64 {
							_, terms := x.first.Linear()
							return 0x12345000 + uint64(number(terms[0].Value))<<27
						}
						for _, x := range pairs {
							place(x.other, apart(x.other))
							place(x.words, apart(x.words))
						}
						place(c.words, apart(c.other)+uint64(at))
						if p.rounds == 0 { // the register that nothing else needs is the bound
							c, terms := p.left.Linear()
							sum, bound := moved-c, norm.Term{}
							for _, x := range terms {
								if v, ok := hold[number(x.Value)]; ok {
									sum -= x.Coef * v
								} else {
									bound = x
								}
							}
							hold[number(bound.Value)] = sum * bound.Coef
						}
						if meets := at > low-c.words.bytes && at < high || moved > mostMoved; slow(r, guard, hold) != meets {
							n++
						}
					}
				}
			}
			return n
		}
		guard := p.guard()
		if n := wrong(guard); n > 0 || len(p.pairs) == 0 {
			t.Errorf("%s: %d guards are wrong\n%s", name, n, strings.Join(guard, "\n"))
		}
		for k, s := range guard {
			i := strings.LastIndex(s, ", ")
			if c, err := strconv.Atoi(s[i+2:]); err == nil && c != 0 && c != mostMoved && !strings.Contains(s, "andi") {
				for _, by := range []int{-1, 1} {
					list := slices.Clone(guard)
					if list[k] = s[:i+2] + fmt.Sprint(c+by); wrong(list) == 0 {
						t.Errorf("%s: %q in place of %q passes", name, list[k], s)
					}
				}
			}
			for from, to := range map[string]string{"\tsub\t": "\tadd\t", "\tslli\t": "\tsrli\t"} {
				if strings.HasPrefix(s, from) {
					list := slices.Clone(guard)
					if list[k] = strings.Replace(s, from, to, 1); wrong(list) == 0 {
						t.Errorf("%s: %q in place of %q passes", name, list[k], s)
					}
				}
			}
		}
		for k, c := range pairs { // a stride of the wrong sign
			if c.other.stride != 0 {
				p.pairs[k].other.stride = -c.other.stride
				if wrong(p.guard()) == 0 {
					t.Errorf("%s: a stride of %d is one of %d", name, c.other.stride, -c.other.stride)
				}
				p.pairs[k] = c
			}
		}
	}
}

// reason is why words stay in memory.
func (p *promoted) reason() string {
	if p == nil {
		return "there are none"
	}
	return cmp.Or(p.why, "they do not")
}

// TestPromoteRefuses: words that the loop is known to load otherwise stay.
func TestPromoteRefuses(t *testing.T) {
	_, loops := promotedLoops(t)
	if p := loops["among"]; p == nil || !strings.Contains(p.why, "loads what it stores") {
		t.Error(p.reason())
	}
	if p := loops["beside"]; p == nil || p.why != "" || len(p.pairs) != 0 {
		t.Error(p.reason())
	}
}

// TestJamWords makes several results at once that are in memory, and feeds the check and the
// guard with wrong ones.
func TestJamWords(t *testing.T) {
	r, loops := promotedLoops(t)
	n, why := r.nest(loops["columns"].b.fn, loops["columns"].b)
	if n == nil || why != "" || n.word == nil || !n.counts || n.turns != 16 || n.rounds != 100 {
		t.Fatalf("%+v, %s", n, why)
	}
	j := &jammed{nest: n, number: 1, turns: 4, times: 1, once: true}
	if why := j.plan(r); why != "" {
		t.Fatal(why)
	}
	if err := j.right(r, j.code); err != nil {
		t.Fatal(err)
	}
	for k, in := range j.code {
		wrong := slices.Delete(slices.Clone(j.code), k, k+1)
		if j.right(r, wrong) == nil {
			t.Errorf("without %s it passes", in.base())
		}
		if in.m.load != nil {
			wrong := slices.Clone(j.code)
			wrong[k] = in.with("imm", operand{imm: in.fields.of("imm").imm + 2})
			if j.right(r, wrong) == nil {
				t.Errorf("%s two bytes further on passes", in.base())
			}
		}
	}
	if j.right(r, append([]*insn{n.word}, j.code...)) == nil {
		t.Error("a store passes")
	}
	between := strings.Join(j.between(r), "\n")
	for _, s := range []string{".Lmvjam1.next:\n", "\tmv\ta5, a6\n", "\tsw\ta3,0(a0)\n\tj\t"} {
		if strings.Count(between, s) != 1 {
			t.Errorf("%q is missing in\n%s", s, between)
		}
	}
	const x, w, y, z = 0x10000000, 0x20000000, 0x30000000, 0x40000000
	wrong := func(texts []string) (wrong int) {
		guard := r.read(j.inner.last().line, texts)
		for _, loaded := range [][2]int64{{x, x + 200}, {w, w + 99*32 + 32}} {
			for which, bytes := range []int64{16 * wordBytes, 16} {
				for _, at := range []int64{loaded[0] - bytes - 1, loaded[0] - bytes, loaded[0] - bytes + 1, loaded[0], loaded[1] - 1, loaded[1], loaded[1] + 1} {
					to := [2]int64{y, z}
					to[which] = at
					// what registers hold before the first turn
					hold := map[int]uint64{29: x, 16: w + 99*32 + 32, 6: 1<<32 - 100*32, 10: uint64(to[0]), 28: uint64(to[1]), 17: 0, 30: 16}
					if slow(r, guard, hold) != (at > loaded[0]-bytes && at < loaded[1]) {
						wrong++
					}
				}
			}
		}
		return wrong
	}
	if n := wrong(j.check); n > 0 {
		t.Fatalf("%d guards are wrong\n%s", n, strings.Join(j.check, "\n"))
	}
	for k, s := range j.check {
		i := strings.LastIndex(s, ", ")
		if c, err := strconv.Atoi(s[i+2:]); err == nil && c != 0 {
			for _, by := range []int{-1, 1} {
				list := slices.Clone(j.check)
				if list[k] = s[:i+2] + fmt.Sprint(c+by); wrong(list) == 0 {
					t.Errorf("%q in place of %q passes", list[k], s)
				}
			}
		}
	}
}
