package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rowsC is random C of loops over rows: of bytes mostly, that begin anywhere, and are as
// long as a number or an argument says. Each function is called for rows that begin at any
// byte of a word, and prints its sums mixed. Others are layers: they store a result of each
// of several rows, perhaps where a row is.
func rowsC(random *rand.Rand, functions int) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var c, calls strings.Builder
	c.WriteString(`#include <stdio.h>

static signed char pool[2][1024];
static int begin[16];
`)
	for f := range functions {
		bytes := "signed char"
		qualifier := ""
		switch random.IntN(10) {
		case 0:
			bytes = pick("unsigned char", "short")
		case 1:
			qualifier = "volatile "
		}
		length := "n"
		if random.IntN(2) == 0 {
			length = fmt.Sprint(pick("1", "3", "4", "8", "12", "16", "27", "32"))
		}
		index := func() string { return pick("i", "i", "i", "i", "i", "i + 4", "i + 1", "2 * i", "31 - i") }
		term := fmt.Sprintf("x[%s] * y[%s]", index(), index())
		switch random.IntN(8) {
		case 0:
			term = fmt.Sprintf("x[%s] * x[%s]", index(), index())
		case 1:
			term = fmt.Sprintf("(x[%s] + offset) * y[%s]", index(), index())
		}
		step := pick("s += ", "s += ", "s += ", "s -= ", "s ^= ") + term + ";"
		if random.IntN(6) == 0 {
			step += pick(" t += s;", " t++;", " t += x[0];", " if (s > 1000000) break;")
		}
		loop := pick(
			"for (int i = 0; i < %s; i++) {\n        %s\n    }",
			"for (int i = 0; i != %s; i++) {\n        %s\n    }",
			"int i = 0, k = %s;\n    if (k) do {\n        %s\n        i++;\n    } while (--k);",
			"for (int r = 0; r < 3; r++) for (int i = 0; i < %s; i++) {\n        %s\n    }",
		)
		body := fmt.Sprintf(loop, length, step)
		if random.IntN(4) == 0 { // pointers that move
			body = fmt.Sprintf("int k = %s;\n    while (k-- > 0)\n        s += *x++ * *y++;", length)
		}
		fmt.Fprintf(&c, `
static __attribute__((noinline)) unsigned f%d(const %s%s *x, const %s *y, int n, int offset)
{
    unsigned s = %s, t = 0;
    (void)n, (void)offset;
    %s
    return s + t;
}
`, f, qualifier, bytes, bytes, pick("0", "7", "offset"), body)
		fmt.Fprintf(&calls, `
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int n = 0; n < 36; n += n < 9 ? 1 : 5)
                sum = sum * 33 + f%d((const %s *)(pool[0] + 8 + a * sizeof(%[2]s)), (const %[2]s *)(pool[1] + 8 + b * sizeof(%[2]s)), n, 3 * n - b);
    printf("f%[1]d %%x\n", sum);`, f, bytes)
	}
	for f := range functions / 3 {
		results, length := pick("1", "2", "4", "6", "8", "12", "15"), pick("n", "1", "4", "9", "16", "27")
		stride := length
		if random.IntN(4) == 0 {
			stride = pick("1", "3", "32")
		}
		term := pick("x[i] * w[STRIDE * r + i]", "w[STRIDE * r + i] * x[i]", "(x[i] + offset) * w[STRIDE * r + i]", "x[i + r] * w[STRIDE * r + i]", "x[i] * w[r + STRIDE * i]")
		result := pick("s >> 7", "(int)((s * 1234567LL) >> 20)", "s > 1000 ? 127 : s < -1000 ? -128 : s >> 3", "s >> (r & 7)")
		fmt.Fprintf(&c, `
static __attribute__((noinline)) void g%d(signed char *out, const signed char *x, const signed char *w, const int *begin, int n, int offset)
{
    (void)n, (void)offset;
    for (int r = 0; r < %s; r++) {
        int s = %s;
        for (int i = 0; i < %s; i++)
            s += %s;
        out[r] = (signed char)(%s);
    }
}
`, f, results, pick("0", "begin[r]", "begin[r] + offset"), length, strings.ReplaceAll(term, "STRIDE", stride), result)
		fmt.Fprintf(&calls, `
    for (int at = 0; at < 64; at++) { /* where results may lie among rows */
        g%d(pool[at & 1] + at, pool[0] + 8, pool[1] + 8, begin, at %% 18, 3 * at - 90);
        for (int i = 0; i < 512; i++)
            sum = sum * 33 + (unsigned char)pool[0][i] + 7 * (unsigned)(unsigned char)pool[1][i];
    }
    printf("g%[1]d %%x\n", sum);`, f)
	}
	fmt.Fprintf(&c, `
int main(void)
{
    unsigned sum = 1, x = %d;
    for (int i = 0; i < 2048; i++) {
        x = x * 1664525u + 1013904223u;
        pool[i / 1024][i %% 1024] = (signed char)(x >> 24);
        begin[i %% 16] = (int)(x >> 20);
    }%s
    return 0;
}
`, random.Uint32(), calls.String())
	return c.String()
}

