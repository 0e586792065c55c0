// How a layer's input is read: straight, or copied with padding, or as windows
// gathered; in bands of rows that fit, and in phases where pixels are no whole words.
#ifndef LEAN_INPUT_H
#define LEAN_INPUT_H

#ifndef MARVELGEN_EMULATE

#include "windows.h"

// Where a row of windows begins in the input of a layer, padding included.
LEAN_PART const int8_t *lean_row(const struct nn_window *v, const int8_t *x, int32_t r)
{
    return x + (r - v->before[0]) * v->in[1] * v->in_channels;
}

// `rows` rows of the input from row `first` on, with their padding, `line` bytes
// each; pixels have `wide` bytes.
LEAN_APART void lean_pad(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line, int32_t wide)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, left = v->before[1] * wide, n = lean_least((line - left) / wide, v->in[1]), right = left + n * wide, r, i, k;
    int8_t *to = lean_input;
    for (r = first; r < first + rows; r++, to += line) {
        const int8_t *from = lean_row(v, x, r);
        if (r < v->before[0] || r - v->before[0] >= v->in[0]) {
            memset(to, p->zero, (size_t)line);
            continue;
        }
        memset(to, p->zero, (size_t)left);
        memset(to + right, p->zero, (size_t)(line - right));
        if (wide == ch)
            memcpy(to + left, from, (size_t)(n * ch));
        else
            for (i = left; i < right; i += wide, from += ch)
                for (k = 0; k < wide; k++)
                    to[i + k] = k < ch ? from[k] : 0;
    }
}

// Windows of `rows` rows of outputs from row `first` on, one behind another, each of
// a window's rows in `line` bytes.
LEAN_APART void lean_gather(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, oy, ox, ky, kx, k;
    int8_t *to = lean_input;
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

// How a layer reads its input: straight, with padding, or as windows gathered. Where
// pixels are no whole words, windows begin at `phases` places of a word in turn, and
// each phase has a plane of its own; 0 where they are.
struct lean_view {
    int32_t gathered, copied, wide, pitch, across, line, band, phases; // band: rows of outputs that fit
    int32_t stores, channels; // channels: of a plane
    lean_kernel run;
};

// The bytes of words that `length` bytes from byte `from` of one on lie in.
LEAN_PART int32_t lean_span(int32_t from, int32_t length) { return ((from & 3) + length + 3) & ~3; }

// Whether windows of all phases have a kernel.
LEAN_PART int lean_phases(const struct nn_conv *p, int32_t phases, int32_t stores)
{
    const struct nn_window *v = &p->window;
    int32_t f;
    for (f = 0; f < phases; f++)
        if (!lean_find(v->kernel[0], lean_span(f * v->stride[1] * v->in_channels, v->kernel[1] * v->in_channels) / 4, stores))
            return 0;
    return 1;
}

// The ways from a window's last word to its first and to the next window.
LEAN_PART void lean_hop(struct lean_plane *s)
{
    s->back = -(s->rows - 1) * (s->skip + (s->row - 1) * s->step) - (s->row - 1) * s->step - lean_moves(s->rows, s->row) * s->step;
    s->hop = s->across + s->back;
}

// Chooses how to read; 0 if there is no way. A plane of two channels is computed
// `groups` times.
LEAN_PART int lean_choose(struct lean_view *l, struct lean_plane *s, const struct nn_conv *p, const int8_t *x, int32_t depthwise, int32_t groups, int32_t stores)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, wide = (ch + 3) & ~3, kh = v->kernel[0], kw = v->kernel[1], line = (kw * ch + 3) / 4, hop = v->stride[1] * ch;
    int32_t cols = (v->out[1] - 1) * v->stride[1] + kw, rows = (v->out[0] - 1) * v->stride[0] + kh, most;
    l->gathered = 0;
    l->wide = wide;
    l->phases = 0;
    s->rows = kh;
    s->row = depthwise ? kw : kw * wide / 4;
    s->step = depthwise ? ch : 4;
    s->zero = p->out.zero;
    l->run = lean_find(s->rows, s->row, stores);
    if (wide != ch) {
        int32_t phases = hop & 1 ? 4 : hop & 2 ? 2 : 1, f, words = 0;
        for (f = 0; f < phases; f++)
            words += lean_span(f * hop, kw * ch) / 4;
        if (words <= s->row * phases && lean_phases(p, phases, stores)) {
            l->phases = phases;
            l->wide = wide = ch;
            s->row = 1 + (kw * ch + 2) / 4; // the longest, for its room
        }
    }
    // A word less is a cycle less for each two channels; gathering takes four for a byte.
    if (!depthwise && !l->phases && (!l->run || (kw * wide / 4 - line) * groups > 4 * kw * ch)) {
        lean_kernel run = lean_find(1, kh * line, stores);
        if (run) {
            l->gathered = 1;
            l->run = run;
            s->rows = 1;
            s->row = kh * line;
        }
    }
    if ((!l->run && !l->phases) || s->rows * s->row > LEAN_WORDS)
        return 0;
    l->stores = stores;
    l->channels = 2;
    if (stores == LEAN_TWO && (v->out_channels & 3) == 0 && s->rows * s->row <= LEAN_WORDS / 2 && (l->phases ? lean_phases(p, l->phases, LEAN_FOURS) : lean_find(s->rows, s->row, LEAN_FOURS) != NULL)) {
        l->stores = LEAN_FOURS;
        l->channels = 4;
        if (!l->phases)
            l->run = lean_find(s->rows, s->row, LEAN_FOURS);
    }
    if (l->gathered) {
        l->pitch = 0;
        l->across = s->row * 4;
        l->line = v->out[1] * l->across;
        most = LEAN_INPUT_BYTES / l->line;
        l->copied = 1;
    } else {
        l->copied = (ch & 3) || !lean_aligned(x) || v->before[0] || v->before[1] || rows > v->in[0] || cols > v->in[1];
        l->pitch = l->copied ? (cols * wide + 3) & ~3 : v->in[1] * wide;
        l->across = v->stride[1] * wide;
        l->line = v->stride[0] * l->pitch;
        most = l->copied ? (LEAN_INPUT_BYTES / l->pitch - kh) / v->stride[0] + 1 : v->out[0];
    }
    l->band = lean_least(most, v->out[0]);
    return l->band > 0;
}

