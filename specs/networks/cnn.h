// Kernels of networks on designs of cnn.hcl. What does not fit falls back to the
// portable kernel: groups, dilation, sums beyond 26 bits, windows that are too large.
#ifndef CNN_KERNELS_H
#define CNN_KERNELS_H

#ifndef MARVELGEN_EMULATE // its pointers are addresses of the core

#include "riscv_cnn.h"

#define NN_CONV cnn_conv
#define NN_DEPTHWISE cnn_depthwise
#define NN_FULLY_CONNECTED cnn_fully_connected
#define NN_ADD cnn_add

#define CNN_PART __attribute__((unused)) static
#define CNN_APART __attribute__((unused, noinline)) static

// Entries of weights, and the magnitude of sums, that there is room for.
#define CNN_WORDS 1024
#define CNN_BITS 26

// Part of a layer's input with its padding, as many rows of outputs as fit.
#ifndef CNN_INPUT_BYTES
#define CNN_INPUT_BYTES (1 << 20)
#endif
static int8_t cnn_input[CNN_INPUT_BYTES] __attribute__((aligned(16), unused));

typedef int32_t __attribute__((may_alias)) cnn_word;

// Reports whether words can be loaded and stored there: inputs and outputs of the
// whole network lie where the caller has them.
CNN_PART int cnn_aligned(const int8_t *p) { return ((uintptr_t)p & 3) == 0; }

CNN_PART int32_t cnn_least(int32_t a, int32_t b) { return a < b ? a : b; }

// How far right the unit shifts a layer's results; 0 if it cannot rescale them.
CNN_PART int32_t cnn_right(const struct nn_rescale *r, int32_t outs)
{
    int32_t i, least = 31, most = 0;
    if (!r->narrow || r->narrow > CNN_BITS)
        return 0;
    for (i = 0; i < (r->step ? outs : 1); i++) {
        if (-r->shift[i] < least)
            least = -r->shift[i];
        if (-r->shift[i] > most)
            most = -r->shift[i];
    }
    if (most <= 16 && (least > 0 || r->min >= r->zero))
        return 16;
    return most <= 22 && least >= 6 ? 22 : 0;
}

// Tells the unit what outputs have in common; zero times 2^right has a half added.
CNN_PART void cnn_outputs(int32_t zero, int32_t right, int32_t min, int32_t max)
{
    mv_oset(zero, (min & 255) | (max & 255) << 8 | (right == 22) << 16);
}

CNN_PART int32_t cnn_half(int32_t zero, int32_t right) { return (int32_t)((uint32_t)(2 * zero + 1) << (right - 1)); }

#define CNN_SCALE(k, lane)                                                     \
    do {                                                                       \
        int32_t i = r->step ? c + k : 0;                                       \
        mv_sput(r->multiplier[i], bias ? bias[c + k] : 0, lane);               \
        mv_hput(1 << (right + r->shift[i]), lane);                              \
    } while (0)

// Scales and biases of four channels. The unit's order of lanes makes channel 0 the
// lowest byte.
CNN_APART void cnn_scales(const struct nn_rescale *r, const int32_t *bias, int32_t c, int32_t right)
{
    CNN_SCALE(0, 0);
    CNN_SCALE(1, 3);
    CNN_SCALE(2, 2);
    CNN_SCALE(3, 1);
}

// Four channels' weights of a word as the next entry.
#define CNN_ENTRY(first, a, b, c, d)                                           \
    do {                                                                       \
        mv_wput(a, d, 0, 0, first);                                            \
        mv_wput(c, b, 1, 1, 0);                                                \
    } while (0)

// How four channels of outputs, a plane, see their input: windows of `rows` rows of
// `row` words that lie `step` bytes apart. Behind a row's last word the next row's
// first is `skip` bytes away, behind the window's last the next window's `hop`.
struct cnn_plane {
    const int8_t *x;
    int8_t *y;
    int32_t rows, row, step, skip, hop, line; // line: from the windows of a row of outputs to those of the next
    int32_t out[2], channels;
};

