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

// nestsC is random C of loops around sums of products of bytes, each of which is rescaled in
// some way and stored, perhaps among what is loaded: several of their turns may be made at
// once, signs are looked at early, and short loops are written out. Each function prints
// what is in memory behind it.
func nestsC(random *rand.Rand) string {
	const functions = 6
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var c, calls strings.Builder
	c.WriteString(`#include <stdio.h>
#include <stdint.h>

static int8_t pool[8192];
static int32_t bias[32], factor[32];
static int8_t shift[32];

static uint32_t noted;

static __attribute__((noinline)) void note(int r)
{
    noted = noted * 5 + (uint32_t)r;
}

static inline __attribute__((always_inline)) int8_t scaled(int32_t sum, int32_t m, int32_t by)
{
    int32_t n = by < 0 ? -by : 0, mask = (int32_t)(((uint32_t)1 << n) - 1);
    int64_t product = (int64_t)(int32_t)((uint32_t)sum << (by > 0 ? by : 0)) * m;
    int32_t x = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    x = (x >> n) + ((x & mask) > (mask >> 1) + (x < 0)) + 5;
    return (int8_t)(x < -128 ? -128 : x > 127 ? 127 : x);
}
`)
	for f := range functions {
		turns, row := pick("2", "3", "4", "6", "8", "9", "12", "16"), pick("1", "3", "8", "16", "24", "40", "75", "130", "300", "n", "n")
		if row == "300" && random.IntN(2) == 0 {
			turns, row = pick("2", "4"), "1300"
		}
		qualifier := ""
		if random.IntN(20) == 0 {
			qualifier = "volatile "
		}
		weights := fmt.Sprintf("w[o * %s + i]", strings.Replace(row, "n", pick("0", "23", "24", "90", "n"), 1))
		switch random.IntN(12) {
		case 0:
			weights = "w[i * 16 + o]"
		case 1:
			weights = fmt.Sprintf("w[(o + 1) * %s - i]", row)
		case 2:
			weights = "w[3 * o + i]"
		}
		result := pick("scaled(s, factor[o], shift[o])", "scaled(s, factor[o], shift[o])", "scaled(s, 1 << 30, shift[o])", "scaled(s, factor[0], -4)",
			"(int8_t)(s >> 7)", "(int8_t)(s > 900 ? 90 : s)", "(int8_t)(s ^ o)")
		usual := "s += x[i] * %s;"
		product := pick(usual, usual, usual, usual, usual, usual, usual, usual, "s -= x[i] * %s;", "s += (x[i] + 3) * %s;", "s += x[i] * %s; s ^= 1;", "s += x[i] * x[i + 1] + %s;")
		begin := pick("bias[o]", "bias[o]", "0", "n", "bias[0] + o")
		more := pick("", "", "", "", "", "", "", "", "", "", "y[40 + o] = (int8_t)o;", "if (s == 77) break;", "bias[1] += s;")
		fmt.Fprintf(&c, `
static __attribute__((noinline)) void f%d(const %sint8_t *x, const int8_t *w, int8_t *y, int32_t n)
{
    (void)n;
    for (int r = 0; r < %s; r++, x += 2, y += %s) {
        %s
        for (int o = 0; o < %s; o++) {
            int32_t s = %s;
            for (int i = 0; i < %s; i++) {
                %s
            }
            %s
            y[%so] = %s;
        }
    }
}
`, f, qualifier, pick("1", "1", "3"), pick("1", "20"), pick("", "note(r);", "note(r);", "note(r);"), turns, begin, row, fmt.Sprintf(product, weights), more, pick("", "", "", "3 * "), result)
		fmt.Fprintf(&calls, `
    for (int k = 0; k < 24; k++) {
        fill(k);
        int n = 1 + k * 5 %% 23;
        f%d(pool + 900, pool + 1000 + k * 13, pool + (k & 1 ? 100 : k & 2 ? 880 + k : k & 4 ? 1000 + 7 * k : 1200 + 40 * k), n);
        for (int i = 0; i < 8192; i++)
            sum = sum * 33 + (uint8_t)pool[i];
    }
    printf("f%[1]d %%x\n", (unsigned)sum);`, f)
	}
	fmt.Fprintf(&c, `
static uint32_t x = %du;

static void fill(int k)
{
    for (int i = 0; i < 8192; i++) {
        x = x * 1664525u + 1013904223u;
        pool[i] = (int8_t)(x >> 24);
    }
    for (int i = 0; i < 32; i++) {
        x = x * 1664525u + 1013904223u;
        bias[i] = (int32_t)x >> 20;
        factor[i] = k & 1 ? (int32_t)x : (int32_t)(x >> 2) + (1 << 30);
        shift[i] = (int8_t)(k & 2 ? (int32_t)(x >> 28) - 10 : -(int32_t)(x >> 29));
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

// nestsWays is how nests are compiled; clang enters loops by a jump.
var nestsWays = []csmithWay{
	{gcc.GCC, "-O2"}, {gcc.GCC, "-O3"}, {gcc.GCC, "-O1"}, {gcc.GCC, "-O2"}, {gcc.Clang, "-O2"}, {gcc.GCC, "-Os"}, {gcc.Clang, "-O1"}, {gcc.Clang, "-O2"}, {gcc.GCC, "-O3"},
}

// TestNests rewrites random loops around sums for MARVEL's designs, and for one that widens.
func TestNests(t *testing.T) {
	designs := append(designsOf(t, "marvel.hcl", 3, "v1", "v4"), designsOf(t, "cc.hcl", 0, "packed")...)
	for _, growth := range []rewriting.Growth{rewriting.AnyGrowth, 100} {
		b := newCsmithBench(t, designs)
		b.growth = growth
		used, failed := b.random(t, nestsWays, 12, nestsC)
		for _, f := range failed {
			t.Error(f)
		}
		t.Logf("growth %d, in use: %v", growth, used)
		if used["jam"] < 8 || used["mv.mac"] < 100 || used["mv.lpset"] == 0 || used["mv.fusedmac"] == 0 || used["cc.dotb"] == 0 {
			t.Error("too few loops are rewritten, so this test says little of them")
		}
	}
}

// TestNestsBites runs them with another sum than they were made for.
func TestNestsBites(t *testing.T) {
	spec := shippedSpec(t, "marvel.hcl")
	right := csmithMachine(t, spec, "v1", 3)
	const sum = "rd = rd + rs1 * rs2"
	if !strings.Contains(string(spec), sum) {
		t.Fatalf("%q is not in the spec", sum)
	}
	wrong := csmithMachine(t, withoutExamples(strings.Replace(string(spec), "    "+sum, "    "+sum+" + 1", 1)), "v1", 3)
	b := newCsmithBench(t, []csmithDesign{{"wrong", right, wrong}})
	b.growth = rewriting.AnyGrowth
	if _, failed := b.random(t, nestsWays, 12, nestsC); len(failed) == 0 {
		t.Error("no program prints something else")
	}
}

// TestSharedTurnsBite runs turns of loops that go together with their parts of the sum left
// out, with another turn's, and without a look at what is stored where.
func TestSharedTurnsBite(t *testing.T) {
	m := csmithMachine(t, shippedSpec(t, "marvel.hcl"), "v4", 3)
	for name, spoil := range map[string]func(text []byte) []byte{
		"a part that is not added": func(text []byte) []byte {
			return regexp.MustCompile(`(\.next:\n(?:.*\n)*?\tlw\t.*\n)\tadd\t.*\n`).ReplaceAll(text, []byte("$1"))
		},
		"the part of a turn behind": func(text []byte) []byte {
			return regexp.MustCompile(`\taddi\t.*, -1\n(\tbne\t.*\.next\n)`).ReplaceAll(text, []byte("$1"))
		},
		"a guard that never finds anything": func(text []byte) []byte {
			return regexp.MustCompile(`\tbltu\t.*\n(\tli\t\w+, 1\n\tsw\t)`).ReplaceAll(text, []byte("$1"))
		},
	} {
		b := newCsmithBench(t, []csmithDesign{{"v4", m, m}})
		b.growth, b.spoil = 100, spoil
		if _, failed := b.random(t, nestsWays[:4], 12, nestsC); len(failed) == 0 {
			t.Errorf("%s: no program prints something else", name)
		}
	}
}
