// The unit of design lean of cnn.hcl: which results it rescales, what of them the core
// keeps within bounds. The other headers here build on this one. What does not fit the
// unit falls back to the portable kernel: groups, dilation, sums beyond 26 bits, windows
// that are too large.
#ifndef LEAN_UNIT_H
#define LEAN_UNIT_H

#ifndef MARVELGEN_EMULATE // its pointers are addresses of the core

#include "../common/base.h"
#include "riscv_cnn.h"

#define LEAN_UNUSED __attribute__((unused))

// Entries of weights, and the magnitude of sums, that there is room for.
#define LEAN_WORDS 2048
#define LEAN_BITS 26

// Whether the unit can rescale a layer's results; without a shift only where results
// below nought do not count.
COMMON_PART int lean_rescales(const struct nn_rescale *r, int32_t outs)
{
    int32_t i;
    for (i = 0; i < (r->step ? outs : 1); i++)
        if (r->shift[i] >= (r->min >= r->zero))
            return 0;
    return r->narrow && r->narrow <= LEAN_BITS;
}

// What a shift to the right is as a factor. Without one, the step before has made y >= 0
// larger by 1, and floor((y + 1) / 2) is wanted: just less than a half does that.
COMMON_PART int32_t lean_power(int32_t shift) { return shift ? 1 << (31 + shift) : INT32_MAX; }

// Keeps outputs from min to max where that is not what bytes hold.
COMMON_APART void lean_clamp(const struct nn_rescale *r, int8_t *y, int32_t n)
{
    int8_t *end = y + n;
    if (r->min <= -128 && r->max >= 127)
        return;
    for (; y < end; y++) {
        int32_t t = *y;
        if (t < r->min)
            *y = (int8_t)r->min;
        if (t > r->max)
            *y = (int8_t)r->max;
    }
}

#endif
#endif
