// The kernels for all sizes of windows, and how to find them.
#ifndef LEAN_WINDOWS_H
#define LEAN_WINDOWS_H

#ifndef MARVELGEN_EMULATE

#include "planes.h"

LEAN_WINDOW(1, 1)
LEAN_WINDOW(1, 2)
LEAN_WINDOW(1, 3)
LEAN_WINDOW(1, 4)
LEAN_WINDOW(1, 5)
LEAN_WINDOW(1, 6)
LEAN_WINDOW(1, 7)
LEAN_WINDOW(1, 8)
LEAN_WINDOW(1, 10)
LEAN_WINDOW(1, 12)
LEAN_WINDOW(1, 16)
LEAN_WINDOW(1, 24)
LEAN_WINDOW(1, 32)
LEAN_WINDOW(1, 64)
LEAN_WINDOW(2, 3)
LEAN_WINDOW(3, 3)
LEAN_WINDOW(3, 6)
LEAN_WINDOW(3, 12)
LEAN_WINDOW(3, 24)
LEAN_WINDOW(3, 48)
LEAN_WINDOW(5, 2)
LEAN_WINDOW(5, 5)
LEAN_WINDOW(7, 6)
LEAN_WINDOW(7, 7)
LEAN_WINDOW(10, 1)
LEAN_WINDOW(10, 2)
LEAN_LONG(lean_1_long, 1, 512, LEAN_STORE)
LEAN_LONG(lean_2_long, 2, 96, LEAN_STORE)
LEAN_LONG(lean_3_long, 3, 384, LEAN_STORE)
LEAN_LONG(lean_5_long, 5, 96, LEAN_STORE)
LEAN_LONG(lean_7_long, 7, 64, LEAN_STORE)

// Outputs of an odd number of channels, or at odd addresses, are stored byte by byte.
LEAN_SIZED(lean_bytes_1, 1, 1, LEAN_BYTES)
LEAN_SIZED(lean_bytes_2, 1, 2, LEAN_BYTES)
LEAN_SIZED(lean_bytes_3, 1, 3, LEAN_BYTES)
LEAN_SIZED(lean_bytes_4, 1, 4, LEAN_BYTES)
LEAN_SIZED(lean_bytes_5, 1, 5, LEAN_BYTES)
LEAN_SIZED(lean_bytes_6, 1, 6, LEAN_BYTES)
LEAN_SIZED(lean_bytes_7, 1, 7, LEAN_BYTES)
LEAN_SIZED(lean_bytes_3_3, 3, 3, LEAN_BYTES)
LEAN_SIZED(lean_bytes_5_2, 5, 2, LEAN_BYTES)
LEAN_LONG(lean_bytes_1_long, 1, 512, LEAN_BYTES)
LEAN_LONG(lean_bytes_3_long, 3, 96, LEAN_BYTES)
LEAN_LONG(lean_bytes_5_long, 5, 96, LEAN_BYTES)

typedef void (*lean_kernel)(const struct lean_plane *p);

enum { LEAN_TWO, LEAN_TWO_BYTES, LEAN_FOURS }; // what kernels store

// `most` words of a row where a kernel takes rows of eight words and more.
#define LEAN_ENTRIES(rows, row) {rows, row, 0, LEAN_TWO, lean_##rows##_##row}, {rows, row, 0, LEAN_FOURS, lean_##rows##_##row##_four}
static const struct { int16_t rows, row, most, stores; lean_kernel run; } lean_kernels[] = {
    LEAN_ENTRIES(1, 1),
    LEAN_ENTRIES(1, 2),
    LEAN_ENTRIES(1, 3),
    LEAN_ENTRIES(1, 4),
    LEAN_ENTRIES(1, 5),
    LEAN_ENTRIES(1, 6),
    LEAN_ENTRIES(1, 7),
    LEAN_ENTRIES(1, 8),
    LEAN_ENTRIES(1, 10),
    LEAN_ENTRIES(1, 12),
    LEAN_ENTRIES(1, 16),
    LEAN_ENTRIES(1, 24),
    LEAN_ENTRIES(1, 32),
    LEAN_ENTRIES(1, 64),
    LEAN_ENTRIES(2, 3),
    LEAN_ENTRIES(3, 3),
    LEAN_ENTRIES(3, 6),
    LEAN_ENTRIES(3, 12),
    LEAN_ENTRIES(3, 24),
    LEAN_ENTRIES(3, 48),
    LEAN_ENTRIES(5, 2),
    LEAN_ENTRIES(5, 5),
    LEAN_ENTRIES(7, 6),
    LEAN_ENTRIES(7, 7),
    LEAN_ENTRIES(10, 1),
    LEAN_ENTRIES(10, 2),
    {1, 0, 519, LEAN_TWO, lean_1_long},
    {2, 0, 97, LEAN_TWO, lean_2_long},
    {3, 0, 385, LEAN_TWO, lean_3_long},
    {5, 0, 97, LEAN_TWO, lean_5_long},
    {7, 0, 65, LEAN_TWO, lean_7_long},
    {1, 1, 0, LEAN_TWO_BYTES, lean_bytes_1},
    {1, 2, 0, LEAN_TWO_BYTES, lean_bytes_2},
    {1, 3, 0, LEAN_TWO_BYTES, lean_bytes_3},
    {1, 4, 0, LEAN_TWO_BYTES, lean_bytes_4},
    {1, 5, 0, LEAN_TWO_BYTES, lean_bytes_5},
    {1, 6, 0, LEAN_TWO_BYTES, lean_bytes_6},
    {1, 7, 0, LEAN_TWO_BYTES, lean_bytes_7},
    {3, 3, 0, LEAN_TWO_BYTES, lean_bytes_3_3},
    {5, 2, 0, LEAN_TWO_BYTES, lean_bytes_5_2},
    {1, 0, 519, LEAN_TWO_BYTES, lean_bytes_1_long},
    {3, 0, 97, LEAN_TWO_BYTES, lean_bytes_3_long},
    {5, 0, 97, LEAN_TWO_BYTES, lean_bytes_5_long},
};

// The kernel for windows of a size; NULL if there is none.
COMMON_PART lean_kernel lean_find(int32_t rows, int32_t row, int32_t stores)
{
    size_t i;
    for (i = 0; i < sizeof lean_kernels / sizeof *lean_kernels; i++)
        if (lean_kernels[i].rows == rows && lean_kernels[i].stores == stores && (lean_kernels[i].row == row || (row >= 8 && row <= lean_kernels[i].most)))
            return lean_kernels[i].run;
    return NULL;
}

#endif
#endif
