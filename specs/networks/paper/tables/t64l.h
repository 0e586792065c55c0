// The instructions that design t64l has in place of design paper's.
#include "riscv_tables.h"

#define PAPER_INSTRUCTIONS
#define mv_exp mv_exp_64l
#define mv_recip mv_recip_64l
#define mv_rsqrt mv_rsqrt_64l
#define mv_gelu mv_gelu_64l
