// The unit of design wide of cnn.hcl: what a layer tells it about its outputs, their
// scales and biases, and the next entry of weights. The other headers here build on
// this one. What does not fit the unit falls back to the portable kernel: groups,
// dilation, sums beyond 26 bits, windows that are too large.
#ifndef CNN_UNIT_H
#define CNN_UNIT_H

#ifndef MARVELGEN_EMULATE // its pointers are addresses of the core

#include "../common/base.h"
#include "riscv_cnn.h"

// Entries of weights, and the magnitude of sums, that there is room for.
#define CNN_WORDS 2048
#define CNN_BITS 26

// How far right the unit shifts a layer's results; 0 if it cannot rescale them.
COMMON_PART int32_t cnn_right(const struct nn_rescale *r, int32_t outs)
{
    int32_t i, least = 31, most = 0;
    if (!r->narrow || r->narrow > CNN_BITS)
        return 0;
    for (i = 0; i < (r->step ? outs : 1); i++) {
        if (-r->shift[i] < least)
            least = -r->shift[i];
        if (-r->shift[i] > most)
            most = -r->shift[i];
    }
    if (most <= 16 && (least > 0 || r->min >= r->zero))
        return 16;
    return most <= 22 && least >= 6 ? 22 : 0;
}

// Tells the unit what outputs have in common; zero times 2^right has a half added.
COMMON_PART void cnn_outputs(int32_t zero, int32_t right, int32_t min, int32_t max)
{
    mv_oset(zero, (min & 255) | (max & 255) << 8 | (right == 22) << 16);
}

COMMON_PART int32_t cnn_half(int32_t zero, int32_t right) { return (int32_t)((uint32_t)(2 * zero + 1) << (right - 1)); }

// Scales and biases of four channels. The unit's order of lanes makes channel 0 the
// lowest byte.
COMMON_APART void cnn_scales(const struct nn_rescale *r, const int32_t *bias, int32_t c, int32_t right)
{
    static const int32_t none[4];
    const int32_t *m = r->multiplier, *b = bias ? bias + c : none, one = 1 << right;
    const int8_t *s = r->shift;
    if (r->step) {
        mv_sput(m[c], b[0], 0);
        mv_sput(m[c + 1], b[1], 3);
        mv_sput(m[c + 2], b[2], 2);
        mv_sput(m[c + 3], b[3], 1);
        mv_hput(one >> -s[c], 0);
        mv_hput(one >> -s[c + 1], 3);
        mv_hput(one >> -s[c + 2], 2);
        mv_hput(one >> -s[c + 3], 1);
        return;
    }
    mv_sput(*m, b[0], 0);
    mv_sput(*m, b[1], 3);
    mv_sput(*m, b[2], 2);
    mv_sput(*m, b[3], 1);
    mv_hput(one >> -*s, 0);
    mv_hput(one >> -*s, 3);
    mv_hput(one >> -*s, 2);
    mv_hput(one >> -*s, 1);
}

// Four channels' weights of a word as the next entry.
#define CNN_ENTRY(a, b, c, d)                                                  \
    do {                                                                       \
        mv_wput(a, d, 0, 0, 0);                                                \
        mv_wput(c, b, 1, 1, 0);                                                \
    } while (0)

#endif
#endif
