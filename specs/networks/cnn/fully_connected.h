// Fully connected layers of one row: here inputs stay inside, and weights stream.
#ifndef CNN_FULLY_CONNECTED_H
#define CNN_FULLY_CONNECTED_H

#ifndef MARVELGEN_EMULATE

#include "../common/sums.h"
#include "weights.h"

#define NN_FULLY_CONNECTED cnn_fully_connected

// A row of inputs stays inside, as weights of lane 1; the weights stream, rows of
// outputs `apart` bytes apart. Adds to sums.
COMMON_APART void cnn_sums(const int8_t *w, int32_t words, int32_t apart, int32_t outs, int32_t *sums)
{
    int32_t t, o;
    mv_sput((int32_t)(1u << 31), 0, 1);
    for (o = 0; o < outs; o++, w += apart - 4 * (words - 1)) {
        __asm__ volatile("mv.cmac %[w], %[w], zero, 1, 0, 0\n"
                         "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                         "mv.crd %[t], 1\n"
                         "mv.lpset 0, %[n], 4\n"
                         "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                         : [w] "+r"(w), [t] "=&r"(t) : [n] "r"(words - 2), [s] "r"(4) : "memory");
        if (o)
            sums[o - 1] += t;
    }
    __asm__ volatile("mv.cnop zero, 1\nmv.cnop zero, 0\nmv.crd %[t], 1\n" : [t] "=r"(t));
    sums[outs - 1] += t;
}

// The same rescaled. Results of an output come behind the fourth word of the next.
COMMON_APART void cnn_row_of_outputs(const int8_t *w, int32_t words, int32_t apart, int32_t outs, const int32_t *bias, const struct nn_rescale *r, int32_t right, int8_t *y)
{
    const int32_t *multiplier = r->multiplier;
    const int8_t *shift = r->shift;
    int32_t t, u, h = 1 << right, o = outs - 1;
    __asm__ volatile("mv.cmac %[w], %[w], zero, 1, 0, 0\n"
                     "mv.lpset 0, %[n], 4\n"
                     "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                     : [w] "+r"(w) : [n] "r"(words - 1), [s] "r"(4) : "memory");
    apart -= 4 * (words - 1);
    for (; o > 0; o -= u) {
        u = common_least(o, 4095);
        if (r->step) {
            const int8_t *end = y + u;
            for (; y < end; y++) {
                mv_sput(*multiplier++, *bias++, 1);
                mv_hput(h >> -*shift++, 1);
                __asm__ volatile("mv.cmac %[w], %[w], %[a], 1, 0, 0\n"
                                 ".rept 3\n mv.cmac %[w], %[w], %[s], 0, 0, 0\n.endr\n"
                                 "mv.crd %[t], 0\n"
                                 "sb %[t], 0(%[y])\n"
                                 "mv.lpset 0, %[n], 4\n"
                                 "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                                 : [w] "+r"(w), [t] "=&r"(t) : [n] "r"(words - 4), [s] "r"(4), [a] "r"(apart), [y] "r"(y) : "memory");
            }
            continue;
        }
        mv_hput(h >> -*shift, 1);
        __asm__ volatile("mv.lpset 1, %[o], 4 * 13\n"
                         "lw %[t], 0(%[b])\n"
                         "addi %[b], %[b], 4\n"
                         "mv.sput %[m], %[t], 1\n"
                         "mv.cmac %[w], %[w], %[a], 1, 0, 0\n"
                         ".rept 3\n mv.cmac %[w], %[w], %[s], 0, 0, 0\n.endr\n"
                         "mv.crd %[t], 0\n"
                         "sb %[t], 0(%[y])\n"
                         "addi %[y], %[y], 1\n"
                         "mv.lpset 0, %[n], 4\n"
                         "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                         "nop\n"
                         : [w] "+r"(w), [y] "+r"(y), [t] "=&r"(t), [b] "+r"(bias) : [n] "r"(words - 4), [s] "r"(4), [a] "r"(apart), [m] "r"(*multiplier), [o] "r"(u) : "memory");
    }
    mv_sput(*multiplier, *bias, 1);
    mv_hput(h >> -*shift, 1);
    __asm__ volatile("mv.cnop zero, 1\nmv.cnop zero, 0\nmv.cnop zero, 0\nmv.cnop zero, 0\nmv.crd %[t], 0\n" : [t] "=r"(t));
    *y = (int8_t)t;
}

// One row of inputs times a matrix whose rows are outputs'; 0 if the unit cannot.
COMMON_APART int cnn_row_times_matrix(const struct nn_rescale *out, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    int32_t *sums = NULL, right = cnn_right(out, outs), whole = right && depth <= 4 * CNN_WORDS, k, o, at, words;
    if ((depth & 3) || depth < 20 || outs > COMMON_INPUT_BYTES / 4 || !common_aligned(w) || !(whole || out->narrow))
        return 0;
    if (!bias || !whole)
        bias = sums = common_sums(bias, outs);
    cnn_outputs(cnn_half(out->zero, right ? right : 16), right, out->min, out->max);
    for (at = 0; at < depth; at += 4 * words) {
        words = (depth - at) / 4;
        if (!whole && words > COMMON_SURE)
            words = words > COMMON_SURE + 5 ? COMMON_SURE : COMMON_SURE / 2; // some must remain
        mv_wput(0, 0, 0, 0, 1);
        for (k = at; k < at + 4 * words; k += 4)
            mv_wput(0, cnn_four(x + k, 4), 0, 1, 0);
        if (whole)
            cnn_row_of_outputs(w, words, depth, outs, bias, out, right, y);
        else
            cnn_sums(w + at, words, depth, outs, sums);
    }
    for (o = 0; o < outs && !whole; o++)
        y[o] = common_finish(out, out->step ? o : 0, sums[o]);
    return 1;
}

COMMON_PART void cnn_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    if (p->rows != 1 || !cnn_row_times_matrix(&p->out, p->depth, p->outs, x, w, bias, y))
        COMMON_LEAVE("rows of inputs, words that are not whole or below five, or sums beyond 29 bits", nn_fully_connected(p, x, w, bias, y, scratch));
}

#endif
#endif
