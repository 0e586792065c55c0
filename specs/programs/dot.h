// The dot product as MARVEL's paper has it: one product at a time, nothing
// unrolled, so that each instruction of the extension shortens the loop in turn:
// v0 seven instructions, v1 six, v2 five, v3 four, v4 three.
#ifndef DOT_H
#define DOT_H

#ifdef __clang__
#define NO_UNROLL PRAGMA(clang loop unroll(disable))
#else
#define NO_UNROLL PRAGMA(GCC unroll 1)
#endif

static inline int32_t dot(int32_t sum, const int8_t *p, const int8_t *q, int count)
{
#if defined WITH_ASSEMBLY && defined MV_HAS_MAC
    register int32_t acc __asm__("x20") = sum;
    register const int8_t *a __asm__("a0") = p;
    register const int8_t *w __asm__("a1") = q;
    register const int8_t *end __asm__("a2") = p + count;
    register int length __asm__("a3") = count;
    __asm__(
#ifdef MV_HAS_LPSET
        "mv.lpset 0, a3, 4 * 3\n"
#else
        "1:\n"
#endif
        "lb x21, 0(a0)\n"
        "lb x22, 0(a1)\n"
#ifdef MV_HAS_FUSEDMAC
        "mv.fusedmac a0, a1, 1, 1\n"
#else
        "mv.mac x20, x21, x22\n"
#ifdef MV_HAS_ADD2I
        "mv.add2i a0, a1, 1, 1\n"
#else
        "addi a0, a0, 1\n addi a1, a1, 1\n"
#endif
#endif
#ifndef MV_HAS_LPSET
        "bne a0, a2, 1b\n"
#endif
        : "+r"(acc), "+r"(a), "+r"(w)
        : "r"(end), "r"(length)
        : "memory", "x21", "x22");
    return acc;
#else
    NO_UNROLL
    for (int k = 0; k < count; k++)
        sum += p[k] * q[k];
    return sum;
#endif
}

#endif
