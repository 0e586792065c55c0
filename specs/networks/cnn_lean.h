// Kernels of networks on design lean of cnn.hcl. What does not fit falls back to the
// portable kernel: groups, dilation, sums beyond 26 bits, windows that are too large.
#ifndef CNN_LEAN_KERNELS_H
#define CNN_LEAN_KERNELS_H

#ifndef MARVELGEN_EMULATE // its pointers are addresses of the core

#include "riscv_cnn.h"

#define NN_CONV lean_conv
#define NN_DEPTHWISE lean_depthwise
#define NN_FULLY_CONNECTED lean_fully_connected
#define NN_ADD lean_add

#define LEAN_PART __attribute__((unused)) static
#define LEAN_APART __attribute__((unused, noinline)) static
#define LEAN_UNUSED __attribute__((unused))

// Entries of weights, and the magnitude of sums, that there is room for.
#define LEAN_WORDS 2048
#define LEAN_BITS 26

// Part of a layer's input with its padding, as many rows of outputs as fit.
#ifndef LEAN_INPUT_BYTES
#define LEAN_INPUT_BYTES (1 << 20)
#endif
static int8_t lean_input[LEAN_INPUT_BYTES] __attribute__((aligned(16), unused));

typedef int32_t __attribute__((may_alias)) lean_word;

// Leaves a layer to the portable kernel, and says why.
#define LEAN_LEAVE(why, call)                                                  \
    do {                                                                       \
        NN_NOTE(why);                                                          \
        call;                                                                  \
        return;                                                                \
    } while (0)

LEAN_PART int lean_aligned(const int8_t *p) { return ((uintptr_t)p & 3) == 0; }

LEAN_PART int32_t lean_least(int32_t a, int32_t b) { return a < b ? a : b; }

// Whether the unit can rescale a layer's results; without a shift only where results
// below nought do not count.
LEAN_PART int lean_rescales(const struct nn_rescale *r, int32_t outs)
{
    int32_t i;
    for (i = 0; i < (r->step ? outs : 1); i++)
        if (r->shift[i] >= (r->min >= r->zero))
            return 0;
    return r->narrow && r->narrow <= LEAN_BITS;
}

// What a shift to the right is as a factor. Without one, the step before has made y >= 0
// larger by 1, and floor((y + 1) / 2) is wanted: just less than a half does that.
LEAN_PART int32_t lean_power(int32_t shift) { return shift ? 1 << (31 + shift) : INT32_MAX; }

// How two or four channels of outputs, a plane, see their input: windows of `rows` rows of
// `row` words that lie `step` bytes apart. Behind a row's last word the next row's
// first is `skip` bytes away, behind the window's last the next window's `hop`, less
// what steps of rescaling beside no word move the pointer.
struct lean_plane {
    const int8_t *x;
    int8_t *y;
    int32_t rows, row, step, skip, back, hop; // back: to the window's own first word
    int32_t across, line;     // from a window to the next, from a row of them to the next
    int32_t out[2], channels; // channels: from a window's results to those of the next
    int32_t gap;              // and so many more behind a row's last
    int32_t zero, multiplier[4], power[4];
};