// The first window of a plane: there are no results yet.
CNN_APART void cnn_first(const struct cnn_plane *p)
{
    const int8_t *x = p->x;
    int32_t r = p->rows;
    __asm__ volatile("mv.cmac %[x], %[x], zero, 1\n" : [x] "+r"(x) : : "memory");
    for (;;) {
        if (p->row > 1)
            __asm__ volatile("mv.lpset 0, %[n], 4\n"
                             "mv.cmac %[x], %[x], %[s], 0\n"
                             : [x] "+r"(x) : [n] "r"(p->row - 1), [s] "r"(p->step) : "memory");
        if (--r == 0)
            return;
        __asm__ volatile("mv.cmac %[x], %[x], %[s], 0\n" : [x] "+r"(x) : [s] "r"(p->skip) : "memory");
    }
}

// The results of the last window.
CNN_APART void cnn_last(int8_t *y, int32_t bytes)
{
    int32_t t, i;
    __asm__ volatile("mv.cnop 1\n.rept 6\n mv.cnop 0\n.endr\nmv.crd %[t], 0\n" : [t] "=r"(t));
    for (i = 0; i < bytes; i++, t >>= 8)
        y[i] = (int8_t)t;
}

// Results are stored behind the seventh word of the next window.
#define CNN_STORE "mv.crd %[t], 0\n sw %[t], 0(%[y])\n add %[y], %[y], %[h]\n"
#define CNN_BYTES                                                              \
    "mv.crd %[t], 0\n sb %[t], 0(%[y])\n srli %[t], %[t], 8\n"                 \
    "sb %[t], 1(%[y])\n srli %[t], %[t], 8\n sb %[t], 2(%[y])\n"               \
    "srli %[t], %[t], 8\n sb %[t], 3(%[y])\n add %[y], %[y], %[h]\n"

// A plane of outputs; `body` is `length` instructions: a window, and the former
// one's results stored. Word (p) goes to where p points after a step.
#define CNN_PLANE(name, length, body)                                          \
    CNN_APART void name(const struct cnn_plane *p)                             \
    {                                                                          \
        const int8_t *row = p->x, *x = row + (p->rows - 1) * p->skip + (p->row - 1) * p->rows * p->step; \
        int8_t *y = p->y;                                                      \
        int32_t t, oy, n = p->out[1] - 1;                                      \
        cnn_first(p);                                                          \
        for (oy = 0; oy < p->out[0]; oy++, x = (row += p->line) - p->hop) {    \
            if (n > 0)                                                         \
                __asm__ volatile("mv.lpset 1, %[n], 4 * (" #length ")\n" body  \
                                 : [t] "=&r"(t), [y] "+r"(y), [x] "+r"(x)      \
                                 : [n] "r"(n), [s] "r"(p->step), [k] "r"(p->skip), [o] "r"(p->hop), [h] "r"(p->channels), \
                                   [l] "r"(p->row - 1), [m] "r"(p->row - 7) : "memory"); \
            n = p->out[1];                                                     \
        }                                                                      \
        cnn_last(y, 4);                                                        \
    }

#define CNN_WORD "mv.cmac %[x], %[x], %[s], 0\n"
#define CNN_HOP "mv.cmac %[x], %[x], %[o], 1\n"
#define CNN_SKIP "mv.cmac %[x], %[x], %[k], 0\n"

// Windows of one size, unrolled.
#define CNN_WINDOW(rows, row, store)                                           \
    ".set cnn_at, 0\n"                                                         \
    ".rept " #rows " * " #row "\n"                                             \
    ".if cnn_at == 0\n" CNN_HOP                                                \
    ".elseif cnn_at %% " #row " == 0\n" CNN_SKIP                                \
    ".else\n" CNN_WORD                                                         \
    ".endif\n"                                                                 \
    ".set cnn_at, cnn_at + 1\n"                                                \
    ".if cnn_at == 7\n" store ".endif\n"                                       \
    ".endr\n"
#define CNN_SHORT(rows, row, store)                                            \
    CNN_WINDOW(rows, row, store) ".rept 7 - " #rows " * " #row "\n mv.cnop 0\n.endr\n" store
#define CNN_UNROLLED(rows, row) CNN_PLANE(cnn_##rows##_##row, rows * row + 3, CNN_WINDOW(rows, row, CNN_STORE))

