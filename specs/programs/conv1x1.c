// 1x1 convolution: each output is the dot product of a pixel's channels with
// the weights of an output channel.
#include "kernel.h"

#define PIXELS (OUT_H * OUT_W)

#ifdef VARIANT_PLAIN

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o++) {
        for (int p = 0; p < PIXELS; p++) {
            const int8_t *a = data_input + p * IN_C;
            const int8_t *w = data_weights + o * IN_C;
            int32_t acc = data_bias[o];
            UNROLL(16)
            for (int k = 0; k < IN_C; k++)
                acc += a[k] * w[k];
            out[p * OUT_C + o] = requantise(acc, scale_of(o));
        }
    }
}

#endif

#ifdef VARIANT_BLOCKED

// Pixels by channels: each loaded byte is used four times. The fastest of the
// sizes from 2x2 to 8x2 with clang.
#define TP 4
#define TC 4

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o += TC) {
        scale_t scale[TC];
        for (int c = 0; c < TC; c++)
            scale[c] = scale_of(o + c);
        for (int p = 0; p < PIXELS; p += TP) {
            const int8_t *a = data_input + p * IN_C;
            const int8_t *w = data_weights + o * IN_C;
            int32_t acc[TP][TC];
            for (int i = 0; i < TP; i++)
                for (int c = 0; c < TC; c++)
                    acc[i][c] = data_bias[o + c];
            UNROLL(2)
            for (int k = 0; k < IN_C; k++) {
                for (int c = 0; c < TC; c++)
                    for (int i = 0; i < TP; i++)
                        acc[i][c] += a[i * IN_C + k] * w[c * IN_C + k];
            }
            for (int i = 0; i < TP; i++)
                for (int c = 0; c < TC; c++)
                    out[(p + i) * OUT_C + o + c] = requantise(acc[i][c], scale[c]);
        }
    }
}

#endif

#ifdef VARIANT_INTRINSICS

#include "loops.h"

// What one tile needs. The assembly finds the fields by these offsets.
struct tile {
    int32_t bias[4];       // 0
    int32_t multiplier[4]; // 16
    int32_t rounding[4];   // 32, for outputs plus 128
    int32_t shift[4];      // 48
    const int8_t *input;   // 64
    const int8_t *weights; // 68
    const int8_t *end;     // 72
    int8_t *out;           // 76
};

#if IN_C != 64 || OUT_C != 64 || PIXELS % 5 != 4
#error "the tiles are made for another shape"
#endif

#ifdef WITH_ASSEMBLY

// Five pixels by four channels: 20 accumulators, four weights held, each input
// used as it comes. Nine loads feed 20 multiply-accumulates.
#define BIAS(r0, r1, r2, r3) \
    "lw " r0 ", 0(a2)\n lw " r1 ", 4(a2)\n lw " r2 ", 8(a2)\n lw " r3 ", 12(a2)\n"
#define MACS4(p, r0, r1, r2, r3)           \
    "lb a3, " #p " * 64 + \\k(a0)\n"    \
    "mv.mac " r0 ", a3, t0\n"             \
    "mv.mac " r1 ", a3, t1\n"             \
    "mv.mac " r2 ", a3, t2\n"             \
    "mv.mac " r3 ", a3, ra\n"
#define WEIGHTS "lb t0, \\k(a1)\n lb t1, 64 + \\k(a1)\n lb t2, 128 + \\k(a1)\n lb ra, 192 + \\k(a1)\n"
#define REQUANT_1(r)                          \
    "slli " r ", " r ", 8\n"                 \
    "mulh " r ", " r ", t0\n"                \
    "srai a3, " r ", 31\n"                   \
    "mv.mac " r ", a3, a1\n"                 \
    "add " r ", " r ", t1\n"                 \
    "sra " r ", " r ", t2\n"
#define SCALE(c) "lw t0, 16 + 4 * " #c "(a2)\n lw t1, 32 + 4 * " #c "(a2)\n lw t2, 48 + 4 * " #c "(a2)\n"
// Four bytes become one word; one test finds out whether any must be clamped.
#define STORE(p, r0, r1, r2, r3)                                                  \
    "or a3, " r0 ", " r1 "\n or ra, " r2 ", " r3 "\n or a3, a3, ra\n"          \
    "bltu t0, a3, 1" #p "f\n"                                                    \
    "2" #p ":\n"                                                                 \
    "mv.mac " r2 ", " r3 ", t2\n mv.mac " r1 ", " r2 ", t2\n mv.mac " r0 ", " r1 ", t2\n" \
    "xor " r0 ", " r0 ", t1\n"                                                   \
    "sw " r0 ", " #p " * 64(a0)\n"
#define CLAMP_1(r) \
    "bgeu t0, " r ", 3f\n srai " r ", " r ", 31\n not " r ", " r "\n andi " r ", " r ", 255\n 3:\n"
#define CLAMP(p, r0, r1, r2, r3) "1" #p ":\n" CLAMP_1(r0) CLAMP_1(r1) CLAMP_1(r2) CLAMP_1(r3) "j 2" #p "b\n"

#define P0 "s0", "s1", "s2", "s3"
#define P1 "s4", "s5", "s6", "s7"
#define P2 "s8", "s9", "s10", "s11"
#define P3 "a4", "a5", "a6", "a7"
#define P4 "t3", "t4", "t5", "t6"
#define CALL(f, ...) f(__VA_ARGS__)

