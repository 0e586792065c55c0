// Four by four outputs of one channel of a 3x3 kernel, in assembly: nine
// weights and 16 accumulators in registers, each of the 36 inputs loaded once.
// The including file defines PIXEL (bytes from a pixel to the next) and
// ROW_BYTES (to the next row) as plain numbers, for inputs; OUT_PIXEL and
// OUT_ROW_BYTES likewise; and TAP, the bytes from a weight to the next.
#ifndef PATCH_H
#define PATCH_H

#include "loops.h"

// What one patch needs. The assembly finds the fields by their offsets.
struct patch {
    int8_t weights[160]; // 0, tap by tap
    int32_t bias;        // 160
    int32_t multiplier;  // 164
    int32_t rounding;    // 168
    int32_t shift;       // 172
    const int8_t *input; // 176, third row of the inputs: all rows are in reach
    int8_t *out;         // 180
    int8_t *end;         // 184, for rows of patches
} __attribute__((aligned(16)));

#define STRING(x) #x
#define TEXT(x) STRING(x)

// Accumulators by row and column.
#define A0 "s0"
#define A1 "s1"
#define A2 "s2"
#define A3 "s3"
#define B0 "s4"
#define B1 "s5"
#define B2 "s6"
#define B3 "s7"
#define C0 "s8"
#define C1 "s9"
#define C2 "s10"
#define C3 "s11"
#define D0 "a4"
#define D1 "a5"
#define D2 "a6"
#define D3 "a7"

// Weights by row and column.
#define U0 "t0"
#define U1 "t1"
#define U2 "t2"
#define V0 "t3"
#define V1 "t4"
#define V2 "t5"
#define W0 "t6"
#define W1 "ra"
#define W2 "a1"

#define EACH_ACCUMULATOR(f) \
    f(0, 0, A0) f(0, 1, A1) f(0, 2, A2) f(0, 3, A3) f(1, 0, B0) f(1, 1, B1) f(1, 2, B2) f(1, 3, B3) \
    f(2, 0, C0) f(2, 1, C1) f(2, 2, C2) f(2, 3, C3) f(3, 0, D0) f(3, 1, D1) f(3, 2, D2) f(3, 3, D3)

#define MAC(acc, weight) "mv.mac " acc ", a3, " weight "\n"
#define INPUT(row, column) "lb a3, (" #row " - 2) * " TEXT(ROW_BYTES) " + " #column " * " TEXT(PIXEL) " + \\k(a0)\n"
#define WEIGHT(tap, reg) "lb " reg ", " #tap " * " TEXT(TAP) " + \\k(a2)\n"

// What input column 0..5 adds to one row of outputs through one row of weights.
#define COLUMN0(r, w) MAC(r##0, w##0)
#define COLUMN1(r, w) MAC(r##1, w##0) MAC(r##0, w##1)
#define COLUMN2(r, w) MAC(r##2, w##0) MAC(r##1, w##1) MAC(r##0, w##2)
#define COLUMN3(r, w) MAC(r##3, w##0) MAC(r##2, w##1) MAC(r##1, w##2)
#define COLUMN4(r, w) MAC(r##3, w##1) MAC(r##2, w##2)
#define COLUMN5(r, w) MAC(r##3, w##2)

// One row of inputs, with the one to three rows of outputs that it reaches.
#define SPREAD1(j, i, r, w) INPUT(i, j) COLUMN##j(r, w)
#define SPREAD2(j, i, r, w, s, x) SPREAD1(j, i, r, w) COLUMN##j(s, x)
#define SPREAD3(j, i, r, w, s, x, t, y) SPREAD2(j, i, r, w, s, x) COLUMN##j(t, y)
#define ROW_OF(spread, ...)                                                     \
    spread(0, __VA_ARGS__) spread(1, __VA_ARGS__) spread(2, __VA_ARGS__)        \
    spread(3, __VA_ARGS__) spread(4, __VA_ARGS__) spread(5, __VA_ARGS__)

// 9 + 36 loads, 144 multiply-accumulates.
#define PATCH_STEP_LENGTH 189
#define PATCH_STEP                                                              \
    WEIGHT(0, U0) WEIGHT(1, U1) WEIGHT(2, U2) WEIGHT(3, V0) WEIGHT(4, V1)       \
    WEIGHT(5, V2) WEIGHT(6, W0) WEIGHT(7, W1) WEIGHT(8, W2)                     \
    PATCH_INPUTS
#define PATCH_INPUTS                                                            \
    ROW_OF(SPREAD1, 0, A, U)                                                    \
    ROW_OF(SPREAD2, 1, B, U, A, V)                                              \
    ROW_OF(SPREAD3, 2, C, U, B, V, A, W)                                        \
    ROW_OF(SPREAD3, 3, D, U, C, V, B, W)                                        \
    ROW_OF(SPREAD2, 4, D, V, C, W)                                              \
    ROW_OF(SPREAD1, 5, D, W)

#define PATCH_BIAS_1(i, j, acc) "mv " acc ", a3\n"
#define PATCH_BIAS "lw a3, 160(a2)\n" EACH_ACCUMULATOR(PATCH_BIAS_1)

// As requantise() in kernel.h; out-of-range values are mended out of line.
#define PATCH_OUTPUT(i, j, acc)                                                 \
    "slli " acc ", " acc ", 8\n"                                                \
    "mulh " acc ", " acc ", t0\n"                                               \
    "srai a3, " acc ", 31\n"                                                    \
    "mv.mac " acc ", a3, t3\n"                                                  \
    "add " acc ", " acc ", t1\n"                                                \
    "sra " acc ", " acc ", t2\n"                                                \
    "addi a3, " acc ", 128\n"                                                   \
    "bltu t4, a3, 1" #i #j "f\n"                                                \
    "2" #i #j ": sb " acc ", " #i " * " TEXT(OUT_ROW_BYTES) " + " #j " * " TEXT(OUT_PIXEL) "(a1)\n"
#define PATCH_MEND(i, j, acc) \
    "1" #i #j ": srai " acc ", " acc ", 31\n xori " acc ", " acc ", 127\n j 2" #i #j "b\n"
#define PATCH_OUTPUTS                                                           \
    "lw t0, 164(a2)\n lw t1, 168(a2)\n lw t2, 172(a2)\n lw a1, 180(a2)\n"       \
    "li t3, 128\n li t4, 255\n"                                                 \
    EACH_ACCUMULATOR(PATCH_OUTPUT)

#define PATCH_CLOBBERS                                                          \
    "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a3", "a4", "a5", "a6", "a7", \
    "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11"

#endif
