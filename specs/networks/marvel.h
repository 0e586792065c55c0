// Kernels of networks on MARVEL's designs: products go into sums by mac.
#ifndef MARVEL_KERNELS_H
#define MARVEL_KERNELS_H

#include "riscv_marvel.h"

#define NN_MAC(sum, a, b) ((sum) = (uint32_t)mv_mac((int32_t)(sum), (a), (b)))

#endif
