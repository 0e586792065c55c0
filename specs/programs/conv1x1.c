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

// Tile of pixels by channels: each loaded byte is used that often.
#ifndef TP
#define TP 4
#define TC 4
#define KU 2
#endif

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
            UNROLL(KU)
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
