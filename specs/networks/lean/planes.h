// Planes: two or four channels of outputs, window by window, their results rescaled
// beside the next window's words.
#ifndef LEAN_PLANES_H
#define LEAN_PLANES_H

#ifndef MARVELGEN_EMULATE

#include "unit.h"

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
COMMON_PART int32_t lean_moves(int32_t rows, int32_t row)
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
COMMON_APART void lean_last(const struct lean_plane *p, int32_t k, int8_t *y)
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
    COMMON_APART void name(const struct lean_plane *p)                           \
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

#endif
#endif
