// How a layer's input is read: straight, or copied with padding, or as windows
// gathered; in bands of rows that fit, and in phases where pixels are no whole words.
#ifndef CNN_INPUT_H
#define CNN_INPUT_H

#ifndef MARVELGEN_EMULATE

#include "planes.h"

// Where a row of windows begins in the input of a layer, padding included.
CNN_PART const int8_t *cnn_row(const struct nn_window *v, const int8_t *x, int32_t r)
{
    return x + (r - v->before[0]) * v->in[1] * v->in_channels;
}

// Copies whole words: a load is there for the store behind it, so one register does.
CNN_APART void cnn_copy(int8_t *to, const int8_t *from, int32_t words)
{
    int32_t t, n, m;
    for (n = words >> 4; n > 0; n -= m) {
        m = cnn_least(n, 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 34\n"
                         ".set cnn_at, 0\n"
                         ".rept 16\n"
                         "lw %[t], cnn_at(%[a])\n"
                         "sw %[t], cnn_at(%[b])\n"
                         ".set cnn_at, cnn_at + 4\n"
                         ".endr\n"
                         "addi %[a], %[a], 64\n"
                         "addi %[b], %[b], 64\n"
                         : [t] "=&r"(t), [a] "+r"(from), [b] "+r"(to) : [n] "r"(m) : "memory");
    }
    if ((n = words & 15))
        __asm__ volatile("mv.lpset 0, %[n], 4 * 4\n"
                         "lw %[t], 0(%[a])\n"
                         "addi %[a], %[a], 4\n"
                         "sw %[t], 0(%[b])\n"
                         "addi %[b], %[b], 4\n"
                         : [t] "=&r"(t), [a] "+r"(from), [b] "+r"(to) : [n] "r"(n) : "memory");
}

// Copies bytes: words where there are some, put together from two where they begin at
// other places.
CNN_APART void cnn_move(int8_t *to, const int8_t *from, int32_t n)
{
    int32_t words, at;
    for (; n > 0 && !cnn_aligned(to); n--)
        *to++ = *from++;
    words = cnn_aligned(from) ? n >> 2 : cnn_least((n - 4) >> 2, 4095); // the word behind the last is the source's, too
    at = 4 * words;
    if (words > 0 && cnn_aligned(from))
        cnn_copy(to, from, words);
    else if (words > 0) {
        int32_t right = 8 * ((int32_t)(uintptr_t)from & 3), last, next, v;
        const int8_t *a = from - ((uintptr_t)from & 3);
        int8_t *b = to;
        __asm__ volatile("lw %[l], 0(%[a])\n"
                         "mv.lpset 0, %[n], 4 * 8\n"
                         "lw %[x], 4(%[a])\n"
                         "srl %[v], %[l], %[r]\n"
                         "mv %[l], %[x]\n"
                         "sll %[x], %[x], %[s]\n"
                         "or %[v], %[v], %[x]\n"
                         "addi %[a], %[a], 4\n"
                         "sw %[v], 0(%[b])\n"
                         "addi %[b], %[b], 4\n"
                         : [l] "=&r"(last), [x] "=&r"(next), [v] "=&r"(v), [a] "+r"(a), [b] "+r"(b) : [n] "r"(words), [r] "r"(right), [s] "r"(32 - right) : "memory");
    } else
        at = 0;
    for (; at < n; at++)
        to[at] = from[at];
}

// Fills whole words.
CNN_PART void cnn_fill(int8_t *to, int32_t word, int32_t words)
{
    int32_t n, m;
    for (n = words >> 3; n > 0; n -= m) {
        m = cnn_least(n, 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 9\n"
                         ".set cnn_at, 0\n"
                         ".rept 8\n sw %[w], cnn_at(%[b])\n .set cnn_at, cnn_at + 4\n.endr\n"
                         "addi %[b], %[b], 32\n"
                         : [b] "+r"(to) : [n] "r"(m), [w] "r"(word) : "memory");
    }
    if ((n = words & 7))
        __asm__ volatile("mv.lpset 0, %[n], 4 * 2\n sw %[w], 0(%[b])\n addi %[b], %[b], 4\n" : [b] "+r"(to) : [n] "r"(n), [w] "r"(word) : "memory");
}