// Windows of rows of eight words and more.
#define CNN_LONG(rows, store)                                                  \
    CNN_HOP ".rept 6\n" CNN_WORD ".endr\n" store                               \
    "mv.lpset 0, %[m], 4\n" CNN_WORD                                           \
    ".rept " #rows " - 1\n" CNN_SKIP "mv.lpset 0, %[l], 4\n" CNN_WORD ".endr\n"

CNN_PLANE(cnn_1_1, 10, CNN_SHORT(1, 1, CNN_STORE))
CNN_PLANE(cnn_1_2, 10, CNN_SHORT(1, 2, CNN_STORE))
CNN_PLANE(cnn_1_3, 10, CNN_SHORT(1, 3, CNN_STORE))
CNN_PLANE(cnn_1_4, 10, CNN_SHORT(1, 4, CNN_STORE))
CNN_PLANE(cnn_1_5, 10, CNN_SHORT(1, 5, CNN_STORE))
CNN_PLANE(cnn_1_6, 10, CNN_SHORT(1, 6, CNN_STORE))
CNN_PLANE(cnn_2_3, 10, CNN_SHORT(2, 3, CNN_STORE))
CNN_UNROLLED(1, 7)
CNN_UNROLLED(1, 8)
CNN_UNROLLED(1, 10)
CNN_UNROLLED(1, 12)
CNN_UNROLLED(1, 16)
CNN_UNROLLED(1, 24)
CNN_UNROLLED(1, 32)
CNN_UNROLLED(3, 3)
CNN_UNROLLED(3, 6)
CNN_UNROLLED(3, 12)
CNN_UNROLLED(3, 24)
CNN_UNROLLED(5, 5)
CNN_UNROLLED(7, 7)
CNN_PLANE(cnn_1_long, 7 + 3 + 2, CNN_LONG(1, CNN_STORE))
CNN_PLANE(cnn_2_long, 7 + 3 + 2 + 3, CNN_LONG(2, CNN_STORE))
CNN_PLANE(cnn_3_long, 7 + 3 + 2 + 6, CNN_LONG(3, CNN_STORE))
CNN_PLANE(cnn_5_long, 7 + 3 + 2 + 12, CNN_LONG(5, CNN_STORE))
CNN_PLANE(cnn_7_long, 7 + 3 + 2 + 18, CNN_LONG(7, CNN_STORE))

// Outputs whose channels are no multiple of four are stored byte by byte.
CNN_PLANE(cnn_bytes_1, 7 + 9, CNN_SHORT(1, 1, CNN_BYTES))
CNN_PLANE(cnn_bytes_2, 7 + 9, CNN_SHORT(1, 2, CNN_BYTES))
CNN_PLANE(cnn_bytes_4, 7 + 9, CNN_SHORT(1, 4, CNN_BYTES))
CNN_PLANE(cnn_bytes_6, 7 + 9, CNN_SHORT(1, 6, CNN_BYTES))
CNN_PLANE(cnn_bytes_10, 10 + 9, CNN_WINDOW(1, 10, CNN_BYTES))
CNN_PLANE(cnn_bytes_3_3, 9 + 9, CNN_WINDOW(3, 3, CNN_BYTES))
CNN_PLANE(cnn_bytes_1_long, 7 + 9 + 2, CNN_LONG(1, CNN_BYTES))
CNN_PLANE(cnn_bytes_3_long, 7 + 9 + 2 + 6, CNN_LONG(3, CNN_BYTES))
CNN_PLANE(cnn_bytes_5_long, 7 + 9 + 2 + 12, CNN_LONG(5, CNN_BYTES))

typedef void (*cnn_kernel)(const struct cnn_plane *p);