// rows compares random C of loops over rows with itself rewritten, on every design.
func (b *csmithBench) rows(t *testing.T, programs int) (used map[string]int, failed []string) {
	t.Helper()
	used = map[string]int{}
	for i := range programs {
		w := csmithWays[i%len(csmithWays)]
		dir := filepath.Join(b.dir, fmt.Sprintf("rows%d", i))
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
		o, err := b.compare(ctx, dir, []byte(rowsC(rand.New(rand.NewPCG(*csmithSeed, uint64(i))), 12)), w)
		stop()
		if err != nil || o.skipped {
			t.Fatalf("rows %d, %s: %v, not run: %t", i, w, err, o.skipped)
		}
		for _, f := range o.failed {
			failed = append(failed, fmt.Sprintf("rows %d, %s", i, f))
		}
		for name, n := range o.used {
			used[name] += n
		}
	}
	return used, failed
}

// TestRows rewrites random loops over rows for designs that widen them, and for those that
// move pointers and count in hardware. They become larger by what wide loops take, some 2 %
// of such a program; networks do not (make bench-cc).
func TestRows(t *testing.T) {
	spec := shippedSpec(t, "cc.hcl")
	var designs []csmithDesign
	for _, name := range []string{"packed", "plain"} {
		m := csmithMachine(t, spec, name, 0)
		designs = append(designs, csmithDesign{name, m, m})
	}
	b := newCsmithBench(t, designs)
	b.anySize = true
	used, failed := b.rows(t, 3*len(csmithWays))
	for _, f := range failed {
		t.Error(f)
	}
	t.Logf("in use: %v", used)
	for _, name := range []string{"cc.dotb", "cc.lbi", "cc.macb", "cc.lpset", "cc.lpseti"} {
		if used[name] == 0 {
			t.Errorf("no loop has %s, so this test says nothing of it", name)
		}
	}
}

// TestRowsBites runs widened loops with another dot product than they were made for.
func TestRowsBites(t *testing.T) {
	spec := shippedSpec(t, "cc.hcl")
	right := csmithMachine(t, spec, "packed", 0)
	const product = "signed(bits(rs2, 15, 8), 8) * signed(bits(word, 15, 8), 8)"
	if n := strings.Count(string(spec), product); n != 1 {
		t.Fatalf("%q is %d times in the spec", product, n)
	}
	wrong := csmithMachine(t, withoutExamples(strings.Replace(string(spec), product, product+" + 1", 1)), "packed", 0)
	b := newCsmithBench(t, []csmithDesign{{"wrong", right, wrong}})
	b.anySize = true
	if _, failed := b.rows(t, len(csmithWays)); len(failed) == 0 {
		t.Error("not noticed")
	}
}
