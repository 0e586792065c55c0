// Kernels of networks on designs of cnn.hcl. What does not fit falls back to the
// portable kernel: groups, dilation, sums that are not narrow, windows that are too
// large.
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

// Entries of weights that there is room for.
#define CNN_WORDS (1024 - 4)

// The input of a layer with its padding, channels in whole words. Larger inputs
// fall back.
#ifndef CNN_INPUT_BYTES
#define CNN_INPUT_BYTES (1 << 20)
#endif
static int8_t cnn_input[CNN_INPUT_BYTES] __attribute__((aligned(16), unused));

typedef int32_t __attribute__((may_alias)) cnn_word;

// Reports whether words can be loaded and stored there: inputs and outputs of the
// whole network lie where the caller has them.
CNN_PART int cnn_aligned(const int8_t *p) { return ((uintptr_t)p & 3) == 0; }

// A channel's scale as an entry holds it.
CNN_PART int32_t cnn_limits(const struct nn_rescale *r, int32_t i)
{
    return (int32_t)((uint32_t)-r->shift[i] | (uint32_t)(r->zero & 255) << 8 | (uint32_t)(r->min & 255) << 16 | (uint32_t)(r->max & 255) << 24);
}

// Begins four channels: scales and biases, which the sums take on.
CNN_APART void cnn_begin(const struct nn_rescale *r, const int32_t *bias, int32_t c, int32_t row, int32_t skip)
{
    int32_t k, unused;
    mv_wset(row, skip);
    for (k = c; k < c + 4; k++) {
        int32_t i = r->step ? k : 0;
        mv_wput(bias ? bias[k] : 0, r->multiplier[i], 0);
        mv_wput(0, cnn_limits(r, i), 1);
    }
    mv_cq(unused, 0);
    mv_cq(unused, 1);
    mv_cq(unused, 2);
    mv_cq(unused, 3);
    (void)unused;
}

// A plane of outputs of four channels: `products` takes `length` instructions and
// adds a window's products to the sums. The end of an output begins the next one.
#define CNN_PLANE(name, length, products)                                                                                \
    CNN_APART void name(const struct nn_window *v, const int8_t *x, int32_t apart, int8_t *y, int32_t words)             \
    {                                                                                                                    \
        int32_t t, oy;                                                                                                   \
        for (oy = v->out[0]; oy > 0; oy--, x += v->stride[0] * apart)                                                    \
            __asm__ volatile("mv.cgo %[x]\n"                                                                             \
                             "mv.lpset 1, %[n], 4 * (" #length " + 5)\n" products                                        \
                             "mv.cq %[t], 0\n"                                                                           \
                             "mv.cq %[t], 1\n"                                                                           \
                             "mv.cq %[t], 2\n"                                                                           \
                             "mv.cq %[t], 3\n"                                                                           \
                             "mv.cst %[t], %[y]\n"                                                                       \
                             : [t] "=&r"(t), [y] "+r"(y) : [x] "r"(x), [n] "r"(v->out[1]), [w] "r"(words) : "memory");   \
    }
#define CNN_UNROLLED(instruction, n) CNN_PLANE(cnn_##instruction##_##n, n, ".rept " #n "\n mv." #instruction "\n.endr\n")

// A set-up of the inner loop takes two cycles; short windows do without.
CNN_PLANE(cnn_cmac_any, 2, "mv.lpset 0, %[w], 4\n mv.cmac\n")
CNN_PLANE(cnn_dmac_any, 2, "mv.lpset 0, %[w], 4\n mv.dmac\n")
CNN_UNROLLED(cmac, 2)
CNN_UNROLLED(cmac, 4)
CNN_UNROLLED(cmac, 8)
CNN_UNROLLED(cmac, 9)
CNN_UNROLLED(cmac, 12)
CNN_UNROLLED(cmac, 16)
CNN_UNROLLED(cmac, 32)
CNN_UNROLLED(cmac, 36)
CNN_UNROLLED(dmac, 9)


