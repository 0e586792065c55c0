// Fully connected layer: each output is the dot product of the input with its
// own row of weights.
#include "kernel.h"

#ifdef VARIANT_PLAIN

static void __attribute__((noinline)) kernel(int8_t *out)
{
    const int8_t *w = data_weights;
    for (int o = 0; o < OUT_C; o++) {
        int32_t acc = data_bias[o];
        UNROLL(32)
        for (const int8_t *a = data_input; a < data_input + IN_C; a++)
            acc += *a * *w++;
        out[o] = requantise(acc, scale_of(o));
    }
}

#endif

#ifdef VARIANT_BLOCKED

// Outputs computed at a time: each input byte is loaded once for all of them.
#define TC 16

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o += TC) {
        const int8_t *w = data_weights + o * IN_C;
        int32_t acc[TC];
        for (int c = 0; c < TC; c++)
            acc[c] = data_bias[o + c];
        UNROLL(2)
        for (int k = 0; k < IN_C; k++) {
            for (int c = 0; c < TC; c++)
                acc[c] += data_input[k] * w[c * IN_C + k];
        }
        for (int c = 0; c < TC; c++)
            out[o + c] = requantise(acc[c], scale_of(o + c));
    }
}

#endif

#ifdef VARIANT_INTRINSICS

#include "loops.h"

#if IN_C != 256 || OUT_C % 16 != 0
#error "the tile is made for another shape"
#endif

#ifdef WITH_ASSEMBLY

// Sixteen outputs at a time: each weight is loaded once and used once, so that
// a multiply-accumulate costs two instructions whatever is done.
#define TERM(row, acc) "lb t0, (" #row " - 8) * 256 + \\k(a1)\n mv.mac " acc ", a0, t0\n"
#define GET(row, acc) "lw " acc ", 4 * " #row "(a2)\n"
#define PUT(row, acc) "sw " acc ", 4 * " #row "(a2)\n"
#define EACH_ROW(f)                                                              \
    f(0, "s0") f(1, "s1") f(2, "s2") f(3, "s3") f(4, "s4") f(5, "s5")            \
    f(6, "s6") f(7, "s7") f(8, "s8") f(9, "s9") f(10, "s10") f(11, "s11")        \
    f(12, "t3") f(13, "t4") f(14, "t5") f(15, "t6")

// Adds the products of 16 rows of weights, of which `middle` is the ninth.
static inline void accumulate(int32_t *sums, const int8_t *middle)
{
    register const int8_t *input __asm__("a3") = data_input;
    register const int8_t *weights __asm__("a1") = middle;
    register int32_t *acc __asm__("a2") = sums;
    register const int8_t *end __asm__("a4") = data_input + IN_C;
    __asm__ volatile(EACH_ROW(GET)
                     LOOP_BEGIN(32, 8 * 33)
                     ".irp k, 0, 1, 2, 3, 4, 5, 6, 7\n"
                     "lb a0, \\k(a3)\n" EACH_ROW(TERM)
                     ".endr\n"
                     LOOP_END("a3", "a1", 8, 8, "bne a3, a4, 1b\n")
                     EACH_ROW(PUT)
                     : "+r"(input), "+r"(weights)
                     : "r"(acc), "r"(end)
                     : "memory", "a0", "t0", "t3", "t4", "t5", "t6",
                       "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11");
}

#else

// The same sums with the intrinsic alone.
static void accumulate(int32_t *sums, const int8_t *middle)
{
    for (int c = 0; c < 16; c++)
        for (int k = 0; k < IN_C; k++)
            sums[c] = mv_mac(sums[c], data_input[k], middle[(c - 8) * IN_C + k]);
}

#endif

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o += 16) {
        int32_t acc[16];
        for (int c = 0; c < 16; c++)
            acc[c] = data_bias[o + c];
        accumulate(acc, data_weights + (o + 8) * IN_C);
        for (int c = 0; c < 16; c++)
            out[o + c] = requantise(acc[c], scale_of(o + c));
    }
}

#endif

#ifdef VARIANT_ROLLED

#include "dot.h"

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o++)
        out[o] = requantise(dot(data_bias[o], data_input, data_weights + o * IN_C, IN_C), scale_of(o));
}

#endif
