// Sums of two tensors, by tables that lie where weights do.
#ifndef CNN_ADD_H
#define CNN_ADD_H

#ifndef MARVELGEN_EMULATE

#include "planes.h"

#define NN_ADD cnn_add

// What each byte adds, first of a, then of b, becomes entries of w0.
COMMON_PART void cnn_shares(const struct nn_add *p)
{
    int32_t i, t;
    for (i = 0; i < 2; i++)
        for (t = 0; t < 256; t++)
            mv_wput(p->share[i][t], 0, 0, 1, 0);
}

// The sum of two bytes by tables, which `load` puts into w0, for whole words.
COMMON_PART void cnn_add_by(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y, void (*load)(const struct nn_add *))
{
    const struct nn_walk *w = &p->walk;
    const int32_t multiplier = (int32_t)(1u << 31); // to the unit, which has no negative ones, 2^31
    const int8_t shift = (int8_t)-p->right;
    const struct nn_rescale plain = {.multiplier = &multiplier, .shift = &shift};
    int32_t n = w->shape[0], right = p->right > 16 ? 22 : 16, i, u, v, t;
    if (!p->right)
        COMMON_LEAVE("no tables give the reference's results", nn_add(p, a, b, y));
    if (w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1 || (n & 3) || !common_aligned(a) || !common_aligned(b) || !common_aligned(y))
        COMMON_LEAVE("a broadcast, or tensors that are no whole words", nn_add(p, a, b, y));
    cnn_outputs((int32_t)(-(uint32_t)p->up << right), right, p->out.min, p->out.max);
    cnn_scales(&plain, NULL, 0, right);
    mv_wput(0, 0, 0, 0, 1);
    load(p);
#define CNN_LOOK_UP                                                            \
    "lw %[u], 0(%[a])\n lw %[v], 0(%[b])\n addi %[a], %[a], 4\n addi %[b], %[b], 4\n" \
    "mv.ctab %[u], 0, 0, 1\n mv.ctab %[u], 1, 0, 0\n mv.ctab %[u], 2, 0, 0\n mv.ctab %[u], 3, 0, 0\n" \
    "mv.ctab %[v], 0, 1, 0\n mv.ctab %[v], 1, 1, 0\n mv.ctab %[v], 2, 1, 0\n"
    __asm__ volatile(CNN_LOOK_UP "mv.ctab %[v], 3, 1, 0\n" : [u] "=&r"(u), [v] "=&r"(v), [a] "+r"(a), [b] "+r"(b) : : "memory");
    y -= 4;
    mv_pset(4);
    for (n = n / 4 - 1; n > 0; n -= i) {
        i = common_least(n, 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 14\n" CNN_LOOK_UP
                         "mv.crd %[t], 0\n"
                         "mv.cst %[y], %[y], %[t], 1\n"
                         "mv.ctab %[v], 3, 1, 0\n"
                         : [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [a] "+r"(a), [b] "+r"(b), [y] "+r"(y) : [n] "r"(i) : "memory");
    }
    cnn_end(y, 4, 7);
}

COMMON_PART void cnn_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y) { cnn_add_by(p, a, b, y, cnn_shares); }

#endif
#endif
