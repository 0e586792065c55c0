// The unit of design tiny of transformer.hcl: weights of four channels, windows of words,
// sums that are rescaled one after another.
#ifndef TINY_UNIT_H
#define TINY_UNIT_H

#ifndef MARVELGEN_EMULATE // its pointers are addresses of the core

#include "../loops.h"
#include "riscv_transformer.h"

// Entries of weights, and the magnitude of sums, that there is room for.
#define TINY_WORDS 512
#define TINY_BITS 26

// The next entry; an entry's first one starts anew.
COMMON_PART void tiny_entry(const uint32_t *v)
{
    mv_dput((int32_t)v[0], (int32_t)v[1], 0, 0, 0);
    mv_dput((int32_t)v[2], (int32_t)v[3], 1, 1, 0);
}

// Four channels of outputs: what their sums are rescaled by, and where results go.
struct tiny_plane {
    int32_t bias[4], multiplier[4], power[4], zero; // power: 2^(16 - shift)
    int32_t apart;                                   // bytes from a row's results to the next row's
};

// Whether the unit can rescale a layer's results.
COMMON_PART int tiny_rescales(const struct nn_rescale *r, int32_t outs)
{
    int32_t i;
    for (i = 0; i < (r->step ? outs : 1); i++)
        if (r->shift[i] < -16 || r->shift[i] > 0 || (!r->shift[i] && r->min < r->zero)) // without a shift negative results are one off
            return 0;
    return r->narrow && r->narrow <= TINY_BITS && r->min <= -128 && r->max >= 127;
}

COMMON_PART void tiny_scales(struct tiny_plane *p, const struct nn_rescale *r, const int32_t *bias, int32_t c)
{
    int32_t k;
    for (k = 0; k < 4; k++) {
        int32_t i = r->step ? c + k : 0;
        p->bias[k] = bias ? bias[k] : 0;
        p->multiplier[k] = r->multiplier[i];
        p->power[k] = 1 << (16 + r->shift[i]);
    }
    p->zero = (int32_t)((uint32_t)(2 * r->zero + 1) << 15);
}

// Stores a result. Most are within bounds: those that are not go another way.
#define TINY_STORE(k) "addi %[u], %[t], 128\n bltu %[most], %[u], 4" #k "f\n 5" #k ": sb %[t], " #k "(%[y])\n"
#define TINY_BOUND(k) "4" #k ": srai %[t], %[t], 31\n xori %[t], %[t], 127\n j 5" #k "b\n"

// Rows of so many words, one behind the other, by four channels. A row's first word is
// followed by some of 32, and 32 as often as there are; the last of them end the row.
COMMON_APART void tiny_rows(const struct tiny_plane *p, const int8_t *x, int32_t words, int32_t rows, int8_t *y)
{
    int32_t part = (words - 1) & 31, turns = (words - 1) >> 5, entry, k, t, u;
    part *= 4;
    __asm__ volatile("lla %[e], 3f\n"
                     "sub %[e], %[e], %[part]\n"
                     "addi %[part], %[part], 4\n"
                     "1:\n"
                     "mv.dmac %[x], 0, 1, 1\n"
                     "add %[x], %[x], %[part]\n"
                     "mv %[k], %[turns]\n"
                     "jr %[e]\n"
                     "2:\n"
                     "addi %[k], %[k], -1\n"
                     "addi %[x], %[x], 128\n"
                     ".set tiny_at, -128\n"
                     ".rept 32\n"
                     "mv.dmac %[x], tiny_at, 1, 0\n"
                     ".set tiny_at, tiny_at + 4\n"
                     ".endr\n"
                     "3:\n"
                     "bnez %[k], 2b\n"
                     "mv.dmul %[m0], %[b0]\n"
                     "mv.dout zero, %[h0], %[zero]\n"
                     "mv.dmul %[m1], %[b1]\n"
                     "mv.dout %[t], %[h1], %[zero]\n" TINY_STORE(0)
                     "mv.dmul %[m2], %[b2]\n"
                     "mv.dout %[t], %[h2], %[zero]\n" TINY_STORE(1)
                     "mv.dmul %[m3], %[b3]\n"
                     "mv.dout %[t], %[h3], %[zero]\n" TINY_STORE(2)
                     "mv.dout %[t], zero, zero\n" TINY_STORE(3)
                     "addi %[n], %[n], -1\n"
                     "add %[y], %[y], %[apart]\n"
                     "bnez %[n], 1b\n"
                     "j 6f\n" TINY_BOUND(0) TINY_BOUND(1) TINY_BOUND(2) TINY_BOUND(3)
                     "6:\n"
                     : [e] "=&r"(entry), [k] "=&r"(k), [t] "=&r"(t), [u] "=&r"(u), [x] "+r"(x), [y] "+r"(y), [n] "+r"(rows), [part] "+r"(part)
                     : [turns] "r"(turns), [most] "r"(255), [apart] "r"(p->apart), [zero] "r"(p->zero),
                       [m0] "r"(p->multiplier[0]), [m1] "r"(p->multiplier[1]), [m2] "r"(p->multiplier[2]), [m3] "r"(p->multiplier[3]),
                       [b0] "r"(p->bias[0]), [b1] "r"(p->bias[1]), [b2] "r"(p->bias[2]), [b3] "r"(p->bias[3]),
                       [h0] "r"(p->power[0]), [h1] "r"(p->power[1]), [h2] "r"(p->power[2]), [h3] "r"(p->power[3]) : "memory");
}

#endif
#endif