// The steps of rescaling, in the order in which they can be taken: a and b are the
// sums, m and n their multipliers, h and i their powers of two. Those that read a sum
// leave rs1 to move the pointer, so one of them or none is what the last word of a row
// takes; the others move it by the step between words.
__asm__(
    ".macro lean.late rd, rs1, rs2, odd, word\n"
    " .if \\word\n mv.pmac \\rd, \\rs1, \\rs2, 1, \\odd, lean_first, lean_done, lean_pair\n"
    " .else\n mv.pstep \\rd, \\rs1, \\rs2, 1, \\odd\n .endif\n"
    ".endm\n"
    ".macro lean.early rd, by, odd, word\n"
    " .if \\word\n mv.pmac \\rd, \\by, zero, 0, \\odd, lean_first, lean_done, lean_pair\n"
    " .else\n mv.pstep \\rd, zero, zero, 0, \\odd\n .endif\n"
    ".endm\n"
    ".macro lean.slot word, edge, by, a, b, m, n, h, i, t\n"
    " .if lean_step == 0\n  lean.early \\a, \\by, 0, \\word\n  .set lean_step, 1\n"
    " .elseif \\edge\n"
    "  .if lean_read == 0\n   lean.early \\b, \\by, 1, \\word\n   .set lean_read, 1\n"
    "  .else\n   lean.early zero, \\by, 0, \\word\n  .endif\n"
    " .elseif lean_step == 1\n  lean.late \\a, \\a, \\m, 0, \\word\n  .set lean_step, 2\n"
    " .elseif lean_step == 2\n  lean.late zero, \\a, \\h, 1, \\word\n  .set lean_step, 3\n"
    " .elseif lean_read == 0\n  lean.early \\b, \\by, 1, \\word\n  .set lean_read, 1\n"
    " .elseif lean_step == 3\n  lean.late \\b, \\b, \\n, 0, \\word\n  .set lean_step, 4\n"
    " .elseif lean_step == 4\n  lean.late \\t, \\b, \\i, 1, \\word\n  .set lean_step, 5\n"
    " .else\n  lean.early zero, \\by, 0, \\word\n .endif\n"
    ".endm\n"
    ".macro lean.begin pair\n"
    " .set lean_pair, \\pair\n .set lean_at, 0\n .set lean_step, 0\n .set lean_read, 0\n .set lean_first, 1\n .set lean_done, 0\n"
    ".endm\n"
    ".macro lean.next\n .set lean_at, lean_at + 1\n .set lean_first, 0\n.endm\n"
    // A window of one size; steps that its words do not cover come behind them.
    ".macro lean.window rows, row, pair, final, s, k, o, a, b, m, n, h, i, t\n"
    " lean.begin \\pair\n"
    " .rept \\rows * \\row\n"
    "  .if lean_at == \\rows * \\row - 1\n   .set lean_done, \\final\n   lean.slot 1, 1, \\o, \\a, \\b, \\m, \\n, \\h, \\i, \\t\n"
    "  .elseif lean_at % \\row == \\row - 1\n   lean.slot 1, 1, \\k, \\a, \\b, \\m, \\n, \\h, \\i, \\t\n"
    "  .else\n   lean.slot 1, 0, \\s, \\a, \\b, \\m, \\n, \\h, \\i, \\t\n  .endif\n"
    "  lean.next\n"
    " .endr\n"
    " .rept 6\n  .if lean_step < 5\n   lean.slot 0, 0, zero, \\a, \\b, \\m, \\n, \\h, \\i, \\t\n  .endif\n .endr\n"
    ".endm\n"
    // Rows of 8 words and more: each goes on in the middle of `tail` words, by e and g.
    ".macro lean.long rows, tail, s, k, o, a, b, m, n, h, i, t, e, g\n"
    " lean.begin 0\n"
    " .rept 6\n  lean.slot 1, 0, \\s, \\a, \\b, \\m, \\n, \\h, \\i, \\t\n  lean.next\n .endr\n"
    " jr \\e\n"
    " .rept \\tail\n  mv.pmac zero, \\s, zero, 0, 0, 0, 0, 0\n .endr\n"
    "5:\n"
    " .set lean_at, 1\n"
    " .rept \\rows - 1\n"
    "  mv.pmac zero, \\k, zero, 0, 0, 0, 0, 0\n"
    "  jalr zero, 4 * (\\tail + 2) * (lean_at - 1)(\\g)\n"
    "  .rept \\tail\n   mv.pmac zero, \\s, zero, 0, 0, 0, 0, 0\n  .endr\n"
    "  .if lean_at == 1\n6:\n  .endif\n"
    "  .set lean_at, lean_at + 1\n"
    " .endr\n"
    " mv.pmac zero, \\o, zero, 0, 0, 0, 1, 0\n"
    ".endm\n");

// How many of the steps behind a window's words move the pointer.
LEAN_PART int32_t lean_moves(int32_t rows, int32_t row)
{
    int32_t at, step = 0, read = 0;
    for (at = 0; at < rows * row && step < 5; at++)
        if (step == 0)
            step = 1;
        else if (at % row == row - 1 || (step == 3 && !read))
            read = 1;
        else
            step++;
    return 5 - step;
}

// The results of the last window, for channels k and k + 1.
LEAN_APART void lean_last(const struct lean_plane *p, int32_t k, int8_t *y)
{
    int32_t a, b, t;
    mv_pbegin(p->zero, 0);
    __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n"
                     "mv.pmac %[a], zero, zero, 0, 0, 1, 1, 0\n"
                     "mv.pstep %[b], zero, zero, 0, 1\n"
                     "mv.pstep %[a], %[a], %[m], 1, 0\n"
                     "mv.pstep %[b], %[b], %[n], 1, 0\n"
                     "mv.pstep zero, %[a], %[h], 1, 1\n"
                     "mv.pstep %[t], %[b], %[i], 1, 1\n"
                     : [a] "=&r"(a), [b] "=&r"(b), [t] "=r"(t)
                     : [x] "r"(p->x), [m] "r"(p->multiplier[k]), [n] "r"(p->multiplier[k + 1]), [h] "r"(p->power[k]), [i] "r"(p->power[k + 1]) : "memory");
    y[k] = (int8_t)t;
    y[k + 1] = (int8_t)(t >> 8);
}

#define LEAN_STORE "sh %[t], 0(%[y])\n add %[y], %[y], %[q]\n"
#define LEAN_BYTES "sb %[t], 0(%[y])\n srli %[t], %[t], 8\n sb %[t], 1(%[y])\n add %[y], %[y], %[q]\n"
#define LEAN_USES "%[s], %[k], %[o], %[a], %[b], %[m], %[n], %[h], %[i], %[t]"

