package cc

import (
	"bytes"
	"cmp"
	"context"
	"flag"
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
	const golden = "testdata/promoted/sums.golden"
	text, err := os.ReadFile("testdata/promoted/sums.s")
	if err != nil {
		t.Fatal(err)
	}
	rewritten := func(o Options) []byte {
		f := asm.Read("sums.s", text)
		o.StandardCalls = true
		remarks, err := Rewrite(context.Background(), f, seededRewriter(t).machine, o)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		for _, r := range remarks {
			out.WriteString(r.In(f.Name) + "\n")
		}
		out.WriteByte('\n')
		out.Write(f.Text())
		return out.Bytes()
	}
	got := rewritten(Options{Growth: 100, NoVolatile: true})
	if flag.Lookup("update").Value.String() == "true" { // cc_test has it
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, differs from %s\n%s", err, golden, got)
	}
	for name, o := range map[string]Options{"what may be volatile": {Growth: 100}, "code that may not grow": {NoVolatile: true}} {
		if got := rewritten(o); bytes.Contains(got, []byte("slow")) || bytes.Contains(got, []byte(".Lmvjam")) {
			t.Errorf("%s: loops keep words in registers\n%s", name, got)
		}
	}
}

// promotedLoops plans it for functions in testdata.
func promotedLoops(t *testing.T) (*rewriter, map[string]*promoted) {
	t.Helper()
	r := seededRewriter(t)
	r.options = Options{StandardCalls: true, NoVolatile: true}
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
