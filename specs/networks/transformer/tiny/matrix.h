// Rows by matrices, of weights and of activations.
#ifndef TINY_MATRIX_H
#define TINY_MATRIX_H

#ifndef MARVELGEN_EMULATE

#include "unit.h"

#define NN_FULLY_CONNECTED tiny_fully_connected
#define NN_MATMUL tiny_matmul

// Rows as whole words: where they lie, or copied, as many as there is room for.
struct tiny_input {
    const int8_t *x;
    int32_t depth, words, part;
};

COMMON_PART struct tiny_input tiny_input(const int8_t *x, int32_t depth)
{
    struct tiny_input l = {x, depth, (depth + 3) >> 2, INT32_MAX};
    if ((depth & 3) || !common_aligned(x))
        l.part = COMMON_INPUT_BYTES / 4 / l.words;
    return l;
}

COMMON_APART const int8_t *tiny_part(const struct tiny_input *l, int32_t first, int32_t rows)
{
    const int8_t *x = l->x + first * l->depth;
    common_word *to = (common_word *)(void *)common_input;
    int32_t k;
    if (l->part == INT32_MAX)
        return x;
    for (; rows > 0; rows--) {
        for (k = l->depth; k >= 4; k -= 4, x += 4)
            *to++ = (common_word)transformer_four(x);
        if (k) {
            uint32_t v = 0;
            for (x += k; k > 0; k--)
                v = v << 8 | (uint8_t)*--x;
            *to++ = (common_word)v;
            x += l->depth & 3;
        }
    }
    return common_input;
}

// Weights of four channels, rows of `depth` bytes.
COMMON_APART void tiny_weights(const int8_t *w, int32_t depth)
{
    int32_t k, c, whole = (depth & 3) == 0 && common_aligned(w);
    uint32_t v[4];
    mv_dput(0, 0, 0, 0, 1);
    for (k = depth; k >= 4; k -= 4, w += 4) {
        for (c = 0; c < 4; c++)
            v[c] = whole ? (uint32_t)*(const common_word *)(const void *)(w + c * depth) : transformer_four(w + c * depth);
        tiny_entry(v);
    }
    if (!k)
        return;
    for (c = 0; c < 4; c++) {
        const int8_t *end = w + c * depth + k;
        v[c] = 0;
        for (; end > w + c * depth;)
            v[c] = v[c] << 8 | (uint8_t)*--end;
    }
    tiny_entry(v);
}

// Four columns of rows that lie `step` bytes apart.
COMMON_APART void tiny_columns(const int8_t *b, int32_t depth, int32_t step)
{
    int32_t whole = common_aligned(b) && (step & 3) == 0;
    mv_dput(0, 0, 0, 0, 1);
    for (; depth > 0; depth -= 4, b += 4 * step) {
        uint32_t r[4];
        transformer_rows_of_four(b, step, depth, whole, r);
        tiny_entry(r);
    }
}

COMMON_PART void tiny_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    struct tiny_input l = tiny_input(x, p->depth);
    struct tiny_plane s = {.apart = p->outs};
    int32_t first, rows, c;
    if (p->outs < 4 || l.words > TINY_WORDS || !tiny_rescales(&p->out, p->outs))
        COMMON_LEAVE("fewer than four outputs, rows that are too long, or results that the unit cannot rescale", nn_fully_connected(p, x, w, bias, y, scratch));
    for (first = 0; first < p->rows; first += rows) {
        const int8_t *from;
        rows = common_least(p->rows - first, l.part);
        from = tiny_part(&l, first, rows);
        for (c = 0; c < p->outs; c += 4) {
            c = common_least(c, p->outs - 4); // some channels twice
            tiny_scales(&s, &p->out, bias ? bias + c : NULL, c);
            tiny_weights(w + c * p->depth, p->depth);
            tiny_rows(&s, from, l.words, rows, y + first * p->outs + c);
        }
    }
}

// What each of four columns adds to its sums: with zero points za and zb = 0,
//   S (a - za)*b = S a*b - za * S b.
COMMON_APART void tiny_zeros(const struct nn_matmul *p, const int8_t *b, int32_t *bias)
{
    int32_t c, k;
    for (c = 0; c < 4; c++, b += p->across) {
        int32_t sum = 0, at = 0;
        for (k = p->depth; k > 0; k--, at += p->step)
            sum += b[at];
        bias[c] = -p->zero[0] * sum;
    }
}

COMMON_PART void tiny_matmul(const struct nn_matmul *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    int32_t where[NN_MAX_RANK] = {0}, i = 0, j = 0, first, rows, c, bias[4];
    struct tiny_input l = tiny_input(a, p->depth);
    struct tiny_plane s = {.apart = p->columns};
    if (p->zero[1])
        COMMON_LEAVE("a zero point of the second operand", nn_matmul(p, a, b, y));
    if ((p->step != 1 && p->across != 1) || (p->step == 1 && p->across != p->depth))
        COMMON_LEAVE("columns that do not lie beside each other", nn_matmul(p, a, b, y));
    if (p->columns < 4 || l.words > TINY_WORDS || !tiny_rescales(&p->out, 1))
        COMMON_LEAVE("fewer than four columns, rows that are too long, or results that the unit cannot rescale", nn_matmul(p, a, b, y));
    do {
        l.x = a + i;
        for (first = 0; first < p->rows; first += rows) {
            const int8_t *from;
            rows = common_least(p->rows - first, l.part);
            from = tiny_part(&l, first, rows);
            for (c = 0; c < p->columns; c += 4) {
                const int8_t *column;
                c = common_least(c, p->columns - 4);
                column = b + j + c * p->across;
                tiny_zeros(p, column, bias);
                tiny_scales(&s, &p->out, bias, 0);
                if (p->step == 1)
                    tiny_weights(column, p->depth);
                else
                    tiny_columns(column, p->depth, p->step);
                tiny_rows(&s, from, l.words, rows, y + first * p->columns + c);
            }
        }
        y += p->rows * p->columns;
    } while (transformer_next(&p->batches, where, &i, &j));
}

#endif
#endif
