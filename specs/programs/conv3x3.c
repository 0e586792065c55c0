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

// Pixels of a row by channels. The weights of a row of taps are held while the
// pixels that any of the outputs needs pass by, each loaded once.
#ifndef TP
#define TP 8
#define TC 2
#define TR 1
#endif

static void __attribute__((noinline)) kernel(int8_t *out)
{
    pad_input();
    for (int o = 0; o < OUT_C; o += TC) {
        scale_t scale[TC];
        UNROLL_ALL
        for (int c = 0; c < TC; c++)
            scale[c] = scale_of(o + c);
      for (int y = 0; y < OUT_H; y += TR)
        for (int x = 0; x < OUT_W; x += TP) {
            const int8_t *a = padded + y * ROW + x * IN_C;
            const int8_t *w = data_weights + o * TAPS * IN_C;
            int32_t acc[TR][TP][TC];
            UNROLL_ALL
            for (int r = 0; r < TR; r++)
            UNROLL_ALL
            for (int i = 0; i < TP; i++)
                UNROLL_ALL
                for (int c = 0; c < TC; c++)
                    acc[r][i][c] = data_bias[o + c];
#if TR == 1
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
                                    acc[0][j - kx][c] += b * v[c][kx];
                    }
                }
            }
#else
                for (int k = 0; k < IN_C; k++) {
                    int32_t v[KERNEL_H][KERNEL_W];
                    UNROLL_ALL
                    for (int ky = 0; ky < KERNEL_H; ky++)
                        UNROLL_ALL
                        for (int kx = 0; kx < KERNEL_W; kx++)
                            v[ky][kx] = w[(ky * 3 + kx) * IN_C + k];
                    UNROLL_ALL
                    for (int r = 0; r < TR + KERNEL_H - 1; r++) 
                    UNROLL_ALL
                    for (int j = 0; j < TP + KERNEL_W - 1; j++) {
                        int32_t b = a[r * ROW + j * IN_C + k];
                    UNROLL_ALL
                    for (int ky = 0; ky < KERNEL_H; ky++)
                            if (r - ky >= 0 && r - ky < TR)
                        UNROLL_ALL
                        for (int kx = 0; kx < KERNEL_W; kx++)
                            if (j - kx >= 0 && j - kx < TP)
                                    acc[r-ky][j - kx][0] += b * v[ky][kx];
                    }
                }
#endif
            UNROLL_ALL
            for (int r = 0; r < TR; r++)
            UNROLL_ALL
            for (int i = 0; i < TP; i++)
                UNROLL_ALL
                for (int c = 0; c < TC; c++)
                    out[((y + r) * OUT_W + x + i) * OUT_C + o + c] = requantise(acc[r][i][c], scale[c]);
        }
    }
}

#endif
