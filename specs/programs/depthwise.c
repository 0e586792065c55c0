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

// A patch of outputs of one channel: nine weights are held while the inputs
// that the patch needs pass by, each loaded once.
#ifndef TW
#define TW 4
#define TH 4
#endif

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