#define TILE(steps, biases, macs, q0, q1, q2, q3, stores, clamps)                   \
    __asm__ volatile(                                                               \
        biases                                                                      \
        "lw a0, 64(a2)\n lw a1, 68(a2)\n"                                         \
        LOOP_BEGIN(8, 8 * steps)                                                    \
        ".irp k, 0, 1, 2, 3, 4, 5, 6, 7\n" WEIGHTS macs ".endr\n"                 \
        LOOP_END("a0", "a1", 8, 8, "lw a3, 72(a2)\n bne a0, a3, 1b\n")            \
        "li a1, 128\n"                                                             \
        SCALE(0) q0 SCALE(1) q1 SCALE(2) q2 SCALE(3) q3                             \
        "li t0, 255\n li t1, 0x80808080\n li t2, 256\n lw a0, 76(a2)\n"         \
        stores "j 9f\n" clamps "9:\n"                                             \
        ::"r"(tile)                                                                 \
        : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a3", "a4", "a5", "a6", "a7", \
          "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11")

static inline void five_pixels(struct tile *t)
{
    register struct tile *tile __asm__("a2") = t;
    TILE(29,
         CALL(BIAS, P0) CALL(BIAS, P1) CALL(BIAS, P2) CALL(BIAS, P3) CALL(BIAS, P4),
         CALL(MACS4, 0, P0) CALL(MACS4, 1, P1) CALL(MACS4, 2, P2) CALL(MACS4, 3, P3) CALL(MACS4, 4, P4),
         REQUANT_1("s0") REQUANT_1("s4") REQUANT_1("s8") REQUANT_1("a4") REQUANT_1("t3"),
         REQUANT_1("s1") REQUANT_1("s5") REQUANT_1("s9") REQUANT_1("a5") REQUANT_1("t4"),
         REQUANT_1("s2") REQUANT_1("s6") REQUANT_1("s10") REQUANT_1("a6") REQUANT_1("t5"),
         REQUANT_1("s3") REQUANT_1("s7") REQUANT_1("s11") REQUANT_1("a7") REQUANT_1("t6"),
         CALL(STORE, 0, P0) CALL(STORE, 1, P1) CALL(STORE, 2, P2) CALL(STORE, 3, P3) CALL(STORE, 4, P4),
         CALL(CLAMP, 0, P0) CALL(CLAMP, 1, P1) CALL(CLAMP, 2, P2) CALL(CLAMP, 3, P3) CALL(CLAMP, 4, P4));
}

static inline void four_pixels(struct tile *t)
{
    register struct tile *tile __asm__("a2") = t;
    TILE(24,
         CALL(BIAS, P0) CALL(BIAS, P1) CALL(BIAS, P2) CALL(BIAS, P3),
         CALL(MACS4, 0, P0) CALL(MACS4, 1, P1) CALL(MACS4, 2, P2) CALL(MACS4, 3, P3),
         REQUANT_1("s0") REQUANT_1("s4") REQUANT_1("s8") REQUANT_1("a4"),
         REQUANT_1("s1") REQUANT_1("s5") REQUANT_1("s9") REQUANT_1("a5"),
         REQUANT_1("s2") REQUANT_1("s6") REQUANT_1("s10") REQUANT_1("a6"),
         REQUANT_1("s3") REQUANT_1("s7") REQUANT_1("s11") REQUANT_1("a7"),
         CALL(STORE, 0, P0) CALL(STORE, 1, P1) CALL(STORE, 2, P2) CALL(STORE, 3, P3),
         CALL(CLAMP, 0, P0) CALL(CLAMP, 1, P1) CALL(CLAMP, 2, P2) CALL(CLAMP, 3, P3));
}

#else

// The same tiles with the intrinsic alone.
static void some_pixels(struct tile *t, int count)
{
    for (int i = 0; i < count; i++) {
        for (int c = 0; c < 4; c++) {
            int32_t acc = t->bias[c];
            for (int k = 0; k < IN_C; k++)
                acc = mv_mac(acc, t->input[i * IN_C + k], t->weights[c * IN_C + k]);
            scale_t s = {t->multiplier[c], t->rounding[c] - (128 << t->shift[c]), t->shift[c]};
            t->out[i * OUT_C + c] = requantise(acc, s);
        }
    }
}

static inline void five_pixels(struct tile *t) { some_pixels(t, 5); }
static inline void four_pixels(struct tile *t) { some_pixels(t, 4); }

#endif

static void __attribute__((noinline)) kernel(int8_t *out)
{
    struct tile t;
    for (int o = 0; o < OUT_C; o += 4) {
        for (int c = 0; c < 4; c++) {
            scale_t s = scale_of(o + c);
            t.bias[c] = data_bias[o + c];
            t.multiplier[c] = s.multiplier;
            t.rounding[c] = s.rounding + (128 << s.shift);
            t.shift[c] = s.shift;
        }
        t.input = data_input;
        t.weights = data_weights + o * IN_C;
        t.out = out + o;
        for (int p = 0; p < PIXELS - 4; p += 5) {
            t.end = t.input + IN_C;
            five_pixels(&t);
            t.input += 5 * IN_C;
            t.out += 5 * OUT_C;
        }
        t.end = t.input + IN_C;
        four_pixels(&t);
    }
}

#endif

#ifdef VARIANT_ROLLED

#include "dot.h"

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o++)
        for (int p = 0; p < PIXELS; p++)
            out[p * OUT_C + o] = requantise(dot(data_bias[o], data_input + p * IN_C, data_weights + o * IN_C, IN_C), scale_of(o));
}

#endif
