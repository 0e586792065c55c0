package cc

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"marvelgen/gen/cc/asm"
	"marvelgen/gen/isa"
)

// packed is the design that multiplies four bytes at once.
func packed(t *testing.T) *isa.Machine {
	t.Helper()
	return design(t, "cc.hcl", "packed")
}

// TestGoldenWide widens loops; -update writes the golden file.
func TestGoldenWide(t *testing.T) {
	text, err := os.ReadFile("testdata/wide/dot.s")
	if err != nil {
		t.Fatal(err)
	}
	f := asm.Read("dot.s", text)
	remarks, err := Rewrite(context.Background(), f, packed(t), Options{StandardCalls: true, Growth: AnyGrowth})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/wide/dot.golden", f, remarks)
	slight := asm.Read("dot.s", text)
	if _, err := Rewrite(context.Background(), slight, packed(t), Options{StandardCalls: true, Growth: SlightGrowth}); err != nil || !bytes.Contains(slight.Text(), []byte("dotb")) {
		t.Errorf("%v, and no loop is widened\n%s", err, slight.Text())
	}
	if more := codeSize(t, slight.Text()) - codeSize(t, text); more > little {
		t.Errorf("where code may grow by %d bytes it grew by %d\n%s", little, more, slight.Text())
	}
	small := asm.Read("dot.s", text)
	if _, err := Rewrite(context.Background(), small, packed(t), Options{StandardCalls: true, Growth: NoGrowth}); err != nil || !bytes.Equal(small.Text(), text) {
		t.Errorf("%v, and where code must not become larger it became\n%s", err, small.Text())
	}
}

// codeSize is the bytes of instructions in the functions of a text.
func codeSize(t *testing.T, text []byte) (bytes int) {
	t.Helper()
	r := newRewriter(packed(t), Options{StandardCalls: true})
	r.file = asm.Read("dot.s", text)
	for _, fn := range r.functions(r.file) {
		bytes += fn.size()
	}
	return bytes
}

// TestNotWidened leaves loops that may be volatile, and those whose rows never both begin
// at whole words. Each edit of the loops that are widened makes them such.
func TestNotWidened(t *testing.T) {
	text, err := os.ReadFile("testdata/wide/dot.s")
	if err != nil {
		t.Fatal(err)
	}
	const told = "may be volatile"
	for _, c := range []struct{ name, old, new, remark string }{
		{"clang", "GCC: () 12.2.0", "Debian clang version 19.1.7", told},
		{"gcc 16", "GCC: () 12.2.0", "GCC: () 16.1.0", told},
		{"nobody", "\t.ident\t\"GCC: () 12.2.0\"\n", "", told},
		{"within words", "lb\ta4,0(a0)", "lb\ta4,2(a0)", ""},
		{"without a sign", "lb\ta4", "lbu\ta4", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !bytes.Contains(text, []byte(c.old)) {
				t.Fatalf("no %q", c.old)
			}
			f := asm.Read("dot.s", bytes.ReplaceAll(text, []byte(c.old), []byte(c.new)))
			remarks, err := Rewrite(context.Background(), f, packed(t), Options{StandardCalls: true, Growth: AnyGrowth})
			if err != nil || bytes.Contains(f.Text(), []byte("dotb")) {
				t.Fatalf("%v\n%s", err, f.Text())
			}
			if c.remark == told {
				f := asm.Read("dot.s", bytes.ReplaceAll(text, []byte(c.old), []byte(c.new)))
				if _, err := Rewrite(context.Background(), f, packed(t), Options{StandardCalls: true, Growth: AnyGrowth, NoVolatile: true}); err != nil || !bytes.Contains(f.Text(), []byte("dotb")) {
					t.Errorf("%v: nothing is volatile, and no loop is widened\n%s", err, f.Text())
				}
			}
			if c.remark != "" && !slices.ContainsFunc(remarks, func(r Remark) bool { return strings.Contains(r.Text, c.remark) }) {
				t.Errorf("nothing says %q: %v", c.remark, remarks)
			}
		})
	}
}

// TestWideBites feeds the check of wide loops with wrong ones.
func TestWideBites(t *testing.T) {
	r := newRewriter(packed(t), Options{StandardCalls: true, Growth: AnyGrowth})
	r.ctx = context.Background()
	text, err := os.ReadFile("testdata/wide/dot.s")
	if err != nil {
		t.Fatal(err)
	}
	r.file = asm.Read("dot.s", text)
	fns := r.functions(r.file)
	fn := fns[0]
	var w *wide
	for _, b := range fn.blocks {
		if found := r.wide(fn, b); found != nil {
			w = found
		}
	}
	if w == nil || w.count != 400 {
		t.Fatal("no loop was found")
	}
	if _, ok := r.borrow(w); !ok {
		t.Fatal("no registers were found")
	}
	for _, w.times = range []int{1, 2} {
		word := r.read(w.b.last().line, w.word())
		var right []string
		for _, in := range w.repeated(word) {
			right = append(right, "\t"+in.base())
		}
		right = append(right, w.end()...)
		check := func(list []string) error { return r.fourRounds(w, r.read(w.b.last().line, list)) }
		if err := check(right); err != nil {
			t.Fatalf("%d words: refused: %v\n%s", w.times, err, strings.Join(right, "\n"))
		}
		swap := func(i, k int) []string {
			list := slices.Clone(right)
			list[i], list[k] = list[k], list[i]
			return list
		}
		first := func(mnemonic string) int {
			return slices.IndexFunc(right, func(s string) bool { return strings.HasPrefix(s, "\t"+mnemonic+"\t") })
		}
		change := func(mnemonic, old, to string) []string {
			list := slices.Clone(right)
			i := first(mnemonic)
			if list[i] = strings.Replace(list[i], old, to, 1); list[i] == right[i] {
				t.Fatalf("%q has no %q", right[i], old)
			}
			return list
		}
		for name, wrong := range map[string][]string{
			"a byte's place":         change("slli", "24", "16"),
			"a byte without a sign":  change("srai", "srai", "srli"),
			"words in another order": swap(first("lw"), first("lw")+1),
			"another word":           change("lw", "0(", "4("),
			"a pointer's step":       change("addi", fmt.Sprintf(", %d", rounds*w.times), ", 12"),
			"a product less":         slices.Delete(slices.Clone(right), first("add"), first("add")+1),
			"a live register lost":   append([]string{"\tli\ta3, 0"}, right...),
			"another bound":          change("bne", "a3", "a1"),
			"a half of it":           append(slices.Clone(right[:len(right)/2]), right[len(right)-1]),
			"an access more":         append([]string{"\tlw\tt0, 0(a0)"}, right...),
		} {
			if check(wrong) == nil {
				t.Errorf("%d words: %s passes", w.times, name)
			}
		}
	}
}