// The same where channels are no multiple of four: outputs are stored byte by byte,
// and windows begun one by one.
CNN_APART void cnn_bytes(const struct nn_window *v, const int8_t *x, int32_t apart, int8_t *y, int32_t words, int32_t hop)
{
    int32_t t, oy, ox;
    for (oy = v->out[0]; oy > 0; oy--, x += v->stride[0] * apart) {
        const int8_t *from = x;
        for (ox = v->out[1]; ox > 0; ox--, from += hop, y += v->out_channels) {
            __asm__ volatile("mv.cgo %[x]\n"
                             "mv.lpset 0, %[w], 4\n"
                             "mv.cmac\n"
                             "mv.cq %[t], 0\n"
                             "mv.cq %[t], 1\n"
                             "mv.cq %[t], 2\n"
                             "mv.cq %[t], 3\n"
                             : [t] "=&r"(t) : [x] "r"(from), [w] "r"(words) : "memory");
            y[0] = (int8_t)t;
            y[1] = (int8_t)(t >> 8);
            y[2] = (int8_t)(t >> 16);
            y[3] = (int8_t)(t >> 24);
        }
    }
}

typedef void (*cnn_plane)(const struct nn_window *v, const int8_t *x, int32_t apart, int8_t *y, int32_t words);

CNN_PART cnn_plane cnn_cmac(int32_t words)
{
    switch (words) {
    case 2: return cnn_cmac_2;
    case 4: return cnn_cmac_4;
    case 8: return cnn_cmac_8;
    case 9: return cnn_cmac_9;
    case 12: return cnn_cmac_12;
    case 16: return cnn_cmac_16;
    case 32: return cnn_cmac_32;
    case 36: return cnn_cmac_36;
    }
    return cnn_cmac_any;
}

// The input with its padding, each row `cols` pixels of `wide` bytes.
CNN_APART const int8_t *cnn_padded(const struct nn_conv *p, const int8_t *x, int32_t rows, int32_t cols, int32_t wide)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, line = cols * wide, first = v->before[1] * wide, r, i, k;
    int32_t n = cols - v->before[1] < v->in[1] ? cols - v->before[1] : v->in[1];
    int8_t *to = cnn_input;
    for (r = 0; r < rows; r++, to += line) {
        int32_t iy = r - v->before[0];
        const int8_t *from = x + iy * v->in[1] * ch;
        if (iy < 0 || iy >= v->in[0]) {
            memset(to, p->zero, (size_t)line);
        } else if (wide == ch) {
            memset(to, p->zero, (size_t)first);
            memcpy(to + first, from, (size_t)(n * ch));
            memset(to + first + n * ch, p->zero, (size_t)(line - first - n * ch));
        } else {
            memset(to, p->zero, (size_t)line);
            for (i = first; i < first + n * wide; i += wide, from += ch)
                for (k = 0; k < ch; k++)
                    to[i + k] = from[k];
        }
    }
    return cnn_input;
}

// Four bytes as a word; those from n on are 0.
CNN_PART int32_t cnn_four(const int8_t *w, int32_t n)
{
    uint32_t v = 0;
    while (n-- > 0)
        v = v << 8 | (uint8_t)w[n];
    return (int32_t)v;
}

// How a layer looks at its input: windows of so many words, in rows of `row` words
// that lie `apart` bytes apart, `hop` bytes from one to the next.
struct cnn_look {
    const int8_t *x;
    int32_t wide, words, row, apart, hop;
};

// Windows of few channels one after another, each of their rows in whole words.
CNN_APART void cnn_gather(const struct nn_conv *p, const int8_t *x, int32_t line)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, oy, ox, ky, kx, k;
    int8_t *to = cnn_input;
    for (oy = 0; oy < v->out[0]; oy++)
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

