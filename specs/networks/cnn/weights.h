// Weights of four channels go into the unit, wherever they begin in a word.
#ifndef CNN_WEIGHTS_H
#define CNN_WEIGHTS_H

#ifndef MARVELGEN_EMULATE

#include "../common/stream.h"
#include "unit.h"

// Four bytes as a word, wherever they lie; those from n on are 0.
COMMON_PART int32_t cnn_four(const int8_t *w, int32_t n)
{
    const common_word *at = (const common_word *)((uintptr_t)w & ~(uintptr_t)3);
    uint32_t from = (uint32_t)(uintptr_t)w & 3, v = (uint32_t)at[0] >> 8 * from;
    if (from && (int32_t)from + n > 4)
        v |= (uint32_t)at[1] << (32 - 8 * from);
    return (int32_t)(n < 4 ? v & ((1u << 8 * n) - 1) : v);
}

COMMON_PART int32_t cnn_left(int32_t v, int32_t bytes) { return (int32_t)((uint32_t)v << 8 * bytes); }

// The stream of a run's words whose first one has the run's first byte at `from`. The
// bytes before it are any.
COMMON_PART struct common_stream cnn_run(const int8_t *w, int32_t from)
{
    uintptr_t p = (uintptr_t)w, first = p - (uint32_t)from;
    struct common_stream s;
    s.at = (const common_word *)(first & ~(uintptr_t)3) + 1;
    s.right = 8 * ((uint32_t)first & 3);
    s.last = (uint32_t)*(const common_word *)(p & ~(uintptr_t)3); // the word before it, if that is what `first` lies in, has no byte of the run
    return s;
}

// The run's last word; bytes behind `end`, its last byte, are any.
COMMON_PART uint32_t cnn_rest(struct common_stream *s, const int8_t *end)
{
    s->at = (const common_word *)((uintptr_t)end & ~(uintptr_t)3);
    return common_next(s);
}

// Four channels' weights, in runs of `length` that begin at byte `from` of a word.
COMMON_APART void cnn_weights(const int8_t *w, int32_t depth, int32_t length, int32_t from)
{
    int32_t words = common_span(from, length) / 4, at, i, k;
    uint32_t head = ~(uint32_t)0 << 8 * from, tail = ~(uint32_t)0 >> (8 * (4 * words - from - length));
    mv_wput(0, 0, 0, 0, 1);
    for (at = 0; at < depth; at += length, w += length) {
        struct common_stream s[4];
        int32_t v[4];
        if (length <= 4) { // of one word, in one or in two
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
        for (k = 0; k < 4; k++) {
            s[k] = cnn_run(w + k * depth, from);
            v[k] = (int32_t)(common_next(&s[k]) & head);
        }
        CNN_ENTRY(v[0], v[1], v[2], v[3]);
        for (i = words - 2; i > 0; i--) {
            for (k = 0; k < 4; k++)
                v[k] = (int32_t)common_next(&s[k]);
            CNN_ENTRY(v[0], v[1], v[2], v[3]);
        }
        for (k = 0; k < 4; k++)
            v[k] = (int32_t)(cnn_rest(&s[k], w + k * depth + length - 1) & tail);
        CNN_ENTRY(v[0], v[1], v[2], v[3]);
    }
}

// The same where all runs are whole words.
COMMON_APART void cnn_word_weights(const int8_t *w, int32_t words)
{
    const common_word *a = (const common_word *)(const void *)w, *b = a + words, *c = b + words, *d = c + words;
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

#endif
#endif