static const struct { int32_t rows, row, bytes; cnn_kernel run; } cnn_kernels[] = {
    {1, 1, 0, cnn_1_1}, {1, 2, 0, cnn_1_2}, {1, 3, 0, cnn_1_3}, {1, 4, 0, cnn_1_4}, {1, 5, 0, cnn_1_5}, {1, 6, 0, cnn_1_6},
    {2, 3, 0, cnn_2_3}, {1, 7, 0, cnn_1_7}, {1, 8, 0, cnn_1_8}, {1, 10, 0, cnn_1_10}, {1, 12, 0, cnn_1_12}, {1, 16, 0, cnn_1_16}, {1, 24, 0, cnn_1_24}, {1, 32, 0, cnn_1_32},
    {3, 3, 0, cnn_3_3}, {3, 6, 0, cnn_3_6}, {3, 12, 0, cnn_3_12}, {3, 24, 0, cnn_3_24}, {5, 5, 0, cnn_5_5}, {7, 7, 0, cnn_7_7},
    {1, 0, 0, cnn_1_long}, {2, 0, 0, cnn_2_long}, {3, 0, 0, cnn_3_long}, {5, 0, 0, cnn_5_long}, {7, 0, 0, cnn_7_long},
    {1, 1, 1, cnn_bytes_1}, {1, 2, 1, cnn_bytes_2}, {1, 4, 1, cnn_bytes_4}, {1, 6, 1, cnn_bytes_6}, {1, 10, 1, cnn_bytes_10}, {3, 3, 1, cnn_bytes_3_3}, {1, 0, 1, cnn_bytes_1_long}, {3, 0, 1, cnn_bytes_3_long}, {5, 0, 1, cnn_bytes_5_long},
};

// The kernel for windows of a size; NULL if there is none.
CNN_PART cnn_kernel cnn_find(int32_t rows, int32_t row, int32_t bytes)
{
    size_t i;
    for (i = 0; i < sizeof cnn_kernels / sizeof *cnn_kernels; i++)
        if (cnn_kernels[i].rows == rows && cnn_kernels[i].bytes == bytes && (cnn_kernels[i].row == row || (!cnn_kernels[i].row && row >= 8)))
            return cnn_kernels[i].run;
    return NULL;
}

// Where a row of windows begins in the input of a layer, padding included.
CNN_PART const int8_t *cnn_row(const struct nn_window *v, const int8_t *x, int32_t r)
{
    return x + (r - v->before[0]) * v->in[1] * v->in_channels;
}

