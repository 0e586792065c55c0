// What kernels of all designs build on, whatever their units do.
#ifndef COMMON_BASE_H
#define COMMON_BASE_H

#ifndef MARVELGEN_EMULATE // pointers are addresses of the core

#define COMMON_PART __attribute__((unused)) static
#define COMMON_APART __attribute__((unused, noinline)) static

// Part of a layer's input with its padding, as many rows of outputs as fit.
#ifndef COMMON_INPUT_BYTES
#define COMMON_INPUT_BYTES (1 << 20)
#endif
static int8_t common_input[COMMON_INPUT_BYTES] __attribute__((aligned(16), unused));

typedef int32_t __attribute__((may_alias)) common_word;

// Leaves a layer to the portable kernel, and says why.
#define COMMON_LEAVE(why, call)                                                \
    do {                                                                       \
        NN_NOTE(why);                                                          \
        call;                                                                  \
        return;                                                                \
    } while (0)

// Reports whether words can be loaded and stored there: inputs and outputs of the
// whole network lie where the caller has them.
COMMON_PART int common_aligned(const int8_t *p) { return ((uintptr_t)p & 3) == 0; }

COMMON_PART int32_t common_least(int32_t a, int32_t b) { return a < b ? a : b; }

#endif
#endif
