// 3x3 convolution, stride 1, zero padding of 1.
#include "kernel.h"

#define TAPS (KERNEL_H * KERNEL_W)

#ifdef VARIANT_PLAIN

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o++) {
        for (int y = 0; y < OUT_H; y++) {
            int ky_begin = y < PAD ? PAD - y : 0;
            int ky_end = y + KERNEL_H > IN_H + PAD ? IN_H + PAD - y : KERNEL_H;
            for (int x = 0; x < OUT_W; x++) {
                int32_t acc = data_bias[o];
                for (int ky = ky_begin; ky < ky_end; ky++) {
                    const int8_t *a = data_input + ((y + ky - PAD) * IN_W + x - PAD) * IN_C;
                    const int8_t *w = data_weights + (o * TAPS + ky * KERNEL_W) * IN_C;
                    for (int kx = 0; kx < KERNEL_W; kx++, a += IN_C, w += IN_C) {
                        if (x + kx < PAD || x + kx >= IN_W + PAD)
                            continue;
                        for (int k = 0; k < IN_C; k++)
                            acc += a[k] * w[k];
                    }
                }
                out[(y * OUT_W + x) * OUT_C + o] = requantise(acc, scale_of(o));
            }
        }
    }
}

#endif

#ifdef VARIANT_BLOCKED
// Eight pixels of a row by two channels. The weights of a row of taps are held
// while the ten pixels that the outputs need pass by, each loaded once.
#define TP 8
#define TC 2

static void __attribute__((noinline)) kernel(int8_t *out)
{
    pad_input();
    for (int o = 0; o < OUT_C; o += TC) {
        scale_t scale[TC];
        UNROLL_ALL
        for (int c = 0; c < TC; c++)
            scale[c] = scale_of(o + c);
        for (int p = 0; p < OUT_H * OUT_W; p += TP) {
            const int8_t *a = padded + p / OUT_W * ROW + p % OUT_W * IN_C;
            const int8_t *w = data_weights + o * TAPS * IN_C;
            int32_t acc[TP][TC];
            UNROLL_ALL
            for (int i = 0; i < TP; i++)
                UNROLL_ALL
                for (int c = 0; c < TC; c++)
                    acc[i][c] = data_bias[o + c];
            for (int ky = 0; ky < KERNEL_H; ky++, a += ROW, w += KERNEL_W * IN_C) {
                for (int k = 0; k < IN_C; k++) {
                    int32_t v[TC][KERNEL_W];
                    UNROLL_ALL
                    for (int c = 0; c < TC; c++)
                        UNROLL_ALL
                        for (int kx = 0; kx < KERNEL_W; kx++)
                            v[c][kx] = w[(c * TAPS + kx) * IN_C + k];
                    UNROLL_ALL
                    for (int j = 0; j < TP + KERNEL_W - 1; j++) {
                        int32_t b = a[j * IN_C + k];
                        UNROLL_ALL
                        for (int kx = 0; kx < KERNEL_W; kx++)
                            if (j - kx >= 0 && j - kx < TP)
                                UNROLL_ALL
                                for (int c = 0; c < TC; c++)
                                    acc[j - kx][c] += b * v[c][kx];
                    }
                }
            }
            UNROLL_ALL
            for (int i = 0; i < TP; i++)
                UNROLL_ALL
                for (int c = 0; c < TC; c++)
                    out[(p + i) * OUT_C + o + c] = requantise(acc[i][c], scale[c]);
        }
    }
}

#endif

#ifdef VARIANT_INTRINSICS

#if IN_C != 16 || OUT_C != 16 || IN_W != 16
#error "the patches are made for another shape"
#endif

#define PIXEL 16
#define ROW_BYTES 288
#define OUT_PIXEL 16
#define OUT_ROW_BYTES 256
#define TAP 16
#include "patch.h"

#ifdef WITH_ASSEMBLY

static inline void compute(struct patch *p)
{
    register struct patch *patch __asm__("a2") = p;
    // Channels two at a time. Weights start at a multiple of 16, so that the
    // pointer itself tells when 16 channels are done.
    __asm__ volatile(PATCH_BIAS
                     "lw a0, 176(a2)\n"
                     LOOP_BEGIN(8, 2 * 189)
                     ".irp k, 0, 1\n" PATCH_STEP ".endr\n"
                     LOOP_END("a0", "a2", 2, 2, "andi a3, a2, 15\n bnez a3, 1b\n")
                     "addi a2, a2, -16\n"
                     PATCH_OUTPUTS
                     "j 9f\n"
                     EACH_ACCUMULATOR(PATCH_MEND)
                     "9:\n"
                     : "+r"(patch)::PATCH_CLOBBERS);
}

#else

// The same patch with the intrinsic alone.
static void compute(struct patch *p)
{
    scale_t s = {p->multiplier, p->rounding, p->shift};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            int32_t acc = p->bias;
            for (int tap = 0; tap < TAPS; tap++)
                for (int k = 0; k < IN_C; k++)
                    acc = mv_mac(acc, p->input[(i + tap / 3 - 2) * ROW + (j + tap % 3) * IN_C + k], p->weights[tap * TAP + k]);
            p->out[i * OUT_ROW_BYTES + j * OUT_PIXEL] = requantise(acc, s);
        }
    }
}

#endif

static void __attribute__((noinline)) kernel(int8_t *out)
{
    struct patch p;
    pad_input();
    for (int o = 0; o < OUT_C; o++) {
        scale_t s = scale_of(o);
        p.bias = data_bias[o];
        p.multiplier = s.multiplier;
        p.rounding = s.rounding;
        p.shift = s.shift;
        UNROLL_ALL
        for (int i = 0; i < TAPS * IN_C; i += 4)
            *(word_t *)(p.weights + i) = *(const word_t *)(data_weights + o * TAPS * IN_C + i);
        for (int y = 0; y < OUT_H; y += 4) {
            for (int x = 0; x < OUT_W; x += 4) {
                p.input = padded + (y + 2) * ROW + x * IN_C;
                p.out = out + (y * OUT_W + x) * OUT_C + o;
                compute(&p);
            }
        }
    }
}

#endif

#ifdef VARIANT_ROLLED

#include "dot.h"

static void __attribute__((noinline)) kernel(int8_t *out)
{
    pad_input();
    for (int o = 0; o < OUT_C; o++) {
        for (int y = 0; y < OUT_H; y++) {
            for (int x = 0; x < OUT_W; x++) {
                // Three pixels of a row lie side by side, as their weights do.
                int32_t acc = data_bias[o];
                for (int ky = 0; ky < KERNEL_H; ky++)
                    acc = dot(acc, padded + (y + ky) * ROW + x * IN_C,
                              data_weights + (o * TAPS + ky * KERNEL_W) * IN_C, KERNEL_W * IN_C);
                out[(y * OUT_W + x) * OUT_C + o] = requantise(acc, scale_of(o));
            }
        }
    }
}

#endif
