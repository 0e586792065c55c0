// What design full makes of the kernels of cnn/: the windows that rows of matrices are,
// once or twice over (matmul.h), few of them unrolled: code and data have 64 kB together.
#ifndef TRANSFORMER_SIZES_H
#define TRANSFORMER_SIZES_H

// loops.h
#define TRANSFORMER_LOOP(length, body) "mv.lpset 0, %[n], 4 * " #length "\n" body

// Rows of other lengths take the next larger one, with weights of 0 (rows.h).
#define CNN_ALL(V, L)                                                          \
    V(1, 1, WHOLE, 1) V(1, 2, WHOLE, 1) V(1, 3, WHOLE, 1) V(1, 4, WHOLE, 1)    \
    V(1, 6, WHOLE, 1) V(1, 8, WHOLE, 1) V(1, 32, WHOLE, 1) L(1, WHOLE, 1)      \
    V(2, 2, WHOLE, 1) V(2, 9, WHOLE, 1) L(2, WHOLE, 1)                         \
    V(1, 2, BYTES, 8) V(1, 9, BYTES, 8) L(1, BYTES, 8)                         \
    V(2, 2, BYTES, 8) V(2, 9, BYTES, 8) L(2, BYTES, 8)

#endif
