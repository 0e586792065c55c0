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
#ifndef TC
#define TC 16
#define KU 2
#endif

static void __attribute__((noinline)) kernel(int8_t *out)
{
    for (int o = 0; o < OUT_C; o += TC) {
        const int8_t *w = data_weights + o * IN_C;
        int32_t acc[TC];
        for (int c = 0; c < TC; c++)
            acc[c] = data_bias[o + c];
        UNROLL(KU)
        for (int k = 0; k < IN_C; k++) {
            for (int c = 0; c < TC; c++)
                acc[c] += data_input[k] * w[c * IN_C + k];
        }
        for (int c = 0; c < TC; c++)
            out[o + c] = requantise(acc[c], scale_of(o + c));
    }
}

#endif
