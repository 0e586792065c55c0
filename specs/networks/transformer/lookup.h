// Tables of 256 bytes: GELU and its like.
#ifndef TRANSFORMER_LOOKUP_H
#define TRANSFORMER_LOOKUP_H

#ifndef MARVELGEN_EMULATE

#include "../cnn/planes.h"

#define NN_LOOKUP transformer_lookup

// Fewer elements cost less than the table does.
#define TRANSFORMER_LOOKUPS 300

// Entries are outputs above -128: sums are not negative, which the unit rounds otherwise.
COMMON_PART void transformer_lookup(const int8_t *table, int32_t n, const int8_t *x, int8_t *y)
{
    const int32_t one = (int32_t)(1u << 31), whole = 1 << 16;
    int32_t words = n >> 2, i, t, u, turn;
    if (n < TRANSFORMER_LOOKUPS || !common_aligned(x) || !common_aligned(y)) {
        nn_lookup(table, n, x, y);
        return;
    }
    cnn_outputs((int32_t)(-128u << 16), 16, -128, 127);
    mv_sput(one, 0, 0);
    mv_sput(one, 0, 1);
    mv_sput(one, 0, 2);
    mv_sput(one, 0, 3);
    mv_hput(whole, 0);
    mv_hput(whole, 1);
    mv_hput(whole, 2);
    mv_hput(whole, 3);
    mv_wput(0, 0, 0, 0, 1);
    for (i = 0; i < 256; i += 4) {
        mv_wput(table[i] + 128, 0, 0, 1, 0);
        mv_wput(table[i + 1] + 128, 0, 0, 1, 0);
        mv_wput(table[i + 2] + 128, 0, 0, 1, 0);
        mv_wput(table[i + 3] + 128, 0, 0, 1, 0);
    }
    for (i = 4 * words; i < n; i++)
        y[i] = table[(uint8_t)x[i]];
    // Results are there two words later: the first two stores are of what came before.
    mv_pset(0);
    for (turn = 2; words > 0; words -= i) {
        i = common_least(words, turn ? turn : 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 8\n"
                         "lw %[u], 0(%[x])\n"
                         "addi %[x], %[x], 4\n"
                         "mv.ctab %[u], 0, 0, 1\n"
                         "mv.ctab %[u], 1, 0, 0\n"
                         "mv.ctab %[u], 2, 0, 0\n"
                         "mv.crd %[t], 0\n"
                         "mv.cst %[y], %[y], %[t], 1\n"
                         "mv.ctab %[u], 3, 0, 0\n"
                         : [u] "=&r"(u), [t] "=&r"(t), [x] "+r"(x), [y] "+r"(y) : [n] "r"(i) : "memory");
        if (turn) {
            turn = 0;
            y -= 4;
            mv_pset(4);
        }
    }
    cnn_end(y, 4, 3);
}

#endif
#endif
