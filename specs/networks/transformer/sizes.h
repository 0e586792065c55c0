// What design full makes of the kernels of cnn/: the windows that rows of matrices are,
// once or twice over (matmul.h), few of them unrolled.
#ifndef TRANSFORMER_SIZES_H
#define TRANSFORMER_SIZES_H

// loops.h
#define TRANSFORMER_LOOP(length, body) "mv.lpset 0, %[n], 4 * " #length "\n" body

#define TRANSFORMER_ROWS(V, L, store, n)                                       \
    V(1, 1, store, n) V(1, 2, store, n) V(1, 3, store, n) V(1, 4, store, n)    \
    V(1, 5, store, n) V(1, 6, store, n) V(1, 7, store, n) V(1, 8, store, n)    \
    V(1, 9, store, n) L(1, store, n)                                           \
    V(2, 1, store, n) V(2, 2, store, n) V(2, 3, store, n) V(2, 4, store, n)    \
    V(2, 5, store, n) V(2, 6, store, n) V(2, 7, store, n) V(2, 8, store, n)    \
    V(2, 9, store, n) L(2, store, n)
#define CNN_ALL(V, L)                                                          \
    V(1, 16, WHOLE, 1) V(1, 32, WHOLE, 1) V(2, 16, WHOLE, 1)                   \
    TRANSFORMER_ROWS(V, L, WHOLE, 1) TRANSFORMER_ROWS(V, L, BYTES, 8)

#endif
