// Bytes as words, wherever they begin.
#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

#ifndef MARVELGEN_EMULATE

#include "base.h"

// `last` is the word that the next four bytes begin in.
struct common_stream {
    const common_word *at;
    uint32_t last, right;
};

COMMON_PART struct common_stream common_from(const int8_t *p)
{
    struct common_stream s;
    s.at = (const common_word *)((uintptr_t)p & ~(uintptr_t)3);
    s.right = 8 * ((uint32_t)(uintptr_t)p & 3);
    s.last = (uint32_t)*s.at++;
    return s;
}

COMMON_PART uint32_t common_next(struct common_stream *s)
{
    uint32_t low = s->last >> s->right;
    s->last = (uint32_t)*s->at++;
    return low | s->last << 1 << (31 - s->right); // no shift is by 32
}

// The bytes of words that `length` bytes from byte `from` of one on lie in.
COMMON_PART int32_t common_span(int32_t from, int32_t length) { return ((from & 3) + length + 3) & ~3; }

#endif
#endif
