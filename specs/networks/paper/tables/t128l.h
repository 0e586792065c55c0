// The instructions that design t128l has in place of design paper's.
#include "riscv_tables.h"

#define PAPER_INSTRUCTIONS
#define mv_exp mv_exp_128l
#define mv_recip mv_recip_128l
#define mv_rsqrt mv_rsqrt_128l
#define mv_gelu mv_gelu_128l
