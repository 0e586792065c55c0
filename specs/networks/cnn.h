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
#define NN_AVERAGE_POOL cnn_average_pool

#define CNN_PART __attribute__((unused)) static
#define CNN_APART __attribute__((unused, noinline)) static

// Entries of weights, and the magnitude of sums, that there is room for.
#define CNN_WORDS 2048
#define CNN_BITS 26

// Part of a layer's input with its padding, as many rows of outputs as fit.
#ifndef CNN_INPUT_BYTES
#define CNN_INPUT_BYTES (1 << 20)
#endif
static int8_t cnn_input[CNN_INPUT_BYTES] __attribute__((aligned(16), unused));

typedef int32_t __attribute__((may_alias)) cnn_word;

// Leaves a layer to the portable kernel, and says why.
#define CNN_LEAVE(why, call)                                                   \
    do {                                                                       \
        NN_NOTE(why);                                                          \
        call;                                                                  \
        return;                                                                \
    } while (0)

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

// Scales and biases of four channels. The unit's order of lanes makes channel 0 the
// lowest byte.
CNN_APART void cnn_scales(const struct nn_rescale *r, const int32_t *bias, int32_t c, int32_t right)
{
    static const int32_t none[4];
    const int32_t *m = r->multiplier, *b = bias ? bias + c : none, one = 1 << right;
    const int8_t *s = r->shift;
    if (r->step) {
        mv_sput(m[c], b[0], 0);
        mv_sput(m[c + 1], b[1], 3);
        mv_sput(m[c + 2], b[2], 2);
        mv_sput(m[c + 3], b[3], 1);
        mv_hput(one >> -s[c], 0);
        mv_hput(one >> -s[c + 1], 3);
        mv_hput(one >> -s[c + 2], 2);
        mv_hput(one >> -s[c + 3], 1);
        return;
    }
    mv_sput(*m, b[0], 0);
    mv_sput(*m, b[1], 3);
    mv_sput(*m, b[2], 2);
    mv_sput(*m, b[3], 1);
    mv_hput(one >> -*s, 0);
    mv_hput(one >> -*s, 3);
    mv_hput(one >> -*s, 2);
    mv_hput(one >> -*s, 1);
}

// Four channels' weights of a word as the next entry.
#define CNN_ENTRY(a, b, c, d)                                                  \
    do {                                                                       \
        mv_wput(a, d, 0, 0, 0);                                                \
        mv_wput(c, b, 1, 1, 0);                                                \
    } while (0)

// How four channels of outputs, a plane, see their input: windows of `rows` rows of
// `row` words that lie `step` bytes apart. Behind a row's last word the next row's
// first is `skip` bytes away, behind the window's last the next window's `hop`.
struct cnn_plane {
    const int8_t *x;
    int8_t *y;
    int32_t rows, row, step, skip, hop, line; // line: from the windows of a row of outputs to those of the next
    int32_t out[2], channels; // channels: from a window's results to those of the next
    int32_t gap;              // and so many more behind a row's last; rows have two windows at least then
};

// The farthest that results of neighbouring windows may lie apart.
#define CNN_PITCH ((1 << 20) - 1)

// Stores four results anywhere.
CNN_APART void cnn_store(int8_t *y, int32_t t)
{
    int32_t i;
    if (cnn_aligned(y))
        *(cnn_word *)(void *)y = t;
    else
        for (i = 0; i < 4; i++, t >>= 8)
            y[i] = (int8_t)t;
}

// Results are read seven instructions behind the start of the next window: by its word
// 7, or in the window behind that, since windows take four instructions at least. The
// word that reads them leaves x where it was; the one behind it makes up for that.
#define CNN_SLOTS(words) ((words) < 4 ? 4 : (words))
#define CNN_READ(words) ((words) > 7 ? 7 : 7 - CNN_SLOTS(words))
#define CNN_LAG(words) ((words) > 7 ? 1 : 2)

// From a window to the next.
CNN_PART int32_t cnn_window(const struct cnn_plane *p)
{
    return p->hop + (p->rows - 1) * p->skip + (p->row - 1) * p->rows * p->step;
}

// Rows of short windows have a loop of their own, which the end of a row costs little.
#define CNN_AT_ONCE(words) ((words) < 1000)
#define CNN_ROWS(window)                                                       \
    "mv.lpset 1, %[r], %[z] + 8\n mv.lpset 0, %[n], %[z]\n" window "add %[x], %[x], %[j]\n"
#define CNN_ROW(window) "mv.lpset 1, %[n], %[z]\n" window

// From the word before to word w, in windows with rows of `row` words.
#define CNN_STEP(c, w, row) ((w) == 0 ? (c).hop : (w) % (row) == 0 ? (c).skip : (c).step)