// `rows` rows of the input from row `first` on, with their padding: `cols` pixels of
// `wide` bytes each.
CNN_APART void cnn_pad(const struct nn_conv *p, const int8_t *x, int32_t first, int32_t rows, int32_t cols, int32_t wide)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, line = cols * wide, left = v->before[1] * wide, r, i, k;
    int32_t n = cnn_least(cols - v->before[1], v->in[1]);
    int8_t *to = cnn_input;
    for (r = first; r < first + rows; r++, to += line) {
        const int8_t *from = cnn_row(v, x, r);
        if (r < v->before[0] || r - v->before[0] >= v->in[0]) {
            memset(to, p->zero, (size_t)line);
        } else if (wide == ch) {
            memset(to, p->zero, (size_t)left);
            memcpy(to + left, from, (size_t)(n * ch));
            memset(to + left + n * ch, p->zero, (size_t)(line - left - n * ch));
        } else {
            memset(to, p->zero, (size_t)line);
            for (i = left; i < left + n * wide; i += wide, from += ch)
                for (k = 0; k < ch; k++)
                    to[i + k] = from[k];
        }
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

// How a layer reads its input: straight, with padding, or as windows gathered.
struct cnn_view {
    int32_t gathered, copied, wide, cols, band; // band: rows of outputs that fit
    cnn_kernel run;
};

// Chooses how to read; 0 if there is no way. A plane of four channels is computed
// `groups` times.
CNN_PART int cnn_choose(struct cnn_view *l, struct cnn_plane *s, const struct nn_conv *p, const int8_t *x, int32_t depthwise, int32_t groups, int32_t bytes)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, wide = (ch + 3) & ~3, kh = v->kernel[0], kw = v->kernel[1], line = (kw * ch + 3) / 4;
    int32_t cols = (v->out[1] - 1) * v->stride[1] + kw, rows = (v->out[0] - 1) * v->stride[0] + kh, pitch, most;
    l->gathered = 0;
    l->wide = wide;
    s->rows = kh;
    s->row = depthwise ? kw : kw * wide / 4;
    s->step = depthwise ? ch : 4;
    l->run = cnn_find(s->rows, s->row, bytes);
    // A word less is a cycle less for each four channels; gathering takes four for a byte.
    if (!depthwise && (!l->run || (kw * wide / 4 - line) * groups > 4 * kw * ch)) {
        cnn_kernel run = cnn_find(1, kh * line, bytes);
        if (run) {
            l->gathered = 1;
            l->run = run;
            s->rows = 1;
            s->row = kh * line;
        }
    }
    if (!l->run || s->rows * s->row > CNN_WORDS || v->out[1] > 4095)
        return 0;
    if (l->gathered) {
        pitch = 0;
        s->line = v->out[1] * s->row * 4;
        most = CNN_INPUT_BYTES / s->line;
        s->hop = 4;
        l->copied = 1;
    } else {
        l->copied = wide != ch || !cnn_aligned(x) || v->before[0] || v->before[1] || rows > v->in[0] || cols > v->in[1];
        l->cols = cols;
        pitch = (l->copied ? cols : v->in[1]) * wide;
        s->line = v->stride[0] * pitch;
        most = l->copied ? (CNN_INPUT_BYTES / pitch - kh) / v->stride[0] + 1 : v->out[0];
        s->hop = v->stride[1] * wide - (kh - 1) * pitch - (s->row - 1) * s->step;
    }
    s->skip = pitch - (s->row - 1) * s->step;
    l->band = cnn_least(most, v->out[0]);
    s->out[1] = v->out[1];
    s->channels = v->out_channels;
    return l->band > 0;
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
        cnn_pad(p, x, first * v->stride[0], (s->out[0] - 1) * v->stride[0] + v->kernel[0], l->cols, l->wide);
    else
        s->x = x + first * s->line;
    first += s->out[0];
    if (s->line == s->out[1] * (s->hop + (s->rows - 1) * s->skip + (s->row - 1) * s->rows * s->step) && s->out[0] * s->out[1] < 4096) {
        s->out[1] *= s->out[0]; // one row behind another
        s->out[0] = 1;
    }
    return first;
}

// Four bytes as a word; those from n on are 0.
CNN_PART int32_t cnn_four(const int8_t *w, int32_t n)
{
    uint32_t v = 0;
    if (n > 4)
        n = 4;
    while (n-- > 0)
        v = v << 8 | (uint8_t)w[n];
    return (int32_t)v;
}

// Four channels' weights, in runs of `length` that begin with a word of their own.
CNN_APART void cnn_weights(const int8_t *w, int32_t depth, int32_t length)
{
    int32_t at, i;
    mv_wput(0, 0, 0, 0, 1);
    for (at = 0; at < depth; at += length, w += length)
        for (i = 0; i < length; i += 4)
            CNN_ENTRY(0, cnn_four(w + i, length - i), cnn_four(w + depth + i, length - i), cnn_four(w + 2 * depth + i, length - i), cnn_four(w + 3 * depth + i, length - i));
}

// The same where all runs are whole words.
CNN_APART void cnn_word_weights(const int8_t *w, int32_t words)
{
    const cnn_word *a = (const cnn_word *)(const void *)w, *b = a + words, *c = b + words, *d = c + words;
    int32_t n = words & 3, i, j, k, l;
    mv_wput(0, 0, 0, 0, 1);
    for (; n > 0; n--)
        CNN_ENTRY(0, *a++, *b++, *c++, *d++);
    if (words >= 4)
        __asm__ volatile("mv.lpset 0, %[n], 4 * 28\n"
                         ".set cnn_at, 0\n"
                         ".rept 4\n"
                         "lw %[i], cnn_at(%[a])\n"
                         "lw %[l], cnn_at(%[d])\n"
                         "lw %[j], cnn_at(%[b])\n"
                         "lw %[k], cnn_at(%[c])\n"
                         "mv.wput %[i], %[l], 0, 0, 0\n"
                         "mv.wput %[k], %[j], 1, 1, 0\n"
                         ".set cnn_at, cnn_at + 4\n"
                         ".endr\n"
                         "addi %[a], %[a], 16\n"
                         "addi %[b], %[b], 16\n"
                         "addi %[c], %[c], 16\n"
                         "addi %[d], %[d], 16\n"
                         : [i] "=&r"(i), [j] "=&r"(j), [k] "=&r"(k), [l] "=&r"(l), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d) : [n] "r"(words / 4) : "memory");
}