// A plane of outputs. Each window stores the former one's results; the first one, which
// has no former, stores what the second one overwrites.
#define LEAN_PLANE(name, pair, body, outputs, inputs)                                               \
    LEAN_APART void name(const struct lean_plane *p)                           \
    {                                                                          \
        int8_t *y = p->y, *end = y;                                            \
        LEAN_UNUSED int32_t e, g;                                              \
        int32_t a, b, t, q = 0, more = p->out[1] - 1, rows = p->out[0], left = 1; \
        mv_pbegin(p->zero, p->step);                                               \
        __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n" : : [x] "r"(p->x)); \
        for (;;) {                                                             \
            __asm__ volatile(body                                              \
                             : [t] "=&r"(t), [a] "=&r"(a), [b] "=&r"(b) outputs, [y] "+r"(y), [z] "+r"(end), [r] "+r"(left) \
                             : [q] "r"(q), [s] "r"(p->step), [k] "r"(p->skip), [o] "r"(p->hop), [v] "r"(p->line - p->out[1] * p->across), [c] "r"(p->out[1] * p->channels), \
                               [m] "r"(p->multiplier[0]), [n] "r"(p->multiplier[1]), [h] "r"(p->power[0]), [i] "r"(p->power[1]) \
                               inputs : "memory");                 \
            if (more) {                                                        \
                q = p->channels;                                                \
                end = y + more * q;                                            \
                more = 0;                                                      \
                left = p->gap ? 1 : rows;                                       \
                rows -= left - 1;                                              \
                continue;                                                      \
            }                                                                  \
            if (--rows == 0)                                                   \
                break;                                                         \
            __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n" : : [x] "r"(p->line - p->out[1] * p->across)); \
            q = p->channels + p->gap;                                            \
            end = y + q;                                                       \
            left = 1;                                                          \
            if (p->gap) { /* the row's first window stores the former row's last results */ \
                more = p->out[1] - 1;                                           \
                continue;                                                      \
            }                                                                  \
            left = rows;                                                       \
            rows = 1;                                                          \
        }                                                                      \
        lean_last(p, pair, y);                                                       \
    }

// Rows of windows, one after another, where their results lie so too.
#define LEAN_ROWS "4:\n addi %[r], %[r], -1\n blez %[r], 2f\n mv.pstep zero, %[v], zero, 0, 0\n add %[z], %[z], %[c]\n"
#define LEAN_SIZED(name, rows, row, store) LEAN_PLANE(name, 0, "1:\n lean.window " #rows ", " #row ", 0, 1, " LEAN_USES "\n" store "bne %[y], %[z], 1b\n" LEAN_ROWS "j 1b\n2:\n", , )

// Four channels at once: each window is summed for one pair while the other pair's sums
// are rescaled, so results of channels 2 and 3 come a window late.
#define LEAN_FOUR(name, rows, row)                                             \
    LEAN_PLANE(name, 2,                                                        \
               "1:\n lean.window " #rows ", " #row ", 0, 0, %[s], %[k], %[w], %[a], %[b], %[d], %[f], %[j], %[l], %[t]\n" \
               "sh %[t], 2(%[y])\n add %[y], %[y], %[q]\n"                     \
               "lean.window " #rows ", " #row ", 1, 1, " LEAN_USES "\n sh %[t], 0(%[y])\n" \
               "bne %[y], %[z], 1b\n" LEAN_ROWS "j 1b\n2:\n", ,               \
               LEAN_OTHERS([w] "r"(p->back), [d] "r"(p->multiplier[2]), [f] "r"(p->multiplier[3]), [j] "r"(p->power[2]), [l] "r"(p->power[3])))