// A plane of outputs; `windows` are `rows` rows of n windows. The first windows store
// what comes before any result to where the first one will be.
#define CNN_PLANE(name, words, rowwords, length, windows)                      \
    CNN_APART void name(const struct cnn_plane *p)                             \
    {                                                                          \
        const struct cnn_plane c = *p;                                         \
        const int32_t read = CNN_READ(words), last = read == (words) - 1;      \
        const int32_t d = CNN_STEP(c, read, rowwords) + CNN_STEP(c, (read + 1) % (words), rowwords); \
        const int32_t back = last ? d : c.hop;                                 \
        const int32_t jump = c.line - c.out[1] * cnn_window(&c);               \
        const int8_t *row = c.x, *x = row - back;                              \
        int8_t *y = c.y;                                                       \
        int32_t t, n = c.out[1], left = c.out[0], h = 0, late = CNN_LAG(words), move = -c.channels, m, rows; \
        mv_pset(0);                                                            \
        for (;;) {                                                             \
            m = late && late < n ? late : n;                                   \
            rows = CNN_AT_ONCE(words) && n == c.out[1] && !late && !c.gap ? cnn_least(left, 4095) : 1; \
            __asm__ volatile(windows                                           \
                             : [t] "=&r"(t), [y] "+r"(y), [x] "+r"(x)          \
                             : [n] "r"(m), [r] "r"(rows), [j] "r"(rows > 1 ? jump : 0), [s] "r"(c.step), [k] "r"(c.skip), [o] "r"(c.hop), [d] "r"(d), [h] "r"(h), \
                               [l] "r"(c.row - 1), [m] "r"(c.row - 9), [z] "i"(4 * (length)) : "memory"); \
            row += (rows - 1) * c.line;                                        \
            left -= rows - 1;                                                  \
            n -= m;                                                            \
            if (late && !(late -= m)) {                                        \
                y += move;                                                     \
                h = c.channels;                                                \
                mv_pset(h);                                                    \
            }                                                                  \
            if (n)                                                             \
                continue;                                                      \
            if (--left == 0)                                                   \
                break;                                                         \
            x = (row += c.line) - back;                                        \
            n = c.out[1];                                                      \
            if (c.gap) {                                                       \
                late = CNN_LAG(words);                                         \
                move = c.gap;                                                  \
            }                                                                  \
        }                                                                      \
        cnn_end(y, late ? 0 : c.channels, CNN_LAG(words) == 2 && !late ? read : 7); \
    }

// Stores the results of the last window, and those of the one before where they are
// read at instruction `before`.
CNN_APART void cnn_end(int8_t *y, int32_t pitch, int32_t before)
{
    int32_t t[4], end;
    __asm__ volatile("mv.cnop %[a], 1\n mv.cnop %[b], 0\n mv.cnop %[c], 0\n mv.cnop %[d], 0\n"
                     ".rept 3\n mv.cnop zero, 0\n.endr\n mv.cnop %[e], 0\n"
                     : [a] "=r"(t[0]), [b] "=r"(t[1]), [c] "=r"(t[2]), [d] "=r"(t[3]), [e] "=r"(end));
    y += pitch;
    if (before < 4) {
        cnn_store(y, t[before]);
        y += pitch;
    }
    cnn_store(y, end);
}

// How results are stored: as a word, as halves, or as bytes.
#define CNN_WHOLE "mv.cst %[y], %[y], %[t], 1\n"
#define CNN_HALVES "add %[y], %[y], %[h]\n sh %[t], 0(%[y])\n srli %[t], %[t], 16\n sh %[t], 2(%[y])\n"
#define CNN_BYTES                                                              \
    "add %[y], %[y], %[h]\n sb %[t], 0(%[y])\n srli %[t], %[t], 8\n"           \
    "sb %[t], 1(%[y])\n srli %[t], %[t], 8\n sb %[t], 2(%[y])\n"               \
    "srli %[t], %[t], 8\n sb %[t], 3(%[y])\n"

// Word cnn_at of a window.
#define CNN_WORD(rd, row, read)                                                \
    ".if cnn_at == 0 && cnn_read != cnn_words - 1\n"                           \
    "mv.cmac " rd ", %[x], %[o], 1, " read ", 0\n"                                \
    ".elseif cnn_at == 0\n"                                                    \
    "mv.cmac " rd ", %[x], %[d], 1, " read ", 0\n"                                \
    ".elseif cnn_at == cnn_read + 1\n"                                         \
    "mv.cmac " rd ", %[x], %[d], 0, " read ", 0\n"                                \
    ".elseif cnn_at %% " #row " == 0\n"                                        \
    "mv.cmac " rd ", %[x], %[k], 0, " read ", 0\n"                                \
    ".else\n"                                                                  \
    "mv.cmac " rd ", %[x], %[s], 0, " read ", 0\n"                                \
    ".endif\n"

