package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"marvelgen/flows/gcc"
	rewriting "marvelgen/gen/cc"
)

// sumsC is random C of loops around sums that are left in memory, which may lie among what is
// loaded, at its ends, or just before and behind. Each function prints what is in memory behind
// it.
func sumsC(random *rand.Rand) string {
	const functions = 6
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var c, calls strings.Builder
	c.WriteString(`#include <stdio.h>
#include <stdint.h>

typedef int8_t byte;
typedef int16_t __attribute__((may_alias)) half;
typedef int32_t __attribute__((may_alias)) word;

static word pool[2048];
`)
	for f := range functions {
		x, w := pick("byte", "half", "half", "word"), pick("byte", "half", "half", "word")
		y := pick("word", "word", "word", "word", "word", "word", "half", "byte")
		if random.IntN(25) == 0 {
			y = "volatile word"
		}
		turns, rounds := pick("1", "2", "3", "4", "6", "8", "12"), pick("1", "2", "3", "9", "16", "24", "40", "100", "n", "n")
		first := pick("x[i]", "x[i]", "x[i]", "x[2 * i]", "x[i] + 3", fmt.Sprintf("x[%s - i]", rounds))
		second := pick("w[i * 8 + o]", "w[i * 8 + o]", "w[i * 12 + o]", "w[i * 40 + o]", "w[i]", "w[o]", "w[o * 16 + i]", "w[7 - i + o]")
		at := pick("y[o]", "y[o]", "y[o]", "y[0]", "y[2 * o]")
		body := pick("%[1]s += (%[2]s) * %[3]s;", "%[1]s += (%[2]s) * %[3]s;", "%[1]s += (%[2]s) * %[3]s;", "%[1]s -= %[2]s;", "%[1]s += %[2]s; %[1]s ^= %[3]s;",
			"%[1]s += %[2]s; y[20] += %[3]s;", "%[1]s += %[2]s; y[21] = o + i;", "if (%[1]s == 77) break; %[1]s += %[2]s;", "s += (%[2]s) * %[3]s; %[1]s = s;", "%[1]s = %[2]s * 5 + %[3]s;",
			"y[1] += %[1]s * %[2]s;")
		if random.IntN(3) == 0 { // as code generators have it
			turns, rounds = pick("4", "6", "8", "12"), pick("16", "24", "40", "100")
			x, w, y, first, at, body = pick("half", "byte"), pick("half", "byte"), "word", "x[i]", pick("y[o]", "y[0]"), "%[1]s += (%[2]s) * %[3]s;"
		}
		inner := fmt.Sprintf("for (int i = 0; i < %s; i++) {\n                %s\n            }", rounds, fmt.Sprintf(body, at, first, second))
		if random.IntN(4) == 0 {
			inner = "for (int r = 0; r < 3; r++, w += 8) {\n            " + inner + "\n            }"
		}
		fmt.Fprintf(&c, `
static __attribute__((noinline)) void f%d(const %s *x, const %s *w, %s *y, int8_t *z, int32_t n)
{
    (void)n;
    (void)z;
    for (int r = 0; r < %s; r++, x += 2%s) {
        for (int o = 0; o < %s; o++) {
            int32_t s = %s;
            %s
            %s
            s += y[o];
            %s
        }
    }
}
`, f, x, w, y, pick("1", "1", "3"), pick("", ", y += 4"), turns, pick("0", "o", "n"), pick("y[o] = 0;", "y[o] = 0;", "", "y[0] = o;"), inner, pick("", "", "z[o] = (int8_t)(s >> 3);", "z[o] = (int8_t)s;", "z[2 * o] = 1;"))
		fmt.Fprintf(&calls, `
    for (int k = 0; k < 40; k++) {
        fill();
        int n = k * 7 %% 41 + 1;
        static const int apart[] = {-2, -1, 0, 1, 2, 3, 5, 8, 20, 50};
        word *x = pool + 600, *w = pool + 900;
        word *near = k & 1 ? x : w, *y = near + apart[k / 2 %% 10];
        int8_t *z = (int8_t *)pool + 6000;
        if (k >= 20) { // behind what is loaded
            y = near + (n * %s + apart[k / 2 %% 10]) / %s;
            z = (int8_t *)(k & 2 ? x : w) + apart[k %% 10];
        }
        f%d((const void *)x, (const void *)w, (void *)y, z, n);
        for (int i = 0; i < 2048; i++)
            sum = sum * 33 + (uint32_t)pool[i];
    }
    printf("f%[3]d %%x\n", (unsigned)sum);`, pick("1", "8", "12"), pick("1", "2", "4"), f)
	}
	fmt.Fprintf(&c, `
static uint32_t seed = %du;

static void fill(void)
{
    for (int i = 0; i < 2048; i++) {
        seed = seed * 1664525u + 1013904223u;
        pool[i] = (int32_t)seed >> (i & 3 ? 0 : 20);
    }
}

int main(void)
{
    uint32_t sum = 1;%s
    return 0;
}
`, random.Uint32(), calls.String())
	return c.String()
}

// sumsWays is how they are compiled.
var sumsWays = []csmithWay{
	{gcc.GCC, "-O2"}, {gcc.Clang, "-O2"}, {gcc.GCC, "-O1"}, {gcc.GCC, "-O3"}, {gcc.Clang, "-O1"}, {gcc.Clang, "-O3"}, {gcc.GCC, "-O2"}, {gcc.GCC, "-Os"}, {gcc.GCC, "-O1"},
}

func newSumsBench(t *testing.T) *csmithBench {
	t.Helper()
	return newCsmithBench(t, append(designsOf(t, "marvel.hcl", 3, "v1", "v4"), designsOf(t, "cc.hcl", 3, "plain", "packed")...))
}

// TestSums rewrites random loops around sums in memory.
func TestSums(t *testing.T) {
	for _, growth := range []rewriting.Growth{100, rewriting.AnyGrowth} {
		b := newSumsBench(t)
		b.growth = growth
		used, failed := b.random(t, sumsWays, 2*len(sumsWays), sumsC)
		for _, f := range failed {
			t.Error(f)
		}
		t.Logf("growth %d, in use: %v", growth, used)
		if used["slow"] < 40 || used["jam"] < 4 || used["mv.mac"] == 0 {
			t.Error("too few loops keep their sums in registers, so this test says little of them")
		}
	}
}

// TestSumsBite: what the guards do matters, and what stands behind the loops.
func TestSumsBite(t *testing.T) {
	for name, spoils := range map[string]struct{ from, to string }{
		"no guard":          {`\tbltu\t\w+, \w+, \.Lmvslow\d+\n`, ""},
		"a word less":       {`(\tli\t\w+, )(\d+)(\n\tbltu\t\w+, \w+, \.Lmvslow)`, ""},
		"nothing is stored": {`\tsw\t[^\n]*\n(\tj\t\.L)`, "$1"},
	} {
		b := newSumsBench(t)
		b.growth = 100
		from := regexp.MustCompile(spoils.from)
		b.spoil = func(text []byte) []byte {
			if name == "a word less" {
				return from.ReplaceAllFunc(text, func(s []byte) []byte {
					m := from.FindSubmatch(s)
					var limit int
					fmt.Sscan(string(m[2]), &limit)
					return fmt.Appendf(nil, "%s%d%s", m[1], max(limit-4, 0), m[3])
				})
			}
			return from.ReplaceAll(text, []byte(spoils.to))
		}
		if _, failed := b.random(t, sumsWays[:3], 6, sumsC); len(failed) == 0 {
			t.Errorf("%s: nothing fails", name)
		}
	}
}
