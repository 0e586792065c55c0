// Weights of two or four channels go into the unit, wherever they begin in a word.
#ifndef LEAN_WEIGHTS_H
#define LEAN_WEIGHTS_H

#ifndef MARVELGEN_EMULATE

#include "input.h"

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

#endif
#endif
