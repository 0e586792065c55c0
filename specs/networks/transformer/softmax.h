// Softmax: the core's multiplier, and each exponential looked up once.
#ifndef TRANSFORMER_SOFTMAX_H
#define TRANSFORMER_SOFTMAX_H

#ifndef MARVELGEN_EMULATE

#include "loops.h"

#define NN_SOFTMAX transformer_softmax

COMMON_PART uint32_t transformer_high(uint32_t a, uint32_t b) { return (uint32_t)((uint64_t)a * b >> 32); }

COMMON_PART int32_t transformer_mul(int32_t a, int32_t b) { return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31); }

// 1/x as reciprocal of templates/nn/pool.c.tmpl has it.
COMMON_APART int32_t transformer_reciprocal(uint32_t x, int32_t *over)
{
    int32_t half, r, i, shift = 12;
    if (!(x >> 16))
        x <<= 16, shift -= 16;
    if (!(x >> 24))
        x <<= 8, shift -= 8;
    if (!(x >> 28))
        x <<= 4, shift -= 4;
    if (!(x >> 30))
        x <<= 2, shift -= 2;
    if (!(x >> 31))
        x <<= 1, shift -= 1;
    *over = shift;
    half = (int32_t)(((x & 0x7fffffff) + (1u << 31)) >> 1);
    r = 1515870810 + transformer_mul(half, -1010580540);
    for (i = 0; i < 3; i++)
        r += transformer_mul(r, ((int32_t)1 << 29) - transformer_mul(half, r)) * 4;
    return r >= (int32_t)1 << 30 ? INT32_MAX : r * 2;
}

// high_mul(scale, e) >> `right`, rounded, from twice both: that is
//   floor((floor(2e * 2scale / 2^32) + 1) / 2) for what is above nought, and so
//   floor((floor(2e * 2scale / 2^32) + 1 + 2^right) / 2^(right + 1)) in all.
// The sum is beyond 32 bits where nearly all is one element's, or a whole power of two's.
COMMON_PART uint32_t transformer_share(uint32_t twice_e, uint32_t twice, uint32_t half, int32_t right)
{
    return (transformer_high(twice_e, twice) + half) >> right;
}

// The same by steps, and at most 255.
COMMON_PART uint32_t transformer_large_share(uint32_t twice_e, uint32_t twice, int32_t right)
{
    uint32_t v = (((transformer_high(twice_e, twice) + 1) >> 1) + (1u << (right - 2))) >> (right - 1);
    return v > 255 ? 255 : v;
}

// Twice an exponential, and what it adds to a sum.
struct transformer_exp {
    uint32_t twice, share;
};

COMMON_PART void transformer_softmax(const struct nn_softmax *p, const int8_t *x, int8_t *y)
{
    struct transformer_exp *exps = (struct transformer_exp *)(void *)common_input;
    uint32_t *e = (uint32_t *)(void *)(exps + 256);
    int32_t depth = p->depth, rows, k;
    if (depth > 256) // sums beyond 2^28 have their results rounded otherwise
        COMMON_LEAVE("rows of more than 256 elements", nn_softmax(p, x, y));
    for (k = 0; k < 256; k++) {
        exps[k].twice = 2 * (uint32_t)p->exp[k];
        exps[k].share = ((uint32_t)p->exp[k] + 2048) >> 12;
    }
    for (rows = p->rows; rows > 0; rows--) {
        const struct transformer_exp *at;
        const int8_t *end = x + depth;
        int32_t top = -128, right;
        uint32_t sum = 0, half, twice, u, v, *to = e; // a row is read before y may take its place
#define TRANSFORMER_TOP(i) { int32_t v = x[i]; if (__builtin_expect(v > top, 0)) top = v; }
        for (k = depth >> 2; k > 0; k--, x += 4) {
            TRANSFORMER_TOP(0) TRANSFORMER_TOP(1) TRANSFORMER_TOP(2) TRANSFORMER_TOP(3)
        }
        for (; x < end; x++)
            TRANSFORMER_TOP(0)
        x = end - depth;
        at = exps + top;
        if ((k = depth >> 2))
            __asm__ volatile(TRANSFORMER_LOOP(30, ".set transformer_at, 0\n"
                             ".rept 4\n"
                             "lb %[u], transformer_at(%[x])\n"
                             "slli %[u], %[u], 3\n"
                             "sub %[u], %[at], %[u]\n"
                             "lw %[v], 0(%[u])\n"
                             "lw %[u], 4(%[u])\n"
                             "sw %[v], 4 * transformer_at(%[to])\n"
                             "add %[sum], %[sum], %[u]\n"
                             ".set transformer_at, transformer_at + 1\n"
                             ".endr\n"
                             "addi %[x], %[x], 4\n"
                             "addi %[to], %[to], 16\n")
                             : [u] "=&r"(u), [v] "=&r"(v), [x] "+r"(x), [to] "+r"(to), [sum] "+r"(sum), [n] "+r"(k) : [at] "r"(at) : "memory");
        for (; x < end; x++) {
            const struct transformer_exp *v = at - *x;
            *to++ = v->twice;
            sum += v->share;
        }
        twice = 2 * (uint32_t)transformer_reciprocal(sum, &right);
        right += 24;
        half = 1 + (1u << (right - 1));
        to = e;
        if (__builtin_expect(transformer_high(exps->twice, twice) + half < half, 0)) {
            for (k = depth; k > 0; k--)
                *y++ = (int8_t)(transformer_large_share(*to++, twice, right) - 128);
            continue;
        }
        if ((k = depth >> 2))
            __asm__ volatile(TRANSFORMER_LOOP(26, ".set transformer_at, 0\n"
                             ".rept 4\n"
                             "lw %[u], 4 * transformer_at(%[to])\n"
                             "mulhu %[u], %[u], %[twice]\n"
                             "add %[u], %[u], %[half]\n"
                             "srl %[u], %[u], %[right]\n"
                             "addi %[u], %[u], -128\n"
                             "sb %[u], transformer_at(%[y])\n"
                             ".set transformer_at, transformer_at + 1\n"
                             ".endr\n"
                             "addi %[y], %[y], 4\n"
                             "addi %[to], %[to], 16\n")
                             : [u] "=&r"(u), [y] "+r"(y), [to] "+r"(to), [n] "+r"(k) : [twice] "r"(twice), [half] "r"(half), [right] "r"(right) : "memory");
        for (k = depth & 3; k > 0; k--)
            *y++ = (int8_t)(transformer_share(*to++, twice, half, right) - 128);
    }
}

#endif
#endif
