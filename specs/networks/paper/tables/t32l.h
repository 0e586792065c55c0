// The instructions that design t32l has in place of design paper's.
#include "riscv_tables.h"

#define PAPER_INSTRUCTIONS
#define mv_exp mv_exp_32l
#define mv_recip mv_recip_32l
#define mv_rsqrt mv_rsqrt_32l
#define mv_gelu mv_gelu_32l
