// The socket: every instruction of the test extension, hazards around it, traps in it, cycle counts.
#include "test.h"
#include "ext.h"

// Surplus cycles of two and of three results
#if WPORTS == 1
#define SURPLUS2 1
#define SURPLUS3 2
#elif WPORTS == 2
#define SURPLUS2 0
#define SURPLUS3 1
#else
#define SURPLUS2 0
#define SURPLUS3 0
#endif

begin
  // load and compute, one a cycle, pointer in a register
  la a0, vector
  mv a3, a0
  li a1, 0x01ff0203          // lanes 3, 2, -1, 1
  rdacc a2
  check a2, 0
  begins
  ldot a0, a1
  ldot a0, a1
  ldot a0, a1
  rdacc a2
  takes 4
  check a2, 84
  addi a3, a3, 12
  same a0, a3
  rdacc a2
  check a2, 0
  // operand straight from a load, result 2 straight into a load's address
  la a0, vector
  la a4, lanes
  lw a1, 0(a4)
  ldot a0, a1
  lw a5, 0(a0)
  check a5, 0x08070605
  rdacc a2
  check a2, 8

  // pointer in unit state, one a cycle, accumulator as a result
  la a0, vector
  setp a0
  begins
  ldotp a2, a1
  ldotp a3, a1
  ldotp a4, a1
  takes 3
  check a2, 8
  check a3, 36
  check a4, 84
  rdacc a2

  // third operand, and its bypass from every kind of producer
  li a0, 5
  li a1, 7
  li a2, 100
  mac3 a2, a0, a1
  mac3 a2, a0, a1
  check a2, 170
  mul a2, a0, a1
  mac3 a2, a2, a1
  check a2, 280
  la a4, lanes
  lw a2, 4(a4)
  mac3 a2, a0, a1
  check a2, 1035
  li a2, 1
  nop
  mac3 a2, a0, a1
  check a2, 36
  li x0, 3
  mac3 x0, a0, a1
  add a2, x0, x0
  check a2, 0

  // two results
  li a0, 10
  li a1, 20
  add2 a0, a1, x5
  add a2, a0, a1             // both at distance 1
  check a2, 36
  check a0, 15
  check a1, 21
  add2 a0, a1, x1
  nop
  sub a2, a1, a0
  check a2, 6
  begins
  add2 a0, a1, x1
  add2 a0, a1, x1
  takes 2 + 2 * SURPLUS2
  check a0, 18
  check a1, 24
  li a0, 10
  add2 a0, a0, x5            // one register: the later result counts
  check a0, 11
  add2 a0, x0, x5
  check a0, 16
  add2 x0, a0, x5
  check a0, 17
  add a1, x0, x0
  check a1, 0
  li a0, 1
  lw a1, 4(a4)
  add2 a1, a0, x2
  sw a1, 8(a4)
  sw a0, 12(a4)
  lw a2, 8(a4)
  check a2, 1002
  lw a2, 12(a4)
  check a2, 2

  // three results, pinned registers
  li x20, 1000
  li x21, 6
  li x22, 7
  li a0, 1
  li a1, 2
  fmac a0, a1, x3, 100
  add a2, x20, x0
  check a2, 1042
  check a0, 4
  check a1, 102
  fmac a0, a1, x0, 0
  fmac a0, a1, x0, 0
  add a2, x0, x20
  check a2, 1126
  add a2, x20, x20
  check a2, 2252
  begins
  fmac a0, a1, x0, 0
  fmac a0, a1, x1, 1
  add2 a0, a1, x1
  takes 3 + 2 * SURPLUS3 + SURPLUS2
  check a0, 6
  check a1, 104
  check x20, 1210
  // pins from a load, from an ALU instruction, from both results, at distance 1 and 2
  la a4, lanes
  lw x21, 4(a4)
  li x22, 2
  fmac a0, a1, x0, 0
  check x20, 3210
  li x21, 1
  nop
  lw x22, 4(a4)
  fmac a0, a1, x0, 0
  check x20, 4210
  add2 x21, x22, x1
  fmac a0, a1, x0, 0
  check x20, 6212
  fmac x21, x22, x1, 1
  fmac a0, a1, x0, 0
  mv a2, x20
  li a3, 6212 + 2 * 1001 + 3 * 1002
  same a2, a3
  // pinned register 0 as an ordinary destination and as result 1 and 2 of others
  lw x20, 4(a4)
  fmac a0, a1, x0, 0
  add a2, x20, x0
  li a3, 1000 + 3006
  same a2, a3
  li x20, 7
  nop
  nop
  add a2, x20, x20
  check a2, 14
  add2 x20, a0, x1
  check x20, 8
  add2 a0, x20, x1
  check x20, 9
  mac3 x20, x20, x20
  check x20, 90
  fmac x20, a0, x5, 1        // result 1 to the same register: result 3 counts
  li a3, 90 + 3006
  same x20, a3
  fmac a0, x20, x5, 1
  li a3, 90 + 6012
  same x20, a3

  // multi-cycle
  li a0, 41
  begins
  slow a1, a0, x0
  takes 1
  check a1, 42
  begins
  slow a1, a0, x9
  slow a2, a1, x31
  takes 42
  check a2, 43
  begins
  add2 a0, a1, x1
  slow a1, a0, x3
  takes 5 + SURPLUS2
  check a1, 43

  // stores
  la a0, scratch
  li a1, 0x12345678
  stp a0, a1
  addi a0, a0, 2
  stp a0, a0
  lw a2, -2(a0)
  slli a3, a0, 16
  li a4, 0x5678
  or a3, a3, a4
  same a2, a3

  // traps: a misaligned access leaves state, pointer and registers alone
  la t0, handler
  csrw mtvec, t0
  la s11, 1f
  li a0, 0x80000001
  li a1, 1
  rdacc a2
0:
  ldot a0, a1
  j fail
1:
  check s2, 4
  check s3, 0x80000001
  la t0, 0b
  same s4, t0
  check a0, 0x80000001
  rdacc a2
  check a2, 0
  la s11, 1f
  setp a0
0:
  ldotp a3, a1
  j fail
1:
  check s2, 4
  check s3, 0x80000001
  la s11, 1f
  ldotp a3, a1
  j fail
1:
  check s3, 0x80000001       // the pointer was not incremented
  la a0, vector
  setp a0
  ldotp a3, a1
  check a3, 1
  la s11, 1f
  la t0, scratch + 1
0:
  stp t0, a0
  j fail
1:
  check s2, 6
  // an unclaimed encoding of the same opcode
  la s11, 1f
0:
  .word 0x0600700b
  j fail
1:
  check s2, 2
  check s3, 0x0600700b

  // killed in the shadow of a jump: no trace
  rdacc a2
  la a0, vector
  mv a3, a0
  li a4, 1
  beq a4, a4, 1f
  ldot a0, a1
  rdacc a2
1:
  same a0, a3
  rdacc a2
  check a2, 0
  finish

handler:
  csrr s2, mcause
  csrr s3, mtval
  csrr s4, mepc
  csrw mepc, s11
  mret

.balign 4
vector:
  .byte 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
lanes:
  .word 0x01ff0203, 1000, 0, 0
scratch:
  .word 0