#define LEAN_OTHERS(...) , __VA_ARGS__
#define LEAN_WINDOW(rows, row)                                                 \
    LEAN_SIZED(lean_##rows##_##row, rows, row, LEAN_STORE)                     \
    LEAN_FOUR(lean_##rows##_##row##_four, rows, row)

// Where rows go on: before the last word less those that are still to come.
#define LEAN_LONG(name, rows, tail, store)                                          \
    LEAN_PLANE(name, 0, ".option push\n.option norelax\n"                                          \
    "la %[e], 5f\n addi %[e], %[e], 28\n sub %[e], %[e], %[l]\n"               \
    ".if " #rows " > 1\n la %[g], 6f\n addi %[g], %[g], 4\n sub %[g], %[g], %[l]\n .endif\n" \
    ".option pop\n"                                                            \
    "1:\n lean.long " #rows ", " #tail ", " LEAN_USES ", %[e], %[g]\n" store   \
    "beq %[y], %[z], 4f\n3:\n j 1b\n" LEAN_ROWS "j 3b\n2:\n", LEAN_OTHERS([e] "=&r"(e), [g] "=&r"(g)), LEAN_OTHERS([l] "r"(4 * p->row)))

LEAN_WINDOW(1, 1)
LEAN_WINDOW(1, 2)
LEAN_WINDOW(1, 3)
LEAN_WINDOW(1, 4)
LEAN_WINDOW(1, 5)
LEAN_WINDOW(1, 6)
LEAN_WINDOW(1, 7)
LEAN_WINDOW(1, 8)
LEAN_WINDOW(1, 10)
LEAN_WINDOW(1, 12)
LEAN_WINDOW(1, 16)
LEAN_WINDOW(1, 24)
LEAN_WINDOW(1, 32)
LEAN_WINDOW(1, 64)
LEAN_WINDOW(2, 3)
LEAN_WINDOW(3, 3)
LEAN_WINDOW(3, 6)
LEAN_WINDOW(3, 12)
LEAN_WINDOW(3, 24)
LEAN_WINDOW(3, 48)
LEAN_WINDOW(5, 2)
LEAN_WINDOW(5, 5)
LEAN_WINDOW(7, 6)
LEAN_WINDOW(7, 7)
LEAN_WINDOW(10, 1)
LEAN_WINDOW(10, 2)
LEAN_LONG(lean_1_long, 1, 512, LEAN_STORE)
LEAN_LONG(lean_2_long, 2, 96, LEAN_STORE)
LEAN_LONG(lean_3_long, 3, 384, LEAN_STORE)
LEAN_LONG(lean_5_long, 5, 96, LEAN_STORE)
LEAN_LONG(lean_7_long, 7, 64, LEAN_STORE)

// Outputs of an odd number of channels, or at odd addresses, are stored byte by byte.
LEAN_SIZED(lean_bytes_1, 1, 1, LEAN_BYTES)
LEAN_SIZED(lean_bytes_2, 1, 2, LEAN_BYTES)
LEAN_SIZED(lean_bytes_3, 1, 3, LEAN_BYTES)
LEAN_SIZED(lean_bytes_4, 1, 4, LEAN_BYTES)
LEAN_SIZED(lean_bytes_5, 1, 5, LEAN_BYTES)
LEAN_SIZED(lean_bytes_6, 1, 6, LEAN_BYTES)
LEAN_SIZED(lean_bytes_7, 1, 7, LEAN_BYTES)
LEAN_SIZED(lean_bytes_3_3, 3, 3, LEAN_BYTES)
LEAN_SIZED(lean_bytes_5_2, 5, 2, LEAN_BYTES)
LEAN_LONG(lean_bytes_1_long, 1, 512, LEAN_BYTES)
LEAN_LONG(lean_bytes_3_long, 3, 96, LEAN_BYTES)
LEAN_LONG(lean_bytes_5_long, 5, 96, LEAN_BYTES)

typedef void (*lean_kernel)(const struct lean_plane *p);

enum { LEAN_TWO, LEAN_TWO_BYTES, LEAN_FOURS }; // what kernels store

// `most` words of a row where a kernel takes rows of eight words and more.
#define LEAN_ENTRIES(rows, row) {rows, row, 0, LEAN_TWO, lean_##rows##_##row}, {rows, row, 0, LEAN_FOURS, lean_##rows##_##row##_four}
static const struct { int16_t rows, row, most, stores; lean_kernel run; } lean_kernels[] = {
    LEAN_ENTRIES(1, 1),
    LEAN_ENTRIES(1, 2),
    LEAN_ENTRIES(1, 3),
    LEAN_ENTRIES(1, 4),
    LEAN_ENTRIES(1, 5),
    LEAN_ENTRIES(1, 6),
    LEAN_ENTRIES(1, 7),
    LEAN_ENTRIES(1, 8),
    LEAN_ENTRIES(1, 10),
    LEAN_ENTRIES(1, 12),
    LEAN_ENTRIES(1, 16),
    LEAN_ENTRIES(1, 24),
    LEAN_ENTRIES(1, 32),
    LEAN_ENTRIES(1, 64),
    LEAN_ENTRIES(2, 3),
    LEAN_ENTRIES(3, 3),
    LEAN_ENTRIES(3, 6),
    LEAN_ENTRIES(3, 12),
    LEAN_ENTRIES(3, 24),
    LEAN_ENTRIES(3, 48),
    LEAN_ENTRIES(5, 2),
    LEAN_ENTRIES(5, 5),
    LEAN_ENTRIES(7, 6),
    LEAN_ENTRIES(7, 7),
    LEAN_ENTRIES(10, 1),
    LEAN_ENTRIES(10, 2),
    {1, 0, 519, LEAN_TWO, lean_1_long},
    {2, 0, 97, LEAN_TWO, lean_2_long},
    {3, 0, 385, LEAN_TWO, lean_3_long},
    {5, 0, 97, LEAN_TWO, lean_5_long},
    {7, 0, 65, LEAN_TWO, lean_7_long},
    {1, 1, 0, LEAN_TWO_BYTES, lean_bytes_1},
    {1, 2, 0, LEAN_TWO_BYTES, lean_bytes_2},
    {1, 3, 0, LEAN_TWO_BYTES, lean_bytes_3},
    {1, 4, 0, LEAN_TWO_BYTES, lean_bytes_4},
    {1, 5, 0, LEAN_TWO_BYTES, lean_bytes_5},
    {1, 6, 0, LEAN_TWO_BYTES, lean_bytes_6},
    {1, 7, 0, LEAN_TWO_BYTES, lean_bytes_7},
    {3, 3, 0, LEAN_TWO_BYTES, lean_bytes_3_3},
    {5, 2, 0, LEAN_TWO_BYTES, lean_bytes_5_2},
    {1, 0, 519, LEAN_TWO_BYTES, lean_bytes_1_long},
    {3, 0, 97, LEAN_TWO_BYTES, lean_bytes_3_long},
    {5, 0, 97, LEAN_TWO_BYTES, lean_bytes_5_long},
};

// The kernel for windows of a size; NULL if there is none.
LEAN_PART lean_kernel lean_find(int32_t rows, int32_t row, int32_t stores)
{
    size_t i;
    for (i = 0; i < sizeof lean_kernels / sizeof *lean_kernels; i++)
        if (lean_kernels[i].rows == rows && lean_kernels[i].stores == stores && (lean_kernels[i].row == row || (row >= 8 && row <= lean_kernels[i].most)))
            return lean_kernels[i].run;
    return NULL;
}

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

// Bytes as words, wherever they begin: the words they lie in, one ahead.
struct lean_bytes {
    const lean_word *at;
    uint32_t ahead, from;
};

LEAN_PART struct lean_bytes lean_begin(const int8_t *w)
{
    struct lean_bytes s;
    s.at = (const lean_word *)((uintptr_t)w & ~(uintptr_t)3);
    s.from = ((uint32_t)(uintptr_t)w & 3) * 8;
    s.ahead = (uint32_t)*s.at++;
    return s;
}

LEAN_PART uint32_t lean_next(struct lean_bytes *s)
{
    uint32_t low = s->ahead >> s->from;
    s->ahead = (uint32_t)*s->at++;
    return low | s->ahead << 1 << (31 - s->from);
}

// Two channels' weights, in runs of `length` that begin at byte `from` of a word.
LEAN_APART void lean_any_pair(const int8_t *w, int32_t depth, int32_t length, int32_t from, int32_t last)
{
    int32_t words = lean_span(from, length) / 4, at, i;
    uint32_t low = (uint32_t)-1 << 8 * from, high = (uint32_t)-1 >> 8 * (-(from + length) & 3);
    for (at = 0; at < depth; at += length, w += length) {
        struct lean_bytes a = lean_begin(w - from), b = lean_begin(w + depth - from);
        uint32_t mask = low;
        for (i = words; i > 1; i--, mask = (uint32_t)-1)
            mv_pput(lean_next(&a) & mask, lean_next(&b) & mask, 0);
        mask &= high;
        if (!last || at + length < depth)
            mv_pput(lean_next(&a) & mask, lean_next(&b) & mask, 0);
        else
            mv_pput(lean_next(&a) & mask, lean_next(&b) & mask, 1);
    }
}

// The same where all runs are whole words.
LEAN_APART void lean_word_pair(const int8_t *w, int32_t words, int32_t last)
{
    const lean_word *a = (const lean_word *)(const void *)w, *b = a + words, *end = b - 1;
    for (; end - a >= 8; a += 8, b += 8) {
        int32_t i, j, k, l;
        __asm__ volatile(".set lean_at, 0\n"
                         ".rept 4\n"
                         "lw %[i], lean_at(%[a])\n"
                         "lw %[j], lean_at(%[b])\n"
                         "lw %[k], lean_at + 4(%[a])\n"
                         "lw %[l], lean_at + 4(%[b])\n"
                         "mv.pput %[i], %[j], 0\n"
                         "mv.pput %[k], %[l], 0\n"
                         ".set lean_at, lean_at + 8\n"
                         ".endr\n"
                         : [i] "=&r"(i), [j] "=&r"(j), [k] "=&r"(k), [l] "=&r"(l) : [a] "r"(a), [b] "r"(b) : "memory");
    }
    for (; a < end; a++, b++)
        mv_pput(*a, *b, 0);
    if (last)
        mv_pput(*a, *b, 1);
    else
        mv_pput(*a, *b, 0);
}

// The weights of a plane's channels.
LEAN_PART void lean_weights(const struct lean_view *l, const int8_t *w, int32_t depth, int32_t length, int32_t from)
{
    int32_t c;
    for (c = 2; c <= l->channels; c += 2, w += 2 * depth)
        if (((from | length) & 3) == 0 && lean_aligned(w))
            lean_word_pair(w, depth / 4, c == l->channels);
        else
            lean_any_pair(w, depth, length, from, c == l->channels);
}

// Scales and biases of a plane's channels.
LEAN_PART void lean_scales(const struct lean_view *l, struct lean_plane *s, const struct nn_rescale *r, const int32_t *bias, int32_t c)
{
    int32_t k;
    for (k = 0; k < l->channels; k++) {
        int32_t i = r->step ? c + k : 0;
        s->multiplier[k] = r->multiplier[i];
        s->power[k] = lean_power(r->shift[i]);
    }
    mv_pbias(bias ? bias[c] : 0, bias ? bias[c + 1] : 0, 0);
    if (k > 2)
        mv_pbias(bias ? bias[c + 2] : 0, bias ? bias[c + 3] : 0, 1);
}

// Keeps outputs from min to max where that is not what bytes hold.
LEAN_APART void lean_clamp(const struct nn_rescale *r, int8_t *y, int32_t n)
{
    int8_t *end = y + n;
    if (r->min <= -128 && r->max >= 127)
        return;
    for (; y < end; y++) {
        int32_t t = *y;
        if (t < r->min)
            *y = (int8_t)r->min;
        if (t > r->max)
            *y = (int8_t)r->max;
    }
}

// The plane of one phase.
LEAN_APART void lean_phase(const struct lean_view *l, const struct lean_plane *all, const struct nn_conv *p, const int8_t *w, int32_t f)
{
    const struct nn_window *v = &p->window;
    int32_t length = v->kernel[1] * v->in_channels, at = f * v->stride[1] * v->in_channels;
    struct lean_plane s = *all;
    s.row = lean_span(at, length) / 4;
    s.x += at & ~3;
    s.y += f * s.channels;
    s.across *= l->phases;
    s.skip = l->pitch - (s.row - 1) * 4;
    s.out[1] = (v->out[1] - f + l->phases - 1) / l->phases;
    s.gap = (v->out[1] - s.out[1] * l->phases) * s.channels;
    s.channels *= l->phases;
    lean_turn(&s);
    lean_hop(&s);
    lean_weights(l, w, v->kernel[0] * length, length, at & 3);
    lean_find(s.rows, s.row, l->stores)(&s);
}

LEAN_APART int lean_row_times_matrix(const struct nn_rescale *out, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y);

LEAN_PART void lean_conv(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, outs = v->out_channels, depth = v->kernel[0] * v->kernel[1] * ch, stores = (outs & 1) || ((uintptr_t)y & 1) ? LEAN_TWO_BYTES : LEAN_TWO, c, first, next;
    struct lean_plane s;
    struct lean_view l;
    if (p->groups == 1 && v->batch == 1 && depth == ch && v->in[0] * v->in[1] == 1 && v->out[0] * v->out[1] == 1 && lean_row_times_matrix(&p->out, depth, outs, x, w, bias, y))
        return;
    if (p->groups != 1)
        LEAN_LEAVE("groups", nn_conv(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        LEAN_LEAVE("dilation", nn_conv(p, x, w, bias, y, scratch));
    if (v->batch != 1 || outs < 2)
        LEAN_LEAVE("a batch, or a single channel of outputs", nn_conv(p, x, w, bias, y, scratch));
    if (!lean_rescales(&p->out, outs))
        LEAN_LEAVE("sums beyond 26 bits, or no shift to the right", nn_conv(p, x, w, bias, y, scratch));
    if (!lean_choose(&l, &s, p, x, 0, (outs + 1) / 2, stores))
        LEAN_LEAVE("no kernel for this window, or no room for its weights", nn_conv(p, x, w, bias, y, scratch));
    for (first = 0; first < v->out[0]; first = next) {
        next = lean_band(&l, &s, p, x, first);
        for (c = 0; c < outs; c += l.channels) {
            const int8_t *f;
            int32_t phase;
            if (c > outs - l.channels)
                c = outs - 2; // one channel twice
            f = w + c * depth;
            lean_scales(&l, &s, &p->out, bias, c);
            s.y = y + first * v->out[1] * outs + c;
            for (phase = 0; phase < lean_least(l.phases, v->out[1]); phase++)
                lean_phase(&l, &s, p, f, phase);
            if (l.phases)
                continue;
            lean_weights(&l, f, depth, l.gathered ? v->kernel[1] * ch : ch, 0);
            l.run(&s);
        }
    }
    lean_clamp(&p->out, y, v->out[0] * v->out[1] * outs);
}

LEAN_PART void lean_depthwise(const struct nn_conv *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    const struct nn_window *v = &p->window;
    int32_t ch = v->in_channels, taps = v->kernel[0] * v->kernel[1], c, i, k, first, next;
    struct lean_plane s;
    struct lean_view l;
    if (p->multiplier != 1 || (ch & 3) || !lean_aligned(w) || ((uintptr_t)y & 1))
        LEAN_LEAVE("channels that are no whole words", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->dilation[0] != 1 || v->dilation[1] != 1)
        LEAN_LEAVE("dilation", nn_depthwise(p, x, w, bias, y, scratch));
    if (v->batch != 1)
        LEAN_LEAVE("a batch", nn_depthwise(p, x, w, bias, y, scratch));
    if (!lean_rescales(&p->out, ch))
        LEAN_LEAVE("sums beyond 26 bits, or no shift to the right", nn_depthwise(p, x, w, bias, y, scratch));
    if (!lean_choose(&l, &s, p, x, 1, ch / 2, LEAN_TWO))
        LEAN_LEAVE("no kernel for this window", nn_depthwise(p, x, w, bias, y, scratch));
    for (first = 0; first < v->out[0]; first = next) {
        const int8_t *from;
        next = lean_band(&l, &s, p, x, first);
        from = s.x;
        for (c = 0; c < ch; c += l.channels) {
            int32_t last = c + l.channels;
            lean_scales(&l, &s, &p->out, bias, c);
            for (i = c; i < last; i += 2) { // a weight of each channel, in its place
                const int8_t *f = w + (i & ~3);
                uint32_t one = i & 2 ? 0xff0000 : 0xff, two = one << 8;
                for (k = taps; k > 1; k--, f += ch)
                    mv_pput((uint32_t)*(const lean_word *)(const void *)f & one, (uint32_t)*(const lean_word *)(const void *)f & two, 0);
                if (i + 2 < last)
                    mv_pput((uint32_t)*(const lean_word *)(const void *)f & one, (uint32_t)*(const lean_word *)(const void *)f & two, 0);
                else
                    mv_pput((uint32_t)*(const lean_word *)(const void *)f & one, (uint32_t)*(const lean_word *)(const void *)f & two, 1);
            }
            s.x = from + (c & ~3);
            s.y = y + first * v->out[1] * ch + c;
            l.run(&s);
        }
    }
    lean_clamp(&p->out, y, v->out[0] * v->out[1] * ch);
}

// A row of inputs stays inside, as weights of channel 0; the weights stream, rows of
// outputs `apart` bytes apart. Adds to sums, which stay within 26 bits whatever the
// products are for LEAN_SURE words: 4 * 1020 * 128 * 128 < 2^26.
#define LEAN_SURE 1020

// A sum's output, by the core alone: struct nn_rescale, narrow.
LEAN_PART int8_t lean_finish(const struct nn_rescale *r, int32_t i, int32_t sum)
{
    int32_t n = -r->shift[i], v = (int32_t)((int64_t)(int32_t)((uint32_t)sum << 2) * r->multiplier[i] >> 32);
    v = ((v + (n ? (1 << n) - (v < 0) * 2 : 0) + 1) >> (n + 1)) + r->zero;
    return (int8_t)(v < r->min ? r->min : v > r->max ? r->max : v);
}

// A row of inputs as weights of channel 0.
LEAN_PART void lean_stay(const int8_t *x, int32_t words)
{
    struct lean_bytes s = lean_begin(x);
    for (; words > 1; words--)
        mv_pput(lean_next(&s), 0, 0);
    mv_pput(lean_next(&s), 0, 1);
}

// Words of a row behind those of its beginning, before its last: in the middle of 64,
// then so often all of them.
#define LEAN_STREAM                                                            \
    "jr %[e]\n"                                                                \
    "2:\n addi %[n], %[n], -1\n"                                               \
    ".rept 64\n mv.pmac zero, %[s], zero, 0, 0, 0, 0, 0\n.endr\n"                 \
    "3:\n bgtz %[n], 2b\n"                                                     \
    "mv.pmac zero, %[l], zero, 0, 0, 0, 1, 0\n"
#define LEAN_ENTRY ".option push\n.option norelax\n la %[e], 3f\n .option pop\n sub %[e], %[e], %[r]\n"

// Sums of rows of a matrix, `apart` bytes apart, added to those there.
LEAN_APART void lean_sums(const int8_t *w, int32_t words, int32_t apart, int32_t outs, int32_t *sums)
{
    int32_t t, e, n, o;
    mv_pbias(0, 0, 0);
    mv_pbegin(0, 4);
    __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n" : : [x] "r"(w));
    for (o = 0; o < outs; o++) {
        n = (words - 2) / 64;
        __asm__ volatile(LEAN_ENTRY "mv.pmac %[t], %[s], zero, 0, 0, 1, 0, 0\n" LEAN_STREAM
                         : [t] "=&r"(t), [e] "=&r"(e), [n] "+r"(n)
                         : [s] "r"(4), [l] "r"(apart - 4 * (words - 1)), [r] "r"(4 * ((words - 2) % 64)) : "memory");
        if (o)
            sums[o - 1] += t;
    }
    mv_pbegin(0, 4);
    __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n mv.pmac %[t], zero, zero, 0, 0, 1, 1, 0\n" : [t] "=r"(t) : [x] "r"(w) : "memory");
    sums[outs - 1] += t;
}

// The same rescaled: each row's beginning takes the steps for the former. What is
// `each` fetches the next scale.
#define LEAN_OUTPUTS(name, each)                                               \
    LEAN_APART void name(const int8_t *w, int32_t words, int32_t apart, int32_t outs, const int32_t *bias, const struct nn_rescale *r, int8_t *y) \
    {                                                                          \
        const int32_t *multiplier = r->multiplier;                             \
        const int8_t *shift = r->shift;                                        \
        int32_t m = *multiplier, h = lean_power(*shift), a, t, e, n, q = 0;    \
        mv_pbegin(r->zero, 4);                                                   \
        __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n" : : [x] "r"(w));  \
        __asm__ volatile(LEAN_ENTRY                                            \
                         "1:\n"                                                \
                         "lw %[t], 0(%[b])\n"                                  \
                         "addi %[b], %[b], 4\n"                                \
                         "mv.pbias %[t], zero, 0\n"                               \
                         "mv.pmac %[a], %[s], zero, 0, 0, 1, 0, 0\n"              \
                         "mv.pmac %[a], %[a], %[m], 1, 0, 0, 0, 0\n"              \
                         "mv.pmac %[t], %[a], %[h], 1, 1, 0, 0, 0\n"              \
                         "mv %[n], %[k]\n"                                     \
                         "srli %[t], %[t], 8\n"                                \
                         "sb %[t], 0(%[y])\n"                                  \
                         "add %[y], %[y], %[q]\n"                              \
                         "li %[q], 1\n" each LEAN_STREAM                       \
                         "addi %[o], %[o], -1\n"                               \
                         "beqz %[o], 4f\n"                                     \
                         "j 1b\n"                                              \
                         "4:\n"                                                \
                         : [t] "=&r"(t), [a] "=&r"(a), [e] "=&r"(e), [n] "=&r"(n), [q] "+r"(q), [b] "+r"(bias), [o] "+r"(outs), [y] "+r"(y), \
                           [m] "+r"(m), [h] "+r"(h), [u] "+r"(multiplier), [v] "+r"(shift) \
                         : [s] "r"(4), [l] "r"(apart - 4 * (words - 1)), [r] "r"(4 * ((words - 4) % 64)), [k] "r"((words - 4) / 64) : "memory"); \
        mv_pbegin(r->zero, 4);                                                   \
        __asm__ volatile("mv.pstep zero, %[x], zero, 0, 0\n"                   \
                         "mv.pmac %[a], zero, zero, 0, 0, 1, 1, 0\n"              \
                         "mv.pstep %[a], %[a], %[m], 1, 0\n"                   \
                         "mv.pstep %[t], %[a], %[h], 1, 1\n"                   \
                         : [a] "=&r"(a), [t] "=r"(t) : [x] "r"(w), [m] "r"(m), [h] "r"(h) : "memory"); \
        *y = (int8_t)(t >> 8);                                                 \
    }

LEAN_OUTPUTS(lean_one_scale, "")
LEAN_OUTPUTS(lean_own_scales, "lw %[m], 0(%[u])\n addi %[u], %[u], 4\n lb %[a], 0(%[v])\n addi %[v], %[v], 1\n"
                              "li %[h], 1\n addi %[a], %[a], 31\n sll %[h], %[h], %[a]\n")

// One row of inputs times a matrix whose rows are outputs'; 0 if the unit cannot.
LEAN_APART int lean_row_times_matrix(const struct nn_rescale *out, int32_t depth, int32_t outs, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y)
{
    int32_t *sums = (int32_t *)(void *)lean_input, whole = depth <= 4 * LEAN_WORDS && lean_rescales(out, outs), o, at, words;
    if ((depth & 3) || depth < 16 || outs > LEAN_INPUT_BYTES / 4 || !lean_aligned(w) || !out->narrow)
        return 0;
    for (o = 0; o < outs && out->step; o++)
        whole = whole && out->shift[o];
    if (!bias || !whole) {
        for (o = 0; o < outs; o++)
            sums[o] = bias ? bias[o] : 0;
        bias = sums;
    }
    if (whole) {
        lean_stay(x, depth / 4);
        (out->step ? lean_own_scales : lean_one_scale)(w, depth / 4, depth, outs, bias, out, y);
        lean_clamp(out, y, outs);
        return 1;
    }
    for (at = 0; at < depth; at += 4 * words) {
        words = lean_least((depth - at) / 4, LEAN_SURE);
        if ((depth - at) / 4 - words == 1)
            words--; // two must remain
        lean_stay(x + at, words);
        lean_sums(w + at, words, depth, outs, sums);
    }
    for (o = 0; o < outs; o++)
        y[o] = lean_finish(out, out->step ? o : 0, sums[o]);
    return 1;
}

LEAN_PART void lean_fully_connected(const struct nn_fully_connected *p, const int8_t *x, const int8_t *w, const int32_t *bias, int8_t *y, int8_t *scratch)
{
    if (p->rows != 1 || !lean_row_times_matrix(&p->out, p->depth, p->outs, x, w, bias, y))
        LEAN_LEAVE("rows of inputs, words that are not whole or below four, or sums beyond 29 bits", nn_fully_connected(p, x, w, bias, y, scratch));
}

// The sum of two bytes by tables. What is subtracted from it, and the half that the
// unit adds, is subtracted from one of them.
LEAN_PART void lean_add(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *y)
{
    const struct nn_walk *w = &p->walk;
    int32_t *table = (int32_t *)(void *)lean_input, n = w->shape[0], i, u, v, t;
    const int8_t *end = a + n;
    if (p->right < 2)
        LEAN_LEAVE("no tables give the reference's results", nn_add(p, a, b, y));
    if (w->rank != 1 || w->step_a[0] != 1 || w->step_b[0] != 1 || (n & 3) || ((uintptr_t)y & 1))
        LEAN_LEAVE("a broadcast, or tensors that are no whole words", nn_add(p, a, b, y));
    for (i = 0; i < 256; i++)
        table[i] = p->share[0][i] - (p->up << p->right) - (1 << (p->right - 1));
    mv_pbegin(0, 0);
#define LEAN_SUM(k, to)                                                        \
    "lbu %[u], " #k "(%[a])\n lbu %[v], " #k "(%[b])\n slli %[u], %[u], 2\n slli %[v], %[v], 2\n" \
    "add %[u], %[u], %[c]\n add %[v], %[v], %[d]\n lw %[u], 0(%[u])\n lw %[v], 0(%[v])\n" \
    "add %[u], %[u], %[v]\n mv.pstep " to ", %[u], %[h], 1, 1\n"
    __asm__ volatile("1:\n" LEAN_SUM(0, "zero") LEAN_SUM(1, "%[t]") "sh %[t], 0(%[y])\n"
                     LEAN_SUM(2, "zero") LEAN_SUM(3, "%[t]") "sh %[t], 2(%[y])\n"
                     "addi %[a], %[a], 4\n addi %[b], %[b], 4\n addi %[y], %[y], 4\n bne %[a], %[e], 1b\n"
                     : [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [a] "+r"(a), [b] "+r"(b), [y] "+r"(y)
                     : [c] "r"(table), [d] "r"(p->share[1]), [h] "r"(1 << (32 - p->right)), [e] "r"(end) : "memory");
    lean_clamp(&p->out, y - n, n);
}

#endif
#endif