// Looks at the input of a layer whose outputs are computed `groups` times four; 0 if
// it has to be done otherwise.
CNN_PART int cnn_looks(struct cnn_look *l, const struct nn_conv *p, const int8_t *x, int32_t wide, int32_t groups)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], line = (v->kernel[1] * ch + 3) / 4;
    int32_t rows = (v->out[0] - 1) * v->stride[0] + v->kernel[0], cols = (v->out[1] - 1) * v->stride[1] + v->kernel[1];
    if (p->groups != 1 || !p->out.narrow || v->dilation[0] != 1 || v->dilation[1] != 1 || v->batch != 1)
        return 0;
    l->x = cnn_input;
    l->wide = wide;
    l->row = v->kernel[1] * wide / 4;
    l->words = v->kernel[0] * l->row;
    // A word less is a cycle less for each four channels; gathering takes four for a byte.
    if (wide != ch && (l->row - line) * groups > 4 * v->kernel[1] * ch && v->out[0] * v->out[1] * v->kernel[0] * line * 4 <= CNN_INPUT_BYTES) {
        cnn_gather(p, x, 4 * line);
        l->wide = 0;
        l->row = l->words = v->kernel[0] * line;
        l->hop = l->words * 4;
        l->apart = v->out[1] * l->hop / v->stride[0];
        return v->stride[0] * l->apart == v->out[1] * l->hop;
    }
    l->hop = v->stride[1] * wide;
    if (wide == ch && cnn_aligned(x) && !v->before[0] && !v->before[1] && rows <= v->in[0] && cols <= v->in[1]) {
        l->x = x;
        l->apart = v->in[1] * wide;
    } else {
        l->apart = cols * wide;
        if (rows * cols * wide > CNN_INPUT_BYTES)
            return 0;
        cnn_padded(p, x, rows, cols, wide);
    }
    if (taps == 1)
        l->row = l->words;
    return 1;
}

// Four channels' weights, row by row of the window, each row in whole words.
CNN_APART void cnn_weights(const int8_t *w, int32_t depth, int32_t rows, int32_t length)
{
    int32_t r, i;
    for (r = 0; r < rows; r++, w += length)
        for (i = 0; i < length; i += 4) {
            int32_t n = length - i < 4 ? length - i : 4;
            mv_wput(cnn_four(w + i, n), cnn_four(w + depth + i, n), 0);
            mv_wput(cnn_four(w + 2 * depth + i, n), cnn_four(w + 3 * depth + i, n), 1);
        }
}

CNN_PART void cnn_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, outs = v->out_channels, taps = v->kernel[0] * v->kernel[1], depth = taps * ch, c, k;
    struct cnn_look l;
    if (outs < 4 || taps * ((ch + 3) / 4) > CNN_WORDS || !cnn_looks(&l, p, x, (ch + 3) & ~3, (outs + 3) / 4)) {
        nn_conv(p, x, w, bias, y, scratch);
        return;
    }
    mv_whop(l.hop, outs);
    for (c = 0; c < outs; c += 4) {
        const int8_t *f;
        if (c > outs - 4)
            c = outs - 4; // some channels twice
        f = w + c * depth;
        cnn_begin(&p->out, bias, c, l.row | 4 << 16, l.apart - (l.row - 1) * 4);
        if (l.wide == ch) {
            const cnn_word *w0 = (const cnn_word *)(const void *)f, *w1 = w0 + l.words, *w2 = w1 + l.words, *w3 = w2 + l.words;
            for (k = 0; k < l.words; k++) {
                mv_wput(w0[k], w1[k], 0);
                mv_wput(w2[k], w3[k], 1);
            }
        } else if (l.wide) {
            cnn_weights(f, depth, taps, ch);
        } else {
            cnn_weights(f, depth, v->kernel[0], v->kernel[1] * ch);
        }
        if (outs & 3 || !cnn_aligned(y))
            cnn_bytes(v, l.x, l.apart, y + c, l.words, l.hop);
        else
            cnn_cmac(l.words)(v, l.x, l.apart, y + c, l.words);
    }
}

CNN_PART void cnn_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], c, k;
    struct cnn_look l;
    if (p->multiplier != 1 || (ch & 3) || !cnn_aligned(y) || taps > CNN_WORDS || !cnn_looks(&l, p, x, ch, ch / 4)) {
        nn_depthwise(p, x, w, bias, y, scratch);
        return;
    }
    mv_whop(l.hop, ch);
    for (c = 0; c < ch; c += 4) {
        const cnn_word *f = (const cnn_word *)(const void *)(w + c);
        cnn_begin(&p->out, bias, c, v->kernel[1] | ch << 16, l.apart - (v->kernel[1] - 1) * ch);
        for (k = 0; k < taps; k++, f += ch / 4) {
            mv_wput(*f, 0, 0);
            mv_wput(0, 0, 1);
        }
        (taps == 9 ? cnn_dmac_9 : cnn_dmac_any)(v, l.x + c, l.apart, y + c, taps);
    }
}