// Windows of one size, unrolled.
#define CNN_WINDOW(rows, row, store)                                           \
    ".set cnn_at, 0\n"                                                         \
    ".set cnn_words, " #rows " * " #row "\n"                                   \
    ".if cnn_words > 7\n .set cnn_read, 7\n"                                   \
    ".elseif cnn_words > 4\n .set cnn_read, 7 - cnn_words\n"                   \
    ".else\n .set cnn_read, 3\n.endif\n"                                       \
    ".rept " #rows " * " #row "\n"                                             \
    ".if cnn_at == cnn_read\n" CNN_WORD("%[t]", row, "1") store                \
    ".else\n" CNN_WORD("%[x]", row, "0") ".endif\n"                            \
    ".set cnn_at, cnn_at + 1\n"                                                \
    ".endr\n"                                                                  \
    ".if cnn_words < 4\n"                                                      \
    ".rept 3 - cnn_words\n mv.cnop zero, 0\n.endr\n mv.cnop %[t], 0\n" store   \
    ".endif\n"

// Windows of rows of ten words and more.
#define CNN_LONG(rows, store)                                                  \
    "mv.cmac %[x], %[x], %[o], 1, 0, 0\n"                                         \
    ".rept 6\n mv.cmac %[x], %[x], %[s], 0, 0, 0\n.endr\n"                        \
    "mv.cmac %[t], %[x], %[s], 0, 1, 0\n" store                                   \
    "mv.cmac %[x], %[x], %[d], 0, 0, 0\n"                                         \
    "mv.lpset 0, %[m], 4\n mv.cmac %[x], %[x], %[s], 0, 0, 0\n"                   \
    ".rept " #rows " - 1\n mv.cmac %[x], %[x], %[k], 0, 0, 0\n"                   \
    "mv.lpset 0, %[l], 4\n mv.cmac %[x], %[x], %[s], 0, 0, 0\n.endr\n"

// The kernels: V(rows, words of a row, how to store, instructions for that). Outputs
// whose channels are no multiple of four are stored in parts.
#define CNN_WHOLES(V, L)                                                       \
    V(1, 1, WHOLE, 1) V(1, 2, WHOLE, 1) V(1, 3, WHOLE, 1) V(1, 4, WHOLE, 1)    \
    V(1, 5, WHOLE, 1) V(1, 6, WHOLE, 1) V(1, 7, WHOLE, 1) V(1, 8, WHOLE, 1)    \
    V(1, 9, WHOLE, 1) V(1, 10, WHOLE, 1) V(1, 12, WHOLE, 1) V(1, 16, WHOLE, 1) \
    V(1, 24, WHOLE, 1) V(1, 32, WHOLE, 1) V(1, 36, WHOLE, 1) V(1, 40, WHOLE, 1) \
    V(1, 48, WHOLE, 1) V(1, 56, WHOLE, 1) V(1, 64, WHOLE, 1) V(1, 72, WHOLE, 1) \
    V(1, 80, WHOLE, 1) V(1, 88, WHOLE, 1) V(1, 96, WHOLE, 1) V(1, 104, WHOLE, 1) \
    V(1, 112, WHOLE, 1) V(1, 120, WHOLE, 1) V(1, 128, WHOLE, 1) V(1, 144, WHOLE, 1) \
    V(2, 2, WHOLE, 1) V(2, 3, WHOLE, 1) V(2, 8, WHOLE, 1)                      \
    V(3, 3, WHOLE, 1) V(3, 6, WHOLE, 1) V(3, 9, WHOLE, 1) V(3, 12, WHOLE, 1)   \
    V(3, 24, WHOLE, 1) V(3, 48, WHOLE, 1) V(3, 96, WHOLE, 1)                   \
    V(5, 2, WHOLE, 1) V(5, 5, WHOLE, 1) V(5, 8, WHOLE, 1) V(7, 6, WHOLE, 1) V(7, 7, WHOLE, 1)    \
    V(10, 1, WHOLE, 1) V(10, 2, WHOLE, 1)                                      \
    L(1, WHOLE, 1) L(2, WHOLE, 1) L(3, WHOLE, 1) L(5, WHOLE, 1) L(7, WHOLE, 1)
#define CNN_PARTS(V, L, parts, n)                                              \
    V(1, 1, parts, n) V(1, 2, parts, n) V(1, 3, parts, n) V(1, 4, parts, n)    \
    V(1, 5, parts, n) V(1, 6, parts, n) V(1, 7, parts, n) V(1, 8, parts, n)    \
    V(1, 9, parts, n) V(1, 10, parts, n) V(5, 2, parts, n) V(3, 3, parts, n) \
    L(1, parts, n) L(3, parts, n) L(5, parts, n)