// `rows` rows of the input from row `first` on, with their padding, `line` bytes
// each; pixels have `wide` bytes.
CNN_APART void cnn_pad(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line, int32_t wide)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, left = v->before[1] * wide, n = cnn_least((line - left) / wide, v->in[1]), right = left + n * wide, r, i, k;
    int32_t aligned = wide == ch && (ch & 3) == 0 && cnn_aligned(x), zeros = (p->zero & 255) * 0x01010101;
    int8_t *to = cnn_input;
    for (r = first; r < first + rows; r++, to += line) {
        const int8_t *from = cnn_row(v, x, r);
        int32_t outside = r < v->before[0] || r - v->before[0] >= v->in[0];
        if (aligned) {
            if (outside) {
                cnn_fill(to, zeros, line >> 2);
                continue;
            }
            if (left)
                cnn_fill(to, zeros, left >> 2);
            cnn_copy(to + left, from, (right - left) >> 2);
            if (line > right)
                cnn_fill(to + right, zeros, (line - right) >> 2);
            continue;
        }
        if (outside) {
            memset(to, p->zero, (size_t)line);
            continue;
        }
        memset(to, p->zero, (size_t)left);
        memset(to + right, p->zero, (size_t)(line - right));
        if (wide == ch)
            cnn_move(to + left, from, n * ch);
        else
            for (i = left; i < right; i += wide, from += ch)
                for (k = 0; k < wide; k++)
                    to[i + k] = k < ch ? from[k] : 0;
    }
}

// Windows of `rows` rows of outputs from row `first` on, one behind another, each of
// a window's rows in `line` bytes.
CNN_APART void cnn_gather(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t line)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, oy, ox, ky, kx, k;
    int8_t *to = cnn_input;
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
struct cnn_view {
    int32_t gathered, copied, wide, pitch, hop, line, band, phases; // band: rows of outputs that fit
    cnn_kernel run, phase[4];
};

// The bytes of words that `length` bytes from byte `from` of one on lie in.
CNN_PART int32_t cnn_span(int32_t from, int32_t length) { return ((from & 3) + length + 3) & ~3; }

// Finds the kernels of all phases; 0 if there are none.
CNN_PART int cnn_phases(struct cnn_view *l, const struct nn_conv *p, int32_t phases, enum cnn_store store)
{
    const struct nn_window *v = &p->window;
    int32_t f;
    for (f = 0; f < phases; f++)
        if (!(l->phase[f] = cnn_find(v->kernel[0], cnn_span(f * v->stride[1] * v->in_channels, v->kernel[1] * v->in_channels) / 4, store)))
            return 0;
    return 1;
}