// Lets a plane go down its longer side: the end of a row costs what a window does.
LEAN_PART void lean_turn(struct lean_plane *s)
{
    int32_t across = s->across, rows = s->out[0], pitch = s->out[1] * s->channels + s->gap;
    if (rows <= 2 * s->out[1] || !(s->gap || s->out[1] == 1))
        return;
    s->across = s->line;
    s->line = across;
    s->gap = s->channels - rows * pitch;
    s->channels = pitch;
    s->out[0] = s->out[1];
    s->out[1] = rows;
}

// The rows of outputs from row `first` on; returns where the next ones begin.
LEAN_PART int32_t lean_band(const struct lean_view *l, struct lean_plane *s, const struct nn_conv *p, const int8_t *x, int32_t first)
{
    const struct nn_window *v = &p->window;
    s->out[0] = lean_least(l->band, v->out[0] - first);
    s->out[1] = v->out[1];
    s->x = lean_input;
    if (l->gathered)
        lean_gather(p, x, first, s->out[0], s->row / v->kernel[0] * 4);
    else if (l->copied)
        lean_pad(p, x, first * v->stride[0], (s->out[0] - 1) * v->stride[0] + v->kernel[0], l->pitch, l->wide);
    else
        s->x = x + first * l->line;
    first += s->out[0];
    s->gap = 0;
    s->channels = v->out_channels;
    s->across = l->across;
    s->line = l->line;
    s->skip = l->pitch - (s->row - 1) * s->step;
    if (!l->phases && s->line == s->out[1] * s->across) {
        s->out[1] *= s->out[0]; // one row behind another
        s->out[0] = 1;
    }
    lean_hop(s);
    return first;
}

#endif
#endif
