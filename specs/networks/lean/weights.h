// Weights of two or four channels go into the unit, wherever they begin in a word.
#ifndef LEAN_WEIGHTS_H
#define LEAN_WEIGHTS_H

#ifndef MARVELGEN_EMULATE

#include "../common/stream.h"
#include "input.h"

// Two channels' weights, in runs of `length` that begin at byte `from` of a word.
COMMON_APART void lean_any_pair(const int8_t *w, int32_t depth, int32_t length, int32_t from, int32_t last)
{
    int32_t words = common_span(from, length) / 4, at, i;
    uint32_t low = (uint32_t)-1 << 8 * from, high = (uint32_t)-1 >> 8 * (-(from + length) & 3);
    for (at = 0; at < depth; at += length, w += length) {
        struct common_stream a = common_from(w - from), b = common_from(w + depth - from);
        uint32_t mask = low;
        for (i = words; i > 1; i--, mask = (uint32_t)-1)
            mv_pput(common_next(&a) & mask, common_next(&b) & mask, 0);
        mask &= high;
        if (!last || at + length < depth)
            mv_pput(common_next(&a) & mask, common_next(&b) & mask, 0);
        else
            mv_pput(common_next(&a) & mask, common_next(&b) & mask, 1);
    }
}

// The same where all runs are whole words.
COMMON_APART void lean_word_pair(const int8_t *w, int32_t words, int32_t last)
{
    const common_word *a = (const common_word *)(const void *)w, *b = a + words, *end = b - 1;
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
COMMON_PART void lean_weights(const struct lean_view *l, const int8_t *w, int32_t depth, int32_t length, int32_t from)
{
    int32_t c;
    for (c = 2; c <= l->channels; c += 2, w += 2 * depth)
        if (((from | length) & 3) == 0 && common_aligned(w))
            lean_word_pair(w, depth / 4, c == l->channels);
        else
            lean_any_pair(w, depth, length, from, c == l->channels);
}

#endif
#endif
