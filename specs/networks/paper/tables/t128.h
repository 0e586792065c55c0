// The instructions that design t128 has in place of design paper's.
#include "riscv_tables.h"

#define PAPER_INSTRUCTIONS
#define mv_exp mv_exp_128
#define mv_recip mv_recip_128
#define mv_rsqrt mv_rsqrt_128
#define mv_gelu mv_gelu_128