// One row of inputs stays inside, as weights of channel 0; the weights stream. A sum
// is the difference of what crd reads.
CNN_PART void cnn_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    int32_t words = p->depth / 4, k, o, before, after;
    if (p->rows != 1 || (p->depth & 3) || words > CNN_WORDS || !p->out.narrow) {
        nn_fully_connected(p, x, w, bias, y, scratch);
        return;
    }
    mv_wset(words | 4 << 16, 0);
    for (k = 0; k < 4; k++)
        mv_wput(0, 0, 1);
    for (k = 0; k < words; k++) {
        mv_wput(cnn_four(x + 4 * k, 4), 0, 0);
        mv_wput(0, 0, 1);
    }
    mv_crd(before, 0);
    for (o = 0; o < p->outs; o++, w += p->depth, before = after) {
        int32_t i = p->out.step ? o : 0, n = -p->out.shift[i], s, v;
        __asm__ volatile("mv.cgo %[w]\n"
                         "mv.lpset 0, %[n], 4\n"
                         "mv.cmac\n"
                         "mv.crd %[s], 0\n"
                         : [s] "=&r"(after) : [w] "r"(w), [n] "r"(words) : "memory");
        s = (int32_t)((uint32_t)after - (uint32_t)before + (bias ? (uint32_t)bias[o] : 0));
        v = (int32_t)((int64_t)(int32_t)((uint32_t)s << 2) * p->out.multiplier[i] >> 32);
        v = ((v + (n ? (1 << n) - (v < 0) * 2 : 0) + 1) >> (n + 1)) + p->out.zero;
        y[o] = (int8_t)(v < p->out.min ? p->out.min : v > p->out.max ? p->out.max : v);
    }
}

// An input's share of a sum (struct nn_add), for shifts right.
CNN_PART int32_t cnn_share(const struct nn_add *p, int32_t i, int32_t x)
{
    int64_t v = (int64_t)((x - p->zero[i]) << p->left) * p->multiplier[i];
    int32_t r = (int32_t)((v + ((int64_t)1 << 30)) >> 31), n = -p->shift[i];
    return n ? (((r + (r >> 31)) >> (n - 1)) + 1) >> 1 : r;
}

CNN_PART void cnn_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const struct nn_walk *w = &p->walk;
    int32_t n = w->shape[0], i;
    if (w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1 || (n & 3) || !cnn_aligned(a) || !cnn_aligned(b) || !cnn_aligned(y) || !p->out.narrow || p->shift[0] > 0 || p->shift[1] > 0) {
        nn_add(p, a, b, y);
        return;
    }
    mv_wset(0, 0);
    for (i = 0; i < 256; i++) {
        mv_wput(cnn_share(p, 0, (int8_t)i), p->out.multiplier[0], 0);
        mv_wput(p->sign * cnn_share(p, 1, (int8_t)i), cnn_limits(&p->out, 0), 1);
    }
    for (n /= 4; n > 0; n -= i) {
        int32_t u, v, t;
        i = n < 4095 ? n : 4095;
        __asm__ volatile("mv.lpset 0, %[n], 4 * 10\n"
                         "lw %[u], 0(%[a])\n"
                         "lw %[v], 0(%[b])\n"
                         "addi %[a], %[a], 4\n"
                         "addi %[b], %[b], 4\n"
                         "mv.cadd %[t], %[u], %[v], 0\n"
                         "mv.cadd %[t], %[u], %[v], 1\n"
                         "mv.cadd %[t], %[u], %[v], 2\n"
                         "mv.cadd %[t], %[u], %[v], 3\n"
                         "sw %[t], 0(%[y])\n"
                         "addi %[y], %[y], 4\n"
                         : [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [a] "+r"(a), [b] "+r"(b), [y] "+r"(y) : [n] "r"(i) : "memory");
    }
}

#endif
#endif
