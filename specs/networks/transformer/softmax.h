// Softmax: the core's multiplier, and each exponential looked up once.
#ifndef TRANSFORMER_SOFTMAX_H
#define TRANSFORMER_SOFTMAX_H

#ifndef MARVELGEN_EMULATE

#include "rows.h"

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

// The product by 2^31 is high_mul's, rounded by the bit behind it.
COMMON_PART uint32_t transformer_share(uint32_t e, uint32_t twice, uint32_t half, int32_t right)
{
    return (transformer_high(e, twice) + (e * twice >> 31) + half) >> right;
}

COMMON_PART void transformer_softmax(const struct nn_softmax *p, const int8_t *x, int8_t *y)
{
    uint32_t *e = (uint32_t *)(void *)common_input;
    int32_t depth = p->depth, rows, k;
    if (depth > 256 || depth > COMMON_INPUT_BYTES / 4) // sums beyond 2^28 have their results rounded otherwise
        COMMON_LEAVE("rows of more than 256 elements", nn_softmax(p, x, y));
    for (rows = p->rows; rows > 0; rows--) {
        const int32_t *exp;
        const int8_t *end = x + depth;
        int32_t top = -128, over;
        uint32_t sum = 0, half, twice, *to = e; // in which all rows of x are, when y may take their place
#define TRANSFORMER_TOP(i) { int32_t v = x[i]; if (__builtin_expect(v > top, 0)) top = v; }
        for (k = depth >> 2; k > 0; k--, x += 4) {
            TRANSFORMER_TOP(0) TRANSFORMER_TOP(1) TRANSFORMER_TOP(2) TRANSFORMER_TOP(3)
        }
        for (; x < end; x++)
            TRANSFORMER_TOP(0)
        x = end - depth;
        exp = p->exp + top;
#define TRANSFORMER_EXP(i) { uint32_t v = (uint32_t)*(exp - x[i]); to[i] = v; sum += (v + 2048) >> 12; }
        for (k = depth >> 2; k > 0; k--, x += 4, to += 4) {
            TRANSFORMER_EXP(0) TRANSFORMER_EXP(1) TRANSFORMER_EXP(2) TRANSFORMER_EXP(3)
        }
        for (; x < end; x++, to++)
            TRANSFORMER_EXP(0)
        twice = 2 * (uint32_t)transformer_reciprocal(sum, &over);
        over += 23;
        half = 1u << (over - 1);
        to = e;
        for (k = depth >> 2; k > 0; k--, y += 4, to += 4) {
            y[0] = (int8_t)(transformer_share(to[0], twice, half, over) - 128);
            y[1] = (int8_t)(transformer_share(to[1], twice, half, over) - 128);
            y[2] = (int8_t)(transformer_share(to[2], twice, half, over) - 128);
            y[3] = (int8_t)(transformer_share(to[3], twice, half, over) - 128);
        }
        for (k = depth & 3; k > 0; k--)
            *y++ = (int8_t)(transformer_share(*to++, twice, half, over) - 128);
        if (transformer_share((uint32_t)*p->exp, twice, half, over) > 255) // one element is nearly all
            for (k = 0; k < depth; k++)
                if (e[k] == (uint32_t)*p->exp)
                    y[k - depth] = 127;
    }
}

#endif
#endif
