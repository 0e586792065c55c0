// Sums of two tensors by tables, as cnn/add.h has them: tables come in quickly, few
// elements are left to the core.
#ifndef TRANSFORMER_ADD_H
#define TRANSFORMER_ADD_H

#ifndef MARVELGEN_EMULATE

#include "../cnn/add.h"

#undef NN_ADD
#define NN_ADD transformer_add

// The next 256 entries of w0.
COMMON_PART void transformer_table(const int32_t *table)
{
    int32_t t;
    __asm__ volatile("mv.lpset 0, %[n], 4 * 33\n"
                     ".set transformer_at, 0\n"
                     ".rept 16\n"
                     "lw %[t], transformer_at(%[p])\n"
                     "mv.wput %[t], zero, 0, 1, 0\n"
                     ".set transformer_at, transformer_at + 4\n"
                     ".endr\n"
                     "addi %[p], %[p], 64\n"
                     : [t] "=&r"(t), [p] "+r"(table) : [n] "r"(16) : "memory");
}

COMMON_PART void transformer_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
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
    transformer_table(p->share[0]);
    transformer_table(p->share[1]);
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

#endif
#endif
