// Depthwise 3x3 convolution, stride 1, zero padding of 1: each channel has a
// filter of its own.
#include "kernel.h"

#ifdef VARIANT_PLAIN

static void __attribute__((noinline)) kernel(int8_t *out)
{
    pad_input();
    for (int y = 0; y < OUT_H; y++) {
        for (int x = 0; x < OUT_W; x++) {
            for (int c = 0; c < OUT_C; c++) {
                int32_t acc = data_bias[c];
                for (int ky = 0; ky < KERNEL_H; ky++)
                    for (int kx = 0; kx < KERNEL_W; kx++)
                        acc += padded[(y + ky) * ROW + (x + kx) * IN_C + c] * data_weights[(ky * KERNEL_W + kx) * OUT_C + c];
                out[(y * OUT_W + x) * OUT_C + c] = requantise(acc, scale_of(c));
            }
        }
    }
}

#endif

#ifdef VARIANT_BLOCKED

// Patches of outputs of one channel: nine weights are held while the inputs
// that the patch needs pass by, each loaded once. Larger ones come out slower,
// as compilers run out of registers.
#define TW 1
#define TH 2

static void __attribute__((noinline)) kernel(int8_t *out)
{
    pad_input();
    for (int c = 0; c < OUT_C; c++) {
        scale_t scale = scale_of(c);
        int32_t w[KERNEL_H][KERNEL_W];
        UNROLL_ALL
        for (int ky = 0; ky < KERNEL_H; ky++)
            UNROLL_ALL
            for (int kx = 0; kx < KERNEL_W; kx++)
                w[ky][kx] = data_weights[(ky * KERNEL_W + kx) * OUT_C + c];
        for (int y = 0; y < OUT_H; y += TH) {
            for (int x = 0; x < OUT_W; x += TW) {
                int32_t acc[TH][TW];
                UNROLL_ALL
                for (int i = 0; i < TH; i++)
                    UNROLL_ALL
                    for (int j = 0; j < TW; j++)
                        acc[i][j] = data_bias[c];
                UNROLL_ALL
                for (int i = 0; i < TH + KERNEL_H - 1; i++) {
                    UNROLL_ALL
                    for (int j = 0; j < TW + KERNEL_W - 1; j++) {
                        int32_t a = padded[(y + i) * ROW + (x + j) * IN_C + c];
                        UNROLL_ALL
                        for (int ky = 0; ky < KERNEL_H; ky++)
                            UNROLL_ALL
                            for (int kx = 0; kx < KERNEL_W; kx++)
                                if (i >= ky && i - ky < TH && j >= kx && j - kx < TW)
                                    acc[i - ky][j - kx] += a * w[ky][kx];
                    }
                }
                UNROLL_ALL
                for (int i = 0; i < TH; i++)
                    UNROLL_ALL
                    for (int j = 0; j < TW; j++)
                        out[((y + i) * OUT_W + x + j) * OUT_C + c] = requantise(acc[i][j], scale);
            }
        }
    }
}

#endif

#ifdef VARIANT_INTRINSICS

#if IN_C != 32 || OUT_C != 32 || IN_W != 16 || OUT_W != 16
#error "the patches are made for another shape"
#endif

#define PIXEL 32
#define ROW_BYTES 576
#define OUT_PIXEL 32
#define OUT_ROW_BYTES 512
#define TAP 1
#include "patch.h"

#ifdef WITH_ASSEMBLY

// Four patches side by side.
static inline void compute(struct patch *p)
{
    register struct patch *patch __asm__("a2") = p;
    __asm__ volatile("1:\n" PATCH_BIAS
                     "lw a0, 176(a2)\n"
                     ".irp k, 0\n" PATCH_STEP ".endr\n"
                     PATCH_OUTPUTS
                     // The next patch; four of them make a row of 512 output bytes.
                     "addi a0, a0, 4 * 32\n addi a1, a1, 4 * 32\n"
                     "sw a0, 176(a2)\n sw a1, 180(a2)\n"
                     "lw a3, 184(a2)\n bne a1, a3, 1b\n"
                     "j 9f\n"
                     EACH_ACCUMULATOR(PATCH_MEND)
                     "9:\n"
                     : "+r"(patch)::PATCH_CLOBBERS);
}

#else

// The same patches with the intrinsic alone.
static void compute(struct patch *p)
{
    scale_t s = {p->multiplier, p->rounding, p->shift};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < OUT_W; j++) {
            int32_t acc = p->bias;
            for (int tap = 0; tap < 9; tap++)
                acc = mv_mac(acc, p->input[(i + tap / 3 - 2) * ROW + (j + tap % 3) * IN_C], p->weights[tap]);
            p->out[i * OUT_ROW_BYTES + j * OUT_PIXEL] = requantise(acc, s);
        }
    }
}

#endif

static void __attribute__((noinline)) kernel(int8_t *out)
{
    struct patch p;
    pad_input();
    for (int c = 0; c < OUT_C; c++) {
        scale_t s = scale_of(c);
        p.bias = data_bias[c];
        p.multiplier = s.multiplier;
        p.rounding = s.rounding;
        p.shift = s.shift;
        UNROLL_ALL
        for (int tap = 0; tap < KERNEL_H * KERNEL_W; tap++)
            p.weights[tap] = data_weights[tap * OUT_C + c];
        for (int y = 0; y < OUT_H; y += 4) {
            p.input = padded + (y + 2) * ROW + c;
            p.out = out + y * OUT_W * OUT_C + c;
            p.end = p.out + OUT_W * OUT_C;
            compute(&p);
        }
    }
}

#endif
