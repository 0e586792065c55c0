// Counted loops, and rows of four columns that become columns: for kernels that any
// design shares. A design that has hardware loops defines TRANSFORMER_LOOP before.
#ifndef TRANSFORMER_LOOPS_H
#define TRANSFORMER_LOOPS_H

#ifndef MARVELGEN_EMULATE

#include "../common/base.h"

// A loop of `length` instructions, operand n times, which it may change; n is not 0.
#ifndef TRANSFORMER_LOOP
#define TRANSFORMER_LOOP(length, body) "77:\n" body "addi %[n], %[n], -1\n bnez %[n], 77b\n"
#endif

COMMON_PART uint32_t transformer_four(const int8_t *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

// Four words, rows of four columns, become columns.
COMMON_PART void transformer_turn(uint32_t *r)
{
    uint32_t even = 0x00ff00ff, t0 = (r[0] & even) | (r[1] & even) << 8, t1 = ((r[0] >> 8) & even) | (r[1] & ~even);
    uint32_t t2 = (r[2] & even) | (r[3] & even) << 8, t3 = ((r[2] >> 8) & even) | (r[3] & ~even);
    r[0] = (t0 << 16 >> 16) | t2 << 16;
    r[1] = (t1 << 16 >> 16) | t3 << 16;
    r[2] = t0 >> 16 | (t2 >> 16 << 16);
    r[3] = t1 >> 16 | (t3 >> 16 << 16);
}

// The columns of four rows that lie `step` bytes apart, k of them there.
COMMON_PART void transformer_rows_of_four(const int8_t *b, int32_t step, int32_t k, int32_t whole, uint32_t *r)
{
    if (whole && k >= 4) {
        r[0] = (uint32_t)*(const common_word *)(const void *)b;
        r[1] = (uint32_t)*(const common_word *)(const void *)(b + step);
        r[2] = (uint32_t)*(const common_word *)(const void *)(b + 2 * step);
        r[3] = (uint32_t)*(const common_word *)(const void *)(b + 3 * step);
    } else {
        r[0] = transformer_four(b);
        r[1] = k > 1 ? transformer_four(b + step) : 0;
        r[2] = k > 2 ? transformer_four(b + 2 * step) : 0;
        r[3] = k > 3 ? transformer_four(b + 3 * step) : 0;
    }
    transformer_turn(r);
}

// From a batch to the next; 0 behind the last.
COMMON_PART int transformer_next(const struct nn_walk *w, int32_t *where, int32_t *a, int32_t *b)
{
    int32_t d;
    for (d = w->rank - 1; d >= 0; d--) {
        *a += w->step_a[d];
        *b += w->step_b[d];
        if (++where[d] < w->shape[d])
            return 1;
        *a -= where[d] * w->step_a[d];
        *b -= where[d] * w->step_b[d];
        where[d] = 0;
    }
    return 0;
}

#endif
#endif