CNN_PART void cnn_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, outs = v->out_channels, depth = v->kernel[0] * v->kernel[1] * ch, c, first, next, right;
    struct cnn_plane s;
    struct cnn_view l;
    if (p->groups != 1 || v->dilation[0] != 1 || v->dilation[1] != 1 || v->batch != 1 || outs < 4 || !(right = cnn_right(&p->out, outs)) ||
        !cnn_choose(&l, &s, p, x, 0, (outs + 3) / 4, (outs & 3) || !cnn_aligned(y))) {
        nn_conv(p, x, w, bias, y, scratch);
        return;
    }
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    for (first = 0; first < v->out[0]; first = next) {
        next = cnn_band(&l, &s, p, x, first);
        for (c = 0; c < outs; c += 4) {
            if (c > outs - 4)
                c = outs - 4; // some channels twice
            cnn_scales(&p->out, bias, c, right);
            if (l.gathered)
                cnn_weights(w + c * depth, depth, v->kernel[1] * ch);
            else if (l.wide != ch)
                cnn_weights(w + c * depth, depth, ch);
            else
                cnn_word_weights(w + c * depth, depth / 4);
            s.y = y + first * v->out[1] * outs + c;
            l.run(&s);
        }
    }
}

CNN_PART void cnn_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], c, k, first, next, right;
    struct cnn_plane s;
    struct cnn_view l;
    if (p->multiplier != 1 || (ch & 3) || !cnn_aligned(y) || v->dilation[0] != 1 || v->dilation[1] != 1 || v->batch != 1 || !(right = cnn_right(&p->out, ch)) ||
        !cnn_choose(&l, &s, p, x, 1, ch / 4, 0)) {
        nn_depthwise(p, x, w, bias, y, scratch);
        return;
    }
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    for (first = 0; first < v->out[0]; first = next) {
        const int8_t *from;
        next = cnn_band(&l, &s, p, x, first);
        from = s.x;
        for (c = 0; c < ch; c += 4) {
            const int8_t *f = w + c;
            cnn_scales(&p->out, bias, c, right);
            mv_wput(0, 0, 0, 0, 1);
            for (k = 0; k < taps; k++, f += ch) { // a weight of each channel, in its lane
                uint32_t u = *(const uint32_t __attribute__((may_alias)) *)(const void *)f;
                CNN_ENTRY(0, (int32_t)(u & 0xff), (int32_t)(u & 0xff00), (int32_t)(u & 0xff0000), (int32_t)(u & 0xff000000));
            }
            s.x = from + c;
            s.y = y + first * v->out[1] * ch + c;
            l.run(&s);
        }
    }
}

// One row of inputs stays inside, as weights of lane 1; the weights stream. The
// results of an output come behind the fourth word of the next.
CNN_APART void cnn_row_of_outputs(const int8_t *w, int32_t words, int32_t outs, const int32_t *bias, const struct nn_rescale *r, int32_t right, int8_t *y)
{
    int32_t t, o;
    w -= 4;
    __asm__ volatile("mv.cmac %[w], %[w], %[s], 1\n"
                     "mv.lpset 0, %[n], 4\n"
                     "mv.cmac %[w], %[w], %[s], 0\n"
                     : [w] "+r"(w) : [n] "r"(words - 1), [s] "r"(4) : "memory");
    for (o = 0; o + 1 < outs; o++, y++) {
        mv_sput(r->multiplier[r->step * o], bias[o], 1);
        mv_hput(1 << (right + r->shift[r->step * o]), 1);
        __asm__ volatile(".set cnn_at, 1\n"
                         ".rept 4\n mv.cmac %[w], %[w], %[s], cnn_at\n .set cnn_at, 0\n.endr\n"
                         "mv.crd %[t], 0\n"
                         "sb %[t], 0(%[y])\n"
                         "mv.lpset 0, %[n], 4\n"
                         "mv.cmac %[w], %[w], %[s], 0\n"
                         : [w] "+r"(w), [t] "=&r"(t) : [n] "r"(words - 4), [s] "r"(4), [y] "r"(y) : "memory");
    }
    mv_sput(r->multiplier[r->step * o], bias[o], 1);
    mv_hput(1 << (right + r->shift[r->step * o]), 1);
    __asm__ volatile("mv.cnop 1\nmv.cnop 0\nmv.cnop 0\nmv.cnop 0\nmv.crd %[t], 0\n" : [t] "=r"(t));
    *y = (int8_t)t;
}

