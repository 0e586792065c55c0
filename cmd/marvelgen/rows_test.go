package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	rewriting "marvelgen/gen/cc"
	"time"
)

// rowsC is random C of loops over rows: of bytes mostly, that begin anywhere, and are as
// long as a number or an argument says. Each function is called for rows that begin at any
// byte of a word, and prints its sums mixed.
func rowsC(random *rand.Rand) string {
	const functions = 12
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var c, calls strings.Builder
	c.WriteString(`#include <stdio.h>

static signed char pool[2][256];
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
	fmt.Fprintf(&c, `
int main(void)
{
    unsigned sum = 1, x = %d;
    for (int i = 0; i < 512; i++) {
        x = x * 1664525u + 1013904223u;
        pool[i / 256][i %% 256] = (signed char)(x >> 24);
    }%s
    return 0;
}
`, random.Uint32(), calls.String())
	return c.String()
}

// random compares random C with itself rewritten, on every design.
func (b *csmithBench) random(t *testing.T, ways []csmithWay, programs int, c func(*rand.Rand) string) (used map[string]int, failed []string) {
	t.Helper()
	used = map[string]int{}
	for i := range programs {
		w := ways[i%len(ways)]
		dir := filepath.Join(b.dir, fmt.Sprintf("random%d", i))
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
		o, err := b.compare(ctx, dir, []byte(c(rand.New(rand.NewPCG(*csmithSeed, uint64(i))))), w)
		stop()
		if err != nil || o.skipped {
			t.Fatalf("program %d, %s: %v, not run: %t", i, w, err, o.skipped)
		}
		for _, f := range o.failed {
			failed = append(failed, fmt.Sprintf("program %d, %s", i, f))
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
	b.growth = rewriting.AnyGrowth
	used, failed := b.random(t, csmithWays, 3*len(csmithWays), rowsC)
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
	b.growth = rewriting.AnyGrowth
	if _, failed := b.random(t, csmithWays, len(csmithWays), rowsC); len(failed) == 0 {
		t.Error("not noticed")
	}
}
