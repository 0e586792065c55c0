// What the int8 kernels share: requantisation, unrolling, and a main that
// measures one call and compares its output with the golden model's.
#ifndef MARVEL_KERNEL_H
#define MARVEL_KERNEL_H

#include "data.h"
#include "marvel_rt.h"

// One of these is chosen by -D: a user's loops, portable C tiled by hand, the
// best that can be done with the instructions of the extension, or rolled loops
// with as many of those instructions as the design has.
#if !defined VARIANT_PLAIN && !defined VARIANT_BLOCKED && !defined VARIANT_INTRINSICS && !defined VARIANT_ROLLED
#define VARIANT_PLAIN
#endif

#if defined VARIANT_INTRINSICS || defined VARIANT_ROLLED
#include "riscv_marvel.h"
#if defined __riscv && !defined MARVELGEN_EMULATE
// The header teaches the assembler the mnemonics of the extension.
#define WITH_ASSEMBLY
#endif
#endif

#define PRAGMA(text) _Pragma(#text)
#ifdef __clang__
#define UNROLL(n) PRAGMA(clang loop unroll_count(n))
#define UNROLL_ALL PRAGMA(clang loop unroll(full))
#else
#define UNROLL(n) PRAGMA(GCC unroll n)
#define UNROLL_ALL PRAGMA(GCC unroll 64)
#endif

// Requantisation of TensorFlow Lite Micro, exact, with one high multiply.
//
// The reference rounds acc * m / 2^31 to x, then x / 2^n to the output, halves
// away from zero. Nested floor divisions merge: with |acc| < 2^23, and
// y = floor(acc * m / 2^24) from a high multiply of acc * 2^8,
//   x      = floor((y + 2^6) / 2^7)
//   output = floor((x + 2^(n-1) - (x < 0)) / 2^n) + offset
//          = floor((y + 2^6 + 2^(n+6) - 2^7 * (y < 0) + offset * 2^(n+7)) / 2^(n+7)).
// y < 0 may stand for x < 0: they differ only where x = 0 and -64 <= y < 0,
// and there both give 0 / 2^n. Needs 1 <= n <= 15.
#define REQUANT_BITS 8
#define HALF (1 << (REQUANT_BITS - 2))

#if ACC_BITS > 31 - REQUANT_BITS
#error "accumulators are too large for this requantisation"
#endif

typedef struct {
    int32_t multiplier;
    int32_t rounding;
    int32_t shift;
} scale_t;

// Prepares the scale of output channel o.
static inline scale_t scale_of(int o)
{
    int32_t n = -data_shift[o];
    scale_t s;
    s.multiplier = data_multiplier[o];
    s.shift = n + REQUANT_BITS - 1;
    s.rounding = HALF + (int32_t)((uint32_t)(HALF + OUTPUT_OFFSET * 2 * HALF) << n);
    return s;
}

static inline int8_t requantise(int32_t acc, scale_t s)
{
    int32_t y = (int32_t)((int64_t)(acc * (1 << REQUANT_BITS)) * s.multiplier >> 32);
    int32_t v = (y + ((y >> 31) & -2 * HALF) + s.rounding) >> s.shift;
    // Clamping is rare, and a branch not taken costs nothing but itself.
    if (__builtin_expect(v < -128, 0))
        v = -128;
    if (__builtin_expect(v > 127, 0))
        v = 127;
    return (int8_t)v;
}

// Four bytes at a time, whatever they are.
typedef uint32_t __attribute__((may_alias)) word_t;

#if PAD

// The input with its border of zeros, so that no loop asks where it is. The
// border is zero from the start and never written.
#define ROW ((IN_W + 2 * PAD) * IN_C)
static int8_t padded[(IN_H + 2 * PAD) * ROW] __attribute__((aligned(4)));

static inline void pad_input(void)
{
    for (int y = 0; y < IN_H; y++) {
        const word_t *from = (const word_t *)(data_input + y * IN_W * IN_C);
        word_t *to = (word_t *)(padded + (y + PAD) * ROW + PAD * IN_C);
        for (int i = 0; i < IN_W * IN_C / 4; i++)
            to[i] = from[i];
    }
}

#endif

// What each program defines: reads data_*, writes out[OUT_H][OUT_W][OUT_C].
static void kernel(int8_t *out);

static int8_t output[OUT_H * OUT_W * OUT_C] __attribute__((aligned(4)));

// Returns the number of wrong outputs, at most 255.
int main(void)
{
    int wrong = 0;
    mv_roi_begin();
    kernel(output);
    mv_roi_end();
    for (int i = 0; i < OUT_H * OUT_W * OUT_C; i++)
        wrong += output[i] != data_expected[i];
    return wrong > 255 ? 255 : wrong;
}

#endif
