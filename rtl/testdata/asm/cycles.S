// Exact cycle counts of every class of instruction, as README.md states them.
#include "test.h"

begin
  la a0, data
  li a1, 3
  begins
  takes 0
  begins
  add a2, a1, a1
  lui a2, 5
  auipc a2, 5
  takes 3
  begins
  lw a2, 0(a0)
  add a2, a2, a2            // no load-use stall
  lb a3, 0(a0)
  sb a3, 4(a0)
  mul a2, a2, a2
  add a2, a2, a2            // no multiply-use stall
  fence
  wfi
  takes 8
  .irp op, div, divu, rem, remu
  begins
  \op a2, a1, a1
  takes 36
  begins
  \op a2, a1, x0
  \op a2, x0, a1
  takes 72
  .endr
  begins
  csrw mscratch, a0
  csrrsi a2, mscratch, 1
  takes 4

  // jumps and branches
  begins
  j 1f
  nop
1:
  takes 1
  begins
  la a2, 1f
  jr a2
  nop
1:
  takes 4
  begins
  beqz x0, 1f               // forward, taken
  nop
1:
  takes 2
  begins
  bnez x0, 1f               // forward, not taken
1:
  takes 1
  li a2, 4
  begins
1:
  addi a2, a2, -1           // backward: 3 times taken, once not
  bnez a2, 1b
  takes 9
  li a2, 4
  begins
1:
  addi a2, a2, -1           // forward exit of an endless loop
  beqz a2, 2f
  j 1b
2:
  takes 12
  begins
  fence.i
  takes 2

  // traps
  la t0, handler
  csrw mtvec, t0
  la s11, 1f
  begins
  ecall                     // 2
  nop
1:
  takes 7                   // handler: 2 + 1, mret 2
  finish

.balign 4
handler:
  csrw mepc, s11
  nop
  mret
data:
  .word 5, 6
