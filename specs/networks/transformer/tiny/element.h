// Tables and sums by the core alone, unrolled.
#ifndef TINY_ELEMENT_H
#define TINY_ELEMENT_H

#ifndef MARVELGEN_EMULATE

#include "../loops.h"

#define NN_LOOKUP tiny_lookup
#define NN_ADD tiny_add

COMMON_PART void tiny_lookup(const int8_t *table, int32_t n, const int8_t *x, int8_t *y)
{
    int32_t i = n >> 3, t;
    if (i)
        __asm__ volatile("77:\n"
                         ".set tiny_at, 0\n"
                         ".rept 8\n"
                         "lbu %[t], tiny_at(%[x])\n"
                         "add %[t], %[t], %[table]\n"
                         "lbu %[t], 0(%[t])\n"
                         "sb %[t], tiny_at(%[y])\n"
                         ".set tiny_at, tiny_at + 1\n"
                         ".endr\n"
                         "addi %[x], %[x], 8\n"
                         "addi %[y], %[y], 8\n"
                         "addi %[n], %[n], -1\n"
                         "bnez %[n], 77b\n"
                         : [t] "=&r"(t), [x] "+r"(x), [y] "+r"(y), [n] "+r"(i) : [table] "r"(table) : "memory");
    for (n &= 7; n > 0; n--)
        *y++ = table[(uint8_t)*x++];
}

// Tables of both operands, less what results are moved by.
COMMON_PART void tiny_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const struct nn_walk *w = &p->walk;
    int32_t n = w->shape[0], right = p->right, up = p->up, least = p->out.min, most = p->out.max;
    const int32_t *s = p->share[0], *t = p->share[1];
    const int8_t *end = y + n;
    if (!right || w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1)
        COMMON_LEAVE("a broadcast, or no tables", nn_add(p, a, b, y));
#define TINY_SUM(i)                                                            \
    {                                                                          \
        int32_t v = ((s[(uint8_t)a[i]] + t[(uint8_t)b[i]]) >> right) - up;     \
        if (__builtin_expect(v < least, 0))                                    \
            v = least;                                                         \
        if (__builtin_expect(v > most, 0))                                     \
            v = most;                                                          \
        y[i] = (int8_t)v;                                                      \
    }
    for (; end - y >= 4; a += 4, b += 4, y += 4) {
        TINY_SUM(0) TINY_SUM(1) TINY_SUM(2) TINY_SUM(3)
    }
    for (; y < end; a++, b++, y++)
        TINY_SUM(0)
}

#endif
#endif
