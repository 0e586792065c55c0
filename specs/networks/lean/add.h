// Sums of two tensors.
#ifndef LEAN_ADD_H
#define LEAN_ADD_H

#ifndef MARVELGEN_EMULATE

#include "unit.h"

#define NN_ADD lean_add

// The sum of two bytes by tables. What is subtracted from it, and the half that the
// unit adds, is subtracted from one of them.
COMMON_PART void lean_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const struct nn_walk *w = &p->walk;
    int32_t *table = (int32_t *)(void *)common_input, n = w->shape[0], i, u, v, t;
    const int8_t *end = a + n;
    if (p->right < 2)
        COMMON_LEAVE("no tables give the reference's results", nn_add(p, a, b, y));
    if (w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1 || (n & 3) || ((uintptr_t)y & 1))
        COMMON_LEAVE("a broadcast, or tensors that are no whole words", nn_add(p, a, b, y));
    for (i = 0; i < 256; i++)
        table[i] = p->share[0][i] - (p->up << p->right) - (1 << (p->right - 1));
    mv_pbegin(0, 0);
#define LEAN_SUM(k, to)                                                        \
    "lbu %[u], " #k "(%[a])\n lbu %[v], " #k "(%[b])\n slli %[u], %[u], 2\n slli %[v], %[v], 2\n" \
    "add %[u], %[u], %[c]\n add %[v], %[v], %[d]\n lw %[u], 0(%[u])\n lw %[v], 0(%[v])\n" \
    "add %[u], %[u], %[v]\n mv.pstep " to ", %[u], %[h], 1, 1\n"
    __asm__ volatile("1:\n" LEAN_SUM(0, "zero") LEAN_SUM(1, "%[t]") "sh %[t], 0(%[y])\n"
                     LEAN_SUM(2, "zero") LEAN_SUM(3, "%[t]") "sh %[t], 2(%[y])\n"
                     "addi %[a], %[a], 4\n addi %[b], %[b], 4\n addi %[y], %[y], 4\n bne %[a], %[e], 1b\n"
                     : [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [a] "+r"(a), [b] "+r"(b), [y] "+r"(y)
                     : [c] "r"(table), [d] "r"(p->share[1]), [h] "r"(1 << (32 - p->right)), [e] "r"(end) : "memory");
    lean_clamp(&p->out, y - n, n);
}

#endif
#endif