// Chooses how to read; 0 if there is no way. A plane of four channels is computed
// `groups` times.
CNN_PART int cnn_choose(struct cnn_view *l, struct cnn_plane *s, const struct nn_conv *p, const int8_t *x, int32_t depthwise, int32_t groups, enum cnn_store store)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, wide = (ch + 3) & ~3, kh = v->kernel[0], kw = v->kernel[1], line = (kw * ch + 3) / 4, hop = v->stride[1] * ch;
    int32_t cols = (v->out[1] - 1) * v->stride[1] + kw, rows = (v->out[0] - 1) * v->stride[0] + kh, most, gather;
    l->gathered = 0;
    l->wide = wide;
    l->phases = 0;
    s->rows = kh;
    s->row = depthwise ? kw : kw * wide / 4;
    s->step = depthwise ? ch : 4;
    s->gap = 0;
    l->run = cnn_find(s->rows, s->row, store);
    if (wide != ch) {
        int32_t phases = hop & 1 ? 4 : hop & 2 ? 2 : 1, f, words = 0;
        for (f = 0; f < phases; f++)
            words += cnn_span(f * hop, kw * ch) / 4;
        if (words <= s->row * phases && cnn_phases(l, p, phases, store)) {
            l->phases = phases;
            l->wide = wide = ch;
            s->row = 1 + (kw * ch + 2) / 4; // the longest, for its room
        }
    }
    // A word less of a window is a cycle less for each four channels. Gathering takes
    // eight cycles for a byte and 29 for a window's row, making pixels whole words eight
    // for a byte of those between two windows.
    gather = kh * (29 + 8 * kw * ch) - 8 * wide * v->stride[0] * v->stride[1];
    if (!depthwise && !l->phases && (!l->run || (wide != ch && (CNN_SLOTS(kh * kw * wide / 4) - CNN_SLOTS(kh * line)) * groups > gather))) {
        cnn_kernel run = cnn_find(1, kh * line, store);
        if (run) {
            l->gathered = 1;
            l->run = run;
            s->rows = 1;
            s->row = kh * line;
        }
    }
    if ((!l->run && !l->phases) || s->rows * s->row > CNN_WORDS || v->out[1] > 4095 || v->out_channels > CNN_PITCH / 4 || (l->phases && v->out[0] > 4095))
        return 0;
    if (l->gathered) {
        l->pitch = 0;
        s->line = v->out[1] * s->row * 4;
        most = CNN_INPUT_BYTES / s->line;
        s->hop = 4;
        l->copied = 1;
    } else {
        l->copied = (ch & 3) || !cnn_aligned(x) || v->before[0] || v->before[1] || rows > v->in[0] || cols > v->in[1];
        l->pitch = l->copied ? (cols * wide + 3) & ~3 : v->in[1] * wide;
        s->line = v->stride[0] * l->pitch;
        most = l->copied ? (CNN_INPUT_BYTES / l->pitch - kh) / v->stride[0] + 1 : v->out[0];
        s->hop = v->stride[1] * wide - (kh - 1) * l->pitch - (s->row - 1) * s->step;
    }
    s->skip = l->pitch - (s->row - 1) * s->step;
    l->band = cnn_least(most, v->out[0]);
    l->hop = s->hop;
    l->line = s->line;
    s->out[1] = v->out[1];
    s->channels = v->out_channels;
    return l->band > 0;
}

// Lets a plane go down its longer side where that pays. A row takes three cycles where
// results follow each other, and some forty where they do not: down the longer side none
// do.
CNN_PART void cnn_turn(struct cnn_plane *s)
{
    int32_t window = (s->rows - 1) * s->skip + (s->row - 1) * s->rows * s->step, across = s->hop + window;
    int32_t rows = s->out[0], pitch = s->out[1] * s->channels + s->gap;
    if ((rows <= (s->gap ? 1 : 12) * s->out[1] && !(s->gap && s->out[1] == 1)) || rows > 4095 || pitch > CNN_PITCH)
        return;
    s->hop = s->line - window;
    s->line = across;
    s->gap = s->channels - rows * pitch;
    s->channels = pitch;
    s->out[0] = s->out[1];
    s->out[1] = rows;
}

// The rows of outputs from row `first` on; returns where the next ones begin.
CNN_PART int32_t cnn_band(const struct cnn_view *l, struct cnn_plane *s, const struct nn_conv *p, const int8_t *x, int32_t first)
{
    const struct nn_window *v = &p->window;
    s->out[0] = cnn_least(l->band, v->out[0] - first);
    s->out[1] = v->out[1];
    s->x = cnn_input;
    if (l->gathered)
        cnn_gather(p, x, first, s->out[0], s->row / v->kernel[0] * 4);
    else if (l->copied)
        cnn_pad(p, x, first * v->stride[0], (s->out[0] - 1) * v->stride[0] + v->kernel[0], l->pitch, l->wide);
    else
        s->x = x + first * l->line;
    first += s->out[0];
    s->gap = 0;
    s->channels = v->out_channels;
    s->hop = l->hop;
    s->line = l->line;
    if (!l->phases && l->line == s->out[1] * cnn_window(s) && s->out[0] * s->out[1] < 4096) {
        s->out[1] *= s->out[0]; // one row behind another
        s->out[0] = 1;
    }
    if (!l->phases)
        cnn_turn(s);
    return first;
}

#endif
#endif
