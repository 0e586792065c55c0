// Copying and filling in hardware loops.
#ifndef CNN_COPY_H
#define CNN_COPY_H

#ifndef MARVELGEN_EMULATE

#include "unit.h"

// How common/input.h copies.
#define COMMON_WHOLE 1
#define COMMON_FILL(to, byte, n, whole) ((whole) ? cnn_fill(to, ((byte) & 255) * 0x01010101, (n) >> 2) : (void)memset(to, byte, (size_t)(n)))
#define COMMON_MOVE(to, from, n, whole) ((whole) ? cnn_copy(to, from, (n) >> 2) : cnn_move(to, from, n))

// Copies whole words: a load is there for the store behind it, so one register does.
COMMON_APART void cnn_copy(int8_t *to, const int8_t *from, int32_t words)
{
    int32_t t, n, m;
    for (n = words >> 4; n > 0; n -= m) {
        m = common_least(n, 4095);
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
COMMON_APART void cnn_move(int8_t *to, const int8_t *from, int32_t n)
{
    int32_t words, at;
    for (; n > 0 && !common_aligned(to); n--)
        *to++ = *from++;
    words = common_aligned(from) ? n >> 2 : common_least((n - 4) >> 2, 4095); // the word behind the last is the source's, too
    at = 4 * words;
    if (words > 0 && common_aligned(from))
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
COMMON_PART void cnn_fill(int8_t *to, int32_t word, int32_t words)
{
    int32_t n, m;
    for (n = words >> 3; n > 0; n -= m) {
        m = common_least(n, 4095);
        __asm__ volatile("mv.lpset 0, %[n], 4 * 9\n"
                         ".set cnn_at, 0\n"
                         ".rept 8\n sw %[w], cnn_at(%[b])\n .set cnn_at, cnn_at + 4\n.endr\n"
                         "addi %[b], %[b], 32\n"
                         : [b] "+r"(to) : [n] "r"(m), [w] "r"(word) : "memory");
    }
    if ((n = words & 7))
        __asm__ volatile("mv.lpset 0, %[n], 4 * 2\n sw %[w], 0(%[b])\n addi %[b], %[b], 4\n" : [b] "+r"(to) : [n] "r"(n), [w] "r"(word) : "memory");
}

#endif
#endif
