// Sums up a few numbers; the build's tests change STATUS.
#include "marvel_rt.h"
#include "riscv_tiny.h"

#ifndef STATUS
#define STATUS 0
#endif

static volatile uint32_t in[32];

int main(void)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 32; i++)
        in[i] = i;
    mv_roi_begin();
    for (int i = 0; i < 32; i++) {
#ifdef CUSTOM
        sum = (uint32_t)mv_addx((int32_t)sum, (int32_t)in[i]);
#else
        sum = sum + in[i] + 1;
#endif
    }
    mv_roi_end();
    mv_puts(sum == 528 ? "right" : "wrong");
    return sum == 528 ? STATUS : 1;
}