CNN_PART void cnn_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    int32_t words = p->depth / 4, k, o, right;
    int32_t *sums = (int32_t *)(void *)cnn_input;
    if (p->rows != 1 || (p->depth & 3) || words < 5 || words > CNN_WORDS || p->outs > CNN_INPUT_BYTES / 4 || !cnn_aligned(w) || !(right = cnn_right(&p->out, p->outs))) {
        nn_fully_connected(p, x, w, bias, y, scratch);
        return;
    }
    if (!bias) {
        for (o = 0; o < p->outs; o++)
            sums[o] = 0;
        bias = sums;
    }
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    mv_wput(0, 0, 0, 0, 1);
    for (k = 0; k < words; k++)
        mv_wput(0, cnn_four(x + 4 * k, 4), 0, 1, 0);
    cnn_row_of_outputs(w, words, p->outs, bias, &p->out, right, y);
}

// The sum of two bytes by tables, for whole words.
CNN_PART void cnn_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const struct nn_walk *w = &p->walk;
    int32_t n = w->shape[0], right = p->right > 16 ? 22 : 16, i, u, v, t;
    if (!p->right || w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1 || (n & 3) || !cnn_aligned(a) || !cnn_aligned(b) || !cnn_aligned(y)) {
        nn_add(p, a, b, y);
        return;
    }
    cnn_outputs((int32_t)(-(uint32_t)p->up << right), right, p->out.min, p->out.max);
    mv_sput((int32_t)(1u << 31), 0, 0);
    mv_sput((int32_t)(1u << 31), 0, 1);
    mv_sput((int32_t)(1u << 31), 0, 2);
    mv_sput((int32_t)(1u << 31), 0, 3);
    mv_hput(1 << (right - p->right), 0);
    mv_hput(1 << (right - p->right), 1);
    mv_hput(1 << (right - p->right), 2);
    mv_hput(1 << (right - p->right), 3);
    mv_wput(0, 0, 0, 0, 1);
    for (i = 0; i < 256; i++) {
        mv_wput(p->share[0][i], 0, 0, 0, 0);
        mv_wput(p->share[1][i], 0, 1, 1, 0);
    }
#define CNN_LOOK_UP                                                            \
    "lw %[u], 0(%[a])\n lw %[v], 0(%[b])\n addi %[a], %[a], 4\n addi %[b], %[b], 4\n" \
    "mv.ctab %[u], 0, 0, 1\n mv.ctab %[u], 1, 0, 0\n mv.ctab %[u], 2, 0, 0\n mv.ctab %[u], 3, 0, 0\n" \
    "mv.ctab %[v], 0, 1, 0\n mv.ctab %[v], 1, 1, 0\n mv.ctab %[v], 2, 1, 0\n"
    __asm__ volatile(CNN_LOOK_UP "mv.ctab %[v], 3, 1, 0\n" : [u] "=&r"(u), [v] "=&r"(v), [a] "+r"(a), [b] "+r"(b) : : "memory");
    for (n = n / 4 - 1; n > 0; n -= i) {
        i = cnn_least(n, 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 15\n" CNN_LOOK_UP
                         "mv.crd %[t], 0\n"
                         "sw %[t], 0(%[y])\n"
                         "mv.ctab %[v], 3, 1, 0\n"
                         "addi %[y], %[y], 4\n"
                         : [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [a] "+r"(a), [b] "+r"(b), [y] "+r"(y) : [n] "r"(i) : "memory");
    }
    cnn_last(y, 4);
}

#endif
#endif
