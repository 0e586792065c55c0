// Between float32 and fixed point, for the kernels of design paper.
//
// A block of floats becomes 16-bit integers by one shift, which its largest element
// decides: block floating point.
#if defined NN_FLOAT_H && !defined PAPER_FIXED_H // of no use to networks of integers
#define PAPER_FIXED_H

#ifndef PAPER_INSTRUCTIONS // a header before may give them from elsewhere
#include "riscv_transformer.h"
#endif

// The pattern of a float.
static inline int32_t paper_bits(const float *x)
{
    int32_t v;
    __builtin_memcpy(&v, x, sizeof v);
    return v;
}

static inline void paper_put(float *y, int32_t bits)
{
    __builtin_memcpy(y, &bits, sizeof bits);
}

// The pattern of the largest magnitude: patterns of positive floats are in order.
static inline int32_t paper_top(int32_t n, const float *x)
{
    int32_t top = 0, i;
    for (i = 0; i < n; i++) {
        int32_t v = paper_bits(x + i) & 0x7fffffff;
        top = v > top ? v : top;
    }
    return top;
}

// The shift that keeps that magnitude below 2^bits. Shifts stay where two of them make
// a byte.
static inline int32_t paper_shift(int32_t top, int32_t bits)
{
    int32_t s = bits + 126 - (top >> 23);
    return s > 60 ? 60 : s < -60 ? -60 : s;
}

// The least n with 2^n >= v.
static inline int32_t paper_log2(int32_t v)
{
    int32_t n = 0;
    while (1 << n < v)
        n++;
    return n;
}

// v * 2^-s of any integer: of large ones the upper bits.
static inline int32_t paper_tofloat(int32_t v, int32_t s)
{
    int32_t m = v ^ (v >> 31);
    if (m >> 16) {
        int32_t down = m >> 23 ? 14 : 7;
        v >>= down;
        s -= down;
    }
    return mv_tofloat(v, s);
}

// v * 2^s, whatever the sign of s; 31 bits of shift are as good as more.
static inline int32_t paper_scale(int32_t v, int32_t s)
{
    if (s >= 0)
        return (int32_t)((uint32_t)v << s);
    return v >> (s < -31 ? 31 : -s);
}

#endif
