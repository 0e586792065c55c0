// Fully connected layers of one row: here inputs stay inside, and weights stream.
#ifndef LEAN_FULLY_CONNECTED_H
#define LEAN_FULLY_CONNECTED_H

#ifndef MARVELGEN_EMULATE

#include "../common/sums.h"
#include "weights.h"

#define NN_FULLY_CONNECTED lean_fully_connected

// A row of inputs as weights of channel 0.
COMMON_PART void lean_stay(const int8_t *x, int32_t words)
{
    struct common_stream s = common_from(x);
    for (; words > 1; words--)
        mv_pput(common_next(&s), 0, 0);
    mv_pput(common_next(&s), 0, 1);
}

// Words of a row behind those of its beginning, before its last: in the middle of 64,
// then so often all of them.
#define LEAN_STREAM                                                            \
    "jr %[e]\n"                                                                \
    "2:\n addi %[n], %[n], -1\n"                                               \
    ".rept 64\n mv.pmac zero, %[s], zero, 0, 0, 0, 0, 0\n.endr\n"                 \
    "3:\n bgtz %[n], 2b\n"                                                     \
    "mv.pmac zero, %[l], zero, 0, 0, 0, 1, 0\n"
#define LEAN_ENTRY ".option push\n.option norelax\n la %[e], 3f\n .option pop\n sub %[e], %[e], %[r]\n"

// Sums of rows of a matrix, `apart` bytes apart, added to those there.
COMMON_APART void lean_sums(const int8_t *w, int32_t words, int32_t apart, int32_t outs, int32_t *sums)
{
    int32_t t, e, n, o;
    mv_pbias(0, 0, 0);
    mv_pbegin(0, 4);
    __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n" : : [x] "r"(w));
    for (o = 0; o < outs; o++) {
        n = (words - 2) / 64;
        __asm__ volatile(LEAN_ENTRY "mv.pmac %[t], %[s], zero, 0, 0, 1, 0, 0\n" LEAN_STREAM
                         : [t] "=&r"(t), [e] "=&r"(e), [n] "+r"(n)
                         : [s] "r"(4), [l] "r"(apart - 4 * (words - 1)), [r] "r"(4 * ((words - 2) % 64)) : "memory");
        if (o)
            sums[o - 1] += t;
    }
    mv_pbegin(0, 4);
    __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n mv.pmac %[t], zero, zero, 0, 0, 1, 1, 0\n" : [t] "=r"(t) : [x] "r"(w) : "memory");
    sums[outs - 1] += t;
}

// The same rescaled: each row's beginning takes the steps for the former. What is
// `each` fetches the next scale.
#define LEAN_OUTPUTS(name, each)                                               \
    COMMON_APART void name(const int8_t *w, int32_t words, int32_t apart, int32_t outs, const int32_t *bias, const struct nn_rescale *r, int8_t *y) \
    {                                                                          \
        const int32_t *multiplier = r->multiplier;                             \
        const int8_t *shift = r->shift;                                        \
        int32_t m = *multiplier, h = lean_power(*shift), a, t, e, n, q = 0;    \
        mv_pbegin(r->zero, 4);                                                   \
        __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n" : : [x] "r"(w));  \
        __asm__ volatile(LEAN_ENTRY                                            \
                         "1:\n"                                                \
                         "lw %[t], 0(%[b])\n"                                  \
                         "addi %[b], %[b], 4\n"                                \
                         "mv.pbias %[t], zero, 0\n"                               \
                         "mv.pmac %[a], %[s], zero, 0, 0, 1, 0, 0\n"              \
                         "mv.pmac %[a], %[a], %[m], 1, 0, 0, 0, 0\n"              \
                         "mv.pmac %[t], %[a], %[h], 1, 1, 0, 0, 0\n"              \
                         "mv %[n], %[k]\n"                                     \
                         "srli %[t], %[t], 8\n"                                \
                         "sb %[t], 0(%[y])\n"                                  \
                         "add %[y], %[y], %[q]\n"                              \
                         "li %[q], 1\n" each LEAN_STREAM                       \
                         "addi %[o], %[o], -1\n"                               \
                         "beqz %[o], 4f\n"                                     \
                         "j 1b\n"                                              \
                         "4:\n"                                                \
                         : [t] "=&r"(t), [a] "=&r"(a), [e] "=&r"(e), [n] "=&r"(n), [q] "+r"(q), [b] "+r"(bias), [o] "+r"(outs), [y] "+r"(y), \
                           [m] "+r"(m), [h] "+r"(h), [u] "+r"(multiplier), [v] "+r"(shift) \
                         : [s] "r"(4), [l] "r"(apart - 4 * (words - 1)), [r] "r"(4 * ((words - 4) % 64)), [k] "r"((words - 4) / 64) : "memory"); \
        mv_pbegin(r->zero, 4);                                                   \
        __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n"                   \
                         "mv.pmac %[a], zero, zero, 0, 0, 1, 1, 0\n"              \
                         "mv.pstep %[a], %[a], %[m], 1, 0\n"                   \
                         "mv.pstep %[t], %[a], %[h], 1, 1\n"                   \
                         : [a] "=&r"(a), [t] "=r"(t) : [x] "r"(w), [m] "r"(m), [h] "r"(h) : "memory"); \
        *y = (int8_t)(t >> 8);                                                 \
    }

LEAN_OUTPUTS(lean_one_scale, "")
LEAN_OUTPUTS(lean_own_scales, "lw %[m], 0(%[u])\n addi %[u], %[u], 4\n lb %[a], 0(%[v])\n addi %[v], %[v], 1\n"
                              "li %[h], 1\n addi %[a], %[a], 31\n sll %[h], %[h], %[a]\n")

// One row of inputs times a matrix whose rows are outputs'; 0 if the unit cannot.
COMMON_APART int lean_row_times_matrix(const struct nn_rescale *out, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    int32_t *sums = NULL, whole = depth <= 4 * LEAN_WORDS && lean_rescales(out, outs), o, at, words;
    if ((depth & 3) || depth < 16 || outs > COMMON_INPUT_BYTES / 4 || !common_aligned(w) || !out->narrow)
        return 0;
    for (o = 0; o < outs && out->step; o++)
        whole = whole && out->shift[o];
    if (!bias || !whole)
        bias = sums = common_sums(bias, outs);
    if (whole) {
        lean_stay(x, depth / 4);
        (out->step ? lean_own_scales : lean_one_scale)(w, depth / 4, depth, outs, bias, out, y);
        lean_clamp(out, y, outs);
        return 1;
    }
    for (at = 0; at < depth; at += 4 * words) {
        words = common_least((depth - at) / 4, COMMON_SURE);
        if ((depth - at) / 4 - words == 1)
            words--; // two must remain
        lean_stay(x + at, words);
        lean_sums(w + at, words, depth, outs, sums);
    }
    for (o = 0; o < outs; o++)
        y[o] = common_finish(out, out->step ? o : 0, sums[o]);
    return 1;
}

COMMON_PART void lean_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    if (p->rows != 1 || !lean_row_times_matrix(&p->out, p->depth, p->outs, x, w, bias, y))
        COMMON_LEAVE("rows of inputs, words that are not whole or below four, or sums beyond 29 bits", nn_fully_connected(p, x, w, bias, y, scratch));
}

#endif
#endif
