// How a layer's input is read, whatever computes it: straight, or copied with padding,
// or as windows gathered; in bands of rows that fit, and in phases where pixels are no
// whole words.
#ifndef COMMON_INPUT_H
#define COMMON_INPUT_H

#ifndef MARVELGEN_EMULATE

#include "stream.h"

// How n bytes are set, and copied. A design that has better ways defines them before it
// includes this header, with COMMON_WHOLE 1 where they are others for whole words.
#ifndef COMMON_FILL
#define COMMON_WHOLE 0
#define COMMON_FILL(to, byte, n, whole) ((void)(whole), memset(to, byte, (size_t)(n)))
#define COMMON_MOVE(to, from, n, whole) ((void)(whole), memcpy(to, from, (size_t)(n)))
#endif

// `phases`: where pixels are no whole words, windows begin at so many places of a word
// in turn, and each phase has a plane of its own; 0 where they are.
struct common_view {
    int32_t gathered, copied, wide, pitch, line, band, phases; // band: rows of outputs that fit
};

// Where a row of windows begins in the input of a layer, padding included.
COMMON_PART const int8_t *common_row(const struct nn_window *v, const int8_t *x, int32_t r)
{
    return x + (r - v->before[0]) * v->in[1] * v->in_channels;
}

// Rows with their padding; `whole` is a constant where it is called. Few bytes are set
// faster along with the rest than on either side of each row.
__attribute__((unused, always_inline)) static inline void common_pad_rows(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line, int32_t wide, int whole)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, left = v->before[1] * wide, n = common_least((line - left) / wide, v->in[1]), right = left + n * wide, r, i, k;
    int32_t at_once = !whole && line <= 192;
    int8_t *to = common_input;
    if (at_once)
        COMMON_FILL(to, p->zero, rows * line, 1);
    for (r = first; r < first + rows; r++, to += line) {
        const int8_t *from = common_row(v, x, r);
        if (r < v->before[0] || r - v->before[0] >= v->in[0]) {
            if (!at_once)
                COMMON_FILL(to, p->zero, line, whole);
            continue;
        }
        if (!at_once) {
            COMMON_FILL(to, p->zero, left, whole);
            COMMON_FILL(to + right, p->zero, line - right, whole);
        }
        if (whole || wide == ch)
            COMMON_MOVE(to + left, from, right - left, whole);
        else
            for (i = left; i < right; i += wide, from += ch)
                for (k = 0; k < wide; k++)
                    to[i + k] = k < ch ? from[k] : 0;
    }
}

// `rows` rows of the input from row `first` on, with their padding, `line` bytes
// each; pixels have `wide` bytes.
COMMON_APART void common_pad(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line, int32_t wide)
{
    if (COMMON_WHOLE && (p->window.in_channels & 3) == 0 && common_aligned(x))
        common_pad_rows(p, x, first, rows, line, wide, 1);
    else
        common_pad_rows(p, x, first, rows, line, wide, 0);
}

// Windows of `rows` rows of outputs from row `first` on, one behind another, each of
// a window's rows in `line` bytes.
COMMON_APART void common_gather(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, oy, ox, ky, kx, k;
    int8_t *to = common_input;
    for (oy = first; oy < first + rows; oy++)
        for (ox = 0; ox < v->out[1]; ox++)
            for (ky = 0; ky < v->kernel[0]; ky++, to += line) {
                int32_t iy = oy * v->stride[0] + ky - v->before[0], ix = ox * v->stride[1] - v->before[1];
                const int8_t *from = x + (iy * v->in[1] + ix) * ch;
                int8_t *end = to;
                if (iy >= 0 && iy < v->in[0] && ix >= 0 && ix + v->kernel[1] <= v->in[1]) {
                    for (k = v->kernel[1] * ch; k > 0; k--)
                        *end++ = *from++;
                    continue;
                }
                for (kx = 0; kx < v->kernel[1]; kx++, ix++, from += ch)
                    for (k = 0; k < ch; k++)
                        *end++ = (int8_t)(iy < 0 || iy >= v->in[0] || ix < 0 || ix >= v->in[1] ? p->zero : from[k]);
            }
}

// How many phases windows have that are `hop` bytes apart and whose rows have `length`
// bytes; 0 if these lie in more than `row` words each, one phase with another.
COMMON_PART int32_t common_phases(int32_t hop, int32_t length, int32_t row)
{
    int32_t phases = hop & 1 ? 4 : hop & 2 ? 2 : 1, f, words = 0;
    for (f = 0; f < phases; f++)
        words += common_span(f * hop, length) / 4;
    return words <= row * phases ? phases : 0;
}

// Lays rows out for a view whose `gathered` and `wide` are chosen: whether they are
// copied, how far apart they lie, how many there is room for. A window that is gathered
// has `window` bytes. 0 if not even one row fits.
COMMON_PART int common_lay(struct common_view *l, const struct nn_conv *p, const int8_t *x, int32_t window)
{
    const struct nn_window *v = &p->window;
    int32_t cols = (v->out[1] - 1) * v->stride[1] + v->kernel[1], rows = (v->out[0] - 1) * v->stride[0] + v->kernel[0], most;
    if (l->gathered) {
        l->copied = 1;
        l->pitch = 0;
        l->line = v->out[1] * window;
        most = COMMON_INPUT_BYTES / l->line;
    } else {
        l->copied = (v->in_channels & 3) || !common_aligned(x) || v->before[0] || v->before[1] || rows > v->in[0] || cols > v->in[1];
        l->pitch = l->copied ? (cols * l->wide + 3) & ~3 : v->in[1] * l->wide;
        l->line = v->stride[0] * l->pitch;
        most = l->copied ? (COMMON_INPUT_BYTES / l->pitch - v->kernel[0]) / v->stride[0] + 1 : v->out[0];
    }
    l->band = common_least(most, v->out[0]);
    return l->band > 0;
}

// The input of `rows` rows of outputs from row `first` on; a window's row that is
// gathered has `line` bytes.
COMMON_PART const int8_t *common_read(const struct common_view *l, const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line)
{
    const struct nn_window *v = &p->window;
    if (!l->copied)
        return x + first * l->line;
    if (l->gathered)
        common_gather(p, x, first, rows, line);
    else
        common_pad(p, x, first * v->stride[0], (rows - 1) * v->stride[0] + v->kernel[0], l->pitch, l->wide);
    return common_input;
}

#endif
#endif
