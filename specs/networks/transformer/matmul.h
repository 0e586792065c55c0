// Products of two activations: the columns of the second stay inside, four at a time, as
// weights do; the rows of the first stream.
#ifndef TRANSFORMER_MATMUL_H
#define TRANSFORMER_MATMUL_H

#ifndef MARVELGEN_EMULATE

#include "loops.h"
#include "rows.h"

#define NN_MATMUL transformer_matmul

// With zero points za and zb,
//   S (a - za)*(b - zb) = S a*b + S a*(-zb) - S za*b + depth*za*zb.
// The second sum has weights of its own, all alike, which a row meets on a second run
// over the same words. The third is one for each column: the unit's bias, together with
// the fourth.

// Four columns of rows that lie `step` bytes apart.
COMMON_APART void transformer_columns(const int8_t *b, int32_t depth, int32_t step)
{
    int32_t whole = common_aligned(b) && (step & 3) == 0;
    mv_wput(0, 0, 0, 0, 1);
    for (; depth > 0; depth -= 4, b += 4 * step) {
        uint32_t r[4];
        transformer_rows_of_four(b, step, depth, whole, r);
        CNN_ENTRY((int32_t)r[0], (int32_t)r[1], (int32_t)r[2], (int32_t)r[3]);
    }
}

// Weights that are all -zero behind those of four columns.
COMMON_APART void transformer_zeros(int32_t zero, int32_t depth)
{
    int32_t v = (-zero & 255) * 0x01010101, k;
    for (k = depth; k > 0; k -= 4) {
        if (k < 4)
            v = (int32_t)((uint32_t)v << (8 * (4 - k)) >> (8 * (4 - k)));
        CNN_ENTRY(v, v, v, v);
    }
}

// Sums of the weights of four columns, each times `by`.
COMMON_APART void transformer_sums(int32_t by, int32_t words, int32_t *sums)
{
    const common_word word = (by & 255) * 0x01010101;
    const int32_t one = (int32_t)(1u << 31);
    mv_sput(one, 0, 0);
    mv_sput(one, 0, 1);
    mv_sput(one, 0, 2);
    mv_sput(one, 0, 3);
    __asm__ volatile("mv.cmac zero, %[x], zero, 1, 0, 0\n" : : [x] "r"(&word) : "memory");
    if (words > 1)
        __asm__ volatile("mv.lpset 0, %[n], 4\nmv.cmac zero, %[x], zero, 0, 0, 0\n" : : [x] "r"(&word), [n] "r"(words - 1) : "memory");
    __asm__ volatile("mv.cnop zero, 1\nmv.cnop zero, 0\nmv.crd %[d], 1\nmv.cnop zero, 0\nmv.crd %[c], 1\n"
                     "mv.cnop zero, 0\nmv.crd %[b], 1\nmv.cnop zero, 0\nmv.crd %[a], 1\n"
                     : [a] "=r"(sums[0]), [b] "=r"(sums[1]), [c] "=r"(sums[2]), [d] "=r"(sums[3]));
}

COMMON_APART void transformer_product(const struct nn_matmul *p, struct transformer_rows *l, int32_t right, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t first, c, i, sums[4] = {0, 0, 0, 0}, rest = p->depth * p->zero[0] * p->zero[1];
    for (first = 0; first < p->rows; first += l->part) {
        transformer_part(l, a, first);
        for (c = 0; c < p->columns; c += 4) {
            c = common_least(c, p->columns - 4);
            if (p->step != 1)
                transformer_columns(b + c, p->depth, p->step);
            else if ((p->depth & 3) == 0 && common_aligned(b))
                cnn_word_weights(b + c * p->depth, l->words);
            else
                cnn_weights(b + c * p->depth, p->depth, p->depth, 0);
            transformer_nothing(l->more);
            if (p->zero[1]) {
                transformer_zeros(p->zero[1], p->depth);
                transformer_nothing(l->more);
            }
            if (p->zero[0])
                transformer_sums(p->zero[0], l->words, sums);
            for (i = 0; i < 4; i++)
                sums[i] = rest - sums[i];
            cnn_scales(&p->out, sums, 0, right);
            l->s.y = y + first * p->columns + c;
            l->run(&l->s);
        }
    }
}

COMMON_PART void transformer_matmul(const struct nn_matmul *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t right = cnn_right(&p->out, 1), where[NN_MAX_RANK] = {0}, i = 0, j = 0, times = p->zero[1] ? 2 : 1;
    struct transformer_rows l;
    if (!right || p->zero[1] == -128)
        COMMON_LEAVE("sums beyond 26 bits, or a zero point of -128", nn_matmul(p, a, b, y));
    if ((p->step != 1 && p->across != 1) || (p->step == 1 && p->across != p->depth))
        COMMON_LEAVE("columns that do not lie beside each other", nn_matmul(p, a, b, y));
    if (!transformer_choose(&l, a, p->rows, p->depth, p->columns, times, y) || ((p->rows * p->depth) & 3 && !(p->depth & 3)))
        COMMON_LEAVE("fewer than four columns, or rows that are too long", nn_matmul(p, a, b, y));
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    for (;;) {
        transformer_product(p, &l, right, a + i, b + j, y);
        y += p->rows * p->columns;
        if (!transformer_next(&p->batches, where, &i, &j))
            return;
    }
}

#endif
#endif
