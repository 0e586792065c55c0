// Planes: four channels of outputs, window by window. The kernels for all sizes of
// windows are printed by macros, unrolled where rows are short.
#ifndef CNN_PLANES_H
#define CNN_PLANES_H

#ifndef MARVELGEN_EMULATE

#include "unit.h"

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
COMMON_APART void cnn_store(int8_t *y, int32_t t)
{
    int32_t i;
    if (common_aligned(y))
        *(common_word *)(void *)y = t;
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
COMMON_PART int32_t cnn_window(const struct cnn_plane *p)
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
    COMMON_APART void name(const struct cnn_plane *p)                             \
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
            rows = CNN_AT_ONCE(words) && n == c.out[1] && !late && !c.gap ? common_least(left, 4095) : 1; \
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
COMMON_APART void cnn_end(int8_t *y, int32_t pitch, int32_t before)
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
// whose channels are no multiple of four are stored in parts. A design with little room
// defines those it wants.
#ifndef CNN_ALL
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
#endif

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
COMMON_PART cnn_kernel cnn_find(int32_t rows, int32_t row, enum cnn_store store)
{
    size_t i;
    for (i = 0; i < sizeof cnn_kernels / sizeof *cnn_kernels; i++)
        if (cnn_kernels[i].rows == rows && cnn_kernels[i].store == store && (cnn_kernels[i].row == row || (!cnn_kernels[i].row && row >= 10)))
            return cnn_kernels[i].run;
    return NULL;
}

#endif
#endif
