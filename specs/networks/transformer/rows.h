// Rows times a matrix: fully connected layers of many rows.
#ifndef TRANSFORMER_ROWS_H
#define TRANSFORMER_ROWS_H

#ifndef MARVELGEN_EMULATE

#include "../cnn/fully_connected.h"

#undef NN_FULLY_CONNECTED
#define NN_FULLY_CONNECTED transformer_fully_connected

// Rows that stream: of whole words, most often where they lie, else copied in parts.
// What they meet is the same for all; s.x and s.y are where the next rows are.
struct transformer_rows {
    struct cnn_plane s;
    cnn_kernel run;
    int32_t rows, depth, words, part; // part: so many rows at once
    int32_t more;                     // words of a window behind a row's, which meet weights of 0
};

// The kernel for windows of so many words, or the next larger one there is.
COMMON_APART cnn_kernel transformer_find(int32_t times, int32_t *words, enum cnn_store store)
{
    cnn_kernel run = NULL;
    for (; !(run = cnn_find(times, *words, store)) && *words < 10; ++*words) {
    }
    return run;
}

// The next entries of weights, so many, are 0.
COMMON_PART void transformer_nothing(int32_t words)
{
    for (; words > 0; words--)
        CNN_ENTRY(0, 0, 0, 0);
}

COMMON_PART enum cnn_store transformer_store(const int8_t *y, int32_t outs)
{
    return (outs & 3) == 0 && common_aligned(y) ? CNN_IN_WHOLE : CNN_IN_BYTES;
}

// Rows of `depth` bytes that meet weights once, or those of a second row of weights
// behind them, too; 0 if there is no kernel, or no room.
COMMON_APART int transformer_choose(struct transformer_rows *l, const int8_t *x, int32_t rows, int32_t depth, int32_t outs, int32_t times, const int8_t *y)
{
    const struct cnn_plane plain = {.rows = times, .step = 4, .channels = outs};
    l->s = plain;
    l->rows = rows;
    l->depth = depth;
    l->words = l->s.row = (depth + 3) >> 2;
    l->run = transformer_find(times, &l->s.row, transformer_store(y, outs));
    l->more = l->s.row - l->words;
    l->s.skip = 4 - 4 * l->s.row;
    l->s.hop = 4 - 4 * l->more;
    l->s.out[0] = 1;
    l->part = (depth & 3) || !common_aligned(x) ? common_least(COMMON_INPUT_BYTES / 4 / l->words, 4095) : 4095;
    return l->run && l->part > 0 && l->s.row * times <= CNN_WORDS && outs >= 4 && outs <= CNN_PITCH;
}

// Rows from `first` on, as many as there is room for, as whole words.
COMMON_APART void transformer_part(struct transformer_rows *l, const int8_t *x, int32_t first)
{
    int32_t i, k;
    int8_t *to = common_input;
    l->s.out[1] = common_least(l->rows - first, l->part);
    l->s.x = x += first * l->depth;
    if ((l->depth & 3) == 0 && common_aligned(x))
        return;
    l->s.x = to;
    for (i = l->s.out[1]; i > 0; i--, x += l->depth, to += 4 * l->words) {
        struct common_stream s = common_from(x);
        common_word *w = (common_word *)(void *)to;
        for (k = (l->depth - 1) >> 2; k > 0; k--)
            *w++ = (common_word)common_next(&s);
        for (k *= 4, k = (l->depth - 1) & ~3; k < l->depth; k++) // no word behind the last byte
            to[k] = x[k];
    }
}

// A matrix of outs rows of depth weights; 0 if the unit cannot.
COMMON_APART int transformer_rows(const struct nn_rescale *out, int32_t rows, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    struct transformer_rows l;
    int32_t right = cnn_right(out, outs), whole = (depth & 3) == 0 && common_aligned(w), first, c;
    if (!right || !transformer_choose(&l, x, rows, depth, outs, 1, y))
        return 0;
    cnn_outputs(cnn_half(out->zero, right), right, out->min, out->max);
    for (first = 0; first < rows; first += l.part) {
        transformer_part(&l, x, first);
        for (c = 0; c < outs; c += 4) {
            c = common_least(c, outs - 4); // some channels twice
            cnn_scales(out, bias, c, right);
            if (whole)
                cnn_word_weights(w + c * depth, l.words);
            else
                cnn_weights(w + c * depth, depth, depth, 0);
            transformer_nothing(l.more);
            l.s.y = y + first * outs + c;
            l.run(&l.s);
        }
    }
    return 1;
}

COMMON_PART void transformer_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    if (p->rows == 1 && cnn_row_times_matrix(&p->out, p->depth, p->outs, x, w, bias, y))
        return;
    if (!transformer_rows(&p->out, p->rows, p->depth, p->outs, x, w, bias, y))
        COMMON_LEAVE("fewer than four outputs, rows that are too long, or sums beyond 26 bits", nn_fully_connected(p, x, w, bias, y, scratch));
}

#endif
#endif
