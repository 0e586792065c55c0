// The instructions that design t64 has in place of design paper's.
#include "riscv_tables.h"

#define PAPER_INSTRUCTIONS
#define mv_exp mv_exp_64
#define mv_recip mv_recip_64
#define mv_rsqrt mv_rsqrt_64
#define mv_gelu mv_gelu_64