#define CNN_ALL(V, L) CNN_WHOLES(V, L) CNN_PARTS(V, L, HALVES, 4) CNN_PARTS(V, L, BYTES, 8)

#define CNN_UNROLLED(rows, row, store, n)                                      \
    CNN_PLANE(cnn_##rows##_##row##_##store, rows * row, row, CNN_SLOTS(rows * row) + n, CNN_ROWS(CNN_WINDOW(rows, row, CNN_##store)))
#define CNN_LOOPED(rows, store, n)                                             \
    CNN_PLANE(cnn_##rows##_long_##store, 1000, 1000, 7 + 1 + n + 1 + 2 + 3 * (rows - 1), CNN_ROW(CNN_LONG(rows, CNN_##store)))
CNN_ALL(CNN_UNROLLED, CNN_LOOPED)

typedef void (*cnn_kernel)(const struct cnn_plane *p);

enum cnn_store { CNN_IN_WHOLE, CNN_IN_HALVES, CNN_IN_BYTES };

// 0 words in a row: ten and more.
static const struct { int16_t rows, row; enum cnn_store store; cnn_kernel run; } cnn_kernels[] = {
#define CNN_UNROLLED_ROW(rows, row, store, n) {rows, row, CNN_IN_##store, cnn_##rows##_##row##_##store},
#define CNN_LOOPED_ROW(rows, store, n) {rows, 0, CNN_IN_##store, cnn_##rows##_long_##store},
    CNN_ALL(CNN_UNROLLED_ROW, CNN_LOOPED_ROW)
};

// The kernel for windows of a size; NULL if there is none.
CNN_PART cnn_kernel cnn_find(int32_t rows, int32_t row, enum cnn_store store)
{
    size_t i;
    for (i = 0; i < sizeof cnn_kernels / sizeof *cnn_kernels; i++)
        if (cnn_kernels[i].rows == rows && cnn_kernels[i].store == store && (cnn_kernels[i].row == row || (!cnn_kernels[i].row && row >= 10)))
            return cnn_kernels[i].run;
    return NULL;
}

// Where a row of windows begins in the input of a layer, padding included.
CNN_PART const int8_t *cnn_row(const struct nn_window *v, const int8_t *x, int32_t r)
{
    return x + (r - v->before[0]) * v->in[1] * v->in_channels;
}

// Bytes of words that may lie across two: `last` is the word that the next ones begin in.
struct cnn_stream {
    const cnn_word *at;
    uint32_t last, right, left;
};

CNN_PART void cnn_from(struct cnn_stream *s, const int8_t *p)
{
    s->at = (const cnn_word *)((uintptr_t)p & ~(uintptr_t)3);
    s->last = (uint32_t)*s->at++;
    s->right = 8 * ((uint32_t)(uintptr_t)p & 3);
    s->left = 31 - s->right; // and one more
}

CNN_PART int32_t cnn_next(struct cnn_stream *s)
{
    uint32_t next = (uint32_t)*s->at++, v = s->last >> s->right | next << 1 << s->left;
    s->last = next;
    return (int32_t)v;
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

// Four bytes as a word, wherever they lie; those from n on are 0.
CNN_PART int32_t cnn_four(const int8_t *w, int32_t n)
{
    const cnn_word *at = (const cnn_word *)((uintptr_t)w & ~(uintptr_t)3);
    uint32_t from = (uint32_t)(uintptr_t)w & 3, v = (uint32_t)at[0] >> 8 * from;
    if (from && (int32_t)from + n > 4)
        v |= (uint32_t)at[1] << (32 - 8 * from);
    return (int32_t)(n < 4 ? v & ((1u << 8 * n) - 1) : v);
}

CNN_PART int32_t cnn_left(int32_t v, int32_t bytes) { return (int32_t)((uint32_t)v << 8 * bytes); }

// Four channels' weights, in runs of `length` that begin at byte `from` of a word.
CNN_APART void cnn_weights(const int8_t *w, int32_t depth, int32_t length, int32_t from)
{
    int32_t at, i, k;
    mv_wput(0, 0, 0, 0, 1);
    for (at = 0; at < depth; at += length, w += length) {
        struct cnn_stream s[4];
        if (length <= 4) { // of one word, in one or in two
            int32_t v[4];
            for (k = 0; k < 4; k++)
                v[k] = cnn_four(w + k * depth, length);
            CNN_ENTRY(cnn_left(v[0], from), cnn_left(v[1], from), cnn_left(v[2], from), cnn_left(v[3], from));
            if (from + length > 4) {
                for (k = 0; k < 4; k++)
                    v[k] = (int32_t)((uint32_t)v[k] >> (32 - 8 * from));
                CNN_ENTRY(v[0], v[1], v[2], v[3]);
            }
            continue;
        }
        for (i = -from; i < length; i += 4) {
            int32_t v[4];
            if (i >= 0 && i + 8 <= length) { // the word behind is the run's, too
                for (k = 0; k < 4; k++)
                    cnn_from(&s[k], w + k * depth + i);
                for (; i + 8 <= length; i += 4) {
                    for (k = 0; k < 4; k++)
                        v[k] = cnn_next(&s[k]);
                    CNN_ENTRY(v[0], v[1], v[2], v[3]);
                }
            }
            for (k = 0; k < 4; k++) {
                const int8_t *f = w + k * depth;
                v[k] = i < 0 ? (int32_t)((uint32_t)cnn_four(f, i + 4 < length ? i + 4 : length) << -8 * i) : cnn_four(f + i, length - i);
            }
            CNN_ENTRY(v[0], v[1], v[2], v[3]);
        }
    }
}

// The same where all runs are whole words.
CNN_APART void cnn_word_weights(const int8_t *w, int32_t words)
{
    const cnn_word *a = (const cnn_word *)(const void *)w, *b = a + words, *c = b + words, *d = c + words;
    int32_t n = words & 3, i, j, k, l;
    mv_wput(0, 0, 0, 0, 1);
    for (; n > 0; n--)
        CNN_ENTRY(*a++, *b++, *c++, *d++);
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

CNN_APART int cnn_row_times_matrix(const struct nn_rescale *out, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y);

// The plane of one phase.
CNN_APART void cnn_phase(const struct cnn_view *l, const struct cnn_plane *all, const struct nn_conv *p, const int8_t *w, int32_t f)
{
    const struct nn_window *v = &p->window;
    int32_t length = v->kernel[1] * v->in_channels, at = f * v->stride[1] * v->in_channels;
    struct cnn_plane s = *all;
    s.row = cnn_span(at, length) / 4;
    s.x += at & ~3;
    s.y += f * s.channels;
    s.skip = l->pitch - (s.row - 1) * 4;
    s.hop = l->phases * v->stride[1] * v->in_channels - (s.rows - 1) * l->pitch - (s.row - 1) * 4;
    s.out[1] = (v->out[1] - f + l->phases - 1) / l->phases;
    s.gap = (v->out[1] - s.out[1] * l->phases) * s.channels;
    s.channels *= l->phases;
    cnn_turn(&s);
    if (((at | length) & 3) == 0 && cnn_aligned(w))
        cnn_word_weights(w, v->kernel[0] * length / 4);
    else
        cnn_weights(w, v->kernel[0] * length, length, at & 3);
    l->phase[f](&s);
}

CNN_PART void cnn_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, outs = v->out_channels, depth = v->kernel[0] * v->kernel[1] * ch, c, first, next, right, f;
    enum cnn_store store = (outs & 3) == 0 && cnn_aligned(y) ? CNN_IN_WHOLE : ((outs | (int32_t)(uintptr_t)y) & 1) == 0 ? CNN_IN_HALVES : CNN_IN_BYTES;
    struct cnn_plane s;
    struct cnn_view l;
    if (p->groups == 1 && v->batch == 1 && depth == ch && v->in[0] * v->in[1] == 1 && v->out[0] * v->out[1] == 1 && cnn_row_times_matrix(&p->out, depth, outs, x, w, bias, y))
        return;
    if (p->groups != 1)
        CNN_LEAVE("groups", nn_conv(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        CNN_LEAVE("dilation", nn_conv(p, x, w, bias, y, scratch));
    if (v->batch != 1 || outs < 4)
        CNN_LEAVE("a batch, or fewer than four channels of outputs", nn_conv(p, x, w, bias, y, scratch));
    if (!(right = cnn_right(&p->out, outs)))
        CNN_LEAVE("sums beyond 26 bits, or shifts beyond those of the unit", nn_conv(p, x, w, bias, y, scratch));
    if (!cnn_choose(&l, &s, p, x, 0, (outs + 3) / 4, store))
        CNN_LEAVE("no kernel for this window, or no room for its weights", nn_conv(p, x, w, bias, y, scratch));
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    for (first = 0; first < v->out[0]; first = next) {
        next = cnn_band(&l, &s, p, x, first);
        for (c = 0; c < outs; c += 4) {
            if (c > outs - 4)
                c = outs - 4; // some channels twice
            cnn_scales(&p->out, bias, c, right);
            s.y = y + first * v->out[1] * outs + c;
            if (l.phases) {
                for (f = 0; f < cnn_least(l.phases, v->out[1]); f++)
                    cnn_phase(&l, &s, p, w + c * depth, f);
                continue;
            }
            if (l.gathered)
                cnn_weights(w + c * depth, depth, v->kernel[1] * ch, 0);
            else if (l.wide != ch)
                cnn_weights(w + c * depth, depth, ch, 0);
            else
                cnn_word_weights(w + c * depth, depth / 4);
            l.run(&s);
        }
    }
}

// All planes of a depthwise layer; without weights each is 1, and the same scale is
// that of all channels. 0 if there is no kernel.
CNN_APART int cnn_channels(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int32_t right)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], c, k, first, next;
    struct cnn_plane s;
    struct cnn_view l;
    if (!cnn_choose(&l, &s, p, x, 1, ch / 4, CNN_IN_WHOLE))
        return 0;
    cnn_outputs(cnn_half(p->out.zero, right), right, p->out.min, p->out.max);
    if (!w) {
        cnn_scales(&p->out, bias, 0, right);
        mv_wput(0, 0, 0, 0, 1);
        for (k = 0; k < taps; k++)
            CNN_ENTRY(1, 1 << 8, 1 << 16, 1 << 24);
    }
    for (first = 0; first < v->out[0]; first = next) {
        const int8_t *from;
        next = cnn_band(&l, &s, p, x, first);
        from = s.x;
        for (c = 0; c < ch; c += 4) {
            const int8_t *f = w + c;
            if (w) {
                cnn_scales(&p->out, bias, c, right);
                mv_wput(0, 0, 0, 0, 1);
                for (k = 0; k < taps; k++, f += ch) { // a weight of each channel, in its lane
                    uint32_t u = (uint32_t)*(const cnn_word *)(const void *)f;
                    CNN_ENTRY((int32_t)(u & 0xff), (int32_t)(u & 0xff00), (int32_t)(u & 0xff0000), (int32_t)(u & 0xff000000));
                }
            }
            s.x = from + c;
            s.y = y + first * v->out[1] * ch + c;
            l.run(&s);
        }
    }
    return 1;
}

CNN_PART void cnn_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t right;
    if (p->multiplier != 1 || (v->in_channels & 3) || !cnn_aligned(y))
        CNN_LEAVE("channels that are no whole words", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        CNN_LEAVE("dilation", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->batch != 1)
        CNN_LEAVE("a batch", nn_depthwise(p, x, w, bias, y, scratch));
    if (!(right = cnn_right(&p->out, v->in_channels)))
        CNN_LEAVE("sums beyond 26 bits, or shifts beyond those of the unit", nn_depthwise(p, x, w, bias, y, scratch));
    if (!cnn_channels(p, x, w, bias, y, right))
        CNN_LEAVE("no kernel for this window", nn_depthwise(p, x, w, bias, y, scratch));
}

// An average is a depthwise layer with weights of 1, rescaled by 2^n / count and then by
// 2^-n, 2^n the least that is not below the count. That is the nearest integer, halves
// away from zero: a half comes out of the first step as such, since that is a multiple
// of 1/count, which is above 2^-n / 2, and what is none keeps its side for the same reason.
CNN_PART void cnn_average_pool(const struct nn_pool *p, const int8_t *x, int8_t *y)
{
    struct nn_conv q = {.window = p->window, .groups = 1, .multiplier = 1};
    struct nn_window *v = &q.window;
    int32_t count = v->kernel[0] * v->kernel[1], n = 0, i;
    uint32_t scale = 1, rest;
    int32_t multiplier;
    int8_t shift;
    while (1 << n < count)
        n++;
    if (count < 2 || count > CNN_WORDS || (v->in_channels & 3) || !cnn_aligned(y) || v->batch != 1)
        CNN_LEAVE("channels that are no whole words, a batch, or windows of one or of too many", nn_average_pool(p, x, y));
    if (v->before[0] || v->before[1] || (v->out[0] - 1) * v->stride[0] + v->kernel[0] > v->in[0] || (v->out[1] - 1) * v->stride[1] + v->kernel[1] > v->in[1])
        CNN_LEAVE("padding", nn_average_pool(p, x, y));
    for (rest = (uint32_t)((1 << n) - count), i = 0; i < 31; i++) { // 2^(31 + n) / count
        rest <<= 1;
        scale <<= 1;
        if (rest >= (uint32_t)count) {
            rest -= (uint32_t)count;
            scale++;
        }
    }
    multiplier = (int32_t)(scale + (2 * rest >= (uint32_t)count));
    shift = (int8_t)-n;
    q.out = (struct nn_rescale){.multiplier = &multiplier, .shift = &shift, .min = p->min, .max = p->max, .narrow = CNN_BITS};
    if (v->out[0] * v->out[1] == 1 && v->kernel[1] == v->in[1]) { // one row
        v->in[1] = v->kernel[1] = count;
        v->in[0] = v->kernel[0] = 1;
    }
    if (!cnn_channels(&q, x, NULL, NULL, y, 16))
        CNN_LEAVE("no kernel for this window", nn_average_pool(p, x, y));
}

// A row of inputs stays inside, as weights of lane 1; the weights stream, rows of
// outputs `apart` bytes apart. Adds to sums. A sum of CNN_SURE words of products lies
// within the unit's 26 bits whatever they are: 4 * 1020 * 128 * 128 < 2^26.
#define CNN_SURE 1020
CNN_APART void cnn_sums(const int8_t *w, int32_t words, int32_t apart, int32_t outs, int32_t *sums)
{
    int32_t t, o;
    mv_sput((int32_t)(1u << 31), 0, 1);
    for (o = 0; o < outs; o++, w += apart - 4 * (words - 1)) {
        __asm__ volatile("mv.cmac %[w], %[w], zero, 1, 0, 0\n"
                         "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                         "mv.crd %[t], 1\n"
                         "mv.lpset 0, %[n], 4\n"
                         "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                         : [w] "+r"(w), [t] "=&r"(t) : [n] "r"(words - 2), [s] "r"(4) : "memory");
        if (o)
            sums[o - 1] += t;
    }
    __asm__ volatile("mv.cnop zero, 1\nmv.cnop zero, 0\nmv.crd %[t], 1\n" : [t] "=r"(t));
    sums[outs - 1] += t;
}

// A sum's output, by the core alone: struct nn_rescale, narrow.
CNN_PART int8_t cnn_finish(const struct nn_rescale *r, int32_t i, int32_t sum)
{
    int32_t n = -r->shift[i], v = (int32_t)((int64_t)(int32_t)((uint32_t)sum << 2) * r->multiplier[i] >> 32);
    v = ((v + (n ? (1 << n) - (v < 0) * 2 : 0) + 1) >> (n + 1)) + r->zero;
    return (int8_t)(v < r->min ? r->min : v > r->max ? r->max : v);
}

// The same rescaled. Results of an output come behind the fourth word of the next.
CNN_APART void cnn_row_of_outputs(const int8_t *w, int32_t words, int32_t apart, int32_t outs, const int32_t *bias, const struct nn_rescale *r, int32_t right, int8_t *y)
{
    const int32_t *multiplier = r->multiplier;
    const int8_t *shift = r->shift;
    int32_t t, u, h = 1 << right, o = outs - 1;
    __asm__ volatile("mv.cmac %[w], %[w], zero, 1, 0, 0\n"
                     "mv.lpset 0, %[n], 4\n"
                     "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                     : [w] "+r"(w) : [n] "r"(words - 1), [s] "r"(4) : "memory");
    apart -= 4 * (words - 1);
    for (; o > 0; o -= u) {
        u = cnn_least(o, 4095);
        if (r->step) {
            const int8_t *end = y + u;
            for (; y < end; y++) {
                mv_sput(*multiplier++, *bias++, 1);
                mv_hput(h >> -*shift++, 1);
                __asm__ volatile("mv.cmac %[w], %[w], %[a], 1, 0, 0\n"
                                 ".rept 3\n mv.cmac %[w], %[w], %[s], 0, 0, 0\n.endr\n"
                                 "mv.crd %[t], 0\n"
                                 "sb %[t], 0(%[y])\n"
                                 "mv.lpset 0, %[n], 4\n"
                                 "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                                 : [w] "+r"(w), [t] "=&r"(t) : [n] "r"(words - 4), [s] "r"(4), [a] "r"(apart), [y] "r"(y) : "memory");
            }
            continue;
        }
        mv_hput(h >> -*shift, 1);
        __asm__ volatile("mv.lpset 1, %[o], 4 * 13\n"
                         "lw %[t], 0(%[b])\n"
                         "addi %[b], %[b], 4\n"
                         "mv.sput %[m], %[t], 1\n"
                         "mv.cmac %[w], %[w], %[a], 1, 0, 0\n"
                         ".rept 3\n mv.cmac %[w], %[w], %[s], 0, 0, 0\n.endr\n"
                         "mv.crd %[t], 0\n"
                         "sb %[t], 0(%[y])\n"
                         "addi %[y], %[y], 1\n"
                         "mv.lpset 0, %[n], 4\n"
                         "mv.cmac %[w], %[w], %[s], 0, 0, 0\n"
                         "nop\n"
                         : [w] "+r"(w), [y] "+r"(y), [t] "=&r"(t), [b] "+r"(bias) : [n] "r"(words - 4), [s] "r"(4), [a] "r"(apart), [m] "r"(*multiplier), [o] "r"(u) : "memory");
    }
    mv_sput(*multiplier, *bias, 1);
    mv_hput(h >> -*shift, 1);
    __asm__ volatile("mv.cnop zero, 1\nmv.cnop zero, 0\nmv.cnop zero, 0\nmv.cnop zero, 0\nmv.crd %[t], 0\n" : [t] "=r"(t));
    *y = (int8_t)t;
}

// One row of inputs times a matrix whose rows are outputs'; 0 if the unit cannot.
CNN_APART int cnn_row_times_matrix(const struct nn_rescale *out, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    int32_t *sums = (int32_t *)(void *)cnn_input, right = cnn_right(out, outs), whole = right && depth <= 4 * CNN_WORDS, k, o, at, words;
    if ((depth & 3) || depth < 20 || outs > CNN_INPUT_BYTES / 4 || !cnn_aligned(w) || !(whole || out->narrow))
        return 0;
    if (!bias || !whole) {
        for (o = 0; o < outs; o++)
            sums[o] = bias ? bias[o] : 0;
        bias = sums;
    }
    cnn_outputs(cnn_half(out->zero, right ? right : 16), right, out->min, out->max);
    for (at = 0; at < depth; at += 4 * words) {
        words = (depth - at) / 4;
        if (!whole && words > CNN_SURE)
            words = words > CNN_SURE + 5 ? CNN_SURE : CNN_SURE / 2; // some must remain
        mv_wput(0, 0, 0, 0, 1);
        for (k = at; k < at + 4 * words; k += 4)
            mv_wput(0, cnn_four(x + k, 4), 0, 1, 0);
        if (whole)
            cnn_row_of_outputs(w, words, depth, outs, bias, out, right, y);
        else
            cnn_sums(w + at, words, depth, outs, sums);
    }
    for (o = 0; o < outs && !whole; o++)
        y[o] = cnn_finish(out, out->step ? o : 0, sums[o]);
    return 1;
}

CNN_PART void cnn_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    if (p->rows != 1 || !cnn_row_times_matrix(&p->out, p->depth, p->outs, x, w, bias, y))
        CNN_LEAVE("rows of inputs, words that are not whole or below five, or sums beyond 29 bits", nn_fully_connected(p, x, w, bias, y, scratch));
}

// The sum of two bytes by tables, for whole words.
CNN_PART void cnn_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const struct nn_walk *w = &p->walk;
    const int32_t multiplier = (int32_t)(1u << 31); // to the unit, which has no negative ones, 2^31
    const int8_t shift = (int8_t)-p->right;
    const struct nn_rescale plain = {.multiplier = &multiplier, .shift = &shift};
    int32_t n = w->shape[0], right = p->right > 16 ? 22 : 16, i, u, v, t;
    if (!p->right)
        CNN_LEAVE("no tables give the reference's results", nn_add(p, a, b, y));
    if (w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1 || (n & 3) || !cnn_aligned(a) || !cnn_aligned(b) || !cnn_aligned(y))
        CNN_LEAVE("a broadcast, or tensors that are no whole words", nn_add(p, a, b, y));
    cnn_outputs((int32_t)(-(uint32_t)p->up << right), right, p->out.min, p->out.max);
    cnn_scales(&plain, NULL, 0, right);
    mv_wput(0, 0, 0, 0, 1);
    for (i = 0; i < 2; i++)
        for (t = 0; t < 256; t++)
            mv_wput(p->share[i][t], 0, 0, 1, 0);
#define CNN_LOOK_UP                                                            \
    "lw %[u], 0(%[a])\n lw %[v], 0(%[b])\n addi %[a], %[a], 4\n addi %[b], %[b], 4\n" \
    "mv.ctab %[u], 0, 0, 1\n mv.ctab %[u], 1, 0, 0\n mv.ctab %[u], 2, 0, 0\n mv.ctab %[u], 3, 0, 0\n" \
    "mv.ctab %[v], 0, 1, 0\n mv.ctab %[v], 1, 1, 0\n mv.ctab %[v], 2, 1, 0\n"
    __asm__ volatile(CNN_LOOK_UP "mv.ctab %[v], 3, 1, 0\n" : [u] "=&r"(u), [v] "=&r"(v), [a] "+r"(a), [b] "+r"(b) : : "memory");
    y -= 4;
    mv_pset(4);
    for (n = n / 4 - 1; n > 0; n -= i) {
        i = cnn_least(n, 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 14\n" CNN_LOOK_UP
                         "mv.crd %[t], 0\n"
                         "mv.cst %[y], %[y], %[t], 1\n"
                         "mv.ctab %[v], 3, 1, 0\n"
                         : [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [a] "+r"(a), [b] "+r"(b), [y] "+r"(y) : [n] "r"(i) : "memory");
    }
    cnn_end(y, 4, 7);
}

#endif
#endif
