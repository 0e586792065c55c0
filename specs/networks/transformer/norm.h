// Layer normalisation: the unit squares and sums a row that it holds as weights, and
// later normalises it, an element an instruction.
#ifndef TRANSFORMER_NORM_H
#define TRANSFORMER_NORM_H

#ifndef MARVELGEN_EMULATE

#include "../cnn/unit.h"

#define NN_LAYER_NORM transformer_layer_norm

// Rows that are measured before any is normalised: gains lie where their words do.
#define TRANSFORMER_NORMS 64

// 2^24/sqrt(m) for m from 2^14 to below 2^16, as rsqrt in templates/nn/norm.c.tmpl: from
// tables of 96 pieces, which the program has already.
COMMON_PART int32_t transformer_rsqrt(uint32_t m)
{
    uint32_t piece = nn_rsqrt_pieces[(m >> 9) - 32];
    return (int32_t)((piece >> 12) - ((piece & 0xfff) * (m & 511) >> 9));
}

// What a row's elements are times, and what is added.
struct transformer_slope {
    int32_t a, c;
};

// The sums of a row's squares and of its elements.
COMMON_APART void transformer_moments(const int8_t *x, int32_t words, int32_t *squares, int32_t *sum)
{
    int32_t ones = 0x01010101, u, n;
    const int8_t *p = x;
    mv_wput(0, 0, 0, 0, 1);
    __asm__ volatile("mv.lpset 0, %[n], 4 * 3\n"
                     "lw %[u], 0(%[p])\n"
                     "addi %[p], %[p], 4\n"
                     "mv.wput %[u], %[ones], 0, 1, 0\n"
                     : [u] "=&r"(u), [p] "+r"(p) : [n] "r"(words), [ones] "r"(ones) : "memory");
    __asm__ volatile("mv.cmac %[x], %[x], zero, 1, 0, 0\n" : [x] "+r"(x) : : "memory");
    if (words > 1)
        __asm__ volatile("mv.lpset 0, %[n], 4\nmv.cmac %[x], %[x], %[four], 0, 0, 0\n" : [x] "+r"(x) : [n] "r"(words - 1), [four] "r"(4) : "memory");
    __asm__ volatile("mv.cnop zero, 1\nmv.cnop zero, 0\nmv.crd %[n], 1\n"
                     "mv.cnop zero, 0\nmv.cnop zero, 0\nmv.cnop zero, 0\nmv.crd %[u], 1\n" : [n] "=&r"(n), [u] "=r"(u));
    *sum = n;
    *squares = u;
}

// The slope of a row, as slope_of in templates/nn/norm.c.tmpl.
COMMON_APART void transformer_measure(const struct nn_layer_norm *p, const int8_t *x, struct transformer_slope *s)
{
    int32_t n = p->depth, sum, squares, half = 8, r, right;
    uint32_t m;
    uint64_t w;
    int64_t mean;
    transformer_moments(x, n >> 2, &squares, &sum);
    w = (uint64_t)((int64_t)(n << 12) * squares - (int64_t)(sum * 64) * (sum * 64)) + p->epsilon;
    for (; w >> 32; w >>= 16)
        half += 8;
    m = w ? (uint32_t)w : 1;
    if (!(m >> 16))
        m <<= 16, half -= 8;
    if (!(m >> 24))
        m <<= 8, half -= 4;
    if (!(m >> 28))
        m <<= 4, half -= 2;
    if (!(m >> 30))
        m <<= 2, half -= 1;
    r = transformer_rsqrt(m >> 16);
    right = half + 7 - p->point;
    mean = (int64_t)sum * r;
    if (right >= 0) {
        s->a = (int32_t)((uint32_t)(n * r) >> right);
        s->c = 1024 - (int32_t)(mean >> right);
    } else {
        s->a = (int32_t)((uint32_t)(n * r) << -right);
        s->c = 1024 - (int32_t)((uint32_t)mean << -right);
    }
}

// Gains and biases, scaled so that results lie from bit 30 on; of each four the last
// one first, since the first of four results is the highest byte.
COMMON_APART void transformer_gains(const struct nn_layer_norm *p)
{
    int32_t more = 30 - p->shift, i, k;
    mv_wput(0, 0, 0, 0, 1);
    mv_wput(0, 0, 1, 1, 0); // what the row before has left
    for (i = 0; i < p->depth; i += 4) {
        for (k = i + 3; k >= i; k--) {
            int32_t b = p->bias[k];
            mv_wput((int32_t)((uint32_t)p->gain[k] << more), 0, 0, 0, 0);
            mv_wput((int32_t)((uint32_t)b << more), more ? b >> (32 - more) : b >> 31, 1, 1, 0);
        }
    }
}

// A row: the four results of a word are there two instructions into the next one.
COMMON_APART void transformer_normalise(struct transformer_slope s, const int8_t *x, int32_t words, int8_t *y)
{
    int32_t u, t, n = words - 1;
    mv_oset(s.c, 0);
    __asm__ volatile("lw %[u], 0(%[x])\n"
                     "mv.nmac %[u], %[a], 3, 1\n mv.nmac %[u], %[a], 2, 0\n mv.nmac %[u], %[a], 1, 0\n mv.nmac %[u], %[a], 0, 0\n"
                     : [u] "=&r"(u) : [x] "r"(x), [a] "r"(s.a) : "memory");
    y -= 4;
    if (n)
        __asm__ volatile("mv.lpset 0, %[n], 4 * 8\n"
                         "lw %[u], 4(%[x])\n"
                         "addi %[x], %[x], 4\n"
                         "mv.nmac %[u], %[a], 3, 0\n"
                         "mv.nmac %[u], %[a], 2, 0\n"
                         "mv.crd %[t], 0\n"
                         "mv.cst %[y], %[y], %[t], 1\n"
                         "mv.nmac %[u], %[a], 1, 0\n"
                         "mv.nmac %[u], %[a], 0, 0\n"
                         : [u] "=&r"(u), [t] "=&r"(t), [x] "+r"(x), [y] "+r"(y) : [n] "r"(n), [a] "r"(s.a) : "memory");
    __asm__ volatile("mv.nmac %[u], zero, 0, 0\n mv.nmac %[u], zero, 0, 0\n mv.crd %[t], 0\n sw %[t], 4(%[y])\n"
                     : [t] "=&r"(t) : [u] "r"(u), [y] "r"(y) : "memory");
}

COMMON_PART void transformer_layer_norm(const struct nn_layer_norm *p, const int8_t *x, int8_t *y)
{
    const int32_t one = (int32_t)(1u << 31);
    struct transformer_slope s[TRANSFORMER_NORMS];
    int32_t rows, i;
    if ((p->depth & 3) || p->depth > 1024 || !common_aligned(x) || !common_aligned(y))
        COMMON_LEAVE("rows that are no whole words, or beyond 1024", nn_layer_norm(p, x, y));
    if (p->shift < 19)
        COMMON_LEAVE("gains that are large beside the output's scale", nn_layer_norm(p, x, y));
    mv_pset(4);
    for (rows = p->rows; rows > 0; rows -= TRANSFORMER_NORMS) {
        const int8_t *from = x;
        int32_t n = common_least(rows, TRANSFORMER_NORMS);
        mv_sput(one, 0, 0);
        mv_sput(one, 0, 1);
        for (i = 0; i < n; i++, from += p->depth)
            transformer_measure(p, from, &s[i]);
        transformer_gains(p);
        for (i = 0; i < n; i++, x += p->depth, y += p->depth)
            transformer_normalise(s[i], x, p->depth >> 2, y);
    }
}

#endif
#endif
