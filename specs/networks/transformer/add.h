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

COMMON_PART void transformer_shares(const struct nn_add *p)
{
    transformer_table(p->share[0]);
    transformer_table(p->share[1]);
}

COMMON_PART void transformer_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    cnn_add_by(p, a, b, y, transformer_shares);
}

#endif
#endif
