// Average pools, as depthwise layers.
#ifndef CNN_POOLS_H
#define CNN_POOLS_H

#ifndef MARVELGEN_EMULATE

#include "convolution.h"

#define NN_AVERAGE_POOL cnn_average_pool

// An average is a depthwise layer with weights of 1, rescaled by 2^n / count and then by
// 2^-n, 2^n the least that is not below the count. That is the nearest integer, halves
// away from zero: a half comes out of the first step as such, since that is a multiple
// of 1/count, which is above 2^-n / 2, and what is none keeps its side for the same reason.
COMMON_PART void cnn_average_pool(const struct nn_pool *p, const int8_t *x, int8_t *y)
{
    struct nn_conv q = {.window = p->window, .groups = 1, .multiplier = 1};
    struct nn_window *v = &q.window;
    int32_t count = v->kernel[0] * v->kernel[1], n = 0, i;
    uint32_t scale = 1, rest;
    int32_t multiplier;
    int8_t shift;
    while (1 << n < count)
        n++;
    if (count < 2 || count > CNN_WORDS || (v->in_channels & 3) || !common_aligned(y) || v->batch != 1)
        COMMON_LEAVE("channels that are no whole words, a batch, or windows of one or of too many", nn_average_pool(p, x, y));
    if (v->before[0] || v->before[1] || (v->out[0] - 1) * v->stride[0] + v->kernel[0] > v->in[0] || (v->out[1] - 1) * v->stride[1] + v->kernel[1] > v->in[1])
        COMMON_LEAVE("padding", nn_average_pool(p, x, y));
    for (rest = (uint32_t)((1 << n) - count), i = 0; i < 31; i++) { // 2^(31 + n) / count
        rest <<= 1;
        scale <<= 1;
        if (rest >= (uint32_t)count) {
            rest -= (uint32_t)count;
            scale++;
        }
    }
    multiplier = (int32_t)(scale + (2 * rest >= (uint32_t)count));
    shift = (int8_t)-n;
    q.out = (struct nn_rescale){.multiplier = &multiplier, .shift = &shift, .min = p->min, .max = p->max, .narrow = CNN_BITS};
    if (v->out[0] * v->out[1] == 1 && v->kernel[1] == v->in[1]) { // one row
        v->in[1] = v->kernel[1] = count;
        v->in[0] = v->kernel[0] = 1;
    }
    if (!cnn_channels(&q, x, NULL, NULL, y, 16))
        COMMON_LEAVE("no kernel for this window", nn_average_pool(p, x, y));
}

#endif
#endif
