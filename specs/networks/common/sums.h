// Sums of a fully connected layer that the core keeps, where a unit takes it in parts.
#ifndef COMMON_SUMS_H
#define COMMON_SUMS_H

#ifndef MARVELGEN_EMULATE

#include "base.h"

// A sum of so many words of products lies within 26 bits whatever they are:
// 4 * 1020 * 128 * 128 < 2^26.
#define COMMON_SURE 1020

// Where outputs' sums lie, each with its bias, if there are any. There is room for
// COMMON_INPUT_BYTES / 4.
COMMON_PART int32_t *common_sums(const int32_t *bias, int32_t outs)
{
    int32_t *sums = (int32_t *)(void *)common_input, o;
    for (o = 0; o < outs; o++)
        sums[o] = bias ? bias[o] : 0;
    return sums;
}

// A sum's output, by the core alone: struct nn_rescale, narrow.
COMMON_PART int8_t common_finish(const struct nn_rescale *r, int32_t i, int32_t sum)
{
    int32_t n = -r->shift[i], v = (int32_t)((int64_t)(int32_t)((uint32_t)sum << 2) * r->multiplier[i] >> 32);
    v = ((v + (n ? (1 << n) - (v < 0) * 2 : 0) + 1) >> (n + 1)) + r->zero;
    return (int8_t)(v < r->min ? r->min : v > r->max ? r->max : v);
}

#endif
#endif
